"""HTTP messages as stages see them: the parsed request, from which upstream's is built anew, and the answer.

Header lists hold neither hop-by-hop nor framing fields: how long a message is and how it is framed is the business of
`length`, so that a stage that alters a body cannot leave a wrong `Content-Length` behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from akios_jail.broker import encodings
from akios_jail.broker.outcome import Denied
from akios_jail.policy.verdict import Verdict

if TYPE_CHECKING:
    from akios_jail.providers.sse import Event

Headers = list[tuple[str, str]]


class _Headed:
    headers: Headers

    def header(self, name: str) -> str | None:
        """The first value of a field, whatever the case of its name; None if there is none."""
        name = name.lower()
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    @property
    def coding(self) -> str:
        """The content coding, "" for none; several (also in several fields) as one list, which nobody decodes."""
        values = [value.strip().lower() for key, value in self.headers if key.lower() == "content-encoding"]
        return ", ".join(value for value in values if value not in ("", "identity"))

    def set_header(self, name: str, value: str) -> None:
        """Replace every field of this name by one."""
        self.remove_header(name)
        self.headers.append((name, value))

    def remove_header(self, name: str) -> None:
        name = name.lower()
        self.headers = [pair for pair in self.headers if pair[0].lower() != name]


class Request(_Headed):
    """The parsed request, from which the upstream one is built anew.

    `path` is the canonical percent-encoded path: policy decides on it and upstream receives it, the very same string.
    `query` is without the question mark. `body` is None until a stage buffers it with `Exchange.read_body`; until then
    `stream` yields it once. `length` is the number of bytes, or None when only the stream's end will tell.
    """

    def __init__(
        self, method: str, path: str, query: str, headers: Headers, stream: AsyncIterator[bytes], length: int | None
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.stream = stream
        self.length = length
        self.body: bytes | None = b"" if length == 0 else None

    @property
    def target(self) -> str:
        """The request target in origin form."""
        return f"{self.path}?{self.query}" if self.query else self.path


class Response(_Headed):
    """The answer's head, and its body as a stream that a stage may wrap.

    A stage whose wrapping changes the number of bytes sets `length` to None; one that decodes the body also removes
    `Content-Encoding`. `length` is 0 where no body can follow (HEAD, 204, 304), whatever the header fields say.

    A model's answer that streams has `events`, some at a time, and `framing`, the name of how they are cut and written;
    a stage that looks at the answer wraps these, and `body` is written from them when it is read.
    """

    def __init__(
        self, status: int, reason: str, headers: Headers, body: AsyncIterator[bytes], length: int | None
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        self.length = length
        self.events: AsyncIterator[list[Event]] | None = None
        self.framing = ""

    def decode(self, limit: int) -> None:
        """From here on `body` is without its content coding; at most `limit` bytes come out, then the stream fails.

        `Denied` 502 for a coding that is unknown, here, or broken, when the body is read.
        """
        if not self.coding:
            return
        try:
            self.body = _decoded(self.body, encodings.Decoder(self.coding, limit))
        except encodings.Undecodable as error:
            raise undecodable(error) from None
        self.length = None
        self.remove_header("content-encoding")


def undecodable(error: encodings.Undecodable) -> Denied:
    """The refusal of an answer that must be looked into and cannot be."""
    return Denied(Verdict("deny", "answer_undecodable", f"the answer must be read, and cannot be: {error}"), 502)


async def _decoded(body: AsyncIterator[bytes], decoder: encodings.Decoder) -> AsyncIterator[bytes]:
    try:
        async for chunk in encodings.decoded(body, decoder):
            yield chunk
    except encodings.Undecodable as error:
        raise undecodable(error) from None
