"""The agent's side of HTTP/1.1: one governed connection, request after request.

aiohttp's request handler does the parsing and the framing; its strictness was tried with a table of malformed
requests (tests/broker/test_attacks.py) and suffices together with `incoming`. Every request becomes an exchange, goes
through the pipeline, and is answered by upstream or refused with a reason that the agent can read. What is malformed is
refused too, and on record as well: an agent that speaks broken HTTP is either broken or trying something.
"""

from __future__ import annotations

import asyncio
import secrets
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler, _ErrInfo
from aiohttp.web_request import BaseRequest

from akios_jail.broker import answers, incoming, limits
from akios_jail.broker.buffers import Buffers
from akios_jail.broker.destinations import Destination
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Request, Response
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.pipeline import Pipeline, stage_failed
from akios_jail.broker.session import Session
from akios_jail.broker.stages.record import Record
from akios_jail.broker.traffic import Traffic
from akios_jail.policy.verdict import Verdict

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class HttpServer:
    """Serves the HTTP connections of one session."""

    def __init__(
        self,
        session: Session,
        pipeline: Pipeline,
        record: Record,
        send: Callable[[Exchange], Awaitable[Response]],
        traffic: Traffic,
    ) -> None:
        self.session = session
        self._pipeline = pipeline
        self._record = record
        self._send = send
        self._traffic = traffic
        self._server = web.Server(self._handle, handler_cancellation=True)
        self._buffers = Buffers(limits.BUFFERED_BODIES.value)
        self._running: set[Exchange] = set()
        self._idle = asyncio.Event()

    def connection(self, destination: Destination, closed: Callable[[], None]) -> Connection:
        """The protocol of one accepted connection; `closed` is called when it is gone."""
        return Connection(self, self._server, destination, closed)

    @property
    def running(self) -> list[Exchange]:
        """The exchanges that are not over."""
        return list(self._running)

    async def close(self) -> None:
        """Break off every exchange and close every connection."""
        for connection in self._server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        while self._running:
            self._idle.clear()
            await self._idle.wait()

    async def _handle(self, http: BaseRequest) -> web.StreamResponse:
        connection = http.protocol
        assert isinstance(connection, Connection)
        try:
            head = incoming.read(http, connection.destination)
        except incoming.Refused as refused:
            return await self._malformed(connection.destination, http.method, refused)
        body = _body(http, head)
        exchange = self._exchange(connection.destination, head.request(body))
        self._running.add(exchange)
        self._traffic.begins()
        status: int | None = None
        answer: web.StreamResponse | None = None
        try:
            try:
                await self._pipeline.run(exchange, self._send)
                answer = answers.answer_of(http, exchange.response)
                await _relay(http, answer, exchange.response)
            except Denied as denied:
                answer = await self._refuse(http, answer, exchange, denied)
            except UpstreamFailed as failed:
                answer = self._failed(http, answer, exchange, failed)
            except _AgentLeft as left:
                return left.answer
            except Exception as error:
                # A stage's own wrapping of the stream broke while the answer flowed.
                answer = await self._refuse(http, answer, exchange, Denied(stage_failed("response", error)))
            status = answer.status
            return answer
        finally:
            self._close(exchange, status)

    def _exchange(self, destination: Destination, request: Request) -> Exchange:
        request_id = f"req_{secrets.token_hex(8)}"
        where = (destination.host, destination.port, destination.protocol)
        exchange = Exchange(self.session, request_id, *where, request, self._buffers)
        self.session.tape.begins(exchange)
        return exchange

    async def _malformed(self, destination: Destination, method: str, refused: incoming.Refused) -> web.Response:
        exchange = self._exchange(destination, Request(method, "", "", [], _nothing(), 0))
        await self._record.refused(exchange, refused.verdict)
        self.session.tape.over(exchange, refused.status)
        response = answers.refusal(exchange.id, refused.verdict, refused.status)
        response.force_close()
        return response

    def broken(self, destination: Destination, verdict: Verdict, status: int) -> web.Response:
        """The answer where there is no request to speak of; it goes out after its record is durable."""
        exchange = self._exchange(destination, Request("?", "", "", [], _nothing(), 0))

        async def refused() -> None:
            await self._record.refused(exchange, verdict)
            self.session.tape.over(exchange, status)

        return answers.Recorded(refused, exchange.id, verdict, status)

    async def _refuse(
        self,
        http: BaseRequest,
        started: web.StreamResponse | None,
        exchange: Exchange,
        denied: Denied,
    ) -> web.StreamResponse:
        verdict = denied.verdict
        exchange.passage.failure = verdict.code
        await self._record.refused(exchange, verdict, counted=denied.counted)
        response = answers.refusal(exchange.id, verdict, denied.status, denied.retry_after, denied.instead)
        return _instead(http, started, response)

    def _failed(
        self, http: BaseRequest, started: web.StreamResponse | None, exchange: Exchange, failed: UpstreamFailed
    ) -> web.StreamResponse:
        exchange.passage.failure = failed.code
        error = answers.error("akios_upstream_error", failed.code, failed.reason, exchange.id)
        return _instead(http, started, answers.plain(error, failed.status))

    def _close(self, exchange: Exchange, status: int | None) -> None:
        if status is None:
            exchange.passage.failure = exchange.passage.failure or "agent_left"
        failures = exchange.close()
        if failures:
            exchange.passage.failure = "settlement_failed"
        try:
            self._record.closed(exchange, status)
        except Exception as error:
            failures.append(error)
        self.session.tape.over(exchange, status)
        self._running.discard(exchange)
        self._traffic.ends()
        if not self._running:
            self._idle.set()
        if failures:
            # What was spent is no longer known: going on would be going on without a budget.
            traceback.print_exception(failures[0])
            self.session.end("settlement_failed", f"an exchange could not be settled: {type(failures[0]).__name__}")


