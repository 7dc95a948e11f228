"""Middle and eastern Europe, and central Asia."""

from __future__ import annotations

from akios_jail.pii.detectors.national_id import checks
from akios_jail.pii.detectors.national_id.rule import DD, DDMMYY, MM, Rule

RULES = (
    Rule(
        "DE",
        "Steuer-ID",
        ("steuer[ -]?id", "steuer-?identifikationsn", "idnr", "tax id", "tin", "identifikationsnummer"),
        r"[1-9][0-9](?:[ ./]?[0-9]{3}){3}",
        checks.stdnum("de.idnr"),
        alone=(r"\b[1-9][0-9] [0-9]{3} [0-9]{3} [0-9]{3}\b",),
    ),
    Rule(
        "DE",
        "Steuernummer",
        ("steuernummer", "steuer-?nr", r"st\.?-?nr"),
        r"[0-9]{2,3}[ /][0-9]{3}[ /][0-9]{4,5}|[0-9]{13}",
        checks.stdnum("de.stnr"),
    ),
    Rule(
        "DE",
        "Rentenversicherungsnummer",
        ("sozialversicherungsn", "rentenversicherungsn", "versicherungsnummer", "sv-?nr", "sv-?nummer", "rvnr"),
        r"[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3}",
        checks.german_pension,
        alone=(rf"\b[0-9]{{2}} ?{DDMMYY} ?[A-Z] ?[0-9]{{3}}\b",),
    ),
    Rule(
        "AT",
        "Sozialversicherungsnummer",
        ("sozialversicherungsn", "versicherungsnummer", "sv-?nr", "svnr", "sv-?nummer"),
        r"[0-9]{4}[ -]?[0-9]{6}",
        checks.stdnum("at.vnr"),
        alone=(rf"\b[1-9][0-9]{{3}} {DDMMYY}\b",),
    ),
    Rule(
        "CH",
        "AHV number",
        ("ahv", "avs", "ahv-?nr", "ahv-?nummer", "oasi", "sozialversicherungsn"),
        r"756[ .]?[0-9]{4}[ .]?[0-9]{4}[ .]?[0-9]{2}",
        checks.stdnum("ch.ssn"),
        alone=(r"\b756[ .]?[0-9]{4}[ .]?[0-9]{4}[ .]?[0-9]{2}\b",),
    ),
    Rule(
        "PL",
        "PESEL",
        ("pesel", "peselu", "peselem"),
        r"[0-9]{11}",
        checks.stdnum("pl.pesel"),
    ),
    Rule(
        "CZ",
        "rodné číslo",
        ("rodn[eé] [cč][ií]slo", "rodn[eé]ho [cč][ií]sla", "rč", r"r\. ?č", "birth number"),
        r"[0-9]{6}/?[0-9]{3,4}",
        checks.stdnum("cz.rc"),
        alone=(rf"\b[0-9]{{2}}(?:[0257][0-9]|[1368][0-2]){DD}/[0-9]{{4}}\b",),
    ),
    Rule(
        "HU",
        "TAJ number",
        ("taj", "taj[ -]?sz[aá]m", "t[aá]rsadalombiztos[ií]t"),
        r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}",
        checks.hungarian_insurance,
    ),
    Rule(
        "HU",
        "tax number",
        ("ad[oó]azonos[ií]t[oó]", "ad[oó]azonos[ií]t[oó] jel", "adóazonosító jele"),
        r"8[0-9]{9}",
        checks.hungarian_tax,
    ),
    Rule(
        "RO",
        "CNP",
        ("cnp", "cod numeric personal", "cnp-ul"),
        r"[1-9][0-9]{12}",
        checks.stdnum("ro.cnp"),
        alone=(rf"\b[1-9][0-9]{{2}}{MM}{DD}(?:0[1-9]|[1-4][0-9]|5[12]|70)[0-9]{{4}}\b",),
        valid_alone=checks.both(checks.no_time_stamp, checks.stdnum("ro.cnp")),
    ),
    Rule(
        "SI",
        "EMŠO or JMBG",
        ("em[sš]o", "jmbg", "јмбг", "ембг", "mati[cč]ni broj"),
        r"[0-9]{13}",
        checks.stdnum("si.emso"),
        alone=(rf"\b{DD}{MM}[09][0-9]{{8}}\b",),
        valid_alone=checks.both(checks.no_time_stamp, checks.stdnum("si.emso")),
    ),
    Rule("HR", "OIB", ("oib", "osobni identifikacijski broj"), r"[0-9]{11}", checks.stdnum("hr.oib")),
    Rule("BG", "EGN", ("егн", "egn"), r"[0-9]{10}", checks.stdnum("bg.egn")),
    Rule(
        "UA",
        "tax number",
        ("рнокпп", "іпн", "інн", "ідентифікаційний код", "rnokpp", "ідентифікаційний номер"),
        r"[0-9]{10}",
        checks.stdnum("ua.rntrc"),
    ),
    Rule("RU", "INN", ("инн",), r"[0-9]{12}", checks.stdnum("ru.inn")),
    Rule(
        "RU",
        "SNILS",
        ("снилс", "snils", "страховой номер"),
        r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{2}",
        checks.snils,
        alone=(r"\b[0-9]{3}-[0-9]{3}-[0-9]{3}[ -][0-9]{2}\b",),
    ),
    Rule("KZ", "IIN", ("иин", "жсн", "iin"), r"[0-9]{12}", checks.kazakh),
)
