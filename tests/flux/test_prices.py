"""Prices: exact, rounded up, and never below what a call can come to cost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.flux.prices import Priced, PriceList, PriceUnknown, Tokens
from akios_jail.policy.plans import Price

PRICES = PriceList(now=lambda: datetime(2026, 11, 1, 12, tzinfo=UTC))
GPT_4O = Priced("openai", "gpt-4o", options={"service_tier": "default"})
SONNET = Priced("anthropic", "claude-sonnet-4-5", options={"inference_geo": "global", "cache": "none"})


def test_a_usage_report_costs_what_the_price_list_says() -> None:
    # $2.50 and $10 a million tokens, $1.25 for what was cached
    assert PRICES.cost(GPT_4O, Tokens(1000, 100)) == 3_500
    assert PRICES.cost(GPT_4O, Tokens(1000, 100, cached=400)) == 3_000


def test_images_cost_what_images_cost() -> None:
    painter = Priced("google", "gemini-3-pro-image-preview")
    text = PRICES.cost(painter, Tokens(0, 1_120))
    image = PRICES.cost(painter, Tokens(0, 1_120, others=(("output_image_tokens", 1_120),)))
    assert image > 5 * text
    assert PRICES.rates(painter, 0).cost(0, 1_120) >= image


def test_amounts_are_rounded_up() -> None:
    assert PRICES.cost(GPT_4O, Tokens(1, 0)) == 3
    assert PRICES.rates(GPT_4O, 1).cost(1, 0) == 3


def test_cache_writing_costs_more_and_longer_writing_more_still() -> None:
    # $3 a million, $3.75 for five minutes, $6 for an hour
    assert PRICES.cost(SONNET, Tokens(1000, 0)) == 3_000
    assert PRICES.cost(SONNET, Tokens(1000, 0, cache_write=1000)) == 3_750
    assert PRICES.cost(SONNET, Tokens(1000, 0, cache_write=1000, cache_write_1h=1000)) == 6_000


@pytest.mark.parametrize(("cache", "rate"), [("none", 3), ("5m", 3.75), ("1h", 6), (None, 6)])
def test_the_bound_knows_what_a_call_asks_of_the_cache(cache: str | None, rate: float) -> None:
    options = {"inference_geo": "global"} | ({"cache": cache} if cache else {})
    assert PRICES.rates(SONNET._replace(options=options), 1000).input == rate


def test_a_large_prompt_is_bounded_by_the_dearer_tier() -> None:
    assert PRICES.rates(SONNET, 200_000).input == 3
    assert PRICES.rates(SONNET, 200_001).input == 6


def test_an_open_service_tier_may_turn_out_the_dearest() -> None:
    open_tier = PRICES.rates(GPT_4O._replace(options={"service_tier": "auto"}), 100)
    priority = PRICES.rates(GPT_4O._replace(options={"service_tier": "priority"}), 100)
    assert open_tier == priority
    assert priority.output > PRICES.rates(GPT_4O, 100).output == 10


def test_regional_processing_costs_a_tenth_more() -> None:
    assert PRICES.cost(GPT_4O._replace(host="eu.api.openai.com"), Tokens(1000, 0)) == 2_750
    assert PRICES.cost(SONNET._replace(options={"inference_geo": "us"}), Tokens(1000, 0)) == 3_300
    assert PRICES.rates(SONNET._replace(options={"cache": "none"}), 1000).cost(1000, 0) == 3_300


def test_a_report_that_contradicts_itself_is_priced_at_the_dearest() -> None:
    assert PRICES.cost(GPT_4O, Tokens(10, 0, cached=20)) >= 25


@pytest.mark.parametrize(
    "priced", [Priced("openai", "gpt-nonesuch"), Priced("", "llama-at-home"), Priced("azure", "my")]
)
def test_an_unknown_model_has_no_price(priced: Priced) -> None:
    with pytest.raises(PriceUnknown, match=priced.model):
        PRICES.rates(priced, 1)
    with pytest.raises(PriceUnknown):
        PRICES.cost(priced, Tokens(1, 1))


def test_on_a_host_that_nobody_knows_the_model_name_gives_the_price() -> None:
    assert PRICES.rates(Priced("", "gpt-4o", options={"service_tier": "default"}), 1).output == 10


MODELS = st.sampled_from(["gpt-4o", "gpt-4o-mini", "gpt-5", "o3", "gpt-audio", "gpt-5.5", "gpt-6.1-sol", "gpt-4-turbo"])


@given(model=MODELS, given_=st.integers(0, 300_000), output=st.integers(0, 20_000), data=st.data())
def test_no_usage_within_the_bound_costs_more_than_the_bound(
    model: str, given_: int, output: int, data: st.DataObject
) -> None:
    bound_in = data.draw(st.integers(given_, given_ + 100_000))
    tier = data.draw(st.sampled_from(["default", "priority", "flex", ""]))
    cached = data.draw(st.integers(0, given_))
    bound = PRICES.rates(Priced("openai", model, options={"service_tier": "auto"}), bound_in).cost(bound_in, output)
    tokens = Tokens(given_, output, cached=cached, reasoning=data.draw(st.integers(0, output)))
    assert PRICES.cost(Priced("openai", model, options={"service_tier": tier}), tokens) <= bound


def test_the_price_list_is_imported_only_when_asked() -> None:
    code = "import sys, akios_jail.flux.prices, akios_jail.flux.ledger; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_an_operators_price_holds_in_whatever_case_the_agent_writes_the_name() -> None:
    dear = Price("gpt-4-*", "openai", 100_000_000, 100_000_000, None, None)
    prices = PriceList((dear,))
    usual, shouted = (prices.rates(Priced("openai", name), 10) for name in ("gpt-4-turbo", "GPT-4-Turbo"))
    assert usual == shouted
    assert usual.cost(1, 0) == 100


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5", "my-own"])
def test_an_operators_price_of_nothing_costs_nothing(model: str) -> None:
    prices = PriceList((Price("*", "", 0, 0, None, None),))
    priced = Priced("openai", model, options={"service_tier": "auto"})
    assert prices.rates(priced, 1000).cost(1000, 1000) == 0
    assert prices.cost(priced, Tokens(1000, 1000, cached=500)) == 0


def test_cached_input_is_never_dearer_than_the_input_that_an_operator_states() -> None:
    half = PriceList((Price("gpt-4o", "openai", 1_000_000, 5_000_000, None, None),))
    assert half.rates(GPT_4O, 1000).input == 1
    assert half.cost(GPT_4O, Tokens(1000, 0, cached=1000)) == 1_000
    listed = PriceList((Price("gpt-4o", "openai", 2_500_000, 10_000_000, None, None),))
    assert listed.cost(GPT_4O, Tokens(1000, 0, cached=1000)) == 1_250


@pytest.mark.parametrize(
    ("provider", "model", "plain"),
    [
        ("google", "models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google", "publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google", "projects/p/locations/eu/publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google", "google/gemini-2.0-flash-001", "gemini-2.0-flash"),
        ("google", "claude-sonnet-4@20250514", "claude-sonnet-4"),
        ("openai", "gpt-4o-2024-08-06", "gpt-4o"),
    ],
)
def test_longer_names_of_a_model_have_its_price(provider: str, model: str, plain: str) -> None:
    assert PRICES.rates(Priced(provider, model), 1000) == PRICES.rates(Priced(provider, plain), 1000)


def test_a_models_name_at_another_publisher_is_not_taken_for_googles() -> None:
    with pytest.raises(PriceUnknown):
        PRICES.rates(Priced("google", "publishers/meta/models/gemini-2.5-flash"), 1000)
