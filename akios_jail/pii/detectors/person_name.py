"""Names of people, where something beside them says that they are: no list of names, no guessing.

What says so: a salutation, the closing of a letter, "my name is", a title, a line of a header, an address for e-mail
after it, the time before a line of a chat, words such as "spoke with" and "patient". In several languages and scripts;
`name_words` holds the words, `name_grammar` says how far a name goes.

Confidence: before an address for e-mail 0.9; in a salutation or closing, after a title or "my name is" 0.85; in a
header 0.8; in a chat 0.75; after a word such as "patient" 0.65.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors import name_grammar, name_words
from akios_jail.pii.detectors.name_grammar import is_thing, name_at, name_before, normal, parts, title_at
from akios_jail.pii.finding import REACH, Finding, View

#: A name is not longer.
MAX_NAME = 80


def _any_of(words: str) -> str:
    """A pattern for any of the words, the longer before the shorter."""
    phrases = sorted({" ".join(phrase.split()) for phrase in words.split(",")})
    phrases.sort(key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\ ", " ") for phrase in phrases)


def _edged(words: str) -> str:
    """The same, not within longer words of ASCII letters."""
    ascii_: list[str] = []
    other: list[str] = []
    for phrase in words.split(","):
        (ascii_ if phrase.strip()[:1].isascii() else other).append(phrase)
    return rf"(?:\b(?:{_any_of(','.join(ascii_))})" + (rf"|(?:{_any_of(','.join(other))}))" if other else ")")


def _salutations() -> str:
    """A blank follows, but in scripts that have none."""
    phrases = name_words.SALUTATIONS.split(",")
    unspaced = [phrase for phrase in phrases if phrase.strip()[0] > "\u2e7f"]
    spaced = [phrase for phrase in phrases if phrase not in unspaced]
    return rf"{_edged(','.join(spaced))}[ ,:\n]{{1,2}}|(?:{_any_of(','.join(unspaced))})[ ,:]{{0,2}}"


_AFTER_SALUTATION = re.compile(r"[ ]?(?:[,!:;.\u3001\uff0c\u061b\u060c]|-+(?=\s)|\n|\Z| (?:and|und|et|y|e|en|i|&) )")
_AND = re.compile(r",? (?:and|und|et|y|e|en|i|och|og|&) ")
_CLOSED_LINE = re.compile(r"[ \t]*(?:\n|\Z|[,|(/-]|\.?$)", re.MULTILINE)
_ENTRY = re.compile(r"[\"']?([^<>\"'\n;,@]{2,60})[\"']?[ ]?(?:<[^<>\n]{3,100}>|\([^()\n]{3,100}\))?[;,]?[ ]?")
_CLOCK = re.compile(r"\d:\d\d(?:[ ]?[APap]\.?[Mm]\.?)?([\])]?,? (?:- )?)")
_BESIDE = re.compile(r"[\"']?(?:, ?|; ?|\t| \| | - |\]?\()[\"']?(?:mailto:)?[^\s<>@(),;\"'|]{1,64}@\Z")
_BORN = re.compile(rf",? \(?(?:{_any_of(name_words.BORN)})\Z")
#: A number before "Dr" makes it a street.
_NUMBERED = re.compile(r"\d[\w ]{1,30}\Z")
_PERSONAL = re.compile(
    r"@|\b(?:dob|birth|e-?mail|phone|tel|mobile|ssn|passport|address|street|patient|employee|customer|age|gender|sex|title|"
    r"geburt|telefon|anschrift|adresse|naissance|correo|direcci|nascita|nascimento|geboorte|urodzenia)",
    re.IGNORECASE,
)


class PersonName:
    """One trigger a kind of announcement; the name follows it, or precedes it: the address, the form of address."""

    kind = "person_name"
    triggers = (
        _salutations(),
        rf"(?i)(?:{_any_of(name_words.CLOSINGS)})[ ,.!:-]{{0,3}}\n",
        rf"(?i)(?:{_any_of(name_words.SELF)})[ :]{{0,2}}",
        rf"(?i){_edged(name_words.SELF_FULL)}[ :]{{1,2}}",
        rf"(?:{_any_of(name_words.HEADERS)}):[ ]",
        r"[^\s<>@]\"? [<(][^\s<>@()]{1,64}@",
        rf"{_edged(name_words.TITLES)}\.? ",
        r"[0-9]:[0-9]{2}(?: ?[AaPp]\.?[Mm]\.?)?[\])]?,? (?:- )?[^\s\d\[(<{:][^\n:]{0,40}: ",
        rf"(?:{_any_of(name_words.SUFFIXES)})",
        r"[^\s\d,;|\t<>@][\"']?(?:, ?|; ?|\t| \| | - |\]?\()[\"']?[^\s<>@(),;\"'|]{1,64}@",
        rf"[^\s\d],? \(?(?:{_any_of(name_words.BORN)})\b",
    )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        return self._CHECKS[trigger](view.folded, end)

    @staticmethod
    def _salutation(text: str, end: int) -> Iterable[Finding]:
        start = title_at(text, _skip(text, end), end + REACH)
        stop = name_at(text, start, end + MAX_NAME)
        if stop == start or is_thing(text[start:stop]):
            return ()
        closed = _AFTER_SALUTATION.match(text, stop) is not None
        if not closed and (parts(text[start:stop]) > 3 or not text[stop : stop + 2].lstrip().islower()):
            return ()
        found = _finding(text, start, stop, 0.85 if closed else 0.65, "addressed in a salutation")
        another = _AND.match(text, stop)
        if another is None:
            return found
        last = name_at(text, another.end(), another.end() + MAX_NAME)
        return found + _finding(text, another.end(), last, 0.85, "addressed in a salutation")

    @staticmethod
    def _closing(text: str, end: int) -> Iterable[Finding]:
        start = title_at(text, _skip(text, end), end + REACH)
        stop = name_at(text, start, end + MAX_NAME)
        if stop == start or _CLOSED_LINE.match(text, stop) is None or is_thing(text[start:stop]):
            return ()
        return _finding(text, start, stop, 0.85, "signed after a closing")

    @staticmethod
    def _said(text: str, end: int) -> Iterable[Finding]:
        start = title_at(text, _skip(text, end), end + REACH)
        stop = name_at(text, start, end + MAX_NAME)
        if stop == start or is_thing(text[start:stop]):
            return ()
        return _finding(text, start, stop, 0.85, "somebody says that it is their name")

    @staticmethod
    def _spoken_of(text: str, end: int) -> Iterable[Finding]:
        start = title_at(text, _skip(text, end), end + REACH)
        stop = name_at(text, start, end + MAX_NAME)
        count = parts(text[start:stop])
        if count < 2 or count > 4 or is_thing(text[start:stop]) or text[start:stop].isupper():
            return ()
        if not text[start].isupper():
            return ()
        return _finding(text, start, stop, 0.65, "a word before it speaks of a person")

    @staticmethod
    def _header(text: str, end: int) -> Iterable[Finding]:
        line = text.rfind("\n", max(0, end - 40), end) + 1
        label = text[max(line, end - 40) : end - 2].strip(" \t>*|-#\"'")
        if label.lower() not in _HEADERS:
            return []
        stop = text.find("\n", end, end + REACH)
        stop = end + REACH if stop < 0 else stop
        found: list[Finding] = []
        around = text[max(0, end - REACH) : end + REACH]
        for entry in _ENTRY.finditer(text, end, stop):
            addressed = "@" in entry.group()
            start = title_at(text, entry.start(1), entry.end(1))
            last = name_at(text, start, entry.end(1))
            name = text[start:last]
            if last == start or text[last : entry.end(1)].strip() or is_thing(name) or parts(name) > 5:
                continue
            if not addressed and (parts(name) < 2 or (_PLAIN.match(label) and _PERSONAL.search(around) is None)):
                continue
            found += _finding(text, start, last, 0.8, "in a line that names people")
        return found

    @staticmethod
    def _before_address(text: str, end: int) -> Iterable[Finding]:
        open_ = max(text.rfind("<", max(0, end - 70), end), text.rfind("(", max(0, end - 70), end))
        if open_ < 0:
            return ()
        first = max(0, open_ - MAX_NAME)
        last = first + len(text[first:open_].rstrip(" \"'"))
        line = max(text.rfind(sign, first, last) for sign in "\n:;,<>\"'|\t([")
        start = name_before(text, max(first, line + 1), last)
        if text[start - 2 : start] == ", ":
            surname = name_before(text, first, start - 2)
            start = surname if surname < start - 2 and text[surname - 1 : surname] in ('"', "'", "") else start
        start = title_at(text, start, last)
        name = text[start:last]
        if start == last or is_thing(name) or (parts(name) < 2 and text[open_] == "("):
            return ()
        return _finding(text, start, last, 0.9, "before an address for e-mail")

    @staticmethod
    def _beside_address(text: str, end: int) -> Iterable[Finding]:
        """`("Jane Doe", "jane@example.com")`, `Jane Doe,jane@example.com`, `[Jane Doe](mailto:…)`."""
        piece = text[max(0, end - MAX_NAME - 72) : end]
        match = _BESIDE.search(piece)
        if match is None:
            return ()
        last = end - len(piece) + match.start()
        return _ending(text, last, 0.8, "beside an address for e-mail")

    @staticmethod
    def _before_birth(text: str, end: int) -> Iterable[Finding]:
        piece = text[max(0, end - 40) : end]
        match = _BORN.search(piece)
        if match is None:
            return ()
        return _ending(text, end - len(piece) + match.start(), 0.8, "before a date of birth or an age")

    @staticmethod
    def _titled(text: str, end: int) -> Iterable[Finding]:
        start = title_at(text, end, end + REACH)
        stop = name_at(text, start, end + MAX_NAME)
        name = text[start:stop]
        if (
            stop == start
            or is_thing(name)
            or parts(name) > 4
            or not (text[start].isupper() or not text[start].isascii())
        ):
            return ()
        if _NUMBERED.search(text[max(0, end - 40) : end].rstrip(" .")[:-2]):
            return ()  # 12 Oak Dr Springfield
        return _finding(text, start, stop, 0.85, "after a title")

    @staticmethod
    def _speaker(text: str, end: int) -> Iterable[Finding]:
        stop = end - 2
        first = max(0, stop - 48)
        clocks = list(_CLOCK.finditer(text[first:stop]))
        if not clocks:
            return ()
        clock = clocks[-1]
        start = first + clock.end()
        bracketed = clock.group(1).strip() != ""
        name = text[start:stop]
        if name_at(text, start, stop) != stop or is_thing(name) or name.isupper() or not 1 <= parts(name) <= 3:
            return ()
        if parts(name) == 1 and not bracketed:
            return ()
        return _finding(text, start, stop, 0.75, "speaks in a chat")

    @staticmethod
    def _suffixed(text: str, end: int) -> Iterable[Finding]:
        match = _SUFFIXED.search(text, max(0, end - 16), end)
        if match is None or match.group(1) in name_grammar.NOT_NAMES or match.group(1)[-1] in _NOT_LAST:
            return ()
        name = match.group(1)
        if match.group(2) in _CHINESE and name[0] not in _SURNAMES:
            return ()
        return _finding(text, match.start(1), match.end(1), 0.75, "before a form of address")

    _CHECKS = (
        _salutation,
        _closing,
        _said,
        _spoken_of,
        _header,
        _before_address,
        _titled,
        _speaker,
        _suffixed,
        _beside_address,
        _before_birth,
    )


_HEADERS = frozenset(" ".join(header.split()).lower() for header in name_words.HEADERS.split(","))
#: Headers that things have as well as people.
_PLAIN = re.compile(
    r"(?:names?|nombre|nom|nome|naam|namn|navn|nimi|isim|имя|名前|이름|from|to|de|da|von|an|van|od|do)\Z", re.I
)
_SUFFIXED = re.compile(
    r"((?<![\u4e00-\u9fff])[\u4e00-\u9fff\u3005]{1,4}|(?<![\u30a0-\u30ff])[\u30a0-\u30ff]{2,8}|"
    rf"(?<![\uac00-\ud7a3])[\uac00-\ud7a3]{{2,4}})[ ]?({_any_of(name_words.SUFFIXES)})\Z"
)
_NOT_LAST = frozenset("客皆各貴奥神王殿々")
_CHINESE = frozenset(("先生", "女士", "小姐", "经理", "老师", "医生"))
#: Nine of ten Chinese have one of these.
_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙周吴吳徐孙孫马馬朱胡郭何林罗羅高郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈"
    "姚卢盧姜崔钟鐘谭譚陆陸汪范石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴武戴莫孔向汤湯欧歐"
)


def _skip(text: str, end: int) -> int:
    """The first place from `end` on that is neither blank nor the beginning of a quotation, within a few characters."""
    for index in range(end, min(end + 4, len(text))):
        if text[index] not in " \n\r\t,:*\"'":
            return index
    return min(end, len(text))


def _ending(text: str, last: int, confidence: float, reason: str) -> tuple[Finding, ...]:
    """First and last name, if they end here and nothing else is in their line or cell."""
    first = max(0, last - MAX_NAME)
    line = max(text.rfind(sign, first, last) for sign in "\n:;,<>\"'|\t([.!?")
    start = name_before(text, max(first, line + 1), last)
    start = title_at(text, start, last)
    name = text[start:last]
    if start == last or is_thing(name) or not 2 <= parts(name) <= 4:
        return ()
    return _finding(text, start, last, confidence, reason)


def _finding(text: str, start: int, stop: int, confidence: float, reason: str) -> tuple[Finding, ...]:
    if stop <= start or (stop - start == 1 and text[start] < "\u2e7f"):
        return ()
    return (Finding("person_name", start, stop, normal(text[start:stop]), confidence, reason),)
