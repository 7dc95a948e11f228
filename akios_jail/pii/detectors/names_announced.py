"""Names that words announce: salutations, closings, titles, "my name is", "patient", and forms of address after a name.

Each function gets the text and where the announcement ends, and gives the names that it announces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors import letter_words, name_grammar, name_words
from akios_jail.pii.detectors.name_grammar import (
    MAX_NAME,
    is_greeting,
    is_thing,
    name_at,
    named,
    parts,
    title_at,
    whole_name,
)
from akios_jail.pii.detectors.phrases import any_of
from akios_jail.pii.finding import REACH, Finding

_AFTER_SALUTATION = re.compile(r"[ ]?(?:[,!:;.\u3001\uff0c\u061b\u060c]|-+(?=\s)|\n|\Z| (?:and|und|et|y|e|en|i|&) )")
_OF_CLOSINGS = frozenset(letter_words.CLOSINGS.replace(",", " ").split())
_AND = re.compile(r",? (?:and|und|et|y|e|en|i|och|og|&) ")
_CLOSED_LINE = re.compile(r"[ \t]*(?:\n|\Z|[,|(/-]|\.?$)", re.MULTILINE)
_SIGNER = re.compile(r"(?:i\. ?[AV]\.|ppa\.|p\.p\.|pp|gez\.|/s/)[ ]{1,2}")
_SMALL_LINE = re.compile(r"([^\W\d_A-Z]{2,14})[ ]?(?:\r?\n[ \t]*(?:\r?\n|\Z)|\Z)")
_SMALL_NAME = re.compile(r"([^\W\d_A-Z]{2,14}),(?=\s)|([^\W\d_A-Z]{2,14})!?(?=\r?\n)")
#: Who signs as what, in small letters, or for whom, on a line before: `namens het college,`.
_OFFICE = re.compile(r"[^\W\d_]{3,20}(?: [^\W\d_]{2,20}){0,3}?(?:,?\r?\n| )(?=[^\W\d_a-z])")
#: The line of a closing is short.
_MAX_CLOSING = 60
#: A number before "Dr" makes it a street.
_NUMBERED = re.compile(r"\d[\w ]{1,30}\Z")
_SUFFIXED = re.compile(
    r"((?<![\u4e00-\u9fff])[\u4e00-\u9fff\u3005]{1,5}|(?<![\u30a0-\u30ff])[\u30a0-\u30ff]{2,8}|"
    r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff\u3005]{1,4}[\u3040-\u30ff]{1,5}|"
    r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff\u3005]{1,4} [\u4e00-\u9fff\u3005\u3040-\u309f]{1,4}|"
    rf"(?<![\uac00-\ud7a3])[\uac00-\ud7a3]{{2,4}})[ ]?({any_of(name_words.SUFFIXES)})\Z"
)
#: Who is spoken to or with by the first name; who says who they are, which more than a first name has to show.
_FAMILIAR = re.compile(
    r"\b(?:sp(?:oke|oken|eak|eaking) (?:to|with)|talk(?:ed|ing)? to|ask for|assigned to|this is|it's|i'm|i am|hier ist|"
    r"ich bin|je suis|soy|sono|ik ben|jag \u00e4r|jeg er|thanks to|on behalf of|c/o)[ :]{1,2}\Z",
    re.IGNORECASE,
)
_IS = re.compile(
    r"(?:this is|it's|i'm|i am|hier ist|ich bin|je suis|soy|sono|ik ben|jag \u00e4r|jeg er)[ :]{1,2}\Z", re.IGNORECASE
)
_INTRODUCED = re.compile(
    r" (?:from|here|calling|speaking|of|at|von|aus|de|van|fr\u00e5n|fra)\b|, (?:the|your|a|an|from|from|ich|je|"
    r"de|der|die)\b"
)
_EAST = re.compile(
    r"[ :]{0,2}([\u4e00-\u9fff\u3005]{2,5}|[\uac00-\ud7a3]{2,4}|"
    r"[\u30a0-\u30ff]{2,8} [\u30a0-\u30ff]{2,8})([ \t]*(?:[,.;()\n\uff0c\u3001]|\Z)|\s)"
)
_INTRODUCES = re.compile(
    r"(?:[の.、,\s]|\A)([\u4e00-\u9fff\u3005]{1,4}|[\u30a0-\u30ff]{2,8})(?:と申します|でございます)\Z"
)
_NOT_LAST = frozenset("客皆各貴奥神王殿々")
_CHINESE = frozenset(("先生", "女士", "小姐", "经理", "老师", "医生"))


def salutation(text: str, end: int) -> Iterable[Finding]:
    """`Dear Jane,`: who is addressed."""
    start = title_at(text, _skip(text, end), end + REACH)
    if "\n" in text[end - 1 : start]:
        return ()  # nobody is named, and the letter begins
    stop = name_at(text, start, end + MAX_NAME)
    if text[start:stop].partition(" ")[0].lower() in _OF_CLOSINGS:
        return ()  # `Beste Grüße`
    if stop == start:
        return _addressed_in_small_letters(text, start, end)
    if is_thing(text[start:stop]):
        return ()
    closed = _AFTER_SALUTATION.match(text, stop) is not None
    if not closed and (parts(text[start:stop]) > 3 or not text[stop : stop + 2].lstrip().islower()):
        return ()
    found = named(text, start, stop, 0.85 if closed else 0.65, "addressed in a salutation")
    another = _AND.match(text, stop)
    if another is None:
        return found
    last = name_at(text, another.end(), another.end() + MAX_NAME)
    return found + named(text, another.end(), last, 0.85, "addressed in a salutation")


def _addressed_in_small_letters(text: str, start: int, end: int) -> tuple[Finding, ...]:
    """`hi jane,` at the beginning of a line."""
    line = text.rfind("\n", max(0, end - 24), end) + 1
    if (line == 0 and end > 24) or not text[line:end].strip().isalpha():
        return ()
    match = _SMALL_NAME.match(text, start, start + 24)
    word = match and (match.group(1) or match.group(2))
    if match is None or not word or word in name_grammar.NOT_NAMES or is_thing(word):
        return ()
    return named(text, start, start + len(word), 0.6, "addressed in a salutation")


_AFTER_SENTENCE = re.compile(r"[.!?] [^\W\d_a-z][^.!?\n]{1,24}\n\Z")


def closing(text: str, end: int) -> Iterable[Finding]:
    """`Regards,` and a line with the name of who wrote."""
    line = text.rfind("\n", max(0, end - _MAX_CLOSING), end - 1)
    if line < 0 and end > _MAX_CLOSING and not _AFTER_SENTENCE.search(text, max(0, end - _MAX_CLOSING), end):
        return ()  # the end of a sentence that happens to be such a word
    start = _skip(text, end)
    signer = _SIGNER.match(text, start) or _office(text, start)
    start = title_at(text, start if signer is None else signer.end(), end + REACH)
    stop = name_at(text, start, end + MAX_NAME)
    if stop == start:
        return _in_small_letters(text, start)
    if _CLOSED_LINE.match(text, stop) is None or is_thing(text[start:stop]) or is_greeting(text[start:stop]):
        return ()
    return named(text, start, stop, 0.85, "signed after a closing")


def _office(text: str, start: int) -> re.Match[str] | None:
    office = _OFFICE.match(text, start, start + MAX_NAME)
    return office if office is not None and office.group().islower() else None


def _in_small_letters(text: str, start: int) -> tuple[Finding, ...]:
    """`thanks,` and `jane` below, with nothing after it."""
    word = _SMALL_LINE.match(text, start, start + MAX_NAME)
    if word is None or word.group(1) in name_grammar.NOT_NAMES or is_thing(word.group(1)):
        return ()
    return named(text, word.start(1), word.end(1), 0.6, "signed after a closing")


def said(text: str, end: int) -> Iterable[Finding]:
    """`My name is Jane`: in whatever case the words are, whoever says it."""
    start = title_at(text, _skip(text, end), end + REACH)
    stop = name_at(text, start, end + MAX_NAME)
    if stop == start or is_thing(text[start:stop]):
        return ()
    return named(text, start, stop, 0.85, "somebody says that it is their name")


def answered(text: str, end: int) -> Iterable[Finding]:
    """`What is your name?` and, on the next line, `Jane Doe` or `A: Jane Doe`."""
    span = whole_name(text, end - 1, _end_of_line(text, end), least=1, most=4)
    return named(text, *span, 0.75, "answered when asked for the name") if span is not None else ()


def _end_of_line(text: str, start: int) -> int:
    stop = text.find("\n", start, start + MAX_NAME)
    return stop if stop >= 0 else min(len(text), start + MAX_NAME)


def spoken_of(text: str, end: int) -> Iterable[Finding]:
    """`spoke with Jane Doe`: first and last name, since much can follow such words; `this is Jane from`, too."""
    start = title_at(text, end - 1, end + REACH)
    stop = name_at(text, start, end + MAX_NAME)
    name = text[start:stop]
    count = parts(name)
    if not 1 <= count <= 4 or is_thing(name) or name.isupper() or not text[start].isupper():
        return ()
    if count == 1 and not _FAMILIAR.search(text[max(0, end - 24) : end - 1]):
        return ()
    if count == 1 and _IS.search(text[max(0, end - 24) : end - 1]) and not _INTRODUCED.match(text, stop):
        return ()
    return named(text, start, stop, 0.65, "a word before it speaks of a person")


def related(text: str, end: int) -> Iterable[Finding]:
    """`my husband Karl`."""
    start = title_at(text, end - 1, end + REACH)
    stop = name_at(text, start, end + MAX_NAME)
    name = text[start:stop]
    if stop == start or is_thing(name) or parts(name) > 4:
        return ()
    return named(text, start, stop, 0.75, "a word before it speaks of a relative or a colleague")


def in_east_asia(text: str, end: int) -> Iterable[Finding]:
    """`患者李秀英`, `환자 이서준`, `氏名 佐々木花子`: after a word for people, no sign between."""
    match = _EAST.match(text, end, end + 24)
    apart = text[end : end + 1] in (" ", ":")
    if match is None or not (
        apart
        or match.group(1)[0] in name_words.CHINESE_SURNAMES + name_words.KOREAN_SURNAMES
        or match.group(2).isspace()
    ):
        return ()
    return named(text, match.start(1), match.end(1), 0.7, "a word before it speaks of a person")


def introduced(text: str, end: int) -> Iterable[Finding]:
    """`佐々木と申します`."""
    match = _INTRODUCES.search(text, max(0, end - 24), end)
    if match is None or match.group(1) in name_grammar.NOT_NAMES:
        return ()
    return named(text, match.start(1), match.end(1), 0.75, "somebody says that it is their name")


def titled(text: str, end: int) -> Iterable[Finding]:
    """`Dr. Doe`, `Frau Weber`."""
    start = title_at(text, end, end + REACH)
    stop = name_at(text, start, end + MAX_NAME)
    name = text[start:stop]
    if (
        stop == start
        or is_thing(name)
        or parts(name) > 4
        or not (text[start].isupper() or not text[start].isascii() or parts(name))
    ):
        return ()
    if text[max(0, end - 7) : end].startswith(", Col"):
        return ()  # a quarter in Mexico
    if _NUMBERED.search(text[max(0, end - 40) : end].rstrip(" .")[:-2]):
        return ()  # 12 Oak Dr Springfield
    return named(text, start, stop, 0.85, "after a title")


def suffixed(text: str, end: int) -> Iterable[Finding]:
    """`田中さん`, `张先生`, `김철수 님`."""
    match = _SUFFIXED.search(text, max(0, end - 16), end)
    if match is None or match.group(1) in name_grammar.NOT_NAMES or match.group(1)[-1] in _NOT_LAST:
        return ()
    name = match.group(1)
    if match.group(2) in _CHINESE and name[0] not in name_words.CHINESE_SURNAMES:
        return ()
    return named(text, match.start(1), match.end(1), 0.75, "before a form of address")


def _skip(text: str, end: int) -> int:
    """The first place from `end` on that is neither blank nor the beginning of a quotation, within a few characters."""
    for index in range(end, min(end + 4, len(text))):
        if text[index] not in " \n\r\t,:*\"'":
            return index
    return min(end, len(text))
