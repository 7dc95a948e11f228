"""What people are told of a judged session besides its verdicts: what was asked for, and what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from akios_jail.hindsight import personal
from akios_jail.policy.plans import Plans
from akios_jail.radar.recorded import Exchange

#: Characters of a path that are shown.
_SHOWN: Final = 500


def gaps(own: Plans | None, new: Plans, facts: dict[str, Any]) -> Iterator[str]:
    """What may be decided otherwise, and cannot be judged at all. `own`: None if it is not kept."""
    if facts.get("left_out") or facts.get("failure"):
        yield f"not all of the session is recorded: {facts.get('failure') or 'there was no room for some of it'}"
    if own is None:
        yield "what its own policy came to is not kept: recorded verdicts alone are compared"
        return
    fresh = sorted(personal.acted_on(new.broker) - personal.looked_for(own.broker.pii))
    if fresh:
        some = ", ".join(fresh[:5]) + (", …" if len(fresh) > 5 else "")
        yield f"nobody looked for {some} in what was recorded, and this policy does"
    before, after = own.broker.pii, new.broker.pii
    wider = not set(after.scope) <= set(before.scope)
    if personal.refuses_unread(after) and (wider or not personal.refuses_unread(before)):
        yield "this policy refuses what cannot be looked into (images, archives): whether any was sent is not judged"
    if own.broker.credentials != new.broker.credentials:
        yield "keys are placed otherwise by this policy: what that refuses is not judged"


def notes(own: Plans | None, new: Plans, facts: dict[str, Any], undecided: int) -> Iterator[str]:
    """What else there is to know. `undecided`: exchanges without a verdict."""
    if "outcome" not in facts:
        yield "it runs, or was killed: judged is what is recorded until now"
    if own is not None and own.jail != new.jail:
        yield "files, limits, environment or system calls differ: what the jail itself refuses is not recorded"
    if undecided:
        yield f"{undecided} requests have no verdict: the agent left before there was one"


def where(exchange: Exchange) -> str:
    """What was asked for, on one line."""
    host = f"[{exchange.host}]" if ":" in exchange.host else exchange.host
    if exchange.kind == "dns":
        return f"the name {host}"
    port = f":{exchange.port}" if exchange.port else ""
    if exchange.kind != "http":
        return f"{exchange.protocol} {host}{port}"
    usual = {"https": ":443", "http": ":80"}.get(exchange.protocol)
    model = f" ({str(exchange.call.get('model'))[:128]})" if exchange.call is not None else ""
    path = exchange.path if len(exchange.path) <= _SHOWN else f"{exchange.path[:_SHOWN]}…"
    return f"{exchange.method} {exchange.protocol}://{host}{'' if port == usual else port}{path}{model}"


def text(facts: dict[str, Any], name: str) -> str:
    """A fact that is a text, "" for one that is none."""
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def number(value: Any) -> float:
    """A moment in Unix seconds, 0 for what is none."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 253_402_300_799
    return float(value) if known else 0.0
