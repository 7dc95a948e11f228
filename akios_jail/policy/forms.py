"""Form-encoded bodies (application/x-www-form-urlencoded), read so that no server can read them otherwise.

Names with brackets are what Rack, PHP and Node make of them: `metadata[order]=7` is `{"metadata": {"order": "7"}}`, and
`expand[]=a&expand[]=b` is `{"expand": ["a", "b"]}`, and so is `expand[0]=a&expand[1]=b`. Every value is text. What
servers disagree about (a name that occurs twice, one that is both a value and a list, dots and spaces in names, escapes
that are none) has no reading. A form that a condition was asked about is sent as it was read: written again from the
pairs, in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus, unquote_to_bytes, urlencode

#: A larger form has no reading.
MAX_BYTES: Final = 1024 * 1024
MAX_FIELDS: Final = 1000
#: Levels of brackets in one name.
MAX_LEVELS: Final = 16

_TYPE: Final = "application/x-www-form-urlencoded"
_NAME: Final = re.compile(r"([^\[\].\x00-\x20\x7f]+)((?:\[[^\[\]\x00-\x1f\x7f]*\])*)")
_BAD_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
#: `_method=…`, each of its letters escaped or not, wherever some server sees a field begin. PHP takes a dot in a name
#: for `_`, and reads it up to a zero byte.
_METHOD: Final = re.compile(
    rb"(?:^|[&;])(?:[\s+]|%20|%0[9a-d])*(?:[_.]|%5f|%2e)"
    rb"(?:m|%[46]d)(?:e|%[46]5)(?:t|%[57]4)(?:h|%[46]8)(?:o|%[46]f)(?:d|%[46]4)"
    rb"(?:[\s+]|%20|%0[9a-d])*(?:(?:\0|%00)[^&;=]*)?=([^&;]*)",
    re.IGNORECASE,
)


class Unreadable(Exception):
    """The form has no reading that every server shares. The message is a clause: what is wrong with it."""


class Form(NamedTuple):
    """A form as it was read: its fields in their order, and what they come to."""

    pairs: tuple[tuple[str, str], ...]
    value: dict[str, Any]

    @property
    def encoded(self) -> bytes:
        """The form as it is sent."""
        return urlencode(self.pairs).encode()


def kind(headers: Iterable[tuple[str, str]]) -> str:
    """What a body is by its Content-Type: form | multipart | doubtful (a form to some servers) | other, "" if none is
    stated."""
    stated = [value.strip().lower() for name, value in headers if name.lower() == "content-type"]
    if not stated:
        return ""
    whole = ",".join(stated)
    if _TYPE not in whole:
        return "multipart" if "multipart/" in whole else "other"
    media, _, parameters = stated[0].partition(";")
    plain = parameters.replace('"', "").replace(" ", "") in ("", "charset=utf-8")
    return "form" if len(stated) == 1 and media.strip() == _TYPE and plain else "doubtful"


def read(body: bytes) -> Form:
    """The form in a body. `Unreadable` for anything that servers may read in different ways."""
    if len(body) > MAX_BYTES:
        raise Unreadable(f"it is larger than the {MAX_BYTES} bytes that a form may have")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8") from None
    if text.lstrip()[:1] in ("{", "["):
        raise Unreadable("it looks like JSON: its Content-Type should be application/json")
    pieces = [piece for piece in text.split("&") if piece]
    if len(pieces) > MAX_FIELDS:
        raise Unreadable(f"it has more than {MAX_FIELDS} fields")
    pairs = tuple(_pair(piece) for piece in pieces)
    value: dict[str, Any] = {}
    for name, content in pairs:
        _put(value, name, content)
    return Form(pairs, {name: _counted(each, name) for name, each in value.items()})


def overriding(body: bytes) -> list[str]:
    """The methods that some server would take the request for because of a field `_method`, in capitals."""
    found = (unquote_plus(match.group(1).decode("latin-1")) for match in _METHOD.finditer(body))
    return [method.strip().upper() for method in found]


def _pair(piece: str) -> tuple[str, str]:
    if _CONTROL.search(piece):
        raise Unreadable("it has a control character in it")
    if _BAD_ESCAPE.search(piece):
        raise Unreadable("it has a percent sign that escapes nothing")
    name, equals, value = piece.partition("=")
    if not equals:
        raise Unreadable(f"its field {piece[:80]!r} has no value")
    try:
        name, value = (unquote_to_bytes(part.replace("+", " ")).decode() for part in (name, value))
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8") from None
    if "\0" in value:
        raise Unreadable(f"the value of {name[:80]!r} has a zero byte in it, where some servers stop reading")
    return name, value


def _counted(value: Any, name: str) -> Any:
    """`value` with texts that are numbered from 0 as the list that most servers make of them.

    Numbered otherwise they are a list to some servers and none to others, and a rule that looks for one of them in a
    list would not find it.
    """
    if not isinstance(value, dict):
        return value
    if any(isinstance(each, str) and key.isdigit() for key, each in value.items()):
        if list(value) != [str(number) for number in range(len(value))]:
            raise Unreadable(f"{name[:80]!r} holds values that are not numbered from 0: a list to some servers only")
        return [_counted(each, key) for key, each in value.items()]
    return {key: _counted(each, key) for key, each in value.items()}


def _put(value: dict[str, Any], name: str, content: str) -> None:
    """Put one field where its name says."""
    shape = _NAME.fullmatch(name)
    if shape is None or name == "_charset_":
        raise Unreadable(f"the name {name[:80]!r} means different things to different servers")
    path = [shape.group(1), *re.findall(r"\[([^\[\]]*)\]", shape.group(2))]
    many = path[-1] == "" and len(path) > 1
    if many:
        path.pop()
    if "" in path or len(path) > MAX_LEVELS:
        raise Unreadable(f"the name {name[:80]!r} means different things to different servers")
    place = value
    for step in path[:-1]:
        inner = place.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Unreadable(f"{name[:80]!r} is inside what is a value elsewhere")
        place = inner
    if many:
        listed = place.setdefault(path[-1], [])
        if not isinstance(listed, list):
            raise Unreadable(f"{name[:80]!r} is a list and something else, too")
        listed.append(content)
        return
    if path[-1] in place:
        raise Unreadable(f"the name {name[:80]!r} occurs twice, and servers differ about which one counts")
    place[path[-1]] = content
