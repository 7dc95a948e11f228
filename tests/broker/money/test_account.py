"""Waiting for a budget: who comes first, who is woken when, who gives up, and what everybody is told."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from akios_jail.broker.money.account import Account, Claim, Sizing
from akios_jail.broker.outcome import Denied
from akios_jail.flux.ledger import Headroom, Spent, Want
from akios_jail.flux.store import Store
from akios_jail.policy.plans import BrokerPlan, Budget, Limit, Pii, Routing, Summary


class World:
    """One session's account, with what it noted and whether it was ended."""

    def __init__(self, folder: Path, *limits: Limit, routing: Routing | None = None, **budget: Any) -> None:
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.ended: list[tuple[str, str]] = []
        plan = BrokerPlan((), Budget(limits, shared_by="p", **budget), Pii("off", ()), routing=routing or Routing())
        self.account = Account(
            plan,
            "ses_1",
            "test",
            str(folder),
            lambda kind, fields: self.notes.append((kind, fields)),
            lambda code, reason: self.ended.append((code, reason)),
        )

    async def claim(self, microusd: int, tokens: int = 0, name: str = "x") -> Claim:
        return await self.account.claim(asking(microusd, tokens), lambda: name)


def asking(microusd: int, tokens: int = 0) -> Sizing:
    def size(_: Headroom, __: Headroom) -> Want:
        return Want(microusd, tokens, tokens)

    return size


def session(microusd: int | None = 1000, action: str = "refuse", wait: float = 0.0, tokens: int | None = None) -> Limit:
    return Limit("session", microusd, tokens, action, wait, "flux")


def minute(tokens: int, wait: float = 5.0) -> Limit:
    return Limit("minute", None, tokens, "throttle", wait, "flux")


def day(microusd: int = 1000, action: str = "refuse", wait: float = 0.0) -> Limit:
    return Limit("day", microusd, None, action, wait, "flux")


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))  # type: ignore[arg-type]


async def denied(call: Awaitable[Claim]) -> Denied:
    with pytest.raises(Denied) as caught:
        await call
    return caught.value


def test_calls_wait_in_the_order_in_which_they_came_and_a_small_one_does_not_overtake(tmp_path: Path) -> None:
    world = World(tmp_path, session())
    order: list[str] = []

    async def call(name: str, microusd: int) -> None:
        claim = await world.claim(microusd)
        order.append(name)
        await asyncio.sleep(0.01)
        world.account.settle(claim, Spent(0, 0))

    async def test() -> None:
        first = await world.claim(900)
        waiting = [asyncio.create_task(call(name, amount)) for name, amount in [("large", 800), ("small", 1)]]
        await asyncio.sleep(0.05)
        late = asyncio.create_task(call("late", 1))
        await asyncio.sleep(0.05)
        assert order == []
        world.account.settle(first, Spent(0, 0))
        await asyncio.gather(*waiting, late)
        assert order == ["large", "small", "late"]

    run(test)


def test_a_call_whose_agent_leaves_gives_up_its_place(tmp_path: Path) -> None:
    world = World(tmp_path, session())

    async def test() -> None:
        await world.claim(900)
        large = asyncio.create_task(world.claim(800))
        await asyncio.sleep(0.02)
        small = asyncio.create_task(world.claim(50))
        await asyncio.sleep(0.02)
        assert not small.done()
        large.cancel()
        await asyncio.wait_for(small, 1)
        assert len(world.account.line) == 0

    run(test)


def test_a_throttled_call_is_woken_exactly_when_the_window_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akios_jail.flux.ledger.WINDOW_S", 0.4)
    world = World(tmp_path, minute(100))

    async def test() -> None:
        world.account.settle(await world.claim(0, 80), Spent(0, 80))
        settled = time.monotonic()
        await world.claim(0, 50)
        assert 0.39 <= time.monotonic() - settled < 0.6

    run(test)


def test_a_throttled_call_that_would_wait_too_long_is_told_at_once_when_to_come_again(tmp_path: Path) -> None:
    world = World(tmp_path, minute(100, wait=5.0))

    async def test() -> None:
        world.account.settle(await world.claim(0, 80), Spent(0, 80))
        refusal = await denied(world.claim(0, 50))
        assert (refusal.status, refusal.verdict.code) == (429, "tokens_per_minute")
        assert refusal.retry_after is not None
        assert 59 < refusal.retry_after <= 60

    run(test)


def test_a_budget_that_ends_the_session_ends_it_once_and_nothing_goes_afterwards(tmp_path: Path) -> None:
    world = World(tmp_path, session(1000, "terminate_with_summary"))
    told: list[str] = []
    world.account.on_end = told.append

    async def test() -> None:
        running = await world.claim(500)
        waiting = asyncio.create_task(world.claim(600))  # for the one that runs
        await asyncio.sleep(0.02)
        assert world.ended == []
        refusal = await denied(world.claim(1001))
        assert (refusal.status, refusal.verdict.code) == (402, "budget_spent")
        assert (await denied(waiting)).status == 402
        assert (await denied(world.claim(1))).status == 402
        assert [code for code, _ in world.ended] == ["budget_spent"]
        assert len(told) == 1
        world.account.settle(running, Spent(400, 0))  # what runs may finish, and is settled
        assert world.account.ledger.spent.microusd == 400

    run(test)


