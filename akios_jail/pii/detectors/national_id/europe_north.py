"""The British Isles, the Nordic and the Baltic countries."""

from __future__ import annotations

from akios_jail.pii.detectors.national_id import checks
from akios_jail.pii.detectors.national_id.rule import DD, DDMMYY, MM, Rule

_NINO = r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-D]"

RULES = (
    Rule(
        "GB",
        "National Insurance number",
        ("national insurance", "ni (?:number|no)", "ni[ _]?number", "nino"),
        r"[A-Z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-D]",
        checks.nino,
        alone=(rf"\b{_NINO}\b",),
    ),
    Rule(
        "GB",
        "NHS number",
        ("nhs", "chi number"),
        r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}",
        checks.stdnum("gb.nhs"),
    ),
    Rule(
        "GB",
        "taxpayer reference (UTR)",
        ("utr", "unique taxpayer reference"),
        r"[0-9]{5} ?[0-9]{5}K?",
        checks.stdnum("gb.utr"),
    ),
    Rule(
        "IE",
        "PPS number",
        ("ppsn?", "personal public service", "pps (?:number|no)", "uimhir psp"),
        r"[0-9]{7} ?[A-W][A-IWTX]?",
        checks.stdnum("ie.pps"),
    ),
    Rule(
        "SE",
        "personnummer",
        ("personnummer", "samordningsnummer", "persnr", "pnr", "personal identity number"),
        r"(?:(?:18|19|20)[0-9]{2}|[0-9]{2})[0-9]{4}[-+ ]?[0-9]{4}",
        checks.personnummer,
        alone=(rf"\b(?:(?:19|20)[0-9]{{2}}|[0-9]{{2}}){MM}(?:{DD}|[67][0-9]|8[0-9]|9[01])[-+][0-9]{{4}}\b",),
        valid_alone=checks.personnummer_alone,
    ),
    Rule(
        "FI",
        "henkilötunnus",
        ("hetu", "henkil[oö]tunnus", "henkil[oö]tunnukseni", "sosiaaliturvatunnus", "personbeteckning"),
        r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]",
        checks.hetu,
        alone=(rf"\b{DDMMYY}[-+A-FU-Y][0-9]{{3}}[0-9A-FHJ-NPR-Y]\b",),
        valid_alone=checks.hetu_alone,
    ),
    Rule(
        "DK",
        "CPR number",
        ("cpr", "cpr[ -]?(?:nr|nummer|no|number)", "personnummer"),
        r"[0-9]{6}[- ]?[0-9]{4}",
        checks.danish,
        alone=(rf"\b{DDMMYY}-[0-9]{{4}}\b",),
        valid_alone=checks.danish_alone,
    ),
    Rule(
        "NO",
        "fødselsnummer",
        ("f[oø]dselsnummer", "personnummer", "f[oø]dsels- og personnummer", "d-nummer", "fnr"),
        r"[0-9]{6} ?[0-9]{5}",
        checks.stdnum("no.fodselsnummer"),
        alone=(rf"\b[0-7][0-9](?:{MM}|[48][0-9]|5[0-2]|9[0-2])[0-9]{{2}} ?[0-9]{{5}}\b",),
    ),
    Rule(
        "IS",
        "kennitala",
        ("kennitala", "kt"),
        r"[0-9]{6}[- ]?[0-9]{4}",
        checks.stdnum("is_.kennitala"),
        alone=(rf"\b[0-7][0-9]{MM}[0-9]{{2}}-[0-9]{{3}}[089]\b",),
    ),
    Rule(
        "EE",
        "isikukood or asmens kodas",
        ("isikukood", "asmens kod", "personal code"),
        r"[1-8][0-9]{10}",
        checks.stdnum("ee.ik"),
        alone=(rf"\b[1-8][0-9]{{2}}{MM}{DD}[0-9]{{4}}\b",),
    ),
    Rule(
        "LV",
        "personas kods",
        ("personas kod",),
        r"[0-9]{6}-?[0-9]{5}",
        checks.latvian,
        alone=(rf"\b{DDMMYY}-[0-2][0-9]{{4}}\b",),
    ),
)
