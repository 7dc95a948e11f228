"""One session's part in a day: room is taken for several calls at a time, and nobody can spend what is not there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from akios_jail.broker.money import daybook
from akios_jail.broker.money.advance import Part
from akios_jail.broker.money.budgets import Budgets
from akios_jail.broker.money.daybook import Daybook
from akios_jail.flux.day import DAY_S, NOTHING, Standing
from akios_jail.flux.ledger import Refusal, Spent
from akios_jail.flux.store import Store
from akios_jail.policy.plans import Budget, Limit


class Session:
    """A session's daybook, and how often it asked the file for room."""

    def __init__(self, folder: Path, name: str, *limits: Limit, clock: Callable[[], float] | None = None) -> None:
        self.budgets = Budgets(str(folder))
        self.failures: list[str] = []
        clocks = {} if clock is None else {"now": clock}
        self.days = Daybook(Budget(limits, shared_by="p"), self.budgets, name, self.failures.append, **clocks)

    async def take(self, microusd: int, tokens: int = 0) -> Part:
        outcome = await self.days.reserve(Spent(microusd, tokens), None)
        assert isinstance(outcome, Part), outcome
        return outcome

    async def on_disk(self) -> Standing:
        """How the day stands once everything that was asked for is done."""
        return await self.budgets.ask(lambda book: book.standing("p"))

    async def close(self) -> None:
        await self.days.close()
        await asyncio.to_thread(self.budgets.close)


def day(microusd: int | None = 100_000, tokens: int | None = None, action: str = "refuse") -> Limit:
    return Limit("day", microusd, tokens, action, 0.0, "flux")


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 60))


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> list[Spent]:
    """What was asked of files, call by call."""
    asked: list[Spent] = []
    claim = Store.claim

    def counted(store: Store, *arguments: object, **options: object) -> object:
        asked.append(arguments[3])  # type: ignore[arg-type]
        return claim(store, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "claim", counted)
    return asked


def test_few_calls_of_a_day_with_plenty_left_wait_for_the_disk(tmp_path: Path, claims: list[Spent]) -> None:
    async def test() -> None:
        session = Session(tmp_path, "ses_1", day())
        for _ in range(40):
            session.days.settle(await session.take(100), Spent(10, 0))
            await asyncio.sleep(0)
        assert len(claims) < 10
        standing = await session.on_disk()
        assert 400 <= standing.spent.microusd + standing.reserved.microusd <= 400 + 6 * 100
        await session.close()
        assert Store(str(tmp_path)).standing("p")[2:4] == (Spent(400, 0), NOTHING)
        assert session.failures == []

    run(test)


def test_what_is_taken_ahead_is_on_disk_before_a_call_takes_any(tmp_path: Path) -> None:
    async def test() -> None:
        session = Session(tmp_path, "ses_1", day())
        parts = [await session.take(100) for _ in range(5)]
        assert Store(str(tmp_path)).standing("p").reserved.microusd >= 500  # if the broker died now
        for part in parts:
            session.days.settle(part, NOTHING)
        await session.close()

    run(test)


def test_of_a_day_that_is_nearly_over_nothing_is_kept_from_others(tmp_path: Path) -> None:
    async def test() -> None:
        one, other = Session(tmp_path, "ses_1", day(1_000)), Session(tmp_path, "ses_2", day(1_000))
        part = await one.take(600)
        assert isinstance(await other.days.reserve(Spent(401, 0), None), Refusal)
        held = await other.take(400)
        one.days.settle(part, Spent(100, 0))
        await one.on_disk()
        other.days.settle(await other.take(500), Spent(500, 0))
        other.days.settle(held, Spent(400, 0))
        assert (await other.on_disk())[2:4] == (Spent(1_000, 0), NOTHING)
        await one.close()
        await other.close()

    run(test)


def test_where_calls_queue_every_one_asks_the_file(tmp_path: Path, claims: list[Spent]) -> None:
    async def test() -> None:
        session = Session(tmp_path, "ses_1", day(action="alert_and_queue"))
        for _ in range(5):
            session.days.settle(await session.take(100), Spent(10, 0))
        assert claims == [Spent(100, 0)] * 5
        assert (await session.on_disk())[2:4] == (Spent(50, 0), NOTHING)
        await session.close()

    run(test)


def test_a_session_that_makes_no_calls_gives_back_what_it_does_not_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daybook, "IDLE_S", 0.05)

    async def test() -> None:
        session = Session(tmp_path, "ses_1", day())
        session.days.settle(await session.take(100), Spent(10, 0))
        while (standing := await session.on_disk()).reserved != NOTHING:
            await asyncio.sleep(0.02)
        assert standing.spent == Spent(10, 0)
        assert (await session.take(100)).want == Spent(100, 0)
        await session.close()

    run(test)


