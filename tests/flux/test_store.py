"""Day budgets: shared, durable, and never more spent than there is, whoever dies and whatever the clock does."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from akios_jail.flux import queue, snapshots
from akios_jail.flux.day import DAY_S, Held
from akios_jail.flux.ledger import Refusal, Spent
from akios_jail.flux.queue import LIVE_S
from akios_jail.flux.store import _SCHEMA, NAME, STALE_S, Store
from akios_jail.policy.plans import Limit

NOON = 20_000 * DAY_S + DAY_S / 2


class Clock:
    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def day(microusd: int | None = 1000, tokens: int | None = None, action: str = "refuse") -> tuple[Limit, ...]:
    return (Limit("day", microusd, tokens, action, 0.0, "flux"),)


def held(outcome: Held | Refusal) -> Held:
    assert isinstance(outcome, Held), outcome
    return outcome


def refused(outcome: Held | Refusal) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


@pytest.mark.parametrize(
    "row",
    [
        "days VALUES ('p', 'tomorrow', 1, 1, NULL, NULL)",
        "days VALUES ('p', 20000, 'much', 1, NULL, NULL)",
        "reservations VALUES ('r', 'p', 20000, 's', 'now', 'much', 1)",
        "raises VALUES (1, 1.5, 'x', 'p', 'day', 20000, 'much', NULL)",
    ],
)
def test_a_file_that_somebody_wrote_by_hand_is_one_that_cannot_be_used(tmp_path: Path, row: str) -> None:
    loose = f"{_SCHEMA}{queue.SCHEMA}{snapshots.SCHEMA}".replace(" STRICT, WITHOUT", " WITHOUT")
    with contextlib.closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.executescript(f"{loose.replace(' STRICT', '')} INSERT INTO {row};")
    book = Store(str(tmp_path), Clock())
    with pytest.raises(sqlite3.DatabaseError, match="something else"):
        book.standing("p")
    with pytest.raises(sqlite3.DatabaseError, match="something else"):
        book.reserve("p", "s", day(), Spent(1, 1))


def test_two_sessions_share_one_day(tmp_path: Path) -> None:
    one, two = Store(str(tmp_path), Clock()), Store(str(tmp_path), Clock())
    first = held(one.reserve("p", "ses_1", day(), Spent(600, 6)))
    refusal = refused(two.reserve("p", "ses_2", day(), Spent(600, 6)))
    assert (refusal.code, refusal.wait, refusal.retry_after) == ("budget_reserved", True, DAY_S / 2)
    one.settle(first, Spent(100, 1))
    held(two.reserve("p", "ses_2", day(), Spent(600, 6)))
    assert two.standing("p").spent == Spent(100, 1)
    assert two.standing("p").reserved == Spent(600, 6)


def test_a_day_of_another_name_is_another_day(tmp_path: Path) -> None:
    store = Store(str(tmp_path), Clock())
    held(store.reserve("p", "ses_1", day(), Spent(1000, 0)))
    held(store.reserve("q", "ses_1", day(), Spent(1000, 0)))


def test_what_no_day_has_room_for_is_refused_for_good(tmp_path: Path) -> None:
    refusal = refused(Store(str(tmp_path), Clock()).reserve("p", "s", day(), Spent(1001, 0)))
    assert (refusal.code, refusal.final) == ("budget_spent", True)
    assert refusal.reason == "this call could cost $0.001001, and $0.001 of the day's $0.001 is left"


def test_tokens_have_their_day_too_and_several_limits_hold_at_once(tmp_path: Path) -> None:
    store = Store(str(tmp_path), Clock())
    limits = (*day(None, 100), *day(1000, 500))
    assert refused(store.reserve("p", "s", limits, Spent(0, 101))).limit.tokens == 100
    assert refused(store.reserve("p", "s", limits, Spent(1001, 1))).limit.microusd == 1000
    held(store.reserve("p", "s", limits, Spent(1000, 100)))


def test_a_new_day_is_a_new_budget_and_a_running_call_belongs_to_the_day_that_it_began_on(tmp_path: Path) -> None:
    clock = Clock()
    store = Store(str(tmp_path), clock)
    late = held(store.reserve("p", "s", day(), Spent(1000, 0)))
    clock.now += DAY_S / 2
    held(store.reserve("p", "s", day(), Spent(1000, 0)))
    store.settle(late, Spent(400, 0))
    assert store.standing("p").spent == Spent(0, 0)
    clock.now -= DAY_S  # the day before is over for good, although it has something left
    refused(store.reserve("p", "s", day(), Spent(600, 0)))


def test_a_reservation_that_nobody_settled_is_spent(tmp_path: Path) -> None:
    clock = Clock()
    store = Store(str(tmp_path), clock)
    held(store.reserve("p", "s", day(), Spent(700, 0)))
    again = Store(str(tmp_path), clock)
    refused(again.reserve("p", "t", day(), Spent(301, 0)))
    clock.now += 3 * DAY_S
    again.fold()
    assert again.standing("p").reserved == Spent(0, 0)
    clock.now -= 3 * DAY_S
    assert again.standing("p").spent == Spent(700, 0)


def test_nobody_waits_for_a_session_that_was_not_heard_of_for_long(tmp_path: Path) -> None:
    clock = Clock()
    store = Store(str(tmp_path), clock)
    alive, silent = (held(store.reserve("p", f"ses_{n}", day(), Spent(300, 0))) for n in range(2))
    assert refused(store.reserve("p", "t", day(), Spent(900, 0))).wait
    clock.now += STALE_S + 1
    store.snapshots.publish("ses_0", {})
    standing = store.standing("p")
    assert (standing.spent.microusd, standing.reserved.microusd) == (300, 300)
    refusal = refused(store.reserve("p", "t", day(), Spent(900, 0)))
    assert (refusal.code, refusal.wait) == ("budget_spent", False)
    store.settle(silent, Spent(0, 0))
    store.settle(alive, Spent(0, 0))
    assert store.standing("p").spent == Spent(0, 0)


def test_what_was_folded_is_not_settled_once_more(tmp_path: Path) -> None:
    clock = Clock()
    store = Store(str(tmp_path), clock)
    old = held(store.reserve("p", "s", day(), Spent(700, 0)))
    clock.now += 3 * DAY_S
    store.fold()
    store.settle(old, Spent(1, 0))
    clock.now -= 3 * DAY_S
    assert store.standing("p").spent == Spent(700, 0)


def test_a_day_can_be_raised_and_the_next_is_as_written(tmp_path: Path) -> None:
    clock = Clock()
    store = Store(str(tmp_path), clock)
    held(store.reserve("p", "s", day(), Spent(1000, 0)))
    entry = store.raise_to("root", "p", "day", 1500, None)
    held(store.reserve("p", "s", day(), Spent(500, 0)))
    assert store.raises(("s", "p"), 0) == [entry]
    assert store.raises(("s", "p"), entry.number) == []
    clock.now += DAY_S
    refused(store.reserve("p", "s", day(), Spent(1001, 0)))


def test_the_queue_is_first_come_first_served_and_a_place_is_kept(tmp_path: Path) -> None:
    clock = Clock()
    one, two = Store(str(tmp_path), clock), Store(str(tmp_path), clock)
    limits = day(action="alert_and_queue")
    first = one.queue.take("p", "a", "ses_1", "one", Spent(500, 0))
    second = two.queue.take("p", "b", "ses_2", "two", Spent(500, 0))
    behind = refused(two.reserve("p", "ses_2", limits, Spent(1, 0), second))
    assert (behind.code, behind.wait) == ("budget_queued", True)
    refused(two.reserve("p", "ses_3", limits, Spent(1, 0)))
    clock.now += LIVE_S + 1  # nobody waits on the first place any more, so others pass
    held(two.reserve("p", "ses_2", limits, Spent(1, 0), two.queue.take("p", "b", "ses_2", "two", Spent(500, 0))))
    assert [place.digest for place in one.queue.places()] == ["a"]
    again = one.queue.take("p", "a", "ses_9", "restarted", Spent(500, 0))
    assert (again.number, again.since) == (first.number, first.since)
    held(one.reserve("p", "ses_9", limits, Spent(500, 0), again))
    assert one.queue.places() == []


def test_who_steps_aside_holds_nobody_up(tmp_path: Path) -> None:
    store = Store(str(tmp_path), Clock())
    store.queue.step_aside(store.queue.take("p", "a", "ses_1", "one", Spent(500, 0)))
    held(store.reserve("p", "ses_2", day(action="alert_and_queue"), Spent(1, 0)))


def test_snapshots_come_and_go_and_nonsense_is_left_out(tmp_path: Path) -> None:
    clock = Clock()
    store = Store(str(tmp_path), clock)
    store.snapshots.publish("ses_1", {"name": "x"})
    store._connection.execute("INSERT INTO sessions VALUES ('ses_2', 0, '[nonsense')")
    assert store.snapshots.read() == [("ses_1", clock.now, {"name": "x"})]
    store.snapshots.publish("ses_1", None)
    assert store.snapshots.read() == []


SPENDER = """
import sys
from akios_jail.flux.ledger import Spent
from akios_jail.flux.day import Held
from akios_jail.flux.store import Store
from akios_jail.policy.plans import Limit
store, limits = Store(sys.argv[1]), (Limit("day", 100_000, None, "refuse", 0.0, "flux"),)
while isinstance(held := store.reserve("p", "ses", limits, Spent(100, 1)), Held):
    print("sent", flush=True)  # from here on upstream may have charged all of it
    store.settle(held, Spent(40, 1))
    print("settled", flush=True)
