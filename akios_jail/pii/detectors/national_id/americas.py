"""North and South America; the social security number of the United States has a kind of its own."""

from __future__ import annotations

from akios_jail.pii.detectors.checksums import luhn
from akios_jail.pii.detectors.national_id import checks
from akios_jail.pii.detectors.national_id.rule import DD, MM, Rule

_CURP = rf"[A-Z][AEIOUX][A-Z]{{2}}[0-9]{{2}}{MM}{DD}[HMX][A-Z]{{2}}[B-DF-HJ-NP-TV-Z]{{3}}[0-9A-Z][0-9]"
_RFC = rf"[A-ZÑ&]{{4}}[ -]?[0-9]{{2}}{MM}{DD}[ -]?[A-Z0-9]{{2}}[0-9A]"
_ELECTOR = rf"[A-Z]{{6}}[0-9]{{2}}{MM}{DD}[0-9]{{2}}[HM][0-9]{{3}}"
_DOTTED = r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}"

RULES = (
    Rule(
        "US",
        "alien registration number",
        ("alien (?:registration )?(?:number|no)", "a-number", "uscis"),
        r"A?-?[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}|A-?[0-9]{8}",
        checks.anything,
        tight=True,
    ),
    Rule(
        "CA",
        "social insurance number",
        ("sin", "sin (?:number|no)", "social insurance", "assurance sociale", "nas"),
        r"[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{3}",
        luhn,
    ),
    Rule(
        "BR",
        "CPF",
        ("cpf", "cpf/mf", r"c\.p\.f", "cadastro de pessoas? f[ií]sicas?"),
        r"[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}[- ]?[0-9]{2}",
        checks.stdnum("br.cpf"),
        alone=(r"\b[0-9]{3}\.[0-9]{3}\.[0-9]{3}[-/][0-9]{2}\b", r"\b[0-9]{9}-[0-9]{2}\b"),
    ),
    Rule(
        "BR",
        "RG",
        ("rg", r"r\.g", "registro geral", "carteira de identidade"),
        rf"(?:[A-Z]{{2}}[- ])?{_DOTTED}(?:-?[0-9Xx])?|[0-9]{{8}}-?[0-9Xx]",
        checks.anything,
        tight=True,
    ),
    Rule(
        "BR",
        "PIS",
        ("pis", "pasep", "pis/pasep", "nis", "nit"),
        r"[0-9]{3}\.?[0-9]{5}\.?[0-9]{2}-?[0-9]",
        checks.pis,
        alone=(r"\b[0-9]{3}\.[0-9]{5}\.[0-9]{2}-[0-9]\b",),
    ),
    Rule(
        "AR",
        "CUIL",
        ("cuil", "cuit", "cuit/cuil", "cuil/cuit"),
        r"[0-9]{2}[ -]?[0-9]{8}[ -]?[0-9]",
        checks.stdnum("ar.cuit"),
        alone=(r"\b2[034567]-[0-9]{8}-[0-9]\b",),
    ),
    Rule(
        "AR",
        "DNI",
        ("dni", r"d\.n\.i", "documento nacional de identidad", "documento de identidad"),
        rf"{_DOTTED}|[0-9]{{7,8}}",
        checks.anything,
        tight=True,
    ),
    Rule(
        "CL",
        "RUT",
        ("rut", "run:", "run n", r"r\.u\.t", r"r\.u\.n", "rol [uú]nico"),
        rf"(?:{_DOTTED}|[0-9]{{7,8}})-?[0-9Kk]",
        checks.stdnum("cl.rut"),
        alone=(r"\b[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9Kk]\b",),
    ),
    Rule(
        "CO",
        "cédula",
        ("c[eé]dula", "c[eé]dula de (?:ciudadan[ií]a|identidad|extranjer[ií]a)", r"c\.c", "c[eé]dula no"),
        r"[0-9]{1,3}(?:\.[0-9]{3}){2,3}|[0-9]{6,10}|[0-9]-[0-9]{4}-[0-9]{4}",
        checks.anything,
        tight=True,
    ),
    Rule("EC", "cédula", ("c[eé]dula", r"c\.i"), r"[0-2][0-9]{8}-?[0-9]", checks.stdnum("ec.ci")),
    Rule(
        "UY",
        "cédula",
        ("c[eé]dula", "c[eé]dula de identidad", r"c\.?i"),
        r"[0-9]\.?[0-9]{3}\.?[0-9]{3}-?[0-9]",
        checks.uruguayan,
        alone=(r"\b[1-6]\.[0-9]{3}\.[0-9]{3}-[0-9]\b",),
    ),
    Rule(
        "DO",
        "cédula",
        ("c[eé]dula",),
        r"[0-9]{3}-?[0-9]{7}-?[0-9]",
        luhn,
        alone=(r"\b(?:0[0-9]{2}|402)-[0-9]{7}-[0-9]\b",),
    ),
    Rule(
        "VE",
        "cédula",
        ("c[eé]dula", "c[eé]dula de identidad"),
        rf"[VE]-?(?:{_DOTTED}|[0-9]{{7,8}})",
        checks.anything,
        alone=(r"\b[VE]-[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}\b",),
        tight=True,
    ),
    Rule("JM", "TRN", ("trn",), r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{3}", checks.anything, tight=True),
    Rule(
        "CO", "cédula", ("cc", "c\\.c"), r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}(?:\.[0-9]{3})?", checks.anything, tight=True
    ),
    Rule(
        "MX",
        "elector's key",
        ("clave de elector", "clave elector"),
        _ELECTOR,
        checks.anything,
        alone=(rf"\b{_ELECTOR}\b",),
    ),
    Rule("SV", "DUI", ("dui", "documento [uú]nico de identidad"), r"[0-9]{8}-?[0-9]", checks.dui),
    Rule(
        "MX",
        "CURP",
        ("curp", "clave [uú]nica"),
        rf"(?i:{_CURP})",
        checks.stdnum("mx.curp"),
        alone=(rf"(?i)\b{_CURP}\b",),
    ),
    Rule(
        "MX", "RFC", ("rfc", r"r\.f\.c"), _RFC, checks.stdnum("mx.rfc"), alone=(rf"\b{_RFC}\b",), valid_alone=checks.rfc
    ),
    Rule(
        "MX",
        "NSS",
        ("nss", "imss", "n[uú]mero de seguridad social", "n[uú]mero de seguro social"),
        r"[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]",
        luhn,
    ),
)
