"""A trace as spans in the words of OpenTelemetry's conventions for generative AI (docs/trace.md has the table).

A session is one trace: the agent is its root, each call to a model, each tool call and everything else that the agent
did are spans. What a conversation of a sub-agent did hangs under the tool call that began it; all other edges between
spans are links. Ids are digests of the session and of what a span stands for, so that a session that is exported again
has the same ones. What was said stands in no span unless it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from akios_jail.radar import attributes, messages
from akios_jail.radar.attributes import Value
from akios_jail.radar.draw import short
from akios_jail.radar.reading import Trace
from akios_jail.radar.shape import number
from akios_jail.radar.steps import Edge, Step

#: Links of one span, and steps that it names; further ones are counted.
LINKS: Final = 128
_NAME: Final = 128
#: The last moment that the protocol can tell, in Unix nanoseconds.
_LATEST: Final = 2**63 - 1
#: Spans that are sent together, and about how large they may be, in characters.
BATCH: Final = 512
BATCH_SIZE: Final = 2 * 1024 * 1024
#: Steps that belong to a call to a model. Tool calls do, too, but are spans of their own.
_SAID: Final = frozenset(("prompt", "observation", "thought", "decision", "failure"))
_HEARD: Final = ("prompt", "observation")
#: Edges along which a conversation goes on.
_ONWARD: Final = frozenset(("prefix", "reply", "branch", "retry", "tool_result", "compaction"))


class Link(NamedTuple):
    """To a span of the same trace. `attributes`: the edge that it stands for."""

    span: int
    attributes: dict[str, Value]


class Span(NamedTuple):
    """`id` and `parent` (0: none) are 64 bits, times are Unix nanoseconds. `error`: why it failed, None if it did
    not."""

    id: int
    parent: int
    name: str
    kind: Literal["internal", "client"]
    start: int
    end: int
    attributes: dict[str, Value]
    links: tuple[Link, ...] = ()
    error: str | None = None


class _Call:
    """The steps of one call to a model."""

    def __init__(self, first: Step) -> None:
        self.steps = [first]

    @property
    def key(self) -> str:
        first = self.steps[0]
        return f"call {first.request_id}" if first.request_id else f"step {first.number}"


def trace_id(session: str) -> int:
    """The id of a session's trace: 128 bits."""
    return int.from_bytes(_digest(session, 16), "big") or 1


def service(trace: Trace) -> str:
    """What a session's spans are a service's of: the agent's name."""
    return short(str(trace.session.get("agent") or "agent"), _NAME)


def spans(session: str, trace: Trace, *, content: bool = False) -> Iterator[Span]:
    """All spans of a session, the root first. `content`: with what was said, and arguments and results of tools."""
    return _Session(session, trace, content).spans()


