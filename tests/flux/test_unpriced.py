from __future__ import annotations

import pytest

from akios_jail.flux import unpriced
from tests.policy.manifests import FOUNDING_FLUX, flux_manifest, plans_with

MONEY = "budgets: {per_session: {max_cost_usd: 1, action_on_exceed: terminate_with_summary}}"


def models(spec: str) -> tuple[str, ...]:
    return unpriced.models(plans_with(flux_manifest(spec), "host: api.openai.com, methods: [POST]").broker)


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("model_routing: {rules: [{model: gpt-4o}]}", ()),
        ("model_routing: {rules: [{model: 'us.anthropic.claude-sonnet-4-20250514-v1:0'}]}", ()),
        ("model_routing: {rules: [{model: gpt-4-tubro}]}", ("gpt-4-tubro",)),
        ("model_routing: {rules: [{model: gpt-4o, fallbacks: [my-own, gpt-4-tubro]}]}", ("my-own", "gpt-4-tubro")),
        ("model_routing: {rules: [{model: a, condition: request.stream}, {model: b, fallbacks: [a]}]}", ("a", "b")),
        ("model_routing: {rules: [{max_retries: 2}]}", ()),
        ("summary: {model: gpt-4-tubro}", ("gpt-4-tubro",)),
    ],
)
def test_a_model_without_a_price_is_named_once(spec: str, found: tuple[str, ...]) -> None:
    assert models(f"{{{MONEY}, {spec}}}") == found


@pytest.mark.parametrize(
    "spec",
    [
        "budgets: {per_session: {max_tokens: 10}}",
        f"{MONEY}, prices: {{unknown_model: upper_bound}}",
        f"{MONEY}, prices: {{overrides: [{{model: 'My-*', input_per_mtok_usd: 1, output_per_mtok_usd: 2}}]}}",
    ],
)
def test_where_calls_are_not_refused_for_it_nothing_is_said(spec: str) -> None:
    assert models(f"{{{spec}, model_routing: {{rules: [{{model: my-own}}]}}}}") == ()


def test_the_models_of_the_founding_flux_config_have_prices() -> None:
    assert unpriced.models(plans_with(FOUNDING_FLUX, "host: api.openai.com, methods: [POST]").broker) == ()
