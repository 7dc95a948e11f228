"""Passport numbers, and the machine-readable lines of passports and identity cards (ICAO 9303).

A number counts after words that announce it: countries give letters and digits in any order, without check digit. The
second line of a passport, and the first of a card, prove themselves by their check digits, and airlines' lines of
passenger data by their parts.

Confidence: 0.9 announced; 0.95 passenger data; 0.99 machine-readable.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.announced_afar import Afar
from akios_jail.pii.detectors.announced_number import AnnouncedNumber
from akios_jail.pii.detectors.paper_stems import PASSPORT
from akios_jail.pii.detectors.surroundings import Announcement, stands_alone
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

#: Whose passport it is, as people write it between the word and the number.
_COUNTRIES = (
    "british|uk|gbr|us|usa|american|german|deutsche?r?|deu|french|fran[cç]aise?|fra|italian[ao]?|ita|spanish|"
    "espa[nñ]ol[a]?|esp|portuguese?|portugu[eê]sa?|brasileir[oa]|brazilian|bra|mexican[oa]?|mex|argentin[oa]|"
    "colombian[oa]?|chilen[oa]|peruan[oa]|canadian|canadien(?:ne)?|can|australian|aus|indian|ind|chinese|chn|polski|"
    "pol|dutch|nederlands|nld|belg[ae]|bel|belgian|swiss|suisse|schweizer|che|austrian|aut|swedish|svensk[at]?|swe|"
    "norsk|dansk|finnish|suomen|irish|irl|turkish|tur|russian|rus|ukrainian|ukr|japanese|jpn|korean|kor|international|"
    "diplomatic|service"
)
_WORDS = Announcement(
    "passports?", "passport (?:number|no)", "ppt", "pp no", "psprt", "pspt", "travel doc", "travel document",
    "reisepass", "reisepassnummer",
    "pass-?nr", "pas [cč]", "pas br", "passnummer", "passeport", "pasaporte", "passaporto", "passaporte",
    "paspoort", "paspoortnummer",
    "paszport", "paszportu", "pasu", "pass ?nr", "passi", "passin numero", "cestovn[ií] pas", "pasul", "pa[sș]aport",
    "putovnic[ae]", "[uú]tlev[eé]l", "pasaport", "pas no", "διαβατ[ηή]ριο", "διαβατηρίου", "паспорт", "паспорта",
    "загранпаспорт", "закордонний паспорт", "护照", "护照号码?", "護照", "パスポート", "旅券番号", "여권", "여권번호",
    "جواز السفر", "جواز سفر", "رقم الجواز", "جواز رقم", "رقم جواز", "דרכון", "पासपोर्ट", "หนังสือเดินทาง",
    "hộ chiếu", "paspor", "[uú]tlev[eé]lsz[aá]m",
    "pase", "pases", "pasport", "potnega lista", "potni list", "paso", "pasas", "vegabr[eé]f", "pasaporta", "گذرنامه",
    "پاسپورٹ", "পাসপোর্ট", "პასპორტი", "անձնագիր", "pasipoti", "passaport", "cestovn[eé]ho pasu", "пасош", "паспорту",
    "passnr", "passinumero", "pasnummer", "pas-?nr", "pa[sș]aportului", "пасоша", "paso[sš]a", "paso[sš]",
    "pasaportit", "pasaporte ng", "passin", "passiinumero", "pasapordi", "পাসপোর্ট নম্বর", "பாஸ்போர்ட்", "паспорттың",
    "kinderpass", "kinderreisepass", "reisepasses", "pass ?n[ur]", "passn", "passnummern", "pass von", "passport's",
    "pasaporte n", "passaporte n",
    "passaporto n", "n[°ºo]\\.? (?:de )?(?:passeport|pasaporte|passaporte|passaporto)", "paszportem", "pasem",
    "cestovn[yý] pas",
    "[uú]tlevelem", "pasaportum", "pasaportun", "загранпаспорта", "загранник", "паспортом", "паспорті",
    "міжнародний паспорт",
    "護照號碼?", "旅券", "旅行证件", "通行证", "여권 ?번호", "رقم الجواز", "جواز سفري", "הדרכון", "מס' דרכון",
    "पासपोर्ट नंबर",
    "เลขที่หนังสือเดินทาง", "พาสปอร์ต", "số hộ chiếu", "nomor paspor", "no\\. pasport", "διαβατήριό", "αρ\\. διαβατηρίου",
    "vegabr[eé]fsn", "passiin", "passinro", "pasapordi n", "pases n", "paso n", "dokument podr[oó][zż]y",
    "pasport raqami", "pasaportaren", "pas nr", "паспортные данные", "паспортны[ех]", "passin",
    fillers=f"{_COUNTRIES}|biom[eé]trique|biometric|biom[eé]tric[oa]|biometrisch(?:er)?|biometryczny|elektronik|nouveau|"
    "ancien|nuevo|viejo|alter|neuer|gamla|nya|gamle|stary|nowy|old|new|expired|lapsed|t\\.n\\.v|xin|details?|"
    "data|copy|scan|attached|exp(?:iry)?|ausweis|gr|"
    "rf|рф|гражданина|данные|выдан|numaras.|numeras|n[uú]mer|numurs|numeris|nombor|[sš]tevilka|[cč][ií]slo|"
    "sz[aá]ma?|broj|ids?|seria|"
    "серия|series|серії|номер|issued|held|holder|travel|document",
)  # fmt: skip
_WRITTEN = (
    r"[A-Z]{1,3}[ -]?[0-9]{5,9}[A-Z]?|[0-9]{2} ?[0-9]{2},? ?(?:(?:No|no|[Nn]r|n|номер)[. ]{0,2})?[0-9]{6}|"
    r"[0-9]{2},? ?(?:No|no|[Nn]r)[. ]{0,2}[0-9]{6,7}|[0-9]{2}[A-Z]{2}[0-9]{5}|"
    r"[0-9]{2} [0-9]{7}|[0-9]{6,10}|[A-Z0-9]{6,10}|[А-ЯІЇЄҐ]{2} ?(?:№ ?)?[0-9]{6}"
)
_LINE_OF_PASSPORT = 44
_LINE_OF_CARD = 30


#: Parts of a machine-readable line, and where the check digit over them stands; the first is the number.
_Checks = tuple[tuple[tuple[slice, ...], int], ...]
_PASSPORTS_DIGITS: _Checks = (
    ((slice(0, 9),), 9),
    ((slice(13, 19),), 19),
    ((slice(21, 27),), 27),
    ((slice(0, 10), slice(13, 20), slice(21, 43)), 43),
)
_CARDS_DIGITS: _Checks = (((slice(5, 14),), 14),)


class Passport(AnnouncedNumber):
    """`Passport No. C01X00T47`, `паспорт 4510 123456`, and machine-readable lines."""

    def __init__(self) -> None:
        super().__init__("passport", _WORDS, _WRITTEN, least=2, letters=8, confidence=0.9)
        self._afar = Afar(PASSPORT, self._written, self._fits_afar, least=4)
        self.triggers = (
            *self.triggers,
            r"[A-Z0-9<]{9}[0-9][A-Z<]{3}[0-9]{6}[0-9][MFX<][0-9]{6}[0-9][A-Z0-9<]{14}[0-9<][0-9]",
            r"[IAC][A-Z0-9<][A-Z<]{3}[A-Z0-9<]{9}[0-9<][A-Z0-9<]{15}",
            r"[PV][A-Z<][A-Z<]{3}[A-Z]{2,30}<<[A-Z<]{5}",
            r"\b(?:PP[ :#.]{1,3}|(?i:pp(?:#|:| ?no\.?|-?nr\.?)) ?)[A-Z0-9]{8,9}\b",
            r"\b[Pp]ass [A-Z]{0,2}[0-9]{7,9}\b",
            r"\b[A-Z]{0,12}[0-9]{0,2}[/-]P[/-][A-Z]{2,3}[/-][A-Z0-9]{5,15}[/-][A-Z]{2,3}[/-]",
            r"(?i)\btype=[\"']?p\b[^\n]{0,40}\b(?:doc_?)?(?:num|number|no)=[\"']?[a-z0-9]",
            self._afar.trigger,
        )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger == _READ:
            return self._read(view, end)
        if trigger == _STEM:
            return self._far(view, end)
        if trigger < 2:
            return super().check(view, trigger, end)
        if trigger == 2:
            return self._line(view, end - _LINE_OF_PASSPORT, end, _PASSPORTS_DIGITS)
        if trigger == 3:
            return self._line(view, end - _LINE_OF_CARD, end, _CARDS_DIGITS)
        if trigger == 4:
            return self._names(view, end)
        return self._abbreviated(view, end) if trigger <= 6 else self._advance(view, end)

    def holds(self, number: str) -> bool:
        """Whether it has digits enough, for its length."""
        digits = sum(map(str.isdigit, number))
        return digits >= _LEAST or (len(number) == 9 and _OF_NINE.fullmatch(number) is not None)

    def _far(self, view: View, end: int) -> Iterable[Finding]:
        for start, stop in self._afar.spans(view, end):
            number = "".join(filter(str.isalnum, view.folded[start:stop])).upper()
            yield Finding(self.kind, start, stop, number, 0.9, "the word for it stands in the same sentence")

    def _fits_afar(self, view: View, start: int, end: int) -> bool:
        """Four digits have only the longer ones."""
        digits = sum(map(str.isdigit, view.folded[start:end]))
        return (digits > _LEAST or end - start == 9) and self._fits(view, start, end)

    def _abbreviated(self, view: View, end: int) -> Iterable[Finding]:
        match = _ABBREVIATED.search(view.folded, max(0, end - 16), end)
        if (
            match is not None
            and sum(map(str.isdigit, match["number"])) >= 4
            and stands_alone(view, *match.span("number"))
            and (
                match.group()[:2].upper() == "PP"
                or _PAPERS.search(view.before(match.start(), 72))
                or _WHOSE.search(view.before(match.start(), 24))
                or (view.before(match.start(), 2) in (", ", "; ") and view.char(end) in (",", ";"))
            )
        ):
            yield Finding(
                self.kind, *match.span("number"), match["number"], 0.85, "announced by PP, or by pass among other data"
            )

    def _read(self, view: View, end: int) -> Iterable[Finding]:
        """What a reader of documents writes to its log of one of type P."""
        match = _OF_READER.match(view.folded, end - 1)
        if match is not None and sum(map(str.isdigit, match.group())) >= _LEAST:
            yield Finding(self.kind, *match.span(), match.group(), 0.85, "the number of a document of type P")

    def _advance(self, view: View, end: int) -> Iterable[Finding]:
        match = _ADVANCE.search(view.folded, max(0, end - 32), end)
        if match is not None and sum(map(str.isdigit, match["number"])) >= 4:
            reason = "the number in a line of passenger data"
            yield Finding(self.kind, *match.span("number"), match["number"], 0.95, reason)

    def _line(self, view: View, start: int, end: int, checks: _Checks) -> Iterable[Finding]:
        line = view.folded[start:end]
        if view.char(start - 1) in _IN_LINE or view.char(end) in _IN_LINE:
            return
        if all(_check_digit("".join(line[part] for part in parts)) == line[place] for parts, place in checks):
            number = line[checks[0][0][0]].replace("<", "")
            yield Finding(self.kind, start, end, number, 0.99, "a machine-readable line, its check digits right")

    def _names(self, view: View, end: int) -> Iterable[Finding]:
        start = view.folded.rfind("\n", max(0, end - _LINE_OF_PASSPORT), end) + 1
        start = max(start, end - _LINE_OF_PASSPORT, 0)
        match = _NAMES.search(view.folded, start, start + 2 * _LINE_OF_PASSPORT)
        if match is not None and match.end() - match.start() == _LINE_OF_PASSPORT:
            yield Finding(self.kind, *match.span(), match.group(), 0.99, "the machine-readable line of names")


#: The number of the trigger of what readers write.
_READ = 8
#: And that of the word for it, if the number stands afar.
_STEM = 9
_OF_READER = re.compile(r"[A-Z0-9]{6,10}(?![A-Za-z0-9])")
#: Fewer digits have only the numbers of the Netherlands and of Germany, which are nine characters.
_LEAST = 4
_OF_NINE = re.compile(r"[A-Z]{1,2}[0-9A-Z]{6}[0-9A-Z]?[0-9]")
#: As travel agents write it; `pp` in small letters is pages.
_ABBREVIATED = re.compile(
    r"\b(?:PP[ :#.]{1,3}|(?:pp|Pp|PP) ?(?:#|:|[Nn][Oo]\.?|-?[Nn][Rr]\.?) ?|[Pp][Aa][Ss][Ss] )"
    r"(?P<number>[A-Z0-9]{7,11})\Z"
)
_WHOSE = re.compile(
    r"\b(?:my|your|his|her|their|old|new|mein|dein|ihr|alter|neuer|mitt|ditt|hans|hennes|gamla|nya|gammal|gamle|"
    r"nye|min|din|mijn|"
    r"oud|nieuw|boka|book) \Z",
    re.IGNORECASE,
)
_PAPERS = re.compile(r"\b(?:dl|visa|nationality|driv[a-z]{2,3} licen[cs]e|dob)\b[^\n]*\Z", re.IGNORECASE)
#: Airlines' line of a passenger's document (DOCS): type, country of issue, number, nationality.
_ADVANCE = re.compile(r"([/-])P\1[A-Z]{2,3}\1(?P<number>[A-Z0-9]{5,15})\1[A-Z]{2,3}\1\Z")
_NAMES = re.compile(r"(?<![A-Z0-9<])[PV][A-Z<][A-Z<]{3}[A-Z]+<<[A-Z<]+(?![A-Z0-9<])")
_IN_LINE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")


def _check_digit(part: str) -> str:
    total = sum((0 if char == "<" else int(char, 36)) * (7, 3, 1)[index % 3] for index, char in enumerate(part))
    return str(total % 10)
