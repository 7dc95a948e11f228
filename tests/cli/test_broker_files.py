"""What root reads of brokers: whatever one has put there, reading it does nothing that a broker could not do."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from pathlib import Path

import pytest

from akios_jail.cli import broker_files
from akios_jail.cli.main import run
from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher.state import State
from akios_jail.radar import recording, rows, store
from akios_jail.radar.steps import Step
from tests.radar.test_recording import EXCHANGE

pytestmark = pytest.mark.root

SESSION = "ses_0123456789ab"
POLICY = {
    "apiVersion": "akios/v1",
    "kind": "AgentPolicy",
    "metadata": {"name": "test"},
    "spec": {"governance": {"network_access": {"allowlist": [{"host": "api.example", "methods": ["POST"]}]}}},
}
KINDS = ("traces", "recordings")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with a session, of which the brokers own what they write."""
    path = tmp_path / "state"
    (path / "broker").mkdir(parents=True, mode=0o700)
    path.chmod(0o700)
    (path / "policy.yaml").write_text(json.dumps(POLICY))
    trace = store.Writer(str(path / "broker" / "traces"), SESSION)
    trace.add([Step(1, "prompt", 10.0, "req_1", {"role": "user"}, {"content": "Where is it?"})], [], {"agent": "clerk"})
    trace.close()
    from akios_jail.radar.tape import Writer

    tape = Writer(str(path / "broker" / "recordings"), SESSION)
    tape.facts({"agent": "clerk", "outcome": {}})
    tape.add(EXCHANGE)
    tape.close()
    belongs_to_brokers(path)
    return path


def belongs_to_brokers(state: Path) -> None:
    for path in (state / "broker", *(state / "broker").rglob("*")):
        os.chown(path, BROKER_ID, BROKER_ID, follow_symlinks=False)


def commands(state: Path) -> list[list[str]]:
    """All that read a trace or a recording."""
    where = ["--state-dir", str(state)]
    return [
        ["sessions", *where],
        ["trace", "list", *where],
        ["trace", "show", SESSION, *where],
        ["trace", "graph", SESSION, *where],
        ["trace", "export", SESSION, "--json", *where],
        ["policy", "test", str(state / "policy.yaml"), "--session", SESSION, *where],
    ]


def hot_journal(database: Path, names: Path) -> bytes:
    """A journal as SQLite leaves one in a transaction over several files: when it has been played back, the file that
    it names is deleted."""
    page = 4096
    pages = database.stat().st_size // page
    magic = bytes((0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7))
    head = (magic + struct.pack(">IIIII", 0, 1, pages, 512, page)).ljust(512, b"\0")
    name = os.fsencode(names)
    total = sum(byte - 256 if byte > 127 else byte for byte in name) & 0xFFFFFFFF
    return head + struct.pack(">I", (1 << 30) // page + 1) + name + struct.pack(">II", len(name), total) + magic


def without_a_log(database: Path) -> None:
    """As SQLite writes it where journals are used."""
    with sqlite3.connect(database) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute("PRAGMA page_size = 4096")
        file.execute("VACUUM")
    file.close()


def test_what_honest_brokers_wrote_is_read(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands(state):
        capsys.readouterr()
        assert run(command) in (0, 3), command
        told = capsys.readouterr()
        assert told.out, command
        assert "cannot be read" not in told.out + told.err, command
    assert sorted(path.name for path in (state / "broker").rglob("*.db*")) == [f"{SESSION}.db"] * 2


def test_a_journal_has_no_file_of_roots_deleted(state: Path, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("root's own " * 100)
    for kind in KINDS:
        database = state / "broker" / kind / f"{SESSION}.db"
        without_a_log(database)
        journal = database.with_name(f"{database.name}-journal")
        for command in commands(state):
            journal.write_bytes(hot_journal(database, treasure))
            belongs_to_brokers(state)
            run(command)
            assert treasure.exists(), command


def test_a_link_beside_a_file_leads_nowhere(state: Path, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "old").write_text("root's own")
    for kind in KINDS:
        database = state / "broker" / kind / f"{SESSION}.db"
        for part in ("-wal", "-shm", "-journal"):
            for name in ("old", "new"):
                beside = database.with_name(f"{database.name}{part}")
                beside.unlink(missing_ok=True)
                beside.symlink_to(treasure / name)
                belongs_to_brokers(state)
                for command in commands(state):
                    run(command)
                beside.unlink(missing_ok=True)
    assert [(path.name, path.read_text()) for path in treasure.iterdir()] == [("old", "root's own")]


def test_nobody_waits_long_for_a_pipe(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PATIENCE_S", 0.2)
    for kind in KINDS:
        database = state / "broker" / kind / f"{SESSION}.db"
        without_a_log(database)
        os.mkfifo(database.with_name(f"{database.name}-journal"))
    belongs_to_brokers(state)
    for command in commands(state):
        run(command)


def test_a_folder_that_is_a_link_is_that_of_the_brokers_or_none(state: Path, tmp_path: Path) -> None:
    for kind in KINDS:
        (state / "broker" / kind).rename(tmp_path / kind)
        (state / "broker" / kind).symlink_to(tmp_path / kind)
    for command in commands(state)[2:]:
        assert run(command) != 0, command


def test_the_reader_has_the_brokers_account_and_is_gone_afterwards(state: Path) -> None:
    opened = broker_files.opener(State(str(state)))
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = children.read_text().split()
    with opened(str(state / "broker" / "traces" / f"{SESSION}.db"), 1 << 20):
        (reader,) = set(children.read_text().split()) - set(before)
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{reader}/status").read_text().splitlines())
        assert status["Uid"].split() == [str(BROKER_ID)] * 4
        assert {status[name] for name in ("CapPrm", "CapEff", "CapBnd")} == {"0" * 16}
        assert os.stat(f"/proc/{reader}/root").st_ino == (state / "broker").stat().st_ino
        assert len(os.listdir(f"/proc/{reader}/fd")) <= 8
    assert children.read_text().split() == before


def test_bodies_that_unpack_to_more_than_any_memory_are_left_out(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recording, "_UNPACKED", 1 << 10)
    assert run(["policy", "test", str(state / "policy.yaml"), *commands(state)[0][1:]]) in (0, 1, 3)
    assert SESSION in capsys.readouterr().out