def test_the_last_call_has_what_was_kept_back_for_it_and_no_more(tmp_path: Path) -> None:
    summary = Summary("gpt-4o-mini", 200)
    world = World(tmp_path, session(1000, "terminate_with_summary"), day(1000), summary=summary)

    async def test() -> None:
        world.account.settle(await world.claim(800), Spent(800, 0))
        assert (await denied(world.claim(1))).verdict.code == "budget_spent"
        assert (await denied(world.account.claim_last(Want(201, 0, 0)))).status == 402
        last = await world.account.claim_last(Want(200, 0, 0))
        world.account.settle(last, Spent(150, 0))
        await world.account.close()
        assert Store(str(tmp_path)).standing("p").spent.microusd == 950

    run(test)


def test_a_day_that_sessions_share_is_settled_by_the_time_a_session_is_closed(tmp_path: Path) -> None:
    world = World(tmp_path, day())

    async def test() -> None:
        claims = await asyncio.gather(*(world.claim(100) for _ in range(10)))
        assert (await denied(world.claim(1001))).status == 402
        for claim in claims:
            world.account.settle(claim, Spent(10, 0))
        await world.account.close()

    run(test)
    standing = Store(str(tmp_path)).standing("p")
    assert (standing.spent.microusd, standing.reserved.microusd) == (100, 0)


def test_a_reservation_of_a_day_that_is_made_while_its_call_is_given_up_is_given_back(tmp_path: Path) -> None:
    world = World(tmp_path, day())

    async def test() -> None:
        for delay in (0.0, 0.001, 0.005, 0.02):
            call = asyncio.create_task(world.claim(900))
            await asyncio.sleep(delay)
            if call.cancel():
                await asyncio.gather(call, return_exceptions=True)
            if not call.cancelled():
                world.account.settle(call.result(), None)
        await asyncio.sleep(0.05)
        await world.account.close()

    run(test)
    standing = Store(str(tmp_path)).standing("p")
    assert (standing.spent.microusd, standing.reserved.microusd) == (0, 0)
    assert world.account.ledger.reserved == Want(0, 0, 0)


def test_a_day_that_cannot_be_kept_lets_nothing_pass(tmp_path: Path) -> None:
    (tmp_path / "budgets.db").write_bytes(b"nonsense" * 1000)
    world = World(tmp_path, day())

    async def test() -> None:
        refusal = await denied(world.claim(1))
        assert (refusal.status, refusal.verdict.code) == (403, "budget_unavailable")
        assert world.account.ledger.reserved == Want(0, 0, 0)

    run(test)


def test_a_session_without_a_day_budget_touches_no_file_on_its_way(tmp_path: Path) -> None:
    world = World(tmp_path, session(), minute(1000))

    async def test() -> None:
        world.account.settle(await world.claim(10, 10), Spent(10, 10))

    run(test)
    assert list(tmp_path.iterdir()) == []


def test_a_queued_call_waits_for_a_person_and_goes_when_the_session_is_raised(tmp_path: Path) -> None:
    world = World(tmp_path, session(1000, "alert_and_queue", wait=10.0))

    async def test() -> None:
        waiting = asyncio.create_task(world.claim(1500))
        await asyncio.sleep(0.2)
        assert [kind for kind, _ in world.notes] == ["budget.alert"]
        book = Store(str(tmp_path))
        assert [(place.digest, place.microusd) for place in book.queue.places()] == [("x", 1500)]
        book.raise_to("ann", "ses_1", "session", 2000, None)
        await asyncio.wait_for(waiting, 3)
        assert world.notes[-1][0] == "budget.raised"
        assert world.notes[-1][1]["by"] == "ann"
        await world.account.close()
        assert book.queue.places() == []

    run(test)


def test_a_queued_call_that_waited_in_vain_keeps_its_place(tmp_path: Path) -> None:
    world = World(tmp_path, day(1000, "alert_and_queue", wait=0.2))

    async def test() -> None:
        world.account.settle(await world.claim(1000), Spent(1000, 0))
        refusal = await denied(world.claim(500, name="mine"))
        assert (refusal.status, refusal.verdict.code) == (429, "budget_queued")
        assert refusal.retry_after is not None
        assert 0 < refusal.retry_after <= 86_400
        await denied(world.claim(1, name="other"))
        assert len([kind for kind, _ in world.notes if kind == "budget.alert"]) == 1
        await denied(world.claim(500, name="mine"))
        await world.account.close()

    run(test)
    assert [place.digest for place in Store(str(tmp_path)).queue.places()] == ["mine", "other"]


