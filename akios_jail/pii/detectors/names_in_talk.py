"""Names of those who talk: in chats without a clock, in exports of messengers, before "wrote:", in logs of trackers.

Each function gets the text and where its trigger ends, and gives the names that stand there.
"""

# ruff: noqa: RUF001 (words in Greek and Russian have letters that look like others)
from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import ne

from akios_jail.pii.detectors.name_grammar import MAX_NAME, is_thing, name_at, named, parts, whole_name
from akios_jail.pii.detectors.names_labelled import is_label
from akios_jail.pii.finding import REACH, Finding
from akios_jail.pii.keys import meaning

_TURN = re.compile(r"^[ >]{0,3}([^\W\d_][^\n:<>{}()\[\]=\"#/|]{0,40}?)(?: \([^()\n:]{1,24}\))?: +(?=\S)", re.MULTILINE)
_ANGLED = re.compile(r"^<([^\W\d_][^\n<>/=\"]{1,30})> (?=\S)", re.MULTILINE)
#: The same with a bullet, a clock or what they are before the name, or with another sign after it.
_STAMP = r"[(\[]?(?:\d{4}-\d\d-\d\d[ T])?\d{1,2}:\d{2}(?::\d{2})?(?:Z| ?[AaPp]\.?[Mm]\.?)?[)\]]?"
ROLES = (
    "host|coach|rider|patient|caller|seller|buyer|nurse|customer|client|agent|user|visitor|guest|operator|advis[eo]r|kunde|kundin|berater|"
    "cliente|agente|klant"
)
_MARKED = re.compile(
    rf"^[ >]{{0,3}}(?:[*-] |\*\*|{_STAMP} (?:- |From )?)?(?:(?i:{ROLES})[ (]{{1,2}})?"
    r"([^\W\d_][^\n:<>{}()\[\]=\"#/|*]{0,40}?)\)?(?: ?[\u2600-\u27bf\U0001f300-\U0001faff]{1,2})?(?: to Everyone)?"
    r" ?(?::(?:\*\*)?|\*\*:|>| \|)(?: +(?=\S)|\r?\n\t?(?=[^\s]))",
    re.MULTILINE,
)
_CLOCKED = re.compile(rf"[ >]{{0,3}}{_STAMP} ")
#: What people say to each other, and lists do not: signs and endings of sentences, and words.
_TALK_SIGNS = re.compile(
    r"\?|\u061f|\uff1f|!(?=\s)|\u3067\u3059|\u307e\u3059|\u304f\u3060\u3055\u3044|\uc694(?![\uac00-\ud7a3])|"
    r"\ub2c8\ub2e4|\u5417|\u8c22|\u597d\u7684|\u0e04\u0e23\u0e1a|\u0e04\u0e30|\u0e08\u0e32"
)
_WORDS_OF_TALK = """
    you u yes yep no nope ok okay thanks thx hi hey lol pls please sure je tu oui non ich du ja nein nee jij si
    sí hola gracias sim não obrigado obrigada ciao grazie tak nie да нет ur whats otw omw sorry great cool
    sounds ahoj díky dík jasně hej cześć dzięki bună mersi mulțumesc szia köszi igen nem hvala bok merci salut
    danke valeu vale sale evet hayir tamam selam iya nggak kak dạ vâng привет спасибо дякую ок ναι όχι כן לא
    תודה نعم شكرا باشه
"""
_TALK_WORDS = frozenset(_WORDS_OF_TALK.split())
_WORDS = re.compile(r"\w+")
#: Letters that are a small one of ASCII where case does not count.
_SMALL = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")
_CLOCK = re.compile(
    r"(?:,|  ?|\t)? ?(?:[-.|] )?[\[(]?(?:(?i:today|yesterday)(?: at)? )?"
    r"(?:[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4},? )?"
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?[\])]?\r?\n\Z"
)
#: Who, when, and what is said or the end of the line.
_TIMED = re.compile(
    r"^([^\W\d_][^\n:<>{}()\[\]=\"#/|\d,]{0,40}?)"
    r"(?: \(\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?\): ?| (?:kl\.?|klo) \d{1,2}[:.]\d{2}: ?|"
    r",? \[(?:[\d./-]{6,10},? )?\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?\]:?(?=\s)|"
    r"(?:, | [-.|] | )(?:[\d./-]{6,10},? )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?(?::? (?=\S)|(?=\r?\n)))",
    re.MULTILINE,
)


