"""What becomes of the personal data in a recorded exchange, by the kinds that placeholders in it stand for. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from akios_jail.hindsight import placeholders
from akios_jail.policy.plans import BrokerPlan, Pii
from akios_jail.radar.recorded import Exchange

#: Modes by which what is found leaves as it is.
LEAVES: Final = ("off", "observe")
#: In an address it may be the key of whoever asks, which belongs there.
_KEY: Final = "secret"


def found(exchange: Exchange) -> set[str]:
    """The kinds that are in it."""
    texts = [unquote(exchange.path), unquote(exchange.query), *(value for _, value in exchange.headers)]
    if exchange.body is not None:
        texts.append(exchange.body.decode("utf-8", "replace"))
    return placeholders.kinds(*texts)


def handled(plan: BrokerPlan, rule: int | None, kinds: set[str], model: bool) -> tuple[tuple[str, str], ...]:
    """What the policy does with each kind in what its rule admits. `off`: it is not looked for."""
    pii = plan.pii
    own = next((each.pii for each in plan.rules if each.number == rule), "")
    looks = pii.mode != "off" and own != "off" and ("model_calls" if model else "egress") in pii.scope
    sought = looked_for(pii)
    return tuple(
        (kind, (own or pii.mode_of(kind)) if looks and (kind in sought or kind == placeholders.STAND_IN) else "off")
        for kind in sorted(kinds)
    )


def looked_for(pii: Pii) -> set[str]:
    """The kinds that a policy looks for."""
    if pii.mode == "off":
        return set()
    return {*pii.fields, *(each.name for each in pii.patterns), *(each.name for each in pii.words)}


def acted_on(plan: BrokerPlan) -> set[str]:
    """Of these, the kinds that do not leave as they are, whatever rules of single hosts say."""
    return {kind for kind in looked_for(plan.pii) if plan.pii.mode_of(kind) not in LEAVES}


def in_address(exchange: Exchange, handling: tuple[tuple[str, str], ...]) -> set[str]:
    """The kinds in an address, where nothing can be replaced, that may not leave as they are."""
    kinds = placeholders.kinds(unquote(exchange.path), unquote(exchange.query)) - {_KEY}
    return {kind for kind, mode in handling if kind in kinds and mode not in LEAVES}


def refuses_unread(pii: Pii) -> bool:
    """Whether something is kept from passing because nobody can look into it."""
    return pii.mode != "off" and pii.unreadable != "pass" and not pii.used <= {*LEAVES}


def told(handling: tuple[tuple[str, str], ...]) -> str:
    """For people: `email: redact_before_inference`."""
    return ", ".join(f"{kind}: {mode}" for kind, mode in handling)
