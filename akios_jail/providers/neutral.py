"""The neutral form: what is true of a model call whatever its wire format.

A `Call` keeps the parsed document that it was read from; whoever changes a field changes it there, and the document
is what goes upstream. An `Answer` follows the answer as it flows and knows at any moment what it has cost so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from akios_jail.providers.sse import Event

#: Where a value lies in a JSON document: keys and indexes from the root.
Path = tuple[str | int, ...]

_RUN = re.compile(r"\s+|(\S)\1{3,}")


class TextAt(NamedTuple):
    """One string that a model reads. `role`: system | user | assistant | tool | definition."""

    path: Path
    role: str


class Payload(NamedTuple):
    """One value that is data rather than text, at a place where the wire format has data.

    `kind`: image | audio | file | opaque (signatures and encrypted blocks that only the provider can read).
    `form`: base64 | data_url | reference (a URL or a file id: the bytes are not in the call) | tokens (text as the
    numbers of its tokens, which nobody reads here).
    """

    path: Path
    kind: str
    form: str
    media_type: str


class ToolCall(NamedTuple):
    """A tool that a model asks for, or that an agent calls over MCP. `arguments` is the parsed JSON value (an object,
    as a rule), or `Garbled`; `id` is the wire format's own, "" where it has none."""

    id: str
    name: str
    arguments: Any


class Garbled(NamedTuple):
    """What stands for the arguments of a `ToolCall` that nobody can read: weaker models write such. `why` is a clause.

    A call with these can only be refused, because what the agent would make of them cannot be known.
    """

    written: str
    why: str


class Ruling(NamedTuple):
    """What is decided of one tool call. `decision`: allow | deny | modify; `arguments` are then used instead.

    `reason` is for the agent and its model, in a sentence.
    """

    decision: str
    reason: str = ""
    arguments: Any = None


class Part(NamedTuple):
    """One piece of a message. `kind`: text | reasoning | tool_call | tool_result | image.

    `text`: of text and reasoning, and a tool's result as text. `call`: the tool call; of a result, the call that it
    answers (its arguments are None). `data` and `media_type`: an image in base64.
    """

    kind: str
    text: str = ""
    call: ToolCall | None = None
    data: str = ""
    media_type: str = ""
    failed: bool = False  # of a tool_result: the tool says that it did not work


class Message(NamedTuple):
    """`role`: user | assistant | tool."""

    role: str
    parts: tuple[Part, ...]


class Tool(NamedTuple):
    """A tool that a model may ask for. `schema` is the JSON Schema of its arguments.

    `strict`: the provider guarantees that arguments are of the schema.
    """

    name: str
    description: str
    schema: dict[str, Any]
    strict: bool = False


class Conversation(NamedTuple):
    """What a call says, whatever the wire format: as much as every format can say. `tool_choice`: auto | none |
    required | the name of a tool. `left_out`: wishes of the call about how its model works (how hard it thinks, how it
    draws its words) that other models have no words for; whoever sends the call without them says so."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class Reply(NamedTuple):
    """What a model answered, whatever the wire format. `stop`: end | length | tool_calls | filtered."""

    id: str
    model: str
    parts: tuple[Part, ...]
    stop: str
    usage: Usage | None


class Untranslatable(Exception):
    """A call or an answer says something that another wire format has no words for. The message names it."""


class Usage(NamedTuple):
    """Tokens as the provider counted them. `input_tokens` is all input, cached and cache-writing tokens included;
    `output_tokens` is all output, reasoning included. `options` are the price options that were really applied.
    `others`: further parts of these tokens that can have prices of their own, by the price list's names of units."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    input_audio_tokens: int = 0
    output_audio_tokens: int = 0
    web_searches: int = 0
    options: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, int], ...] = ()


@dataclass
class Call:
    """One model call.

    `provider` is the price list's name of the host's provider, "" for a host that is nobody's we know. `billable` is
    False for calls that cost nothing (counting tokens). `max_output_tokens` is for one of the `choices`, None if the
    agent states none; `least_output_tokens`: no lower limit can be written into it. `unbounded` names what makes the
    cost of this call impossible to bound in advance, as clauses for people. `added_input_tokens`: instructions that
    the provider adds for this call's tools, at most. `hidden_output`: the model may write tokens that are billed and
    never shown. `provider_tools` names the tools and searches that the provider runs by itself for this call, so that
    nobody can rule on what they are asked. `price_options` are the fields by which prices differ (service tier,
    speed). `wants_usage`: the agent itself asked for usage in the stream; `hides_usage`: it did not, we did, and what
    comes of that is not for the agent. `shown_model`: the model's name that the agent is to find in the answer,
    because it asked for that one; "" for whatever the provider says. `hold`: what is reserved for the call while it
    runs. `answer`: the answer as far as it has come.
    """

    wire: Wire
    provider: str
    host: str
    model: str
    stream: bool
    document: dict[str, Any]
    max_output_tokens: int | None
    choices: int = 1
    billable: bool = True
    texts: tuple[TextAt, ...] = ()
    payloads: tuple[Payload, ...] = ()
    unbounded: tuple[str, ...] = ()
    added_input_tokens: int = 0
    least_output_tokens: int = 1
    hidden_output: bool = True
    provider_tools: tuple[str, ...] = ()
    price_options: dict[str, str] = field(default_factory=dict)
    wants_usage: bool = True
    shown_model: str = ""
    hides_usage: bool = False
    hold: Any = None
    answer: Answer | None = None

    @property
    def wire_name(self) -> str:
        return self.wire.name


