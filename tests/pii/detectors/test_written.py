"""Lines as people and systems write them, a file a kind: each value in marks is found, and nothing else of its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault

_FILES = sorted(Path(__file__).with_name("written").glob("*.txt"))


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(detectors(DETECTORS), Vault(), "observe")


def _plain(line: str) -> tuple[str, list[tuple[int, int]]]:
    """The text that a line stands for, and where in it the values are."""
    text, values, begins = "", [], 0
    for char in line.replace("\\n", "\n").replace("\\t", "\t"):
        if char == "\u27e6":
            begins = len(text)
        elif char == "\u27e7":
            values.append((begins, len(text)))
        else:
            text += char
    return text, values


def _is_right(redactor: Redactor, kind: str, line: str) -> bool:
    """Whether no letter or digit of a value is left, each has the kind, and all that has the kind is a value."""
    text, values = _plain(line)
    found = redactor.find(text)
    covered = {place for one in found for place in range(one.start, one.end)}
    named = [(one.start, one.end) for one in found if one.kind == kind]
    return (
        all(place in covered for start, end in values for place in range(start, end) if text[place].isalnum())
        and all(any(a < end and start < b for a, b in named) for start, end in values)
        and all(any(a < end and start < b for start, end in values) for a, b in named)
    )


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_all_values_in_lines_of_many_genres_and_languages_are_found(redactor: Redactor, file: Path) -> None:
    lines = file.read_text().splitlines()
    assert len(lines) > 15
    assert [line for line in lines if not _is_right(redactor, file.stem, line)] == []
