"""Takes a redactor through a JSON document: every string, every key, and what a key calls personal.

Data is not text: a base64 value at a place where the wire format has data is left alone, but only if it really
decodes to bytes that are not text, and then it is counted as unread; text in base64 is redacted inside and encoded
again. JSON within a string (the arguments of a tool call) is parsed and redacted, so that an escaped character hides
nothing and the result is still JSON, with all else as it was written; what merely looks like JSON is redacted as text,
which cannot break it, because a placeholder has no character that means anything inside a JSON string.

In a JSON Schema the values of a property (its examples, its default) stand under the name of the property.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple, NoReturn

from akios_jail.pii import keys, legible
from akios_jail.pii.as_written import as_written
from akios_jail.pii.encodings import MAX_RUN
from akios_jail.pii.keys import MAX_PARENTS, Meaning
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.thoughts import TEXTS, Thoughts
from akios_jail.pii.vault import Unredactable
from akios_jail.policy import json_size

#: JSON in a string in JSON in a string …: from here on down it is text.
MAX_STRING_LEVELS = 6

#: So many keys without personal data are remembered while one document is looked through.
MAX_PLAIN = 4096

_DATA_URL = re.compile(r"data:([^,;]{0,100})[^,]{0,200};base64,", re.IGNORECASE)
#: A character that is written as JSON and most programming languages escape it.
_ESCAPE = re.compile(r"(?<!\\)\\(?:u([0-9A-Fa-f]{4})|x([2-7][0-9A-Fa-f]))")

#: Keys of a JSON Schema under which values stand of what the schema describes, and under which schemas do.
_VALUES = frozenset(("examples", "example", "default", "const", "enum"))
_SCHEMAS = frozenset(("items", "prefixItems", "anyOf", "oneOf", "allOf"))
#: The key of the names that an object may have, which is no name itself.
_NAMES = "properties"


class Data(NamedTuple):
    """A place of a document where data stands rather than text: base64 or a `data:` URL. `media`: its type, if the
    document says so. `sealed`: only the provider's own servers can read it, who wrote it, so it counts as no unread
    document."""

    path: tuple[str | int, ...]
    media: str = ""
    sealed: bool = False


class RedactedDocument(NamedTuple):
    """The document without personal data, how much of each kind was found, and what in it could not be read, by
    type."""

    document: Any
    counts: Counter[str]
    unread: Counter[str]


def redact_text(
    redactor: Redactor, text: str, counts: Counter[str], name: str = "", meaning: Meaning | None = None
) -> str:
    """One text, which stands under `name`, and its findings in `counts`. May raise `Unredactable`.

    Characters in it may be escaped as in JSON: it need not be JSON that can be parsed.
    """
    plain = _ESCAPE.sub(_character, text) if "\\u" in text or "\\x" in text else text
    redacted = redactor.redact(plain, name, meaning)
    if not redacted.findings:
        return text
    counts.update(finding.kind for finding in redacted.findings)
    return text if redacted.text == plain else redacted.text


def redact_document(
    redactor: Redactor,
    document: Any,
    data: Iterable[Data] = (),
    name: str = "",
    thoughts: Thoughts | None = None,
) -> RedactedDocument:
    """A redacted copy. `name` is what the document stands under; `thoughts` stay as they are. May raise
    `Unredactable`."""
    walk = _Walk(redactor, thoughts=thoughts)
    places: dict[Any, Any] = {}
    for each in data:
        node = places
        for key in each.path:
            node = node.setdefault(key, {})
        node[_HERE] = each
    return RedactedDocument(walk.value(document, _ROOT._replace(key=name), places), walk.counts, walk.unread)


def redact_value(redactor: Redactor, text: str, name: str, meaning: Meaning | None) -> RedactedDocument:
    """A text that stands under `name` and may be JSON or data itself. May raise `Unredactable`."""
    walk = _Walk(redactor)
    new = walk.value(text, _ROOT._replace(key=name, meaning=meaning), None)
    return RedactedDocument(new, walk.counts, walk.unread)


def _character(match: re.Match[str]) -> str:
    code = int(match.group(1) or match.group(2), 16)
    character = chr(code)
    return character if character.isprintable() and character not in '"\\' else match.group()


_HERE = object()


class _Place(NamedTuple):
    """Where a value is: under which key, what that says of it, which keys are above, in how many strings of JSON.

    `schema`: it is a JSON Schema, and the key is the name of the property that it describes.
    """

    key: str
    meaning: Meaning | None
    above: tuple[str, ...]
    level: int
    schema: bool = False


_ROOT = _Place("", None, (), 0)


class _Walk:
    def __init__(self, redactor: Redactor, plain: set[str] | None = None, thoughts: Thoughts | None = None) -> None:
        self._redactor = redactor
        self._thoughts = thoughts
        self._plain: set[str] = set() if plain is None else plain
        self.counts: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()

    def value(self, value: Any, at: _Place, places: dict[Any, Any] | None) -> Any:
        if isinstance(value, str):
            if places is not None and _HERE in places:
                return self._data(value, at, places[_HERE])
            return self._string(value, at)
        if isinstance(value, dict):
            return self._object(value, at, places)
        if isinstance(value, list):
            return [self.value(item, at, _below(places, index)) for index, item in enumerate(value)]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(value, at)
        return value

    def _object(self, value: dict[str, Any], at: _Place, places: dict[Any, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = {}
        doubles: dict[str, int] = {}
        above = (*at.above, at.key)[-MAX_PARENTS:] if at.key not in ("", _NAMES) else at.above
        meanings = keys.meanings(tuple(value), above)
        for (key, child), meaning in zip(value.items(), meanings, strict=True):
            name = key if key in self._plain else self._text(key, _ROOT)
            if name == key and len(self._plain) < MAX_PLAIN:
                self._plain.add(key)  # the keys of one object are those of the next
            if name in result:  # two spellings of one value have one placeholder
                doubles[name] = number = doubles.get(name, 1) + 1
                name = f"{name}'" if number == 2 else f"{name}'{number}"
                while name in result:
                    name += "'"
            if at.schema and (key in _VALUES or key in _SCHEMAS):
                place = at._replace(schema=key in _SCHEMAS)
            else:
                place = _Place(key, meaning, above, at.level, at.key == _NAMES)
            own = key in TEXTS and self._thoughts is not None and self._thoughts.signed(child, value.get("signature"))
            result[name] = child if own else self.value(child, place, _below(places, key))
        return result

    def _text(self, text: str, at: _Place) -> str:
        return redact_text(self._redactor, text, self.counts, at.key, at.meaning)

    def _string(self, text: str, at: _Place) -> str:
        if (len(text) > MAX_RUN or text[:5].lower() == "data:") and (data := self._base64(text, at, "")) is not None:
            return data
        hidden = legible.document_in(text)
        if hidden:
            self.unread[hidden] += 1
            return text
        if at.level >= MAX_STRING_LEVELS or not _may_be_json(text):
            return self._text(text, at)
        known = self._redactor.known
        name = known.name(text, (self._redactor.manner, repr(at)))
        outcome = known.outcome(name)
        if outcome is None:
            inner = json_in(text)
            if inner is None:
                return self._text(text, at)
            outcome = self._json(text, inner, at)
            known.keep(name, outcome)
        new, counts, unread = outcome or (None, {}, {})
        self.counts.update(counts)
        self.unread.update(unread)
        return text if new is None else str(new)

    def _json(self, text: str, inner: Any, at: _Place) -> list[Any]:
        """The text without personal data, None if it stays as it is, how much was found, and what could not be read;
        [] if nothing of all that."""
        walk = _Walk(self._redactor, self._plain)
        redacted = walk.value(inner, at._replace(level=at.level + 1), None)
        if not walk.counts:
            return [None, {}, dict(walk.unread)] if walk.unread else []
        new = None if redacted == inner else as_written(text, inner, redacted)
        return [new, dict(walk.counts), dict(walk.unread)]

    def _number(self, value: int | float, at: _Place) -> Any:
        """A number is personal only if its key says so, as in `"ssn": 123456789`; then a string takes its place."""
        if at.meaning is None and (isinstance(value, float) or not 10**5 <= value < 10**16):
            return value
        text = str(value)
        findings = self._redactor.find(text, at.key, at.meaning)
        if len(findings) != 1 or (findings[0].start, findings[0].end) != (0, len(text)):
            return value
        redacted = self._text(text, at)
        return value if redacted == text else redacted

    def _data(self, value: str, at: _Place, data: Data) -> str:
        redacted = self._base64(value, at, data.media, data.sealed)
        return self._string(value, at) if redacted is None else redacted

    def _base64(self, value: str, at: _Place, media: str, sealed: bool = False) -> str | None:
        """A value in base64 or a data URL, redacted inside; None if it is neither."""
        prefix = _DATA_URL.match(value)
        encoded = value[prefix.end() :] if prefix is not None else value
        decoded = _decoded(encoded)
        if decoded is None:
            return None
        if prefix is not None:
            media = prefix.group(1)
            value = self._text(prefix.group(), at._replace(meaning=None)) + encoded
        read = legible.read(decoded, media)
        if read is None:
            if not sealed:
                self.unread[legible.media(decoded, media)] += 1
            return value
        redacted = self._string(read.text, at)
        if redacted == read.text:
            return value
        return value[: len(value) - len(encoded)] + base64.b64encode(redacted.encode(read.coding)).decode()


def _below(places: dict[Any, Any] | None, key: str | int) -> dict[Any, Any] | None:
    return None if places is None else places.get(key)


def _decoded(value: str) -> bytes | None:
    """The bytes of a base64 value, in either alphabet, padded or not; None if it is not base64."""
    try:
        data = value.encode("ascii").translate(_STANDARD, b" \t\r\n")
        return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None


_STANDARD = bytes.maketrans(b"-_", b"+/")


def json_in(text: str) -> Any:
    """The object or array that the text is, or None. What two parsers may read differently counts as text.

    `Unredactable` for what would take too much memory to read: all else that reads it might take it for JSON.
    """
    if not _may_be_json(text):
        return None
    if excess := json_size.excess(text):
        raise Unredactable(f"JSON that is too large to be looked through: {excess}")
    try:
        value = json.loads(text.strip(_BLANKS), object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return value


_BLANKS = " \t\r\n"


def _may_be_json(text: str) -> bool:
    """Whether it begins and ends as an object or array does."""
    bare = text.strip(_BLANKS) if text[:1] in _OPENING else ""
    return len(bare) >= 2 and bare[0] + bare[-1] in ("{}", "[]")


#: The first character of a text that may be JSON.
_OPENING = frozenset("{[ \t\r\n")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key twice")
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
