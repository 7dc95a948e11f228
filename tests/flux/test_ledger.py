"""The ledger: no order of reserving, settling and releasing spends more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from akios_jail.flux.ledger import WINDOW_S, Headroom, Ledger, Refusal, Reservation, Spent, Want, dollars
from akios_jail.policy.plans import Budget, Limit
from tests.budgets import budget


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def ledger(
    *, minute: int | None = None, tokens: int | None = None, microusd: int | None = None, clock: Clock | None = None
) -> Ledger:
    return Ledger(budget(minute, tokens, microusd), clock or Clock())


def reserved(outcome: Reservation | Refusal) -> Reservation:
    assert isinstance(outcome, Reservation), outcome
    return outcome


def refused(outcome: Reservation | Refusal) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


def test_without_limits_everything_is_reserved_and_counted() -> None:
    book = ledger()
    book.settle(reserved(book.reserve(Want(10**12, 10**12, 10**12))), Spent(7, 9))
    assert book.spent == Spent(7, 9)
    assert book.reserved == Want(0, 0, 0)


def test_a_call_that_could_cost_more_than_is_left_is_refused_for_good() -> None:
    book = ledger(microusd=1_000_000)
    book.settle(reserved(book.reserve(Want(900_000, 1, 1))), Spent(850_000, 1))
    refusal = refused(book.reserve(Want(150_001, 1, 1)))
    assert (refusal.code, refusal.wait, refusal.retry_after) == ("budget_spent", False, None)
    assert refusal.reason == "this call could cost $0.150001, and $0.15 of the session's $1.00 is left"
    reserved(book.reserve(Want(150_000, 1, 1)))


def test_a_call_that_fits_once_others_settle_may_wait() -> None:
    book = ledger(microusd=1_000_000)
    first = reserved(book.reserve(Want(600_000, 1, 1)))
    refusal = refused(book.reserve(Want(600_000, 1, 1)))
    assert (refusal.code, refusal.wait) == ("budget_reserved", True)
    book.settle(first, Spent(100_000, 1))
    reserved(book.reserve(Want(600_000, 1, 1)))


def test_a_session_has_its_tokens_too() -> None:
    book = ledger(tokens=100)
    first = reserved(book.reserve(Want(0, 60, 0)))
    assert refused(book.reserve(Want(0, 41, 0))).code == "budget_reserved"
    book.release(first)
    book.settle(reserved(book.reserve(Want(0, 60, 0))), Spent(0, 60))
    assert refused(book.reserve(Want(0, 41, 0))).code == "budget_spent"


def test_a_minute_is_a_sliding_window() -> None:
    clock = Clock()
    book = ledger(minute=100, clock=clock)
    book.settle(reserved(book.reserve(Want(0, 0, 60))), Spent(0, 60))
    clock.now += 20
    book.settle(reserved(book.reserve(Want(0, 0, 30))), Spent(0, 30))
    refusal = refused(book.reserve(Want(0, 0, 20)))
    assert (refusal.code, refusal.wait, refusal.retry_after) == ("tokens_per_minute", False, WINDOW_S - 20)
    assert refusal.reason == (
        "this call needs about 20 tokens, and 10 tokens of the 100 tokens a minute are left: 90 tokens were used in "
        "the last minute; there is room in 40 seconds at the earliest"
    )
    assert refused(book.reserve(Want(0, 0, 80))).retry_after == WINDOW_S
    clock.now += WINDOW_S - 20
    reserved(book.reserve(Want(0, 0, 70)))


def test_a_call_may_come_again_when_all_that_is_in_its_way_is_gone() -> None:
    clock = Clock()
    limits = (
        Limit("minute", None, 100, "throttle", 0.0, "policy"),
        Limit("minute", 1000, None, "throttle", 0.0, "flux"),
    )
    book = Ledger(Budget(limits), clock)
    book.settle(reserved(book.reserve(Want(0, 0, 90))), Spent(0, 90))
    clock.now += 30
    book.settle(reserved(book.reserve(Want(900, 0, 0))), Spent(900, 0))
    refusal = refused(book.reserve(Want(200, 0, 20)))
    assert (refusal.code, refusal.retry_after) == ("cost_per_minute", WINDOW_S)
    assert refused(book.reserve(Want(10, 0, 20))).retry_after == WINDOW_S - 30


def test_tokens_of_running_calls_count_in_the_minute_until_they_settle() -> None:
    book = ledger(minute=100)
    first = reserved(book.reserve(Want(0, 0, 80)))
    refusal = refused(book.reserve(Want(0, 0, 30)))
    assert (refusal.wait, refusal.retry_after) == (True, 1.0)
    book.settle(first, Spent(0, 10))
    reserved(book.reserve(Want(0, 0, 30)))


def test_a_call_larger_than_any_minute_is_refused_with_a_reason_of_its_own() -> None:
    refusal = refused(ledger(minute=100).reserve(Want(0, 0, 101)))
    assert (refusal.code, refusal.wait, refusal.retry_after) == ("call_exceeds_minute_budget", False, None)


def test_a_reservation_ends_once() -> None:
    book = ledger()
    reservation = reserved(book.reserve(Want(1, 1, 1)))
    book.release(reservation)
    with pytest.raises(KeyError):
        book.settle(reservation, Spent(1, 1))


@pytest.mark.parametrize(
    ("microusd", "text"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (37_000, "$0.037"),
        (1_000_000, "$1.00"),
        (1_500_000, "$1.50"),
        (12_345_678, "$12.345678"),
    ],
)
def test_money_is_written_as_people_read_it(microusd: int, text: str) -> None:
    assert dollars(microusd) == text


def test_money_a_minute_is_kept_to_the_cent() -> None:
    clock = Clock()
    limit = Limit("minute", 1_000_000, None, "throttle", 30.0, "flux")
    book = Ledger(Budget((limit,)), clock)
    first = reserved(book.reserve(Want(700_000, 0, 0)))
    refusal = refused(book.reserve(Want(400_000, 0, 0)))
    assert (refusal.code, refusal.wait, refusal.limit) == ("cost_per_minute", True, limit)
    assert refusal.reason == (
        "this call needs up to $0.40, and $0.30 of the $1.00 a minute are left: $0.00 were used in the last minute and "
        "$0.70 are reserved for calls that are running"
    )
    book.settle(first, Spent(650_000, 0))
    clock.now += 15
    refusal = refused(book.reserve(Want(400_000, 0, 0)))
    assert (refusal.wait, refusal.retry_after) == (False, 45.0)
    assert refused(book.reserve(Want(1_000_001, 0, 0))).code == "call_exceeds_minute_budget"
    clock.now += 45
    reserved(book.reserve(Want(1_000_000, 0, 0)))


def test_several_limits_of_one_scope_hold_at_once_and_what_is_final_comes_first() -> None:
    policy = Limit("session", 500, None, "refuse", 0.0, "policy")
    flux = Limit("session", 1000, 100, "terminate_with_summary", 0.0, "flux")
    book = Ledger(Budget((policy, flux)), Clock())
    assert refused(book.reserve(Want(501, 1, 0))).limit == policy
    assert refused(book.reserve(Want(1, 101, 0))).limit == flux
    assert book.headroom() == Headroom(500, 100, None, None)
    reserved(book.reserve(Want(400, 10, 0)))
    both = refused(book.reserve(Want(200, 101, 0)))
    assert (both.final, both.limit) == (True, flux)


def test_a_raise_is_for_every_limit_of_its_scope_and_never_lowers_one() -> None:
    book = ledger(minute=10, tokens=100, microusd=1000)
    book.raised("session", 2000, None)
    book.raised("session", 1500, None)
    assert book.headroom() == Headroom(2000, 100, 10, None)


def test_what_is_kept_back_is_for_the_last_call_alone() -> None:
    book = ledger(tokens=10_000, microusd=1000)
    book.keep_back(200, 4_000)
    assert book.headroom() == Headroom(800, 6_000, None, None)
    assert refused(book.reserve(Want(801, 0, 0))).code == "budget_spent"
    book.settle(reserved(book.reserve(Want(800, 6_000, 0))), Spent(800, 6_000))
    assert refused(book.reserve(Want(1, 0, 0))).code == "budget_spent"
    reserved(book.reserve_last(Want(200, 4_000, 0)))
    assert refused(book.reserve_last(Want(1, 0, 0))).code == "budget_reserved"


def test_nothing_is_kept_back_of_a_budget_that_is_hardly_larger() -> None:
    book = ledger(microusd=300)
    book.keep_back(200, 4_000)
    assert book.headroom().microusd == 300


AMOUNT = st.integers(0, 400)


class AnyOrder(RuleBasedStateMachine):
    """Whatever calls do, in whatever order: the promise of the ledger's docstring holds."""

    reservations = Bundle("reservations")
    LIMIT = 1000

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        limits = (
            Limit("session", 3 * self.LIMIT, 3 * self.LIMIT, "refuse", 0.0, "policy"),
            Limit("minute", self.LIMIT, self.LIMIT, "throttle", 0.0, "flux"),
            Limit("session", 2 * self.LIMIT, None, "refuse", 0.0, "flux"),
        )
        self.book = Ledger(Budget(limits), self.clock)
        self.money: list[tuple[float, int]] = []
        self.money_over: list[tuple[float, int]] = []
        self.over = Spent(0, 0)
        self.settled: list[tuple[float, int]] = []
        self.minute_over: list[tuple[float, int]] = []

    @rule(target=reservations, microusd=AMOUNT, tokens=AMOUNT, minute=AMOUNT)
    def reserve(self, microusd: int, tokens: int, minute: int):  # type: ignore[no-untyped-def]
        outcome = self.book.reserve(Want(microusd, tokens, minute))
        return outcome if isinstance(outcome, Reservation) else multiple()

    @rule(reservation=consumes(reservations), microusd=AMOUNT, tokens=AMOUNT)
    def settle(self, reservation: Reservation, microusd: int, tokens: int) -> None:
        self.book.settle(reservation, Spent(microusd, tokens))
        self.settled.append((self.clock.now, tokens))
        want = reservation.want
        self.money.append((self.clock.now, microusd))
        self.money_over.append((self.clock.now, max(0, microusd - want.microusd)))
        self.minute_over.append((self.clock.now, max(0, tokens - want.minute_tokens)))
        self.over = Spent(
            self.over.microusd + max(0, microusd - want.microusd), self.over.tokens + max(0, tokens - want.tokens)
        )

    @rule(reservation=consumes(reservations))
    def release(self, reservation: Reservation) -> None:
        self.book.release(reservation)

    @rule(seconds=st.floats(0, 90))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def no_more_than_there_is(self) -> None:
        spent, held = self.book.spent, self.book.reserved
        assert min(held) >= 0
        assert spent.microusd + held.microusd <= 2 * self.LIMIT + self.over.microusd
        assert spent.tokens + held.tokens <= 3 * self.LIMIT + self.over.tokens

    @invariant()
    def no_minute_has_more_than_it_may(self) -> None:
        since = self.clock.now - WINDOW_S
        used = sum(tokens for moment, tokens in self.settled if moment > since)
        over = sum(tokens for moment, tokens in self.minute_over if moment > since)
        assert used <= self.LIMIT + over

    @invariant()
    def nor_more_money_whatever_runs(self) -> None:
        since = self.clock.now - WINDOW_S
        used = sum(amount for moment, amount in self.money if moment > since)
        over = sum(amount for moment, amount in self.money_over if moment > since)
        assert used + self.book.reserved.microusd <= self.LIMIT + over


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(wants=st.lists(st.integers(1, 600), min_size=1, max_size=30), actual=st.floats(0, 1))
def test_parallel_calls_together_stay_within_the_budget(wants: list[int], actual: float) -> None:
    book = ledger(microusd=1000)
    running = [outcome for want in wants if isinstance(outcome := book.reserve(Want(want, 0, 0)), Reservation)]
    for reservation in running:
        book.settle(reservation, Spent(int(reservation.want.microusd * actual), 0))
    assert book.spent.microusd <= 1000
