"""Which calls a provider also runs on capacity that is left over: cheaper, slower, and not always there.

The price list says for which models; a tier counts only if it is cheaper there than the usual one. Where the operator
states a price, that price is what counts, and no tier is known to be cheaper.
"""

from __future__ import annotations

from datetime import UTC, datetime

from akios_jail.flux.prices import Priced, is_for
from akios_jail.policy.plans import Price

#: The name of the tier, the same with every provider that has one in the price list.
FLEX = "flex"
#: The price option by which tiers are told apart.
_OPTION = "service_tier"
#: Tokens for which tiers are compared.
_SAMPLE = 1_000


class Spot:
    """Remembers the answers, as the question comes with every call."""

    def __init__(self, prices: tuple[Price, ...] = ()) -> None:
        self._prices = prices
        self._known: dict[tuple[str, str], bool] = {}

    def cheaper(self, priced: Priced) -> bool:
        """Whether this model, asked without a tier, has a flexible tier that is cheaper."""
        if not priced.provider or priced.options.get(_OPTION, "auto") not in ("", "auto", "standard"):
            return False
        key = (priced.provider, priced.model)
        if key not in self._known:
            if len(self._known) >= 256:  # names of models are the agent's choice
                self._known.clear()
            self._known[key] = not self._overridden(priced) and _cheaper(priced)
        return self._known[key]

    def _overridden(self, priced: Priced) -> bool:
        return any(is_for(price, priced) for price in self._prices)


def _cheaper(priced: Priced) -> bool:
    from genai_prices import Usage
    from genai_prices.data_snapshot import get_snapshot

    try:
        provider, model = get_snapshot().find_provider_model(priced.model, None, priced.provider, None)
    except LookupError:
        return False
    now = datetime.now(UTC)
    if not any(variant.when == {_OPTION: FLEX} for variant in model.price_variants or ()):
        return False
    usages = [Usage(input_tokens=_SAMPLE), Usage(output_tokens=_SAMPLE)]
    usual, flexible = (
        [
            model.calc_price(usage, provider, genai_request_timestamp=now, price_context=context).total_price
            for usage in usages
        ]
        for context in (None, {_OPTION: FLEX})
    )
    # Cheaper in something, and dearer in nothing.
    return sum(flexible) < sum(usual) and all(a <= b for a, b in zip(flexible, usual, strict=True))
