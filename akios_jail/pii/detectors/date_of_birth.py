"""Dates of birth: dates after words that say so.

Any other date is left alone: most are of orders, meetings and log lines. The words and the date may be in any of some
thirty languages and orders of day, month and year.

Confidence: 0.95.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

from collections.abc import Iterable

from akios_jail.pii.detectors.dates import begins_date, date_at
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
    "ngày tháng năm sinh", "జన్మ తేదీ", "जन्मतारीख",
    fillers="d[aá]tum|id[oő]|hely|és|zur|verifizierung|verification|confirm|on|at|in|here|there|was|born|dd|mm|"
    "yyyy|yy|jj|aaaa|tt|jjjj|gg|rrrr|date|day|patient|customer|client|am|dem|den|le|il|el|em|dia|"
    "d[ií]a|op|dnia|roku|a|of|baby|it|m|f",
)  # fmt: skip
#: How much of a month's name may stand before the first digit.
_NAME = 14


class DateOfBirth:
    """`DOB: 04/12/1980`, `geboren am 4. Dezember 1980`, `生年月日 1980年12月4日`."""

    kind = "date_of_birth"
    triggers = (_ANNOUNCED.trigger, KEYED)

    def keyed(self, context: str) -> bool:
        """Whether a name says that its value is a date of birth."""
        return _ANNOUNCED.ends(context)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        digit = digit_after(view, end) if trigger == 0 else end - 1 if view.context else -1
        if digit < 0:
            return
        start = begins_date(view.folded, digit, max(0, end if trigger == 0 else 0, digit - _NAME))
        date = date_at(view.folded, start)
        if date is None or not _ANNOUNCED.leads_to(view, start):
            return
        last, day = date
        yield Finding(self.kind, start, last, day, 0.95, "a date, announced as one of birth")
