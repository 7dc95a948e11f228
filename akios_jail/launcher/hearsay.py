"""What a broker says of a session, brought into the shapes that the run report has.

The broker reads hostile bytes, so it may one day speak with an agent's voice: what it says is shown and kept, but a
wrong type can neither stop a session's end nor replace what the launcher knows by itself.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

#: Models that are named, at most.
_MODELS = 65
#: Tools that are named, at most.
_TOOLS = 65
#: Codes of denials that are counted, at most.
_CODES = 200


def shaped(told: dict[str, Any]) -> dict[str, Any]:
    """`told` with every field that the report defines present and of its type; other fields are kept as they are."""
    cost = dictionary(told.get("cost"))
    verdicts = counts(told.get("verdicts"))
    return told | {
        "verdicts": {decision: verdicts.get(decision, 0) for decision in ("allow", "deny", "modify")},
        "denials": [_denial(denial) for denial in items(told.get("denials"))],
        "denied": dict(islice(counts(told.get("denied")).items(), _CODES)),
        "cost": cost
        | {name: count(cost.get(name)) for name in ("tokens_used", "input_tokens", "output_tokens")}
        | {"cost_usd": amount(cost.get("cost_usd"))},
        "overruns": _overruns(dictionary(told.get("overruns"))),
        "tools": {name: counts(became) for name, became in islice(dictionary(told.get("tools")).items(), _TOOLS)},
        "approvals": counts(told.get("approvals")),
        "pii_redacted": counts(told.get("pii_redacted")),
        "pii_observed": counts(told.get("pii_observed")),
        "pii_unread": counts(told.get("pii_unread")),
        "calls": count(told.get("calls")),
        "opaque_calls": count(told.get("opaque_calls")),
        "violations": count(told.get("violations")),
        "executions": count(told.get("executions")),
        "files": counts(told.get("files")),
        "models": {name: _used(used) for name, used in islice(dictionary(told.get("models")).items(), _MODELS)},
    }


def _denial(told: object) -> dict[str, Any]:
    denial = dictionary(told)
    return {
        "time": _text(denial.get("time")),
        "code": _text(denial.get("code")),
        "reason": _text(denial.get("reason")),
        "rule": _number(denial.get("rule")),
        "what": _text(denial.get("what")),
    }


def _overruns(told: dict[str, Any]) -> dict[str, Any]:
    return {name: count(told.get(name)) for name in ("calls", "tokens")} | {"cost_usd": amount(told.get("cost_usd"))}


def _used(told: object) -> dict[str, Any]:
    used = dictionary(told)
    counts = {name: count(used.get(name)) for name in ("calls", "input_tokens", "output_tokens")}
    return counts | {"cost_usd": amount(used.get("cost_usd"))}


def dictionary(value: object) -> dict[str, Any]:
    """A mapping, empty for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list, empty for anything else."""
    return value if isinstance(value, list) else []


def counts(value: object) -> dict[str, int]:
    """Names with how often they occurred."""
    return {name: count(often) for name, often in dictionary(value).items()}


def count(value: object) -> int:
    """A number of things, 0 for anything else."""
    return value if type(value) is int and value >= 0 else 0


def _number(value: object) -> int | None:
    return value if type(value) is int else None


def amount(value: object) -> float:
    """A number that is finite and not negative, 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return value if math.isfinite(value) and value >= 0 else 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
