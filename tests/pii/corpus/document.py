"""A document with labels, and the mark-up in which labelled text is written by hand.

    Write to ⟦email=ada@example.org⟧ or to ⟦?=10.0.0.1⟧.

is the text without the brackets, with a label for what stands in them. A kind `?` marks what may be found or not, and
is right either way: a private address, a number of a company. `a|b` is a value that both kinds are right for; it is
counted as the first.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile(r"⟦([a-z_?|]+)=([^⟦⟧]*)⟧")


class Label(NamedTuple):
    """Personal data from `start` to `end`. `kinds`: what it may be called, the first its own; none: found or not."""

    kinds: tuple[str, ...]
    start: int
    end: int


class Document(NamedTuple):
    """A text of a `form` (e-mail, log, …) and a locale, with all of its personal data labelled, in order."""

    form: str
    locale: str
    text: str
    labels: tuple[Label, ...]


def kinds_of(mark: str) -> tuple[str, ...]:
    """The kinds that a mark-up's name stands for."""
    return () if mark == "?" else tuple(mark.split("|"))


def marked(form: str, locale: str, text: str) -> Document:
    """The document that a text with mark-up stands for."""
    plain: list[str] = []
    labels: list[Label] = []
    done = size = 0
    for match in _MARK.finditer(text):
        plain += text[done : match.start()], match[2]
        size += match.start() - done
        labels.append(Label(kinds_of(match[1]), size, size + len(match[2])))
        size += len(match[2])
        done = match.end()
    plain.append(text[done:])
    document = Document(form, locale, "".join(plain), tuple(labels))
    if "⟦" in document.text or "⟧" in document.text:
        raise ValueError(f"a mark that is none in {document.text[:200]!r}")
    return document
