"""One session's part in the budgets that many share: the day's, and the queue and the raises that go with it.

The last standing that was seen is remembered, so that a call can be fitted into what is left without asking first.
While the day has plenty left, a session takes room for a few calls at a time (`Advance`): most calls find theirs there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from akios_jail.broker.money.advance import Advance, Part
from akios_jail.broker.money.budgets import Budgets, BudgetsUnavailable
from akios_jail.flux.day import DAY_S, NOTHING, Drawn, Held, Standing
from akios_jail.flux.ledger import Headroom, Refusal, Spent, minus, plus
from akios_jail.policy.plans import Budget

if TYPE_CHECKING:  # SQLite is loaded where there is a day's budget
    from akios_jail.flux.queue import Place
    from akios_jail.flux.store import Raise, Store

T = TypeVar("T")

#: Calls for which room is taken ahead, each at the bound of the one that asks.
_CALLS_AHEAD = 4
#: When there is no room left for another call like the last, more is asked for so many seconds later: the answer that
#: the agent waits for goes first.
_SOON_S = 0.005
#: What is free of an advance is given back when no call has taken any for so long, in seconds.
IDLE_S = 5.0
#: An advance that was not asked for on disk for so long is not drawn upon: the day may have been raised, or its file
#: replaced.
_LASTS_S = 30.0

_Outcome = tuple[Held | Refusal, Standing, "list[Raise]"]


class Daybook:
    """Day budgets as one session uses them. `failed` is told when something could not be settled, from any thread.

    But for that it is for the event loop's thread.
    """

    def __init__(
        self,
        budget: Budget,
        budgets: Budgets,
        session: str,
        failed: Callable[[str], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self.limits = tuple(limit for limit in budget.limits if limit.scope == "day")
        self.standing: Standing | None = None
        self._name = budget.shared_by
        self._budgets = budgets
        self._session = session
        self._failed = failed
        self._now = now
        # Where calls queue, each must see who came before it.
        self._takes_ahead = all(limit.action != "alert_and_queue" for limit in self.limits)
        self._advance: Advance | None = None
        self._taken = 0.0
        self._watched: asyncio.TimerHandle | None = None
        self._refilling = False
        self._asking: set[asyncio.Task[Any]] = set()  # what was asked of the file, and may be granted yet
        self._raises_seen = 0
        self._raised: tuple[int | None, int | None] = (None, None)
        self.news: list[Raise] = []  # raises that nobody was told of yet

    def fit(self, headroom: Headroom) -> Headroom:
        """`headroom`, but no more than is left of the day, as far as that is known."""
        if self.standing is None:
            return headroom
        free = self._advance.free if self._advance is not None else NOTHING
        left = self.standing.left(self.limits)
        microusd, tokens = (None if most is None else most + more for most, more in zip(left, free, strict=True))
        return headroom.within(microusd, tokens)

    async def reserve(self, want: Spent, place: Place | None) -> Part | Refusal:
        """Hold this much of the day. `BudgetsUnavailable` if that cannot be on disk."""
        advance = self._advance
        self._taken = self._now()
        if advance is not None and place is None and self._serves(advance) and advance.has(want):
            return advance.take(want)
        asking = self._begun(self._claim(want, place))
        try:
            # Shielded, so that a reservation for a call that is given up meanwhile is found, and given back.
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            asking.add_done_callback(self._give_back)
            raise

    def settle(self, part: Part, spent: Spent) -> None:
        """The call has used this. Waits for nothing: until it is on disk, all that it held counts as spent."""
        advance = part.advance
        advance.give(part.want, spent)
        if self.standing is not None and self.standing.day == advance.held.day:
            known = self.standing
            self.standing = known._replace(spent=plus(known.spent, spent), reserved=minus(known.reserved, spent))
        if advance is not self._advance or not advance.lasts or advance.exceeded:
            self._draw(advance, back=True)
        elif not advance.has(part.want) and not self._refilling:
            self._refilling = True
            asyncio.get_running_loop().call_later(_SOON_S, self._refill, part.want)

    def tell(self) -> None:
        """Others see now what this session has spent."""
        if self._advance is not None:
            self._draw(self._advance, back=False)

    async def close(self) -> None:
        """The session is over: nothing that is free stays reserved, nor what is only being granted."""
        while self._asking:
            await asyncio.wait(self._asking)
        if self._watched is not None:
            self._watched.cancel()
        self._retire()

    async def queue(self, digest: str, session_name: str, want: Spent) -> Place:
        """The place of this call in the queue, which it keeps however often it comes."""
        return await self._budgets.ask(
            lambda book: book.queue.take(self._name, digest, self._session, session_name, want)
        )

    def leave(self, place: Place) -> None:
        """The call goes, and needs its place no more."""
        self._write(lambda book: book.queue.leave(place))

    def step_aside(self, place: Place) -> None:
        """Nobody waits any longer, but the call may come again."""
        self._write(lambda book: book.queue.step_aside(place))

    async def raises(self) -> list[Raise]:
        """What was raised since the last time that concerns this session; none where it cannot be known."""
        targets, seen = (self._session, self._name), self._raises_seen

        def work(book: Store) -> tuple[list[Raise], Standing]:
            return book.raises(targets, seen), book.standing(self._name)

        try:
            entries, standing = await self._budgets.ask(work)
        except BudgetsUnavailable:
            return []
        if self.limits:
            self.standing = standing
        entries = self._concerning(entries, standing)
        news, self.news = [*self.news, *entries], []
        return news

    # --- the advance ---

    def _serves(self, advance: Advance) -> bool:
        """Whether calls may draw upon it without asking: there is plenty, it is today's, and not of long ago."""
        now = self._now()
        return advance.lasts and advance.held.day >= int(now // DAY_S) and abs(now - advance.since) <= _LASTS_S

    async def _claim(self, want: Spent, place: Place | None) -> Part | Refusal:
        """Ask the file for what a call wants, and for some to come."""
        outcome = await self._ask(want, _ahead(want) if self._takes_ahead and place is None else NOTHING, place)
        return outcome if isinstance(outcome, Refusal) else outcome.take(want)

    async def _ask(self, want: Spent, ahead: Spent, place: Place | None) -> Advance | Refusal:
        """Ask the file. What of the present advance is free goes back first where a call wants something at once."""
        name, session, limits = self._name, self._session, self.limits
        before, seen, since = self._raised, self._raises_seen, self._now()
        advance = self._advance
        if advance is not None and advance.held.day < int(since // DAY_S):
            self._retire()
            advance = None
        drawn: Drawn | None = None
        if advance is not None:
            # Also where there is nothing to be written of it: what is granted is to be added to it.
            drawn = advance.draw(back=want != NOTHING) or Drawn(advance.held, NOTHING, NOTHING)

        def work(book: Store) -> _Outcome:
            outcome, standing = book.claim(name, session, limits, want, place, ahead, drawn)
            raised = (standing.raised_microusd, standing.raised_tokens)
            return outcome, standing, [] if raised == before else book.raises((session, name), seen)

        try:
            outcome, standing, entries = await self._budgets.ask(work)
        except BaseException:
            if advance is not None and drawn is not None:
                advance.undrawn(drawn)
            raise
        self.standing = standing
        self.news += self._concerning(entries, standing)
        if isinstance(outcome, Refusal):
            return outcome
        advance = self._grown(outcome, lasts=ahead != NOTHING and outcome.want != want, since=since)
        self._watch()
        return advance

    def _refill(self, want: Spent) -> None:
        """Take room for calls like the last before one has to wait for it."""
        advance = self._advance
        if advance is None or advance.has(want):
            self._refilling = False
            return
        self._begun(self._ask(NOTHING, _ahead(want), None)).add_done_callback(self._refilled)

    def _begun(self, asking: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that goes on whoever waits for it; the session's end waits for it, and gives back what it brings."""
        task = asyncio.get_running_loop().create_task(asking)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return task

    def _refilled(self, asking: asyncio.Task[Advance | Refusal]) -> None:
        self._refilling = False
        if not asking.cancelled():
            asking.exception()  # the next call asks for itself, and is told

    def _grown(self, granted: Held, *, lasts: bool, since: float) -> Advance:
        """The advance with what was granted; another one where that is held by itself."""
        advance = self._advance
        if advance is None or advance.held.id != granted.id:
            self._retire()
            advance = self._advance = Advance(granted, lasts=lasts, since=since)
        advance.lasts, advance.since = lasts, since
        advance.granted(granted.want)
        return advance

    def _retire(self) -> None:
        """No call draws upon the present advance any more. Those that do settle it with their end."""
        advance, self._advance = self._advance, None
        if advance is not None:
            self._draw(advance, back=True)

    def _draw(self, advance: Advance, *, back: bool) -> None:
        drawn = advance.draw(back=back)
        if drawn is None:
            return
        if self.standing is not None and self.standing.day == advance.held.day:
            self.standing = self.standing._replace(reserved=minus(self.standing.reserved, drawn.back))
        if advance is self._advance and back and advance.idle:
            self._advance = None  # nothing is left of it on disk
        self._write(lambda book: book.draw(drawn))

    def _watch(self) -> None:
        """See to it that what is free does not stay reserved for a session that makes no calls."""
        if self._watched is None:
            self._watched = asyncio.get_running_loop().call_later(IDLE_S, self._look)

    def _look(self) -> None:
        self._watched = None
        if self._advance is None:
            return
        if not 0 <= self._now() - self._taken < IDLE_S:  # nor by a clock that went back
            self._draw(self._advance, back=True)
        if self._advance is not None:
            self._watch()

    # --- what is written, and what others wrote ---

    def _concerning(self, entries: list[Raise], standing: Standing) -> list[Raise]:
        """Those that change what this session may use; none is given out twice."""
        entries = [entry for entry in entries if entry.number > self._raises_seen]
        self._raises_seen = max([self._raises_seen, *(entry.number for entry in entries)])
        self._raised = (standing.raised_microusd, standing.raised_tokens)
        return [
            entry
            for entry in entries
            if (entry.scope == "day" and entry.target == self._name and entry.day == standing.day and self.limits)
            or (entry.scope != "day" and entry.target == self._session)
        ]

    def _give_back(self, asking: asyncio.Task[Part | Refusal]) -> None:
        if not asking.cancelled() and asking.exception() is None and isinstance(part := asking.result(), Part):
            self.settle(part, NOTHING)

    def _write(self, work: Callable[[Store], None]) -> None:
        try:
            self._budgets.submit(work).add_done_callback(self._written)
        except BudgetsUnavailable as error:
            self._failed(str(error))

    def _written(self, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:
            self._failed(str(error))


def _ahead(want: Spent) -> Spent:
    return Spent(_CALLS_AHEAD * want.microusd, _CALLS_AHEAD * want.tokens)
