"""The place where a replayed session's requests end: nothing is dialled, and the recorded answers come back.

A request is looked through as it was when it was recorded, and must be one that is on record and has not been answered
yet; in which order they come does not matter. The first that is not ends the session, with what differs told line by
line. What stands for personal data is another name in each session: which stands for which is learned from the requests
that are the same, and must stay so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from akios_jail.broker import hidden
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.hidden import Looking
from akios_jail.broker.http_message import Response
from akios_jail.broker.opening import Replay
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.replay.decisions import NOT_DECIDED
from akios_jail.broker.replay.names import Names
from akios_jail.broker.replay.pace import Pace
from akios_jail.broker.replay.score import Note, Score, door
from akios_jail.broker.replay.spelled import Spelled, difference, spelled, where
from akios_jail.broker.taped import LEFT
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import framings
from akios_jail.radar import recording
from akios_jail.radar.recorded import MAX_BODY, Attempt

if TYPE_CHECKING:
    from akios_jail.broker.session_view import SessionView
    from akios_jail.broker.tape import Tape

Send = Callable[[Exchange], Awaitable[Response]]

DIVERGED: Final = "replay_diverged"
NOT_KEPT: Final = "replay_not_kept"
STOPPED: Final = "replay_stopped"
#: Of an answer whose end nobody waited for, so long is waited for the agent to leave again, in seconds.
_PATIENCE_S: Final = 30.0
_PIECE: Final = 64 * 1024
#: Steps that were not asked for again that are named.
_NAMED: Final = 20


class _Played(NamedTuple):
    """A step whose turn has come. `data`: of its answer, as it reads in this session; `kind`: its type."""

    note: Note
    attempt: Attempt
    data: bytes | None
    kind: str


class Player:
    """Answers the requests of one session from a recording. `live`: where they go after step `live_from`."""

    def __init__(self, session: SessionView, tape: Tape, replay: Replay, live: Send | None = None) -> None:
        self._session = session
        self._tape = tape
        self._replay = replay
        self._live = live
        self._turn = asyncio.Lock()
        self._score: Score | None = None
        self._names = Names(session.personal, tape.marks)
        self.pace: Pace | None = None
        self._stopped = ""
        self._difference: dict[str, Any] | None = None
        self._beyond = 0  # requests that went to the real network
        self._given: set[str] = set()  # of a replay that goes on live: exchanges that were played

    async def send(self, exchange: Exchange) -> Response:
        """The recorded answer. `Denied`, and the session ends, for what is not on record."""
        async with self._turn:
            if self._stopped:
                raise Denied(Verdict("deny", self._stopped, "the replay is over"))
            score = self._score
            if score is None:
                score = self._score = await asyncio.to_thread(self._open)
            played = None if self._goes_on else await self._played(exchange, score)
            if played is not None and self._live is not None:
                self._given.add(exchange.id)
        if played is not None:
            return await self._answer(played)
        assert self._live is not None
        # A person's word was for what was sent then.
        if any(each.get("approval") == "approved" for each in exchange.ruled):
            raise Denied(Verdict("deny", NOT_DECIDED, "what was approved was sent once, when this was recorded"))
        self._beyond += 1
        self._given.discard(exchange.id)  # what was played to it was not all
        return await self._live(exchange)

    @property
    def _goes_on(self) -> bool:
        """Whether all that was to be played is, and the real network is asked from here on."""
        return self._live is not None and (self._score.played if self._score else 0) >= (self._replay.live_from or 0)

    def is_live(self, request_id: str) -> bool:
        """Whether this exchange is asked of the real network, or will be."""
        return self._goes_on and request_id not in self._given

    def report(self) -> dict[str, Any]:
        """What came of it, for the report of the session."""
        left = self._score.left() if self._score is not None else []
        return {
            "of": self._replay.of,
            "steps": self._score.played if self._score is not None else 0,
            "recorded": len(self._score.notes) if self._score is not None else None,
            "left": len(left),
            "next": [f"step {note.step}: {self._shown(note.title)}" for note in left[:_NAMED]],
            "live": self._beyond,
            "stopped": self._stopped,
            "difference": self._difference,
        }

    def approvals(self) -> list[dict[str, Any]]:
        """What people decided when it was recorded, in order."""
        if self._score is None:
            self._score = self._open()
        return self._score.approvals

    def _open(self) -> Score:
        kinds = self._names.kinds
        try:
            score = Score(self._replay.folder, self._replay.of, kinds)
        except recording.Unavailable as error:
            raise self.stop(NOT_KEPT, f"{error}") from None
        self._names.begin_after(score.numbers)
        return score

    async def _played(self, exchange: Exchange, score: Score) -> _Played:
        if self._replay.until is not None and score.played >= self._replay.until:
            raise self.stop(STOPPED, f"step {self._replay.until} was the last that was asked for")
        raw, how = await self._asked(exchange)
        asked = await self._looked(len(raw.request or b""), hidden.request, raw, how)
        form = spelled(asked, self._names.kinds)
        note = next((each for each in score.same(form) if self._names.fit(each.tokens, form.tokens)), None)
        if note is None:
            raise await asyncio.to_thread(self._differs, asked, form, score)
        attempt = await asyncio.to_thread(score.attempt, note)
        if self.pace is not None and await self.pace.proceed(_told(note, attempt, len(score.notes))) is not True:
            raise self.stop(STOPPED, f"nobody wanted the answer to step {note.step}")
        score.use(note)
        self._names.learn(note.tokens, form.tokens)
        kind = next((value for name, value in attempt.response_headers if name.lower() == "content-type"), "")
        data = attempt.response
        if data:
            data = await self._looked(len(data), self._names.told, data, kind, how.clean)
        return _Played(note, attempt, data, kind)

    async def _asked(self, exchange: Exchange) -> tuple[Attempt, Looking]:
        """The request as it would go upstream now."""
        request = exchange.request
        body = request.body
        if body is None:
            chunks: list[bytes] = []
            size = 0
            async for chunk in request.stream:
                size += len(chunk)
                if size > MAX_BODY:
                    raise self.stop(NOT_KEPT, f"the body of {request.method} {exchange.host} {hidden.TOO_LARGE[3:]}")
                chunks.append(chunk)
            body = b"".join(chunks)
        raw = Attempt(
            exchange.attempt, 0.0, exchange.host, exchange.port, exchange.protocol, request.method, request.path,
            request.query, tuple(request.headers), body, "", None, "", (), None, "", None,
        )  # fmt: skip
        return raw, self._tape.looking(exchange)

    async def _looked(self, size: int, work: Callable[..., Any], *arguments: Any) -> Any:
        personal = self._session.personal
        return await personal.look(size, work, *arguments) if personal is not None else work(*arguments)

    async def _answer(self, played: _Played) -> Response:
        """What the agent gets. Others have their turn meanwhile: it may be waiting for one of them."""
        note, attempt, data, kind = played
        failure = attempt.failure
        if attempt.status is None:
            if failure is None or failure["code"] == LEFT:
                await self._nobody_waits(note)
            assert failure is not None
            raise UpstreamFailed(failure["status"], failure["code"], failure["reason"])
        bodiless = attempt.method == "HEAD" or attempt.status in (204, 304)
        flows = framings.of_answer("sse", True, kind) is not None or failure is not None or data is None
        length = 0 if bodiless else None if flows else len(data or b"")
        body = self._flow(note, attempt, data, kind)
        headers = [pair for pair in attempt.response_headers if pair[0].lower() != "content-length" or bodiless]
        return Response(attempt.status, attempt.reason, headers, body, length)

    async def _flow(self, note: Note, attempt: Attempt, data: bytes | None, kind: str) -> AsyncIterator[bytes]:
        failure = attempt.failure
        if data is None:
            why = attempt.response_unkept
            if failure is not None and failure["code"] == LEFT:
                await self._nobody_waits(note)
            raise self.stop(NOT_KEPT, f"the answer to step {note.step} was not kept: {why}")
        for piece in _pieces(data, kind):
            yield piece
        if failure is None:
            return
        if failure["code"] == LEFT:
            await self._nobody_waits(note)
        raise UpstreamFailed(failure["status"], failure["code"], failure["reason"])

    async def _nobody_waits(self, note: Note) -> None:
        """The agent went away here when this was recorded, so there is no more: it is waited for to do so again."""
        await asyncio.sleep(_PATIENCE_S)
        raise self.stop(
            NOT_KEPT, f"the agent did not wait for the rest of the answer to step {note.step}, and does now"
        )

    def _differs(self, asked: Attempt, form: Spelled, score: Score) -> Denied:
        """What to say of a request that is not on record."""
        left = score.left()
        alike = [note for note in left if note.door == door(asked)]
        title = f"{asked.method} {where(asked)}"
        told: dict[str, Any] = {"asked": self._shown(title), "step": score.played + 1, "recorded": "", "diff": []}
        if not left and score.ends:
            reason = f"after {len(score.notes)} answers the recording ends, as {score.ends}; the agent asks for {title}"
            return self.stop(NOT_KEPT, reason)
        if not left:
            reason = f"all {len(score.notes)} recorded answers are given, and the agent asks for {title}"
        elif not alike:
            reason = f"{title} is not on record; what comes next there is step {left[0].step}: {left[0].title}"
            told |= {"recorded": self._shown(left[0].title), "diff": difference(left[0].title, title)}
        elif not alike[0].digest:
            why = score.attempt(alike[0]).request_unkept
            return self.stop(NOT_KEPT, f"step {alike[0].step}, {title}, cannot be compared: it was not kept, as {why}")
        else:
            note = alike[0]
            there = spelled(score.attempt(note), self._names.kinds).text
            lines = difference(there, self._names.recorded(form.text))
            reason = f"step {note.step}, {title}, is not asked as it was recorded"
            told |= {
                "recorded": self._shown(note.title),
                "step": note.step,
                "diff": [self._shown(each) for each in lines],
            }
        self._difference = self._difference or {**told, "reason": reason}
        return self.stop(DIVERGED, reason)

    def _shown(self, text: str) -> str:
        """A line for people: without keys."""
        return self._tape.masks.text(text)

    def stop(self, code: str, reason: str) -> Denied:
        """The session ends here; the first reason counts."""
        if not self._stopped:
            self._stopped = code
            self._session.end(code, reason)
        return Denied(Verdict("deny", code, reason))


def _told(note: Note, attempt: Attempt, total: int) -> str:
    """A step for whoever goes through them one by one."""
    failure = attempt.failure
    if attempt.status is None:
        came = failure["code"] if failure is not None else "nothing"
    else:
        came = f"{attempt.status}, {len(attempt.response or b'')} bytes"
    return f"step {note.step} of {total}: {note.title} → {came}"


def _pieces(data: bytes, kind: str) -> list[bytes]:
    """The events of a stream one by one, anything else in large pieces."""
    if kind.lower().startswith("text/event-stream"):
        return [f"{event}\n\n".encode("utf-8", "surrogateescape") for event in _events(data)]
    return [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]


def _events(data: bytes) -> list[str]:
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    return [event for event in text.split("\n\n") if event]
