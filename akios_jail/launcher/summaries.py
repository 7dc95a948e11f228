"""The summary of a session that its budget ended: its shape, its lines for a person, and its file.

What a broker says is shaped here like everything that it says (`hearsay`): bounded, every field of its type.
"""

from __future__ import annotations

import json
import os
from itertools import islice
from typing import Any

from akios_jail.launcher import hearsay

FOLDER = "summaries"
_NAMES = 65
_PENDING = 20
_REASON = 1_000
_TEXT = 4_000


def shaped(told: object) -> dict[str, Any] | None:
    """The summary in its shape, None if there is none. `text`: the model's, None where there is none."""
    if not isinstance(told, dict):
        return None
    pending = [item for item in hearsay.items(told.get("pending")) if isinstance(item, dict)]
    text = told.get("text")
    missing = told.get("text_missing")
    return {
        "reason": _words(told.get("reason"), _REASON),
        **{
            name: dict(islice(hearsay.counts(told.get(name)).items(), _NAMES))
            for name in ("calls", "tools", "hosts", "denials")
        },
        "pending": [
            {"what": _words(item.get("what"), 300), "seconds": hearsay.amount(item.get("seconds"))}
            for item in pending[:_PENDING]
        ],
        "text": _words(text, _TEXT) if isinstance(text, str) else None,
        "text_missing": _words(missing, _REASON) if isinstance(missing, str) else None,
    }


def lines(summary: dict[str, Any]) -> list[str]:
    """What a person reads, a few lines; whoever prints them makes them printable."""
    told = []
    for label, name in (("model calls", "calls"), ("tools", "tools"), ("hosts", "hosts"), ("denials", "denials")):
        most = sorted(summary[name].items(), key=lambda entry: (-entry[1], entry[0]))
        if most:
            more = f", and {len(most) - 5} more" if len(most) > 5 else ""
            told.append(f"{label}: {', '.join(f'{what} {count}' for what, count in most[:5])}{more}")
    told += [f"pending: {item['what']} for {item['seconds']} s" for item in summary["pending"][:3]]
    if summary["text"]:
        told += [f"  {line}" for line in summary["text"].splitlines() if line.strip()]
    elif summary["text_missing"]:
        told.append(f"no summary in words: {summary['text_missing']}")
    if "path" in summary:
        told.append(f"this summary is kept in {summary['path']}")
    elif "not_stored" in summary:
        told.append(f"this summary could not be kept: {summary['not_stored']}")
    return told


def keep(state_folder: str, session_id: str, document: dict[str, Any]) -> str:
    """Store the summary as JSON in the state folder; its path. `OSError` if that does not work."""
    folder = os.path.join(state_folder, FOLDER)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = os.path.join(folder, f"{session_id}.json")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(fd, "wb") as file:
            file.write(json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.unlink(path)  # half a document is worse than none
        raise
    return path


def _words(value: object, length: int) -> str:
    return value[:length] if isinstance(value, str) else ""
