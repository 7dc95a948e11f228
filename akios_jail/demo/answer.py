"""What a stand-in model is asked and what it answers, apart from the words of any wire format.

`Behaviour` is what a test or a demo decides: what the model says, which tools it asks for, what it counts, how it
breaks. `Question` and `Answer` are one call as the formats read and write it; `Usage` is a line of the provider's own
bill, by which budgets are judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from akios_jail.demo.local_server import Request

CREATED = 1_700_000_000
FAULTS = ("none", "500", "429", "503", "hang", "cut", "wrong-length", "no-usage")


class ToolCall(NamedTuple):
    """A tool that the model asks for. `id` "": the server makes one."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


@dataclass(frozen=True)
class Behaviour:
    """How the model answers.

    `fault`: none, 500, 429, 503, hang (never answers), cut (stops halfway), wrong-length, no-usage (it never tells
    what it counted). `reported_output_tokens`: what the answer says, where that is not what is billed.
    """

    text: str | None = None  # None: repeats the last user message, so that the agent can tell what the model saw
    calls: tuple[ToolCall, ...] = ()
    thinking: str = ""
    latency_s: float = 0.0
    chunk_delay_s: float = 0.0
    chunks: int = 4
    input_tokens: int | None = None  # None: estimated from the request's text
    output_tokens: int | None = None  # None: estimated from the answer's text
    cached_tokens: int = 0  # of the input
    cache_write_tokens: int = 0  # of the input
    reasoning_tokens: int = 0  # of the output
    reported_output_tokens: int | None = None
    gzip: bool = False
    fault: str = "none"
    retry_after: str = ""  # the header of a 429, 500 or 503


class Usage(NamedTuple):
    """What one answered call used, by the provider's own count: what would stand on the bill.

    `input_tokens` is all input, cached and cache-writing tokens included; `output_tokens` all output.
    """

    provider: str
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0


class Result(NamedTuple):
    """What a tool gave, as the model is told. `id` is of the call (or its name, where a format has no ids)."""

    id: str
    text: str


@dataclass(frozen=True)
class Question:
    """One model call as a format read it. `said` is what input tokens are estimated from."""

    model: str
    stream: bool
    document: dict[str, Any]
    said: Any
    last_user_text: str
    results: tuple[Result, ...] = ()  # of the tools that the model asked for last
    tools: tuple[str, ...] = ()  # names of the tools that it may ask for
    max_output: int | None = None
    choices: int = 1
    billed: bool = True  # False: counting tokens costs nothing
    array: bool = False  # Google: a stream as a JSON array


@dataclass(frozen=True)
class Answer:
    """One deterministic completion: what it says, what it costs, and in how many pieces a stream brings it."""

    text: str
    input_tokens: int
    output_tokens: int  # of one choice, as told
    chunks: int = 4
    number: int = 1  # the how-manieth answer of the server: makes the ids
    thinking: str = ""
    calls: tuple[ToolCall, ...] = field(default=())
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cut_short: bool = False  # the output limit was reached
    tells_usage: bool = True

    def pieces(self, text: str | None = None) -> list[str]:
        """The text in at most `chunks` pieces of about equal length."""
        text = self.text if text is None else text
        size = max(1, -(-len(text) // max(1, self.chunks)))
        return [text[at : at + size] for at in range(0, len(text), size)] or [""]


class Format(Protocol):
    """One wire format of one provider. `hosts`: where it is spoken."""

    provider: str
    hosts: tuple[str, ...]
    stream_type: str  # the Content-Type of its streams

    def question(self, request: Request) -> Question | None:
        """The call in a request, None if it is none of this format; `ValueError`, `KeyError` or `TypeError` if it
        cannot be read."""

    def whole(self, question: Question, answer: Answer) -> dict[str, Any]:
        """The document of an answer that is not streamed."""

    def stream(self, question: Question, answer: Answer) -> Iterator[bytes]:
        """A streamed answer, event by event."""

    def error(self, status: int, message: str, kind: str) -> dict[str, Any]:
        """The document of an error."""


def tokens_of(text: str) -> int:
    """A usual estimate: four characters a token, at least one."""
    return max(1, len(text) // 4)


def text_of(content: object) -> str:
    """The text of a message's content, whether it is a string or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""
