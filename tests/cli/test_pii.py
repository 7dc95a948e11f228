"""`akios pii`, as people and CI use it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from akios_jail.cli.main import run
from akios_jail.pii.catalogue import KINDS
from akios_jail.pii.explanations import EXPLANATIONS
from tests.policy.manifests import manifest

LETTER = "Hello,\nwrite to ada@example.org or pay 4111 1111 1111 1111.\n"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_text(LETTER)
    return path


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_findings_are_lines_as_linters_write_them(letter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pii", "scan", str(letter)]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{letter}:2:10: email (0.")
    assert second.startswith(f"{letter}:2:33: credit_card (0.")
    assert "ada@" not in first
    assert "4111" not in second


def test_nothing_found_is_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes").write_text("release 4.18.0, order 88123, ISBN 978-3-16-148410-0\n")
    assert run(["pii", "scan", str(tmp_path / "notes")]) == 0
    assert capsys.readouterr().out == ""


def test_what_is_piped_in_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    piped(monkeypatch, LETTER.encode())
    assert run(["pii", "scan", "--json", "--show", "--fields", "email"]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["file"], one["start"], one["end"], one["kind"], one["value"]) for one in found] == [
        ("-", 16, 31, "email", "ada@example.org")
    ]
    assert 0 < found[0]["confidence"] <= 1
    assert found[0]["reason"]


def test_values_are_shown_only_when_asked(letter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("--json", "--sarif"):
        assert run(["pii", "scan", form, str(letter)]) == 1
        assert "ada@" not in capsys.readouterr().out
        assert run(["pii", "scan", form, "--show", str(letter)]) == 1
        assert "ada@example.org" in capsys.readouterr().out


def test_code_scanning_gets_sarif(letter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").write_text("")
    assert run(["pii", "scan", "--sarif", str(letter), str(tmp_path / "empty")]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == "2.1.0"
    results = told["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["email", "credit_card"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == letter.as_uri()
    assert place["region"] == {"startLine": 2, "startColumn": 10, "charLength": 15}
    assert run(["pii", "scan", "--sarif", str(tmp_path / "empty")]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("sp ace#?%.txt", "sp%20ace%23%3F%25.txt"),
        ("a:b.txt", "a%3Ab.txt"),  # no scheme
        ("b\udcffc.txt", "b%FFc.txt"),
        ("ordner/größe.txt", "ordner/gr%C3%B6%C3%9Fe.txt"),
    ],
)
def test_a_files_name_is_a_uri_in_sarif(
    name: str, uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(LETTER)
    with contextlib.chdir(tmp_path):
        assert run(["pii", "scan", "--sarif", "--fields", "email", name]) == 1
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_in_sarif_a_finding_of_a_json_line_has_the_line_and_the_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines"
    lines.write_text('{}\n{"a": {"note": "[x](http://y) {0} to ada@example.org"}}\n')
    assert run(["pii", "scan", "--sarif", "--lines", "--fields", "email", str(lines)]) == 1
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    (place,) = result["locations"]
    assert place["physicalLocation"]["region"] == {"startLine": 2}
    assert place["logicalLocations"] == [{"fullyQualifiedName": "a.note"}]


def test_a_value_in_sarif_is_neither_a_link_nor_a_placeholder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note").write_text("see [x](http://y/{0})\n")
    patterns = r"patterns: [{name: link, pattern: '\[x\]\([^)]+\)'}]"
    (tmp_path / "policy.yaml").write_text(manifest(f"governance: {{pii_handling: {{fields: [itin], {patterns}}}}}"))
    policy = ["--policy", str(tmp_path / "policy.yaml")]
    assert run(["pii", "scan", "--sarif", "--show", *policy, str(tmp_path / "note")]) == 1
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert "\\[x\\](http://y/{{0}})" in result["message"]["text"]


def test_a_name_of_two_lines_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a\nb").write_text(LETTER)
    with contextlib.chdir(tmp_path):
        assert run(["pii", "scan", "--fields", "email", "a\nb", "c\nd"]) == 2
    said = capsys.readouterr()
    assert said.out.startswith("a\\nb:2:10: email")
    assert said.out.count("\n") == said.err.count("\n") == 1


def test_an_output_that_cannot_be_written_is_no_trouble_of_the_file(letter: Path) -> None:
    command = [sys.executable, "-m", "akios_jail", "pii", "scan", "--fields", "email", *[str(letter)] * 300]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "akios: error: standard output: No space left on device\n"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_folder_is_said_to_be_one_and_how_its_files_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pii", "scan", "--fields", "email", str(tmp_path)]) == 2
    assert "a folder, and only files are read: find FOLDER" in capsys.readouterr().err


def test_keys_count_in_json_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    piped(monkeypatch, b'{"ok": 1}\n\n{"customer": {"phone": 2125552368}}\n')
    assert run(["pii", "scan", "--lines", "--json"]) == 1
    (found,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (found["line"], found["path"], found["kind"]) == (3, "customer.phone", "phone")


def test_a_line_that_is_no_json_is_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, b'{"ok": 1}\n{"not: 1\n')
    assert run(["pii", "scan", "--lines"]) == 2
    assert "line 2 is no JSON document" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_status_2_and_the_others_are_read(
    letter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pii", "scan", "nowhere.txt", str(letter)]) == 2
    said = capsys.readouterr()
    assert "nowhere.txt: No such file" in said.err
    assert "email" in said.out


def test_what_is_no_text_is_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "image").write_bytes(b"\x89PNG\0\0 ada@example.org")
    assert run(["pii", "scan", str(tmp_path / "image")]) == 2
    assert "no text" in capsys.readouterr().err


def test_utf_16_is_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes").write_bytes(LETTER.encode("utf-16"))
    assert run(["pii", "scan", "--fields", "email", str(tmp_path / "notes")]) == 1
    assert ":2:10: email" in capsys.readouterr().out


def test_a_policy_says_which_kinds(letter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(manifest("governance: {pii_handling: {mode: observe, fields: [phone]}}"))
    assert run(["pii", "scan", "--policy", str(policy), str(letter)]) == 0
    policy.write_text(manifest("governance: {pii_handling: {mode: observe, fields: [email]}}"))
    assert run(["pii", "scan", "--policy", str(policy), str(letter)]) == 1
    assert "credit_card" not in capsys.readouterr().out
    policy.write_text(manifest("governance: {pii_handling: {fields: [email], allow: ['@example.org']}}"))
    assert run(["pii", "scan", "--policy", str(policy), str(letter)]) == 0
    policy.write_text(manifest("governance: {budget: {max_tokens_per_session: 5}}"))
    assert run(["pii", "scan", "--policy", str(policy), str(letter)]) == 2
    assert "it looks for nothing" in capsys.readouterr().err


def test_less_sure_findings_can_be_left_out(letter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pii", "scan", "--min-confidence", "1", str(letter)]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scan", "--fields", "emial"], "no kind is called 'emial'"),
        (["scan", "--json", "--sarif"], "one of them"),
        (["scan", "--fields", "email", "--policy", "p.yaml"], "not both"),
        (["explain", "ibn"], "Did you mean 'iban'?"),
        (["explain", "iban", "--text", "x"], "not both"),
    ],
)
def test_bad_usage_is_status_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pii", *words]) == 2
    assert said in capsys.readouterr().err


def test_every_kind_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert EXPLANATIONS.keys() == {kind.name for kind in KINDS}
    assert run(["pii", "explain"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(KINDS)
    for kind in KINDS:
        assert run(["pii", "explain", kind.name]) == 0
        said = capsys.readouterr().out
        assert kind.description in said
        assert EXPLANATIONS[kind.name].missed in said
    assert run(["pii", "explain", "iban", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["confidence"] == 0.99


def test_why_a_text_is_not_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pii", "explain", "--text", "pay 4111 1111 1111 1112 or ask x@y"]) == 0
    said = capsys.readouterr().out
    assert "4111 1111 1111 1112: not found as credit_card" in said
    assert "x@y: not found as email: has an @, but no domain" in said


def test_why_a_text_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pii", "explain", "--text", "pay DE89 3704 0044 0532 0130 00", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["kind"], one["start"]) for one in told["found"]] == [("iban", 4)]


def test_a_text_without_anything_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pii", "explain", "--text", "hello"]) == 0
    assert "Nothing in it" in capsys.readouterr().out
