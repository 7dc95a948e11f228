"""A record in the Common Event Format (CEF:0), which log collectors of many makers read. Pure.

    CEF:0|AKIOS|jail|1.0|verdict|http deny|6|rt=1769860800250 externalId=41 act=deny dhost=evil.example …

In the header a pipe and a backslash are escaped; in the extension an equals sign, a backslash and a line's end.
Whatever else is not printable is spelled out, so that a line stays one line for readers of every habit.
"""

from __future__ import annotations

import json
from typing import Any

from akios_jail.audit.leaf import Leaf
from akios_jail.audit.moments import milliseconds

#: Fields that have a key of their own in CEF's dictionary.
_KEYS = {
    "decision": "act",
    "host": "dhost",
    "address": "dst",
    "port": "dpt",
    "protocol": "app",
    "method": "requestMethod",
    "path": "request",
    "reason": "reason",
    "status": "outcome",
    "request_bytes": "out",
    "response_bytes": "in",
    "request_id": "deviceExternalId",
}
#: The custom strings, with what they hold here.
_LABELS = (("cs1", "session"), ("cs2", "policy_sha256"), ("cs3", "code"), ("cs4", "rule"), ("cs5", "tool"))
#: Most characters of one value, and of all that has no key of its own.
_MOST, _MOST_REST = 1023, 4000


def cef(index: int, record: Leaf, origin: str, version: str) -> str:
    """The line of one record, without a newline."""
    fields = dict(record.fields)
    name = " ".join(str(fields[key]) for key in ("action", "decision") if isinstance(fields.get(key), str))
    header = ["AKIOS", "jail", version, record.type, name or record.type, str(_severity(record))]
    extension = {
        "rt": str(milliseconds(record.time)),
        "externalId": str(index),
        "cat": record.type,
        "dvchost": origin,
    }
    for field, key in _KEYS.items():
        if _plain(fields.get(field)):
            extension[key] = _text(fields.pop(field))
    for key, field in _LABELS:
        value = record.session if field == "session" else fields.get(field)
        if _plain(value) and value != "":
            fields.pop(field, None)
            extension[key + "Label"] = field
            extension[key] = _text(value)
    if fields:
        extension["cs6Label"] = "fields"
        extension["cs6"] = _shortened(json.dumps({"n": record.n, **fields}, separators=(",", ":")), _MOST_REST)
    words = " ".join(f"{key}={_in_extension(value)}" for key, value in extension.items())
    return f"CEF:0|{'|'.join(map(_in_header, header))}|{words}"


def _severity(record: Leaf) -> int:
    """0 (nothing) to 10: a refusal is worth a look, a violation or a damaged journal more."""
    if record.type in ("session.violation", "log.recovered"):
        return 8
    return {"deny": 6, "terminate": 8, "hold": 4}.get(str(record.fields.get("decision")), 2)


def _plain(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _shortened(str(value), _MOST)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\u2026"


def _in_header(text: str) -> str:
    return _shown(_shortened(text, _MOST).replace("\\", "\\\\").replace("|", "\\|"), {})


def _in_extension(text: str) -> str:
    return _shown(text.replace("\\", "\\\\").replace("=", "\\="), {"\n": "\\n", "\r": "\\r"})


def _shown(text: str, ends: dict[str, str]) -> str:
    """The text without characters that are not printable: each as its code point, a line's end as `ends` has it."""
    return "".join(char if char.isprintable() else ends.get(char, f"\\\\u{{{ord(char):x}}}") for char in text)