def batches(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Spans in rows that are neither too many nor too large to be sent together."""
    batch: list[Span] = []
    size = 0
    for span in spans:
        values = (len(value) if isinstance(value, str) else 16 for value in span.attributes.values())
        large = 256 + sum(values) + 256 * len(span.links)
        if batch and (len(batch) == BATCH or size + large > BATCH_SIZE):
            yield batch
            batch, size = [], 0
        batch.append(span)
        size += large
    if batch:
        yield batch


class _Session:
    def __init__(self, session: str, trace: Trace, content: bool) -> None:
        self._session = session
        self._trace = trace
        self._content = content
        self._root = self._id("session")
        self._units = _units(trace.steps)
        self._span_of: dict[int, int] = {}
        for unit in self._units:
            if isinstance(unit, Step):
                self._span_of[unit.number] = self._id(f"step {unit.number}")
            else:
                self._span_of |= dict.fromkeys((step.number for step in unit.steps), self._id(unit.key))
        for step in trace.steps:  # what a model asked for is a part of its answer, and a span of its own
            if step.type == "tool_call":
                self._span_of[step.number] = self._id(f"step {step.number}")
        self._leading: dict[int, list[Edge]] = {}
        self._results: dict[int, Step] = {}
        by_number = {step.number: step for step in trace.steps}
        for edge in trace.edges:
            if edge.source < edge.target:
                self._leading.setdefault(edge.target, []).append(edge)
                if edge.type == "tool_result":
                    self._results.setdefault(edge.source, by_number[edge.target])
        self._owners = self._owned(by_number)

    def _id(self, what: str) -> int:
        return int.from_bytes(_digest(f"{self._session} {what}", 8), "big") or 1

    def _owned(self, by_number: Mapping[int, Step]) -> dict[int, int]:
        """The tool call to whose sub-agent a step belongs."""
        owners: dict[int, int] = {}
        for step in self._trace.steps:
            for edge in self._leading.get(step.number, ()):
                if edge.type == "sub_agent" and by_number[edge.source].type == "tool_call":
                    owners[step.number] = edge.source
                    break
                if edge.type in _ONWARD and edge.source in owners:
                    owners.setdefault(step.number, owners[edge.source])
        return owners

    def spans(self) -> Iterator[Span]:
        yield self._agent()
        for unit in self._units:
            if isinstance(unit, _Call):
                yield self._call(unit)
            elif unit.type == "tool_call":
                yield self._tool(unit)
            else:
                yield self._other(unit)

    def _agent(self) -> Span:
        facts = self._trace.session
        times = [_began(step) for step in self._trace.steps] + [step.time for step in self._trace.steps]
        started = number(facts.get("started"))
        times += [started] if started else []
        outcome = facts.get("outcome")
        ended = outcome.get("code") if isinstance(outcome, dict) else None
        name = service(self._trace)
        given = attributes.agent(self._session, name, facts)
        start, end = _moments(min(times, default=0.0), max(times, default=0.0))
        error = short(str(ended)) if ended else None
        return Span(self._root, 0, short(f"invoke_agent {name}", _NAME), "internal", start, end, given, error=error)

    def _call(self, call: _Call) -> Span:
        steps = call.steps
        replied = next((step for step in steps if step.type not in _HEARD), None)
        given = attributes.call(self._session, steps)
        if self._content:
            given |= messages.of_call(steps)
        ends = replied or steps[-1]
        moments = _moments(min(_began(steps[0]), _began(ends)), ends.time)
        error = attributes.failure(replied) if replied is not None else None
        linked = [step for step in steps if step.type != "tool_call" or step is replied]
        name = f"chat {given.get('gen_ai.request.model', '')}"
        return self._span(self._id(call.key), linked, name, "client", moments, given, error)

    def _tool(self, step: Step) -> Span:
        result = self._results.get(step.number)
        given = attributes.tool(self._session, step, result is not None)
        if self._content:
            given |= messages.of_tool(step, result)
        error = "refused" if attributes.refused(step) else None
        moments = _moments(step.time, result.time if result is not None else step.time)
        name = f"execute_tool {step.fields.get('tool', '')}"
        return self._span(self._span_of[step.number], [step], name, "internal", moments, given, error)

    def _other(self, step: Step) -> Span:
        given = attributes.other(self._session, step)
        if self._content:
            given |= messages.of_other(step)
        name = f"{step.type} {step.fields['method']}" if isinstance(step.fields.get("method"), str) else step.type
        moments = _moments(_began(step), step.time)
        kind: Literal["internal", "client"] = "client" if step.type == "network" else "internal"
        error = attributes.failure(step)
        return self._span(self._span_of[step.number], [step], name, kind, moments, given, error)

    def _span(
        self, id: int, steps: list[Step], name: str, kind: Literal["internal", "client"], moments: tuple[int, int],
        given: dict[str, Value], error: str | None,
    ) -> Span:  # fmt: skip
        owner = self._owners.get(steps[0].number, 0)
        parent = self._span_of[owner] if owner else self._root
        links: dict[tuple[int, str], Link] = {}
        more = 0
        for step in steps:
            for edge in self._leading.get(step.number, ()):
                other = self._span_of[edge.source]
                if other == id or (other, edge.type) in links or (other == parent and edge.type == "sub_agent"):
                    continue
                if len(links) < LINKS:
                    links[other, edge.type] = Link(other, attributes.edge(edge))
                else:
                    more += 1
        given |= {"akios.links_left_out": more} if more else {}
        return Span(id, parent, short(name, _NAME), kind, *moments, given, tuple(links.values()), error)


def _units(steps: tuple[Step, ...]) -> list[_Call | Step]:
    """Calls to models, and steps that are spans by themselves, in the order in which they began."""
    units: list[_Call | Step] = []
    calls: dict[str, _Call] = {}
    for step in steps:
        if step.type in _SAID or step.type == "tool_call":
            known = calls.get(step.request_id) if step.request_id else None
            if known is not None:
                known.steps.append(step)
            else:
                call = calls[step.request_id] = _Call(step)
                units.append(call)
        if step.type not in _SAID:
            units.append(step)
    return units


def _began(step: Step) -> float:
    """When what a step tells of began, in Unix seconds: steps are made when it is over."""
    took = step.fields.get("call_latency_ms") if step.type != "network" else step.fields.get("latency_ms")
    known = isinstance(took, int | float) and not isinstance(took, bool) and 0 <= took <= step.time * 1000
    return step.time - took / 1000 if known and took is not None else step.time


def _moments(start: float, end: float) -> tuple[int, int]:
    """Both in nanoseconds; nothing ends before it begins, whatever the machine's clock did meanwhile."""
    begins = min(int(start * 1_000_000_000), _LATEST)
    return begins, min(max(begins, int(end * 1_000_000_000)), _LATEST)


def _digest(what: str, size: int) -> bytes:
    return hashlib.blake2b(what.encode("utf-8", "replace"), digest_size=size, person=b"akios trace").digest()
