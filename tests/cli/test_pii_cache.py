"""What `akios pii` compiles is kept in the state folder, where that can be."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail.cli import pii
from akios_jail.cli.main import run
from akios_jail.pii import scanner
from akios_jail.pii.setup import redactor_of
from tests.policy.manifests import manifest, plans


@pytest.fixture
def letter(tmp_path: Path) -> str:
    (tmp_path / "letter.txt").write_text("write to ada@example.org\n")
    return str(tmp_path / "letter.txt")


@pytest.fixture(autouse=True)
def _of_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process has compiled already does not count."""
    monkeypatch.setattr(scanner, "_known", {})


def scan(letter: str, *options: str) -> int:
    return run(["pii", "scan", "--fields", "email", *options, letter])


def entries(state: Path) -> list[Path]:
    return sorted((state / "cache" / "triggers").glob("triggers-*"))


def test_the_second_scan_compiles_nothing(letter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state"
    assert scan(letter, "--state-dir", str(state)) == 1
    (entry,) = entries(state)
    before = entry.stat()
    scanner._known.clear()
    monkeypatch.setattr(scanner, "compiled", None)  # whoever compiles now fails
    assert scan(letter, "--state-dir", str(state)) == 1
    assert run(["pii", "explain", "--text", "ada@example.org", "--fields", "email", "--state-dir", str(state)]) == 1
    assert entry.stat() == before


def test_a_scan_of_nothing_makes_ready_what_sessions_without_a_list_of_kinds_need() -> None:
    policy = plans(manifest("governance: {pii_handling: {mode: block}}")).broker.pii
    of_session, of_scan = redactor_of(policy), redactor_of(pii._wanted("", "", ()))
    assert of_session.engine.triggered.scanner._sets == of_scan.engine.triggered.scanner._sets


def test_the_usual_folder_is_used_unless_one_is_named(letter: str, usual_state_folder: Path) -> None:
    assert scan(letter) == 1
    assert entries(usual_state_folder)


@pytest.mark.parametrize("what", ["a file", "writable for all", "somebody else's", "missing for good"])
def test_a_state_folder_that_cannot_be_used_costs_time_only(
    letter: str, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    if what == "a file":
        state.touch()
    elif what == "missing for good":
        state = Path("/proc/akios")
    else:
        state.mkdir()
        state.chmod(0o777)
        if what == "somebody else's":
            state.chmod(0o755)
            if os.geteuid() == 0:
                os.chown(state, 1000, 1000)
            else:
                state = Path("/usr")
    assert scan(letter, "--state-dir", str(state)) == 1
    said = capsys.readouterr()
    assert "email" in said.out
    assert said.err == ""
    assert what == "missing for good" or not (state / "cache").exists()


def test_who_waits_for_what_is_compiled_is_told_why_and_may_leave(letter: str, tmp_path: Path) -> None:
    terminal, child = pty.openpty()
    command = [sys.executable, "-m", "akios_jail", "pii", "scan", "--state-dir", str(tmp_path / "state"), letter]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=child) as process:
        os.close(child)
        said = b""
        while b"half a minute" not in said:
            said += os.read(terminal, 4096)
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
    with contextlib.suppress(OSError):  # EIO: nobody holds its other end any more
        said += os.read(terminal, 4096)
    os.close(terminal)
    assert b"once for this machine" in said
    assert (status, b"Traceback" in said) == (130, False), said
    assert entries(tmp_path / "state") == []
