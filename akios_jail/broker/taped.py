"""An exchange while it is recorded: what was asked, what went upstream, and what came back, as bytes that go by.

Nothing is looked at here, and nothing waits: bytes are kept by reference until the exchange is over.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from akios_jail.broker.hidden import TOO_LARGE, Framed
from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import UpstreamFailed
from akios_jail.radar.recorded import MAX_BODY, Attempt, Body, Exchange, Headers

if TYPE_CHECKING:
    from akios_jail.broker import exchange as exchanges

NO_ROOM = "too much waited to be written down when it came"
_NOT_READ = "nobody read it"

#: Takes so many bytes more; whether there is room for them.
Room = Callable[[int], bool]


class Watched:
    """A body as it goes by."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._chunks: list[bytes] = []
        self.unkept = _NOT_READ
        self.whole = False
        self.size = 0
        self.taken = 0  # of the room there is

    def take(self, chunk: bytes) -> None:
        """A piece has gone by."""
        if self.unkept == _NOT_READ:
            self.unkept = ""
        self.size += len(chunk)
        if self.unkept:
            return
        if self.size > MAX_BODY:
            self.unkept = TOO_LARGE
        elif not self._room(len(chunk)):
            self.unkept = NO_ROOM
        else:
            self.taken += len(chunk)
            self._chunks.append(chunk)
            return
        self._chunks.clear()

    def ended(self) -> None:
        """That was all."""
        self.whole = True
        if self.unkept == _NOT_READ:
            self.unkept = ""

    @property
    def body(self) -> Body:
        """What is there until now."""
        return Body(None, self.unkept) if self.unkept else Body(b"".join(self._chunks))

    async def watch(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same stream, kept as it flows."""
        async for chunk in body:
            self.take(chunk)
            yield chunk
        self.ended()


class Sending:
    """One attempt while it runs."""

    def __init__(self, exchange: exchanges.Exchange, number: int, room: Room) -> None:
        request = exchange.request
        self._number = number
        self._time = time.time()
        self._where = (exchange.host, exchange.port, exchange.protocol)
        self._asked = (request.method, request.path, request.query, tuple(request.headers))
        self._request = Watched(room)
        self._answer = Watched(room)
        self._head: tuple[int, str, Headers] | None = None
        self._failure: UpstreamFailed | None = None
        call = exchange.call
        self.framed = Framed(call.wire.framing, call.stream is True) if call is not None else Framed()
        self._sent = request.body
        if request.body is None:
            request.stream = self._request.watch(request.stream)

    @property
    def taken(self) -> int:
        """So many bytes of room are taken for it."""
        return self._request.taken + self._answer.taken

    def failed(self, failure: UpstreamFailed) -> None:
        """Upstream did not answer, or not to the end."""
        self._failure = failure

    def answered(self, response: Response) -> None:
        """The head of the answer is here; its body is kept as it flows."""
        self._head = (response.status, response.reason, tuple(response.headers))
        if response.length == 0:
            self._answer.ended()
        response.body = self._watched(response.body)

    async def _watched(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        take = self._answer.take
        try:
            async for chunk in body:
                take(chunk)
                yield chunk
        except UpstreamFailed as failure:
            self._failure = failure
            raise
        self._answer.ended()

    def attempt(self) -> Attempt:
        """What is there of it when the exchange is over."""
        host, port, protocol = self._where
        method, path, query, headers = self._asked
        sent = Body(self._sent) if self._sent is not None else self._request.body
        status, reason, answer = self._head or (None, "", ())
        came = self._answer.body if self._head is not None else Body(None, "there was no answer")
        failure: dict[str, Any] | None = None
        if self._failure is not None:
            failure = {"status": self._failure.status, "code": self._failure.code, "reason": self._failure.reason}
        elif not self._answer.whole:
            failure = {"status": 502, "code": LEFT, "reason": "nobody waited for the rest of this answer"}
        return Attempt(
            self._number, self._time, host, port, protocol, method, path, query, headers, sent.data, sent.unkept,
            status, reason, answer, came.data, came.unkept, failure,
        )  # fmt: skip


#: The failure of an answer whose end nobody waited for: its rest is not known.
LEFT = "left_before_end"


class Taped:
    """One exchange while it runs. `number`: its place in the order of arrival."""

    def __init__(self, number: int, exchange: exchanges.Exchange) -> None:
        self.number = number
        self.attempts: list[Sending] = []
        self._time = time.time()
        self._where = (exchange.host, exchange.port, exchange.protocol)
        self.looked = False  # whether personal data is out of what was asked, where it is taken out at all
        self._see(exchange)

    def seen(self, exchange: exchanges.Exchange) -> None:
        """What the agent asked has been looked at, and may be changed from here on."""
        self._see(exchange)
        self.looked = True

    def _see(self, exchange: exchanges.Exchange) -> None:
        request = exchange.request
        self._asked = (request.method, request.path, request.query, tuple(request.headers))
        self._body = request.body

    def exchange(self, ended: exchanges.Exchange, status: int | None) -> Exchange:
        """What is there of it when it is over, as it was."""
        if not self.looked and self._body is None:
            self._body = ended.request.body
        host, port, protocol = self._where
        method, path, query, headers = self._asked
        verdict = ended.cut or ended.verdict
        call = ended.call
        return Exchange(
            number=self.number,
            time=self._time,
            kind="http",
            request_id=ended.id,
            host=host,
            port=port,
            protocol=protocol,
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=self._body if self._body is not None else self._streamed(),
            unkept="" if self._body is not None else _NOT_READ,
            call=None if call is None else {"provider": call.provider, "model": call.shown_model or call.model},
            verdict={} if verdict is None else verdict._asdict(),
            rulings=tuple(ended.ruled),
            status=status,
            attempts=tuple(each.attempt() for each in self.attempts),
        )

    def _streamed(self) -> bytes | None:
        """A body that nobody read before it went upstream."""
        return self.attempts[-1].attempt().request if self.attempts else None

    @property
    def framed(self) -> tuple[Framed, ...]:
        """How the answers to its attempts are cut."""
        return tuple(each.framed for each in self.attempts)
