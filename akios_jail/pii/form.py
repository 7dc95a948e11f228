"""Forms (`application/x-www-form-urlencoded`) and the queries of addresses: each value by the name of its field.

What is not changed keeps its spelling; what is changed is written with percent escapes.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from akios_jail.pii import keys
from akios_jail.pii.document import redact_text, redact_value
from akios_jail.pii.redactor import Redactor


class RedactedForm(NamedTuple):
    """The form without personal data, how much of each kind was found, and what could not be read, by type."""

    text: str
    counts: Counter[str]
    unread: Counter[str]


def redact_form(redactor: Redactor, form: str) -> RedactedForm:
    """The fields one by one, names and values. May raise `Unredactable`."""
    counts: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    pieces = form.split("&")
    names = [unquote_plus(piece.partition("=")[0], errors="replace") for piece in pieces]
    meanings = keys.meanings(tuple(names)) if len(names) <= MAX_FIELDS else (None,) * len(names)
    for number, (piece, name, meaning) in enumerate(zip(pieces, names, meanings, strict=True)):
        _, sign, value = piece.partition("=")
        plain = unquote_plus(value, errors="replace")
        new_name = redact_text(redactor, name, counts)
        found = redact_value(redactor, plain, name, meaning)
        counts.update(found.counts)
        unread.update(found.unread)
        if new_name != name or found.document != plain:
            pieces[number] = f"{quote_plus(new_name)}{sign}{quote_plus(found.document)}"
    return RedactedForm("&".join(pieces), counts, unread)


def redact_path(redactor: Redactor, path: str) -> RedactedForm:
    """The same for the path of an address, segment by segment."""
    counts: Counter[str] = Counter()
    segments = path.split("/")
    for number, segment in enumerate(segments):
        plain = unquote(segment, errors="replace")
        new = redact_text(redactor, plain, counts)
        if new != plain:
            segments[number] = quote(new, safe="")
    return RedactedForm("/".join(segments), counts, Counter())


#: Of forms with more fields each is read by itself.
MAX_FIELDS = 1000
