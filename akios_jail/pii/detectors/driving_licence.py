"""Numbers of driving licences.

The British one proves itself by its form: letters of the surname, then the date of birth with its figures moved. All
others count only after words that announce them; a licence alone may be a program's, so a driver must stand before it.

Confidence: 0.95 British; 0.9 announced.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.announced_afar import Afar
from akios_jail.pii.detectors.announced_number import AnnouncedNumber
from akios_jail.pii.detectors.dates import date_at
from akios_jail.pii.detectors.paper_stems import LICENCE
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
    "d/l", "fs-?nummer", "f[uü]hrerscheins", "[rř]idi[cč][aá]k", "vodi[cč][aá]k", "ใบอนุญาตขับขี่", "免許番号",
    "免許証no",
    "驾照号", "驾驶证号", "licenc[ei]a n", "num[eé]ro de licencia", "karta kierowcy", "pr[aá]vo jazdy",
    "numero patente", "permiso de conductor", "registro de conducir", "brevet[eé]", "numer prawa jazdy",
    "k[oø]rekortnummer",
    "cdl", "odl", "txdl", "cadl", "nydl", "fldl", rf"(?:{_STATES}|tx|ny|fl|in|or|oh)[ -]dl",
    rf"(?:{_STATES})\\. licen[cs]e",
    r"licen[cs]e (?:is )?(?:nsw|vic|qld|tas|act|wa|nt)", "driv(?:er|ing)'?s? lic(?:en[cs]e)?s?", "licen[cs]e card",
    "f[uü]hrerscheins", "f[uü]hrerschein-?nr", "f[uü]hrerausweisn", "fahrerlaubnisn", "lernfahrausweis",
    "permis probatoire", "permis de conduite", "n[°o] neph", "neph",
    "lic\\.? de (?:conducir|conductor|conducci[oó]n|manejo)",
    "licencia (?:tipo|clase|federal|categor[ií]a) ?[a-e]?", "licencia de conductor",
    "carn[eé]t? de (?:conductor|manejo)",
    "libreta de conducir", "pase de conduc", "permiso de condución", "carn[eé] de condución", "cnh n", "cnh registro",
    "registro (?:da )?cnh", "carta de motorista", "permiss[aã]o para dirigir", "pat\\.? ?cat",
    "pat\\.? (?:di )?guida",
    "pat\\. n", "patente [abcd]", "rijbewijsn", "rijbewijs ?nr", "rybewys", "bestuurslisensie", "prawem jazdy",
    "pr\\. jazdy", "prawka", "prawko", "[rř]idi[cč][aá]k", "[rř]idi[cč]sk[yý] pr[uů]k", "vodi[cč][aá]k", "č\\. [rř]p",
    "jogsi", "vezet[oő]i enged[eé]lysz", "vez\\. eng", "permis(?:ul)? auto", "permisul(?:ui)?",
    "carnet(?:ul)? de conducere",
    "сумпс", "шоф\\. ?книжка", "шофьорската книжка", "свидетелството за управление", "voza[cč]ku dozvolu",
    "возачку дозволу",
    "voza[cč]kom dozvolom", "vozn\\. ?dov", "vozni[sš]ka", "αδείας οδήγησης", "άδειας οδήγησης", "αρ\\. διπλώματος",
    "δίπλωμα",
    "ehliyetim", "ehliyetin", "ehliyet(?:imin)? numara", "s[uü]r[uü]c[uü] belge", "водительские права",
    "водительских прав",
    "водительского", "вод\\. права", "в/у", "водійські права", "водійських прав", "вод\\. посвідчення",
    "вадзіцельскае пасведчанне", "жүргізуші куәлі", "k[oö]rkortsn", "k[oö]rkortet", "f[oø]rerkortn", "f[oø]rerkortet",
    "k[oø]rekortn", "k[oø]rekortet", "ajokorttini", "ajokorttinumero", "juhilubade?", "juhiloa n",
    "autovad[iī]t[aā]ja apliec",
    "vairuotojo pa[zž]", "驾驶证号", "档案编号", "駕照號碼?", "駕駛執照號碼", "免許番号", "免許証", "면허번호",
    "면허증",
    "رخصة السياقة", "رخصة السواقة", "رقم الرخصة", "רשיון נהיגה", "רישיון נהיגה", "डीएल", "चालक लाइसेंस",
    "वाहन परवाना", "ஓட்டுநர் உரிமம்", "డ్రైవింగ్ లైసెన్స్", "ใบอนุญาตขับ", "bằng lái xe", "số bằng lái", "no\\. sim", "sim b",
    "no\\. lesen", "lisensya sa pagmamaneho", "patent[eë]n", "վարորդական", "haydovchilik guvohnoma",
    "жолооны үнэмлэх", "liċenzja tas-sewqan", "ilayisensi yokushayela",
    fillers="auto|moto|serienummer|numeras|numaras.|ng pagmamaneho|n[uú]mer|numurs|numeris|nombor|[sš]tevilka|"
    "[cč][ií]slo|sz[aá]ma?|"
    "broj|serija|as|a|ids?|licen[cs]e|permit|state|valid|class|serie|seria|серия|номер|ca|tx|ny|fl|uk|"
    "lapsed|expired|renewed|record|check|card|current|uns|liegt|vor|registro|yan[ıi]nda|olsun|kierowcy|karetki|"
    "fahrers?|conducteur|"
    "conductora?|conducente|anc(?:ien)?|mod[eè]le|nouveau|titular|"
    f"us|usa|{_STATES}|klasse|kl|cat|categor[ií]a|categoria|b|c|be|ce|am|a1|a2|gb|gbr|de|deu|fr|it|es|issued|held",
)  # fmt: skip
_WRITTEN = (
    r"[А-ЯІЇЄҐ]{3} ?[0-9]{6}|[0-9]{2} ?[А-Я]{2} ?(?:№ ?)?[0-9]{6}|[0-9]{4} (?:№ ?)?[0-9]{6}|[0-9][A-Z]{2} ?[0-9]{6}|"
    r"(?:서울|부산|대구|인천|광주|대전|울산|경기|강원|충북|충남|전북|전남|경북|경남|제주) ?[0-9]{2}-[0-9]{6}-[0-9]{2}|"
    r"[A-Z]{1,2}-?[0-9]{5,7} [0-9]|[0-9]{9} [0-9]|[0-9]{1,2}(?:\.[0-9]{3}){2}|[0-9]{6}-[0-9]{3}|"
    r"[0-9]{2}-[0-9]{2}-[0-9]{6,8}(?!-)|"
    r"[A-Z]{2}[0-9]{2}[ -][0-9]{11}|[A-Z]{2}-?[0-9]{13}|[A-Z]{1,2}[0-9]{6}\([0-9A]\)|[A-Z][0-9]{2}-[0-9]{2}-[0-9]{6}|"
    r"[A-Z][0-9]{4}-[0-9]{5}-[0-9]{5}|[A-Z][0-9]{4}-[0-9]{6}-[0-9]{2}|[A-Z]{5} [0-9]{6} [A-Z]{2}[0-9][A-Z]{2}|"
    r"[0-9]{6}[A-Y+-][0-9]{3}[0-9A-Z]|[0-9]{6,8}-[0-9]{4}|[0-9]{1,2}(?:\.[0-9]{3}){2}-[0-9K]|[0-9]{7} [A-Za-z0-9]{8}|"
    r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Z]|[0-9]{7,9}-[A-Z]|"
    r"[A-Z]{5} [0-9]{6} [0-9][A-Z]{2} ?[A-Z]{2}|L-[0-9]{6,7} [0-9]|[A-Z][0-9]{3}(?:-[0-9]{2,4}){2,3}-[0-9]|"
    r"[0-9]{2} [0-9]{2} [0-9]{6} [0-9]|[A-Z]{1,3}(?:[ -]?[0-9]{2,5}){2,4}[A-Z]?|[0-9]{2} [0-9A-Z]{2} [0-9]{6}|"
    r"[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}|"
    r"[0-9]{2}-[0-9]{2}-[0-9]{6}-[0-9]{2}|[0-9]{2,5}(?:[/-][0-9]{2,6}){1,3}|"
    r"[A-Z][0-9]{3}(?:-[0-9]{3,4}){2,4}(?:-[0-9])?|"
    r"[A-Z0-9]{6,20}|[A-Z]{2}[ -]?[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{7}|[0-9]{6}[A-Y+-][0-9]{3}[0-9A-Z]"
)
_BRITISH = r"[A-Z]{2}[A-Z9]{3}[0-9][0156][0-9][0-3][0-9]{2}[A-Z9]{2}[A-Z0-9][A-Z]{2}"


class DrivingLicence(AnnouncedNumber):
    """`Driver's license: D1234567`, `Führerschein B072RRE2I55`, `MORGA657054SM9IJ`."""

    def __init__(self) -> None:
        super().__init__("driving_licence", _WORDS, _WRITTEN, least=4, letters=8, confidence=0.9)
        self._afar = Afar(LICENCE, self._written, self._fits, least=5)
        self.triggers = (
            *self.triggers,
            rf"\b{_BRITISH}\b",
            r"(?i)licen[cs]e[\"' :.#=]{1,4}[a-z]{0,5}[0-9]",
            r"(?:\b[Ll]icen[cs]e|LICEN[CS]E) [A-Z]{5}[0-9]{6}[A-Z0-9]{4}",
            r"(?i)\bpermiso[^\n0-9]{1,12}[0-9]{8}-?[A-Z]\b",
            r"(?i)\bcarta n\.?[ºo°]\.? [A-Z]{1,2}-[0-9]{5,7}(?: [0-9])?\b",
            self._afar.trigger,
        )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger < 2:
            yield from super().check(view, trigger, end)
            return
        if trigger == _STEM:
            for start, stop in self._afar.spans(view, end):
                number = "".join(filter(str.isalnum, view.folded[start:stop])).upper()
                yield Finding(self.kind, start, stop, number, 0.9, "the word for it stands in the same sentence")
            return
        if trigger >= 5:
            yield from _spanish(view, end) if trigger == 5 else _portuguese(view, end)
            return
        if trigger > 2:
            yield from self._of_driver(view, end, by_form=trigger == 4)
            return
        start, number = end - 16, view.folded[end - 16 : end]
        day, month = int(number[8:10]), int(number[6:8]) % 50
        if 1 <= day <= 31 and 1 <= month <= 12 and _NINES.fullmatch(number[:5]) and stands_alone(view, start, end):
            yield Finding(self.kind, start, end, number, 0.95, "a British licence: surname and date of birth in it")

    def announced(self, view: View, start: int, number: str, earliest: int) -> float:
        """None of `mg/dL`: there the letters are of a measure."""
        if _MEASURE.search(view.before(start, 12)) or _OF_OTHERS.search(view.before(start, 72)):
            return 0.0
        return super().announced(view, start, number, earliest)

    def _of_driver(self, view: View, end: int, by_form: bool) -> Iterable[Finding]:
        """What stands behind "licence" where it is a driver's, or begins as British ones do."""
        before = _LICENCE.search(view.folded, max(0, end - 28), end)
        if before is None:
            return
        start = before.start("number")
        line = view.before(before.start(), 72).rpartition("\n")[2]
        near = f"{line} {view.folded[start : start + 48].partition(chr(10))[0]}"
        if not (by_form or _DRIVER.search(near)):
            return
        match = self._written.match(view.folded, start)
        if match is None or not stands_alone(view, start, match.end()) or date_at(view.folded, start) is not None:
            return
        number = "".join(filter(str.isalnum, match.group())).upper()
        if sum(map(str.isdigit, number)) >= 5:
            yield Finding(self.kind, start, match.end(), number, 0.9, "the licence of a driver")


