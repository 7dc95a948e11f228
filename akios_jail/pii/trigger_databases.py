"""Triggers compiled into Hyperscan databases, and these as bytes and back.

Compiling the patterns of all kinds takes seconds of a processor, reading what was compiled before two milliseconds. So
it is done once for a set of patterns and a process, and `trigger_cache` keeps it for the next one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import hyperscan  # type: ignore[import-untyped,unused-ignore]

from akios_jail.pii.finding import BYTES, PHRASES

#: Of one set of patterns: a database of those over bytes and one of those over characters, or only one of these.
Databases = tuple[Any, ...]


class Patterns(NamedTuple):
    """Patterns that are compiled together, numbered from `first` on."""

    first: int
    texts: tuple[str, ...]


def compiled(patterns: Patterns) -> Databases:
    """Compile these patterns; what matches has the number of its pattern. `ValueError` for one that cannot be.

    Two databases, of the patterns over bytes and of those over characters: one takes half as long again. They are
    compiled at the same time, where there are two processors for it. Of a pattern
    that is a choice of phrases and nothing else, each phrase is compiled by itself, which takes a twentieth; of one in
    which such a choice is marked (`PHRASES`), a few of them together.
    """
    by_flags: dict[int, list[tuple[str, int]]] = {}
    for number, text in enumerate(patterns.texts, patterns.first):
        for part in _apart(text) if _PHRASES.match(text) else _by_a_few(text):
            by_flags.setdefault(_flags(part), []).append((part, number))
    threads = ThreadPoolExecutor(max(1, len(by_flags)))  # compiling lets go of the interpreter's lock
    try:
        return tuple(threads.map(_database, by_flags.values(), by_flags))
    finally:
        threads.shutdown(wait=False)  # who is interrupted does not wait for it


def dumped(databases: Databases) -> list[bytes]:
    """Each as bytes that `loaded` reads on this platform (`platform`)."""
    return [hyperscan.dumpb(database) for database in databases]


def loaded(parts: Sequence[bytes]) -> Databases:
    """What `dumped` gave. `ValueError` for anything that Hyperscan does not take for a database of its own.

    It checks a version, a platform and a sum, no more: whoever can choose these bytes chooses what this process does.
    """
    try:
        return tuple(hyperscan.loadb(part, hyperscan.HS_MODE_BLOCK) for part in parts)
    except hyperscan.HyperscanError as error:
        raise ValueError(f"no database of triggers: {error}") from error


@cache
def platform() -> str:
    """What a database is good for beside its patterns: the library that compiled it, and features of the processor."""
    told = _database([("a", 0)], 0).info()
    version = hyperscan.__version__  # type: ignore[attr-defined,unused-ignore]
    return f"{version} {told.decode()} {os.uname().machine}"


def _apart(phrases: str) -> list[str]:
    """The phrases, but those that end with another one: where they end, that ends, too."""
    every = set(_BETWEEN.split(phrases))
    return [one for one in sorted(every) if not any(one[first:] in every for first in range(1, len(one)))]


def _by_a_few(pattern: str) -> list[str]:
    """The pattern with `_TOGETHER` of the phrases of its marked choice at a time: those that begin alike."""
    head, _, rest = pattern.partition(PHRASES)
    choice = _CHOICE.match(rest)
    if choice is None or _WHOLE.match(head) is None:
        return [pattern]  # no mark, or none of ours: a policy's pattern may have these letters
    phrases = sorted(_BETWEEN.split(choice["phrases"]), key=str.lower)
    some = (phrases[first : first + _TOGETHER] for first in range(0, len(phrases), _TOGETHER))
    return [f"{head}{choice['opens']}{'|'.join(few)}{rest[choice.end('phrases') :]}" for few in some]


def _database(patterns: Sequence[tuple[str, int]], flags: int) -> Any:
    """Of patterns, each with its number."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[pattern.encode() for pattern, _ in patterns],
            ids=[number for _, number in patterns],
            elements=len(patterns),
            flags=[flags] * len(patterns),
        )
    except hyperscan.HyperscanError as error:
        raise ValueError(f"a trigger cannot be compiled: {error}") from error
    return database


def _flags(pattern: str) -> int:
    """Whether a pattern must know where characters begin.

    One that names only ASCII characters and no others ("any but a digit", ".") matches the same bytes either way, and
    as bytes it costs a third, to compile and to look for. So does a phrase in any script, and what says
    that it is over bytes.
    """
    bytewise = (
        pattern.startswith(BYTES)
        or _PHRASES.match(pattern) is not None
        or (pattern.isascii() and _NAMES_OTHERS.search(_CLASS.sub(_without_dots, pattern)) is None)
    )
    return 0 if bytewise else int(hyperscan.HS_FLAG_UTF8)


def _without_dots(of_class: re.Match[str]) -> str:
    written = of_class.group()
    return written.replace(".", "") if written[0] == "[" else written


#: Characters in brackets, among which a dot is a dot; and what is escaped, which begins none.
_CLASS = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]")
#: What stands for characters that are not named: a negated class, a dot, a negated shorthand, a code point. Where
#: something is quoted (`\Q`), brackets are none.
_NAMES_OTHERS = re.compile(r"\[\^|(?<!\\)(?:\\\\)*\.|\\[DHNPQRSVWXpx]")
#: Phrases, in which nothing has another meaning than itself, and what is between them.
_PHRASES = re.compile(r"(?:[^\\()\[\]{}.*+?^$]|\\[^\w\s])+\Z")
_BETWEEN = re.compile(r"(?<!\\)\|")
#: A group of phrases; so many of them are compiled together.
_CHOICE = re.compile(r"(?P<opens>\(\?i?:)(?P<phrases>(?:[^\\()]|\\.)+)\)")
_TOGETHER = 8
#: Nothing is left open: no bracket, no escape.
_WHOLE = re.compile(r"(?!.*\\Q)(?:\\.|\[(?:\\.|[^\]\\])+\]|[^\\\[])*\Z", re.DOTALL)
