"""The process beside a session that brings its records into the log: begun, heard, sealed, and never missed."""

from __future__ import annotations

import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from akios_jail.audit.examine import examine
from akios_jail.audit.journal import Journal
from akios_jail.audit.sequencer import Log
from akios_jail.launcher import sequencing
from akios_jail.launcher.journals import open_journal
from akios_jail.launcher.sequencing import Sealed, Sequencing
from akios_jail.launcher.state import State, open_state
from tests.audit.logs import POLICY, records

SESSION = "ses_0123456789ab"
ENOUGH_S = 20


class Beside:
    """A session's record: the broker's end and the launcher's."""

    def __init__(self, folder: Path) -> None:
        self.store: State = open_state(str(folder))
        opened, log_fd = open_journal(self.store, SESSION), self.store.open_broker_log()
        self.record = Sequencing(self.store, SESSION, POLICY, opened, log_fd)
        os.close(log_fd)
        self.broker_fd = opened.broker_fd
        self.journal = Journal(self.broker_fd)
        self.audit = Path(self.store.audit_folder)
        self.path = Path(opened.path)
        self.closed = False

    def close(self) -> None:
        if not self.closed:
            self.record.close()
            os.close(self.broker_fd)
        self.closed = True

    def verdicts(self, count: int) -> None:
        for _ in range(count):
            self.journal.append("verdict", SESSION, {"policy_sha256": POLICY})

    def failure(self) -> str:
        assert select.select([self.record.fd], [], [], ENOUGH_S)[0], "nothing was said"
        return self.record.failure()

    def in_the_tree(self) -> int:
        head = self.audit / "checkpoint"
        return int(head.read_text().splitlines()[1]) if head.exists() else 0

    def process(self) -> int:
        """The process that sequences, once it has its name."""
        deadline = time.monotonic() + ENOUGH_S
        while not (found := self.processes()):
            assert time.monotonic() < deadline, "there is none"
            time.sleep(0.01)
        return found[0]

    def processes(self) -> list[int]:
        told = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        return [pid for pid in map(int, told) if Path(f"/proc/{pid}/comm").read_text().strip() == "akios-sequence"]


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    monkeypatch.setattr(sequencing, "EVERY_S", 0.05)
    monkeypatch.setattr(sequencing, "FIRST_S", 0.0)
    made = Beside(tmp_path / "state")
    yield made
    made.close()
    assert made.processes() == []


def eventually(count: int, beside: Beside) -> None:
    deadline = time.monotonic() + ENOUGH_S
    while beside.in_the_tree() < count:
        assert time.monotonic() < deadline, beside.in_the_tree()
        time.sleep(0.02)


def test_what_is_recorded_is_signed_while_the_session_runs_and_sealed_at_its_end(beside: Beside) -> None:
    beside.verdicts(3)
    beside.record.begin()
    eventually(3, beside)
    beside.verdicts(2)
    eventually(5, beside)
    beside.verdicts(1)
    beside.record.seal(None)
    first, last, count, size, text, error = beside.record.sealed
    assert (first, last, count, size, error) == (0, 5, 6, 6, "")
    assert text == (beside.audit / "checkpoint").read_text()
    assert not beside.path.exists()
    assert examine(str(beside.audit), (beside.audit / "key").read_text().strip()).intact


def test_a_session_that_is_over_at_once_is_sealed_too(beside: Beside) -> None:
    beside.verdicts(2)
    beside.record.seal(None)
    assert beside.record.sealed[:4] == (0, 1, 2, 2)


def test_an_end_that_the_broker_did_not_record_is_recorded_by_the_launcher(beside: Beside) -> None:
    beside.verdicts(1)
    beside.record.seal({"outcome": {"code": "broker_died"}, "broker_error": "gone"})
    [_, end] = records(beside.audit)
    assert (end["type"], end["n"], end["recorded_by"], end["policy_sha256"]) == ("session.end", 2, "launcher", POLICY)
    assert end["outcome"] == {"code": "broker_died"}


def test_a_journal_without_records_leaves_nothing(beside: Beside) -> None:
    beside.record.seal({"outcome": {}})
    assert beside.record.sealed == Sealed()
    beside.close()
    assert not beside.path.exists()
    assert not (beside.audit / "head.json").exists()


def test_a_journal_that_does_not_hold_is_said_and_what_holds_is_sealed(beside: Beside) -> None:
    beside.verdicts(2)
    beside.record.begin()
    eventually(2, beside)
    os.write(beside.broker_fd, b'{"forged":1} ' + b"0" * 64 + b"\n")
    assert "does not hold" in beside.failure()
    beside.record.seal({"outcome": {}})
    assert [record["type"] for record in records(beside.audit)] == [
        "verdict",
        "verdict",
        "log.recovered",
        "session.end",
    ]
    assert beside.record.sealed.error == ""


@pytest.mark.parametrize("what", ["head.json", "tile/0/000.p/1", "checkpoint"])
def test_a_damaged_log_is_said_before_anything_is_recorded(
    beside: Beside, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencing, "FIRST_S", 60.0)
    log = Log(beside.store.audit_folder, beside.store.audit_key)
    log.record("log.pruned", {})
    (beside.audit / what).write_bytes(b"damaged")
    beside.record.begin()
    assert "damaged" in beside.failure()


def test_a_state_folder_that_is_removed_is_said(beside: Beside) -> None:
    beside.verdicts(1)
    beside.record.begin()
    eventually(1, beside)
    while os.path.exists(beside.store.path):  # something may come into a folder while it is being emptied
        shutil.rmtree(beside.store.path, ignore_errors=True)
    assert "audit log" in (said := beside.failure()) or "removed" in said
    beside.record.seal(None)
    assert beside.record.sealed.error
    assert not Path(beside.store.path).exists()


def test_a_process_that_is_killed_is_missed_and_another_seals(beside: Beside) -> None:
    beside.verdicts(1)
    beside.record.begin()
    pid = beside.process()
    os.kill(pid, signal.SIGKILL)
    assert "ended unexpectedly" in beside.failure()
    assert beside.record.fd == -1
    beside.verdicts(1)
    beside.record.seal(None)
    assert (beside.record.sealed.size, beside.record.sealed.error) == (2, "")
    assert len(records(beside.audit)) == 2


def test_a_process_that_hangs_is_not_waited_for_longer_than_told(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencing, "SEALING_S", 0.2)
    beside.verdicts(1)
    beside.record.begin()
    pid = beside.process()
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    beside.record.seal(None)
    assert time.monotonic() - began < 5
    assert "no answer" in beside.record.sealed.error
    beside.close()
    assert len(records(beside.audit)) == 1, "it is still where it was recorded"


def test_it_ends_when_its_launcher_is_gone(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    launcher = os.fork()
    if launcher == 0:
        try:
            beside = Beside(tmp_path / "state")
            beside.verdicts(1)
            beside.record.begin()
            os.write(writing, str(beside.process()).encode())
            signal.pause()
        finally:
            os._exit(1)
    os.close(writing)
    pid = int(os.read(reading, 100))
    pidfd = os.pidfd_open(pid)
    os.kill(launcher, signal.SIGKILL)
    os.waitpid(launcher, 0)
    assert select.select([pidfd], [], [], ENOUGH_S)[0], "it lives on"
    os.close(reading)
    os.close(pidfd)
