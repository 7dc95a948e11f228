"""The session's recording: exchanges are handed over here when they are over, and a thread of its own writes them.

Nobody waits for it. Where too much waits, bodies are left out, and a replay stops there and says so. A file that cannot
be written ends the recording, not the session.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from os import path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from akios_jail.broker import hidden
from akios_jail.broker.hidden import Looking, Marks, Masks
from akios_jail.broker.http_message import Response
from akios_jail.broker.offload import LARGE
from akios_jail.broker.outcome import UpstreamFailed
from akios_jail.broker.taped import NO_ROOM, Sending, Taped
from akios_jail.broker.tracer import Clean, waited
from akios_jail.policy.verdict import Verdict
from akios_jail.radar.recorded import Attempt, Exchange
from akios_jail.radar.tape import Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from akios_jail.broker import exchange as exchanges
    from akios_jail.broker.session_view import SessionView

#: With more bytes in exchanges that run or wait to be written, bodies are left out.
BACKLOG_BYTES: Final = 64 * 1024 * 1024
#: With more of them waiting, bodies are left out, too.
BACKLOG: Final = 2_000

#: So long after an exchange it is looked through for personal data, in seconds, as only one thing is at a time.
_PAUSE_S: Final = 0.1

_Work = Callable[[Writer], None]
_UNHIDDEN: Final = "it could not be looked through for personal data"


class Tape:
    """The recording of one session. Its methods are for the event loop and return at once, but for `close`.

    `clean`: takes out of fields what may not be written down.
    """

    def __init__(self, session: SessionView, facts: dict[str, Any], clean: Clean) -> None:
        self._session = session
        self._clean = clean
        self._folder = path.join(session.state_folder, "recordings")
        self._facts = facts
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._number = 0
        self._bytes = 0  # of what runs and waits; changed by both threads, under the lock
        self._lock = threading.Lock()
        self._hiding: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()
        self.masks = Masks(session.plan, session.scrubber)
        personal = session.personal
        self.marks = Marks(personal.vault) if personal is not None else None
        self.left_out = 0
        self.failure: str | None = None

    def begins(self, exchange: exchanges.Exchange) -> None:
        """The agent has asked for something."""
        with self._apart():
            self._taped(exchange)

    def sends(self, exchange: exchanges.Exchange) -> Sending | None:
        """It goes upstream now. None: nothing is recorded any more."""
        with self._apart():
            taped = self._taped(exchange)
            sending = Sending(exchange, len(taped.attempts) + 1, self._room)
            taped.attempts.append(sending)
            return sending
        return None

    def over(self, exchange: exchanges.Exchange, status: int | None) -> None:
        """It is over; `status` is what the agent got."""
        with self._apart():
            self._over(exchange, status)

    def _over(self, exchange: exchanges.Exchange, status: int | None) -> None:
        taped = self._taped(exchange)
        raw = taped.exchange(exchange, status)
        size = _size(raw)
        with self._lock:
            self._bytes += size - sum(each.taken for each in taped.attempts)
            crowded = self._bytes > BACKLOG_BYTES or self._queue.qsize() > BACKLOG
        if crowded:
            raw = _without_bodies(raw, NO_ROOM)
        how = self.looking(exchange)
        exchange.taped = None
        if self._session.personal is None:
            self._put(lambda writer: self._written(writer, _looked_through(raw, taped, how), size))
            return
        found: Future[Exchange | None] = Future()
        self._put(lambda writer: self._written(writer, waited(found) or _unhidden(raw), size))
        self._start(self._hidden(found, raw, taped, size, how))

    def refused(self, kind: str, verdict: Verdict, fields: dict[str, Any]) -> None:
        """A connection, a name or a packet was refused, or a connection is passed on unread."""
        with self._apart():
            self._refused(kind, verdict, fields)

    def _refused(self, kind: str, verdict: Verdict, fields: dict[str, Any]) -> None:
        self._number += 1
        host = str(fields.get("host") or fields.get("name") or fields.get("address") or "")
        exchange = Exchange(
            number=self._number, time=time.time(), kind=kind, request_id="", host=self.masks.text(host),
            port=int(fields.get("port") or 0), protocol=str(fields.get("protocol") or "dns"), method="", path="",
            query="", headers=(), body=None, unkept="it has none", call=None, verdict=verdict._asdict(), rulings=(),
            status=None, attempts=(),
        )  # fmt: skip
        personal = self._session.personal
        if personal is not None and personal.hidden(exchange.host) != exchange.host:
            exchange = exchange._replace(host=str(personal.hidden(exchange.host)))
        self._put(lambda writer: self._written(writer, exchange, 0))

    def hurry(self) -> None:
        """The session ends: nobody need be let go first any more."""
        self._hurry.set()

    def looking(self, exchange: exchanges.Exchange) -> Looking:
        """How an exchange is looked through."""
        personal, taped = self._session.personal, self._taped(exchange)
        if personal is None:
            return Looking(self.masks, None, None)
        redactor, _ = personal.tracing(exchange.verdicts)
        sent = personal.redactor(exchange.verdicts)
        scope = "model_calls" if exchange.call is not None else "egress"
        clean = sent is not None and sent.hides and taped.looked and not exchange.unread
        return Looking(self.masks, redactor, self.marks, clean and scope in self._session.plan.pii.scope)

    def close(self, facts: dict[str, Any], patience_s: float = 60.0) -> dict[str, Any]:
        """The session is over: what is waiting is still written, if that does not take longer. What the report says."""
        thread = self._thread
        if thread is not None:
            self._facts |= facts
            self._queue.put(None)
            thread.join(patience_s)
            if thread.is_alive():
                self.failure = "the recording was not written to its end"
            self._thread = None
        failed = {"failure": self.failure} if self.failure else {}
        return {**failed, **({"left_out": self.left_out} if self.left_out else {})}

    @contextlib.contextmanager
    def _apart(self) -> Iterator[None]:
        """What breaks here ends the recording and nothing else: around it requests are settled and put on record."""
        try:
            yield
        except Exception as error:
            if self.failure is None:
                self.failure = f"the recording ends early: {error or type(error).__name__}"
                if not isinstance(error, (RuntimeError, MemoryError)):  # the machine has no room for one more
                    traceback.print_exc()

    def _taped(self, exchange: exchanges.Exchange) -> Taped:
        if exchange.taped is None:
            self._number += 1
            exchange.taped = Taped(self._number, exchange)
        taped: Taped = exchange.taped
        return taped

    def _room(self, size: int) -> bool:
        """Take so many bytes if there is room for them."""
        with self._lock:
            if self._bytes + size > BACKLOG_BYTES:
                return False
            self._bytes += size
            return True

    def _written(self, writer: Writer, exchange: Exchange, size: int) -> None:
        with self._lock:
            self._bytes -= size
        rulings = tuple(self._clean(each) for each in exchange.rulings)
        call = None if exchange.call is None else self._clean(exchange.call)
        writer.add(exchange._replace(rulings=rulings, verdict=self._clean(exchange.verdict), call=call))
        self.left_out = writer.left_out

    async def _hidden(
        self, found: Future[Exchange | None], raw: Exchange, taped: Taped, size: int, how: Looking
    ) -> None:
        kept: Exchange | None = None
        personal = self._session.personal
        with contextlib.suppress(TimeoutError):  # the agent's next call comes first
            await asyncio.wait_for(self._hurry.wait(), _PAUSE_S)
        try:
            if personal is not None:
                kept = await personal.look(max(size, LARGE), hidden.exchange, raw, taped.framed, how)
        except Exception:  # whatever it is: what was not looked through is not kept
            kept = None
        finally:
            found.set_result(kept)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._hiding.add(task)
        task.add_done_callback(self._hiding.discard)

    def _put(self, work: _Work) -> None:
        if self.failure is not None:
            return
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="tape", daemon=True)
            thread.start()
            self._thread = thread
        self._queue.put(work)

    def _run(self) -> None:
        writer = None
        try:
            writer = Writer(self._folder, self._session.id)
            writer.facts(self._facts)
            while (work := self._queue.get()) is not None:
                work(writer)
            left_out = {"left_out": writer.left_out} if writer.left_out else {}
            writer.facts({**self._facts, **left_out, **({"failure": self.failure} if self.failure else {})})
        except Exception as error:
            self.failure = f"the recording ends early: {error}"
            if not isinstance(error, (OSError, sqlite3.Error)):
                traceback.print_exc()
            with contextlib.suppress(Exception):  # whoever replays it is told, if that much can be written
                if writer is not None:
                    writer.facts({**self._facts, "failure": self.failure})
            with contextlib.suppress(Empty):
                while True:  # what waited is let go; nothing more is put there
                    self._queue.get_nowait()
        finally:
            if writer is not None:
                with contextlib.suppress(sqlite3.Error):
                    writer.close()


class Taping:
    """A way upstream on which everything is recorded that goes by."""

    def __init__(self, send: Callable[[exchanges.Exchange], Awaitable[Response]], tape: Tape) -> None:
        self._send = send
        self._tape = tape

    async def send(self, exchange: exchanges.Exchange) -> Response:
        """As `Upstream.send`."""
        sending = self._tape.sends(exchange)
        if sending is None:
            return await self._send(exchange)
        try:
            response = await self._send(exchange)
        except UpstreamFailed as failed:
            sending.failed(failed)
            raise
        sending.answered(response)
        return response


def _size(raw: Exchange) -> int:
    """So many bytes are kept of it until it is written."""
    bodies = [raw.body, *(body for each in raw.attempts for body in (each.request, each.response))]
    return sum({id(body): len(body) for body in bodies if body}.values())


def _looked_through(raw: Exchange, taped: Taped, how: Looking) -> Exchange:
    """For the thread: without keys and content codings."""
    try:
        return hidden.exchange(raw, taped.framed, how)
    except Exception:  # of bytes that are as nobody thought of: the recording goes on without them
        return _unhidden(raw)


def _unhidden(raw: Exchange) -> Exchange:
    """Of what could not be looked through, only that it was."""
    attempts = tuple(
        _bodiless(each, _UNHIDDEN)._replace(path="/…", query="", headers=(), response_headers=())
        for each in raw.attempts
    )
    return raw._replace(path="/…", query="", headers=(), body=None, unkept=_UNHIDDEN, attempts=attempts)


def _without_bodies(raw: Exchange, why: str) -> Exchange:
    return raw._replace(body=None, unkept=why, attempts=tuple(_bodiless(each, why) for each in raw.attempts))


def _bodiless(attempt: Attempt, why: str) -> Attempt:
    return attempt._replace(request=None, request_unkept=why, response=None, response_unkept=why)
