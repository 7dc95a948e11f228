"""Takes a redactor through a JSON document: every string, every key, and numbers that a key calls personal.

Data is not text: a base64 value at a place where the wire format has data is left alone, but only if it really
decodes to bytes that are not text; text in base64 is redacted inside and encoded again. JSON within a string (the
arguments of a tool call) is parsed, redacted and written again, so that an escaped character hides nothing and the
result is still JSON; what merely looks like JSON is redacted as text, which cannot break it, because a placeholder
has no character that means anything inside a JSON string.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple, NoReturn

from akios_jail.pii.redactor import Redactor

#: JSON in a string in JSON in a string …: from here on down it is text.
MAX_STRING_LEVELS = 6

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,")


class RedactedDocument(NamedTuple):
    """The document without personal data, and how much of each field was found."""

    document: Any
    counts: Counter[str]


def redact_document(
    redactor: Redactor, document: Any, data_paths: Iterable[tuple[str | int, ...]] = ()
) -> RedactedDocument:
    """A redacted copy. `data_paths` are the places of base64 values and of `data:` URLs. May raise `Unredactable`."""
    walk = _Walk(redactor)
    places: dict[Any, Any] = {}
    for path in data_paths:
        node = places
        for key in path:
            node = node.setdefault(key, {})
        node[_HERE] = True
    return RedactedDocument(walk.value(document, "", places, 0), walk.counts)


_HERE = object()


class _Walk:
    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.counts: Counter[str] = Counter()

    def value(self, value: Any, context: str, places: dict[Any, Any] | None, level: int) -> Any:
        if isinstance(value, str):
            if places is not None and _HERE in places:
                return self._data(value, context, level)
            return self._string(value, context, level)
        if isinstance(value, dict):
            return self._object(value, context, places, level)
        if isinstance(value, list):
            return [self.value(item, context, _below(places, index), level) for index, item in enumerate(value)]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(value, context)
        return value

    def _object(self, value: dict[str, Any], context: str, places: dict[Any, Any] | None, level: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, child in value.items():
            name = self._text(key, "")
            while name in result:  # two spellings of one value have one placeholder
                name += "'"
            result[name] = self.value(child, key, _below(places, key), level)
        return result

    def _text(self, text: str, context: str) -> str:
        redacted = self._redactor.redact(text, context)
        if redacted.findings:
            self.counts.update(finding.kind for finding in redacted.findings)
        return redacted.text

    def _string(self, text: str, context: str, level: int) -> str:
        inner = _json_in(text) if level < MAX_STRING_LEVELS else None
        if inner is None:
            return self._text(text, context)
        before = self.counts.total()
        redacted = self.value(inner, context, None, level + 1)
        if self.counts.total() == before:
            return text
        separators = (", ", ": ") if ": " in text else (",", ":")
        return json.dumps(redacted, ensure_ascii=False, separators=separators)

    def _number(self, value: int | float, context: str) -> Any:
        """A number is personal only if its key says so, as in `"ssn": 123456789`; then a string takes its place."""
        if isinstance(value, float) or not 10**5 <= value < 10**16:
            return value
        text = str(value)
        findings = self._redactor.find(text, context)
        if len(findings) != 1 or (findings[0].start, findings[0].end) != (0, len(text)):
            return value
        return self._text(text, context)

    def _data(self, value: str, context: str, level: int) -> str:
        prefix = _DATA_URL.match(value)
        encoded = value[prefix.end() :] if prefix is not None else value
        decoded = _decoded(encoded)
        if decoded is None:
            return self._string(value, context, level)
        try:
            text = decoded.decode("utf-8")
        except UnicodeDecodeError:
            return value
        before = self.counts.total()
        redacted = self._string(text, context, level)
        if self.counts.total() == before:
            return value
        return value[: len(value) - len(encoded)] + base64.b64encode(redacted.encode()).decode()


def _below(places: dict[Any, Any] | None, key: str | int) -> dict[Any, Any] | None:
    return None if places is None else places.get(key)


def _decoded(value: str) -> bytes | None:
    """The bytes of a base64 value, in either alphabet, padded or not; None if it is not base64."""
    try:
        data = value.encode("ascii").translate(_STANDARD)
        return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _json_in(text: str) -> Any:
    """The object or array that the text is, or None. What two parsers may read differently counts as text."""
    bare = text.strip(" \t\r\n")
    if len(bare) < 2 or bare[0] + bare[-1] not in ("{}", "[]"):
        return None
    try:
        value = json.loads(bare, object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key twice")
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
