from __future__ import annotations

import json
from pathlib import Path

import pytest

from akios_jail.cli.main import run
from tests.audit.logs import written


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "audit" / "log.jsonl"
    path.parent.mkdir(parents=True)
    written(path, 30)
    return path


def test_a_whole_log_is_status_0_with_its_head(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "verify", "--state-dir", str(log.parents[1])]) == 0
    out = capsys.readouterr().out
    assert out.startswith("intact: 30 records")
    head = out.split("head: ")[1].strip()
    assert run(["audit", "verify", "--log", str(log), "--head", head]) == 0


@pytest.mark.parametrize("head", ["", "null", "ABCD", "f" * 63])
def test_a_head_that_is_none_is_no_check_that_passed(log: Path, capsys: pytest.CaptureFixture[str], head: str) -> None:
    assert run(["audit", "verify", "--log", str(log), "--head", head]) == 2
    assert "is no digest" in capsys.readouterr().err


def test_a_damaged_log_is_status_1_and_names_the_record(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_bytes(log.read_bytes().replace(b'"n":7}', b'"n":8}').replace(b'"n":7,', b'"n":8,'))
    assert run(["audit", "verify", "--log", str(log)]) == 1
    assert "record 7" in capsys.readouterr().out


def test_the_verdict_on_a_log_can_be_read_by_a_program(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:4] + lines[6:]))
    assert run(["audit", "verify", "--log", str(log), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["intact"] is False
    assert [(d["kind"], d["first_record"], d["last_record"]) for d in document["damages"]] == [("dropped", 5, 6)]


def test_a_log_that_is_not_there_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "verify", "--state-dir", str(tmp_path)]) == 1
    assert f"no audit log at {tmp_path}/audit/log.jsonl" in capsys.readouterr().err


def test_tail_shows_the_last_records_in_order(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "tail", "--log", str(log), "-n", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["28", "29", "30"]
    assert lines[-1].endswith("n=30")


def test_tail_gives_the_records_unchanged_to_a_program(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "tail", "--log", str(log), "--json", "-n", "100"]) == 0
    assert capsys.readouterr().out.encode() == log.read_bytes()


def test_tail_shows_one_session(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "tail", "--log", str(log), "--session", "ses_other"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "no record of the session ses_other\n")


def test_tail_shows_damage_as_damage_and_never_raw(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with log.open("ab") as file:
        file.write(b"\x1b[2Jgarbage\n")
    assert run(["audit", "tail", "--log", str(log), "-n", "1"]) == 0
    assert capsys.readouterr().out == "a damaged line\n"
