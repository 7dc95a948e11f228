"""What the product finds in a document of the corpora, as the broker would look through it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

from akios_jail.pii.form import redact_form
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Unredactable
from tests.pii.corpus.document import Document
from tests.pii.corpus.score import Found, Score

_PLACEHOLDER = re.compile(r"\[([A-Z_]+)_[0-9]+\]")


def found_in(redactor: Redactor, document: Document) -> list[Found]:
    """What is found in a document. A form post is a body of its type; all else is text, as in a prompt. The redactor
    must put placeholders in: what is found in a form is known by them."""
    return _in_form(redactor, document.text) if document.form == "form" else found_in_text(redactor, document.text)


def found_in_text(redactor: Redactor, text: str) -> list[Found]:
    """What is found in a text."""
    return [Found(finding.kind, finding.start, finding.end) for finding in redactor.find(text)]


def scored(redactor: Redactor, documents: Iterable[Document]) -> Score:
    """The score over documents. A call that would be refused leaks nothing, and nothing is found in it."""
    score = Score()
    for document in documents:
        try:
            findings = found_in(redactor, document)
        except Unredactable:
            findings = []
        score.add(document, findings)
    return score


def _in_form(redactor: Redactor, text: str) -> list[Found]:
    """Fields whose value is written otherwise afterwards, under the kind of their placeholder."""
    found = []
    place = 0
    for old, new in zip(text.split("&"), redact_form(redactor, text).text.split("&"), strict=True):
        name = old.index("=") + 1 if "=" in old else 0
        for kind in _PLACEHOLDER.findall(unquote_plus(new)) if new != old else ():
            found.append(Found(kind.lower(), place + name, place + len(old.rstrip("\n"))))
        place += len(old) + 1
    return found
