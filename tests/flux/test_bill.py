"""What a call comes to, with and without the provider's report, and that what it held is given back once."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from akios_jail.flux.bill import UNSEEN_TOKENS, Bill, Charge
from akios_jail.flux.hold import Hold
from akios_jail.flux.ledger import Spent
from akios_jail.flux.prices import Priced, PriceList, Tokens

PRICED = Priced("openai", "gpt-4o", options={"service_tier": "default"})
PRICES = PriceList()


def bill(output_bound: int | None = 500, priced: Priced = PRICED) -> Bill:
    return Bill(PRICES, priced, PRICES.rates(priced, 2000), 2000, output_bound)


class Seen(NamedTuple):
    bytes: int
    at_least: int = 0
    unread_s: float = 0.0


def test_a_report_is_billed_as_it_is() -> None:
    assert bill().reported(Tokens(1000, 100)) == Charge(1000, 100, 3_500, False)


def test_a_report_says_which_service_tier_it_was() -> None:
    open_tier = bill(priced=PRICED._replace(options={"service_tier": "auto"}))
    standard = open_tier.reported(Tokens(1000, 100), (("service_tier", "default"),))
    priority = open_tier.reported(Tokens(1000, 100), (("service_tier", "priority"),))
    assert priority.microusd > standard.microusd == 3_500


@pytest.mark.parametrize(
    ("known_input", "seen", "hidden", "tokens"),
    [
        (None, Seen(100), False, (2000, 100 + UNSEEN_TOKENS)),
        (900, Seen(100), False, (900, 100 + UNSEEN_TOKENS)),
        (900, Seen(10_000), False, (900, 500)),
        (900, Seen(10_000, 800), False, (900, 800)),
        (900, Seen(100, 0, 0.05), False, (900, 100 + UNSEEN_TOKENS + 200)),
        (900, Seen(100, 0, 5.0), False, (900, 500)),
        (900, Seen(0), True, (900, 500)),
        (900, Seen(10_000, 800), True, (900, 800)),
    ],
)
def test_without_a_report_it_is_billed_at_most(
    known_input: int | None, seen: Seen, hidden: bool, tokens: tuple[int, int]
) -> None:
    charge = bill().seen(known_input, seen, hidden)
    assert (charge.input_tokens, charge.output_tokens) == tokens
    assert charge.estimated is True
    assert charge.microusd == tokens[0] * 5 // 2 + tokens[1] * 10


def test_a_call_without_a_limit_is_billed_by_what_was_seen() -> None:
    assert bill(None).seen(900, Seen(100), True).output_tokens == 100 + UNSEEN_TOKENS


def test_a_call_that_nobody_answered_may_have_run_to_its_end() -> None:
    assert bill().unanswered() == Charge(2000, 500, 10_000, True)


def test_a_model_without_a_price_costs_nothing() -> None:
    unpriced = bill()._replace(rates=None)
    assert unpriced.reported(Tokens(10, 10)).microusd == 0
    assert unpriced.unanswered().microusd == 0


def test_a_hold_ends_once_and_says_so_once() -> None:
    ends: list[Spent | None] = []
    hold = Hold(bill(), ends.append)
    assert hold.open
    hold.settle(Spent(3, 3))
    hold.release()
    hold.settle(Spent(9, 9))
    assert ends == [Spent(3, 3)]
    assert not hold.open
