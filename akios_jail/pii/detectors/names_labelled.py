"""Names after what forms call people: `Customer: Jane Doe`, `| Kunde | Jane Doe |`, `Mieter ........ Jane Doe`.

The label is all that stands before the sign, in its line or in its cell; a number after it (`Passenger 2:`) or a remark
in brackets belongs to it. Signs before a capital are many, so the label is looked up before anything else is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from akios_jail.pii.detectors import name_labels, name_roles, name_words
from akios_jail.pii.detectors.name_grammar import MAX_NAME, THINGS, is_thing, name_at, named, whole_name
from akios_jail.pii.detectors.name_signs import UP
from akios_jail.pii.detectors.phrases import phrases_of
from akios_jail.pii.finding import Finding
from akios_jail.pii.keys import MACHINES

#: What stands between a label and a name, up to the name's first letter.
SIGN = rf"(?:: {{1,8}}|\.\.\. ?|___ ?|\| {{1,2}}|\t)[\"'*]{{0,2}}{UP}|\n[^\n]{{2,40}}[^\s.] - {UP}"
#: The same in scripts in which no blank stands after a colon.
SIGN_OF_EAST_ASIA = r":[\x{3005}\x{3040}-\x{30ff}\x{3400}-\x{9fff}\x{ac00}-\x{d7a3}]"
#: A label with its sign is not longer.
_MAX_LABEL = 72
_SIGNS = " :.|_\t\"'*-="
_PARTS = re.compile(r"[\n|\t;,(]|[.!?:/] |  | - ")
_BULLET = re.compile(r"(?:\d{1,3}[.)]|[a-z]\)|[\s>*#\"'\[-])+")
_REMARK = re.compile(r"(?:[ ]?#?\d{1,2}|[ ]?\([^()\n]{1,24}\))?[\"'*\s]*\Z")
#: What ends a name in its line.
_ENDS = re.compile(
    r"[\n\r|\t;<(\[\"\u3001\u3002]|  |, |\.(?=\r?\n)| [-/.=&] | (?:and|und|et|og|och|en|и|та)(?= )|(?<![^\W\d_a-z])\. |"
    r",(?=[\u2e80-\ud7a3])| (?=[\u2e80-\ud7a3]{1,8} ?[(:])|(?<=[\u2e80-\ud7a3]) (?=\d)|(?<=[\u2e80-\ud7a3]{4}) |"
    r"(?<=[\u2e80-\ud7a3]{3}) (?=[\u2e80-\ud7a3]{3})|\.?\Z|\*\*"
)
#: Headers that things have as well as people: `From: New Delhi`.
_OF_ANYTHING = frozenset(name_labels.OF_ANYTHING.split())
_REVERSED = re.compile(
    r"[^\W\d_][^\s,;:|<(]{1,30}, [^\W\d_][^\s,;:|<(]{1,24}(?: [^\W\d_]\.)?(?=\s*(?:\Z|[\n\r|;(/]|  |, ))"
)
_LABELS = (
    frozenset(
        phrase.lower()
        for words in (
            name_labels.OF_PEOPLE,
            name_words.HEADERS,
            name_roles.IN_ENGLISH,
            name_roles.ROLES,
            name_roles.WORLD,
        )
        for phrase in phrases_of(words)
    )
    - _OF_ANYTHING
)


def after_label(text: str, end: int) -> Iterable[Finding]:
    """The name after a label for people."""
    start = end - 1
    first = max(text.rfind("\n", max(0, start - _MAX_LABEL), start) + 1, start - _MAX_LABEL, 0)
    label = text[first:start].rstrip(_SIGNS)
    if not is_label(label):
        return ()
    stop = _ENDS.search(text, start, min(len(text), start + MAX_NAME))
    if stop is None:
        return ()
    if stop.group() == ", ":  # `Doe, Jane`
        both = _REVERSED.match(text, start, start + MAX_NAME)
        span = whole_name(text, start, both.end()) if both is not None else None
        if span is not None:
            return named(text, *span, 0.8, "after a label for people")
    return _listed(text, start, stop.start())


def _listed(text: str, start: int, stop: int) -> Iterable[Finding]:
    """The name from `start` to `stop`, and those that follow it after commas and words for and."""
    found: list[Finding] = []
    for _ in range(_MOST_LISTED):
        span = whole_name(text, start, stop)
        if span is None or (found and not (text[span[0]].isupper() or text[span[0]] > "\u2e7f")):
            break
        found += named(text, *span, 0.8, "after a label for people")
        more = _MORE.match(text, stop)
        if more is None:
            break
        start = more.end()
        last = _ENDS.search(text, start, min(len(text), start + MAX_NAME))
        stop = last.start() if last is not None else start
    return found


_MOST_LISTED = 8
_MORE = re.compile(
    r",? (?:and|und|et|og|och|en|i|y|e|ja|и|та|&) (?=[^\W\d_])|, (?=[^\W\d_])|[\u3001,](?=[\u2e80-\ud7a3])"
)


def in_the_name_of(text: str, end: int) -> Iterable[Finding]:
    """`על שם רונן בן דוד`: words for that, and a name of two words and more."""
    start = end - 1
    stop = name_at(text, start, start + MAX_NAME)
    if stop == start or is_thing(text[start:stop]):
        return ()
    return named(text, start, stop, 0.75, "after words that say in whose name")


def below_label(text: str, end: int) -> Iterable[Finding]:
    """`Kunde:` on a line, and the name on the next."""
    start = end - 1
    last = text.rfind("\n", max(0, start - 16), start)
    first = max(text.rfind("\n", max(0, last - _MAX_LABEL), last) + 1, last - _MAX_LABEL, 0)
    if last < 0 or not is_label(text[first:last].rstrip(_SIGNS + "\r")):
        return ()
    stop = text.find("\n", start, start + MAX_NAME + 16)
    span = whole_name(text, start, stop if stop >= 0 else min(len(text), start + MAX_NAME))
    return named(text, *span, 0.75, "below a label for people") if span is not None else ()


#: `F.I.O.`
_SHORT = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,4}")
#: What makes a word one for women and men: `Mieter/in`, `Nieobecny/a`, `Antragsteller:in`.
_OF_EITHER = re.compile(r"(?<=[^\W\d_]{3})(?:[/:*_]-?|\(-?)[^\W\d_]{1,4}\)?(?![^\W_])")


@lru_cache(maxsize=4096)
def is_label(label: str) -> bool:
    """Whether it says that a name of a person follows."""
    label = label.lower()
    if label in _LABELS:
        return True
    label = _OF_EITHER.sub("", _SHORT.sub(lambda short: short.group().replace(".", ""), label))
    if label[-1:] == ")" or label[-1:].isdigit():
        remark = _REMARK.search(label)
        label = label[: remark.start()] if remark is not None else label
    begins = 0
    for sign in _PARTS.finditer(label):
        begins = sign.end()
    bullet = _BULLET.match(label, begins)
    label = label[bullet.end() if bullet is not None else begins :].strip()
    return label in _LABELS or _is_made_of_one(label)


@lru_cache(maxsize=4096)
def _is_made_of_one(label: str) -> bool:
    """`supervisor signature`, `naam kind`: where the word that counts is one, and none is of a thing."""
    words = _WORDS.findall(label)
    if not 2 <= len(words) <= 5 or any(word in THINGS_OF_LABELS for word in words):
        return False
    first, last = words[0], words[-1]
    if first in _OF_NAMES or last in _OF_NAMES:
        return True
    return last in _LABELS or (first in _LABELS and not (first.isascii() and first in _ENGLISH))


#: Words of labels that say that a name follows, whoever's it is.
_OF_NAMES = frozenset(name_labels.OF_NAMES.split())
#: Which head a label in English only at its end.
_ENGLISH = frozenset(phrase for phrase in _LABELS if " " not in phrase and phrase.isascii())
#: With one of these in it, a label is of no person.
THINGS_OF_LABELS = (THINGS | MACHINES) - frozenset(name_labels.NO_THINGS.split()) | frozenset(
    name_labels.THINGS.split()
)
_WORDS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
