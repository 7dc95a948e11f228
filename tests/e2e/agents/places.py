"""Says of each place of a call what came of personal data in it. The program has `attempts`: functions by the name of
their place, which raise what the SDK raises."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

VALUES: dict[str, str] = json.loads(Path("values.json").read_text())
ANYWHERE: list[str] = json.loads(Path("anywhere.json").read_text())
EVERYTHING = "; ".join(f"{kind.replace('_', ' ')}: {value}" for kind, value in VALUES.items())
ESCAPED = "".join(f"\\u{ord(char):04x}" if char.isascii() else char for char in VALUES["email"])
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
#: What cannot be looked into, although all of it can be read.
PDF = b"%PDF-1.7\n1 0 obj (" + EVERYTHING.encode() + b") endobj\n"
LINES = "".join(
    json.dumps({"custom_id": kind, "body": {"messages": [{"role": "user", "content": f"{kind}: {value}"}]}}) + "\n"
    for kind, value in VALUES.items()
).replace(json.dumps(VALUES["email"])[1:-1], ESCAPED)
TABLE = ";".join(VALUES) + "\n" + ";".join(VALUES.values()) + "\n"
SCHEMA = {
    "type": "object",
    "description": EVERYTHING,
    "properties": {
        kind: {"type": "string", "examples": [value], "default": value, "enum": [value]}
        for kind, value in VALUES.items()
    },
}


def tell(attempts: dict[str, Callable[[], Any]]) -> None:
    """Try them all, or those that the command line names: by place, "answered" or the code of the refusal."""
    said = {}
    for place, attempt in attempts.items():
        try:
            attempt()
            said[place] = "answered"
        except Exception as error:  # whatever the SDK makes of it
            body = getattr(error, "body", None)
            inner = body.get("error", body) if isinstance(body, dict) else None
            code = inner.get("code") if isinstance(inner, dict) else None
            said[place] = code or f"{getattr(error, 'status_code', type(error).__name__)}"
    json.dump(said, sys.stdout)
