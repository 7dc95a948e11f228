"""Telephone numbers.

Three kinds of candidates, in falling order of what the writing itself proves: a number with its country code, checked
against that country's plan; a number grouped as the default region writes it; and any digits after words that
announce a telephone number. The plans are Google's libphonenumber (the phonenumbers package). Numbers reserved for
fiction fail its check but are written for people, so they count where the grouping is right.

Ten digits alone are as often an order number or a time stamp: without words before them they are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import phonenumbers

from akios_jail.pii.finding import Finding, View
from akios_jail.pii.pattern import Linear

#: Grouped as in North America: (212) 555-0123, 212-555-0123, +1 212.555.0123; and 555-0123, which is always fiction.
_NANP = Linear(r"(?:\+?1[ .-]{0,2})?(?:\(\d{3}\)[ .-]{0,3}|\d{3}[ .-]{1,3})\d{3}[ .-]{1,3}\d{4}|555[ .-]\d{4}")
_INTERNATIONAL = Linear(r"(?:\+|00)[ ]?\(?\d(?:[ .()/-]{0,3}\d){6,17}")
_ANY = Linear(r"\(?\d(?:[ .()/-]{0,3}\d){6,14}")
_CUE_WORD = (
    r"(?:tele)?phones?|tel|mobiles?|cell(?:ular|phone)?|fax|sms|whatsapp|calls?|callback|dial|ring|hotline|contact|reach|"
    r"handy|telefon|telefono|téléphone|portable"
)
_HAS_CUE = Linear(rf"(?i)\b(?:{_CUE_WORD})\b")
_CUE = re.compile(
    rf"\b(?:{_CUE_WORD})\b(?:[^a-z]|\b(?:numbers?|no|nr|num|me|us|him|her|them|at|on|is|are|to|or|and|the|my|our|your|his|"
    r"their|home|work|office|via|by|was|for|now|back|please|mobile|cell)\b)*$",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:19|20)\d\d[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:0[1-9]|[12]\d|3[01])(?:\D|$)")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}$")
_PLUS = re.compile(r"^(?:\+|00)[ ]?")

#: No number has fewer digits.
_SEVEN = re.compile(r"(?:[^0-9]*+[0-9]){7}")
#: How far back the announcing words may begin.
WINDOW = 48


class Phone:
    """Numbers of any country with its code; others as written in `region` (an ISO 3166 code)."""

    field = "phone"

    def __init__(self, region: str = "US") -> None:
        self._region = region

    def find(self, view: View) -> Iterable[Finding]:
        found: list[Finding] = []
        if _SEVEN.match(view.folded) is None:
            return found
        for start, end in _INTERNATIONAL.spans(view.folded):
            found.extend(self._international(view, start, view.folded[start:end]))
        if self._region in ("US", "CA"):
            for start, end in _NANP.spans(view.folded):
                found.extend(self._grouped(view, start, view.folded[start:end]))
        if _HAS_CUE.found(view.folded) or (view.context and _HAS_CUE.found(view.context)):
            for start, end in _ANY.spans(view.folded):
                found.extend(self._announced(view, start, view.folded[start:end]))
        return found

    def _international(self, view: View, start: int, candidate: str) -> Iterable[Finding]:
        if not _stands_alone(view, start, start + len(candidate), plus=True):
            return
        announced = _CUE.search(view.before(start, WINDOW)) is not None
        for text in _shorter(candidate):
            number = _parse("+" + _PLUS.sub("", text), None)
            if number is None:
                continue
            spaced = re.search(r"\d[ .()-]+\d", text) is not None and len(_digits(text)) >= 9
            fiction = number.country_code == 1 and len(_digits(text)) == 11 and text.startswith("+")
            possible = phonenumbers.is_possible_number(number)
            if phonenumbers.is_valid_number(number) or (possible and (announced or spaced or fiction)):
                yield Finding("phone", start, start + len(text), _key(number))
                return

    def _grouped(self, view: View, start: int, candidate: str) -> Iterable[Finding]:
        end = start + len(candidate)
        if not _stands_alone(view, start, end):
            return
        digits = _digits(candidate)[-10:]
        announced = _CUE.search(view.before(start, WINDOW)) is not None
        if len(digits) == 10:
            plausible = digits[0] in "23456789" and digits[3] in "23456789" and digits[1:3] != "11"
            if not (plausible or digits.startswith("555") or announced):
                return
            spaces_only = re.fullmatch(r"[\d ]+", candidate) is not None
            if spaces_only and not announced and _digits_around(view, start, end):
                return
        yield Finding("phone", start, end, _national_key(digits, self._region))

    def _announced(self, view: View, start: int, candidate: str) -> Iterable[Finding]:
        end = start + len(candidate)
        if _CUE.search(view.before(start, WINDOW)) is None or not _stands_alone(view, start, end):
            return
        if _DATE.match(candidate) is not None or _ADDRESS.match(candidate) is not None:
            return
        for text in _shorter(candidate):
            number = _parse(text, self._region)
            if number is not None and len(_digits(text)) >= 7:
                yield Finding("phone", start, start + len(text), _national_key(_digits(text), self._region))
                return


def _stands_alone(view: View, start: int, end: int, plus: bool = False) -> bool:
    """Whether the characters around do not make this a part of something longer."""
    before, after = view.char(start - 1), view.char(end)
    if before.isalnum() or before in ("_", "+") or (before == "%" and not plus):
        return False
    if before != "" and before in "-./=" and view.char(start - 2).isdigit():
        return False
    if before in ("-", "#", "$") and (before != "-" or view.char(start - 2).isalnum()):
        return False
    if after == "_" or (after.isalnum() and not (after in "xX" and view.char(end + 1).isdigit())):
        return False
    return not (after != "" and after in "-./" and view.char(end + 1).isdigit())


def _digits_around(view: View, start: int, end: int) -> bool:
    return (view.char(start - 1) == " " and view.char(start - 2).isdigit()) or (
        view.char(end) == " " and view.char(end + 1).isdigit()
    )


def _shorter(candidate: str) -> Iterable[str]:
    """The candidate, then without its last group of digits, and so on: a number may be followed by another one."""
    text = candidate
    while len(_digits(text)) >= 7:
        yield text
        cut = re.search(r"[ .()/-]+\d+$", text)
        if cut is None:
            return
        text = text[: cut.start()]


def _parse(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _key(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _national_key(digits: str, region: str) -> str:
    number = _parse(digits, region)
    return _key(number) if number is not None else digits


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
