"""A name that is found where something gives it away is found again close by, where nothing does.

In full it is looked for as it was written. First and last name alone count within a sentence, with a capital and
between words that have none: there "Rose" is the one who was named and not a flower.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from akios_jail.pii.finding import Finding

#: So far from where it was found, in characters. A stream holds back as much.
WITHIN = 1024
CONFIDENCE = 0.7
#: Names that are found less surely are not looked for again.
_SURE = 0.75
_LEAST_PART = 3
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_WITHIN_SENTENCE = re.compile(r"[^\W\d_A-Z][,;]? \Z|\d,? \Z|[,;(] ?\Z")
_NEXT = re.compile(r"(?:['\u2019]s?)?(?:[,;)]|[.!?](?=\s|\Z)| [^\W\dA-Z_]|\Z)")


def mentions(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Where names of `findings` stand again; places that are found already may be among them."""
    found: dict[tuple[int, int], Finding] = {}
    searched: dict[str, int] = {}
    for source in findings:
        if source.kind != "person_name" or source.confidence < _SURE:
            continue
        name = text[source.start : source.end]
        if " ".join(name.replace("\u2019", "'").casefold().split()) != source.key:
            continue  # it is written otherwise, in an encoding
        for wanted, whole in _wanted(name):
            first = max(searched.get(wanted, 0), source.start - WITHIN)
            searched[wanted] = last = source.end + WITHIN
            for start in _places(text, wanted, first, last, whole):
                span = (start, start + len(wanted))
                key = source.key if whole else wanted.casefold()
                reason = "named elsewhere in the text"
                found[span] = Finding("person_name", *span, key, CONFIDENCE, reason)
    return list(found.values())


def _wanted(name: str) -> Iterable[tuple[str, bool]]:
    """What to look for, and whether it is the whole name."""
    words = _WORD.findall(name)
    if len(words) < 2:
        return
    yield name, True
    for word in (words[0], words[-1]):
        if len(word) >= _LEAST_PART and word[0].isupper() and word[1:].islower():
            yield word, False


def _places(text: str, wanted: str, first: int, last: int, whole: bool) -> Iterable[int]:
    at = text.find(wanted, first, last)
    while at >= 0:
        end = at + len(wanted)
        alone = not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum()
        if alone and (whole or _is_named(text, at, end)):
            yield at
        at = text.find(wanted, end, last)


def _is_named(text: str, start: int, end: int) -> bool:
    return _WITHIN_SENTENCE.search(text[max(0, start - 3) : start]) is not None and bool(
        _NEXT.match(text[end : end + 4])
    )
