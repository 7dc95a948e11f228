"""Builds the graph of a session from its calls, in the order in which they happen.

A conversation is a chain of messages, each named by a digest of itself and all before it. A call that begins with a
chain that is known goes on there: nothing is compared by likeness or time. A model's answer is a link of the chain,
too, named as the agent will send it back. So a branch is a second message after the same one, a retry is a second
answer to the same chain, a sub-agent is a new chain that begins with words of an open tool call, and a compaction is a
new chain that holds messages of an old one, or words that a model wrote before.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from akios_jail.radar import said
from akios_jail.radar.bounded import Bounded
from akios_jail.radar.chains import EMPTY, chained, named
from akios_jail.radar.evidence import Evidence, alike
from akios_jail.radar.recall import Known, Recall
from akios_jail.radar.replies import Reply
from akios_jail.radar.said import Message, Request
from akios_jail.radar.steps import SHED, Edge, EdgeType, Step, StepType

#: Chains that are remembered; an agent could name any number.
REMEMBERED: Final = 20_000
#: Answers to one chain whose words are remembered.
_TOLD: Final = 8
#: Longer words in the fields of a step are cut.
_FIELD: Final = 256
_PLACEHOLDER: Final = re.compile(r"\[([A-Z][A-Z0-9_]*)_[0-9]+\]")


class Judged(NamedTuple):
    """What was decided of a call of a tool before the agent had it: `check` is a sentence for people, `latency_ms` the
    time that it took. `refused`: the agent did not get the call."""

    tool: str
    check: str
    latency_ms: float
    refused: bool = False


class _Answer(NamedTuple):
    """An answer to a chain: its steps, and by what it is known again if the agent sends it back in other words.
    `unread`: whatever it said."""

    first: int
    last: int
    ids: frozenset[str] = frozenset()
    text: str = ""
    unread: bool = False


class Graph:
    """The graph of one session while it grows. Its methods return what is new, ready to be stored."""

    def __init__(self) -> None:
        self.steps = 0
        self._links: Bounded[bytes, int] = Bounded(REMEMBERED)  # the last step of a chain
        self._answers: Bounded[bytes, tuple[int, tuple[_Answer, ...]]] = Bounded(REMEMBERED)  # how many, and the last
        self._followers: Bounded[bytes, int] = Bounded(REMEMBERED)  # the first message that went on from a chain
        self._by_id: Bounded[str, bytes] = Bounded(REMEMBERED)  # chains by the provider's ids of answers
        self._waiting: Bounded[str, bytes] = Bounded(REMEMBERED)  # chains of calls that run, by request id
        self._programs: Bounded[int, int] = Bounded(REMEMBERED)  # steps of executions, by their numbers
        self._evidence = Evidence()
        self._recall = Recall()

    def asked(
        self, time: float, request_id: str, request: Request, redacted: Collection[str] = ()
    ) -> tuple[list[Step], list[Edge]]:
        """A call is on its way to a model. `redacted`: kinds of personal data in it that placeholders stand for."""
        made = _Made(self, time, request_id, redacted)
        base = self._by_id.get(request.previous, EMPTY) if request.previous else EMPTY
        known = self._recall.known(base, request)
        if known.chain != base and known.chain not in self._links:  # forgotten meanwhile
            known = Known(0, base, start=known.start)
        chain, marks = known.chain, []
        tip = self._links.get(chain, 0)
        heard = said.heard(request.items, known.length) if request.brief is None else request.brief
        for message, end in heard:
            name = named(message)
            following = chained(chain, name)
            step = self._links.get(following) or self._retold(chain, message)
            if step:
                tip = self._links[following] = step
            else:
                first = not tip
                if first:
                    origin = self._evidence.origin(self.steps + 1, [each for each, _ in heard], request.system)
                tip = self._heard(made, chain, name, tip, message)
                if first:
                    made.opened(request)
                    if origin is not None:
                        made.edge(origin.step, made.steps[0].number, origin.type, origin.evidence)
                        self._evidence.belongs([each.number for each in made.steps], made.steps[0].number)
            chain = following
            if message.role != "assistant":  # the next item could still be of the same turn
                marks.append((end, chain))
        if request.brief is None:
            self._recall.keep(base, request, known, marks)
        self._waiting[request_id] = chain
        return made.steps, made.edges

    def answered(
        self,
        time: float,
        request_id: str,
        reply: Reply | None,
        facts: dict[str, Any],
        judged: Sequence[Judged] = (),
    ) -> tuple[list[Step], list[Edge]]:
        """What came of a call. `reply`: None for none; `facts`: what its steps are to say of it (tokens, cost, …),
        with `unread` for an answer that came and could not be read; `judged`: what was decided of its tool calls."""
        chain = self._waiting.pop(request_id, EMPTY)
        made = _Made(self, time, request_id)
        tip = self._links.get(chain, 0)
        count, earlier = self._answers.get(chain, (0, ())) if chain != EMPTY else (0, ())
        choice = reply.choices[0] if reply is not None and reply.choices else None
        unread = reply is None and "unread" in facts
        if choice is not None and reply is not None and "failure" not in facts:
            steps = self._wrote_down(made, reply, choice, list(judged), count)
            answer = _Answer(steps[0], steps[-1], frozenset(each.id for each in choice.asked if each.id), choice.text)
            answer = answer._replace(text=answer.text[:_FIELD])
            name = named(choice)
            after = chained(chain, name)
            self._links[after] = steps[-1]
            self._evidence.said(choice, name, steps[-1])
            if reply.id:
                self._by_id[reply.id[:_FIELD]] = after
            self._evidence.belongs(steps, tip)
            if choice.text:
                self._evidence.wrote(steps[-1] if not choice.asked else steps[0], choice.text)
        else:
            left = {"content": choice.text} if choice is not None and choice.text else {}
            steps = [made.step("decision" if unread else "failure", {}, SHED if unread else left)]
            answer = _Answer(steps[0], steps[0], unread=unread)
        told = {"response_model": reply.model, "response_id": reply.id} if reply is not None else {}
        made.steps[0].fields.update(bounded({**facts, **{name: value for name, value in told.items() if value}}))
        if tip:
            made.edge(tip, steps[0], "reply")
        made.row(steps, "reply")
        if earlier:
            made.edge(earlier[-1].first, steps[0], "retry")
        if chain != EMPTY:
            self._answers[chain] = (count + 1, (*earlier, answer)[-_TOLD:])
        return made.steps, made.edges

    def noted(
        self, type: StepType, time: float, request_id: str, facts: dict[str, Any], payload: dict[str, Any] | None = None
    ) -> tuple[list[Step], list[Edge]]:
        """Something else that the agent did."""
        made = _Made(self, time, request_id)
        made.step(type, facts, payload or {})
        return made.steps, made.edges

    def executed(
        self, time: float, number: int, parent: int, facts: dict[str, Any], argv: list[str] | None
    ) -> tuple[list[Step], list[Edge]]:
        """A program was executed: the execution `number` of the session, by a process that goes back to the execution
        `parent`. `argv`: None if it may not be kept."""
        made = _Made(self, time, "")
        self._programs[number] = step = made.step("process", facts, {"argv": argv} if argv is not None else SHED)
        if parent in self._programs:
            made.edge(self._programs[parent], step, "executed")
        return made.steps, made.edges

    def _retold(self, chain: bytes, message: Message) -> int:
        """The last step of the answer to a chain that the agent has here in its own words: with some of its calls, or
        with a part of its text, or more. 0 if this is no answer to it."""
        if message.role != "assistant" or chain not in self._answers:
            return 0
        ids = {each.id for each in message.asked}
        for answer in reversed(self._answers[chain][1]):
            if answer.unread or answer.ids & ids or alike(answer.text, message.text):
                return answer.last
        return 0

    def _heard(self, made: _Made, chain: bytes, name: bytes, tip: int, message: Message) -> int:
        """A message of this name that was not there before: its steps, put behind `tip`. The last of them."""
        steps = []
        for result in message.results:
            fields: dict[str, Any] = {"tool_call_id": result.id, **made.redacted_in(result.text)}
            steps.append(made.step("observation", fields, _content(message, result.text)))
            self._closed(made, steps[-1], result)
        if message.text or message.other or not steps:
            fields = {"role": message.role, **made.redacted_in(message.text)}
            fields |= {"attachments": len(message.other)} if message.other else {}
            steps.append(made.step("prompt", fields, _content(message, message.text)))
        if tip:
            made.edge(tip, steps[0], "branch" if chain in self._followers else "prefix")
            self._followers.setdefault(chain, steps[0])
        made.row(steps, "prefix")
        self._evidence.belongs(steps, tip)
        self._links[chained(chain, name)] = steps[-1]
        self._evidence.said(message, name, steps[-1])
        return steps[-1]

    def _closed(self, made: _Made, step: int, result: said.Result) -> None:
        """A tool's result was told: to the call that it answers, if that is known."""
        call = self._evidence.answered(result.id, result.name)
        if call is None:
            return
        made.edge(call.step, step, "tool_result")
        made.steps[-1].fields["latency_ms"] = round((made.time - call.time) * 1000, 1)
        written = self._evidence.result_of(call.step, result.text)
        if written:
            made.edge(written, step, "sub_agent", "the result holds its answer")

    def _wrote_down(self, made: _Made, reply: Reply, choice: Message, judged: list[Judged], retries: int) -> list[int]:
        """The steps of an answer, in the order in which agents read them."""
        steps: list[int] = []
        confidence = reply.confidence
        refused = [each for each in judged if each.refused]
        allowed = [each for each in judged if not each.refused]
        if choice.reasoning:
            steps.append(made.step("thought", {"kind": "reasoning"}, _content(choice, choice.reasoning)))
        if choice.text and (choice.asked or refused):
            sure = {"confidence": confidence} if confidence is not None else {}
            steps.append(made.step("thought", {"kind": "text", **sure}, _content(choice, choice.text)))
        for ruling in refused:
            fields = {"tool": ruling.tool, "policy_check": ruling.check, "policy_latency_ms": ruling.latency_ms}
            steps.append(made.step("tool_call", fields, {}))
        for asked in choice.asked:
            fields = {"tool": asked.name, "tool_call_id": asked.id}
            judgement = next((each for each in allowed if each.tool == asked.name), None)
            if judgement is not None:
                allowed.remove(judgement)
                fields |= {"policy_check": judgement.check, "policy_latency_ms": judgement.latency_ms}
            steps.append(made.step("tool_call", fields, SHED if choice.name else {"args": asked.arguments}))
            self._evidence.called(steps[-1], asked, made.time)
        if not choice.asked and not refused:
            sure = {"selected_confidence": confidence} if confidence is not None else {}
            others = len(reply.choices) - 1 + retries
            fields = {"action": "respond", "alternatives_considered": others, "stop": reply.stop, **sure}
            steps.append(made.step("decision", fields, _content(choice, choice.text)))
        return steps


