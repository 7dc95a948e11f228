"""Texts in pieces: the same findings as in the whole, with their lines and columns, in bounded memory."""

from __future__ import annotations

import random
import tracemalloc
from itertools import islice

import pytest

from akios_jail.pii import finding_stream
from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.finding_stream import FindingStream, Placed
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.strings import strings
from akios_jail.pii.vault import Vault
from tests.pii.corpus.split import documents


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(detectors(DETECTORS), Vault(), "observe")


def read(redactor: Redactor, text: str, size: int) -> list[Placed]:
    stream = FindingStream(redactor)
    found = [placed for at in range(0, len(text), size) for placed in stream.feed(text[at : at + size])]
    return [*found, *stream.finish()]


def test_findings_have_their_place_in_the_whole(redactor: Redactor) -> None:
    text = "Hello,\n\nwrite to ada@example.org\nor bob@example.org"
    placed = read(redactor, text, 7)
    assert [(one.line, one.column, one.value) for one in placed] == [
        (3, 10, "ada@example.org"),
        (4, 4, "bob@example.org"),
    ]
    assert all(text[one.finding.start : one.finding.end] == one.value for one in placed)


@pytest.mark.parametrize("size", [1_000, 8_191, 50_000])
def test_pieces_give_what_the_whole_gives(redactor: Redactor, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    texts = [document.text for document in documents("development")]
    random.Random(size).shuffle(texts)
    text = "\n".join(islice(texts, 120))
    monkeypatch.setattr(finding_stream, "PIECE", 4_096)
    found = [(one.finding.kind, one.finding.start, one.finding.end) for one in read(redactor, text, size)]
    whole = [(one.kind, one.start, one.end) for one in redactor.find(text)]
    assert found == whole


def test_a_column_says_what_its_cells_are_far_below_its_name(
    redactor: Redactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_stream, "PIECE", 2_048)
    rows = "".join(f"{number},widget {number},user-{number}@localhost.example\n" for number in range(2_000))
    placed = read(redactor, "id,item,email\n" + rows, 1_000)
    assert len(placed) == 2_000
    assert placed[-1].line == 2_001
    assert placed[-1].value == "user-1999@localhost.example"


def test_memory_does_not_grow_with_the_text(redactor: Redactor) -> None:
    line = "nothing of interest happened on this line of the log, number 12345; it goes on\n"
    stream = FindingStream(redactor)
    for placed in stream.feed(line * 20_000):
        raise AssertionError(placed)
    tracemalloc.start()
    try:
        for _ in range(10):
            assert list(stream.feed(line * 20_000)) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert list(stream.finish()) == []
    assert peak < 30 << 20


def test_the_strings_of_a_document_have_paths_and_meanings() -> None:
    document = {"a": [{"email": "x@example.org", "n": 5}], "phone": 2125552368, "note": "hi"}
    found = [(each.path, each.text, each.meaning.kind if each.meaning else None) for each in strings(document)]
    assert found == [
        ("a[0].email", "x@example.org", "email"),
        ("phone", "2125552368", "phone"),
        ("note", "hi", None),
    ]
