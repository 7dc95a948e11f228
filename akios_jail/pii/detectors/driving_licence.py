"""Numbers of driving licences.

The British one proves itself by its form: letters of the surname, then the date of birth with its figures moved. All
others count only after words that announce them; a licence alone may be a program's, so a driver must stand before it.

Confidence: 0.95 British; 0.9 announced.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.announced_number import AnnouncedNumber
from akios_jail.pii.detectors.dates import date_at
from akios_jail.pii.detectors.surroundings import Announcement, stands_alone
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

#: The states of the United States, Canada and Australia, where their letters are no word.
_STATES = (
    "al|ak|az|ar|ct|ga|ia|il|ks|ky|ma|md|mi|mn|mo|ms|mt|nc|nd|ne|nh|nj|nm|nv|pa|ri|sc|sd|tn|ut|va|vt|wa|wi|wv|wy|dc|"
    "ab|bc|mb|nb|ns|pe|qc|sk|nsw|vic|qld|tas"
)
_WORDS = Announcement(
    "driver'?s?[ _-]?licen[cs]e", "drivers?.s? licen[cs]e", "driving[ _-]?licen[cs]e", "driver licen[cs]e",
    "licen[cs]e[ _-]?(?:number|no|#)", "licen[cs]enumber", "lic\\. ?n[or]",
    "dl", "dl ?#", "d\\.l", "dln", "dlno", "driving permit", "driver'?s permit", "dvla",
    "f[uü]hrerschein", "f[uü]hrerscheinnummer", "f[uü]hrerausweis", "fahrerlaubnis", "permis de conduire",
    "num[eé]ro de permis", "permis n", "carn[eé]t? de conducir", "permiso de (?:conducir|conducci[oó]n)",
    "licencia de (?:conducir|manejo|conducci[oó]n)", "patente", "patente di guida", "patente n",
    "carta de condu[cç][aã]o", "cnh", "carteira de motorista", "carteira nacional de habilita[cç][aã]o",
    "habilita[cç][aã]o", "rijbewijs", "rijbewijsnummer", "prawo jazdy", "prawa jazdy", "k[oö]rkort",
    "k[oö]rkortsnummer", "f[oø]rerkort", "k[oø]rekort", "ajokortti", "ajokortin", "[rř]idi[cč]sk[yý] pr[uů]kaz",
    "[rř]idi[cč]sk[eé]ho pr[uů]kazu", "permis(?:ul)? de conducere", "vezet[oő]i enged[eé]ly",
    "voza[cč]k[ae] dozvol[ae]", "ehliyet", "s[uü]r[uü]c[uü] belgesi", "δίπλωμα οδήγησης", "άδεια οδήγησης",
    "водительск(?:ое|ого) удостоверени[ея]", "вод\\. удостоверение", "водійськ(?:е|ого) посвідченн?я", "права",
    "驾驶证", "驾照", "駕照", "駕駛執照", "運転免許", "運転免許証", "免許証番号", "운전면허", "운전면허번호",
    "رخصة القيادة", "رخصة قيادة", "רישיון נהיגה", "ड्राइविंग लाइसेंस", "ใบขับขี่", "giấy phép lái xe", "bằng lái",
    "sim a", "sim c", "шофьорска книжка", "свидетелство за управление", "διπλώματος οδήγησης", "jogos[ií]tv[aá]ny",
    "vad[iī]t[aā]ja apliec[iī]b", "vairuotojo pa[zž]ym[eė]jim", "juhiluba", "juhiloa", "lesen memandu",
    "vozni[sš]kega dovoljenja", "vozni[sš]ko dovoljenje", "vodi[cč]sk[yý] preukaz", "vodi[cč]sk[eé]ho preukazu",
    "[oö]kusk[ií]rteini", "lisensya", "گواهینامه", "ڈرائیونگ لائسنس", "მართვის მოწმობა", "surat izin mengemudi",
    "leseni ya udereva", "carnet de conduir", "trwydded yrru", "посвідчення водія", "возачка дозвола",
    "ড্রাইভিং লাইসেন্স", "vad[iī]t[aā]ja apliec[iī]bas", "vairuotojo pa[zž]ym[eė]jimo", "vairuotojo pa[zž]ym[eė]jimas",
    "nomor sim", "gidabaimen", rf"(?:{_STATES}|ca|tx|ny|fl) licen[cs]e", "driver'?s lic", "driver lic", "driving lic",
    "lic ?#", "oln",
    "operator'?s? licen[cs]e", "learner'?s? permit", "provisional licen[cs]e", "fuehrerschein", "fs-nr", "fsnr",
    "permis [abcde]", "permis", "patente cat", "lic\\. conducir", "licencia conducir", "carta de condu[cç][aã]o n",
    "[rř]p", "ajokort[ti]n?", "ву", "вод\\. удост", "водит\\. удост", "免許証の番号", "gplx", "s[oố] gplx",
    "driver licen[cs]e state", "ceadúnas tiomána", "leje drejtimi", "patenta", "sürücülük vəsiqəsi",
    "жүргізуші куәлігі", "perm[ií]s de conduir", "бр. возачке дозволе", "возачке дозволе", "возачка книшка",
    "numero patente", "permiso de conductor", "registro de conducir", "brevet[eé]", "numer prawa jazdy",
    "k[oø]rekortnummer",
    fillers="numeras|numaras.|ng pagmamaneho|n[uú]mer|numurs|numeris|nombor|[sš]tevilka|[cč][ií]slo|sz[aá]ma?|"
    "broj|serija|as|a|ids?|licen[cs]e|permit|state|valid|class|serie|seria|серия|номер|ca|tx|ny|fl|uk|"
    f"us|usa|{_STATES}|klasse|kl|cat|categor[ií]a|categoria|b|c|be|ce|am|a1|a2|gb|gbr|de|deu|fr|it|es|issued|held",
)  # fmt: skip
_WRITTEN = (
    r"[A-Z]{5} [0-9]{6} [0-9][A-Z]{2} ?[A-Z]{2}|L-[0-9]{6,7} [0-9]|[A-Z][0-9]{3}(?:-[0-9]{2,4}){2,3}-[0-9]|"
    r"[0-9]{2} [0-9]{2} [0-9]{6} [0-9]|[A-Z]{1,3}(?:[ -]?[0-9]{2,5}){2,4}[A-Z]?|[0-9]{2} [0-9A-Z]{2} [0-9]{6}|"
    r"[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}|"
    r"[0-9]{2}-[0-9]{2}-[0-9]{6}-[0-9]{2}|[0-9]{2,5}(?:[/-][0-9]{2,6}){1,3}|[A-Z][0-9]{3}(?:-[0-9]{3,4}){2,4}(?:-[0-9])?|"
    r"[A-Z0-9]{6,20}|[A-Z]{2}[ -]?[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{7}|[0-9]{6}[A-Y+-][0-9]{3}[0-9A-Z]"
)
_BRITISH = r"[A-Z]{2}[A-Z9]{3}[0-9][0156][0-9][0-3][0-9]{2}[A-Z9]{2}[A-Z0-9][A-Z]{2}"


class DrivingLicence(AnnouncedNumber):
    """`Driver's license: D1234567`, `Führerschein B072RRE2I55`, `MORGA657054SM9IJ`."""

    def __init__(self) -> None:
        super().__init__("driving_licence", _WORDS, _WRITTEN, least=4, letters=8, confidence=0.9)
        self.triggers = (
            *self.triggers,
            rf"\b{_BRITISH}\b",
            r"(?i)licen[cs]e[\"' :.#=]{1,4}[a-z]{0,5}[0-9]",
            r"(?:\b[Ll]icen[cs]e|LICEN[CS]E) [A-Z]{5}[0-9]{6}[A-Z0-9]{4}",
        )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger < 2:
            yield from super().check(view, trigger, end)
            return
        if trigger > 2:
            yield from self._of_driver(view, end, by_form=trigger == 4)
            return
        start, number = end - 16, view.folded[end - 16 : end]
        day, month = int(number[8:10]), int(number[6:8]) % 50
        if 1 <= day <= 31 and 1 <= month <= 12 and _NINES.fullmatch(number[:5]) and stands_alone(view, start, end):
            yield Finding(self.kind, start, end, number, 0.95, "a British licence: surname and date of birth in it")

    def _of_driver(self, view: View, end: int, by_form: bool) -> Iterable[Finding]:
        """What stands behind "licence" where it is a driver's, or begins as British ones do."""
        before = _LICENCE.search(view.folded, max(0, end - 28), end)
        if before is None or not (by_form or _DRIVER.search(view.before(before.start(), 72))):
            return
        start = before.start("number")
        match = self._written.match(view.folded, start)
        if match is None or not stands_alone(view, start, match.end()) or date_at(view.folded, start) is not None:
            return
        number = "".join(filter(str.isalnum, match.group())).upper()
        if sum(map(str.isdigit, number)) >= 5:
            yield Finding(self.kind, start, match.end(), number, 0.9, "the licence of a driver")


_DRIVER = re.compile(r"driv(?:er|ing)[^\n]*\Z", re.IGNORECASE)
_LICENCE = re.compile(r"licen[cs]e[\"' :.#=]{1,4}(?P<number>[A-Z]{0,5}[0-9][A-Z0-9]*)\Z", re.IGNORECASE)
#: A short surname is filled with nines at its end.
_NINES = re.compile(r"[A-Z]+9*")
