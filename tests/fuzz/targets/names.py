"""What people and agents write in one line: hosts, addresses, globs, quantities. Each line is a word and a text.

`host`, `url`, `connection`, `target`, `path`, `money`, `size`, `duration`, `visible`; `glob` is followed by a glob and
a path. Each is read in one way, in one spelling, or is a mistake with words.
"""

from __future__ import annotations

import re
from functools import cache

from akios_jail.broker import target
from akios_jail.control.visible import visible
from akios_jail.policy import explain, hosts, paths, quantities
from akios_jail.policy.hosts import HostError
from akios_jail.providers import registry
from tests.fuzz.words import has_words

TOKENS = (
    *(b"host ", b"url ", b"connection ", b"target ", b"path ", b"glob ", b"money ", b"size ", b"duration "),
    *(b"visible ", b"*.example.com", b"10.0.0.0/8", b"::ffff:127.0.0.1", b"[2001:db8::1]", b"0x7f.1", b"xn--"),
    *(b"/v1/**/x", b"/*", b"https://", b":443", b"%2e%2e", b"%252e", b"..;/", b"%5c", b"$1.50", b"5m", b"64MiB"),
    *(b"1e3", b"\xe2\x80\xae"),
)

#: A longer line is a matter of `repeated.py`.
_LONGEST = 300


def fuzz(data: bytes) -> None:
    """Read lines."""
    for line in data.decode("utf-8", "replace").split("\n")[:50]:
        line = line[:_LONGEST]
        kind, _, text = line.partition(" ")
        reader = _READERS.get(kind)
        if reader is not None:
            reader(text)


def _host(text: str) -> None:
    try:
        host = hosts.parse(text)
    except HostError as error:
        has_words(error)
        return
    assert hosts.parse(host.text) == host
    assert host.text == host.text.lower()
    assert host.text.isascii()


def _url(text: str) -> None:
    try:
        action = explain.request("POST", text)
    except explain.TargetError as error:
        has_words(error)
        return
    assert action.host == action.host.lower()
    assert action.path.startswith("/")
    assert action.path.isascii()
    try:
        path, query = target.parse(
            action.path + (f"?{action.query}" if action.query else ""), action.protocol, action.host
        )
    except target.BadTarget:
        return
    assert target.parse(f"{path}?{query}" if query else path, action.protocol, action.host) == (path, query)


def _connection(text: str) -> None:
    try:
        action = explain.connection(text)
    except explain.TargetError as error:
        has_words(error)
        return
    assert 0 < action.port < 65536


def _target(text: str) -> None:
    try:
        path, query = target.parse(text, "https", "api.example")
    except target.BadTarget as error:
        has_words(error)
        return
    assert target.parse(f"{path}?{query}" if query else path, "https", "api.example") == (path, query)
    assert not re.search(r"[^\x21-\x7e]", path + query)


def _path(text: str) -> None:
    plain = paths.plain(text)
    normal = registry.normal_path(text)
    assert registry.normal_path(normal) == normal or "%" in normal or not text.startswith("/")
    registry.spoken(text)
    registry.model_host("api.openai.com", text)
    if plain is not None:
        assert plain.startswith("/")


def _glob(text: str) -> None:
    """A glob matches what it says, as a reader without regular expressions has it."""
    given, _, path = text.partition(" ")
    try:
        glob = paths.check(given)
    except ValueError as error:
        has_words(error)
        return
    assert paths.check(glob) == glob
    plain = paths.plain(path)
    expected = plain is not None and _matches(tuple(paths.decoded(glob)[1:].split("/")), tuple(plain[1:].split("/")))
    assert paths.matches((glob,), path) is (expected or glob == paths.ANY)
    assert paths.covers((glob,), (glob,))
    assert paths.covers((paths.ANY,), (glob,))


def _matches(globs: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    """`**` is any number of segments; the last segment of a path that ends in a slash is empty."""

    @cache
    def rest(at: int, place: int) -> bool:
        if at == len(globs):
            return place == len(segments)
        if globs[at] == "**":
            if at == len(globs) - 1:
                return place < len(segments)
            return rest(at + 1, place) or (place < len(segments) and segments[place] != "" and rest(at, place + 1))
        return place < len(segments) and _within(globs[at], segments[place]) and rest(at + 1, place + 1)

    return rest(0, 0)


def _within(glob: str, segment: str) -> bool:
    if glob == "*":
        return segment != ""

    @cache
    def rest(at: int, place: int) -> bool:
        if at == len(glob):
            return place == len(segment)
        if glob[at] == "*":
            return rest(at + 1, place) or (place < len(segment) and rest(at, place + 1))
        return place < len(segment) and glob[at] == segment[place] and rest(at + 1, place + 1)

    return rest(0, 0)


def _money(text: str) -> None:
    try:
        amount = quantities.money(text)
    except ValueError as error:
        has_words(error)
        return
    assert type(amount) is int
    assert amount >= 0
    assert quantities.money(quantities.dollars(amount)) == amount


def _size(text: str) -> None:
    try:
        amount = quantities.size(text)
    except ValueError as error:
        has_words(error)
        return
    assert type(amount) is int
    quantities.bytes_(amount)


def _duration(text: str) -> None:
    try:
        seconds = quantities.duration(text)
    except ValueError as error:
        has_words(error)
        return
    assert 0 <= seconds < float("inf")
    quantities.time(seconds)


def _visible(text: str) -> None:
    """Nothing is hidden in what a person is shown, and all of it can be read back."""
    shown = visible(text)
    assert shown.isprintable()
    back = re.sub(r"\\(\\|u\{([0-9a-f]+)\})", lambda found: "\\" if found[2] is None else chr(int(found[2], 16)), shown)
    assert back == text


_READERS = {
    "host": _host,
    "url": _url,
    "connection": _connection,
    "target": _target,
    "path": _path,
    "glob": _glob,
    "money": _money,
    "size": _size,
    "duration": _duration,
    "visible": _visible,
}
