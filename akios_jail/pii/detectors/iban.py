"""International bank account numbers (ISO 13616).

Country, length and the two check digits (ISO 7064, modulus 97) prove it together: one number in a hundred of the right
country and length is right by chance, and few have either. Confidence: 0.99 in capitals or announced, 0.95 in small
letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from akios_jail.pii.detectors.checksums import mod_97
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

#: How long the numbers of a country are (the registry of ISO 13616, kept by SWIFT, and the countries that use the
#: format without being in it).
LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FK", "FO", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM", "CF", "CG", "CM", "GA", "GQ", "KM", "TD"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HN", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
_SIGN = r"[ ./-]{0,2}"
_HEAD = re.compile(rf"[A-Za-z]{{2}}{_SIGN}[0-9]{_SIGN}[0-9]")
_BEGUN = re.compile(rf"[A-Za-z]{{2}}(?:{_SIGN}[0-9]){{2}}{_SIGN}[0-9A-Za-z]{{4}}{_SIGN}[0-9A-Za-z]{{4}}")
_SIGNS = re.compile(r"[ ./-]+")
#: From the trigger's end back to where the number may begin.
_BACK = 24


@cache
def _of_length(length: int) -> re.Pattern[str]:
    """So many letters and digits with signs between; there are some twenty lengths."""
    return re.compile(rf"[0-9A-Za-z](?:[ ./-]{{0,2}}[0-9A-Za-z]){{{length - 1}}}")


class Iban:
    """`DE89 3704 0044 0532 0130 00`, in groups or in one."""

    kind = "iban"
    triggers = (
        rf"(?i)\b(?:{'|'.join(sorted(LENGTHS))}){_SIGN}[0-9]{_SIGN}[0-9]{_SIGN}[0-9A-Z]{{4}}{_SIGN}[0-9A-Z]{{4}}",
    )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        for head in _HEAD.finditer(view.folded, max(0, end - _BACK), end):
            length = LENGTHS.get(head.group()[:2].upper())
            if length is None or view.char(head.start() - 1).isalnum():
                continue
            begun = _BEGUN.match(view.folded, head.start())
            if begun is not None and begun.end() == end:  # the one that the trigger saw
                yield from self._whole(view, head.start(), length)

    def _whole(self, view: View, start: int, length: int) -> Iterable[Finding]:
        match = _of_length(length).match(view.folded, start)
        if match is None:
            return
        place = match.end()
        after = view.char(place)
        if (after.isascii() and after.isalnum()) or after == "_":
            return
        written = _SIGNS.sub("", match.group())
        number = written.upper()
        if not number.isascii() or mod_97(number[4:] + number[:4]) != 1:
            return
        mixed = written not in (number, written.lower())
        if mixed and " " not in view.folded[start:place]:
            return
        confidence = 0.99 if written == number else 0.95
        yield Finding(self.kind, start, place, number, confidence, f"check digits and length of {number[:2]} right")
