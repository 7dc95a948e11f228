"""Names of those who talk: in chats without a clock, in exports of messengers, before "wrote:", in logs of trackers.

Each function gets the text and where its trigger ends, and gives the names that stand there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

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
#: What people say to each other, and lists do not.
_TALK = re.compile(
    r"\?|\u061f|\uff1f|!(?=\s)|\b(?:you|u|yes|yep|no|nope|ok|okay|thanks|thx|hi|hey|lol|pls|please|sure|je|tu|oui|non|ich|du|ja|nein|"
    r"nee|jij|si|s\u00ed|hola|gracias|sim|n\u00e3o|obrigad[oa]|ciao|grazie|tak|nie|\u0434\u0430|\u043d\u0435\u0442|"
    r"ur|whats|otw|omw|sorry|great|cool|sounds|ahoj|d\u00edky|d\u00edk|jasn\u011b|hej|cze\u015b\u0107|dzi\u0119ki|bun\u0103|mersi|mul\u021bumesc|szia|k\u00f6szi|igen|nem|"
    r"hvala|bok|merci|salut|danke|valeu|vale|sale|evet|hay\u0131r|tamam|selam|iya|nggak|kak|d\u1ea1|v\u00e2ng|\u043f\u0440\u0438\u0432\u0435\u0442|"
    r"\u0441\u043f\u0430\u0441\u0438\u0431\u043e|\u0434\u044f\u043a\u0443\u044e|\u043e\u043a|\u03bd\u03b1\u03b9|\u03cc\u03c7\u03b9|\u05db\u05df|\u05dc\u05d0|\u05ea\u05d5\u05d3\u05d4|\u0646\u0639\u0645|\u0634\u0643\u0631\u0627|\u0628\u0627\u0634\u0647)\b|"
    r"\u3067\u3059|\u307e\u3059|\u304f\u3060\u3055\u3044|\uc694(?![\uac00-\ud7a3])|\ub2c8\ub2e4|\u5417|\u8c22|\u597d\u7684|\u0e04\u0e23\u0e1a|\u0e04\u0e30|\u0e04\u0e30|\u0e08\u0e32",
    re.IGNORECASE,
)
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


def speaker_of_turns(text: str, end: int) -> Iterable[Finding]:
    """`Jane: hi there?` where several lines around begin so, and one of those who talk does so again."""
    return _repeated(text, end, _TURN)


def marked(text: str, end: int) -> Iterable[Finding]:
    """`- Jane: hi`, `10:31 Jane: hi`, `Jane> hi`, `Agent Jane: hi`, `Jane:` above what she says.

    With no clock before them, somebody must speak twice, or all have first and last names: lists look like this, too.
    """
    return _repeated(text, end, _MARKED, strict=True)


def angled(text: str, end: int) -> Iterable[Finding]:
    """`<Jane> hi`, as chats of the eldest kind have it."""
    return _repeated(text, end, _ANGLED)


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


def _repeated(text: str, end: int, pattern: re.Pattern[str], strict: bool = False) -> Iterable[Finding]:
    line = text.rfind("\n", max(0, end - 88), end - 1) + 1
    if text[end - 2 : end - 1] == "\n":  # what is said stands in the next line
        line = text.rfind("\n", max(0, end - 88), end - 2) + 1
    own = pattern.match(text, line, end + 2)
    if own is None or not _is_speaker(own.group(1)):
        return ()
    first = max(0, line - REACH)
    around = text[first : end + REACH]
    turns = [match for match in pattern.finditer(around) if match.start() or not first]
    counts = Counter(turn.group(1) for turn in turns)
    most = max(counts.values(), default=0)
    if (
        (most < 2 and (len(counts) < 2 or not _are_turns(around, len(turns))))
        or len(counts) > 6
        or not (_is_talk(around) or _take_turns([turn.group(1) for turn in turns], around))
        or (len(counts) < 2 and parts(own.group(1)) < 2)
    ):
        return ()
    if strict and most < 2 and _CLOCKED.match(text, line) is None and not all(parts(name) > 1 for name in counts):
        return ()
    if sum(_is_speaker(name) or name.isupper() or name.islower() for name in counts) < len(counts):
        return ()  # keys and their values, some of which come twice
    return named(text, own.start(1), own.end(1), 0.75, "speaks in a chat")


@lru_cache(maxsize=2048)
def _is_speaker(name: str) -> bool:
    if name_at(name, 0, len(name)) != len(name) or name.isupper() or not 1 <= parts(name) <= 5:
        return False
    return not is_thing(name) and not is_label(name) and (meaning(name) is None or parts(name) > 2)


def _is_talk(around: str) -> bool:
    """Whether people seem to talk there: with such words, or in sentences after every name."""
    if _TALK.search(around) is not None:
        return True
    said = [line.partition(": ")[2] for line in around.split("\n") if line.strip()]
    blanks = [text.count(" ") for text in said]
    return (
        len(said) >= 2
        and min(blanks) >= 1
        and sum(blanks) >= 3 * len(said)
        and any(text[:1].islower() for text in said)
    )


def _take_turns(names: list[str], around: str) -> bool:
    """Whether a few names take turns, line after line, and somebody says a sentence: lists have each name once."""
    taken = sum(one != other for one, other in pairwise(names))
    return (
        len(names) >= 3
        and 2 <= len(set(names)) <= 3
        and 3 * taken >= 2 * (len(names) - 1)
        and _are_turns(around, len(names))
        and any(_SAYING.match(line.partition(": ")[2]) is not None for line in around.split("\n"))
    )


#: Three words, the first of which is small.
_SAYING = re.compile(r"[^\W\dA-Z_][^\s]*(?: [^\s]+){2}")


def _are_turns(around: str, count: int) -> bool:
    """Whether so many turns are most of the lines."""
    return count * 3 >= 2 * sum(1 for line in around.split("\n") if line.strip())


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
    if len(turns) < 2 or not (again or most or _TALK.search(around) is not None):
        return ()
    span = whole_name(text, own.start(1), own.end(1), least=1 if again or (most and _TALK.search(around)) else 2)
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
