"""Builds the graph of a session from its calls, in the order in which they happen.

A conversation is a chain of messages, each named by a digest of itself and all before it. A call that begins with a
chain that is known goes on there: nothing is compared by likeness or time. A model's answer is a link of the chain,
too, named as the agent will send it back. So a branch is a second message after the same one, a retry is a second
answer to the same chain, a sub-agent is a new chain that begins with words of an open tool call, and a compaction is a
new chain that holds messages of an old one, or words that a model wrote before.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple

from akios_jail.radar.replies import Reply
from akios_jail.radar.said import Asked, Message, Request, digest
from akios_jail.radar.steps import Edge, EdgeType, Step, StepType

#: Chains, messages and open tool calls that are remembered; an agent could name any number.
REMEMBERED: Final = 20_000
#: Words shorter than this prove nothing about where they came from.
_TELLING: Final = 16
#: So much of a text is looked for in another.
_SAMPLE: Final = 2_000
_PLACEHOLDER: Final = re.compile(r"\[([A-Z][A-Z0-9_]*)_[0-9]+\]")


class Judged(NamedTuple):
    """What was decided of a call of a tool before the agent had it: `check` is a sentence for people, `latency_ms` the
    time that it took."""

    tool: str
    check: str
    latency_ms: float


class _Link(NamedTuple):
    """The end of a known chain: its last step, and the call of which it is part ("" for none)."""

    step: int
    system: str


class _Open(NamedTuple):
    """A tool call whose result was not told yet. `words`: the texts of its arguments."""

    step: int
    words: tuple[tuple[str, str], ...]
    began: float


class Graph:
    """The graph of one session while it grows. `asked` and `answered` return what is new, ready to be stored."""

    def __init__(self) -> None:
        self._steps = 0
        self._links: OrderedDict[str, _Link] = OrderedDict()
        self._answers: OrderedDict[str, list[int]] = OrderedDict()  # first steps of the answers to a chain
        self._followers: OrderedDict[str, int] = OrderedDict()  # the first message that went on from a chain
        self._messages: OrderedDict[str, int] = OrderedDict()  # the step of a message by itself, without its chain
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._wrote: OrderedDict[int, str] = OrderedDict()  # what models wrote, by step
        self._by_id: OrderedDict[str, str] = OrderedDict()  # chains by the provider's ids of answers
        self._waiting: dict[str, tuple[str, str]] = {}  # chain and system of calls that run, by request id
        self._sub_agents: dict[int, int] = {}  # the tool call that began the conversation of a step

    def asked(
        self, time: float, request_id: str, request: Request, redacted: Collection[str] = ()
    ) -> tuple[list[Step], list[Edge]]:
        """A call is on its way to a model. `redacted`: kinds of personal data in it that placeholders stand for."""
        made = _Made(self, time, request_id, redacted)
        system = digest([request.system, list(request.tools)])
        chain, tip = self._began(request)
        known = 0
        for number, message in enumerate(request.messages, 1):
            following = _chained(chain, message)
            if following not in self._links:
                break
            chain, tip, known = following, self._links[following].step, number
        news = request.messages[known:]
        for message in news:
            first = not tip
            tip, chain = self._heard(made, chain, tip, message, system)
            if first:
                self._came_from(made, tip, request, message)
        self._waiting[request_id] = (chain, system)
        if len(self._waiting) > REMEMBERED:
            self._waiting.pop(next(iter(self._waiting)))
        return made.steps, made.edges

    def answered(
        self,
        time: float,
        request_id: str,
        reply: Reply | None,
        facts: dict[str, Any],
        judged: Sequence[Judged] = (),
    ) -> tuple[list[Step], list[Edge]]:
        """What came of a call. `reply`: None for none; `facts`: what its steps are to say of it (tokens, cost, …);
        `judged`: what was decided of its tool calls, in their order."""
        chain, system = self._waiting.pop(request_id, ("", ""))
        made = _Made(self, time, request_id)
        tip = self._links[chain].step if chain in self._links else 0
        earlier = self._answers.setdefault(chain, [])
        choice = reply.choices[0] if reply is not None and reply.choices else None
        if reply is None or choice is None:
            step = made.step("failure", facts, {})
            firsts = [step]
        else:
            firsts = self._wrote_down(made, reply, choice, facts, list(judged), len(earlier))
            last = firsts[-1]
            after = _chained(chain, choice)
            self._remember(self._links, after, _Link(last, system))
            self._remember(self._messages, _named(choice), last)
            if reply.id:
                self._remember(self._by_id, reply.id, after)
            self._inherit(tip, firsts)
        if tip:
            made.edge(tip, firsts[0], "reply")
        for before, step in itertools.pairwise(firsts):
            made.edge(before, step, "reply")
        if earlier:
            made.edge(earlier[-1], firsts[0], "retry")
        earlier.append(firsts[0])
        _bound(self._answers)
        return made.steps, made.edges

    def noted(
        self, type: StepType, time: float, request_id: str, facts: dict[str, Any]
    ) -> tuple[list[Step], list[Edge]]:
        """Something else that the agent did."""
        made = _Made(self, time, request_id)
        made.step(type, facts, {})
        return made.steps, made.edges

    def next_number(self) -> int:
        """The number of the next step."""
        self._steps += 1
        return self._steps

    def _began(self, request: Request) -> tuple[str, int]:
        """The chain on which a call is built, and its last step: that of an answer that the provider keeps, or none."""
        chain = self._by_id.get(request.previous, "") if request.previous else ""
        return chain, self._links[chain].step if chain in self._links else 0

    def _heard(self, made: _Made, chain: str, tip: int, message: Message, system: str) -> tuple[int, str]:
        """A message that was not there before: its steps, put behind `tip`. The last of them, and the new chain."""
        following = _chained(chain, message)
        steps = []
        for result in message.results:
            fields: dict[str, Any] = {"tool_call_id": result.id, **made.redacted_in(result.text)}
            steps.append(made.step("observation", fields, {"content": result.text}))
            self._closed(made, steps[-1], result.id, result.name, result.text)
        if message.text or message.other or not steps:
            fields = {"role": message.role, **made.redacted_in(message.text)}
            fields |= {"attachments": len(message.other)} if message.other else {}
            steps.append(made.step("prompt", fields, {"content": message.text}))
        if tip:
            branches = self._followers.get(chain)
            made.edge(tip, steps[0], "prefix" if branches is None else "branch")
            if branches is None:
                self._remember(self._followers, chain, steps[0])
        for before, step in itertools.pairwise(steps):
            made.edge(before, step, "prefix")
        self._inherit(tip, steps)
        self._remember(self._links, following, _Link(steps[-1], system))
        self._remember(self._messages, _named(message), steps[-1])
        return steps[-1], following

    def _closed(self, made: _Made, step: int, id: str, name: str, text: str) -> None:
        """A tool's result was told: to the call that it answers, if that is known."""
        call = self._open.pop(id or f"name {name}", None)
        if call is None:
            return
        made.edge(call.step, step, "tool_result")
        made.steps[-1].fields["latency_ms"] = round((made.time - call.began) * 1000, 1)
        for written, said in reversed(self._wrote.items()):
            if self._sub_agents.get(written) == call.step and _holds(text, said):
                made.edge(written, step, "sub_agent", "the result holds its answer")
                break

    def _came_from(self, made: _Made, step: int, request: Request, message: Message) -> None:
        """Where a conversation that begins now has its first words from."""
        kept = [self._messages[name] for each in request.messages if (name := _named(each)) in self._messages]
        kept = [earlier for earlier in kept if earlier < made.steps[0].number]
        if kept:
            made.edge(kept[-1], step, "compaction", f"{len(kept)} messages of it are kept")
            return
        for call in reversed(self._open.values()):
            for name, words in call.words:
                if _holds(message.text, words):
                    self._sub_agents[step] = call.step
                    made.edge(call.step, step, "sub_agent", f"it begins with the argument {name}")
                    return
        for written, said in reversed(self._wrote.items()):
            if _holds(message.text, said):
                made.edge(written, step, "compaction", "it holds what a model wrote there")
                return

    def _wrote_down(
        self,
        made: _Made,
        reply: Reply,
        choice: Message,
        facts: dict[str, Any],
        judged: list[Judged],
        retries: int,
    ) -> list[int]:
        """The steps of an answer, in the order in which agents read them."""
        steps: list[int] = []
        shared = dict(facts)
        sure = {"confidence": reply.confidence} if reply.confidence is not None else {}
        if choice.reasoning:
            steps.append(made.step("thought", {"kind": "reasoning"}, {"content": choice.reasoning}))
        if choice.asked:
            if choice.text:
                steps.append(made.step("thought", {"kind": "text", **sure}, {"content": choice.text}))
            for asked in choice.asked:
                ruling = next((each for each in judged if each.tool == asked.name), None)
                fields: dict[str, Any] = {"tool": asked.name, "tool_call_id": asked.id}
                if ruling is not None:
                    judged.remove(ruling)
                    fields |= {"policy_check": ruling.check, "policy_latency_ms": ruling.latency_ms}
                steps.append(made.step("tool_call", fields, {"args": asked.arguments}))
                self._remember(self._open, asked.id or f"name {asked.name}", _opened(steps[-1], asked, made.time))
        else:
            others = len(reply.choices) - 1 + retries
            sure = {"selected_confidence": reply.confidence} if reply.confidence is not None else {}
            fields = {"action": "respond", "alternatives_considered": others, "stop": reply.stop, **sure}
            steps.append(made.step("decision", fields, {"content": choice.text}))
        if choice.text:
            at = next(step for step in made.steps if step.payload.get("content") == choice.text).number
            self._remember(self._wrote, at, choice.text)
        made.steps[0].fields.update(shared)
        return steps

    def _inherit(self, tip: int, steps: list[int]) -> None:
        """What belongs to a sub-agent's conversation goes on belonging to it."""
        began = self._sub_agents.get(tip)
        if began is not None:
            self._sub_agents.update(dict.fromkeys(steps, began))

    def _remember(self, memory: OrderedDict[Any, Any], name: Any, value: Any) -> None:
        memory[name] = value
        _bound(memory)


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
        number = self._graph.next_number()
        self.steps.append(Step(number, type, self.time, self._request_id, dict(fields), payload))
        return number

    def redacted_in(self, text: str) -> dict[str, Any]:
        """Which kinds of personal data have placeholders in a text, as a field of its step."""
        found = {match.group(1) for match in _PLACEHOLDER.finditer(text)} if self._redacted else set()
        kinds = sorted(kind for name, kind in self._redacted.items() if name in found)
        return {"pii_redacted": kinds} if kinds else {}

    def edge(self, source: int, target: int, type: EdgeType, evidence: str = "") -> None:
        self.edges.append(Edge(source, target, type, evidence))


def _bound(memory: OrderedDict[Any, Any]) -> None:
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)


def _chained(chain: str, message: Message) -> str:
    return hashlib.sha256(f"{chain}\n{_named(message)}".encode()).hexdigest()[:32]


def _named(message: Message) -> str:
    """A digest of one message. What agents change on the way back does not count: white space, what a model thought,
    and the arguments of its calls, which have an id."""
    calls = [[asked.id or digest(asked.arguments), asked.name] for asked in message.asked]
    results = [[result.id, result.text] for result in message.results]
    return digest([message.role, "".join(message.text.split()), calls, results, list(message.other)])


def _opened(step: int, asked: Asked, time: float) -> _Open:
    return _Open(step, tuple(_texts(asked.arguments, "")), time)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Texts in a tool call's arguments that tell something, with their names."""
    if isinstance(value, str):
        if len(value) >= _TELLING:
            yield path, value[:_SAMPLE]
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, f"{path}[{number}]")


def _holds(text: str, words: str) -> bool:
    """Whether a text holds these words, white space apart."""
    looked_for = " ".join(words[:_SAMPLE].split())
    return len(looked_for) >= _TELLING and looked_for in " ".join(text.split())
