"""Dates of birth: dates after words that say so.

Any other date is left alone: most are of orders, meetings and log lines. The words and the date may be in any of some
thirty languages and orders of day, month and year.

Confidence: 0.95.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.answers import answer_after, word_end
from akios_jail.pii.detectors.birth_words import BORN
from akios_jail.pii.detectors.dates import LAST, begins_date, date_at
from akios_jail.pii.detectors.surroundings import digit_after
from akios_jail.pii.finding import KEYED, Finding
from akios_jail.pii.view import View

#: How much of a month's name may stand before the first digit.
_NAME = 34
#: Short for it right before a date; and signs that stand for it after a name.
_ABBREVIATED = r"fn|f\.n|f/n|d\.n|sz|sz[uü]l|synt|do[gğ]|roj|ro[dđ]|dzim|gim|s[uü]nd|fec(?:ha)?\.?(?: de)? nac|fdn|ttl"
_UNBOUND = r"γεν|ת\. ?לידה|ת\.ל"
_SIGNS = (
    r"(?i)(?:[(,] ?\*|(?:^|[ \n])\*|(?:^|[\s(,;|/\"])(?:[bfsnr][.:]{1,2}|b|n[.:] (?:il|le|el|em|a)|"
    r"d[.:]?n[.:]{0,2}|f\.d\.|gd:|ns:|nac\.?|"
    r"naiss\.?:?|sinh:?|nar\.|нар\.|др[.:]?|д/р:?|д\.н\.|р\.|н\.|род:|full date:?|생:|d\. ?t[.:]|dtl\.|"
    r"ت\.م)) ?(?:den |the |d\. |on |il |le |na |ngày )?"
    r"[0-9]{1,4}[-/. ]"
)
#: What follows an age.
_OLD = (
    "years?(?: old)?|yrs?|y\\.?/?o\\.?|años|anos|ans|anni|jahre|jaar|lat|år|v|let|rokov|év(?:es)?|ani|"
    "yaş(?:ında)?|лет|років|"
    "годин[аи]|ετών|歳|岁|歲|세"
)
#: What says of somebody behind a date whether it is a man or a woman, and what says it behind an age.
_SEX = r"(?:여|남|女|男|[Mm]ale\b|[Ff]emale\b|weiblich|männlich|masculin|féminin|femenino|feminino|[MF]\b)"
_BEFORE_SEX = (
    rf"(?:(?:19|20)[0-9]{{2}}(?:[-./][0-9]{{1,2}}){{2}}|[0-9][-./](?:19|20)[0-9]{{2}}) ?[,;|/(]{{1,2}} ?{_SEX}"
)
_DATE_AND_SEX = re.compile(
    rf"(?<![0-9./-])(?P<date>[0-9]{{1,4}}[-./][0-9]{{1,2}}[-./][0-9]{{2,4}}) ?[,;|/(]{{1,2}} ?{_SEX}\Z"
)
_BEHIND_SEX = (
    rf"(?i)[0-9] ?-?(?:{_OLD})[ ,/]{{0,3}}(?:[MFWHVK]|male|female|man|woman)[ ,;/(]{{1,3}}[0-9]{{1,4}}[-/.][0-9]"
)
#: Trigger numbers from which on something else than words tells.
_BY_SEX = 8
#: What joins a date of birth to another one's.
_JOIN = re.compile(
    r"(?:[ ,;/&+]{1,3}|\. )(?:(?:and|und|bzw\.?|resp\.?|et|e|y|i|a|og|och|ja|en|oraz|és|і|и|dan|ve|"
    r"(?:y|e|et) (?:el|il|le)|lei|lui|sie|er|elle|ella|he|she|(?:and )?(?:his|hers|mine))"
    r"[ ,:]{1,2}){1,3}(?=[0-9])",
    re.IGNORECASE,
)
_MOST_JOINED = 6
_TO_DATE = re.compile(r"(?:den )?(?P<date>[0-9]{1,4}[-/. ]{1,2}(?:[0-9]|[A-Za-z]{3})?)\Z")
#: What announces a patient in notes.
_RECORDS = "mrn|ur|ipp|nip|pid|hn|paz|pac|pat|pt|patient|paciente|paziente|patientin|nosologico|nhc|chi|nhs"
_OF_PATIENT = re.compile(
    r"(?P<name>[^\W\d_a-z][\w'\u2019.-]*,? [^\W\d_a-z][\w'\u2019.-]*)(?:, | ?/ |  | ?\|"
    r" ?)(?P<date>[0-9]{1,2}[-/.][0-9]{1,2}[-/.]19[0-9]{2})\Z"
)
#: What stands for year behind one.
_YEAR = re.compile(r" ?(?:هـ?|r\.|г\.(?: ?р\.)?|р\.(?: ?н\.)?)(?!\w)")
#: What follows a date of birth: "born" at the end.
_AFTER = (
    r"[0-9日일号號.] ?(?:生まれ|出生|出世|生(?:[^物产産活命态態成存]|\z)|생(?:[^산활일]|\z)|출생)|"
    r"[0-9]\.?(?: in [A-Z][^\W\d]{2,20})? (?:geboren|born|né|née)\b|[0-9] ?(?:г\.? ?р\.|г/р|г(?:\.|ода) ?рожд|"
    r"р\.? ?н\.|року народж)|[0-9][.]?(?:-?[aáeé]n)? született|[0-9] doğumlu"
)
_BORN = re.compile(r"[日일号號.]? ?(?:[生출生出생]|г|р|-?[aáeé]n sz|sz|doğ|in|geb|born|né)[^0-9]{0,16}\Z")
_JAPANESE = re.compile(r"(?<![A-Za-z0-9])[MTSHR][0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{1,2}\Z")
#: Where somebody was born stands between the word and the date, or a program makes the date.
_PLACE = re.compile(
    r"(?:\b(?:in|at|[àaá]|en|em|w|v|te|i|på|di|ở|în|im|na|u|z|ze|à la) )?"
    r"(?<!\w)(?:[^\W\d_a-z][\w'\u2019.-]+[ ,()]{1,3}){1,5},? ?"
    r"(?:on|il|le|am|el|em|dnia|op|den|at|pada|noong|dne|la data de|la|pe|dana|dia|në)? ?(?:the )?\Z"
)
_MADE = re.compile(r"(?:new )?[\w.:]{0,32}(?:\((?:[\"']|\w{1,8}=)?|[\"'])\Z")
_IN_CALL = re.compile(r"((?:19|20)[0-9]{2}), ?([0-9]{1,2}), ?([0-9]{1,2})(?=[,)])")
#: A field of a message about patients, and the line that it is in.
_FIELD = re.compile(r"(?:\||(?P<x12>\*D8\*))(?P<date>[0-9]{8}(?:[0-9]{4,6})?)(?:\|[A-Z])?\Z")
_PATIENT = re.compile(r"(?:\A|\n|\r)(?:PID|NK1|IN1)\|[^\r\n]*\Z")
#: What one letter or a star announces was not last year.
_LAST = "2015"


class DateOfBirth:
    """`DOB: 04/12/1980`, `geboren am 4. Dezember 1980`, `生年月日 1980年12月4日`."""

    kind = "date_of_birth"
    triggers = (
        BORN.trigger,
        KEYED,
        rf"(?i)(?:\b(?:{_ABBREVIATED})|{_UNBOUND})[.:]{{0,2}} ?[0-9]{{1,4}}[-/. ]{{1,2}}[0-9]",
        _SIGNS,
        _AFTER,
        r"\|(?:18|19|20)[0-9]{6}(?:[0-9]{4,6})?\|[AFMNOU]\b|\bDMG\*D8\*[0-9]{8}\b",
        rf"(?i)[0-9] ?(?:{_OLD})[ ,]{{0,2}}\([0-9]{{1,4}}[-/. ]{{1,2}}[0-9]|\bFN:? [0-9]{{1,2}}-[a-z]{{3}}",
        rf"(?i)\b(?:{_RECORDS})\b[^\n;]{{2,70}}(?:, |/ |  |\| ?)[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.]19[0-9]{{2}}\b",
        _BEFORE_SEX,
        _BEHIND_SEX,
    )

    def keyed(self, context: str) -> bool:
        """Whether a name says that its value is a date of birth."""
        return BORN.ends(context)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger > _BY_SEX:
            return self._short(view, end, one_letter=True)
        if trigger == _BY_SEX:
            return self._of_sex(view, end)
        if trigger >= 5:
            return (self._in_message, self._short, self._of_patient)[trigger - 5](view, end)
        if trigger >= 2:
            return self._after(view, end) if trigger == 4 else self._short(view, end, one_letter=trigger == 3)
        digit = digit_after(view, end) if trigger == 0 else end - 1 if view.context else -1
        earliest = max(0, end if trigger == 0 else 0, digit - _NAME)
        found = list(self._announced(view, digit, earliest)) if digit >= 0 else []
        return found or (self._answer(view, end) if trigger == 0 else [])

    def _answer(self, view: View, end: int) -> Iterable[Finding]:
        """The date that somebody gives who was asked for it by the words that end at `end`."""
        start = answer_after(view, end)
        date = date_at(view.folded, start) if start >= 0 and BORN.leads_to(view, word_end(view, end)) else None
        if date is not None:
            yield Finding(self.kind, start, *date, 0.9, "the answer to a question for it")

    def _of_patient(self, view: View, end: int) -> Iterable[Finding]:
        """A date of the last century behind the name of a patient, after the number of a record."""
        match = _OF_PATIENT.search(view.folded, max(0, end - 90), end)
        date = date_at(view.folded, match.start("date")) if match is not None else None
        if match is not None and date is not None:
            yield Finding(self.kind, match.start("date"), *date, 0.8, "a date behind the name of a patient")

    def _of_sex(self, view: View, end: int) -> Iterable[Finding]:
        """`1941.07.08 / 여`: a date behind which it says whether it is a man's or a woman's."""
        match = _DATE_AND_SEX.search(view.folded, max(0, end - 36), end)
        date = date_at(view.folded, match.start("date")) if match is not None else None
        if match is not None and date is not None and date[1] < _LAST:
            yield Finding(self.kind, match.start("date"), *date, 0.8, "a date, and whose it is")

    def _announced(self, view: View, digit: int, earliest: int) -> Iterable[Finding]:
        start = begins_date(view.folded, digit, earliest)
        date = date_at(view.folded, start) or _in_call(view.folded, start) or _of_six(view.folded, start)
        if date is None or not (BORN.leads_to(view, start) or _leads_beyond(view, start)):
            return
        last, day = date
        year = _YEAR.match(view.folded, last)
        start -= 4 if view.folded[max(0, start - 4) : start].lower() == "the " else 0
        last = year.end() if year is not None else last
        yield Finding(self.kind, start, last, day, 0.95, "a date, announced as one of birth")
        for _ in range(_MOST_JOINED):
            join = _JOIN.match(view.folded, last)
            other = date_at(view.folded, join.end()) if join is not None else None
            if join is None or other is None:
                return
            last = other[0]
            yield Finding(self.kind, join.end(), last, other[1], 0.85, "joined to a date of birth")

    def _short(self, view: View, end: int, one_letter: bool = False) -> Iterable[Finding]:
        """A date after letters that are short for birth."""
        match = _TO_DATE.search(view.folded, max(0, end - 16), end)
        date = date_at(view.folded, match.start("date")) if match is not None else None
        if match is None or date is None or (one_letter and date[1] > _LAST):
            return
        yield Finding(self.kind, match.start("date"), *date, 0.85, "a date after letters that are short for birth")

    def _in_message(self, view: View, end: int) -> Iterable[Finding]:
        """The seventh field of the segment PID of HL7, before the sex; the second of DMG in X12."""
        match = _FIELD.search(view.folded, max(0, end - 20), end)
        date = date_at(match["date"][:8], 0) if match is not None else None
        if match is None or date is None or not (match["x12"] or _PATIENT.search(view.before(match.start(), 200))):
            return
        stop = match.end("date")
        yield Finding(self.kind, match.start("date"), stop, date[1], 0.95, "where a message has the date of birth")

    def _after(self, view: View, end: int) -> Iterable[Finding]:
        """A date before a word for born."""
        text = view.folded
        born = _BORN.search(text, max(0, end - 24), end)
        if born is None:
            return
        for stop in range(born.start(), born.start() + 3):
            japanese = _JAPANESE.search(text, max(0, stop - 12), stop)
            if japanese is not None:
                reason = "a date of the Japanese calendar before a word for birth"
                yield Finding(self.kind, *japanese.span(), japanese.group(), 0.9, reason)
                return
        for start in range(max(0, born.start() - 24), born.start()):
            if text[start - 1 : start].isdigit():
                continue
            date = date_at(text, start)
            if date is not None and born.start() - 1 <= date[0] <= born.start() + 2:
                yield Finding(self.kind, start, *date, 0.9, "a date before a word for birth")
                return


def _of_six(text: str, start: int) -> tuple[int, str] | None:
    """`610312`, as numbers of people begin in Sweden and Korea: the year, the month and the day."""
    match = _SIX.match(text, start)
    if match is None:
        return None
    if match[2] is None:
        return match.end(), f"{'19' if int(match[6]) > LAST % 100 else '20'}{match[6]}-{match[5]}-{match[4]}"
    return match.end(), f"{'19' if int(match[1]) > LAST % 100 else '20'}{match[1]}-{match[2]}-{match[3]}"


_SIX = re.compile(
    r"(?:([0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])|(0[1-9]|[12][0-9]|3[01])(0[1-9]|"
    r"1[0-2])([0-9]{2}))(?![0-9A-Za-z./-])"
)


def _in_call(text: str, start: int) -> tuple[int, str] | None:
    """A date as its three numbers in a call."""
    match = _IN_CALL.match(text, start)
    return (match.end(), f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}") if match is not None else None


def _leads_beyond(view: View, start: int) -> bool:
    """Whether the words stand before a place of birth, or a call, that stands before the date."""
    for pattern in (_PLACE, _MADE):
        between = pattern.search(view.folded, max(0, start - 64), start)
        if between is not None and between.group() and BORN.leads_to(view, between.start()):
            return True
    return False
