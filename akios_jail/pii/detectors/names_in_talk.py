"""Names of those who talk: in chats without a clock, in exports of messengers, before "wrote:", in logs of trackers.

Each function gets the text and where its trigger ends, and gives the names that stand there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from akios_jail.pii.detectors.name_grammar import MAX_NAME, is_thing, name_at, named, parts, whole_name
from akios_jail.pii.detectors.names_labelled import is_label
from akios_jail.pii.finding import REACH, Finding
from akios_jail.pii.keys import meaning

_TURN = re.compile(r"^[ >]{0,3}([^\W\d_][^\n:<>{}()\[\]=\"#/|]{0,40}): +(?=\S)", re.MULTILINE)
_ANGLED = re.compile(r"^<([^\W\d_][^\n<>/=\"]{1,30})> (?=\S)", re.MULTILINE)
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
    r"(?:,|  ?|\t)? ?(?:- )?[\[(]?(?:(?i:today|yesterday)(?: at)? )?(?:[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4},? )?"
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?[\])]?\r?\n\Z"
)
#: Who, when, and what is said or the end of the line.
_TIMED = re.compile(
    r"^([^\W\d_][^\n:<>{}()\[\]=\"#/|\d,]{0,40}?)"
    r"(?: \(\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?\): ?| (?:kl\.?|klo) \d{1,2}[:.]\d{2}: ?|"
    r",? \[(?:[\d./-]{6,10},? )?\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?\]:?(?=\s)|"
    r"(?:, | - | )(?:[\d./-]{6,10},? )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?(?::? (?=\S)|(?=\r?\n)))",
    re.MULTILINE,
)


def speaker_of_turns(text: str, end: int) -> Iterable[Finding]:
    """`Jane: hi there?` where several lines around begin so, and one of those who talk does so again."""
    return _repeated(text, end, _TURN)


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


def _repeated(text: str, end: int, pattern: re.Pattern[str]) -> Iterable[Finding]:
    line = text.rfind("\n", max(0, end - 64), end) + 1
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
        or not _is_talk(around)
        or (len(counts) < 2 and parts(own.group(1)) < 2)
    ):
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
    return len(said) >= 2 and all(text.count(" ") >= 2 for text in said) and any(text[:1].islower() for text in said)


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
    bracket = text.rfind("]", max(0, end - MAX_NAME), end)
    span = whole_name(text, bracket + 1, end)
    return named(text, *span, 0.75, "speaks in a chat") if span is not None else ()


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
