"""National identity and tax numbers: the pattern of each country, and whether its check digits fit.

The arithmetic is python-stdnum's where it has the country; for Singapore, Taiwan, Hong Kong and Hungary it is written
here from the descriptions that the issuers publish.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import NamedTuple

from tests.pii.corpus.blind.patterns import valid


class Identity(NamedTuple):
    """`check`: a module of stdnum, or a function of this module; `kinds` as in the mark-up."""

    country: str
    name: str
    key: str
    pattern: str
    check: str
    kinds: str = "national_id"

    def write(self, rng: random.Random) -> str:
        """A number."""
        return valid(rng, self.pattern, _check(self.check))


def _singapore(text: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(text[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += 4 if text[0] == "T" else 0
    return text[8] == "JZIHGFEDCBA"[total % 11]


def _taiwan(text: str) -> bool:
    area = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0]) + 10
    digits = [area // 10, area % 10, *map(int, text[1:])]
    return sum(d * w for d, w in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0


def _hong_kong(text: str) -> bool:
    values = [36, string.ascii_uppercase.index(text[0]) + 10, *map(int, text[1:7])]
    last = text[8]
    total = sum(v * w for v, w in zip(values, range(9, 1, -1), strict=True)) + (10 if last == "A" else int(last))
    return total % 11 == 0


def _hungary(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    return sum(d * (7 if place % 2 else 3) for place, d in enumerate(digits[:8])) % 10 == digits[8]


def _anything(text: str) -> bool:
    return bool(text)


_OWN: dict[str, Callable[[str], bool]] = {
    "singapore": _singapore,
    "taiwan": _taiwan,
    "hong kong": _hong_kong,
    "hungary": _hungary,
    "": _anything,
}


@cache
def _check(name: str) -> Callable[[str], bool]:
    if name in _OWN:
        return _OWN[name]
    check: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return check


IDENTITIES = (
    Identity("AR", "CUIL", "cuil", "20-########-#", "ar.cuit"),
    Identity("AT", "SV-Nummer", "svnr", "^### {dd}{mm}{yy}", "at.vnr"),
    Identity("AU", "TFN", "tfn", "### ### ###", "au.tfn"),
    Identity("BE", "Rijksregisternummer", "rijksregisternummer", "{yy}.{mm}.{dd}-###.##", "be.nn"),
    Identity("BG", "ЕГН", "egn", "{yy}{mm}{dd}####", "bg.egn"),
    Identity("BR", "CPF", "cpf", "###.###.###-##", "br.cpf"),
    Identity("CA", "SIN", "sin", "^## ### ###", "ca.sin"),
    Identity("CH", "AHV-Nr.", "ahv_nr", "756.####.####.##", "ch.ssn"),
    Identity("CL", "RUT", "rut", "1#.###.###-#", "cl.rut"),
    Identity("CN", "身份证号", "id_card_no", "310104{yyyy}{mm}{dd}####", "cn.ric"),
    Identity("CZ", "Rodné číslo", "rodne_cislo", "{yy}{mm}{dd}/####", "cz.rc"),
    Identity("DE", "Steuer-ID", "steuer_id", "## ### ### ###", "de.idnr"),
    Identity("DK", "CPR-nr.", "cpr", "{dd}{mm}{yy}-####", "dk.cpr"),
    Identity("EC", "Cédula", "cedula", "17########", "ec.ci"),
    Identity("EE", "Isikukood", "isikukood", "3{yy}{mm}{dd}####", "ee.ik"),
    Identity("ES", "DNI", "dni", "########@", "es.dni"),
    Identity("ES", "NIE", "nie", "X#######@", "es.nie"),
    Identity("FI", "Henkilötunnus", "hetu", "{dd}{mm}{yy}-###*", "fi.hetu"),
    Identity("FR", "N° de sécurité sociale", "nir", "2 {yy} {mm} 69 ### ### ##", "fr.nir"),
    Identity("GB", "National Insurance number", "ni_number", "JG ## ## ## B", ""),
    Identity("GR", "\u0391\u039c\u039a\u0391", "amka", "{dd}{mm}{yy}#####", "gr.amka"),
    Identity("HK", "HKID", "hkid", "@######(#)", "hong kong"),
    Identity("HR", "OIB", "oib", "^##########", "hr.oib"),
    Identity("HU", "TAJ-szám", "taj", "### ### ###", "hungary", "national_id|medical_record"),
    Identity("ID", "NIK", "nik", "317301{dd}{mm}{yy}0###", "id.nik"),
    Identity("IE", "PPS No.", "pps_number", "#######@A", "ie.pps"),
    Identity("IL", "תעודת זהות", "teudat_zehut", "0########", "il.idnr"),
    Identity("IN", "Aadhaar", "aadhaar", "^### #### ####", "in_.aadhaar"),
    Identity("IN", "PAN", "pan", "&&&P@####@", "in_.pan"),
    Identity("IS", "Kennitala", "kennitala", "{dd}{mm}{yy}-###9", "is_.kennitala"),
    Identity("IT", "Codice fiscale", "codice_fiscale", "&&&&&&{yy}E{dd}F205@", "it.codicefiscale"),
    Identity("JP", "マイナンバー", "my_number", "#### #### ####", "jp.in_"),
    Identity("KR", "주민등록번호", "rrn", "{yy}{mm}{dd}-1######", "kr.rrn"),
    Identity("LT", "Asmens kodas", "asmens_kodas", "3{yy}{mm}{dd}####", "lt.asmens"),
    Identity("LV", "Personas kods", "personas_kods", "{dd}{mm}{yy}-1####", "lv.pvn"),
    Identity("MX", "CURP", "curp", "&A&&{yy}{mm}{dd}HDF&&&0#", "mx.curp"),
    Identity("MY", "MyKad", "nric", "{yy}{mm}{dd}-14-####", "my.nric"),
    Identity("NL", "BSN", "bsn", "^########", "nl.bsn"),
    Identity("NO", "Fødselsnummer", "fodselsnummer", "{dd}{mm}{yy} #####", "no.fodselsnummer"),
    Identity("NZ", "IRD number", "ird_number", "0##-###-###", "nz.ird"),
    Identity("PK", "CNIC", "cnic", "35202-#######-#", "pk.cnic"),
    Identity("PL", "PESEL", "pesel", "{yy}{mm}{dd}#####", "pl.pesel"),
    Identity("PT", "NIF", "nif", "2## ### ###", "pt.nif"),
    Identity("RO", "CNP", "cnp", "1{yy}{mm}{dd}40####", "ro.cnp"),
    Identity("RU", "ИНН", "inn", "77##########", "ru.inn"),
    Identity("SE", "Personnummer", "personnummer", "{yy}{mm}{dd}-####", "se.personnummer"),
    Identity("SG", "NRIC", "nric", "S#######@", "singapore"),
    Identity("SI", "EMŠO", "emso", "{dd}{mm}9{yy}50####", "si.emso"),
    Identity("SK", "Rodné číslo", "rodne_cislo", "{yy}{mm}{dd}/####", "sk.rc"),
    Identity("TH", "เลขประจำตัวประชาชน", "thai_id", "1 #### ##### ## #", "th.pin"),
    Identity("TR", "T.C. Kimlik No", "tckn", "^##########", "tr.tckimlik"),
    Identity("TW", "身分證字號", "national_id", "A1########", "taiwan"),
    Identity("UA", "РНОКПП", "rnokpp", "##########", "ua.rntrc"),
    Identity("US", "SSN", "ssn", "5##-##-####", "us.ssn", "ssn|national_id"),
    Identity("ZA", "ID number", "id_number", "{yy}{mm}{dd}####08#", "za.idnr"),
)
