"""Telephone numbers with their country code: `+44 20 7946 0958`, `0049 30 901820`.

Digits with a country code and no grouping must also be of the country's plan (Google's libphonenumber, the phonenumbers
package, asked last because it takes long). Numbers reserved for fiction are in no plan but are written for people, so
they count where the grouping is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.calling_codes import calling_code
from akios_jail.pii.detectors.phone_edges import phone, stands_alone
from akios_jail.pii.detectors.phone_words import ANNOUNCED
from akios_jail.pii.detectors.surroundings import digits_of
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

SIGN = r"[ .()/-]{0,3}"
TRUNK_IN_BRACKETS = re.compile(r"\(0\)")
_INTERNATIONAL = re.compile(rf"(?:\+|00) ?\(?[0-9](?>(?:{SIGN}[0-9]){{6,17}})")


def international(view: View, end: int) -> Iterable[Finding]:
    text = view.folded
    plus = text.rfind("+", max(0, end - 34), end)
    begin = plus if plus >= 0 else _zeros(text, end)
    match = _INTERNATIONAL.match(text, begin) if begin >= 0 else None
    if match is None or not stands_alone(view, begin, match.end(), plus=True, open_end=True):
        return
    prefix = 1 if plus >= 0 else 2
    if prefix == 2 and view.char(begin - 1) in " .-" and view.char(begin - 2).isdigit():
        return  # a row of numbers
    digits = digits_of(TRUNK_IN_BRACKETS.sub("", text[begin + prefix : match.end()]))
    for last, count in _group_ends(text, begin + prefix, match.end()):
        code = calling_code(digits[:count])
        if code is None or not stands_alone(view, begin, last, plus=True):
            continue
        grouped = _GROUPED.search(text, begin + prefix, last) is not None
        fiction = code == "1" and digits[1] in "23456789" and prefix == 1
        number = f"+{digits[:count]}"
        if grouped and prefix == 1:
            yield phone(begin, last, number, 0.93, f"country code {code}, grouped")
        elif fiction or ANNOUNCED.leads_to(view, begin) or of_the_plan(number):
            yield phone(begin, last, number, 0.97, f"country code {code}, announced or of its plan")
        else:
            continue
        return


def _group_ends(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Where the groups of digits end, the last first, and how many digits there are up to there."""
    ends, count = [], 0
    for group in _GROUP.finditer(text, start, end):
        if text[group.start() - 1 : group.end() + 1] != "(0)":
            count += group.end() - group.start()
        ends.append((group.end(), count))
    return reversed(ends)


_GROUP = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9][ .()/-]+[0-9]")


def _zeros(text: str, end: int) -> int:
    """Where the 00 of a number stands whose ninth digit after it ends at `end`."""
    place, digits = end, 0
    while place > 0 and digits < 11 and end - place < 40:
        place -= 1
        digits += text[place].isdigit()
    return place if digits == 11 and text.startswith("00", place) else -1


def of_the_plan(number: str) -> bool:
    """Whether libphonenumber knows a range of numbers that this one, with its country code, lies in."""
    import phonenumbers  # 50 ms, and only few texts have such a candidate

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
