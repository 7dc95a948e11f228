"""Templates: texts with slots, and how a document is written from one.

A file of `templates/` holds many, each under a line `=== FORM: LANGUAGES` (`*` for all). `⟦email⟧` is a slot of
`writer`, `⟦w.email⟧` the word for it in the document's language; lines between `⟦repeat 12⟧` and `⟦end⟧` are written
so often, each time with other people. Mark-up as in `document` may stand beside slots.
"""

from __future__ import annotations

import json
import random
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_plus

from tests.pii.corpus.document import Document, marked
from tests.pii.corpus.locale import Locale
from tests.pii.corpus.values.contact import Unwritable
from tests.pii.corpus.writer import Writer

_HEAD = re.compile(r"^=== (\w+): (.+)\n", re.MULTILINE)
_REPEAT = re.compile(r"^⟦repeat (\d+)⟧\n(.*?)^⟦end⟧\n", re.MULTILINE | re.DOTALL)
_SLOT = re.compile(r"⟦([a-z_0-9.]+)⟧")


class Template(NamedTuple):
    """A text with slots, of a form, for documents in `languages`; none: in all."""

    form: str
    languages: tuple[str, ...]
    text: str

    def fits(self, locale: Locale) -> bool:
        """Whether documents of the locale may be written from it. A language may be narrowed to a locale: `en_US`."""
        return not self.languages or locale.language in self.languages or locale.code in self.languages


@cache
def templates(path: Path) -> tuple[Template, ...]:
    """The templates in a file."""
    _, *parts = _HEAD.split(path.read_text())
    heads = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return tuple(
        Template(form, () if languages.strip() == "*" else tuple(languages.split()), text.strip("\n") + "\n")
        for form, languages, text in heads
    )


def written(template: Template, locale: Locale, rng: random.Random) -> Document | None:
    """A document of the template; None if the locale has no value for one of its slots."""
    writer = Writer(rng, locale)

    def slot(match: re.Match[str]) -> str:
        kind, value = writer.value(match[1])
        escaped = _escaped(template.form, value)
        before, after = ('"', '"') if template.form == "csv" and escaped != value else ("", "")
        escaped = escaped[1:-1] if before else escaped
        return f"{before}⟦{kind}={escaped}⟧{after}" if kind else f"{before}{escaped}{after}"

    def repeated(match: re.Match[str]) -> str:
        rows = []
        for _ in range(int(match[1])):
            writer.anew()
            rows.append(_SLOT.sub(slot, match[2]))
        writer.anew()
        return "".join(rows)

    try:
        text = _SLOT.sub(slot, _REPEAT.sub(repeated, template.text))
    except Unwritable:
        return None
    return marked(template.form, locale.code, text)


def _escaped(form: str, value: str) -> str:
    """The value as it stands in a document of the form. What has one line a value has no line break in it."""
    if form in ("log", "csv", "chat", "code"):
        value = value.replace("\n", "\\n") if "PRIVATE KEY" in value else value.replace("\n", ", ")
    if form in ("json", "code"):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    if form == "csv" and any(char in value for char in ',"'):
        return '"' + value.replace('"', '""') + '"'
    return quote_plus(value) if form == "form" else value
