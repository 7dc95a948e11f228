"""Journals become one log: nothing is lost or doubled, whatever fails and wherever; nothing damaged is signed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from akios_jail.audit import checkpoint, durable, head, note, sequencer
from akios_jail.audit.examine import examine
from akios_jail.audit.journal import AuditUnavailable, Journal
from akios_jail.audit.sequencer import NOTHING, Added
from akios_jail.audit.tiles import Tiles
from tests.audit.logs import POLICY, entry, lines, log_in, open_journal, records, session_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "audit").mkdir()
    return tmp_path


def key(folder: Path) -> str:
    return (folder / "audit" / "key").read_text().strip()


def assert_whole(folder: Path) -> None:
    """What anybody can check who has a copy of the log and its public key."""
    found = examine(str(folder / "audit"), key(folder))
    assert found.intact, found.damages


def numbers(folder: Path, session: str) -> list[int]:
    return [record["n"] for record in records(folder / "audit") if record["session"] == session]


def test_what_sessions_record_comes_into_one_tree_in_the_order_of_each(folder: Path) -> None:
    log = log_in(folder)
    with session_of(folder, "ses_1") as (first, one), session_of(folder, "ses_2") as (second, two):
        one.append(*entry(1, "ses_1"))
        assert log.advance("ses_1", first) == Added(0, 0, 1)
        for number in range(600):
            two.append_many([entry(number, "ses_2")] * 2)
        assert log.advance("ses_2", second) == Added(1, 1200, 1200)
        one.append(*entry(2, "ses_1"))
        assert log.advance("ses_1", first) == Added(1201, 1201, 1)
        assert log.advance("ses_1", first) == NOTHING
        assert log.finish("ses_1", first) == NOTHING
        assert log.finish("ses_2", second, [("session.end", {"by": "launcher"})]) == Added(1202, 1202, 1)
    assert numbers(folder, "ses_2") == list(range(1, 1202))
    assert not os.listdir(folder / "audit" / "journal")
    assert_whole(folder)


def test_the_checkpoint_is_signed_by_the_log_s_own_key_which_only_its_owner_reads(folder: Path) -> None:
    with session_of(folder) as (fd, journal):
        journal.append(*entry(1))
        log = log_in(folder)
        log.advance("ses_test", fd)
    size, text = log.checkpoint()
    signed, _ = checkpoint.open_checkpoint(text.encode(), note.verifier(key(folder)))
    assert (signed.size, size, signed.origin.startswith("akios-audit/")) == (1, 1, True)
    assert (folder / "keys" / "audit.pem").stat().st_mode & 0o777 == 0o600
    assert log_in(folder).record("log.pruned", {}) == 1
    assert key(folder).startswith(signed.origin + "+"), "one key for good"


def test_a_line_that_is_being_written_is_waited_for(folder: Path) -> None:
    with session_of(folder, "ses_other") as (fd, journal):
        journal.append(*entry(1))
        whole = (folder / "audit" / "journal" / "ses_other").read_bytes()
    fd = open_journal(folder, "ses_1")
    log = log_in(folder)
    for byte in whole[:-1]:
        os.write(fd, bytes([byte]))
    assert log.advance("ses_1", fd) == NOTHING
    os.write(fd, whole[-1:])
    assert log.advance("ses_1", fd).entries == 1
    os.close(fd)


def test_records_of_the_log_itself_are_counted_apart(folder: Path) -> None:
    log = log_in(folder)
    with session_of(folder) as (fd, journal):
        assert log.record("log.pruned", {"before": 0}) == 0
        journal.append(*entry(1))
        log.advance("ses_test", fd)
        assert log.record("log.pruned", {"before": 0}) == 2
    assert numbers(folder, "") == [1, 2]
    assert_whole(folder)


# --- what the dead leave ---


def test_a_session_that_lives_is_not_recovered(folder: Path) -> None:
    with session_of(folder) as (_, journal):
        journal.append(*entry(1))
        assert log_in(folder).recover() == []
    assert log_in(folder).recover() == ["ses_test"]
    assert [record["type"] for record in records(folder / "audit")] == ["verdict", "log.recovered"]
    assert log_in(folder).recover() == []


def test_an_unfinished_line_is_cut_at_whatever_byte_and_said_to_be(folder: Path) -> None:
    journals = folder / "audit" / "journal"
    cut = 0
    while True:
        session = f"ses_{cut:04d}"
        with session_of(folder, session) as (fd, journal):
            begin = len(journal.append("verdict", session, {"policy_sha256": POLICY}) and os.pread(fd, 1000, 0))
            journal.append("verdict", session, {"policy_sha256": POLICY})
            size = os.fstat(fd).st_size
            if begin + cut == size:
                os.unlink(journals / session)
                break
            os.ftruncate(fd, begin + cut)
        cut += 1
    assert len(log_in(folder).recover()) == size - begin
    recovered = [record for record in records(folder / "audit") if record["type"] == "log.recovered"]
    assert [(record["records"], record["bytes"]) for record in recovered] == [(1, n) for n in range(size - begin)]
    assert not os.listdir(journals)
    assert not (folder / "audit" / "damaged").exists()
    assert_whole(folder)


@pytest.mark.parametrize("end", [b"\0" * 4096, b"\0" * 100 + b"\n", b'{"forged":1} ' + b"0" * 64 + b"\n"])
def test_what_does_not_hold_is_cut_and_a_journal_with_lines_in_it_is_kept_aside(folder: Path, end: bytes) -> None:
    with session_of(folder) as (fd, journal):
        journal.append(*entry(1))
        os.write(fd, end)
    whole = (folder / "audit" / "journal" / "ses_test").read_bytes()
    log_in(folder).recover()
    [_, recovered] = records(folder / "audit")
    assert (recovered["type"], recovered["records"], recovered["bytes"]) == ("log.recovered", 1, len(end))
    aside = folder / "audit" / "damaged" / "ses_test"
    assert aside.exists() == (b"\n" in end)
    assert not aside.exists() or aside.read_bytes() == whole
    assert_whole(folder)


def test_a_journal_in_which_nothing_ever_was_goes_without_a_word(folder: Path) -> None:
    with session_of(folder):
        pass
    assert log_in(folder).recover() == ["ses_test"]
    assert not os.listdir(folder / "audit" / "journal")
    assert records(folder / "audit") == []


def test_other_files_are_left_alone(folder: Path) -> None:
    (folder / "audit" / "journal").mkdir()
    (folder / "audit" / "journal" / "notes.txt").write_text("mine")
    (folder / "audit" / "log.jsonl").write_text("of an older version")
    assert log_in(folder).recover() == []
    assert (folder / "audit" / "journal" / "notes.txt").exists()
    assert (folder / "audit" / "log.jsonl").exists()


# --- a broker that has been taken over ---


def forged(fd: int, journal: Journal) -> None:
    os.write(fd, b'{"forged":1} ' + b"0" * 64 + b"\n")


def cut(fd: int, journal: Journal) -> None:
    os.ftruncate(fd, 10)


def endless(fd: int, journal: Journal) -> None:
    os.write(fd, b"x" * 70_000)


def rewritten(fd: int, journal: Journal) -> None:
    """What is in the tree already, with a chain of its own that goes on."""
    os.ftruncate(fd, 0)
    other = Journal(fd)
    for number in range(5):
        other.append(*entry(number + 100))


@pytest.mark.parametrize("act", [forged, cut, endless, rewritten])
def test_a_journal_that_does_not_hold_ends_its_session_and_that_is_on_record(
    folder: Path, act: Callable[[int, Journal], None]
) -> None:
    log = log_in(folder)
    with session_of(folder) as (fd, journal):
        journal.append(*entry(1))
        journal.append(*entry(2))
        log.advance("ses_test", fd)
        before = records(folder / "audit")
        act(fd, journal)
        with pytest.raises(AuditUnavailable, match="does not hold"):
            log.advance("ses_test", fd)
        with pytest.raises(AuditUnavailable, match="does not hold"):
            log_in(folder).advance("ses_test", fd)
        log.finish("ses_test", fd, [("session.end", {"recorded_by": "launcher"})])
    [*kept, recovered, end] = records(folder / "audit")
    assert kept == before
    assert (recovered["type"], bool(recovered["wrong"]), end["type"], end["n"]) == (
        "log.recovered",
        True,
        "session.end",
        4,
    )
    assert_whole(folder)


def test_what_was_signed_stays_whatever_becomes_of_the_journal(folder: Path) -> None:
    log = log_in(folder)
    with session_of(folder) as (fd, journal):
        journal.append(*entry(1))
        log.advance("ses_test", fd)
        os.pwrite(fd, b"X" * 20, 0)
        os.ftruncate(fd, 0)
    log_in(folder).recover()
    assert records(folder / "audit")[0]["number"] == 1
    assert_whole(folder)


def test_a_journal_that_was_removed_ends_its_session(folder: Path) -> None:
    with session_of(folder) as (fd, journal):
        journal.append(*entry(1))
        os.unlink(folder / "audit" / "journal" / "ses_test")
        with pytest.raises(AuditUnavailable, match="removed"):
            log_in(folder).advance("ses_test", fd)


def test_a_folder_that_was_removed_is_not_made_again(folder: Path) -> None:
    log = log_in(folder)
    with session_of(folder) as (fd, journal):
        journal.append(*entry(1))
        log.advance("ses_test", fd)
        shutil.rmtree(folder / "audit")
        with pytest.raises(AuditUnavailable):
            log.advance("ses_test", fd)
    assert not (folder / "audit").exists()


# --- what is not what was signed ---


def grown(folder: Path, count: int = 3) -> None:
    session = f"ses_{os.urandom(4).hex()}"
    with session_of(folder, session) as (fd, journal):
        journal.append_many([entry(number, session) for number in range(count)])
        log_in(folder).advance(session, fd)


def older_head(folder: Path) -> None:
    kept = (folder / "audit" / "head.json").read_bytes()
    grown(folder)
    (folder / "audit" / "head.json").write_bytes(kept)


def another_root(folder: Path) -> None:
    path = folder / "audit" / "head.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"root": base64.b64encode(bytes(32)).decode()}))


def damaged_tile(folder: Path) -> None:
    path = next(path for path in sorted((folder / "audit" / "tile" / "0").rglob("*")) if path.is_file())
    for tile in (folder / "audit" / "tile" / "0").rglob("*"):
        if tile.is_file():
            tile.write_bytes(b"\0" * tile.stat().st_size)
    assert path.read_bytes()[:1] == b"\0"


def no_head(folder: Path) -> None:
    (folder / "audit" / "head.json").unlink()


def nonsense_head(folder: Path) -> None:
    (folder / "audit" / "head.json").write_text('{"size": true}')


def no_key(folder: Path) -> None:
    (folder / "keys" / "audit.pem").unlink()


def another_key(folder: Path) -> None:
    pem = note.Signer.generate("x").pem()
    (folder / "keys" / "audit.pem").write_bytes(pem)


def readable_key(folder: Path) -> None:
    (folder / "keys" / "audit.pem").chmod(0o644)


CHANGES = [older_head, another_root, damaged_tile, no_head, nonsense_head, no_key, another_key, readable_key]


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_added_to_a_log_that_is_not_the_one_that_was_signed(
    folder: Path, change: Callable[[Path], None]
) -> None:
    grown(folder)
    change(folder)
    before = (folder / "audit" / "checkpoint").read_bytes()
    with session_of(folder) as (fd, journal):
        journal.append(*entry(1))
        with pytest.raises(AuditUnavailable):
            log_in(folder).advance("ses_test", fd)
    assert (folder / "audit" / "checkpoint").read_bytes() == before
    assert len(lines(folder / "audit" / "journal" / "ses_test")) == 1, "what is recorded stays"


# --- what fails on the way ---


class Failing:
    """Lets the n-th act on the disk fail, as a full or a broken disk does, and everything after it."""

    def __init__(self, patch: pytest.MonkeyPatch, after: int) -> None:
        self.left = after
        for place in (durable, sequencer):
            for name in ("open", "rename", "fsync", "fdatasync", "mkdir", "unlink", "makedirs"):
                patch.setattr(place.os, name, self.wrapped(getattr(os, name)), raising=False)

    def wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*arguments: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise OSError(28, "No space left on device")
            return real(*arguments, **named)

        return act


def test_whatever_step_fails_nothing_is_lost_or_doubled_and_the_next_turn_mends_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, after, size = 0, 0, 0
    while True:
        session = f"ses_{after}"
        done = False
        with session_of(folder, session) as (fd, journal):
            journal.append_many([entry(number, session) for number in range(3)])
            with monkeypatch.context() as patch:
                Failing(patch, after)
                try:
                    log_in(folder).finish(session, fd, [("session.end", {})])
                    done = True
                except AuditUnavailable as error:
                    failures += 1
                    assert "space" in str(error)  # noqa: PT017 - one of many rounds
        log_in(folder).recover()
        found = numbers(folder, session)
        assert found in ([1, 2, 3, 4], [1, 2, 3, 4, 5][: 4 + (not done)]), (after, found)
        assert not (folder / "audit" / "journal" / session).exists()
        now = head.load(str(folder / "audit")).tree
        assert log_in(folder).checkpoint()[0] == now.size > size, "the checkpoint is mended, too"
        size = now.size
        if done:
            break
        after += 1
    assert failures > 12
    assert_whole(folder)


_ON_A_SMALL_DISK = """
import os, sys
from pathlib import Path
from akios_jail.audit.journal import AuditUnavailable
from tests.audit.logs import entry, log_in, records, session_of
folder = Path(sys.argv[1])
(folder / "audit").mkdir()
log = log_in(folder)
with session_of(folder) as (fd, journal):
    journal.append(*entry(1))
    log.advance("ses_test", fd)
    journal.append_many([entry(number) for number in range(2, 400)])
    hog = os.open(folder / "hog", os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(hog, b"x" * 4096)
    except OSError:
        pass
    for attempt in range(3):
        try:
            log.advance("ses_test", fd)
        except AuditUnavailable as error:
            print(error)
        else:
            sys.exit("a full disk took it")
    os.close(hog)
    os.unlink(folder / "hog")
assert log.recover() == ["ses_test"]
assert [record["n"] for record in records(folder / "audit")] == [*range(1, 401)]
"""


@pytest.mark.root
def test_a_disk_that_is_full_takes_nothing_in_part_and_everything_later(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=512k none "$1" && shift && exec "$@"'
    command = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", str(tmp_path)]
    done = subprocess.run(
        [*command, sys.executable, "-c", _ON_A_SMALL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3
    assert "space" in done.stdout


@pytest.mark.root
def test_a_disk_that_is_read_only_is_said_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    with session_of(tmp_path) as (_, journal):
        journal.append(*entry(1))
    code = """
import sys
from pathlib import Path
from tests.audit.logs import log_in
log_in(Path(sys.argv[1])).recover()
"""
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", str(tmp_path), sys.executable, code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert done.returncode == 1
    assert "AuditUnavailable" in done.stderr
    assert "make the state folder writable" in done.stderr
    log_in(tmp_path).recover()
    assert len(records(tmp_path / "audit")) == 2


def test_several_that_sequence_at_once_take_turns(folder: Path) -> None:
    count, each = 4, 60

    def session(name: str) -> None:
        log = log_in(folder)
        with session_of(folder, name) as (fd, journal):
            for number in range(each):
                journal.append(*entry(number, name))
                if number % 5 == 0:
                    log.advance(name, fd)
            log.finish(name, fd)

    threads = [threading.Thread(target=session, args=(f"ses_{number}",)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(count):
        assert numbers(folder, f"ses_{number}") == list(range(1, each + 1))
    assert Tiles(folder / "audit").root(count * each) == head.load(str(folder / "audit")).tree.root
    assert_whole(folder)


def test_who_holds_the_lock_and_hangs_does_not_hang_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "LOCK_WAIT_S", 0.05)
    with log_in(folder).locked(), pytest.raises(AuditUnavailable, match="lock"):
        log_in(folder).record("log.pruned", {})
    assert log_in(folder).record("log.pruned", {}) == 0


def test_a_clock_that_was_set_back_changes_times_and_no_order(folder: Path) -> None:
    log_in(folder, clock=lambda: 2e9).record("log.pruned", {})
    log_in(folder, clock=lambda: 1e9).record("log.pruned", {})
    times = [record["time"] for record in records(folder / "audit")]
    assert times == sorted(times, reverse=True)
    assert numbers(folder, "") == [1, 2]


def test_a_policy_is_named_by_every_record_of_a_session(folder: Path) -> None:
    with session_of(folder) as (fd, journal):
        journal.append(*entry(1))
        log_in(folder).advance("ses_test", fd)
    assert [record["policy_sha256"] for record in records(folder / "audit")] == [POLICY]
