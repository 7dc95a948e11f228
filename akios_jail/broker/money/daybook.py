"""One session's part in the budgets that many share: the day's, and the queue and the raises that go with it.

The last standing that was seen is remembered, so that a call can be fitted into what is left without asking first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from akios_jail.broker.money.budgets import Budgets, BudgetsUnavailable
from akios_jail.flux import store
from akios_jail.flux.ledger import Headroom, Refusal, Spent
from akios_jail.policy.plans import Budget

_NOTHING = Spent(0, 0)
_Outcome = tuple["store.Held | Refusal", "store.Standing", "list[store.Raise]"]


class Daybook:
    """Day budgets as one session uses them. `failed` is told when something could not be settled, from any thread."""

    def __init__(self, budget: Budget, budgets: Budgets, session: str, failed: Callable[[str], None]) -> None:
        self.limits = tuple(limit for limit in budget.limits if limit.scope == "day")
        self.standing: store.Standing | None = None
        self._name = budget.shared_by
        self._budgets = budgets
        self._session = session
        self._failed = failed
        self._raises_seen = 0
        self._raised: tuple[int | None, int | None] = (None, None)
        self.news: list[store.Raise] = []  # raises that nobody was told of yet

    def fit(self, headroom: Headroom) -> Headroom:
        """`headroom`, but no more than is left of the day, as far as that is known."""
        return headroom if self.standing is None else headroom.within(*self.standing.left(self.limits))

    async def reserve(self, want: Spent, place: store.Place | None) -> store.Held | Refusal:
        """Hold this much of the day. `BudgetsUnavailable` if that cannot be on disk."""
        name, session, limits = self._name, self._session, self.limits
        before, seen = self._raised, self._raises_seen

        def work(book: store.Store) -> _Outcome:
            outcome, standing = book.claim(name, session, limits, want, place)
            raised = (standing.raised_microusd, standing.raised_tokens)
            return outcome, standing, [] if raised == before else book.raises((session, name), seen)

        future = self._budgets.submit(work)
        try:
            # Shielded, so that a reservation for a call that is given up meanwhile is found, and given back.
            outcome, standing, entries = await asyncio.shield(asyncio.wrap_future(future))
        except asyncio.CancelledError:
            future.add_done_callback(self._give_back)
            raise
        self.standing = standing
        self.news += self._concerning(entries, standing)
        return outcome

    def settle(self, held: store.Held, spent: Spent) -> None:
        """The call has used this. Waits for nothing: until it is on disk, all that it held counts as spent."""
        self._write(lambda book: book.settle(held, spent))

    async def queue(self, digest: str, session_name: str, want: Spent) -> store.Place:
        """The place of this call in the queue, which it keeps however often it comes."""
        return await self._budgets.ask(lambda book: book.queue(self._name, digest, self._session, session_name, want))

    def leave(self, place: store.Place) -> None:
        """The call goes, and needs its place no more."""
        self._write(lambda book: book.leave(place))

    def step_aside(self, place: store.Place) -> None:
        """Nobody waits any longer, but the call may come again."""
        self._write(lambda book: book.step_aside(place))

    async def raises(self) -> list[store.Raise]:
        """What was raised since the last time that concerns this session; none where it cannot be known."""
        targets, seen = (self._session, self._name), self._raises_seen

        def work(book: store.Store) -> tuple[list[store.Raise], store.Standing]:
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

    def _concerning(self, entries: list[store.Raise], standing: store.Standing) -> list[store.Raise]:
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

    def _give_back(self, future: Future[_Outcome]) -> None:
        if future.exception() is None and isinstance(held := future.result()[0], store.Held):
            self.settle(held, _NOTHING)

    def _write(self, work: Callable[[store.Store], None]) -> None:
        try:
            self._budgets.submit(work).add_done_callback(self._written)
        except BudgetsUnavailable as error:
            self._failed(str(error))

    def _written(self, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:
            self._failed(str(error))
