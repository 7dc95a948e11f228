"""What of a policy's money and tokens may be spent that might not be under another, or by other prices.

Limits are compared by what they come to. What becomes of a call without room is compared where the old limit was the
end of something: a session, or the call.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from akios_jail.policy.document import Path
from akios_jail.policy.plans import Budget, Limit
from akios_jail.policy.widening import Wider

_GOVERNANCE: Final[Path] = ("spec", "governance")
_FLUX: Final[Path] = (*_GOVERNANCE, "flux")

#: What ends more when there is no room. What waits is let through later, or when people say so.
_STRICTNESS: Final = {"alert_and_queue": 0, "throttle": 0, "refuse": 1, "terminate_with_summary": 2}


def wider(old: Budget, new: Budget) -> Iterator[Wider]:
    """Higher limits, milder ends, other prices."""
    place = (*_GOVERNANCE, "budget")
    for scope in ("session", "minute", "day"):
        for unit in ("microusd", "tokens"):
            before, after = _least(old, scope, unit), _least(new, scope, unit)
            if after > before:
                what = "no limit" if after == math.inf else _amount(after, unit)
                key = (*place, f"max_{'cost' if unit == 'microusd' else 'tokens'}_per_{scope}")
                yield Wider(key, key, f"{what} a {scope} where there were {_amount(before, unit)}")
    for limit in old.limits:
        if not any(_ends_as_much(other, limit) for other in new.limits):
            what = f"a {limit.scope}'s budget that is spent ends less than before ({limit.action})"
            yield Wider(_FLUX, _FLUX, what, sure=False)
    if old.summary.model and new.summary.model != old.summary.model:
        yield Wider(_FLUX, _FLUX, "another model, or none, writes the summary of a session", sure=False)
    if new.webhook != old.webhook:
        yield Wider(_FLUX, _FLUX, "others are told when a budget runs out", sure=False)
    if not old.money:
        return
    if new.unknown_price != old.unknown_price and new.unknown_price != "deny":
        what = "models without a price may be called, at the price of the dearest"
        yield Wider(_FLUX, _FLUX, what)
    if new.prices != old.prices:
        what = "other prices are stated, so that money goes further or less far"
        yield Wider(_FLUX, _FLUX, what, sure=False)


def _ends_as_much(new: Limit, old: Limit) -> bool:
    """Whether a limit is reached no later than another, and no less ends there."""
    if new.scope != old.scope or _STRICTNESS[new.action] < _STRICTNESS[old.action]:
        return False
    amounts = ((new.microusd, old.microusd), (new.tokens, old.tokens))
    return all(before is None or (after is not None and after <= before) for after, before in amounts)


def _least(budget: Budget, scope: str, unit: str) -> float:
    amounts = [getattr(limit, unit) for limit in budget.limits if limit.scope == scope]
    return min((amount for amount in amounts if amount is not None), default=math.inf)


def _amount(amount: float, unit: str) -> str:
    return f"${amount / 1_000_000:,.2f}" if unit == "microusd" else f"{amount:,.0f} tokens"
