"""A trace as a document: what `akios trace show --json` gives."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any, Final

from akios_jail.radar.reading import Trace
from akios_jail.radar.steps import Step

#: Characters that JSON may hold as they are and that are none to be seen: controls, directions, halves of pairs.
_UNPRINTABLE: Final = re.compile(
    "[\\x7f-\\x9f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ud800-\\udfff\\ufeff]"
)
#: Names under which a step's payload stands in the document.
_SHOWN: Final = ("content", "args", "argv", "changes", "system", "cut")


def document(session: str, trace: Trace) -> dict[str, Any]:
    """The session in the founding shape, with more fields."""
    facts = trace.session
    shape: dict[str, Any] = {
        "session_id": session,
        "agent": facts.get("agent", ""),
        "policy": {"name": facts.get("policy", ""), "sha256": facts.get("policy_sha256", "")},
        "trace": {
            "steps": [step(each) for each in trace.steps],
            "edges": [each._asdict() for each in trace.edges],
            "cost": {
                "tokens_used": sum(
                    _number(each, "input_tokens") + _number(each, "output_tokens") for each in trace.steps
                ),
                "cost_usd": round(sum(_number(each, "cost_microusd") for each in trace.steps) / 1_000_000, 6),
            },
            "policy_violations": facts.get("violations", 0),
        },
    }
    if facts.get("shed"):
        shape["trace"]["shed_payloads"] = facts["shed"]
    if facts.get("failure"):
        shape["trace"]["failure"] = facts["failure"]
    return shape


def text(document: Any) -> str:
    """A document as JSON for people and programs: what a terminal would obey, and what it could not print, is
    escaped."""
    told = json.dumps(document, indent=2, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", told)


def step(each: Step) -> dict[str, Any]:
    """One step: its type first, then what it says, then when."""
    document: dict[str, Any] = {"id": each.number, "type": each.type}
    if "tool" in each.fields:
        document["tool"] = each.fields["tool"]
    document |= {name: each.payload[name] for name in _SHOWN if name in each.payload}
    document |= {name: value for name, value in each.fields.items() if name not in document}
    if each.request_id:
        document["request_id"] = each.request_id
    return document | {"timestamp": timestamp(each.time)}


def timestamp(seconds: float) -> str:
    """Unix seconds as RFC 3339 in UTC, with milliseconds."""
    return (
        datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def _number(each: Step, name: str) -> int:
    value = each.fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def number(value: Any) -> float:
    """A moment that a trace tells of itself, in Unix seconds; 0 for what is none."""
    told = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 253_402_300_799
    return float(value) if told else 0.0