class _Made:
    """What one event adds to the graph."""

    def __init__(self, graph: Graph, time: float, request_id: str, redacted: Collection[str] = ()) -> None:
        self._graph = graph
        self._redacted = {kind.upper(): kind for kind in redacted}
        self.time = time
        self._request_id = request_id
        self.steps: list[Step] = []
        self.edges: list[Edge] = []

    def step(self, type: StepType, fields: dict[str, Any], payload: dict[str, Any]) -> int:
        self._graph.steps += 1
        self.steps.append(Step(self._graph.steps, type, self.time, self._request_id, bounded(fields), payload))
        return self._graph.steps

    def opened(self, request: Request) -> None:
        """The first step begins a conversation: with it stand the words of its system and its tools."""
        first = self.steps[0]
        if request.system and first.payload is not SHED:
            first.payload["system"] = request.system
        if request.tools:
            first.fields["tools"] = [name[:_FIELD] for name in request.tools[:64]]

    def redacted_in(self, text: str) -> dict[str, Any]:
        """Which kinds of personal data have placeholders in a text, as a field of its step."""
        found = {match.group(1) for match in _PLACEHOLDER.finditer(text)} if self._redacted else set()
        kinds = sorted(kind for name, kind in self._redacted.items() if name in found)
        return {"pii_redacted": kinds} if kinds else {}

    def row(self, steps: list[int], type: EdgeType) -> None:
        """Each of these follows the one before."""
        for before, step in itertools.pairwise(steps):
            self.edge(before, step, type)

    def edge(self, source: int, target: int, type: EdgeType, evidence: str = "") -> None:
        self.edges.append(Edge(source, target, type, evidence))


def bounded(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as a step has them: what is long is cut."""
    return {
        name: f"{value[:_FIELD]}…" if isinstance(value, str) and len(value) > _FIELD else value
        for name, value in fields.items()
    }


def _content(message: Message, text: str) -> dict[str, Any]:
    """The payload of a step; none for a message of which only the beginning is kept."""
    return SHED if message.name else {"content": text}
