"""Puts keys where they belong, and tells what is left of a request once every placeholder in its place is taken out.

A key goes in where its placeholder stands and only there: in the header field or query parameter that the policy
names, on its own, behind a scheme (`Bearer …`), or inside `Basic` (git and Stripe's clients). A request without the
placeholder goes as it is: what an agent brings of its own is not ours to replace. What is left is then searched for
placeholders: there is no other place where one may be.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import NamedTuple
from urllib.parse import quote, unquote_plus

from akios_jail.credentials.find import Finder
from akios_jail.credentials.keys import Held, Key

Headers = list[tuple[str, str]]


class Head(NamedTuple):
    """What a request says before its body. `path` and `query` are percent-encoded."""

    host: str
    method: str
    path: str
    query: str
    headers: Headers


class Placed(NamedTuple):
    """`headers` and `query` as upstream is to get them; `rest` is the head without what was rightly in its place.

    `used`: the credentials that went in.
    """

    headers: Headers
    query: str
    rest: Head
    used: tuple[str, ...]


class Stray(NamedTuple):
    """A placeholder, or a key, that is not in its place. `where`: host | method | path | query | body | header NAME."""

    key: Key
    where: str


def place(head: Head, bound: list[Held]) -> Placed:
    """The head with the keys of these credentials (those bound to its host) in it, but for signatures."""
    headers, query = list(head.headers), head.query
    left_headers, left_query = list(head.headers), head.query
    used = []
    for held in bound:
        key = held.keys.get("key")
        if key is None:
            continue
        before = (headers, query)
        if held.plan.place == "header":
            headers, left_headers = _in_fields(headers, left_headers, {name.lower() for name in held.plan.fields}, key)
        elif held.plan.place == "query":
            query, left_query = _in_query(query, left_query, held.plan.fields[0], key)
        if (headers, query) != before:
            used.append(held.plan.name)
    rest = head._replace(query=left_query, headers=left_headers)
    return Placed(headers, query, rest, tuple(used))


def stray(rest: Head, finder: Finder) -> Stray | None:
    """The first placeholder or key in what `place` left, None if there is none."""
    if (key := finder.find_name(rest.host)) is not None:
        return Stray(key, "host")
    fields = [(f"header {name}", f"{name}: {value}") for name, value in rest.headers]
    places = [("method", rest.method), ("path", rest.path), ("query", rest.query), *fields]
    if finder.find_text("\n".join(text for _, text in places)) is None:
        return None
    for where, text in places:
        if (key := finder.find_text(text)) is not None:
            return Stray(key, where)
    return None


def _in_fields(headers: Headers, left: Headers, wanted: set[str], key: Key) -> tuple[Headers, Headers]:
    """Both lists have the same fields in the same order: one gets the key, the other loses the placeholder."""
    result, rest = [], []
    for (name, value), (_, value_left) in zip(headers, left, strict=True):
        if name.lower() in wanted:
            value, value_left = _in_value(value, value_left, key)
        result.append((name, value))
        rest.append((name, value_left))
    return result, rest


def _in_value(value: str, left: str, key: Key) -> tuple[str, str]:
    if key.placeholder in value:
        return value.replace(key.placeholder, key.value, 1), left.replace(key.placeholder, "", 1)
    scheme, _, coded = value.partition(" ")
    if scheme.lower() == "basic":
        try:
            plain = b64decode(coded.strip(), validate=True).decode("utf-8", "surrogateescape")
        except (ValueError, binascii.Error):
            return value, left
        rest = plain if left == value else left  # another key may have gone into the same value before
        if key.placeholder in plain:
            whole = plain.replace(key.placeholder, key.value, 1).encode("utf-8", "surrogateescape")
            return f"{scheme} {b64encode(whole).decode()}", rest.replace(key.placeholder, "", 1)
        if key.value in plain:
            return value, rest.replace(key.value, "", 1)
    return value, left.replace(key.value, "", 1)  # the agent's own copy of the key, where the key belongs


def _in_query(query: str, left: str, wanted: str, key: Key) -> tuple[str, str]:
    result, rest = query.split("&"), left.split("&")
    for at, pair in enumerate(result):
        name, _, value = pair.partition("=")
        if unquote_plus(name) == wanted and unquote_plus(value) in (key.placeholder, key.value):
            result[at] = f"{name}={quote(key.value, safe='')}"
            rest[at] = f"{name}="
    return "&".join(result), "&".join(rest)
