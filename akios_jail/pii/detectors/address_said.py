"""Addresses that a sentence announces: "I live at 55 Fenwick #3, Somerville", "vivo en Los Copihues 1184, Viña".

Streets there need no word that is known, and no postcode. What follows the words is taken part by part while it looks
like an address: numbers of houses and names with capitals; there must be both, and more than one part.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re

from akios_jail.pii.detectors.address_parts import Part, Parts, end_of_part, part
from akios_jail.pii.detectors.phrases import escaped, phrases_of

#: In small letters; what a sentence has before an address, and hardly before anything else that has parts and numbers.
_WORDS = """
    address is, address:, live at, lives at, living at, living in, lives in, still at, i'm at, im at,
    staying at, ship to, ship it to, deliver to, delivery location is, post it to, send it to, mail it to,
    deeds to, come to, pick me up at, drop off at, courier to, waybill to, parcel to, put, residing at,
    resides at, moved to, wohnhaft in, wohne in der, wohne, wohnt in der, wohnt, wohnen in der, adresse ist,
    adresse lautet, schicken an, liefern an, umgezogen nach, j'habite, nous habitons, habite au, habitons au,
    demeurant, domicilié, domiciliée, adresse est, adresse :, nouvelle adresse, livrer au, 1er juillet au,
    vivo en, vivimos en, vive en, domicilio en, domicilio, domiciliado en, domiciliada en, dirección es,
    dirección, resido en, vemos en, entregar en, enviar a, moro na, moro no, moro em, mora na, mora no,
    residente na, residente em, endereço é, fica na, fica em, moradora em, morador em, abito in, abitiamo in,
    abita in, residente in, residente a, domiciliato in, indirizzo è, spedire a, woon op, woont op, wonen op,
    wonen nu op, adres is, bezorgen op, opa en oma:, mieszkam, mieszka, zamieszkały, zamieszkała, adres to,
    wejdzie to, odbiór:, cel:, bydlím, bydlíme, bydlí, bytem, lakom, lakcím:, címem, domiciliat în,
    domiciliată în, locuiesc pe, locuiesc în, живу, живём, проживает, проживаю, проживающий, проживающая,
    по адресу, откуда:, куда:, живее в, живея в, адрес, адреса, мешкаю, adresim, oturuyorum, bor på, bor nå på,
    adressen er, adressen är, flyttat till, flytter til, osoite on, asun
"""
#: As they are written here and with a capital: in any case it would take five times as long to compile.
TRIGGER = "|".join(escaped(form) for phrase in phrases_of(_WORDS) for form in (phrase, phrase[0].upper() + phrase[1:]))
#: What may stand between the words and the address.
_LEAD = re.compile(
    r"[ :]{1,3}(?:(?:is|now|our|the|a|je|ist|jetzt|nu|teraz|to|е|in der|la|le|au|à la|à|en la|en el|na|no|op|на|в|у|"
    r"по|г|i)[. ]+)?"
    r"[\"'\u201e\u00ab]?"
)
_NEXT = re.compile(r" ?, ?| - | - ")
_NUMBER = re.compile(r"(?<![\d.])(?:[A-Z]{1,2}[- ]?)?\d{1,5}(?:[A-Za-z]|[-/]\d{1,4}[A-Za-z]?)?(?![\d.]*\d)")
_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]{2,}")
_MOST = 8
_AMOUNT = re.compile(
    r"[$€£₹%]|\b(?:version|python|page|step|am|pm|uhr|euro?s?|usd|gb|mb|km/h|version)\b", re.IGNORECASE
)


def announced(beside: Parts, end: int) -> tuple[int, int] | None:
    """From where to where the address goes that begins behind the words that end at `end`."""
    text = beside.text
    lead = _LEAD.match(text, end)
    if lead is None:
        return None  # a longer word
    at = lead.end()
    found: list[Part] = []
    for _ in range(_MOST):
        own = part(text, at, end_of_part(text, at))
        if own is None or own.start != at or not _begins(text, own):
            break
        found.append(own)
        gap = _NEXT.match(text, own.end)
        if gap is None:
            break
        at = gap.end()
    if len(found) < _LEAST:
        return None
    start, stop = found[0].start, found[-1].end
    piece = text[start:stop]
    houses = [own for own in found if _NUMBER.search(text, own.start, own.end) is not None]
    places = [own for own in found if not own.number and _NAME.search(text, own.start, own.end) is not None]
    streets = [own for own in houses if _NAME.search(text, own.start, own.end) is not None]
    if not streets and not (houses and len(places) > 1):
        return None
    if not (places or any(own.unit for own in found)) or _AMOUNT.search(piece) is not None:
        return None
    return start, stop


#: Of so many parts.
_LEAST = 2


def _begins(text: str, own: Part) -> bool:
    """Whether it begins as parts do, or has a word that they have."""
    first = text[own.start]
    return own.unit or own.number or not first.islower()