def _spanish(view: View, end: int) -> Iterable[Finding]:
    """`permiso 12345678Z`: in Spain a licence has the number of the identity card, which other permits have not."""
    start = end - (10 if view.folded[end - 2] == "-" else 9)
    if stands_alone(view, start, end):
        number = view.folded[start:end].replace("-", "").upper()
        yield Finding("driving_licence", start, end, number, 0.85, "a permit with the number of an identity card")


def _portuguese(view: View, end: int) -> Iterable[Finding]:
    """`carta n.º L-1234567 8`: what only a licence of Portugal looks like, where `carta` alone is any letter."""
    match = _OF_PORTUGAL.search(view.folded, max(0, end - 14), end)
    if match is not None and stands_alone(view, *match.span()):
        number = "".join(filter(str.isalnum, match.group())).upper()
        yield Finding("driving_licence", *match.span(), number, 0.85, "a Portuguese licence by its form")


_OF_PORTUGAL = re.compile(r"[A-Z]{1,2}-[0-9]{5,7}(?: [0-9])?\Z", re.IGNORECASE)
_MEASURE = re.compile(r"/dl\W*\Z", re.IGNORECASE)
#: The number of the trigger of stems.
_STEM = 7
#: Licences to do something else, and rights in general.
_OF_OTHERS = re.compile(
    r"(?:\b(?:software|product|windows|office|liquor|alcohol|business|fishing|hunting|gun|firearms?|tv|dog|medical|"
    r"physician|nursing|nurse|professional|contractor|trade|export|import|marriage|estate|vendor|broker|dental|pharmac\w+|"
    r"gaming|food|broadcast\w*|radio|pilot|plugin|adobe|server|enterprise|site|user) licen[cs]e\w*|права доступ\w*|"
    r"права на|permis de construire|patente europea)\W[^\n]{0,24}\Z",
    re.IGNORECASE,
)
_DRIVER = re.compile(
    r"\b(?:ontario|qu[eé]bec|alberta|manitoba|saskatchewan|nova scotia|nunavut|nsw|victoria|queensland|tasmania|nz|"
    r"new zealand|texas|florida|california|ohio|illinois|georgia|michigan|virginia|arizona|colorado|nevada|oregon|"
    r"class [a-e]|cat(?:egory)? [a-e]|jamaica\w*|kenya\w*|irish|nigeria\w*|ghana\w*|south african|"
    r"driv(?:er|ing)|dvl[ac]|dvsa|dmv|nzta|frsc|ntsa|rta|vicroads|saaq|icbc|lto|rto|rental|hire car|courier|"
    r"traffic stop)\b",
    re.IGNORECASE,
)
_LICENCE = re.compile(r"licen[cs]e[\"' :.#=]{1,4}(?P<number>[A-Z]{0,5}[0-9][A-Z0-9]*)\Z", re.IGNORECASE)
#: A short surname is filled with nines at its end.
_NINES = re.compile(r"[A-Z]+9*")
