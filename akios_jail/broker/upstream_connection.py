"""A connection to an upstream, which speaks when it is asked and answers once.

What comes before a request, or behind its answer, answers nothing (RFC 9112 section 9.2). The client library keeps it
and takes it for the answer to whatever is sent over this connection next. Here it ends the connection instead: the
answer that was asked for stands, and what follows it is never anybody's.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from akios_jail.broker import limits

if TYPE_CHECKING:
    import asyncio

    from aiohttp import ClientRequest, ClientTimeout
    from aiohttp.connector import Connection
    from aiohttp.http import RawResponseMessage
    from aiohttp.streams import StreamReader
    from aiohttp.tracing import Trace


class Misbehaved(aiohttp.ClientConnectionError):
    """The upstream says what no request asks for. The text is a clause about it."""


class Connector(aiohttp.TCPConnector):
    """Makes connections that answer once for each request."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        made: type[ResponseHandler] = Answering
        self._factory = functools.partial(made, loop=self._loop)

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        """A connection that has said nothing yet, or no more than was asked. `Misbehaved` for a new one that has."""
        connection = await super().connect(req, traces, timeout)
        if isinstance(connection.protocol, Answering) and connection.protocol.unasked:
            connection.close()
            raise Misbehaved("speaks before it is asked")
        return connection


class Answering(ResponseHandler):
    """`unasked`: it has said what nobody asked for, and is of no further use."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.unasked = False
        self._asked = False  # from when a request is about to be sent until its answer is over
        self._answered = False  # whether the head of that answer is here
        self._interim = 0

    def set_response_params(self, **how: Any) -> None:
        """A request is about to be sent."""
        self._asked, self._answered, self._interim = True, False, 0
        super().set_response_params(**how)

    def data_received(self, data: bytes) -> None:
        """The library also calls this with nothing, to go on with what it has."""
        if data and not self._asked:
            self.unasked = True
            self.abort()
            return
        transport = self.transport
        super().data_received(data)
        if transport is not None and self.exception() is not None:  # it is no HTTP, and may go on without end
            transport.abort()

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """The head of an answer was read, with its body to come."""
        head, body = data
        if self._answered:  # in the same bytes as the end of the answer
            self.unasked = True
            self.force_close()
        elif 100 <= head.code < 200 and head.code != 101:
            self._interim += 1
            if self._interim > limits.INTERIM_ANSWERS.value:
                self.abort()
                self.set_exception(Misbehaved("sends interim answers without end"))
        else:
            self._answered = True
            body.on_eof(self._over)
            super().feed_data(data, size)

    def close(self) -> None:
        """At once: TLS says goodbye and waits for an answer, for which who goes on speaking lets one wait."""
        self.abort()

    def _over(self) -> None:
        self._asked = False
