"""The ledger: no order of reserving, settling and releasing spends more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from akios_jail.flux.ledger import WINDOW_S, Ledger, Refusal, Reservation, Spent, Want, dollars
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
    assert refused(book.reserve(Want(0, 0, 80))).retry_after == WINDOW_S
    clock.now += WINDOW_S - 20
    reserved(book.reserve(Want(0, 0, 70)))


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


AMOUNT = st.integers(0, 400)


class AnyOrder(RuleBasedStateMachine):
    """Whatever calls do, in whatever order: the promise of the ledger's docstring holds."""

    reservations = Bundle("reservations")
    LIMIT = 1000

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.book = ledger(minute=self.LIMIT, tokens=self.LIMIT, microusd=self.LIMIT, clock=self.clock)
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
        assert spent.microusd + held.microusd <= self.LIMIT + self.over.microusd
        assert spent.tokens + held.tokens <= self.LIMIT + self.over.tokens

    @invariant()
    def no_minute_has_more_than_it_may(self) -> None:
        since = self.clock.now - WINDOW_S
        used = sum(tokens for moment, tokens in self.settled if moment > since)
        over = sum(tokens for moment, tokens in self.minute_over if moment > since)
        assert used <= self.LIMIT + over


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(wants=st.lists(st.integers(1, 600), min_size=1, max_size=30), actual=st.floats(0, 1))
def test_parallel_calls_together_stay_within_the_budget(wants: list[int], actual: float) -> None:
    book = ledger(microusd=1000)
    running = [outcome for want in wants if isinstance(outcome := book.reserve(Want(want, 0, 0)), Reservation)]
    for reservation in running:
        book.settle(reservation, Spent(int(reservation.want.microusd * actual), 0))
    assert book.spent.microusd <= 1000