class _AgentLeft(Exception):
    """The agent closed its connection before it had its answer."""

    def __init__(self, answer: web.StreamResponse) -> None:
        super().__init__()
        self.answer = answer


class Connection(RequestHandler):
    """One connection of the agent, to one destination."""

    __slots__ = ("_closed", "_http", "destination")

    def __init__(
        self, http: HttpServer, server: web.Server, destination: Destination, closed: Callable[[], None]
    ) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=limits.IDLE_CONNECTION.value,
            access_log=None,  # type: ignore[arg-type]
            max_line_size=limits.REQUEST_LINE.value,
            max_headers=limits.HEADER_FIELDS.value,
            max_field_size=limits.HEADER_FIELD.value,
            lingering_time=limits.LINGER.value,
            auto_decompress=False,
        )
        self._http = http
        self._closed = closed
        self.destination = destination

    def data_received(self, data: bytes) -> None:
        """aiohttp queues a parser error behind the running request; if it is in that one's body, tell it now."""
        super().data_received(data)
        if not self._messages or self._current_request is None:
            return
        last = self._messages[-1][0]
        body = self._current_request.content
        if isinstance(last, _ErrInfo) and not body.is_eof():
            body.set_exception(web.RequestPayloadError(last.message or "it cannot be read"))

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._closed()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """After an answer aiohttp reads on for a moment: a body that turns out to be invalid then breaks nothing."""
        if not isinstance(kw.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kw)

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """aiohttp asks here what to answer when its parser refuses, or when the handler broke."""
        self.close()
        if isinstance(exc, HttpProcessingError):
            reason = exc.message.partition("\n")[0].strip(" :") or "it cannot be read"
            verdict = Verdict("deny", "bad_request", f"this is not valid HTTP/1.1: {reason}")
            return self._http.broken(self.destination, verdict, 400)
        traceback.print_exception(exc)
        return self._http.broken(self.destination, stage_failed("connection", exc or RuntimeError()), 403)


def _instead(http: BaseRequest, started: web.StreamResponse | None, response: web.Response) -> web.StreamResponse:
    """This answer, or a broken connection if another has begun: half an answer must not look whole."""
    if started is not None and started.prepared:
        if http.transport is not None:
            http.transport.abort()
        return started
    if not http.content.at_eof():
        # The rest of the body is read and thrown away for a moment, so that the agent gets to read the answer.
        response.force_close()
    return response


async def _relay(http: BaseRequest, answer: web.StreamResponse, response: Response) -> None:
    """Pass the answer on as it flows. What the stream raises passes; `_AgentLeft` if there is nobody to give it to.

    The head of an answer of known length waits for the first bytes: if none come, it can still become an error.
    """
    body = aiter(response.body)
    first = await anext(body, b"") if response.length else b""
    try:
        await answer.prepare(http)
        if first:
            await answer.write(first)
    except ConnectionError as error:
        raise _AgentLeft(answer) from error
    async for chunk in body:
        try:
            await answer.write(chunk)
        except ConnectionError as error:
            raise _AgentLeft(answer) from error
    try:
        await answer.write_eof()
    except ConnectionError as error:
        raise _AgentLeft(answer) from error


async def _body(http: BaseRequest, head: incoming.Head) -> AsyncIterator[bytes]:
    if head.expects_continue and http.transport is not None:
        # Only now, when a stage or upstream wants the body: what is refused before is never sent.
        http.transport.write(_CONTINUE)
    try:
        async for chunk in http.content.iter_any():
            yield chunk
    except (web.RequestPayloadError, ValueError) as error:
        reason = f"the body is not valid HTTP/1.1: {str(error).partition(chr(10))[0]}"
        raise Denied(Verdict("deny", "bad_request", reason), 400) from error


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
