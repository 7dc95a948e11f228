"""The records of one session as a run report: for one that left none since it was killed, and for all of its denials.

What only a report has (programs, what was beyond a limit) is not here; a denial of a tool call knows its rule here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

#: A session without an end on record. As a shell says: ended by SIGKILL.
_KILLED: Final = {
    "status": 137,
    "signal": 9,
    "code": "killed",
    "reason": "no end is on record: somebody killed the session, or the machine went down",
}
_PORTS: Final = {"https": 443, "http": 80}


class Record(NamedTuple):
    """One record of the audit log."""

    time: str
    type: str
    fields: dict[str, Any]


def document(session: str, records: Iterable[Record], policy_path: str) -> dict[str, Any]:
    """What a report would say. `policy_path`: absolute, "" if unknown; records do not have it."""
    denials: list[dict[str, Any]] = []
    start, end = Record("", "", {}), Record("", "", {})
    sha256, violations = "", 0
    for record in records:
        sha256 = record.fields.get("policy_sha256") or sha256
        if record.type == "session.start":
            start = record
        elif record.type == "session.end":
            end = record
        elif record.type == "session.violation":
            violations += 1
        elif record.type == "verdict" and record.fields.get("decision") in ("deny", "terminate"):
            denials.append(_denial(record))
    outcome = end.fields.get("outcome") if end.type else _KILLED
    outcome = outcome if isinstance(outcome, dict) else {"status": 0}
    known = {
        "session_id": session,
        "name": start.fields.get("name"),
        "policy": {"name": start.fields.get("policy_name"), "sha256": sha256, "path": policy_path},
        "started": start.time,
        "ended": end.time,
        "exit": outcome,
        "resources": {"wall_s": outcome.get("wall_s")},
        "denials": denials,
        "violations": violations,
    }
    counted = {"verdicts": {"deny": sum(each["times"] for each in denials)}, **end.fields}
    return {**counted, **known}


def _denial(record: Record) -> dict[str, Any]:
    fields = record.fields
    held = fields.get("held_back")
    return {
        "time": record.time,
        "code": fields.get("code"),
        "reason": fields.get("reason"),
        "rule": fields.get("rule"),
        "tool_rule": fields.get("tool_rule"),
        "what": _what(fields),
        # Equal ones that came too fast to be written one by one.
        "times": 1 + (held if type(held) is int and held > 0 else 0),
    }


def _what(fields: dict[str, Any]) -> str:
    """What was denied, in the words that reports have for it."""
    action = fields.get("action")
    if action == "dns":
        return f"DNS {fields.get('name')}"
    if action == "tool_call":
        return f"{fields.get('tool')}"
    protocol, port = fields.get("protocol"), fields.get("port")
    host = str(fields.get("host") or fields.get("address"))
    host = f"[{host}]" if ":" in host else host
    if action == "http":
        place = "" if port == _PORTS.get(str(protocol)) else f":{port}"
        return f"{fields.get('method')} {protocol}://{host}{place}{fields.get('path')}"
    return f"{protocol} {host}" if port is None else f"{protocol} {host}:{port}"