def test_spending_is_slowed_down_before_a_budget_is_reached_and_never_for_good(tmp_path: Path) -> None:
    routing = Routing(predictive=True, look_ahead_s=0.5)
    world = World(tmp_path, session(10_000), routing=routing)

    async def test() -> None:
        began = time.monotonic()
        world.account.settle(await world.claim(100), Spent(100, 0))
        assert time.monotonic() - began < 0.2
        for _ in range(3):
            world.account.settle(await world.claim(3200), Spent(3200, 0))
        assert time.monotonic() - began < 0.2
        await world.claim(100)  # there is room for it, but at this rate there soon would be none
        assert 0.4 < time.monotonic() - began < 2

    run(test)


def test_a_forecast_alone_rings_no_bell_and_takes_no_place_in_the_queue(tmp_path: Path) -> None:
    routing = Routing(predictive=True, look_ahead_s=0.3)
    world = World(tmp_path, day(10_000, "alert_and_queue", wait=5.0), routing=routing)

    async def test() -> None:
        world.account.settle(await world.claim(9_900), Spent(9_900, 0))
        await world.claim(50)
        await world.account.close()

    run(test)
    assert world.notes == []
    assert Store(str(tmp_path)).queue.places() == []


def test_snapshots_of_a_session_are_there_while_it_runs(tmp_path: Path) -> None:
    world = World(tmp_path, session(1000))

    async def test() -> None:
        claim = await world.claim(700)
        await asyncio.sleep(0.8)
        [(name, _, shown)] = Store(str(tmp_path)).snapshots.read()
        assert (name, shown["reserved"]["microusd"], shown["limits"][0]["microusd"]) == ("ses_1", 700, 1000)
        world.account.settle(claim, Spent(300, 0))
        await asyncio.sleep(0.8)
        assert Store(str(tmp_path)).snapshots.read()[0][2]["spent"]["microusd"] == 300
        await world.account.close()
        assert Store(str(tmp_path)).snapshots.read() == []

    run(test)


def test_a_file_that_another_process_keeps_locked_refuses_in_seconds_and_holds_up_no_end(tmp_path: Path) -> None:
    async def test() -> None:
        world = World(tmp_path, day())
        world.account.settle(await world.claim(1), Spent(1, 0))
        claims = [await world.claim(10) for _ in range(20)]
        await asyncio.sleep(0.1)
        stuck = sqlite3.connect(tmp_path / "budgets.db", isolation_level=None)
        stuck.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        refused = await asyncio.gather(*(denied(world.claim(1)) for _ in range(20)))
        assert {each.verdict.code for each in refused} == {"budget_unavailable"}
        for claim in claims:
            world.account.settle(claim, Spent(5, 0))
        await world.account.close()
        assert time.monotonic() - begun < 14  # two waits, not forty
        assert world.ended[0][0] == "settlement_failed"
        stuck.execute("ROLLBACK")
        stuck.close()
        assert Store(str(tmp_path)).standing("p")[2:4] == (Spent(1, 0), Spent(200, 0))

    run(test)


def test_a_file_that_was_removed_is_begun_anew_by_all_sessions(tmp_path: Path) -> None:
    async def test() -> None:
        world = World(tmp_path, day())
        world.account.settle(await world.claim(900), Spent(900, 0))
        for path in tmp_path.glob("budgets.db*"):
            path.unlink()
        world.account.settle(await world.claim(800), Spent(700, 0))
        await world.account.close()
        assert Store(str(tmp_path)).standing("p").spent == Spent(700, 0)

    run(test)


@pytest.mark.parametrize("content", [b"no database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_damaged_refuses_in_words(tmp_path: Path, content: bytes) -> None:
    async def test() -> None:
        (tmp_path / "budgets.db").write_bytes(content)
        world = World(tmp_path, day())
        refused = await denied(world.claim(1))
        assert (refused.verdict.code, refused.status) == ("budget_unavailable", 403)
        assert "budgets.db in the state folder cannot be used" in refused.verdict.reason
        await world.account.close()

    run(test)


@pytest.mark.root
def test_a_disk_that_is_full_lets_no_call_go_and_forgets_none(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(tmp_path)], check=True)

    async def test() -> None:
        world = World(tmp_path, day(10_000))
        first = await world.claim(100)
        filler = tmp_path / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        granted: list[Claim] = []
        refusal: Denied | None = None
        for _ in range(200):  # the log may have room for some
            try:
                granted.append(await world.claim(10))
            except Denied as refused:
                refusal = refused
                break
        assert refusal is not None
        assert refusal.verdict.code == "budget_unavailable"
        assert "full" in refusal.verdict.reason
        world.account.settle(first, Spent(50, 0))
        await asyncio.sleep(0.2)
        filler.unlink()
        again = await world.claim(10)
        await world.account.close()
        used = Store(str(tmp_path)).standing("p")
        # What could not be settled stays reserved, and the session is over.
        assert used.spent.microusd + used.reserved.microusd in (60 + 10 * len(granted), 110 + 10 * len(granted))
        assert bool(world.ended) is (used.reserved.microusd + used.spent.microusd > 60 + 10 * len(granted))
        assert again.held is not None

    try:
        run(test)
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)
