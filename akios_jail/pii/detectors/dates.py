"""Dates as people write them, in the order of their country, with months as numbers or names in many languages."""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re

from akios_jail.pii.detectors.phrases import branched
from akios_jail.pii.lazy_pattern import LazyPattern
from akios_jail.pii.view import View

#: The beginnings of the months' names, in the languages of Europe; what follows are letters or a full stop.
_MONTHS = (
    (1, "jan", "jän", "gen", "ene", "янв", "січ", "ian", "led", "sty", "tammi", "oca", "ιαν", "styczn", "ledn", "јан"),
    (2, "feb", "fév", "fev", "febb", "фев", "лют", "lut", "únor", "helmi", "şub", "sub", "φεβ"),
    (3, "mar", "mär", "mrz", "maa", "мар", "бер", "bře", "maalis", "μαρ", "mrt"),
    (4, "apr", "avr", "abr", "апр", "квіт", "kwie", "dub", "huhti", "nis", "απρ"),
    (5, "may", "mai", "mag", "mei", "maj", "май", "мая", "трав", "květ", "touko", "maio", "mayo", "mayı", "μαΐ", "μάι"),
    (6, "jun", "juin", "giu", "июн", "черв", "cze", "červn", "kesä", "haz", "iun", "ιουν"),
    (7, "jul", "juil", "lug", "июл", "лип", "lip", "červe", "heinä", "tem", "iul", "ιουλ"),
    (8, "aug", "aoû", "aou", "ago", "авг", "серп", "sie", "srp", "elo", "ağu", "agu", "αυγ"),
    (9, "sep", "set", "сен", "вер", "wrz", "září", "syys", "eyl", "σεπ"),
    (10, "oct", "okt", "ott", "out", "окт", "жовт", "paź", "říj", "loka", "eki", "οκτ"),
    (11, "nov", "ноя", "лист", "lis", "marras", "kas", "noi", "νοε"),
    (12, "dec", "dez", "déc", "dic", "дек", "груд", "gru", "pros", "joulu", "ara", "δεκ", "des"),
)
#: The same in scripts without small letters, as `View` folds them.
_ELSEWHERE = (
    (1, "ม.ค", "มกราคม", "जनवरी", "يناير", "كانون الثاني", "ינואר"),
    (2, "ก.พ", "กุมภาพันธ์", "फरवरी", "فبراير", "شباط", "פברואר"),
    (3, "มี.ค", "มีนาคม", "मार्च", "مارس", "آذار", "מרץ"),
    (4, "เม.ย", "เมษายน", "अप्रैल", "أبريل", "ابريل", "نيسان", "אפריל"),
    (5, "พ.ค", "พฤษภาคม", "मई", "مايو", "أيار", "מאי"),
    (6, "มิ.ย", "มิถุนายน", "जून", "يونيو", "حزيران", "יוני"),
    (7, "ก.ค", "กรกฎาคม", "जुलाई", "يوليو", "تموز", "יולי"),
    (8, "ส.ค", "สิงหาคม", "अगस्त", "أغسطس", "اغسطس", "آب", "אוגוסט"),
    (9, "ก.ย", "กันยายน", "सितंबर", "سبتمبر", "أيلول", "ספטמבר"),
    (10, "ต.ค", "ตุลาคม", "अक्टूबर", "أكتوبر", "اكتوبر", "تشرين الأول", "אוקטובר"),
    (11, "พ.ย", "พฤศจิกายน", "नवंबर", "نوفمبر", "تشرين الثاني", "נובמבר"),
    (12, "ธ.ค", "ธันวาคม", "दिसंबर", "ديسمبر", "كانون الأول", "דצמבר"),
)
#: The longer beginnings first: `marras` is no March.
_BY_BEGINNING = sorted(
    ((View(name).folded, number) for number, *names in (*_MONTHS, *_ELSEWHERE) for name in names),
    key=lambda row: -len(row[0]),
)
_NAME = rf"(?=[^\W\d_])(?:{branched(re.escape(name) for name, _ in _BY_BEGINNING)})[^\W\d_]{{0,9}}+\.?"

