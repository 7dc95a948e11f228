"""Names in rows of codes: `Passport CC24TF32D, Jane Doe, DE58 3704 …`, `MRN 00420156  Jane Doe`.

Beside a number that is somebody's a name stands alone between two signs; beside a year or an amount other words do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.name_grammar import MAX_NAME, named, whole_name
from akios_jail.pii.finding import Finding

_CODE = re.compile(r"[0-9A-Z][0-9A-Z./ -]{3,40}(?:(?P<open> \()|, |; | / | \| | {1,4}|\r?\n)\Z")
_ENDS = re.compile(r"[\n\r|\t;)\[\"]|  |, | [-/.] |\. |\.?\Z")
_LEAST_DIGITS = 5
_AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)|\b(?:19|20)\d\d-\d\d-\d\d|\d:\d\d")


def after_code(text: str, end: int) -> Iterable[Finding]:
    """A name alone between a code and the next sign; in East Asia, also after a blank or on the next line."""
    start = end - 1
    if not text[start].isupper() and text[start] < "\u2e7f":
        return ()
    code = _CODE.search(text, max(0, start - 48), start)
    if code is None or sum(map(str.isdigit, code.group())) < _LEAST_DIGITS or _AMOUNT.search(code.group()) is not None:
        return ()
    stop = _ENDS.search(text, start, min(len(text), start + MAX_NAME))
    if stop is None or (code["open"] is not None) != (stop.group() == ")"):
        return ()
    span = whole_name(text, start, stop.start(), most=4)
    if span is None or text[span[0] : span[1]].isupper():
        return ()
    return named(text, *span, 0.7, "alone beside a number that is somebody's")