class Answer(Protocol):
    """The answer to one call, followed as it flows. Raises `Unreadable` for what is not of the wire format."""

    usage: Usage | None  # None until the provider has told it all
    known_input: int | None  # input tokens, where the provider tells them before the end
    flow: Flow
    finished: bool  # the stream has come to its proper end

    def whole(self, body: bytes) -> bytes:
        """The complete body of an answer that was not streamed: what the agent gets, the same object if unchanged."""

    def event(self, event: Event) -> Event | None:
        """One event of a stream: what the agent gets instead of it, or None where it is not the agent's to see."""

    def end(self, output_tokens: int) -> list[Event]:
        """The events that end this stream early in the way in which a reached output limit ends it."""


class Gate(Protocol):
    """Holds back the tool calls of one answer until each is ruled on; everything else flows on, in order.

    `Unreadable` for a tool call that cannot be told from others: it does not reach the agent. Where it is only its
    arguments that are no JSON they are `Garbled`, and the call must be refused.
    """

    def event(self, event: Event) -> list[Event | ToolCall]:
        """What comes of one event: events that flow on, and in its place each tool call that is complete with it."""

    def end(self) -> list[Event | ToolCall]:
        """The stream is over: what was still held. `Unreadable` if a call is not complete."""

    def ruled(self, call: ToolCall, ruling: Ruling) -> list[Event]:
        """What the agent gets in the place of this call: the call, the changed call, or the words that refuse it.

        Asked once for every call that was given out, in order, before the next `event`. Of an answer whose calls are
        all refused the end says that the model has ended its turn.
        """

    def calls(self, document: dict[str, Any]) -> list[ToolCall]:
        """The tool calls of an answer that was not streamed, in order."""

    def ruled_whole(self, document: dict[str, Any], rulings: list[Ruling]) -> None:
        """Carry out the rulings, one for each of `calls`, in the document."""


class Wire(Protocol):
    """One wire format. `framing`: how its streams are cut into events: sse | eventstream | json_array | none."""

    name: str
    framing: str
    shared_path: bool  # other services have this path too, so that what does not resemble a call is none

    def speaks(self, path: str) -> bool:
        """Whether a POST to this (normalised) path is of this format, on whatever host."""

    def resembles(self, document: dict[str, Any]) -> bool:
        """Whether the document can be meant as a call at all."""

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        """The call. `Unreadable` if the document is not one."""

    def limit_output(self, call: Call, tokens: int) -> None:
        """Write this output limit into the call, instead of the one that it states, if it states one."""

    def ask_usage(self, call: Call) -> None:
        """Make the provider tell the usage of a stream."""

    def set_model(self, call: Call, model: str) -> None:
        """Ask another model: `call.model`, and where the document names it, the document. The call's path is
        `path_of`'s matter."""

    def path_of(self, call: Call, path: str) -> str:
        """The path for this call as it is now, on the host where `path` was the path that the agent used (`""`: the
        format's usual one)."""

    def answer(self, call: Call) -> Answer:
        """A new reader for this call's answer."""

    def gate(self, call: Call) -> Gate:
        """A new gate for this call's answer."""

    def results(self, call: Call) -> list[tuple[ToolCall, Path]]:
        """The tool results that the call tells the model, in order, each with the place of its content."""

    def conversation(self, call: Call) -> Conversation:
        """What the call says. `Untranslatable` if other formats cannot say it."""

    def compose(self, conversation: Conversation, model: str) -> dict[str, Any]:
        """The document of a call (not streamed) that says this. `Untranslatable` if this format cannot."""

    def reply(self, body: bytes) -> Reply:
        """What a complete answer says. `Unreadable`, or `Untranslatable`."""

    def render(self, call: Call, reply: Reply) -> bytes:
        """A complete answer to `call` that says this: one body, or all of a stream if the call asked for one."""


@dataclass
class Flow:
    """How much a model has visibly written so far, as far as it was read.

    Two numbers, because there are two questions. `bytes` bounds the visible tokens from above (a token of a byte-level
    vocabulary is at least one byte). `letters` serves the opposite: with white space and runs of one character left
    out, no natural text has more than eight letters a token on average, so `letters // 8` tokens were surely written.
    """

    bytes: int = 0
    letters: int = 0
    unread_s: float = 0.0  # seconds in which more may have come that nobody read

    def add(self, text: str) -> None:
        self.bytes += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        self.letters += len(_RUN.sub("", text))

    @property
    def at_least(self) -> int:
        """Tokens that were surely written."""
        return self.letters // 8


def strings(value: Any) -> Iterable[str]:
    """Every string value in a JSON value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)


def string_paths(at: Path, value: Any) -> Iterable[Path]:
    """Where the strings are in a value whose shape is not known."""
    if isinstance(value, str):
        yield at
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from string_paths((*at, key), child)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from string_paths((*at, index), child)
