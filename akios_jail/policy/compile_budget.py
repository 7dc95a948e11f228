"""Limits of money and tokens as plans, from a policy and from the FluxConfig beside it: both hold."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import Problem, nearest
from akios_jail.policy.flux_schema import FluxConfig, PriceOverride, Window
from akios_jail.policy.plans import Budget, Limit, Price, Summary
from akios_jail.policy.quantities import dollars
from akios_jail.policy.schema import AgentPolicy

#: What becomes of a call without room, unless the FluxConfig says otherwise.
_ACTIONS = {"session": "refuse", "minute": "throttle", "day": "refuse"}
#: For how many seconds it waits, by action.
_WAITS = {"refuse": 0.0, "throttle": 30.0, "terminate_with_summary": 0.0, "alert_and_queue": 300.0}

_BUDGETS: Path = ("spec", "budgets")


def compile_budget(policy: AgentPolicy, flux: FluxConfig | None) -> Budget:
    """All limits, the policy's first; prices, summary and alerts are the FluxConfig's alone."""
    limits = tuple(_of_policy(policy))
    if flux is None:
        return Budget(limits, shared_by=policy.metadata.name)
    spec = flux.spec
    summary = Summary(spec.summary.model, spec.summary.reserve_usd) if spec.summary is not None else Summary("", 0)
    return Budget(
        limits=limits + tuple(_of_flux(flux)),
        shared_by=policy.metadata.name,
        prices=tuple(map(_price, spec.prices.overrides)),
        unknown_price=spec.prices.unknown_model,
        summary=summary,
        webhook=spec.alerts.webhook or "",
    )


def _of_policy(policy: AgentPolicy) -> Iterator[Limit]:
    budget = policy.spec.governance.budget
    for scope in ("session", "minute", "day"):
        money: int | None = getattr(budget, f"max_cost_per_{scope}")
        tokens: int | None = getattr(budget, f"max_tokens_per_{scope}")
        if money is not None or tokens is not None:
            yield Limit(scope, money, tokens, _ACTIONS[scope], _WAITS[_ACTIONS[scope]], "policy")


def _of_flux(flux: FluxConfig) -> Iterator[Limit]:
    for scope, window in _windows(flux):
        action = window.action_on_exceed or _ACTIONS[scope]
        wait = _WAITS[action] if window.max_wait is None else window.max_wait
        yield Limit(scope, window.max_cost_usd, window.max_tokens, action, wait, "flux")


def _windows(flux: FluxConfig) -> Iterator[tuple[str, Window]]:
    for scope in _ACTIONS:
        window: Window | None = getattr(flux.spec.budgets, f"per_{scope}")
        if window is not None:
            yield scope, window


def _price(override: PriceOverride) -> Price:
    return Price(
        model=override.model,
        provider=override.provider,
        input=override.input_per_mtok_usd,
        output=override.output_per_mtok_usd,
        cached_input=override.cached_input_per_mtok_usd,
        cache_write=override.cache_write_per_mtok_usd,
    )


def problems(read: Document, flux: FluxConfig) -> Iterator[Problem]:
    """Windows that limit nothing, waits that cannot happen, a summary that nobody would write, prices of no call."""
    actions = []
    for scope, window in _windows(flux):
        path = (*_BUDGETS, f"per_{scope}")
        action = window.action_on_exceed or _ACTIONS[scope]
        actions.append(action)
        if window.max_cost_usd is None and window.max_tokens is None:
            yield read.problem(path, "this limits nothing", "Write max_cost_usd or max_tokens.", at_key=True)
        if window.max_wait is not None and not _WAITS[action]:
            message = f"a call does not wait where the action is {action}"
            yield read.problem((*path, "max_wait"), message, "Take it out, or write another action.", at_key=True)
    yield from _of_summary(read, flux, actions)
    seen: dict[tuple[str, str], int] = {}
    for number, override in enumerate(flux.spec.prices.overrides):
        key = (override.model, override.provider)
        path = ("spec", "prices", "overrides", number)
        if override.provider and override.provider not in _providers():
            message = (
                f"the price list has no provider {override.provider!r}, so that this would be the price of no call"
            )
            meant = nearest(override.provider, sorted(_providers()))
            hint = f"Did you mean {meant}?" if meant else "Without `provider` it is the model's price everywhere."
            yield read.problem((*path, "provider"), message, hint)
        if key in seen:
            yield read.problem(path, f"the price of {override.model} is stated already", "Keep one.")
        seen[key] = number


@functools.lru_cache(maxsize=1)
def _providers() -> frozenset[str]:
    """The ids of the price list, which takes a while to import: only a policy that names one waits for it."""
    from genai_prices.data_snapshot import get_snapshot

    return frozenset(provider.id for provider in get_snapshot().providers)


def _of_summary(read: Document, flux: FluxConfig, actions: list[str]) -> Iterator[Problem]:
    summary, session = flux.spec.summary, flux.spec.budgets.per_session
    if summary is None:
        return
    if "terminate_with_summary" not in actions:
        message = "no budget here ends a session with a summary, so that none would be written"
        hint = "Write action_on_exceed: terminate_with_summary for one, or take this out."
        yield read.problem(("spec", "summary"), message, hint, at_key=True)
    if session is not None:
        yield from _kept_back(read, flux, session.max_cost_usd)


def beside(read: Document, flux: FluxConfig, policy: AgentPolicy) -> Iterator[Problem]:
    """What is wrong with the budgets beside those of a policy."""
    yield from _kept_back(read, flux, policy.spec.governance.budget.max_cost_per_session)


def _kept_back(read: Document, flux: FluxConfig, microusd: int | None) -> Iterator[Problem]:
    """A summary for which all that a session may cost is kept back."""
    summary = flux.spec.summary
    if summary is not None and microusd is not None and summary.reserve_usd >= microusd:
        message = f"all that a session may cost ({dollars(microusd)}) is kept back for its summary"
        yield read.problem(("spec", "summary", "reserve_usd"), message, "Keep back less, or allow more.")
