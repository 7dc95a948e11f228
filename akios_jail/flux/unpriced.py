"""Models that a policy sends calls to and that have no price: where money is limited, each such call is refused.

Said when a policy is checked, so that it is not an agent that meets a misspelt name first.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from akios_jail.policy.plans import BrokerPlan


def models(plan: BrokerPlan) -> tuple[str, ...]:
    """Their names, in the order of the FluxConfig. None where money is not limited, or such calls are billed anyway.

    At which provider a model will be asked is not known yet: a price at any of them is one.
    """
    budget = plan.budget
    if budget.unknown_price != "deny" or all(limit.microusd is None for limit in budget.limits):
        return ()
    targets = [target for route in plan.routing.routes for target in (route.target, *route.fallbacks)]
    named = dict.fromkeys(name for name in (*(target.model for target in targets), budget.summary.model) if name)
    stated = [price.model.lower() for price in budget.prices]
    own = {name for name in named if any(fnmatchcase(name.lower(), pattern) for pattern in stated)}
    return tuple(name for name in named if name not in own and not _is_listed(name))


def _is_listed(name: str) -> bool:
    """Whether the price list has a model of this name at any provider. It takes a while to import."""
    from genai_prices.data_snapshot import get_snapshot

    providers = get_snapshot().providers
    return any(provider.find_model(name, all_providers=providers) is not None for provider in providers)
