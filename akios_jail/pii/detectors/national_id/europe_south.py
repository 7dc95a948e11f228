"""The west and the south of Europe."""

# ruff: noqa: RUF001 (the words are of other scripts)

from __future__ import annotations

from akios_jail.pii.detectors.national_id import checks
from akios_jail.pii.detectors.national_id.rule import DD, MM, Rule

_ = "[ .-]?"
_V = "[0-9LMNPQRSTUV]"
_CODICE = rf"[A-Z]{{3}} ?[A-Z]{{3}} ?{_V}{{2}}[ABCDEHLMPRST]{_V}{{2}} ?[A-Z]{_V}{{3}} ?[A-Z]"

RULES = (
    Rule(
        "FR",
        "NIR",
        ("nir", "s[eé]curit[eé] sociale", "n[°o]? ?s[eé]cu", "num[eé]ro de s[eé]cu", "insee", "carte vitale"),
        r"[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3}(?: ?[0-9]{2})?",
        checks.french_nir,
        alone=(
            rf"\b[1-478]{_}[0-9]{{2}}{_}(?:{MM}|[2-9][0-9]){_}(?:[0-9]{{2}}|2[AB]){_}[0-9]{{3}}{_}[0-9]{{3}}{_}{_}[0-9]{{2}}\b",
        ),
        valid_alone=checks.stdnum("fr.nir"),
    ),
    Rule(
        "FR",
        "numéro fiscal",
        ("num[eé]ro fiscal", "r[eé]f[eé]rence fiscale", "spi"),
        r"[0-3][0-9] ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        checks.stdnum("fr.nif"),
    ),
    Rule(
        "ES",
        "DNI",
        ("dni", "nif", "documento nacional de identidad", "n\\.?i\\.?f"),
        r"[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}[ -]?[A-HJ-NP-TV-Z]",
        checks.stdnum("es.dni"),
        alone=(r"\b[0-9]{8}-?[A-HJ-NP-TV-Z]\b", r"\b[0-9]{1,2}\.[0-9]{3}\.[0-9]{3} ?-?[A-HJ-NP-TV-Z]\b"),
    ),
    Rule(
        "ES",
        "NIE",
        ("nie", "n[uú]mero de (?:identidad de )?extranjero", "tarjeta de residencia"),
        r"[XYZ][ -]?[0-9]{7}[ -]?[A-HJ-NP-TV-Z]",
        checks.stdnum("es.nie"),
        alone=(r"\b[XYZ]-?[0-9]{7}-?[A-HJ-NP-TV-Z]\b",),
    ),
    Rule(
        "ES",
        "número de la Seguridad Social",
        ("seguridad social", "nuss", "naf"),
        r"[0-9]{2}[ /-]?[0-9]{8}[ /-]?[0-9]{2}",
        checks.spanish_insurance,
    ),
    Rule(
        "PT",
        "NIF",
        ("nif", "contribuinte", "identifica[cç][aã]o fiscal", "n\\.?i\\.?f"),
        r"[1-35-9][0-9]{2}[ .]?[0-9]{3}[ .]?[0-9]{3}",
        checks.stdnum("pt.nif"),
    ),
    Rule(
        "PT",
        "cartão de cidadão",
        ("cart[aã]o de? cidad[aã]o", "cart[aã]o do cidad[aã]o", "cc"),
        r"[0-9]{8} ?[0-9] ?[A-Z0-9]{2}[0-9]",
        checks.stdnum("pt.cc"),
        alone=(r"\b[0-9]{8} [0-9] ?[A-Z]{2}[0-9]\b",),
    ),
    Rule("PT", "NISS", ("niss", "seguran[cç]a social"), r"[12][0-9]{10}", checks.portuguese_insurance),
    Rule(
        "IT",
        "codice fiscale",
        ("codice fiscale", r"c\.?f", "cod\\. ?fisc"),
        rf"(?i:{_CODICE})",
        checks.stdnum("it.codicefiscale"),
        alone=(rf"(?i)\b{_CODICE}\b",),
    ),
    Rule(
        "NL",
        "BSN",
        ("bsn", "burgerservicenummer", "burger service nummer", "sofi-?nummer", "citizen service number"),
        r"[0-9]{4}\.?[0-9]{2}\.?[0-9]{3}|[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{3}|[0-9]{8}",
        checks.stdnum("nl.bsn"),
    ),
    Rule(
        "BE",
        "rijksregisternummer",
        ("rijksregister", "rijksregisternummer", "registre national", "num[eé]ro national", "niss", "insz", "nrn"),
        r"[0-9]{2}[. -]?[0-9]{2}[. -]?[0-9]{2}[. -]?[0-9]{3}[. -]?[0-9]{2}",
        checks.stdnum("be.nn"),
        alone=(
            r"\b[0-9]{2}\.[0-9]{2}\.[0-9]{2}[ -][0-9]{3}[. -][0-9]{2}\b",
            rf"\b[0-9]{{2}}{MM}{DD}[0-9]{{5}}\b",
        ),
    ),
    Rule(
        "LU",
        "matricule",
        ("matricule", "identification nationale", "sozialversicherungsn"),
        rf"(?:19|20)[0-9]{{2}}{MM}{DD}[0-9]{{5}}",
        checks.luxembourgish,
    ),
    Rule(
        "AL",
        "personal number",
        ("numri personal", "nr\\.? personal", "let[eë]rnjoftimi?", "nid"),
        r"[A-T][0-9]{8}[A-W]",
        checks.anything,
        tight=True,
    ),
    Rule("GR", "AMKA", ("αμκα", "α.μ.κ.α", "amka"), rf"{DD}{MM}[0-9]{{7}}", checks.stdnum("gr.amka")),
    Rule("GR", "AFM", ("αφμ", "α.φ.μ", "afm"), r"[0-9]{9}", checks.stdnum("gr.vat")),
    Rule(
        "TR",
        "T.C. kimlik no",
        ("kimlik", r"t\.?c\.? ?(?:kimlik|no)", "t\\.c", "tc", "tckn", "tc kimlik no", "kimlik numaras."),
        r"[1-9][0-9]{10}",
        checks.stdnum("tr.tckimlik"),
    ),
    Rule(
        "IL",
        "identity number",
        ("teudat[ -]zehut", "תעודת זהות", "ת[.\"'`]?ז", "מספר זהות", "israeli id"),
        r"[0-9]{8,9}|[0-9]{8}-[0-9]",
        checks.stdnum("il.idnr"),
    ),
)
