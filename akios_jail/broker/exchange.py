"""One exchange: a request of the agent, what the stages made of it, and the answer.

Stages see this object and nothing else of the broker: no socket, no other stage. What they learn they leave here
(`call`, `usage`, `findings`, `verdicts`), and what they decide they say by returning (go on) or by raising `Denied`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from akios_jail.broker import encodings, limits
from akios_jail.broker.buffers import Buffers, Full
from akios_jail.broker.http_message import Headers, Request, Response
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.passage import Passage
from akios_jail.broker.session_view import SessionView
from akios_jail.policy.verdict import Verdict

if TYPE_CHECKING:
    from akios_jail.radar.graph import Judged


class Usage(NamedTuple):
    """What one exchange used: tokens as counted by the provider (or by us), money in micro-dollars."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_microusd: int = 0
    model: str = ""
    estimated: bool = False  # the answer did not tell its usage: these are our own numbers


#: Awaited when an attempt has ended and another is to follow: waits as long as it must and makes the exchange ready.
Prepare = Callable[[], Awaitable[None]]
#: Asked after an attempt with what came of it: how to prepare the next, or None if that stands.
Again = Callable[["Response | UpstreamFailed | Denied"], Awaitable["Prepare | None"]]


class Attempt(NamedTuple):
    """One sending that came to nothing which the agent is to see. `failure`: a machine word, None if upstream answered.

    Digest and size are of the request as it went out; `usage` is what it has cost all the same.
    """

    number: int
    host: str
    model: str
    status: int | None
    failure: str | None
    request_bytes: int
    request_sha256: str | None
    usage: Usage | None


class Snapshot(NamedTuple):
    """All of a request that stages change, as it was at one moment."""

    host: str
    port: int
    protocol: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    length: int | None


class Outgoing(NamedTuple):
    """What of a request's head upstream gets otherwise than stages see it: the keys are in it."""

    headers: Headers
    query: str

    def __repr__(self) -> str:
        return "<Outgoing>"


