"""A flexible tier is worth asking only where the price list says that it is cheaper."""

from __future__ import annotations

import pytest

from akios_jail.flux.prices import Priced
from akios_jail.flux.spot import Spot
from akios_jail.policy.plans import Price


@pytest.mark.parametrize(
    ("priced", "cheaper"),
    [
        (Priced("openai", "gpt-5"), True),
        (Priced("openai", "o3", options={"service_tier": "auto"}), True),
        (Priced("openai", "gpt-5", options={"service_tier": "priority"}), False),
        (Priced("openai", "gpt-4o"), False),
        (Priced("openai", "nonesuch"), False),
        (Priced("", "gpt-5"), False),
        (Priced("nobody", "gpt-5"), False),
        (Priced("anthropic", "claude-sonnet-4-5"), False),
    ],
)
def test_which_calls_have_a_cheaper_tier(priced: Priced, cheaper: bool) -> None:
    spot = Spot()
    assert spot.cheaper(priced) is cheaper
    assert spot.cheaper(priced) is cheaper


def test_where_the_operator_states_the_price_no_tier_is_cheaper() -> None:
    assert Spot((Price("gpt-5*", "", 1, 2, None, None),)).cheaper(Priced("openai", "gpt-5")) is False
    assert Spot((Price("gpt-4*", "", 1, 2, None, None),)).cheaper(Priced("openai", "gpt-5")) is True
    assert Spot((Price("gpt-5", "azure", 1, 2, None, None),)).cheaper(Priced("openai", "gpt-5")) is True
