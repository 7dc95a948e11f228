"""How names are built: words with capitals, initials, particles, hyphens, apostrophes; and in scripts without capitals.

A parser, not a dictionary: it says how far a name goes if one begins (or ends) here. Whether one does, `person_name`
knows from what stands beside it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from akios_jail.pii import key_table
from akios_jail.pii.detectors import letter_words, name_things, name_words
from akios_jail.pii.detectors.phrases import branched, phrases_of
from akios_jail.pii.finding import Finding
from akios_jail.pii.lazy_pattern import LazyPattern

#: A name is not longer.
MAX_NAME = 80
MAX_PARTS = 5

_UPPER = "".join(char for char in map(chr, range(0x41, 0x2000)) if char.isupper() or char.istitle())
_LETTER = r"[^\W\d_]"
#: What Arabic names have before a part, in small letters: `al-Rashid`.
_ARTICLE = r"(?:al|el|ar|as|ash|ad|an|az|at|ul|ur|bin|abd)-"
_WORD = rf"(?:{_ARTICLE}|[dl]['\u2019])?[{_UPPER}](?>(?:{_LETTER}|['\u2019\u02bc](?={_LETTER})|-(?={_LETTER}))*)"
_INITIAL = rf"[{_UPPER}]\.(?:[ -]?[{_UPPER}]\.)*"
_PART = rf"(?!(?:Jr|Sr|PhD|MD|MBA|Esq)\b)(?:{_INITIAL}|{_WORD})"
_JOIN = rf"[ ](?:(?:{name_words.PARTICLES})[ ]){{0,3}}|-"
_AFTER = r"(?:,? (?:Jr|Sr|II|III|IV|PhD|MD|MBA|Esq|OBE)\b\.?)?"
_CASED = re.compile(
    rf"(?:(?:{name_words.PARTICLES}) ){{0,2}}{_PART}(?:(?:{_JOIN}){_PART}){{0,{MAX_PARTS - 1}}}{_AFTER}"
)
_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff\u3005]"
_KANA = r"[\u3040-\u30ff]"
_HANGUL = r"[\uac00-\ud7a3]"
_UNCASED = LazyPattern(
    rf"{_HAN}{{1,4}}[ ]{_HAN}{{1,4}}|{_HAN}{{1,4}}[\u3040-\u309f]{{1,5}}|{_HAN}{{2,5}}|"
    rf"{_KANA}{{2,8}}(?:[ .]{_KANA}{{2,8}})?|"
    rf"{_HANGUL}{{2,4}}(?: {_HANGUL}{{2,3}})?|"
    r"[\u0590-\u05ff]{2,12}(?:[ -][\u0590-\u05ff]{2,12}){0,3}|[\u0621-\u06ff]{2,12}(?: [\u0621-\u06ff]{2,12}){0,3}|"
    r"[\u0900-\u0dff]{2,16}(?: [\u0900-\u0dff]{2,16}){0,2}|[\u0e00-\u0e7f]{2,24}(?: [\u0e00-\u0e7f]{2,24})?|"
    r"[\u10a0-\u10ff]{2,16}(?: [\u10a0-\u10ff]{2,16}){0,2}|[\u1200-\u137f]{2,12}(?: [\u1200-\u137f]{2,12}){0,2}|"
    r"[\u1000-\u109f]{2,24}(?: [\u1000-\u109f]{2,16}){0,3}|[\u0e80-\u0eff]{2,24}(?: [\u0e80-\u0eff]{2,24})?|"
    r"[\u1780-\u17ff]{2,24}(?: [\u1780-\u17ff]{2,24})?"
)
_BEFORE = LazyPattern(rf"(?<!\w)(?:{_CASED.pattern}|(?:{_UNCASED.pattern}))\Z")
_TITLES = sorted((re.escape(word.strip().lower()) for word in name_words.TITLES.split(",")), key=len, reverse=True)
_TITLE = LazyPattern(rf"(?:(?:{branched(_TITLES)})\.? ){{1,4}}", re.IGNORECASE)
#: Letters of titles that are small forms of an ASCII letter, too, where case does not count.
_SMALL = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")
#: The first two characters of titles: of most words they tell sooner than the titles that they are none.
_BEGIN_TITLES = frozenset(f"{word.strip()}."[:2].translate(_SMALL).lower() for word in name_words.TITLES.split(","))
_BEGIN_TITLES |= {f"{begin[0]} " for begin in _BEGIN_TITLES if begin[1] == "."}
#: A form of address that follows a name with no blank between.
_FORM = re.compile("|".join(sorted((word.strip() for word in name_words.SUFFIXES.split(",")), key=len, reverse=True)))
_SPLIT = re.compile(r"[ .]+")

NOT_NAMES = frozenset(name_things.NOT_NAMES.split())
#: What people are called by what they are to somebody: `Operator: hello`.
_ROLES = frozenset(phrase.strip() for phrase in key_table.PEOPLE.split(",")) - {"judge", "parent", "child", "guest"}
THINGS = frozenset(name_things.THINGS.split())
#: No first names.
FIRST_OF_THINGS = frozenset(name_things.FIRST_OF_THINGS.split())
_EAST_ASIAN_THINGS = tuple(name_things.EAST_ASIAN_THINGS.split())
_ALL_GREETINGS = frozenset(
    phrase.casefold() for phrase in phrases_of(f"{letter_words.SALUTATIONS},{letter_words.CLOSINGS}")
)
#: Greetings of several words, or in a script in which they look like names: nobody is called so.
_GREETINGS = frozenset(
    phrase.casefold()
    for phrase in phrases_of(f"{letter_words.SALUTATIONS},{letter_words.CLOSINGS}")
    if " " in phrase or phrase[0] > "\u036f"
)
_ENDS_OF_GREETINGS = frozenset(phrase[first:] for phrase in _GREETINGS for first in range(len(phrase)))


def name_at(text: str, start: int, limit: int) -> int:
    """Where the name that begins at `start` ends; `start` itself if none does. Nothing from `limit` on is looked at."""
    match = _CASED.match(text, start, limit) or _UNCASED.match(text, start, limit)
    if match is None:
        return start
    name = match.group()
    if name[0] >= "\u2e7f":
        form = _FORM.search(name, 1)
        name = name if form is None else name[: form.start()].rstrip()
    return start + len(_without_sentence(name))


def name_before(text: str, first: int, end: int) -> int:
    """Where the name that ends at `end` begins, not before `first`; `end` itself if none does."""
    piece = text[first:end]
    # The leftmost beginning of what could be a name up to the end; a bounded piece makes this a bounded search.
    match = _BEFORE.search(piece, 0, len(piece))
    if match is None or _without_sentence(match.group()) != match.group():
        return end
    return first + match.start()


def after_last(signs: re.Pattern[str], text: str, first: int, end: int) -> int:
    """Where what stands behind the last of these signs before `end` begins; `first` if none is there."""
    sign = signs.search(text[first:end][::-1])
    return first if sign is None else end - sign.start()


def title_at(text: str, start: int, limit: int) -> int:
    """Where titles that begin at `start` end."""
    begin = text[start : start + 2]
    if begin.isascii() and begin.lower() not in _BEGIN_TITLES:
        return start
    match = _TITLE.match(text, start, limit)
    return start if match is None else match.end()


#: After the article of `d'Ormesson`.
_APOSTROPHES = ("'", "\u2019")


@lru_cache(maxsize=4096)
def parts(name: str) -> int:
    """How many words a name has, initials included; of a name without capitals or blanks, two."""
    if name and not name[0].isupper() and not name[0].isascii():
        return max(2, name.count(" ") + 1)
    return sum(1 for part in name.split(" ") if part[:1].isupper() or part[1:2] in _APOSTROPHES)


def whole_name(text: str, start: int, stop: int, least: int = 2, most: int = 5) -> tuple[int, int] | None:
    """Where the name lies that is all that stands from `start` to `stop`, titles aside; also `Doe, Jane`.

    `least` and `most`: of how many parts. None if it is something else, or what things are called.
    """
    piece = text[start:stop]
    start, stop = start + len(piece) - len(piece.lstrip(_AROUND)), start + len(piece.rstrip(_AROUND))
    start = title_at(text, start, stop)
    if stop - start > MAX_NAME or stop <= start:
        return None
    last = name_at(text, start, stop)
    if last > start and text.startswith(", ", last) and last < stop:
        last = name_at(text, title_at(text, last + 2, stop), stop)
    name = text[start:stop]
    if last != stop or not least <= parts(name.replace(",", "")) <= most or is_thing(name):
        return None
    return start, stop


_AROUND = " \t\r\n\"'*_>|"


def is_east_asian(name: str) -> bool:
    """Whether it is in a script in which nothing stands between words, and long enough to be no word by itself."""
    return len(name) > 2 and name[0] >= "\u2e7f" and " " not in name


def is_surnamed(name: str) -> bool:
    """Whether it begins with a family name of China or Korea, and is as long as names are there."""
    bare = name.replace(" ", "")
    if "\uac00" <= bare[0] <= "\ud7a3":
        return bare[0] in name_words.KOREAN_SURNAMES and len(bare) == 3
    return bare[0] in name_words.CHINESE_SURNAMES and 2 <= len(bare) <= 3


def is_thing(name: str) -> bool:
    """Whether a word of it is one that offices, companies, products and places have."""
    if " " not in name and name.lower() in _ROLES:
        return True
    if name[:1] >= "\u2e7f" and any(word in name for word in _EAST_ASIAN_THINGS):
        return True
    words = [word.lower() for word in _SPLIT.split(name)]
    return (len(words) > 1 and words[0] in FIRST_OF_THINGS) or any(map(_is_word_of_things, words))


def _is_word_of_things(word: str) -> bool:
    """`Service-Team` ends in one; `St-Onge` only begins with one."""
    return word in THINGS or ("-" in word and word.rpartition("-")[2] in THINGS)


def normal(name: str) -> str:
    """One form for the spellings of a name."""
    return " ".join(name.replace("\u2019", "'").casefold().split())


def named(text: str, start: int, stop: int, confidence: float, reason: str) -> tuple[Finding, ...]:
    """The finding of a name there; none if there is no name, only a letter, or a greeting or the rest of one."""
    if stop <= start or (stop - start == 1 and text[start] < "\u2e7f") or _is_greeting(text, start, stop):
        return ()
    return (Finding("person_name", start, stop, normal(text[start:stop]), confidence, reason),)


_WORDS_OF = re.compile(r"[^\s-]+")
_SMALL_PARTS = frozenset(
    ("i", "y", "e", "de", "du", "des", "of", "den", "der", "la", "le", "el", "da", "dos", "do", "und", "as")
)
#: After the article of men: `I Made Suardana`.
_BALINESE = re.compile(r" (?:Made|Wayan|Nyoman|Ketut|Gede|Gusti|Komang|Putu|Kadek|Dewa|Ngurah|Nengah|Gde)\b")


def is_greeting(line: str) -> bool:
    """Whether it is what letters begin or end with, and nothing else."""
    return line.casefold() in _ALL_GREETINGS


def _is_greeting(text: str, start: int, stop: int) -> bool:
    name = normal(text[start:stop])
    if name not in _ENDS_OF_GREETINGS:
        return False
    if name in _GREETINGS:
        return True
    before = text[max(0, start - 24) : start].casefold().split("\n")[-1]
    return f"{before.split(' ')[-1]}{name}" in _GREETINGS or f"{before.rstrip().split(' ')[-1]} {name}" in _GREETINGS


def _without_sentence(name: str) -> str:
    """The name without what no name has: `Jane Please` is `Jane`; `Team` is nobody."""
    if not any(word.rstrip(".,'") in NOT_NAMES for word in name.lower().replace("-", " ").split()):
        return name.rstrip(" -,")
    kept = len(name)
    for match in _WORDS_OF.finditer(name):
        word = match.group()
        if word in _SMALL_PARTS and match.start() and match.end() < kept:
            continue  # `Casals i Roca`
        if word.lower().rstrip(".,'") in NOT_NAMES and not (word == "I" and _BALINESE.match(name, match.end())):
            kept = match.start()
            break
    return name[:kept].rstrip(" -,")
