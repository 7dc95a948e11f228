"""The headers in which an MCP request says once more what is in its body (revision 2026-07-28, "Standard headers").

Servers compare `Mcp-Method`, `Mcp-Name` and `Mcp-Param-*` with the body, but what lies before them may look at the
headers alone. So a header that says anything else than the body makes a request unreadable, and a header that mirrors
an argument changes with it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from akios_jail.providers.strictjson import Unreadable

_PARAM = "mcp-param-"
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\"';\s]*)", re.IGNORECASE)
#: Encodings in which JSON is, byte for byte, what it is in UTF-8 as far as its own characters go.
_ASCII = frozenset(("", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "iso-8859-15"))
_WRAPPED = re.compile(r"=\?base64\?(.*)\?=")
#: A whole number is the same number with zeros behind its point.
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class Declared(NamedTuple):
    """What the headers say: the method, the tool's name, and arguments' values as text by header. None: no such
    header."""

    method: str | None
    name: str | None
    params: dict[str, str]


def declared(headers: Sequence[tuple[str, str]]) -> Declared:
    """What the headers say. `Unreadable` for one that is there twice or that cannot be decoded."""
    found: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in ("mcp-method", "mcp-name") or lower.startswith(_PARAM):
            if lower in found:
                raise Unreadable(f"its {name[:60]} is there twice")
            found[lower] = _decoded(value)
    params = {name: value for name, value in found.items() if name.startswith(_PARAM)}
    return Declared(found.get("mcp-method"), found.get("mcp-name"), params)


def refuse_charset(headers: Sequence[tuple[str, str]]) -> None:
    """`Unreadable` for JSON that says it is in an encoding in which its bytes would be other words to some server."""
    for name, value in headers:
        if name.lower() == "content-type" and "json" in value.lower():
            for charset in _CHARSET.findall(value):
                if charset.lower() not in _ASCII:
                    raise Unreadable(f"its JSON is said to be encoded as {charset[:40]!r}")


def agree(said: Declared, method: str, name: str, arguments: dict[str, Any]) -> None:
    """`Unreadable` if the headers say another method, tool or argument than the body."""
    if said.method not in (None, method):
        raise Unreadable("its Mcp-Method is not the method of its body")
    if said.name not in (None, name):
        raise Unreadable("its Mcp-Name is not the tool of its body")
    values = {text for _, text in _by_path((), arguments)}
    for header, value in said.params.items():
        if value not in values:
            raise Unreadable(f"its {header[:60]} is no argument of its body")


def changed(headers: Sequence[tuple[str, str]], before: Any, after: Any) -> list[tuple[str, str]]:
    """The headers for arguments that were changed. `Unreadable` if a header may mirror one that was changed or one that
    was not."""
    old, new = dict(_by_path((), before)), dict(_by_path((), after))
    out: list[tuple[str, str]] = []
    for name, value in headers:
        if not name.lower().startswith(_PARAM):
            out.append((name, value))
            continue
        mirrored = {new.get(path) for path, text in old.items() if text == _decoded(value)}
        if len(mirrored) != 1:
            raise Unreadable(f"it cannot be told which argument {name[:60]} mirrors")
        text = mirrored.pop()
        if text is not None:
            out.append((name, _encoded(text)))
    return out


def _by_path(at: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """The values that a header can mirror, as it spells them: those under keys, not in arrays."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _by_path((*at, key), child)
    elif isinstance(value, bool):
        yield at, "true" if value else "false"
    elif isinstance(value, float) and value.is_integer():
        yield at, str(int(value))
    elif isinstance(value, (str, int, float)):
        yield at, str(value)


def _decoded(value: str) -> str:
    value = value.strip()
    wrapped = _WRAPPED.fullmatch(value)
    if wrapped is None:
        whole = _WHOLE.fullmatch(value)
        return value if whole is None else whole[1]
    try:
        return base64.b64decode(wrapped[1], validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Unreadable("a header of it is not base64 of a text") from None


def _encoded(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _WRAPPED.fullmatch(text):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="
