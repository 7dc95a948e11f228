"""The request target, made canonical: what policy decides on is, byte for byte, what upstream receives.

A path has many spellings, and every difference between how we and how an upstream read one is a way around a rule. So
the path is normalised as RFC 3986 section 6.2.2 says (unreserved characters decoded, upper-case hex, dot segments
removed), and a spelling that some servers are known to read differently (dot segments behind encoded slashes,
backslashes, path parameters or a second layer of encoding) is refused rather than guessed at.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})?")
#: pchar and "/" of RFC 3986; the query may hold "?" too.
_PATH_OUTSIDE = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]")
_QUERY_OUTSIDE = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]")
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9\-._~!$&'()*+,=:@]*)+/?|/")
_SEPARATORS = re.compile(r"[/\\]")
_MAX_LAYERS = 4


class BadTarget(ValueError):
    """The request target cannot be read in one way only. The text says why."""


def parse(raw: str, scheme: str, authority: str) -> tuple[str, str]:
    """The canonical path and the query (without its question mark) of a request target.

    `raw` is in origin form, or in absolute form for exactly this `scheme` and `authority` (which RFC 9112 section 3.2.2
    obliges a server to accept). Anything else is a `BadTarget`.
    """
    if "#" in raw:
        raise BadTarget("the request target has a fragment")
    if not raw.startswith("/"):
        raw = _from_absolute(raw, scheme, authority)
    path, _, query = raw.partition("?")
    return canonical_path(path), _escape(query, _QUERY_OUTSIDE)


def canonical_path(path: str) -> str:
    """The one spelling of this path. `BadTarget` for what cannot have one."""
    if _PLAIN.fullmatch(path):
        return path
    if "\\" in path:
        raise BadTarget("the path has a backslash")
    path = _remove_dot_segments(_escape(path, _PATH_OUTSIDE))
    _refuse_hidden_dot_segments(path)
    return path


def _from_absolute(raw: str, scheme: str, authority: str) -> str:
    prefix = f"{scheme}://"
    if raw[: len(prefix)].lower() != prefix:
        raise BadTarget("the request target is neither a path nor a URL of this connection")
    named, slash, rest = raw[len(prefix) :].partition("/")
    if not slash:
        named, mark, rest = named.partition("?")
        rest = mark + rest
    if named.lower() != authority.lower():
        raise BadTarget("the request target names another host than the Host field")
    return "/" + rest


def _escape(text: str, outside: re.Pattern[str]) -> str:
    """Percent-encode what may not stand there, decode what need not be encoded, and spell hex in upper case."""
    text = outside.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)
    return _PERCENT.sub(_normal_percent, text)


def _normal_percent(match: re.Match[str]) -> str:
    if match[1] is None:
        return "%25"
    value = int(match[1], 16)
    if value < 0x20 or value == 0x7F:
        raise BadTarget(f"the request target holds the control character %{match[1].upper()}")
    character = chr(value)
    return character if character in _UNRESERVED else f"%{match[1].upper()}"


def _remove_dot_segments(path: str) -> str:
    """RFC 3986 section 5.2.4, for an absolute path."""
    out: list[str] = []
    segments = path.split("/")[1:]
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "..":
            if out:
                out.pop()
            if last:
                out.append("")
        elif segment == ".":
            if last:
                out.append("")
        else:
            out.append(segment)
    return "/" + "/".join(out)


def _refuse_hidden_dot_segments(path: str) -> None:
    """No reading of the path, through any layer of encoding, may hold a dot segment: `%2e%2e%2f`, `..%5c`, `/..;/`."""
    text = path.encode()
    for _ in range(_MAX_LAYERS):
        for segment in _SEPARATORS.split(text.decode("latin-1")):
            if segment.partition(";")[0] in (".", ".."):
                raise BadTarget("the path hides a dot segment that servers read differently")
        if b"%" not in text:
            return
        decoded = unquote_to_bytes(text)
        if decoded == text:
            return
        text = decoded
    raise BadTarget("the path is encoded many times over")
