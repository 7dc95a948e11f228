"""What we charge is what genai-prices says, for every model of every provider in it, tiers and variants included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import TimeOfDateConstraint

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


def test_prices_on_both_sides_of_every_tier_are_those_of_the_list() -> None:
    tiered = 0
    for provider in get_snapshot().providers:
        for model in provider.models:
            starts = sorted(
                {
                    tier.start
                    for value in model.get_prices(NOW).__dict__.values()
                    for tier in getattr(value, "tiers", ())
                }
            )
            for start in starts:
                for told in (start - 1, start, start + 1, start + 2, start + 3, start + 777):
                    tokens = Tokens(told, 999, cached=told // 3, reasoning=5)
                    try:
                        wanted = bill(provider.id, model.id, tokens, None)
                    except (LookupError, ValueError):
                        continue
                    tiered += 1
                    assert PRICES.cost(Priced(provider.id, model.id), tokens) == wanted, (model.id, told)
    assert tiered > 100


def test_a_price_for_a_part_of_the_day_holds_until_its_very_end() -> None:
    moment = [NOW.replace(hour=0, minute=0)]
    prices = PriceList(now=lambda: moment[0])
    for _ in range(24 * 60):
        priced = Priced("deepseek", "deepseek-chat")
        wanted = calc_price(
            Usage(input_tokens=10_000, output_tokens=10_000),
            model_ref="deepseek-chat",
            provider_id="deepseek",
            genai_request_timestamp=moment[0],
        )
        cost = int((wanted.total_price * 1_000_000).to_integral_value(ROUND_CEILING))
        assert prices.cost(priced, Tokens(10_000, 10_000)) == cost, moment[0]
        moment[0] += timedelta(minutes=1)


def test_prices_for_a_part_of_the_day_begin_and_end_with_a_quarter_of_an_hour() -> None:
    for provider in get_snapshot().providers:
        for model in provider.models:
            listed = model.prices if isinstance(model.prices, list) else []
            for each in (*listed, *(model.price_variants or ())):
                if isinstance(each.constraint, TimeOfDateConstraint):
                    for moment in (each.constraint.start_time, each.constraint.end_time):
                        assert (moment.minute % 15, moment.second, moment.microsecond) == (0, 0, 0)


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