print("over", flush=True)
"""


def test_processes_that_are_killed_at_any_moment_never_overspend_the_day(tmp_path: Path) -> None:
    """Four processes share a day; two are killed in the middle. What was sent and never settled counts in full."""
    command = [sys.executable, "-c", SPENDER, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = []
    for number, process in enumerate(processes):
        assert process.stdout is not None
        if number < 2:
            early = [process.stdout.readline() for _ in range(20 + 7 * number)]
            os.kill(process.pid, signal.SIGKILL)
            said.append("".join(early) + process.stdout.read())
    said += [process.communicate(timeout=60)[0] for process in processes[2:]]
    for process in processes:
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    sent, settled = (sum(text.count(word) for text in said) for word in ("sent", "settled"))
    standing = Store(str(tmp_path)).standing("p")
    used = standing.spent.microusd + standing.reserved.microusd
    assert 40 * settled + 100 * (sent - settled) <= used <= 100_000
    assert used > 100_000 - 100 - 2 * 100
    assert standing.reserved.microusd <= 200


class Day(RuleBasedStateMachine):
    """Sessions come, reserve, settle, die and restart on one day's budget, and the clock goes where it likes."""

    LIMIT = 1000

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.stores = [Store(self.folder.name, self.clock) for _ in range(2)]
        self.running: list[tuple[int, Held]] = []
        self.spent: dict[int, int] = {}  # by day: what upstream charged, at most
        self.over: dict[int, int] = {}
        self.latest = 0

    @rule(which=st.integers(0, 1), amount=st.integers(0, 700))
    def reserve(self, which: int, amount: int) -> None:
        outcome = self.stores[which].reserve("p", f"ses_{which}", day(self.LIMIT), Spent(amount, 0))
        if isinstance(outcome, Held):
            assert outcome.day >= self.latest
            self.latest = outcome.day
            self.running.append((which, outcome))
            self.spent[outcome.day] = self.spent.get(outcome.day, 0) + amount

    @precondition(lambda self: self.running)
    @rule(index=st.integers(0, 50), used=st.integers(0, 900))
    def settle(self, index: int, used: int) -> None:
        which, outcome = self.running.pop(index % len(self.running))
        self.stores[which].settle(outcome, Spent(used, 0))
        self.spent[outcome.day] += used - outcome.want.microusd
        self.over[outcome.day] = self.over.get(outcome.day, 0) + max(0, used - outcome.want.microusd)

    @rule(which=st.integers(0, 1))
    def die(self, which: int) -> None:
        """Its reservations are nobody's now; what they held may all have been spent."""
        self.stores[which].close()
        self.running = [entry for entry in self.running if entry[0] != which]
        self.stores[which] = Store(self.folder.name, self.clock)

    @rule(seconds=st.sampled_from([1.0, DAY_S / 3, DAY_S, -3600.0, -DAY_S]))
    def tick(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def no_day_spends_more_than_it_has(self) -> None:
        for number, amount in self.spent.items():
            assert amount <= self.LIMIT + self.over.get(number, 0)

    @invariant()
    def what_is_kept_is_what_was_spent(self) -> None:
        standing = self.stores[0].standing("p")
        assert standing.spent.microusd + standing.reserved.microusd == self.spent.get(standing.day, 0)

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        self.folder.cleanup()


TestDay = Day.TestCase
TestDay.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_a_file_that_is_no_database_is_an_error_and_no_empty_budget(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "budgets.db").write_bytes(b"nonsense" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        Store(str(tmp_path))


def test_a_clock_that_was_far_ahead_is_forgiven_by_who_raises_the_budget(tmp_path: Path) -> None:
    clock = Clock(NOON + 30_000 * DAY_S)
    store = Store(str(tmp_path), clock)
    store.settle(held(store.reserve("p", "ses_1", day(), Spent(400, 0))), Spent(300, 0))
    running = held(store.reserve("p", "ses_1", day(), Spent(200, 0)))
    clock.now = NOON
    refused = store.reserve("p", "ses_2", day(), Spent(600, 0))
    assert isinstance(refused, Refusal)
    assert "2106-11-24, as this machine's clock once said" in refused.reason
    store.raise_to("root", "p", "day", 1_000, None)
    assert store.standing("p")[1:3] == (20_000, Spent(500, 0))  # of the running call nothing was heard by this clock
    store.settle(running, Spent(100, 0))
    assert store.standing("p").spent == Spent(400, 0)
    clock.now += DAY_S
    assert store.standing("p").spent == Spent(0, 0)


def test_what_a_clock_that_was_ahead_saw_waiting_holds_nobody_up(tmp_path: Path) -> None:
    clock = Clock(NOON + 30 * DAY_S)
    store = Store(str(tmp_path), clock)
    store.queue.take("p", "a" * 64, "ses_1", "agent", Spent(10, 0))
    clock.now = NOON
    held(store.reserve("p", "ses_2", day(action="alert_and_queue"), Spent(10, 0)))


def test_who_has_waited_for_long_comes_before_a_newcomer_of_another_session(tmp_path: Path) -> None:
    clock = Clock()
    store, limits = Store(str(tmp_path), clock), day(action="alert_and_queue")
    held(store.reserve("p", "ses_0", limits, Spent(1_000, 0)))
    place = store.queue.take("p", "a" * 64, "ses_1", "agent", Spent(10, 0))
    for _ in range(20):
        clock.now += 0.5
        assert isinstance(store.reserve("p", "ses_1", limits, Spent(10, 0), place), Refusal)
    store.raise_to("root", "p", "day", 2_000, None)
    newcomer = store.reserve("p", "ses_2", limits, Spent(10, 0))
    assert isinstance(newcomer, Refusal)
    assert newcomer.code == "budget_queued"
    held(store.reserve("p", "ses_1", limits, Spent(10, 0), place))
    held(store.reserve("p", "ses_2", limits, Spent(10, 0)))


def test_who_asks_for_more_than_a_whole_day_has_holds_nobody_up_until_it_is_raised(tmp_path: Path) -> None:
    store = Store(str(tmp_path), Clock())
    limits = day(action="alert_and_queue")
    store.queue.take("p", "a" * 64, "ses_1", "greedy", Spent(1_001, 0))
    held(store.reserve("p", "ses_2", limits, Spent(10, 0)))
    store.raise_to("root", "p", "day", 1_200, None)
    behind = store.reserve("p", "ses_2", limits, Spent(10, 0))
    assert isinstance(behind, Refusal)
    assert behind.code == "budget_queued"


def test_a_disk_that_is_full_refuses_and_leaves_the_file_to_others(tmp_path: Path) -> None:
    store, other = Store(str(tmp_path)), Store(str(tmp_path))
    kept = held(store.reserve("p", "ses_1", day(10**6), Spent(10, 0)))
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count={pages}")

    def fill() -> None:
        for number in range(5_000):
            store.queue.take("p", f"{number:064}", "ses_1", "agent", Spent(1, 0))

    with pytest.raises(sqlite3.Error, match="full"):
        fill()
    held(other.reserve("p", "ses_2", day(10**6), Spent(10, 0)))
    store._connection.execute("PRAGMA max_page_count=1000000")
    store.settle(kept, Spent(5, 0))
    assert other.standing("p").spent == Spent(5, 0)


def test_a_commit_that_fails_leaves_no_lock_behind(tmp_path: Path) -> None:
    class Failing:
        """A connection whose disk fails it at the last moment."""

        def __init__(self, connection: sqlite3.Connection) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> object:
            return getattr(self._connection, name)

        def execute(self, sql: str, *parameters: object) -> object:
            if sql == "COMMIT":
                raise sqlite3.OperationalError("disk I/O error")
            return self._connection.execute(sql, *parameters)  # type: ignore[arg-type]

    store, other = Store(str(tmp_path)), Store(str(tmp_path), patience=0.1)
    sound = store._connection
    store._connection = Failing(sound)  # type: ignore[assignment]
    with pytest.raises(sqlite3.OperationalError, match="I/O"):
        store.reserve("p", "ses_1", day(), Spent(400, 0))
    held(other.reserve("p", "ses_2", day(), Spent(1_000, 0)))
    store._connection = sound
    assert isinstance(store.reserve("p", "ses_1", day(), Spent(400, 0)), Refusal)


def test_a_file_that_was_removed_or_replaced_is_known(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    assert store.replaced is False
    os.unlink(tmp_path / "budgets.db")
    assert store.replaced is True
    Store(str(tmp_path))
    assert store.replaced is True
