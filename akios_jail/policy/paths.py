"""Path globs of HTTP rules: what a glob may say, what a request's path is compared as, and the match itself.

Servers disagree about what some paths mean: `/public/..%2Fadmin` is below `/public` to one and `/admin` to the next. A
rule that restricts paths therefore matches only paths that mean one thing everywhere. A path does not, and matches no
glob but `/**`, when it holds a dot segment, an empty segment (except a final slash), an encoded slash, backslash or
dot, an encoded percent sign before two hex digits, a backslash, a control character, a percent sign without two hex
digits, or bytes that are not UTF-8. Other percent-encodings are decoded before comparing (RFC 3986 §6.2.2), and case
matters.

`*` stands for any characters within one segment (a segment that is only `*` must not be empty), `**` for any number of
whole segments, none included: `/v1/**` is everything below `/v1/`, `/**/info` is `/info` anywhere.
"""

from __future__ import annotations

import functools
import re
from urllib.parse import unquote_to_bytes

#: The glob of a rule that does not restrict paths.
ANY = "/**"

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HIDDEN = re.compile(r"%(?:2[eEfF]|5[cC]|25[0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


def plain(path: str) -> str | None:
    """The path decoded for comparison, None if it does not mean one thing everywhere (see above)."""
    if not path.startswith("/") or _CONTROL.search(path) or "?" in path or "#" in path:
        return None
    if "%" in path:
        if _BAD_ESCAPE.search(path) or _HIDDEN.search(path):
            return None
        try:
            path = unquote_to_bytes(path).decode("utf-8")
        except UnicodeDecodeError:
            return None
        if _CONTROL.search(path.replace(" ", "")):
            return None
    for segment in path[1:].split("/")[:-1]:
        if segment == "":
            return None
    if "/." in path and any(segment.partition(";")[0] in (".", "..") for segment in path.split("/")):
        return None  # with parameters too: some servers read `..;x` as `..`
    return path


def check(glob: str) -> str:
    """The glob, repeated `**` made one; `ValueError` says what is wrong with it."""
    if not glob.startswith("/"):
        raise ValueError(f"{glob!r} does not begin with a slash: write {'/' + glob!r}")
    for mark, name in (("?", "a query"), ("#", "a fragment")):
        if mark in glob:
            raise ValueError(f"{glob!r} has {name} in it: a path ends before {mark!r}; use `when` to look at the query")
    if "%2a" in glob.lower():
        raise ValueError(f"{glob!r}: an encoded star could not be told from a wildcard")
    for segment in glob[1:].split("/"):
        if "**" in segment and segment != "**":
            raise ValueError(f"{glob!r}: `**` stands for whole segments only, as in /v1/**; `*` stands within one")
    if plain(glob.replace(" ", "%20")) is None:
        raise ValueError(
            f"{glob!r} can never match: it holds a dot segment, an empty segment, a backslash, a control character or "
            "an encoding that servers read differently"
        )
    while "/**/**" in glob:
        glob = glob.replace("/**/**", "/**")
    return glob


def decoded(glob: str) -> str:
    """A checked glob as it is compared. `ValueError` for one that `check` would have refused."""
    text = plain(glob.replace(" ", "%20"))
    if text is None:
        raise ValueError(f"{glob!r} is no glob of paths")
    return text


@functools.cache  # globs are the policy's words: there are only so many
def compiled(glob: str) -> re.Pattern[str]:
    """A pattern whose `fullmatch` on a `plain` path is the glob's. Atomic groups keep it linear on any input."""
    if glob == ANY:
        return re.compile(r"/.*", re.DOTALL)
    groups: list[list[str]] = [[]]  # the runs of segments between `**`
    for segment in decoded(glob)[1:].split("/"):
        if segment == "**":
            groups.append([])
        else:
            groups[-1].append(_segment(segment))
    # Every run has a fixed number of segments, so that its leftmost place is as good as any: no backtracking is needed.
    pattern = "".join(f"/{segment}" for segment in groups[0])
    for run in groups[1:-1]:
        pattern += r"(?>(?:/[^/]++)*?" + "".join(f"/{segment}(?=/)" for segment in run) + ")"
    if len(groups) > 1:
        last = groups[-1]
        if last:
            # The last run is anchored at the end: skip exactly what is before its fixed number of segments.
            tail = "".join(f"/{segment}" for segment in last)
            pattern += r"(?>(?:/[^/]++(?=(?:/[^/]*){" + str(len(last)) + r"}))*)" + tail
        else:
            pattern += "/.*"
    return re.compile(pattern, re.DOTALL)


def _segment(segment: str) -> str:
    """The pattern of one segment with its `*`."""
    if segment == "*":
        return "[^/]+"
    first, *rest = segment.split("*")
    pattern = re.escape(first)
    for chunk in rest[:-1]:
        if chunk:
            pattern += f"(?>[^/]*?{re.escape(chunk)})"
    if rest:
        pattern += f"[^/]*{re.escape(rest[-1])}"
    return pattern


def matches(globs: tuple[str, ...], path: str) -> bool:
    """Whether any of the rule's globs matches the request's path as sent (without the query)."""
    if ANY in globs:
        return True
    text = plain(path)
    return text is not None and any(compiled(glob).fullmatch(text) for glob in globs)


def covers(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """Whether every path that `narrow` allows is certainly allowed by `wide` too.

    Certain are: a glob that is there too, `/**`, everything below a folder under `FOLDER/**`, a plain path that a glob
    matches.
    """
    return ANY in wide or all(any(_within(outer, inner) for outer in wide) for inner in narrow)


def _within(outer: str, inner: str) -> bool:
    if outer == inner:
        return True
    outside, inside = decoded(outer), decoded(inner)
    folder = outside.removesuffix("**")
    if folder != outside and "*" not in folder and inside.startswith(folder):
        return True
    return "*" not in inside and compiled(outer).fullmatch(inside) is not None
