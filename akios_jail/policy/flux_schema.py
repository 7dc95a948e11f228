"""The shape of a FluxConfig manifest: what sessions may spend, what that costs, and which model answers what.

It goes beside a policy (`governance.flux`, or `akios run --flux FILE`), so that one team can own what agents may reach
and another what they may cost. It can only restrict and route: no key of it allows a host.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from akios_jail.policy.part import MAX_TOKENS, Metadata, Part
from akios_jail.policy.values import (
    Condition,
    ExactHost,
    Line,
    ModelGlob,
    ModelName,
    Money,
    Provider,
    RequestPath,
    Seconds,
    Url,
    Wait,
)

MAX_ROUTES = 200
MAX_PRICES = 1000
MAX_FALLBACKS = 8

Action = Literal["refuse", "throttle", "terminate_with_summary", "alert_and_queue"]


def _target(value: object) -> object:
    return {"model": value} if isinstance(value, str) else value


class Window(Part):
    """What may be spent in one window. Whichever limit is reached first decides."""

    max_cost_usd: Money | None = Field(default=None, description="US dollars.")
    max_tokens: int | None = Field(default=None, ge=1, le=MAX_TOKENS, description="Tokens, sent and received.")
    action_on_exceed: Action | None = Field(
        default=None,
        description="`refuse`: status 402 at once. `throttle`: the call waits for room, up to `max_wait`, then status "
        "429. `terminate_with_summary`: calls end, and so does the session, with a summary. `alert_and_queue`: people "
        "are told, and the call waits for the next window or for `akios budget raise`. Default: `throttle` a minute, "
        "`refuse` otherwise.",
    )
    max_wait: Wait | None = Field(
        default=None,
        description="How long a call is kept waiting. Default: `30s` for `throttle`, `5m` for `alert_and_queue`.",
    )


class Budgets(Part):
    """What model calls may use. They hold beside the limits of the policy."""

    per_session: Window | None = Field(default=None, description="A whole session.")
    per_minute: Window | None = Field(default=None, description="Any 60 seconds of a session.")
    per_day: Window | None = Field(
        default=None,
        description="A calendar day in UTC: all sessions of the policy on this machine together, across restarts.",
    )


class Summary(Part):
    """The last words of a session that `terminate_with_summary` ends. Without this section AKIOS writes them itself."""

    model: ModelName = Field(description="The model that writes the summary, by one last call.")
    reserve_usd: Money = Field(default=20_000, description="What is kept back of the session's budget for that call.")


class PriceOverride(Part):
    """A price of your own, in US dollars for a million tokens. The first that fits a model is taken."""

    model: ModelGlob = Field(description="Names of models; `*` stands for any characters.")
    provider: Provider = Field(default="", description="Only of this provider, by its id in the price list.")
    input_per_mtok_usd: Money = Field(description="Input.")
    output_per_mtok_usd: Money = Field(description="Output.")
    cached_input_per_mtok_usd: Money | None = Field(
        default=None,
        description="Input that the provider had cached. Default: as in the price list, and at most as other input.",
    )
    cache_write_per_mtok_usd: Money | None = Field(
        default=None,
        description="Input that is written to the cache. Default: as in the price list, or as other input if it has "
        "none.",
    )


class Prices(Part):
    """What calls cost. The rest is in the price list that comes with AKIOS."""

    unknown_model: Literal["deny", "upper_bound"] = Field(
        default="deny",
        description="A call to a model without a price, where money is limited. `upper_bound`: billed as the dearest "
        "model of the list.",
    )
    overrides: list[PriceOverride] = Field(
        default_factory=list, max_length=MAX_PRICES, description="Your own prices, tried in order."
    )


class Alerts(Part):
    """Who is told when a budget runs out."""

    webhook: Url | None = Field(default=None, description="An https URL.")


class Target(Part):
    """Where a call may go instead. What is not given stays as the agent asked."""

    model: ModelName | None = Field(default=None, description="The model.")
    host: ExactHost | None = Field(default=None, description="The host; a rule of the policy must allow it.")
    path: RequestPath | None = Field(default=None, description="The path, if not the usual one of that provider.")


class RoutingRule(Part):
    """One rule of the routing. The first whose condition is true decides."""

    condition: Condition | None = Field(
        default=None, description="In CEL, e.g. `task.complexity == 'lookup'`. Without it: every call."
    )
    model: ModelName | None = Field(default=None, description="The model that answers. Default: the one asked for.")
    host: ExactHost | None = Field(
        default=None, description="The host that it is asked at; a rule of the policy must allow it."
    )
    path: RequestPath | None = Field(default=None, description="The path, if not the usual one of that provider.")
    reason: Line = Field(default="", description="Why; stands in the record.")
    max_retries: int = Field(default=0, ge=0, le=10, description="How often a failed call is sent again.")
    fallbacks: list[Annotated[Target, BeforeValidator(_target)]] = Field(
        default_factory=list,
        max_length=MAX_FALLBACKS,
        description="Models that are tried when this one fails, in order: a name, or keys, below.",
    )


class ModelRouting(Part):
    """Which model answers which call."""

    trust_header: bool = Field(
        default=True, description="Whether the agent's own `X-Akios-Task` header may say how hard its task is."
    )
    rules: list[RoutingRule] = Field(
        default_factory=list, max_length=MAX_ROUTES, description="The rules, tried in order. None holds: no change."
    )


class Scheduling(Part):
    """How spending is spread and kept small."""

    predictive_scaling: bool = Field(
        default=False, description="Throttle early when the forecast crosses a budget within `look_ahead_seconds`."
    )
    look_ahead_seconds: Seconds = Field(default=30.0, description="How far the forecast looks, 1 to 3600.")
    context_packing: bool = Field(
        default=False, description="Send what is repeated in a conversation once, and less of old tool results."
    )
    spot_instance_fallback: bool = Field(
        default=False, description="Try the provider's cheaper, interruptible tier first, and fall back to the usual."
    )


class FluxSpec(Part):
    """What sessions may cost, and which models answer."""

    budgets: Budgets = Field(default_factory=Budgets, description="Money and tokens.")
    summary: Summary | None = Field(default=None, description="The last words of a session.")
    prices: Prices = Field(default_factory=Prices, description="Prices.")
    alerts: Alerts = Field(default_factory=Alerts, description="Alerts.")
    model_routing: ModelRouting = Field(default_factory=ModelRouting, description="Which model answers.")
    scheduling: Scheduling = Field(default_factory=Scheduling, description="Scheduling.")


class FluxConfig(Part):
    """A FluxConfig: one YAML file that says what the sessions of a policy may cost, and which models answer them."""

    apiVersion: Literal["akios/v1"] = Field(description="Always `akios/v1`.")
    kind: Literal["FluxConfig"] = Field(description="Always `FluxConfig`.")
    metadata: Metadata = Field(description="What the file is called.")
    spec: FluxSpec = Field(description="What sessions may cost.")