class Turns:
    """A text, and where in it turns to speak begin: read once, for all places that ask for the turns around them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._of: dict[re.Pattern[str], tuple[list[int], list[int], list[str]]] = {}
        self._lines: dict[int, tuple[int, int]] = {}  # by the line end before them, and where they end

    def between(self, pattern: re.Pattern[str], first: int, stop: int) -> list[str]:
        """Who speaks, turn by turn, where turns of this pattern begin after `first`, or at the beginning of the text,
        and what is said begins before `stop`."""
        known = self._of.get(pattern)
        if known is None:
            turns = [*pattern.finditer(self.text)]
            starts, ends = [turn.start() for turn in turns], [turn.end() for turn in turns]
            known = self._of[pattern] = (starts, ends, [turn.group(1) for turn in turns])
        starts, ends, names = known
        return names[bisect_right(starts, first) if first else 0 : bisect_left(ends, stop)]

    def lines(self, first: int, stop: int) -> Counter[int]:
        """What the lines of this part tell (`_told`), of which the first and the last may be cut."""
        text = self.text
        before = text.find("\n", first, stop)
        if before < 0:
            return Counter((_told(text[first:stop]),))
        found = [_told(text[first : before + 1])]
        while True:
            known = self._lines.get(before)
            if known is None:
                end = text.find("\n", before + 1)
                if not 0 <= end < stop:
                    break
                known = self._lines[before] = (_told(text[before + 1 : end + 1]), end)
            told, end = known
            if end >= stop:
                break
            found.append(told)
            before = end
        found.append(_told(text[before + 1 : stop]))
        return Counter(found)


def _told(line: str) -> int:
    """What a line tells of whether people talk, in one number, since a place asks for all lines around it: the flags
    below, and how many blanks stand after its colon."""
    said = line.partition(": ")[2]
    return (
        (not line.strip()) * _EMPTY
        + said[:1].islower() * _SMALL_FIRST
        + (_SAYING.match(said) is not None) * _SENTENCE
        + _has_talk(line) * _TALK
        + said.count(" ") * _BLANK
    )


#: After its colon a line begins with a small letter; says a sentence.
_EMPTY, _SMALL_FIRST, _SENTENCE, _TALK, _BLANK = 1, 2, 4, 8, 16


class OfTurns:
    """Looks for the name of who speaks, by the lines around. `strict`: with no clock before them, somebody must speak
    twice, or all have first and last names: lists look like this, too."""

    def __init__(self, pattern: re.Pattern[str], strict: bool = False) -> None:
        self._pattern = pattern
        self._strict = strict

    def __call__(self, text: str, end: int) -> Iterable[Finding]:
        return self.among(Turns(text), end)

    def among(self, turns: Turns, end: int) -> Iterable[Finding]:
        """The same for one of many places in a text."""
        text, pattern = turns.text, self._pattern
        line = text.rfind("\n", max(0, end - 88), end - 1) + 1
        if text[end - 2 : end - 1] == "\n":  # what is said stands in the next line
            line = text.rfind("\n", max(0, end - 88), end - 2) + 1
        own = pattern.match(text, line, end + 2)
        if own is None or not _is_speaker(own.group(1)):
            return ()
        first, stop = max(0, line - REACH), end + REACH
        names = turns.between(pattern, first, stop)
        counts = Counter(names)
        most = max(counts.values(), default=0)
        if len(counts) > 6 or (len(counts) < 2 and (most < 2 or parts(own.group(1)) < 2)):
            return ()
        if self._strict and most < 2 and not (_CLOCKED.match(text, line) or all(parts(name) > 1 for name in counts)):
            return ()
        if not all(_is_speaker(name) or name.isupper() or name.islower() for name in counts):
            return ()  # keys and their values, some of which come twice
        lines = turns.lines(first, stop)
        most_lines = len(names) * 3 >= 2 * sum(count for told, count in lines.items() if not told & _EMPTY)
        if (most < 2 and not most_lines) or not (_is_talk(lines) or (most_lines and _take_turns(names, lines))):
            return ()
        return named(text, own.start(1), own.end(1), 0.75, "speaks in a chat")


#: `Jane: hi there?` where several lines around begin so, and one of those who talk does so again.
speaker_of_turns = OfTurns(_TURN)
#: `- Jane: hi`, `10:31 Jane: hi`, `Jane> hi`, `Agent Jane: hi`, `Jane:` above what she says.
marked = OfTurns(_MARKED, strict=True)
#: `<Jane> hi`, as chats of the eldest kind have it.
angled = OfTurns(_ANGLED)


def angled_after_clock(text: str, end: int) -> Iterable[Finding]:
    """`18:02 <Jane> hi`."""
    start = text.rfind("<", max(0, end - 36), end) + 1
    stop = text.find(">", start, end)
    if start == 0 or stop < 0 or not _is_speaker(text[start:stop]):
        return ()
    return named(text, start, stop, 0.75, "speaks in a chat")


def acts(text: str, end: int) -> Iterable[Finding]:
    """`18:07 - Jane Doe added John Roe`."""
    start = text.rfind(" - ", max(0, end - 64), end) + 3
    words = text[start:end].rstrip().rpartition(" ")
    if start < 3 or not _is_speaker(words[0]):
        return ()
    found = named(text, start, start + len(words[0]), 0.75, "does something in a chat")
    stop = name_at(text, end, end + MAX_NAME)
    if words[2] not in ("added", "removed") or not _is_speaker(text[end:stop]):
        return found
    return found + named(text, end, stop, 0.75, "something is done to them in a chat")


@lru_cache(maxsize=2048)
def _is_speaker(name: str) -> bool:
    if name_at(name, 0, len(name)) != len(name) or name.isupper() or not 1 <= parts(name) <= 5:
        return False
    return not is_thing(name) and not is_label(name) and (meaning(name) is None or parts(name) > 2)


def _is_talk(lines: Counter[int]) -> bool:
    """Whether people seem to talk there: with such words, or in sentences after every name."""
    if any(told & _TALK for told in lines):
        return True
    full = {told: count for told, count in lines.items() if not told & _EMPTY}
    size = sum(full.values())
    return (
        size >= 2
        and min(full) >= _BLANK
        and sum(told // _BLANK * count for told, count in full.items()) >= 3 * size
        and any(told & _SMALL_FIRST for told in full)
    )


def _has_talk(around: str) -> bool:
    """Whether a word or a sign of talk stands there."""
    if _TALK_SIGNS.search(around) is not None:
        return True
    small = around.lower() if around.isascii() else around.translate(_SMALL).lower()
    return not _TALK_WORDS.isdisjoint(_WORDS.findall(small))


def _take_turns(names: Sequence[str], lines: Iterable[int]) -> bool:
    """Whether a few names take turns, line after line, and somebody says a sentence: lists have each name once."""
    return (
        len(names) >= 3
        and 2 <= len(set(names)) <= 3
        and any(told & _SENTENCE for told in lines)
        and 3 * sum(map(ne, names, names[1:])) >= 2 * (len(names) - 1)
    )


#: Three words, the first of which is small.
_SAYING = re.compile(r"[^\W\dA-Z_][^\s]*(?: [^\s]+){2}")


def stamped(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe  9:41 AM` on a line of its own, above what she says."""
    line = text.rfind("\n", max(0, end - MAX_NAME - 40), end - 1) + 1
    clock = _CLOCK.search(text[line:end])
    span = whole_name(text, line, line + clock.start()) if clock is not None else None
    return named(text, *span, 0.75, "speaks in a chat") if span is not None else ()


