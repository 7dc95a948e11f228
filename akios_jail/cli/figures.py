"""Figures of budgets as `budgets.db` has them, brought into the shape in which they are shown.

The file is written by brokers, and a broker reads hostile bytes: whatever is not of its type becomes nothing.
"""

from __future__ import annotations

import time
from typing import Any

from akios_jail.flux.day import DAY_S
from akios_jail.flux.store import STALE_S

_MOST = 1 << 62
_LIMITS = 16
_TEXT = 200


def session_of(entry: object, now: float) -> dict[str, Any]:
    """A session's snapshot: `[id, updated, snapshot]`."""
    id, updated, told = _items(entry, 3)
    told = _dictionary(told)
    age = max(0.0, now - _moment(updated))
    reserved = _amounts(told.get("reserved"))
    limits = told.get("limits")
    return {
        "id": _text(id),
        "name": _text(told.get("name")),
        "budget": _text(told.get("shared_by")),
        "running": age < STALE_S,
        "age_s": round(age, 1),
        "spent": _amounts(told.get("spent")),
        "reserved": reserved,
        "waiting": _count(told.get("waiting")) or 0,
        "limits": [_limit(each) for each in (limits if isinstance(limits, list) else [])[:_LIMITS]],
    }


def day_of(entry: object, sessions: list[dict[str, Any]]) -> dict[str, Any]:
    """A name's day: `[standing, limits]`. Its forecast adds up what its running sessions expect to spend."""
    standing, limits = _items(entry, 2)
    name, day, spent, reserved, *raised = _items(standing, 6)
    limit = _pair(limits)
    for unit, more in zip(("microusd", "tokens"), raised, strict=True):
        if limit[unit] is not None and _count(more) is not None:
            limit[unit] = max(limit[unit] or 0, _count(more) or 0)
    used, held = _both(spent), _both(reserved)
    expected = dict(used)
    for session in sessions:
        for each in session["limits"]:
            if session["running"] and session["budget"] == name and each["scope"] == "day":
                for unit in expected:
                    expected[unit] += max(0, each["forecast"][unit] - each["spent"][unit])
                break
    return {
        "name": _text(name),
        "day": time.strftime("%Y-%m-%d", time.gmtime(min(_count(day) or 0, 2_000_000) * DAY_S)),
        "limit": limit,
        "spent": used,
        "reserved": held,
        "left": _left(limit, used, held),
        "forecast": expected,
    }


def place_of(entry: object) -> dict[str, Any]:
    """A place in the queue, as `store.Place` has it."""
    _, name, digest, session, session_name, microusd, tokens, since, seen = _items(entry, 9)
    return {
        "budget": _text(name),
        "digest": _text(digest),
        "session": _text(session),
        "session_name": _text(session_name),
        "microusd": _count(microusd) or 0,
        "tokens": _count(tokens) or 0,
        "since": _moment(since),
        "seen": _moment(seen),
    }


def _limit(told: object) -> dict[str, Any]:
    told = _dictionary(told)
    limit = {unit: _count(told.get(unit)) for unit in ("microusd", "tokens")}
    spent, reserved = _amounts(told.get("spent")), _amounts(told.get("reserved"))
    return {
        "scope": _text(told.get("scope")),
        "action": _text(told.get("action")),
        "origin": _text(told.get("origin")),
        "limit": limit,
        "spent": spent,
        "reserved": reserved,
        "left": _left(limit, spent, reserved),
        "forecast": _amounts(told.get("forecast")),
    }


def _left(limit: dict[str, int | None], spent: dict[str, int], reserved: dict[str, int]) -> dict[str, int | None]:
    return {unit: None if most is None else max(0, most - spent[unit] - reserved[unit]) for unit, most in limit.items()}


def _items(value: object, count: int) -> list[Any]:
    items = list(value) if isinstance(value, list | tuple) else []
    return (items + [None] * count)[:count]


def _dictionary(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _amounts(value: object) -> dict[str, int]:
    told = _dictionary(value)
    return {unit: _count(told.get(unit)) or 0 for unit in ("microusd", "tokens")}


def _both(value: object) -> dict[str, int]:
    return {unit: amount or 0 for unit, amount in _pair(value).items()}


def _pair(value: object) -> dict[str, int | None]:
    microusd, tokens = _items(value, 2)
    return {"microusd": _count(microusd), "tokens": _count(tokens)}


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < _MOST else None


def _moment(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11 else 0.0


def _text(value: object) -> str:
    return value[:_TEXT] if isinstance(value, str) else ""
