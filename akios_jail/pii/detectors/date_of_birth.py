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
from akios_jail.pii.detectors.dates import LAST, begins_date, date_at
from akios_jail.pii.detectors.surroundings import Announcement, digit_after
from akios_jail.pii.finding import KEYED, Finding
from akios_jail.pii.view import View

_ANNOUNCED = Announcement(
    "dob", r"d\.o\.b", "d/o/b", "date[ _-]?of[ _-]?birth", "birth[ _-]?date", "birth[ _-]?day", "born", "b-?day",
    "geburtsdatum", "geburtstag", "geb", "geboren", "gebdat", "geb-datum", "date de naissance", "n[ée]e? le",
    "naissance", "n[ée]\\(e\\) le", "anniversaire", "ddn", "fecha de nacimiento", "fecha nac", "f\\. ?nac",
    "naci[oó]", "nac[ií]", "nacid[oa]", "nacimiento", "cumplea[ñn]os", "fdn", "data di nascita", "nat[oa] (?:il|a)",
    "nascita", "nat[oa]", "data de nascimento", "data nasc", "nascid[oa]", "nasci", "nasceu", "nascimento",
    "anivers[aá]rio", "geboortedatum", "geboren op", "geb\\.? ?datum", "verjaardag", "data urodzenia", "ur",
    "urodzon[yaeą]", "urodził[ea]?m? si[eę]", "urodziny", "f[oö]delsedatum", "f[oö]delsedag", "f[oö]dd",
    "f[øo]dselsdato", "f[øo]dt", "f[øo]dselsdag", "syntym[aä]aika", "syntym[aä]p[aä]iv[aä]", "nasc", "dt\\.? ?nasc",
    "d\\. ?tarihi", "d\\.t", "do[gğ]\\. ?tar", "syntynyt", "datum narozen[ií]", "narozen[aý]?",
    "nar", "d[aá]tum narodenia", "sz[uü]let[eé]si", "sz[uü]letett", "data na[sșş]terii", "n[aă]scut[aă]?",
    "datum ro[dđ]enja", "ro[dđ]en[ao]?", "do[gğ]um tarihi", "do[gğ]umlu", "sünniaeg", "gimimo data",
    "sz[uü]l", "sz[uü]l\\.? ?id[oő]", "f/nac", "f\\.? ?/ ?nac", "geb\\.? ?-?dat", "дата рожд", "род", "לידה",
    "do[gğ]um", "do[gğ]umu", "nat[oai]/[aoei]", "nacid[oa]/[oa]", "nascid[oa]/[oa]", "nascid[oa]\\(a\\)", "n[eé]/e",
    "narozen[aáyý]?/[aáyý]", "narodi[lt]", "urodz", "data ur", "dat\\. ?ur", "datum nar", "dat\\. ?nar", "szül\\.",
    "sz\\.",
    "生\\(", "出生地及日期", "出生年月日", "생\\(", "рожд", "року народження", "г\\. ?р", "дата нар",
    "fecha de nac", "f\\. ?de ?nac", "data de nasc", "d\\. ?nasc", "d\\.n", "d\\. di nascita", "geb\\. ?am",
    "f[oø]dsel", "f\\. ?dato", "syntym[aä]", "s[uü]nd", "dz\\. ?dat", "gim\\. ?data", "ημ/νία γέννησης",
    "ημ\\. γεν", "γεννημέν",
    "ngày/tháng/năm sinh", "năm sinh", "tempat/tanggal lahir", "เกิดเมื่อ", "जन्म तिथी", "जन्म दिनांक", "ولادة", "ولد في",
    "مولود",
    "ת\\.? ?לידה", "d[aá]ta nasc", "tanggal kelahiran", "birth date is",
    "ttl", "birthdt", "dt birth", "fecha nacim", "data nasterii",
    "dzim[sš]anas datums", "ημερομηνία γέννησης", "ημ\\. γέννησης", "γεννήθηκε", "дата рождения", "родил(?:ся|ась)",
    "рождения", "д\\.р", "дата народження", "народи(?:вся|лась)", "дата на раждане", "датум рођења", "生年月日",
    "誕生日", "出生日期", "出生年月", "出生", "生日", "生於", "生于", "생년월일", "출생", "생일", "تاريخ الميلاد",
    "تاريخ الولادة", "مواليد", "תאריך לידה", "נולד", "जन्म ?तिथि", "जन्म तारीख", "जन्मदिन", "วันเกิด",
    "วัน/เดือน/ปีเกิด", "ngày sinh", "sinh ngày", "tanggal lahir", "tgl lahir", "lahir", "tarikh lahir",
    "kapanganakan", "tarehe ya kuzaliwa", "geboortedag", "f\\. ?d\\. ?n", "dn", "dato di nascita", "datum rojstva",
    "rojen[a]?", "ro[dđ]en[a]?", "dátum narodenia", "naroden[ýá]", "gimim", "gim[eę]s", "dzimis", "dzimusi",
    "sündinud", "f[æa]ðingardagur", "f[æa]dd", "dat[eë]lindja", "d[aá]ta breithe", "dyddiad geni",
    "data de naixement", "jaioteguna", "do[gğ]um tarixi", "туған күні", "роден", "родена", "դննդյան",
    "დაბადების თარიღი", "تاریخ تولد", "تاریخ پیدائش", "জন্ম তারিখ", "பிறந்த தேதி", "petsa ng kapanganakan", "született",
    "narozen", "sünnikuupäev", "s[uü]nniaeg", "dzim[sš]anas dat", "gimimo diena", "f[oö]delsedat", "born day",
    "ditëlindja", "rođendan", "рођен", "рођена", "туған жылы", "tug.ilgan sana", "tu[gʻ]'?ilgan",
    "fecha de naixement", "data nașterii", "дата народж", "народжен[аий]", "วันเดือนปีเกิด", "เกิดวันที่",
    "ngày tháng năm sinh", "జన్మ తేదీ", "जन्मतारीख", "เกิด", "जन्म", "ولد", "ولدت", "γεννηθείς", "γεννηθείσα", "נולדה",
    "n[ée]e? à", "place and date of birth", "tempat,? ?/? ?tgl\\.? lahir",
    fillers="d[aá]tum|id[oő]|hely|és|zur|verifizierung|verification|confirm|on|at|in|here|there|was|born|dd|mm|"
    "yyyy|yy|jj|aaaa|tt|jjjj|gg|rrrr|date|day|patient|customer|client|am|dem|den|le|il|el|em|dia|"
    "d[ií]a|op|dnia|roku|a|of|baby|it|m|f",
)  # fmt: skip
#: How much of a month's name may stand before the first digit.
_NAME = 14
#: Short for it right before a date; and signs that stand for it after a name.
_ABBREVIATED = r"fn|f\.n|f/n|d\.n|sz|sz[uü]l|synt|do[gğ]|roj|ro[dđ]|dzim|gim|s[uü]nd|fec(?:ha)?\.?(?: de)? nac|fdn|ttl"
_UNBOUND = r"γεν|ת\. ?לידה|ת\.ל"
_SIGNS = r"[(,] ?(?:\*|[bfs]\.) ?(?:den )?[0-9]{1,4}[-/. ]"
_TO_DATE = re.compile(r"(?:den )?(?P<date>[0-9]{1,4}[-/. ]{1,2}(?:[0-9]|[A-Za-z]{3})?)\Z")
#: What follows an age; and what announces a patient in notes.
_OLD = (
    "years?(?: old)?|yrs?|y\\.?/?o\\.?|años|anos|ans|anni|jahre|jaar|lat|år|v|let|rokov|év(?:es)?|ani|"
    "yaş(?:ında)?|лет|років|"
    "годин[аи]|ετών|歳|岁|歲|세"
)
_RECORDS = "mrn|ur|ipp|nip|pid|hn|paz|pac|pat|pt|patient|paciente|paziente|patientin|nosologico|nhc|chi|nhs"
_OF_PATIENT = re.compile(
    r"(?P<name>[^\W\d_a-z][\w'\u2019.-]*,? [^\W\d_a-z][\w'\u2019.-]*)(?:, | ?/ |  | ?\|"
    r" ?)(?P<date>[0-9]{1,2}[-/.][0-9]{1,2}[-/.]19[0-9]{2})\Z"
)
#: What stands for year behind one.
_YEAR = re.compile(r" ?(?:r\.|г\.(?: ?р\.)?|р\.(?: ?н\.)?)(?!\w)")
#: What follows a date of birth: "born" at the end.
_AFTER = (
    r"[0-9日일.] ?(?:生まれ|出生|出世|生(?:[^物产産活命态態成存]|\z)|생(?:[^산활일]|\z)|출생)|"
    r"[0-9] ?(?:г\.? ?р\.|г(?:\.|ода) ?рожд|р\.? ?н\.|року народж)|[0-9][.]?(?:-?[aáeé]n)? született|[0-9] doğumlu"
)
_BORN = re.compile(r"[日일.]? ?(?:[生출生出생]|г|р|-?[aáeé]n sz|sz|doğ)[^0-9]{0,16}\Z")
_JAPANESE = re.compile(r"(?<![A-Za-z0-9])[MTSHR][0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{1,2}\Z")
#: Where somebody was born stands between the word and the date, or a program makes the date.
_PLACE = re.compile(
    r"(?:\b(?:in|at|[àaá]|en|em|w|v|te|i|på|di|ở) )?(?:[^\W\d_a-z][\w'\u2019.-]+[ ,()]{1,3}){1,3},? ?"
    r"(?:on|il|le|am|el|em|dnia|op|den|at)? ?(?:the )?\Z"
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
        _ANNOUNCED.trigger,
        KEYED,
        rf"(?i)(?:\b(?:{_ABBREVIATED})|{_UNBOUND})[.:]{{0,2}} ?[0-9]{{1,4}}[-/. ]{{1,2}}[0-9]",
        _SIGNS,
        _AFTER,
        r"\|(?:18|19|20)[0-9]{6}(?:[0-9]{4,6})?\|[AFMNOU]\b|\bDMG\*D8\*[0-9]{8}\b",
        rf"(?i)[0-9] ?(?:{_OLD})[ ,]{{0,2}}\([0-9]{{1,4}}[-/. ]{{1,2}}[0-9]|\bFN:? [0-9]{{1,2}}-[a-z]{{3}}",
        rf"(?i)\b(?:{_RECORDS})\b[^\n;]{{2,70}}(?:, |/ |  |\| ?)[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.]19[0-9]{{2}}\b",
    )

    def keyed(self, context: str) -> bool:
        """Whether a name says that its value is a date of birth."""
        return _ANNOUNCED.ends(context)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
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
        date = date_at(view.folded, start) if start >= 0 and _ANNOUNCED.leads_to(view, word_end(view, end)) else None
        if date is not None:
            yield Finding(self.kind, start, *date, 0.9, "the answer to a question for it")

    def _of_patient(self, view: View, end: int) -> Iterable[Finding]:
        """A date of the last century behind the name of a patient, after the number of a record."""
        match = _OF_PATIENT.search(view.folded, max(0, end - 90), end)
        date = date_at(view.folded, match.start("date")) if match is not None else None
        if match is not None and date is not None:
            yield Finding(self.kind, match.start("date"), *date, 0.8, "a date behind the name of a patient")

    def _announced(self, view: View, digit: int, earliest: int) -> Iterable[Finding]:
        start = begins_date(view.folded, digit, earliest)
        date = date_at(view.folded, start) or _in_call(view.folded, start) or _of_six(view.folded, start)
        if date is None or not (_ANNOUNCED.leads_to(view, start) or _leads_beyond(view, start)):
            return
        last, day = date
        year = _YEAR.match(view.folded, last)
        start -= 4 if view.folded[max(0, start - 4) : start].lower() == "the " else 0
        last = year.end() if year is not None else last
        yield Finding(self.kind, start, last, day, 0.95, "a date, announced as one of birth")

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
    return match.end(), f"{'19' if int(match[1]) > LAST % 100 else '20'}{match[1]}-{match[2]}-{match[3]}"


_SIX = re.compile(r"([0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])(?![0-9A-Za-z./-])")


def _in_call(text: str, start: int) -> tuple[int, str] | None:
    """A date as its three numbers in a call."""
    match = _IN_CALL.match(text, start)
    return (match.end(), f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}") if match is not None else None


def _leads_beyond(view: View, start: int) -> bool:
    """Whether the words stand before a place of birth, or a call, that stands before the date."""
    for pattern in (_PLACE, _MADE):
        between = pattern.search(view.folded, max(0, start - 44), start)
        if between is not None and between.group() and _ANNOUNCED.leads_to(view, between.start()):
            return True
    return False
