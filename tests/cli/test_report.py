"""`akios report`: formats of reports that were kept, and the status that fails a job."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from akios_jail.cli.main import run
from akios_jail.launcher.report import Ending
from tests.incidents.reports import HOSTILE, denial, document


@pytest.fixture
def refused(tmp_path: Path) -> str:
    path = tmp_path / "report.json"
    told = {"denials": [denial("host_not_allowed", "DNS evil.example", HOSTILE)], "verdicts": {"deny": 1}}
    path.write_text(json.dumps(document(told, ending=Ending(0))))
    return str(path)


@pytest.mark.parametrize(
    ("form", "sign"), [("sarif", '"version": "2.1.0"'), ("junit", "<testsuites>"), ("markdown", "### ")]
)
def test_a_report_is_told_in_each_format(
    refused: str, form: str, sign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", "--format", form, refused]) == 0
    said = capsys.readouterr()
    assert sign in said.out
    assert not {"\x1b", "\x07", "\u202e"} & set(said.out + said.err)


def test_several_reports_are_one_document_in_a_file(refused: str, tmp_path: Path) -> None:
    output = tmp_path / "akios.xml"
    output.write_text("x" * 100_000)
    assert run(["report", "--format", "junit", "--output", str(output), refused, refused]) == 0
    assert output.read_text().count("<testsuite ") == 2
    assert output.read_text().endswith("</testsuites>\n")


@pytest.mark.parametrize(("level", "status"), [("error", 0), ("warning", 121), ("note", 121), ("never", 0)])
def test_the_status_says_how_grave_it_was(
    refused: str, level: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", "--format", "markdown", "--fail-on", level, refused]) == status


@pytest.mark.parametrize("content", ["", "{}", "[1]", "no json", '{"session_id": "ses_1", "exit": {}}'])
def test_what_is_no_report_is_status_2(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x\x1b[2J.json"
    path.write_text(content)
    assert run(["report", "--format", "sarif", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "\x1b" not in said.err


def test_a_report_that_is_not_there_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--format", "sarif", "/nowhere/report.json"]) == 2
    assert "No such file" in capsys.readouterr().err


def test_a_policy_s_path_that_is_none_keeps_nobody_busy(refused: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(Path(refused).read_text())
    for path in ("//x", "///", "//", "/", "", "x", "/" + "a/" * 1_000_000, "/x\0y", "\ud800", "\udcff"):
        report["policy"]["path"] = path
        Path(refused).write_text(json.dumps(report))
        begun = time.process_time()
        assert run(["report", "--format", "sarif", refused]) == 0
        assert time.process_time() - begun < 2
        json.loads(capsys.readouterr().out)


def test_a_fifo_in_its_place_is_not_waited_for(
    refused: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fifo = str(tmp_path / "fifo")
    os.mkfifo(fifo)
    assert run(["report", "--format", "junit", fifo]) == 2
    assert run(["report", "--format", "junit", "--output", fifo, refused]) == 2
    assert run(["report", "--format", "junit", "--output", str(tmp_path), refused]) == 2
    assert run(["report", "--format", "junit", "--output", "/dev/null", refused]) == 2


def test_a_pipe_that_somebody_writes_into_is_read(refused: str, capsys: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    with subprocess.Popen(["/bin/sh", "-c", f"sleep 0.2; cat {refused}"], stdout=writer):
        os.close(writer)
        assert run(["report", "--format", "junit", f"/dev/fd/{reader}"]) == 0
    os.close(reader)
    assert "<testsuite " in capsys.readouterr().out


def test_a_folder_that_an_agent_may_have_made_a_link_is_not_written_to(
    refused: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the current folder, and in the repository that it is in."""
    (repository := tmp_path / "work").mkdir()
    for folder in (".git", "below"):
        (repository / folder).mkdir()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (repository / "reports").symlink_to(elsewhere)
    for here, name in ((repository, "reports/akios.xml"), (repository / "below", "../reports/akios.xml")):
        monkeypatch.chdir(here)
        assert run(["report", "--format", "junit", "--output", name, refused]) == 2
    assert list(elsewhere.iterdir()) == []
    (tmp_path / "own").symlink_to(elsewhere)
    assert run(["report", "--format", "junit", "--output", str(tmp_path / "own" / "akios.xml"), refused]) == 0


def test_an_output_of_another_encoding_gets_it_all_the_same(refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))
    assert run(["report", "--format", "markdown", refused]) == 0
    assert "🟨" in written.getvalue().decode()


def test_a_link_is_not_written_through(refused: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "akios.xml").symlink_to(tmp_path / "precious")
    assert run(["report", "--format", "junit", "--output", str(tmp_path / "akios.xml"), refused]) != 0
    assert (tmp_path / "precious").read_text() == "precious"
