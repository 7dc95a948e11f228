"""What we charge is what genai-prices says, for every model of every provider in it, tiers and variants included."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot

from akios_jail.flux.prices import Priced, PriceList, PriceUnknown, Tokens
from akios_jail.policy.plans import Price

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
PRICES = PriceList(now=lambda: NOW)
PROVIDERS = [provider.id for provider in get_snapshot().providers]
USAGES = [
    Tokens(1_000, 100),
    Tokens(7, 3),
    Tokens(10_000, 900, cached=4_321),
    Tokens(10_000, 900, cache_write=2_000),
    Tokens(1_000, 900, reasoning=700),
    Tokens(250_000, 20_000),
    Tokens(600_000, 1),
]


def bill(provider: str, model: str, tokens: Tokens, context: dict[str, str] | None) -> int:
    """By the library's own front door, as anyone would check a bill."""
    given = {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_read_tokens": tokens.cached,
        "cache_write_tokens": tokens.cache_write,
        "output_reasoning_tokens": tokens.reasoning,
    }
    usage = Usage(**{name: value for name, value in given.items() if value})
    price = calc_price(usage, model_ref=model, provider_id=provider, genai_request_timestamp=NOW, price_context=context)
    return int((price.total_price * 1_000_000).to_integral_value(ROUND_CEILING))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_model_costs_what_the_price_list_says_and_never_more_than_was_reserved(provider: str) -> None:
    [found] = [each for each in get_snapshot().providers if each.id == provider]
    for model in found.models:
        contexts = [None, *(variant.when for variant in model.price_variants or () if "processing" not in variant.when)]
        for context in contexts:
            if (context or {}).get("inference_geo") == "us":
                continue  # the library does not know of the regional uplift, which has a test of its own
            for tokens in USAGES:
                priced = Priced(provider, model.id, options=dict(context or {}))
                try:
                    wanted = bill(provider, model.id, tokens, context)
                except LookupError:  # an id that is the list's own, and no name by which anybody calls the model
                    with pytest.raises(PriceUnknown):
                        PRICES.cost(priced, tokens)
                    continue
                assert PRICES.cost(priced, tokens) == wanted, (model.id, tokens, context)
                bound = PRICES.rates(priced, tokens.input).cost(tokens.input, tokens.output)
                assert bound >= wanted, (model.id, tokens, context)


MINE = Price("my-*", "", 1_000_000, 4_000_000, 250_000, None)
OPENAI = Price("gpt-4o*", "openai", 5_000_000, 20_000_000, None, None)


@pytest.mark.parametrize(
    ("provider", "model", "tokens", "cost"),
    [
        ("", "my-model", Tokens(1_000, 100), 1_400),
        ("", "my-model", Tokens(1_000, 100, cached=400), 600 + 100 + 400),
        ("", "my-model", Tokens(1_000, 0, cache_write=400), 1_000),
        ("", "my-model", Tokens(1, 0), 1),
        ("", "my-model", Tokens(10, 0, cached=20), 10),
        ("openai", "gpt-4o-mini", Tokens(1_000, 100), 7_000),
        ("openai", "gpt-4o", Tokens(1_000, 0, cached=1_000), 1_250),  # as the list has it: $1.25 a million
        ("azure", "gpt-4o", Tokens(1_000, 0), 2_500),  # another provider: the list
    ],
)
def test_the_operators_own_prices_come_first(provider: str, model: str, tokens: Tokens, cost: int) -> None:
    prices = PriceList((MINE, OPENAI), now=lambda: NOW)
    priced = Priced(provider, model, options={"service_tier": "default"})
    assert prices.cost(priced, tokens) == cost
    assert prices.rates(priced, tokens.input).cost(tokens.input, tokens.output) >= cost


def test_the_first_price_that_matches_counts() -> None:
    prices = PriceList((MINE, MINE._replace(model="*", input=9_000_000)), now=lambda: NOW)
    assert prices.rates(Priced("", "my-model"), 1).input == 1
    assert prices.rates(Priced("", "another"), 1).input == 9


def test_an_unknown_model_can_be_billed_as_the_dearest_of_all() -> None:
    prices = PriceList(upper_bound=True, now=lambda: NOW)
    rates = prices.rates(Priced("", "nonesuch"), 100)
    known = PriceList(now=lambda: NOW)
    for provider, model in [("openai", "o1-pro"), ("openai", "gpt-4.5-preview"), ("anthropic", "claude-opus-4-0")]:
        dear = known.rates(Priced(provider, model), 100)
        assert rates.input >= dear.input
        assert rates.output >= dear.output
    assert prices.cost(Priced("", "nonesuch"), Tokens(1_000, 100)) == rates.cost(1_000, 100)
    assert rates.output < Decimal(10_000)
    assert prices.rates(Priced("openai", "gpt-4o"), 1) == known.rates(Priced("openai", "gpt-4o"), 1)
