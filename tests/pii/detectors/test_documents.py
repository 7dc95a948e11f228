"""Names and addresses in documents as people write them: all of them, and nothing where there are none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault
from tests.pii.corpus.document import Document, marked

_FOLDER = Path(__file__).with_name("documents")
#: How much of each file is found: what is missed is named in docs/pii.md.
_NAMES, _ADDRESSES = 0.93, 0.75
_KINDS = {"person_name", "street_address"}


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(detectors(DETECTORS), Vault(), "observe")


def _documents(name: str) -> list[Document]:
    _, *parts = re.split(r"^=== ", (_FOLDER / name).read_text(), flags=re.MULTILINE)
    bodies = [part if "\u27e6" in part.partition("\n")[0] else part.partition("\n")[2] for part in parts]
    return [marked("text", "en_US", body) for body in bodies]


def _left(redactor: Redactor, text: str, start: int, end: int) -> str:
    """The letters and digits of a value that no finding covers."""
    covered = {place for one in redactor.find(text) for place in range(one.start, one.end)}
    return "".join(text[at] for at in range(start, end) if text[at].isalnum() and at not in covered)


def test_names_are_found_in_letters_chats_records_and_code(redactor: Redactor) -> None:
    labels = [(one.text, label) for one in _documents("names.txt") for label in one.labels]
    missed = [text[label.start : label.end] for text, label in labels if _left(redactor, text, label.start, label.end)]
    assert len(missed) <= len(labels) * (1 - _NAMES), missed


def test_addresses_of_all_countries_are_found_whole(redactor: Redactor) -> None:
    lines = (_FOLDER / "addresses.txt").read_text().splitlines()
    addresses = [line.replace("\\n", "\n") for line in lines if line and not line.startswith("# ")]
    missed = []
    for address in addresses:
        text = f"Delivered yesterday to {address}.\n"
        if _left(redactor, text, text.index(address), text.index(address) + len(address)):
            missed.append(address)
    assert len(missed) <= len(addresses) * (1 - _ADDRESSES), missed


@pytest.mark.parametrize("document", _documents("neither.txt"), ids=lambda document: document.text[:24])
def test_nothing_is_found_where_nobody_is(redactor: Redactor, document: Document) -> None:
    found = [one for one in redactor.find(document.text) if one.kind in _KINDS]
    assert [document.text[one.start : one.end] for one in found] == []


def test_a_name_is_found_again_close_by(redactor: Redactor) -> None:
    text = (
        "Patient: Rosalind Achterberg\n\nThe form that Achterberg signed says that only Rosalind Achterberg may come."
    )
    found = [text[one.start : one.end] for one in redactor.find(text) if one.kind == "person_name"]
    assert found == ["Rosalind Achterberg", "Achterberg", "Rosalind Achterberg"]


def test_a_name_begins_a_sentence_unless_it_may_be_a_word_or_the_name_of_something_else(redactor: Redactor) -> None:
    text = "Patient: Rose Miller\n\nRose petals fell at the Rose Garden. Miller came late. Miller Street is long."
    found = [(one.start, text[one.start : one.end]) for one in redactor.find(text) if one.kind == "person_name"]
    assert found == [(9, "Rose Miller"), (text.index("Miller came"), "Miller")]
