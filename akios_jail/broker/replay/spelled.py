"""A request as it is compared, and as people read it where two differ.

Left out is what differs from one run of the same program to the next and means nothing (`docs/replay.md` lists it):
keys, what software says of itself, numbers for tracing, the order of the keys of JSON, the boundary of parts. What
stands for personal data may have another number, if it is the same one for the same thing throughout.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Collection
from itertools import islice
from typing import Final, NamedTuple

from akios_jail.broker.hidden import SPELLED
from akios_jail.radar.recorded import MASK, Attempt

#: Header fields that are not compared.
_VOLATILE: Final = re.compile(
    r"user-agent|date|x-amz-date|x-amz-user-agent|amz-sdk-invocation-id|x-goog-api-client|x-akios-task|"
    r"(?:x-)?idempotency-key|x-request-id|x-correlation-id|x-client-request-id|request-id|traceparent|tracestate|"
    r"baggage|x-b3-.*|sentry-trace|x-datadog-.*|x-stainless-(?!retry-count|helper).*|content-length|connection|"
    r"accept-encoding|x-amz-content-sha256",
    re.IGNORECASE,
)
_BOUNDARY: Final = re.compile(r"boundary=\"?([^\";\s]+)", re.IGNORECASE)
#: Lines of a difference that are told, and characters of one.
MAX_LINES: Final = 200
MAX_LINE: Final = 400
#: Lines that are compared from the first difference on, as comparing takes the square of them.
MOST_COMPARED: Final = 1_000
_AROUND: Final = 3
#: With more placeholders in one request than this, their numbers are compared, too.
MAX_TOKENS: Final = 10_000


class Spelled(NamedTuple):
    """`text`: the whole request, line by line. `digest`: of it, whatever the numbers of placeholders. `tokens`: these,
    in the order in which each is met first."""

    text: str
    digest: str
    tokens: tuple[str, ...]


def spelled(attempt: Attempt, kinds: Collection[str]) -> Spelled:
    """The request of an attempt. `kinds`: what placeholders are called that stand for something, in capitals."""
    numbers: dict[str, int] = {}
    text = "\n".join([f"{attempt.method} {where(attempt)}", *_fields(attempt), "", _body(attempt)])

    def numbered(match: re.Match[str]) -> str:
        if match.group(1) not in kinds:
            return match.group()
        number = numbers.setdefault(f"[{match.group(1)}_{match.group(2)}]", len(numbers) + 1)
        return f"[{match.group(1)} {number}]"

    plain = SPELLED.sub(numbered, text) if kinds else text
    if len(numbers) > MAX_TOKENS:
        plain, numbers = text, {}
    digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
    return Spelled(text, digest, tuple(numbers))


def where(attempt: Attempt) -> str:
    """The address of a request."""
    default = {"https": 443, "http": 80}.get(attempt.protocol)
    port = "" if attempt.port == default else f":{attempt.port}"
    query = f"?{attempt.query}" if attempt.query else ""
    return f"{attempt.protocol}://{attempt.host}{port}{attempt.path}{query}"


def difference(recorded: str, asked: str) -> list[str]:
    """Two requests as a unified diff, within bounds: from the first line that differs on."""
    there, here = recorded.splitlines(), asked.splitlines()
    first = next((at for at, pair in enumerate(zip(there, here, strict=False)) if pair[0] != pair[1]), 0)
    begin = max(0, first - _AROUND)
    there, here = there[begin : begin + MOST_COMPARED], here[begin : begin + MOST_COMPARED]
    found = difflib.unified_diff(there, here, "recorded", "replayed", n=_AROUND, lineterm="")
    # Lines are counted from where the comparison begins, which is nobody's line number.
    lines = ("@@" if line.startswith("@@ ") else line for line in found)
    told = [line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}…" for line in islice(lines, MAX_LINES + 1)]
    return told if len(told) <= MAX_LINES else [*told[:MAX_LINES], "… and more"]


def _fields(attempt: Attempt) -> list[str]:
    kept = []
    for name, value in attempt.headers:
        lower = name.lower()
        if _VOLATILE.fullmatch(lower) or value == MASK:
            continue
        if lower == "content-type":
            value = _BOUNDARY.sub("boundary=…", value)
        kept.append(f"{lower}: {value}")
    return sorted(kept)


def _body(attempt: Attempt) -> str:
    if attempt.request is None and attempt.request_sha256:
        return f"a body that is not kept, SHA-256 {attempt.request_sha256}"
    data = attempt.request or b""
    kind = next((value for name, value in attempt.headers if name.lower() == "content-type"), "")
    if kind.lower().startswith("multipart/") and (found := _BOUNDARY.search(kind)) is not None:
        data = data.replace(found.group(1).encode(), b"boundary")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}"
    try:
        return json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