def test_a_call_that_uses_more_than_it_held_is_told_the_day_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        session = Session(tmp_path, "ses_1", day())
        session.days.settle(await session.take(100), Spent(5_000, 0))
        standing = await session.on_disk()
        assert standing.spent.microusd + standing.reserved.microusd >= 5_000
        await session.close()
        assert Store(str(tmp_path)).standing("p").spent == Spent(5_000, 0)

    run(test)


def test_a_new_day_is_asked_anew_and_a_running_call_stays_with_its_own(tmp_path: Path) -> None:
    async def test() -> None:
        moment = [20_000 * DAY_S + 100.0]
        session = Session(tmp_path, "ses_1", day(), clock=lambda: moment[0])
        store = Store(str(tmp_path), lambda: moment[0])
        session.budgets._store = store  # the thread's, with the clock of this test
        late = await session.take(100)
        moment[0] += DAY_S
        early = await session.take(100)
        session.days.settle(late, Spent(30, 0))
        session.days.settle(early, Spent(7, 0))
        await session.days.close()
        await session.on_disk()
        spent = store._connection.execute("SELECT day, microusd FROM days ORDER BY day").fetchall()
        assert spent == [(20_000, 30), (20_001, 7)]
        assert store._connection.execute("SELECT count(*) FROM reservations").fetchone() == (0,)
        await session.close()

    run(test)


def test_a_reservation_that_nobody_waits_for_any_more_is_given_back(tmp_path: Path) -> None:
    async def test() -> None:
        session = Session(tmp_path, "ses_1", day(1_000))
        call = asyncio.create_task(session.days.reserve(Spent(900, 0), None))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        while (await session.on_disk()).reserved != NOTHING:
            await asyncio.sleep(0.01)
        await session.close()

    run(test)


@pytest.mark.parametrize("ends", ["behind an answer", "for a call that is given up"])
def test_what_is_only_being_granted_when_the_session_ends_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    async def test() -> None:
        session = Session(tmp_path, "ses_1", day())
        if ends == "behind an answer":
            for _ in range(5):
                session.days.settle(await session.take(100), Spent(100, 0))
        began, may_go_on = asyncio.Event(), threading.Event()
        loop, claim = asyncio.get_running_loop(), Store.claim

        def slow(store: Store, *arguments: Any, **options: Any) -> Any:
            loop.call_soon_threadsafe(began.set)
            assert may_go_on.wait(30)
            return claim(store, *arguments, **options)

        monkeypatch.setattr(Store, "claim", slow)
        if ends == "for a call that is given up":
            call = asyncio.create_task(session.days.reserve(Spent(100, 0), None))
        await began.wait()
        if ends == "for a call that is given up":
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        closing = asyncio.create_task(session.close())
        await asyncio.sleep(0.02)
        may_go_on.set()
        await closing
        assert session.failures == []
        spent = Spent(500, 0) if ends == "behind an answer" else NOTHING
        assert Store(str(tmp_path)).standing("p")[2:4] == (spent, NOTHING)

    run(test)


LIMIT = 3_000


@pytest.mark.parametrize("seed", range(12))
def test_in_no_order_of_calls_and_deaths_is_more_spent_than_the_day_has(tmp_path: Path, seed: int) -> None:
    """Three sessions call in parallel, end, and die; what upstream may have charged never exceeds what is on disk."""
    chance = Random(seed)

    async def test() -> None:
        sessions = [Session(tmp_path, f"ses_{number}", day(LIMIT)) for number in range(3)]
        running: list[tuple[Session, Part]] = []
        charged = 0  # by calls that are over, and by those of the dead
        for turn in range(120):
            session = chance.choice(sessions)
            act = chance.random()
            if act < 0.5:
                asked = (session.days.reserve(Spent(chance.choice([1, 5, 20, 200]), 0), None) for _ in range(3))
                outcomes = await asyncio.gather(*asked)
                running += [(session, part) for part in outcomes if isinstance(part, Part)]
            elif act < 0.9:
                for _ in range(min(len(running), 3)):
                    owner, part = running.pop(chance.randrange(len(running)))
                    used = chance.randint(0, part.want.microusd)
                    charged += used
                    owner.days.settle(part, Spent(used, 0))
            elif act < 0.95:
                session.days.tell()
            else:  # it dies
                charged += sum(part.want.microusd for owner, part in running if owner is session)
                running = [(owner, part) for owner, part in running if owner is not session]
                await asyncio.to_thread(session.budgets.close)
                sessions[sessions.index(session)] = Session(tmp_path, f"ses_{turn + 10}", day(LIMIT))
            held = sum(part.want.microusd for _, part in running)
            for each in sessions:
                standing = await each.on_disk()
            assert charged + held <= standing.spent.microusd + standing.reserved.microusd <= LIMIT
        for each in sessions:
            charged += sum(part.want.microusd for owner, part in running if owner is each)
            await each.close()
        standing = Store(str(tmp_path)).standing("p")
        assert charged <= standing.spent.microusd + standing.reserved.microusd <= LIMIT

    run(test)
