"""The header fields of a request: every name and every value, whoever writes it.

A value is replaced where that leaves a field. It cannot be in the name of a field, in a type (it says where the parts
of a body end) and in a key of the agent's own, which would be no key any more: then the field is told and the request
is for the caller to refuse. Keys are secrets where they belong, so there only the other kinds count.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from akios_jail.pii import keys
from akios_jail.pii.finding import Finding
from akios_jail.pii.redactor import Redactor

#: Fields that hold the key of whoever asks.
_KEYS = frozenset(
    ("authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token")
)
#: Fields that name programs with their versions: four numbers after a stroke are one there (RFC 9110 section 10.1.5).
_PRODUCTS = frozenset(("user-agent", "via", "x-goog-api-client", "x-amz-user-agent", "x-ms-useragent"))
_FOUR_NUMBERS = re.compile(r"\d+(?:\.\d+){3}")
#: What a name can hold, of whose characters most are letters: a number.
_DIGIT = re.compile(r"\d")
_LEAST_DIGITS = 5
#: What of a key is so long that nobody means it as a word: a token, of which any part may look like anything.
_TOKEN = re.compile(r"[0-9A-Za-z+/_=.~-]{24,}")
_BASIC = re.compile(r"basic +([0-9A-Za-z+/=_-]+)\s*", re.IGNORECASE)


class RedactedFields(NamedTuple):
    """The fields without personal data, how much of each kind was found, and what could not be replaced: by the name
    of its field, "" for a name itself."""

    fields: list[tuple[str, str]]
    counts: Counter[str]
    stuck: dict[str, Counter[str]]


def redact_fields(
    redactor: Redactor, fields: Iterable[tuple[str, str]], own_keys: Collection[str], keys_are_read: bool
) -> RedactedFields:
    """`own_keys`: further fields that hold keys, in small letters. `keys_are_read`: keys may hold no personal data
    either; elsewhere whoever is asked is told who asks. May raise `Unredactable`."""
    counts: Counter[str] = Counter()
    stuck: dict[str, Counter[str]] = {}
    new: list[tuple[str, str]] = []
    for name, value in fields:
        lower = name.lower()
        if len(_DIGIT.findall(name)) >= _LEAST_DIGITS:
            found = Counter(finding.kind for finding in redactor.find(lower.removeprefix("x-")))
            if found:
                stuck[""] = stuck.get("", Counter()) + found
        if lower in _KEYS or lower in own_keys:
            found = _in_key(redactor, value) if keys_are_read else Counter()
            if found:
                stuck[name] = found
        elif findings := _found(redactor, lower, value):
            if lower == "content-type":
                stuck[name] = Counter(finding.kind for finding in findings)
            else:
                counts.update(finding.kind for finding in findings)
                value = redactor.replace(value, findings, 0, len(value))
        new.append((name, value))
    return RedactedFields(new, counts, stuck)


def _found(redactor: Redactor, name: str, value: str) -> list[Finding]:
    meaning = keys.meaning(name)
    if meaning is not None and (meaning.kind == "secret" or name in _PRODUCTS):
        meaning = None  # `session_id` and `mcp-session-id` are what the host gave out
    findings = redactor.find(value, name, meaning)
    if name == "cookie":
        return [finding for finding in findings if finding.kind != "secret"]
    if name in _PRODUCTS or "version" in name:
        return [finding for finding in findings if not _is_version(finding, value, name not in _PRODUCTS)]
    return findings


def _is_version(finding: Finding, value: str, alone: bool) -> bool:
    if finding.kind != "ip_address" or not _FOUR_NUMBERS.fullmatch(value[finding.start : finding.end]):
        return False
    before = value[finding.start - 1 : finding.start]
    return before in ("/", "#") or (alone and finding.end - finding.start == len(value.strip()))


def _in_key(redactor: Redactor, value: str) -> Counter[str]:
    """What a key holds besides the key."""
    basic = _BASIC.fullmatch(value)
    value = _TOKEN.sub(" ", value) if basic is None else _decoded(basic.group(1))
    return Counter(finding.kind for finding in redactor.find(value) if finding.kind != "secret")


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_").decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return value
