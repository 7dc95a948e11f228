"""A session's journal: what is acknowledged is there, what is not leaves nothing, and nobody else writes in it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from akios_jail.audit import journal as journals
from akios_jail.audit.journal import MAX_LINE, START, AuditUnavailable, Busy, Journal, Position, parse
from tests.audit.logs import POLICY, entry, lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ses_test"


def opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def written(path: Path, count: int) -> bytes:
    fd = opened(path)
    try:
        Journal(fd).append_many([entry(number) for number in range(count)])
    finally:
        os.close(fd)
    return path.read_bytes()


# --- reading ---


def test_a_line_is_an_entry_a_space_and_the_chain_s_value_behind_it(path: Path) -> None:
    """Computed here with nothing but SHA-256, as a stranger would."""
    import hashlib

    chain = bytes(32)
    for line in written(path, 3).splitlines():
        data, _, told = line.rpartition(b" ")
        chain = hashlib.sha256(chain + data).digest()
        assert told.decode() == chain.hex()


def test_reading_may_stop_and_go_on_between_any_two_bytes(path: Path) -> None:
    data = written(path, 4)
    whole = parse(data, START)
    assert (len(whole.entries), whole.position.size, whole.wrong) == (4, len(data), "")
    for cut in range(len(data) + 1):
        first = parse(data[:cut], START)
        second = parse(data[first.position.size :], first.position)
        assert first.wrong == second.wrong == ""
        assert [*first.entries, *second.entries] == whole.entries
        assert second.position == whole.position


def test_every_flipped_bit_is_seen_and_what_stands_before_it_still_holds(path: Path) -> None:
    data = written(path, 3)
    ends = [place + 1 for place, byte in enumerate(data) if byte == 10]
    for place in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            found = parse(bytes(damaged), START)
            before = sum(end <= place for end in ends)
            assert len(found.entries) == before, (place, bit)
            # A flipped newline makes two lines one, which may only look unfinished where it is the last.
            assert found.wrong or place == ends[-1] - 1


@pytest.mark.parametrize("change", ["dropped", "moved", "repeated"])
def test_a_line_that_is_not_in_its_place_does_not_hold(path: Path, change: str) -> None:
    one, two, three = written(path, 3).splitlines(keepends=True)
    changed = {"dropped": one + three, "moved": one + three + two, "repeated": one + one + two + three}[change]
    found = parse(changed, START)
    assert (len(found.entries), bool(found.wrong)) == (1, True)


def test_lines_go_on_from_a_position_only_with_its_chain(path: Path) -> None:
    data = written(path, 3)
    first = parse(data[: data.index(b"\n") + 1], START)
    assert len(parse(data[first.position.size :], first.position).entries) == 2
    assert parse(data[first.position.size :], Position(1, first.position.size, bytes(32))).wrong


@pytest.mark.parametrize("data", [b"\n", b" " + b"0" * 64 + b"\n", b"x\n" * 40, b"\0" * MAX_LINE, b"\0" * 100 + b"\n"])
def test_what_is_no_line_is_said_to_be_none(data: bytes) -> None:
    found = parse(data, START)
    assert (found.entries, found.position, bool(found.wrong)) == ([], START, True)


# --- writing ---


def test_records_are_numbered_from_one(path: Path) -> None:
    fd = opened(path)
    journal = Journal(fd, clock=lambda: 0.5)
    first = journal.append("session.start", "ses_1", {"policy_sha256": POLICY})
    second = journal.append("session.end", "ses_1", {"policy_sha256": POLICY, "status": 0})
    os.close(fd)
    assert (first.n, second.n, first.time) == (1, 2, "1970-01-01T00:00:00.500Z")
    assert [record["type"] for record in lines(path)] == ["session.start", "session.end"]


def test_a_clock_that_is_set_changes_times_and_no_order(path: Path) -> None:
    times = iter([1000.0, 10.0, 2000.0])
    fd = opened(path)
    journal = Journal(fd, clock=lambda: next(times))
    for number in range(3):
        journal.append(*entry(number))
    os.close(fd)
    assert [record["n"] for record in lines(path)] == [1, 2, 3]
    assert [record["time"][11:19] for record in lines(path)] == ["00:16:40", "00:00:10", "00:33:20"]


def test_threads_keep_one_chain(path: Path) -> None:
    fd = opened(path)
    journal = Journal(fd)
    threads = [threading.Thread(target=lambda: [journal.append(*entry(n)) for n in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(fd)
    assert [record["n"] for record in lines(path)] == list(range(1, 101))


def test_who_does_not_want_to_wait_for_another_thread_is_told(path: Path) -> None:
    fd = opened(path)
    journal = Journal(fd)
    with journal._threads, pytest.raises(Busy):
        journal.append_many([entry(1)], patient=False)
    assert journal.append_many([entry(1)], patient=False)[0].n == 1
    os.close(fd)


def test_several_records_are_appended_in_order_or_not_at_all(path: Path) -> None:
    fd = opened(path)
    journal = Journal(fd)
    assert [record.n for record in journal.append_many([entry(1), entry(2), entry(3)])] == [1, 2, 3]
    with pytest.raises(ValueError, match="JSON"):
        journal.append_many([entry(4), entry(5)._replace(fields={"policy_sha256": POLICY, "bad": float("nan")})])
    assert journal.append_many([]) == []
    assert journal.append(*entry(4)).n == 4
    os.close(fd)
    assert len(lines(path)) == 4


def test_every_record_must_name_its_policy(path: Path) -> None:
    fd = opened(path)
    with pytest.raises(ValueError, match="policy_sha256"):
        Journal(fd).append("verdict", "ses_1", {})
    os.close(fd)


def test_a_journal_of_another_session_is_not_gone_on_with(path: Path) -> None:
    written(path, 1)
    fd = opened(path)
    with pytest.raises(AuditUnavailable, match="one of its own"):
        Journal(fd)
    os.close(fd)


@pytest.mark.parametrize("size", [0, 10, 100_000])
def test_nothing_is_appended_to_a_journal_that_something_else_changed(path: Path, size: int) -> None:
    fd = opened(path)
    journal = Journal(fd)
    journal.append(*entry(1))
    os.truncate(path, size)
    with pytest.raises(AuditUnavailable, match="something else changed it"):
        journal.append(*entry(2))
    os.close(fd)
    assert path.stat().st_size == size


def test_nothing_is_appended_to_a_journal_that_was_removed(path: Path) -> None:
    fd = opened(path)
    journal = Journal(fd)
    journal.append(*entry(1))
    path.unlink()
    with pytest.raises(AuditUnavailable, match="removed"):
        journal.append(*entry(2))
    os.close(fd)


@pytest.mark.parametrize("flags", [os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_RDONLY])
def test_a_descriptor_that_cannot_append_and_read_is_refused(path: Path, flags: int) -> None:
    path.touch()
    fd = os.open(path, flags)
    with pytest.raises(AuditUnavailable, match="reading and appending"):
        Journal(fd)
    os.close(fd)


def test_a_closed_descriptor_is_refused(path: Path) -> None:
    fd = opened(path)
    journal = Journal(fd)
    os.close(fd)
    with pytest.raises(AuditUnavailable):
        journal.append(*entry(1))
    with pytest.raises(AuditUnavailable):
        Journal(fd)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys; import akios_jail.audit.journal; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    heavy = {"asyncio", "cryptography", "dataclasses", "inspect", "logging", "pydantic", "socket", "threading"}
    assert not heavy & set(done.stdout.split())


_ON_A_SMALL_DISK = """
import errno, os, sys
from pathlib import Path
from akios_jail.audit.journal import AuditUnavailable, Journal
from tests.audit.logs import entry, lines
where = Path(sys.argv[1])
path = where / "ses_test"
journal = Journal(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600))
journal.append(*entry(1))
# Leave less room than the next block needs, but some: the write is then short, not refused outright.
hog = os.open(where / "hog", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(hog, b"x" * 4096)
except OSError as error:
    assert error.errno == errno.ENOSPC
before = path.read_bytes()
wordy = [entry(n) for n in range(400)]
for attempt in range(3):
    try:
        journal.append_many(wordy)
    except AuditUnavailable as error:
        print(error)
    else:
        sys.exit("a full disk took a record")
    assert path.read_bytes() == before, "a part of a record stayed behind"
os.unlink(where / "hog")
os.close(hog)
assert journal.append(*entry(2)).n == 2
assert len(lines(path)) == 2
"""


@pytest.mark.root
def test_a_full_disk_takes_no_part_of_a_record(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=64k none "$1" && shift && exec "$@"'
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


#: linux/fcntl.h; Python names it from 3.13 on.
F_SEAL_FUTURE_WRITE = 0x10


def test_a_file_that_became_read_only_takes_nothing() -> None:
    sealed = os.memfd_create("journal", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    fd = os.open(f"/proc/self/fd/{sealed}", os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    journal = Journal(fd)
    fcntl.fcntl(sealed, fcntl.F_ADD_SEALS, F_SEAL_FUTURE_WRITE)
    with pytest.raises(AuditUnavailable, match="writable"):
        journal.append(*entry(2))
    os.close(fd)
    os.close(sealed)


_UNDER_A_FILE_SIZE_LIMIT = """
import os, resource, sys
from pathlib import Path
from akios_jail.audit.journal import AuditUnavailable, Journal
from tests.audit.logs import entry
path = Path(sys.argv[1])
journal = Journal(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600))
journal.append(*entry(1))
before = path.read_bytes()
for room in (0, 10, len(before) - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, resource.RLIM_INFINITY))
    try:
        journal.append(*entry(2))
    except AuditUnavailable:
        assert path.read_bytes() == before, "a part of a record stayed behind"
    else:
        sys.exit("a record went through in part")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert journal.append(*entry(2)).n == 2
"""


def test_a_short_write_leaves_no_part_of_a_record(path: Path) -> None:
    command = [sys.executable, "-c", _UNDER_A_FILE_SIZE_LIMIT, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(lines(path)) == 2


def test_a_disk_that_fails_to_sync_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fd = opened(path)
    journal = Journal(fd)
    journal.append(*entry(1))
    before = path.read_bytes()

    def failing(fd: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(journals.os, "fdatasync", failing)
        with pytest.raises(AuditUnavailable, match="check the disk"):
            journal.append(*entry(2))
    os.close(fd)
    assert path.read_bytes() == before