_SIGN = r" ?[-/.] ?"
_DATE = LazyPattern(
    rf"(?P<y1>[0-9]{{4}})(?:{_SIGN}| )(?P<m1>[0-9]{{1,2}})(?:{_SIGN}| )(?P<d1>[0-9]{{1,2}})(?:T[0-9:.Z+-]+)?|"
    rf"(?P<a2>[0-9]{{1,2}})(?P<s2>{_SIGN}| )(?P<b2>[0-9]{{1,2}})(?P=s2)(?P<y2>[0-9]{{4}}|'?[0-9]{{2}})|"
    rf"(?P<d3>[0-9]{{1,2}})(?:st|nd|rd|th|er|ère|º|ª|°|\.)?[ /.-]{{0,2}}(?:of |de |d'|den |ב)?(?P<m3>{_NAME})"
    rf"[ ,/.-]{{0,3}}(?:de |del |of )?(?P<y3>[0-9]{{4}}|'?[0-9]{{2}})|"
    rf"(?P<y10>[0-9]{{4}})\. ?(?P<m10>{_NAME}) (?P<d10>[0-9]{{1,2}})|"
    rf"(?P<m4>{_NAME})[ .-]{{0,2}}(?P<d4>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:, ?| |-)(?P<y4>[0-9]{{4}})|"
    r"(?P<d11>[0-9]{1,2})(?P<s11>[-/. ])(?P<m11>[IVX]{1,4})(?P=s11)(?P<y11>[0-9]{4})|"
    r"(?P<e8>明治|大正|昭和|平成|令和|民國|民国) ?(?P<y8>[0-9]{1,3}) ?年 ?"
    r"(?P<m8>[0-9]{1,2}) ?月 ?(?P<d8>[0-9]{1,2}) ?日?|"
    r"(?P<y5>[0-9]{4}) ?[年년] ?(?P<m5>[0-9]{1,2}) ?[月월] ?(?P<d5>[0-9]{1,2}) ?[日일号]?|"
    r"(?P<d9>[0-9]{1,2}) tháng (?P<m9>[0-9]{1,2}),? năm (?P<y9>[0-9]{4})|"
    r"(?P<y6>(?:19|20)[0-9]{2})(?P<m6>0[1-9]|1[0-2])(?P<d6>0[1-9]|[12][0-9]|3[01])|"
    r"(?P<d7>0[1-9]|[12][0-9]|3[01])(?P<m7>0[1-9]|1[0-2])(?P<y7>(?:19|20)[0-9]{2})",
    re.IGNORECASE,
)
#: The years in which people are born whom a text of today speaks of.
FIRST, LAST = 1880, 2035
#: The same years in Thailand, and in Iran and Afghanistan.
THAI, PERSIAN = (2423, 2578), (1290, 1414)


def date_at(text: str, start: int) -> tuple[int, str] | None:
    """Where the date ends that begins at `start`, and the date as year-month-day; None if none does.

    Where day and month could be either, the day is taken to be first: the same spelling gives the same date.
    """
    match = _DATE.match(text, start, len(text))
    if match is None or (match.end() < len(text) and text[match.end()].isascii() and text[match.end()].isalnum()):
        return None
    parts = {name[0]: value for name, value in match.groupdict().items() if value is not None}
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        day, month = (second, first) if first <= 12 < second else (first, second)
    else:
        day, month = int(parts["d"]), _month(parts["m"])
    year = int(parts["y"].lstrip("'"))
    if "e" in parts:
        year += _ERAS[parts["e"]]
    elif len(parts["y"].lstrip("'")) == 2:
        year += 1900 if year > LAST % 100 else 2000
    if THAI[0] <= year <= THAI[1]:
        year -= 543
    if not ((FIRST <= year <= LAST or PERSIAN[0] <= year <= PERSIAN[1]) and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return match.end(), f"{year:04}-{month:02}-{day:02}"


#: The year before the first of a Japanese era, and of the calendar of Taiwan.
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民國": 1911, "民国": 1911}


def begins_date(text: str, digit: int, earliest: int) -> int:
    """Where a date begins whose first digit is at `digit`: there, or at the name of a month before it."""
    before = text[max(earliest, digit - 4) : digit].rstrip(" .-")[-1:]
    if not before.isalnum() or before.isdecimal():
        return digit  # no word: no name of a month
    match = _MONTH_BEFORE.search(text, earliest, digit)
    return match.start() if match is not None else digit


_MONTH_BEFORE = LazyPattern(
    rf"(?:(?<![^\W\d_]){_NAME}[ .-]{{0,2}}|(?:明治|大正|昭和|平成|令和|民國|民国) ?)\Z", re.IGNORECASE
)


def _month(written: str) -> int:
    if written.isdigit():
        return int(written)
    name = written.lower()
    if name in _ROMAN:
        return _ROMAN.index(name) + 1
    return next((number for beginning, number in _BY_BEGINNING if name.startswith(beginning)), 0)


#: As stamps of offices have months.
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
