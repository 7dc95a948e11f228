"""Numbers of patients: of medical records, and of health insurance.

Records' numbers are each hospital's own, and insurances' little better, so they count only after words that announce
them. Medicare's in the United States proves itself by its form, where it is written with its dashes.

Confidence: 0.95 by form; 0.9 announced.
"""

from __future__ import annotations

from collections.abc import Iterable

from akios_jail.pii.detectors.announced_number import AnnouncedNumber
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
    "potilasnumero", "[cč][ií]slo pacienta", "медицинская карта", "медкарт[аы]", "номер пациента", "полис(?: омс)?",
    "истори[яи] болезни", "病历号", "病案号", "住院号", "門診號", "病歷號", "医保", "診察券番号", "患者番号",
    "患者id", "カルテ番号", "被保険者番号", "환자번호", "등록번호", "차트번호", "رقم المريض", "الملف الطبي",
    "רקע רפואי", "protokol no", "hasta no", "kvg", "assicurato", "versichertenkarte", "medicare number",
    "[cč][ií]slo poji[sš]t[eě]nce", "taj", "betegazonos[ií]t[oó]", "kartot[eē]kas", "pacienta", "paciento",
    "ravikindlustus", "haigusloo", "num[aă]r pacient", "[sš]tevilka pacienta", "kartona", "αριθμός ασθενούς",
    "φακέλου", "номер картки", "пацієнта", "пациент", "пациента", "شماره پرونده", "nombor pesakit", "mã bệnh nhân",
    "nomor rekam medis", "rekam medis", "หมายเลขผู้ป่วย", "hn",
    fillers="ids?|record|records|patient|medical|file|mrn|member|policy|card|hospital|health|insurance",
)  # fmt: skip
_WRITTEN = (
    r"[A-Z]{1,4}[ -]?[0-9](?:[ -]?[0-9A-Z]){3,12}|[0-9]{1,4}(?:[ /-][0-9]{1,6}){1,4}|[0-9][0-9A-Z]{3,14}|[A-Z0-9]{5,15}"
)
_L = "AC-HJKMNP-RT-Y"
_MBI = rf"[1-9][{_L}][0-9{_L}][0-9]-[{_L}][0-9{_L}][0-9]-[{_L}]{{2}}[0-9]{{2}}"


class MedicalRecord(AnnouncedNumber):
    """`MRN: 00482913`, `Patienten-Nr. 4711-2024`, `1EG4-TE5-MK73`."""

    def __init__(self) -> None:
        super().__init__("medical_record", _WORDS, _WRITTEN, least=4, letters=6, confidence=0.9)
        self.triggers = (*self.triggers, rf"\b{_MBI}\b", r"(?i)\bmrn[0-9]{4,12}\b")

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger < 2:
            yield from super().check(view, trigger, end)
        elif trigger == 2 and stands_alone(view, end - 13, end):
            number = view.folded[end - 13 : end].replace("-", "")
            yield Finding(self.kind, end - 13, end, number, 0.95, "a Medicare beneficiary's number by its form")
        elif trigger == 3:
            start = _letters(view, end)
            yield Finding(
                self.kind, start, end, view.folded[start:end].upper(), 0.88, "a record's number by its letters"
            )


def _letters(view: View, end: int) -> int:
    """Where the three letters stand before the digits that end at `end`."""
    start = end
    while view.folded[start - 1].isdigit():
        start -= 1
    return start - 3