def timed_turn(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe (14:07): hi`, `Jane kl. 14.02: hi`, `Jane, [05/02/2024 19:41]`: where several lines around begin so.

    Of an agenda, no entry comes twice and few are called as people are; so a first name alone must come again.
    """
    line = text.rfind("\n", max(0, end - MAX_NAME - 32), end - 1) + 1
    own = _TIMED.match(text, line, end + 1)
    if own is None:
        return ()
    first = max(0, line - REACH)
    turns = [match for match in _TIMED.finditer(text[first : end + REACH]) if match.start() or not first]
    counts = Counter(turn.group(1) for turn in turns)
    again = max(counts.values(), default=0) >= 2
    around = text[first : end + REACH]
    most = 2 * len(turns) >= sum(1 for line in around.split("\n") if line.strip())
    if len(turns) < 2 or not (again or most or _has_talk(around)):
        return ()
    span = whole_name(text, own.start(1), own.end(1), least=1 if again or (most and _has_talk(around)) else 2)
    return named(text, *span, 0.75, "speaks in a chat") if span is not None else ()


def in_tabs(text: str, end: int) -> Iterable[Finding]:
    """`19:41`, a name and what is said, with tabs between."""
    start = text.rfind("\t", max(0, end - 48), end - 1) + 1
    span = whole_name(text, start, end - 1) if start else None
    return named(text, *span, 0.75, "speaks in a chat") if span is not None else ()


def after_clock(text: str, end: int) -> Iterable[Finding]:
    """`[09:41] Doe, Jane` on a line of its own, above what she says."""
    line = text.rfind("\n", max(0, end - MAX_NAME - 32), end - 1) + 1
    clock = _CLOCK_FIRST.match(text, line, end)
    if clock is None:
        return ()
    again = clock["bracket"] != "" or len(_CLOCK_FIRST.findall(text, max(0, line - REACH), end + REACH)) > 1
    span = whole_name(text, clock.end(), end, least=1 if again else 2)
    return named(text, *span, 0.75, "speaks in a chat") if span is not None else ()


_CLOCK_FIRST = re.compile(
    r"^(?P<bracket>[\[(]?)(?:[\d./-]{6,10},? )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
    r"(?:, ?[\d./-]{6,10})?[\])]?:? "
    r"(?:[-.|] )?(?=[^\W\d_])",
    re.MULTILINE,
)


def before_verb(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe wrote:`, `Jane Doe added a comment`: the name begins its line, or follows the date."""
    line = text.rfind("\n", max(0, end - REACH), end) + 1
    piece = text[line:end]
    for sign in (", ", ". "):
        at = piece.rfind(sign)
        if at >= 0 and any(map(str.isdigit, piece[:at])):
            line, piece = line + at + 2, piece[at + 2 :]
    stop = name_at(text, line + len(piece) - len(piece.lstrip(" >*@")), min(end, line + MAX_NAME))
    rest = text[stop:end]
    if not rest.startswith(" ") or len(rest) > 28:
        return ()
    span = whole_name(text, line, stop)
    return named(text, *span, 0.8, "is said to have written") if span is not None else ()


def after_verb(text: str, end: int) -> Iterable[Finding]:
    """`Am 3.11. schrieb Jane Doe:`."""
    start = end - 1
    stop = name_at(text, start, end + MAX_NAME)
    if stop == start or not re.match(r" ?[:<(]", text[stop : stop + 2]):
        return ()
    span = whole_name(text, start, stop, least=1)
    return named(text, *span, 0.8, "is said to have written") if span is not None else ()


def voice(text: str, end: int) -> Iterable[Finding]:
    """`<v Jane Doe>`: who speaks in subtitles."""
    close = text.find(">", end, end + MAX_NAME)
    span = whole_name(text, end, close, least=1) if close > end else None
    return named(text, *span, 0.8, "speaks in subtitles") if span is not None else ()