class Exchange:
    """One request and its answer on their way through the stages.

    `id` is the request id that the agent sees in a refusal and that the audit records carry. `call` is the provider
    adapter's neutral form of a model call, None for anything else; `asked_call` the agent's own, where another wire
    format is spoken to upstream and the answer is yet to be translated. `findings` counts personal data by kind,
    `unread` what could not be looked into for it and passed, by type.
    `outgoing` is for the connection alone: keys are in it.

    `notes` are further facts for the record, by the name of the stage that knows them; `record` bounds them.

    `opaque`: it is for a model and nobody here could read it; whose model that is, "" otherwise.

    An exchange can be sent more than once: `again`, set by a stage, is asked after each attempt whether to go on.
    `attempts` are those before the present one.
    """

    def __init__(
        self,
        session: SessionView,
        id: str,
        host: str,
        port: int,
        protocol: str,
        request: Request,
        buffers: Buffers | None = None,
    ) -> None:
        self.session = session
        self.id = id
        self.host = self.asked_host = host
        self.port = port
        self.protocol = protocol
        self.request = request
        self.outgoing: Outgoing | None = None
        self._response: Response | None = None
        self.call: Any = None
        self.opaque = ""
        self.asked_call: Any = None
        self.usage: Usage | None = None
        self.again: Again | None = None
        self.attempts: list[Attempt] = []
        self.notes: dict[str, Any] = {}
        self.traced: Any = None  # what the trace keeps of a model call while it runs
        self.taped: Any = None  # what the recording keeps of it while it runs
        self.rulings: list[Judged] = []  # on the tool calls of the answer, in their order
        self.ruled: list[dict[str, Any]] = []  # the same, and what people decided, as it is recorded
        self.findings: dict[str, int] = {}
        self.replaced: dict[str, int] = {}  # of the findings, those that did not stay
        self.unread: dict[str, int] = {}
        self.shown_path: str | None = None  # the request's path for the record, where it is not to be told as it is
        self.path_known = False  # whether anybody has looked for personal data in it
        self.verdicts: list[Verdict] = []
        self.verdict: Verdict | None = None  # what sums them up, as it is on record
        self.passage = Passage()
        self.cut: Verdict | None = None  # why the answer was ended before its end
        self.closed = False
        self._buffers = buffers or Buffers(limits.BUFFERED_BODIES.value)
        self._buffered = 0
        self._decoded = 0  # bytes of its decoded body for which room was taken
        self._closers: list[Callable[[], None]] = []
        self._kept_closers = 0  # of the stages before the first attempt
        self._kept_verdicts = 0
        self._failures: list[Exception] = []

    @property
    def response(self) -> Response:
        """The answer. Only the `response` side of a stage may ask for it."""
        if self._response is None:
            raise RuntimeError("the exchange has no answer yet")
        return self._response

    @response.setter
    def response(self, response: Response) -> None:
        self._response = response

    @property
    def answered(self) -> bool:
        """Whether upstream answered at all."""
        return self._response is not None

    @property
    def recorded_path(self) -> str:
        """The request's path as records and reports may tell it."""
        return self.request.path if self.shown_path is None else self.shown_path

    @property
    def attempt(self) -> int:
        """The number of the present attempt, from 1."""
        return len(self.attempts) + 1

    @property
    def rerouted(self) -> bool:
        """Whether it goes to another host than the agent's."""
        return self.host != self.asked_host

    async def read_body(self, limit: int) -> bytes:
        """The whole request body as sent (content coding still on).

        More than `limit` bytes: `Denied` 413. More than the session may buffer at once: `Denied` 429.
        """
        request = self.request
        if request.body is None:
            if request.length is not None and request.length > limit:
                raise _too_large(limit)
            chunks: list[bytes] = []
            size = 0
            async for chunk in request.stream:
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                self._keep(len(chunk))
                chunks.append(chunk)
            request.body = b"".join(chunks)
            request.length = size
        elif len(request.body) > limit:
            raise _too_large(limit)
        return request.body

    async def read_decoded(self, limit: int) -> bytes:
        """The whole request body without its content coding; `request.body` itself stays as sent.

        More than `limit` bytes, sent or decoded: `Denied` 413. A coding that is unknown or broken: `Denied` 415.
        """
        raw = await self.read_body(limit)
        if not self.request.coding:
            return raw
        try:
            decoder = encodings.Decoder(self.request.coding, limit)
            pieces = [self._kept_decoded(decoder, piece) for piece in decoder.pieces(raw)]
            decoder.finish()
            return b"".join(pieces)
        except encodings.TooLarge:
            raise _too_large(limit) from None
        except encodings.Undecodable as error:
            raise Denied(Verdict("deny", "body_undecodable", str(error)), 415) from None

    def replace_body(self, body: bytes) -> None:
        """Send this instead, unencoded: the length follows, and any content coding is off."""
        self.request.body = body
        self.request.length = len(body)
        self.request.remove_header("content-encoding")

    def on_close(self, callback: Callable[[], None]) -> None:
        """Call this exactly once when the exchange ends, however it ends; the last registered comes first."""
        if self.closed:
            raise RuntimeError("the exchange has ended")
        self._closers.append(callback)

    def begin_attempt(self) -> None:
        """What is registered from here on concerns one attempt to send."""
        self._kept_closers = len(self._closers)
        self._kept_verdicts = len(self.verdicts)

    def end_attempt(self) -> Attempt:
        """The attempt came to nothing that the agent is to see: settle it and let go of it, so that another can begin.

        Every callback of the attempt runs, the last registered first. What one of them raises is raised when all have
        run, and is among the failures that `close` returns: after that nothing may be sent again.
        """
        failures: list[Exception] = []
        while len(self._closers) > self._kept_closers:
            try:
                self._closers.pop()()
            except Exception as error:
                failures.append(error)
        attempt = Attempt(
            number=self.attempt,
            host=self.host,
            model=self.call.model if self.call is not None else "",
            status=self.response.status if self.answered else None,
            failure=self.passage.failure,
            request_bytes=self.passage.request.bytes,
            request_sha256=self.passage.request.sha256,
            usage=self.usage,
        )
        self.attempts.append(attempt)
        self.usage = None
        del self.verdicts[self._kept_verdicts :]
        if failures:
            self._failures += failures
            raise failures[0]
        self._response = None
        self.passage.next_attempt()
        return attempt

    @property
    def usages(self) -> list[Usage]:
        """What the attempts before the present one used."""
        return [attempt.usage for attempt in self.attempts if attempt.usage is not None]

    def snapshot(self) -> Snapshot:
        """The request as it is now, to be restored for another attempt. Its body must have been read."""
        request = self.request
        if request.body is None:
            raise RuntimeError("a body that was not read can be sent only once")
        return Snapshot(
            self.host,
            self.port,
            self.protocol,
            request.path,
            request.query,
            tuple(request.headers),
            request.body,
            request.length,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Make the request what it was. The call read from it is the caller's matter."""
        self.host, self.port, self.protocol = snapshot.host, snapshot.port, snapshot.protocol
        request = self.request
        request.path, request.query, request.headers = snapshot.path, snapshot.query, list(snapshot.headers)
        request.body, request.length = snapshot.body, snapshot.length

    def close(self) -> list[Exception]:
        """Run the callbacks, all of them even if one fails, and return what failed. The pipeline calls this, once."""
        failures: list[Exception] = []
        if not self.closed:
            self.closed = True
            failures += self._failures
            self._buffers.give(self._buffered)
            for callback in reversed(self._closers):
                try:
                    callback()
                except Exception as error:
                    failures.append(error)
        return failures

    def cut_short(self, verdict: Verdict) -> None:
        """Governance ends the answer here; the agent gets what flowed until now, and the denial is on record."""
        self.cut = verdict
        self.passage.failure = verdict.code

    def make_room(self, count: int) -> bool:
        """Whether the session has room to keep so many bytes more until this exchange ends; if so, it is taken."""
        try:
            self._buffers.take(count)
        except Full:
            return False
        self._buffered += count
        return True

    def _kept_decoded(self, decoder: encodings.Decoder, piece: bytes) -> bytes:
        """A piece of the decoded body, for which there is room. A few bytes of a body can be megabytes of this, and
        they stay as long as the exchange; however many stages decode it, that is once."""
        if decoder.given > self._decoded:
            self._keep(decoder.given - self._decoded)
            self._decoded = decoder.given
        return piece

    def _keep(self, count: int) -> None:
        if not self.make_room(count):
            reason = f"the session's bodies that wait to be examined fill the {self._buffers.limit} bytes there are"
            raise Denied(Verdict("deny", "buffers_full", reason), 429, 1.0)


def _too_large(limit: int) -> Denied:
    reason = f"the body is larger than the {limit} bytes that can be examined before it is sent"
    return Denied(Verdict("deny", "body_too_large", reason), 413)
