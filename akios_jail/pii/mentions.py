"""A name that is found where something gives it away is found again close by, where nothing does.

In full it is looked for as it was written, with the family name last where it came first, and with an initial for the
first. First and last name alone count within a sentence, with a capital and between words that have none, and at its
beginning where a word in small letters follows: there "Rose" is the one who was named and not a flower.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from akios_jail.pii.detectors.name_grammar import is_east_asian
from akios_jail.pii.finding import REACH, Finding
from akios_jail.pii.view import View

#: So far from where it was found, in characters. A stream holds back as much.
WITHIN = 1024
#: So far where that was found by another finding, no further away than this leaves of `WITHIN`.
_WITHIN_OF_UNSURE = WITHIN - REACH
CONFIDENCE = 0.7
#: Of names that are found less surely, no word is looked for alone.
_SURE = 0.75
#: Names that are found less surely than this are not looked for again.
_SURE_ENOUGH = 0.65
_LEAST_PART = 3
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_WITHIN_SENTENCE = re.compile(r"[^\W\d_A-Z][,;]? \Z|\d,? \Z|[,;(] ?\Z")
_BEGINS_SENTENCE = re.compile(r"(?:\A|\n|[.!?:] )\Z")
_NEXT = re.compile(r"(?:['\u2019]s?)?(?:[,;)]|[.!?](?=\s|\Z)| [^\W\dA-Z_]|\Z)")
#: After the first word of a sentence.
_GOES_ON = re.compile(r"(?:['\u2019]s)? [^\W\dA-Z_]{2}")
#: First and last names that sentences begin with as words.
_SENTENCES_BEGIN_WITH = """
    will may mark bill grant grace rose hope art penny dean chase rich summer dawn drew frank pat guy gene ray jack
    long young brown green white black gray grey king small best more day price rice fields case page stone wood woods
    good hill lane street park banks bond cash cook baker love joy faith charity ernst klein lang gross jung
    neu alt schwarz weiss braun sommer winter herbst kurz reich stark sol mar luz paz rico blanco bello leal rey
    petit grand blanc noir roux long jeune lebrun son wong ma he an you ye so do van von den der das die les las los
"""
_WORDS_TOO = frozenset(_SENTENCES_BEGIN_WITH.split())


def mentions(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Where names of `findings` stand again; places of less sure findings may be among them."""
    found: dict[tuple[int, int], Finding] = {}
    searched: dict[str, int] = {}
    known = {(one.start, one.end) for one in findings if one.confidence >= CONFIDENCE}
    for source in findings:
        if source.kind != "person_name" or source.confidence < _SURE_ENOUGH:
            continue
        name = text[source.start : source.end]
        if _normal(name) != source.key:
            continue  # it is written otherwise, in an encoding
        within = WITHIN if source.confidence >= _SURE else _WITHIN_OF_UNSURE
        for wanted, whole in _wanted(name, source.confidence >= _SURE):
            first = max(0, searched.get(wanted, 0) - len(wanted) + 1, source.start - within)
            searched[wanted] = last = max(searched.get(wanted, 0), source.end + within)
            for start in _places(text, wanted, first, last, whole):
                span = (start, start + len(wanted))
                if span in known:
                    continue
                key = source.key if whole else wanted.casefold()
                reason = "named elsewhere in the text"
                found[span] = Finding("person_name", *span, key, CONFIDENCE, reason)
    return list(found.values())


def _normal(name: str) -> str:
    folded = name if name.isascii() else View(name).folded
    return " ".join(folded.replace("\u2019", "'").casefold().split())


def _wanted(name: str, sure: bool) -> Iterable[tuple[str, bool]]:
    """What to look for, and whether it is the whole name."""
    words = _WORD.findall(name)
    if len(words) < 2:
        if len(name) >= _LEAST_PART and is_east_asian(name):
            yield name, True
        return
    yield name, True
    if len(words) == 2 and ", " in name:
        words.reverse()
        yield " ".join(words), True
    if not sure:
        return
    if words[0][0].isupper() and words[-1][0].isupper() and len(words[-1]) >= _LEAST_PART:
        yield f"{words[0][0]}. {words[-1]}", True
    for word in (words[0], words[-1]):
        if len(word) >= _LEAST_PART and word[0].isupper() and word[1:].islower():
            yield word, False


def _places(text: str, wanted: str, first: int, last: int, whole: bool) -> Iterable[int]:
    at = text.find(wanted, first, last)
    joined = whole and is_east_asian(wanted)
    while at >= 0:
        end = at + len(wanted)
        alone = not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum()
        if joined or (alone and (whole or _is_named(text, at, end))):
            yield at
        at = text.find(wanted, end, last)


def _is_named(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 3) : start]
    if _WITHIN_SENTENCE.search(before) is not None:
        return _NEXT.match(text[end : end + 4]) is not None
    if text[start:end].lower() in _WORDS_TOO or _BEGINS_SENTENCE.search(before) is None:
        return False
    return _GOES_ON.match(text[end : end + 6]) is not None
