"""Numbers of patients: of medical records, and of health insurance.

Records' numbers are each hospital's own, and insurances' little better, so they count only after words that announce
them. Medicare's in the United States proves itself by its form, where it is written with its dashes.

Confidence: 0.95 by form; 0.9 announced.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.announced_afar import Afar
from akios_jail.pii.detectors.announced_number import AnnouncedNumber
from akios_jail.pii.detectors.paper_stems import PATIENT, RECORD
from akios_jail.pii.detectors.surroundings import Announcement, stands_alone
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

_WORDS = Announcement(
    "mrn", "medical record", "med\\.? ?rec", "patient[ _-]?(?:id|no|nr|number|identifier)", "chart (?:number|no|#)",
    "hospital (?:number|no|id)", "health (?:card|insurance)", "health plan", "member[ _-]?id", "insurance id",
    "medicaid", "medicare", "mbi", "nhi", "ohip", "phn", "personal health number", "patienten-?(?:id|nr|nummer)",
    "patientennummer", "fallnummer", "krankenakte", "aktenzeichen patient", "versichertennummer",
    "krankenversichertennummer", "kvnr", "krankenversicherungsnummer", "versicherten-?nr", "versicherungsnr", "egk",
    "num[eé]ro (?:de )?patient", "n[o°] patient", "dossier m[eé]dical", "num[eé]ro de dossier", "ipp",
    "historia cl[ií]nica", "n[uú]mero de historia", "nhc", "expediente", "expediente m[eé]dico",
    "id (?:de(?:l)? )?paciente", "n[uú]mero de paciente", "tarjeta sanitaria", "cip", "cartella clinica",
    "tessera sanitaria", "id paziente", "codice paziente", "prontu[aá]rio", "n[uú]mero do paciente", "cart[aã]o sus",
    "n[uú]mero de utente", "utente", "sns", "pati[eë]ntnummer", "pati[eë]nt-?(?:nr|id)", "dossiernummer",
    "numer pacjenta", "karta pacjenta", "nr kartoteki", "patientnummer", "patient-id", "journalnummer",
    "potilasnumero", "[cč][ií]slo pacienta", "медицинская карта", "медкарт[аы]", "номер пациента",
    "истори[яи] болезни", "病历号", "病案号", "住院号", "門診號", "病歷號", "医保", "診察券番号", "患者番号",
    "患者id", "カルテ番号", "被保険者番号", "환자번호", "등록번호", "차트번호", "رقم المريض", "الملف الطبي",
    "רקע רפואי", "protokol no", "hasta no", "kvg", "assicurato", "versichertenkarte", "medicare number",
    "[cč][ií]slo poji[sš]t[eě]nce", "taj", "betegazonos[ií]t[oó]", "kartot[eē]kas", "pacienta", "paciento",
    "ravikindlustus", "haigusloo", "num[aă]r pacient", "[sš]tevilka pacienta", "kartona", "αριθμός ασθενούς",
    "φακέλου", "номер картки", "пацієнта", "пациент", "пациента", "nombor pesakit", "mã bệnh nhân",
    "nomor rekam medis", "rekam medis", "หมายเลขผู้ป่วย", "hn",
    "hosp(?:ital)?\\.? ?(?:no|num|#)", "pt\\.? ?(?:id|no|num|#|mrn)", "patient ?#", "chart ?#", "ur (?:no|number)",
    "urn:",
    "chi (?:no|number)", "chi", "h&c (?:no|number)", "ihi", "dva (?:no|number)", "ramq", "carte vitale",
    "insi?[ :-]{1,3}(?:no|nr|mat)",
    "nda", "dossier patient", "adh[eé]rent", "no de s[eé]jour", "n° de s[eé]jour",
    "vers\\.?-?nr", "kv-?nr", "krankenversicherungsnr", "krankenversicherungs-?nr", "krankenkassen-?nr",
    "krankenkassennummer",
    "pat\\.?-?(?:nr|id|nummer)", "fallnr", "fall-nr", "aufnahmenummer", "aufnahme-?nr", "gesundheitskarte",
    "no (?:de )?historia", "n\\.?[oº°]\\.? ?(?:de )?historia", "processo cl[ií]nico",
    "n\\.?[oº°]\\.? ?(?:de )?processo cl[ií]nico", "h\\.c", "hc no", "hc nº", "hc n°", "cipa",
    "nuhsa", "afiliaci[oó]n",
    "expediente cl[ií]nico", "nosologico", "cod\\. paziente", "cartella n", "cns", "carteirinha", "polisnummer",
    "zorgverzekering",
    "verzekerdennummer", "relatienummer", "zorgpas", "nr pacjenta", "numer pacjenta", "id pacjenta",
    "historii choroby",
    "[cč]\\. poji[sš]t[eě]nce", "poji[sš]t[eě]nce", "poistenca", "potilasnro", "potilas-?id", "dosya no",
    "hasta numaras.",
    "hasta id", "омс", "дмс", "карты пациента", "и/б", "енп", "门诊号", "就诊卡号?", "医保号", "社保号",
    "社保卡号", "門診病歷",
    "カルテ", "保険証番号", "保険証", "保険者番号", "id番号", "병록번호", "건강보험증", "보험증", "رقم الملف",
    "رقم التأمين", "رقم ملف",
    "מספר מטופל", "תיק רפואי", "קופת חולים", "mã bn", "bhyt", "thẻ bhyt", "no\\.? rm", "nomor rm", "bpjs",
    "member ?#", "member (?:no|number)",
    "subscriber[ _-]?(?:id|no|number|#)", "subscriber ?#", "insurance policy", "insurance ?#",
    "ins(?:urance)?\\.? id", "policy ?#", "(?:health|medical) policy",
    "insurance policy (?:no|number)", "hicn", "encounter ?#", "encounter (?:no|number|id)", "csn", "chart",
    "medical rec",
    "ehr id", "emr id", "health number", "ehic", "health id", "abha", "medical id", "patient file", "patient account",
    "codice sanitario", "chorobopisu", "chorobopis", "journalnr", "journal-?nr", "t[oö]rzssz[aá]m", "kartonsz[aá]m",
    "foai[ea] (?:de )?observa[tț]ie", "омс", "เลขประจำตัวผู้ป่วย", "n[uº°o]m?\\.? ?(?:de la )?ss",
    "bcbs member", "nip patient",
    "care card", "bhc", "nhs (?:card|id)", "รหัสผู้ป่วย", "เลขที่ผู้ป่วย", "रोगी", "मरीज", "रुग्ण", "ইউএইচআইডি",
    "uhid", "op ?(?:no|#)", "ip ?(?:no|#)",
    "donor[ _-]?(?:id|no|number)", "umrn", "mr ?#", "mr (?:no|number)", "medical card",
    "case ?notes? (?:no|number)", "gms (?:no|number)",
    "nhif", "nhis", "philhealth", "medical aid (?:no|number)", "medical scheme", "health fund", "hospital folder",
    "patient folder",
    "carte soleil", "carte d.assurance[- ]maladie", "carte sant[eé]", "n[°o] d.assur[eé]", "num[eé]ro d.adh[eé]rent",
    "n[°o] (?:de )?dossier (?:m[eé]dical|patient|hospitalier)", "pat\\.?-?id", "aufnahmezahl", "fallzahl",
    "krankenblatt",
    "patientenakten?", "vers\\.?-?nummer kk", "h\\.? ?[ªa]?\\.? ?cl[ií]nica", "h\\.[ªa] cl[ií]nica",
    "historia m[eé]dica",
    "n[uú]mero de afiliad[oa]", "afiliad[oa] n", "n[°ºo]\\.? (?:de )?afiliad[oa]", "afil\\.", "obra social",
    "fonasa", "isapre",
    "carn[eé] de salud", "ficha cl[ií]nica", "carteira do sus", "cns do paciente", "conv[eê]nio", "unimed",
    "n[°ºo] de benefici[aá]rio",
    "cod(?:ice|\\.) assistito", "n\\. ?(?:cartella|nosologico)", "cartella clin", "scheda sanitaria",
    "pati[eë]ntendossier",
    "dossiernr", "zorgnummer", "pati[eë]ntn", "uzovi", "reservnummer", "reserv-?nr", "journalnr", "journal-nr",
    "journaln", "pas(?:ient)?\\.? ?-?nr",
    "pasientn", "patientjournal", "potilastunnus", "potilasn", "sairauskertomus", "nr ksi[eę]gi",
    "ksi[eę]ga g[lł][oó]wna",
    "karta leczenia", "karty pacjenta", "kartoteki", "chorobopis[u]?", "zdravotn[aáií] kart", "[cč][ií]slo poistenca",
    "zdravotn[ií] dokumentac", "k[oó]rlap", "napl[oó]sz[aá]m", "betegsz[aá]m", "foaie de observa[tț]ie", "fo nr",
    "fi[sș]a (?:medical[aă]|pacientului)", "cod pacient", "история на заболяването", "медицински картон",
    "амбулаторен лист",
    "мед\\. ?карт", "амбулаторн", "карта пациента", "полис (?:омс|дмс)", "медичн(?:а|ої) картк[аи]",
    "історі[яї] хвороби", "картка пацієнта",
    "αρ\\. ασθενούς", "αριθμός φακέλου", "αρ\\. μητρώου ασθεν", "dosya numaras", "hasta dosya", "protokol numaras",
    "sgk",
    "رقم الملف الطبي", "ملف المريض", "رقم التسجيل الطبي", "מס' מטופל", "תיק רפואי", "מספר תיק", "پرونده پزشکی",
    "شماره بیمه",
    "شماره بیمار", "ओपीडी", "यूएचआईडी", "रोगी आईडी", "เลขประจำตัวผู้ป่วย", "số bệnh án", "mã y tế", "mã bệnh",
    "nomor pasien",
    "no\\.? rekam medis", "peserta bpjs", "no\\.? pesakit", "환자등록번호", "환자 ?번호", "진료번호", "健保卡號",
    "健康卡号",
    "病歷號碼", "就診號", "住院號", "カルテno", "診察番号", "nambari ya mgonjwa",
    "zdravstvena (?:iskaznica|kartica)", "bolni[cč]ki broj",
    "mati[cč]ni broj osiguranika", "mbo", "kartica zdravstvenog", "haigusloo n", "patsiendi", "ligos istorij",
    "slimn[iī]cas kart",
    "numri i pacientit", "sj[uú]kran[uú]mer", "sj[uú]klingan[uú]mer",
    fillers="ids?|record|records|patient|medical|file|mrn|member|policy|card|hospital|health|insurance|mutuelle|"
    "registration|tk|aok|barmer|dak|cl[ií]nica|cl[ií]nico|омс|дмс|rekam|medis|sns|nhs|acct",
)  # fmt: skip
#: Words that announce much else, too: they count where the sentence is about a patient.
_WEAK = Announcement(
    "pid", "nip", "encounter", "urn", "processo", "n[uú]mero do processo", "fo", "kartela",
    "ur", "hc", "ip", "an", "folder (?:no|number)", "unit (?:no|number)", "n[°o]\\.? (?:de )?dossier",
    "dossier n[°o]", "dossier",
    "из", "и\\.з", "ист\\. ?заб", "полис", "t[oö]rzssz[aá]m", "شماره پرونده", "kartotek[ai]", "nr karty",
    "karta nr", "карта", "картка",
    "картк[аи]", "dosar", "dosie", "dossie", "registro", "protocolo", "prontuario", "folio",
    "membership (?:no|number)", "policy (?:no|number)",
    "akte", "akten-?nr", "mappe",
    fillers="hist|pac|paz|pat",
)  # fmt: skip
_ABOUT_PATIENT = re.compile(
    r"(?<![^\W\d_])(?:patient\w*|pacient\w*|paciente|paziente|pasient\w*|potilas\w*|beteg\w*|hasta\w*|pac|paz|pat|"
    r"pt|пац\w*|больн\w*|хвор\w*|"
    r"ward|wd|bed|icu|klini\w*|clini\w*|hospit\w*|ospedal\w*|szpital\w*|nemocn\w*|bolni\w*|kórház|spital\w*|"
    r"sykehus|sjukhus|sairaala|"
    r"diagn\w*|dx|rx|hx|tb|mg|mmhg|mmol|bp|rr|spo2|hba1c|hb|hgb|ecg|ekg|iv|oed[eè]me|glu[ck]os\w*|insulin\w*|"
    r"metformin\w*|dos[ei]s|"
    r"discharg\w*|admi(?:t|ssion)\w*|entlass\w*|austritt|eintritt|aufnahme|sortie|op|chirurg\w*|urg[eè]nc\w*|"
    r"mutuelle|osde|afil\w*|"
    r"obra social|омс|дмс|диагн\w*|діагн\w*|приё?м|огляд|осмотр|بیمار\w*|مريض|febr\w*|pneumon\w*|surger\w*|dr|dra|"
    r"medic\w*|médic\w*|cardio\w*|p[eé]diatr\w*|orth?op\w*|onco\w*|neuro\w*|radiolog\w*|dermat\w*|gyn\w*|"
    r"urolog\w*|reparto|secți\w*|triage|er|ed|maternit\w*|"
    r"spitex|chambre|kamer|avd|oddz|service de)(?![^\W\d_])",
    re.IGNORECASE,
)
_WRITTEN = (
    r"[0-9]{5} [0-9]{5} [0-9]{8} [0-9]{2}|[0-9]{3}(?:\.[0-9]{4}){2}\.[0-9]{2}|[0-9]{2,3}\.[0-9]{3}-[0-9]|"
    r"[0-9] [0-9]{3} [0-9]{12} [0-9]|[A-Z]{8} [A-Z]{2}[0-9]{6}|[A-Z]{2,6}\.[0-9]{6,12}|[A-Z]{2}[0-9]{8,14}-[0-9]|"
    r"[0-9]{2}-[0-9]{9}-[0-9]|"
    r"[0-9]{3}-[0-9]{2}-[0-9]{4}[A-Z][0-9]?|[A-Z]{3}[0-9]{9}(?:-[0-9]{2})?|[0-9]{2}/[0-9]{8}/[0-9]{2}|"
    r"[0-9]{3,4}-[0-9]{3}-[0-9]{3}(?:-[A-Z]{2})?|[0-9]{8}-[0-9A-Z]{4}|[0-9]{1,3}(?:\.[0-9]{3}){1,3}|"
    r"[0-9]{3,8}[/-][A-ZА-Я]|"
    r"[A-Z]{1,4}[ -]?[0-9](?:[ -]?[0-9A-Z]){3,16}|[0-9]{2,4}(?:[ -][0-9]{2,4}){1,3}[ -][A-Z]{2}|"
    r"[0-9](?: [0-9]{2}){3}(?: [0-9]{3}){2}(?: [0-9]{2})?|[0-9]{1,6}(?:[ /-][0-9]{1,6}){1,4}|[0-9][0-9A-Z]{3,20}|"
    r"[A-Z0-9]{5,20}"
)
_L = "AC-HJKMNP-RT-Y"
_MBI = rf"[1-9][{_L}][0-9{_L}][0-9]-[{_L}][0-9{_L}][0-9]-[{_L}]{{2}}[0-9]{{2}}"


class MedicalRecord(AnnouncedNumber):
    """`MRN: 00482913`, `Patienten-Nr. 4711-2024`, `1EG4-TE5-MK73`."""

    def __init__(self) -> None:
        super().__init__("medical_record", _WORDS, _WRITTEN, least=4, letters=6, confidence=0.9)
        self._afar = (
            Afar(RECORD, self._written, self._fits, least=5),
            Afar(PATIENT, self._written, self._fits, least=5, numbered=True),
        )
        self.triggers = (
            *self.triggers,
            rf"\b{_MBI}\b",
            r"(?i)\bmrn[0-9]{4,12}\b",
            r"(?i)dossier[^\n0-9]{0,8}[0-9]{6}",
            r"\bPID\|[0-9]{0,4}\|[^|\n]{0,40}\|[0-9A-Z]",
            r"\"value\" ?: ?\"[0-9A-Z]",
            _WEAK.trigger,
            *(afar.trigger for afar in self._afar),
        )

    def announced(self, view: View, start: int, number: str, earliest: int) -> float:
        """Less sure after words that announce much else, where the text around is about a patient."""
        confidence = super().announced(view, start, number, earliest)
        if confidence or not _WEAK.leads_to(view, start):
            return confidence
        around = f"{view.before(start, 80)} {view.folded[start + len(number) : start + len(number) + 80]}"
        return 0.8 if _ABOUT_PATIENT.search(around) is not None else 0.0

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger > _WEAKLY:
            for start, stop in self._afar[trigger - _WEAKLY - 1].spans(view, end):
                number = "".join(filter(str.isalnum, view.folded[start:stop])).upper()
                yield Finding(self.kind, start, stop, number, 0.75, "the word for it stands in the same sentence")
            return
        if trigger == _WEAKLY:
            trigger = 0
        if trigger < 2:
            yield from (one for one in super().check(view, trigger, end) if not _of_court(view, one))
        elif trigger == 4:
            number_there = _RECORD.match(view.folded, end - 6)
            if number_there is not None and _HOSPITAL.search(view.before(end - 6, 110)):
                yield Finding(self.kind, *number_there.span(), number_there.group(), 0.85, "the file of a hospital")
        elif trigger == 2 and stands_alone(view, end - 13, end):
            number = view.folded[end - 13 : end].replace("-", "")
            yield Finding(self.kind, end - 13, end, number, 0.95, "a Medicare beneficiary's number by its form")
        elif trigger == 3:
            start = _letters(view, end)
            yield Finding(
                self.kind, start, end, view.folded[start:end].upper(), 0.88, "a record's number by its letters"
            )
        elif trigger == 5:
            match = _HL7.match(view.folded, end - 1)
            if match is not None and sum(map(str.isdigit, match.group())) >= 4:
                yield Finding(self.kind, *match.span(), match.group(), 0.95, "the patient's number in a line of HL7")
        elif trigger == 6 and _IDENTIFIER.search(view.folded, max(0, end - _FAR), end - 1) is not None:
            match = _QUOTED.match(view.folded, end - 1)
            if match is not None and sum(map(str.isdigit, match.group())) >= 4:
                yield Finding(self.kind, *match.span(), match.group(), 0.85, "an identifier in the record of a patient")


_HOSPITAL = re.compile(
    r"\b(?:ch[ruv]|h[oô]pital|clinique|service de [a-zé-]{5,24}|patient)\b[^\n]*dossier[^\n]*\Z", re.IGNORECASE
)
_RECORD = re.compile(r"[0-9]{6,12}(?![\w/-])")
#: `expediente 312/23` is a court's or an office's, unless it is a patient's.
_COURTS = re.compile(r"expediente\W+(?:n[^\w]{0,3}[a-zºo°]{0,3}[^\w]{0,3})?\Z", re.IGNORECASE)
_PATIENTS = re.compile(r"m[eé]dic|cl[ií]nic|pacient|hospital|enferm|salud|urgencias", re.IGNORECASE)


def _of_court(view: View, found: Finding) -> bool:
    if "/" not in view.folded[found.start : found.end] or not _COURTS.search(view.before(found.start, 24)):
        return False
    return _PATIENTS.search(view.folded[max(0, found.start - 120) : found.end + 80]) is None


#: The number of the trigger of weak words.
_WEAKLY = 7
#: An identifier in a FHIR record, of a patient or of the kind that hospitals give.
_FAR = 240
_IDENTIFIER = re.compile(
    r"\"Patient\"[^\n]{0,160}\"identifier\" ?: ?\[[^\]]{0,120}\Z|\"(?:MR|MRN|PI|PT|MC|HC)\"[^\[\n]{0,120}\Z", re.DOTALL
)
_QUOTED = re.compile(r"[0-9A-Z][0-9A-Za-z./-]{3,31}(?=\")")
#: The third field of the segment PID, up to its first component's end.
_HL7 = re.compile(r"[0-9A-Z-]{4,24}(?=[\^|~])")


def _letters(view: View, end: int) -> int:
    """Where the three letters stand before the digits that end at `end`."""
    start = end
    while view.folded[start - 1].isdigit():
        start -= 1
    return start - 3
