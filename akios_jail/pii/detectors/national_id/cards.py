"""Cards of identity: numbers of a country's form, without a check digit, that count right after the card's name."""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

from akios_jail.pii.detectors.national_id import checks
from akios_jail.pii.detectors.national_id.rule import Rule


def _card(country: str, words: tuple[str, ...], written: str, digits: int = 6) -> Rule:
    """A card's number with so many digits at least."""
    return Rule(
        country, "identity card", words, written, checks.matches(rf"(?:[^0-9]*[0-9]){{{digits}}}.*"), tight=True
    )


RULES = (
    _card(
        "DE",
        (
            "personalausweis",
            "personalausweisn",
            "personalausweis-?nr",
            "personalausweises",
            "ausweis-?nr",
            "ausweis ?n",
            "ausweisn",
            "ausweis",
            "ausweisnummer",
            "perso",
            "perso-?nr",
        ),
        r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}[0-9]?",
        3,
    ),
    _card("FR", ("cni", "carte (?:nationale )?d.identit[eé]"), r"[A-Z0-9]{2}[A-Z0-9]{2}[A-Z0-9]{5}|[0-9]{12}", 2),
    _card(
        "IT",
        (r"c\.i", "ci", "carta d.identit[aà]", "carta identit[aà]"),
        r"[A-Z]{2} ?[0-9]{7}|[A-Z]{2} ?[0-9]{5} ?[A-Z]{2}",
        5,
    ),
    _card(
        "PL",
        ("dow[oó]d", "dow[oó]d osobisty", "dowodu(?: osobistego)?", "dowodem", "seria i numer"),
        r"[A-Z]{3} ?[0-9]{6}",
    ),
    _card("CZ", ("ob[cč]ansk[yýeé](?:ho)? pr[uů]kaz[u]?", r"č\. ?op", "op č", "[cč][ií]slo op", "op"), r"[0-9]{9}"),
    _card("SK", ("ob[cč]iansk[yeé](?:ho)? preukaz[u]?", r"č\. ?op", "[cč][ií]slo op", "op"), r"[A-Z]{2} ?[0-9]{6}"),
    _card(
        "HU",
        ("szem[eé]lyi(?: igazolv[aá]ny)?", r"szem\. ?ig", r"szig\.?", r"szem[eé]lyi ?ig\.?"),
        r"[0-9]{6} ?[A-Z]{2}|[A-Z]{2} ?[0-9]{6}",
    ),
    Rule(
        "HU",
        "personal number",
        ("szem[eé]lyi sz[aá]m", "szem[eé]lyi azonos[ií]t[oó]"),
        r"[1-8][ -]?[0-9]{6}[ -]?[0-9]{4}",
        checks.anything,
        tight=True,
    ),
    _card(
        "RO",
        (r"c\.?i\.?,? seri[ae]", "ci", r"c\.i", "buletin", "buletinul", "carte de identitate", "seria"),
        r"[A-Z]{2} ?(?:(?:nr|no)\.? ?)?[0-9]{6}",
    ),
    _card("BG", ("лична карта", r"л\.к", "лк"), r"[0-9]{9}|[A-Z]{2}[0-9]{7}"),
    _card("MA", ("cin", "cnie", "c\\.i\\.n", "carte nationale"), r"[A-Z]{1,2} ?[0-9]{5,6}", 5),
    _card("UA", ("(?:id|ід)-?картк[аи]", "паспорт-картка"), r"[0-9]{9}"),
    _card("GR", (r"α\.?δ\.?τ", "αδτ", "ταυτ[οό]τητα[ς]?", "δελτ[ιί]ο ταυτ[οό]τητας"), r"[A-ZΑ-Ω]{1,2}[ -]?[0-9]{6}"),
    Rule(
        "SE",
        "reserve number",
        ("reservnummer", "reservnr"),
        r"(?:19|20)?[0-9]{6}-?[0-9][A-Z][0-9]{2}",
        checks.anything,
        tight=True,
    ),
    Rule(
        "",
        "identity card number",
        (
            "national[ _-]?id",
            "national identity",
            "national identification",
            "identity (?:card|document)",
            "id[ _-]?card",
            "citizen(?:ship)?[ _-]?id",
            "personalausweis",
            "ausweisn",
            "ausweis",
            "personalausweisn",
            "carte nationale d.identit[eé]",
            "carte d.identit[eé]",
            "cni",
            "carta d.identit[aà]",
            "documento de identidad",
            "bilhete de identidade",
            "identiteitskaart",
            "identiteitsbewijs",
            "id-?kaart",
            "legitimation",
            "identitetskort",
            "henkil[oö]kortti",
            "ob[cč]ansk[yý] pr[uů]kaz",
            "личная карта",
            "удостоверение личности",
            "身份证",
            "身分證",
            "בתעודת זהות",
            "بطاقة الهوية",
            "رقم الهوية",
            "chứng minh",
        ),
        r"[A-Z]{0,3}[ -]?[0-9](?:[ -]?[0-9A-Z]){4,16}",
        checks.matches(r"(?=(?:[A-Z]*[0-9]){5})[0-9A-Z]{6,18}"),
        tight=True,
    ),
)
