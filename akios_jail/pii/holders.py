"""Whose number it is: a name in the same breath, right before or behind a value that is somebody's.

`Pas.nr 992826 Oddbjørg Haugen, seksjon 7`; `5204 8968 9149 2880, valid 04/28, DARYA MALYSHEVA, order 44`; `Zehra Aktaş
pasaport U56560133`; `Ottavia Crane -> acct 1098582586`. No word is looked for, as in `neighbours`: between the two
stand a sign, a date, or a few small words. The name has first and last name and no word that things have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.name_grammar import is_surnamed, is_thing, name_at, normal, parts, title_at
from akios_jail.pii.finding import Finding

CONFIDENCE = 0.7
REASON = "right beside what is somebody's"
#: Kinds of which a value is one person's, and that people write a name beside without a sign.
KINDS = frozenset(
    (
        "passport",
        "driving_licence",
        "national_id",
        "ssn",
        "itin",
        "iban",
        "credit_card",
        "bank_account",
        "medical_record",
    )
)
#: A name is looked for so far.
_FAR = 72
#: Months and years, codes and other small numbers, each with a word of its own: what stands behind a card's number.
_NUMBERS = r"(?:(?: ?[,;/·|(] ?| )(?:[^\W\d_]{1,9}\.?:? ){0,2}[0-9]{1,4}(?:[./-][0-9]{2,4}){0,2}\)?){0,2}"
#: A remark in brackets; a sign or a blank; and small words, such as whose it is.
_LED = re.compile(
    rf"{_NUMBERS}(?: ?\([^()\n]{{1,24}}\))?(?:,? |; ?| ?[-\u2013\u2014/|·] ?|, |\u3000|، )"
    r"(?:(?!(?:in|at|from|on|by|with)\b)[^\W\dA-Z_][^\W\d_]{0,10}[.:]? |[tT]\.?[nN]\.?[vV]\.? |lt\. ){0,3}"
)
_CLOSED = re.compile(r"\.?(?:[ ]?[,;.)(/|\n\r]|\u3000|،|\Z)| [^\W\dA-Z_]|[ ][0-9+$€£₹₩¥#\-\u2013\u2014|]| [A-Z]{1,3} ")
_CAPITALS = re.compile(r"[^\W\d_]{2,20}(?:[ -](?:[^\W\d_]{2,20}|[^\W\d_]\.?)){1,3}")
#: From a name to its number: a remark in brackets, an arrow, and up to four short words of which the last says what the
#: number is.
_TO_NUMBER = re.compile(
    r"(?: \([A-Z]{2,3}\)|'s)?(?: (?:->|=>|→|-|[^\W\dA-Z_][^\W\d_./]{0,11}[.:]?|[Aa]/[Cc]|[A-Z]{2,5}|N[or]\.?|#)){1,4}"
    r"[ :.#]{0,3}\Z"
)
_BEGINS = re.compile(r"(?:\A|\n|[;,|:(] ?|[0-9]\)? |\. |(?<![^\W_])[a-z]{1,8}\.? |[-•*] )(?=[^\W\d_a-z])")


def holders(text: str, low: int, finding: Finding, high: int) -> Iterable[Finding]:
    """The names beside a finding, of what lies between `low` and `high`, where other findings are."""
    if finding.kind not in KINDS:
        return
    yield from _behind(text, finding.end, min(high, finding.end + _FAR + 40))
    yield from _before(text, max(low, finding.start - _FAR), finding.start)


def _behind(text: str, end: int, stop: int) -> Iterable[Finding]:
    led = _LED.match(text, end, stop)
    if led is None:
        return
    start = title_at(text, led.end(), stop)
    last = name_at(text, start, stop)
    if last > start and _CLOSED.match(text, last) is not None:
        yield from _named(text, start, last)


def _before(text: str, first: int, start: int) -> Iterable[Finding]:
    """The name that begins its cell, if nothing but short words stands between it and the number."""
    for begin in _BEGINS.finditer(text, first, start):
        name = title_at(text, begin.end(), start)
        last = name_at(text, name, start)
        if last > name and _TO_NUMBER.match(text, last, start) is not None:
            yield from _named(text, name, last)
            return


def _named(text: str, start: int, end: int) -> Iterable[Finding]:
    name = text[start:end]
    if not 2 <= parts(name) <= 4 or is_thing(name) or _OTHER.search(name) is not None:
        return
    if name.isupper() and (_CAPITALS.fullmatch(name) is None or len(name) < _LEAST_CAPITALS):
        return
    if not name[0].isupper() and not _is_east_asian(name):
        return
    yield Finding("person_name", start, end, normal(name), CONFIDENCE, REASON)


def _is_east_asian(name: str) -> bool:
    """Whether it is sure to be one there: with a family name of Korea or China, or a blank after the family name."""
    return name[0] >= "\u2e7f" and ((" " in name and len(name) <= _LONGEST) or (" " not in name and is_surnamed(name)))


_LONGEST = 6
#: Shorter words in capitals are codes of something.
_LEAST_CAPITALS = 8
#: What stands beside numbers and begins with a capital, too.
_OTHER = re.compile(
    r"(?i)\b(?:visa|mastercard|maestro|debit|credit|amex|american express|bank\w*|banco|banque|account|konto\w*|cuenta|"
    r"conta|das|der|die|den|het|the|le|la|les|el|los|las|il|lo|ihr\w*|mein\w*|kopie|copy|effective|kimlik|rut|mri|bsn|"
    r"conto|compte|rekening|iban|bic|swift|ssn|itin|mrn|dob|passport|pass\w*port\w*|licen[cs]e\w*|class|card|karte|carte|"
    r"order|invoice|ref|code|date|exp\w*|valid\w*|amount|total|type|status|number|nr|no|id|issued|issuing|authority|"
    r"nationality|country|state|tel|phone|mobile|e-?mail|address|gender|male|female|north|south|east|west|new|street|road|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"federal|national|first|union|savings|checking|current|routing|sort|branch|clinic|ward|hospital|blood|pressure|weight|height|admission|discharge|dept|kasse|"
    r"sparkasse|volksbank|raiffeisen\w*|santander|barclays|lloyds|hsbc|chase|wells|fargo|capital)\b"
)
