from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from akios_jail.audit import log as log_module
from akios_jail.audit.log import AuditLog, AuditUnavailable
from akios_jail.audit.record import GENESIS, decode
from akios_jail.audit.verify import verify
from tests.audit.logs import POLICY, entry, open_log, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def test_records_are_numbered_and_linked(path: Path) -> None:
    fd = open_log(path)
    log = AuditLog(fd, clock=lambda: 0.5)
    first = log.append("session.start", "ses_1", {"policy_sha256": POLICY})
    second = log.append("session.end", "ses_1", {"policy_sha256": POLICY, "status": 0})
    os.close(fd)
    assert (first.seq, first.prev, first.time) == (1, GENESIS, "1970-01-01T00:00:00.500Z")
    assert (second.seq, second.prev) == (2, first.sha256)
    assert [decode(line) for line in path.read_bytes().splitlines()] == [first, second]
    assert verify(path).head == second.sha256


def test_a_log_goes_on_where_the_last_writer_left_it(path: Path) -> None:
    written(path, 3)
    fd = open_log(path)
    assert AuditLog(fd).append("verdict", "ses_2", {"policy_sha256": POLICY}).seq == 4
    os.close(fd)
    assert verify(path).intact


def test_two_writers_that_take_turns_keep_one_chain(path: Path) -> None:
    fds = [open_log(path), open_log(path)]
    logs = [AuditLog(fd) for fd in fds]
    for turn in range(10):
        assert logs[turn % 2].append(*entry(turn)).seq == turn + 1
    for fd in fds:
        os.close(fd)
    assert verify(path).intact


def test_threads_sharing_a_descriptor_keep_one_chain(path: Path) -> None:
    fd = open_log(path)
    log = AuditLog(fd)
    threads = [threading.Thread(target=lambda: [log.append(*entry(n)) for n in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(fd)
    assert verify(path)[:2] == (100, 100)
    assert verify(path).intact


def test_several_records_are_appended_in_order_or_not_at_all(path: Path) -> None:
    fd = open_log(path)
    log = AuditLog(fd)
    records = log.append_many([entry(1), entry(2), entry(3)])
    assert [record.seq for record in records] == [1, 2, 3]
    with pytest.raises(ValueError, match="JSON"):
        log.append_many([entry(4), entry(5)._replace(fields={"policy_sha256": POLICY, "bad": float("nan")})])
    assert log.append_many([]) == []
    assert log.append(*entry(4)).seq == 4
    os.close(fd)
    assert verify(path).intact


def test_every_record_must_name_its_policy(path: Path) -> None:
    fd = open_log(path)
    with pytest.raises(ValueError, match="policy_sha256"):
        AuditLog(fd).append("verdict", "ses_1", {})
    os.close(fd)


@pytest.mark.parametrize("keep", [1, 60, 150])
def test_an_unfinished_line_is_cut_and_the_cut_is_on_record(path: Path, keep: int) -> None:
    lines = written(path, 3)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:keep])
    assert [damage.kind for damage in verify(path).damages] == ["torn"]
    fd = open_log(path)
    record = AuditLog(fd).append(*entry(9))
    os.close(fd)
    recovered = decode(path.read_bytes().splitlines()[2])
    assert (recovered.seq, recovered.type, recovered.fields["bytes"]) == (3, "log.recovered", keep)
    assert record.seq == 4
    assert verify(path).intact


def test_a_log_that_is_only_an_unfinished_line_starts_anew(path: Path) -> None:
    path.write_bytes(b'{"seq":1,"ti')
    fd = open_log(path)
    assert AuditLog(fd).append(*entry(1)).seq == 2
    os.close(fd)
    assert verify(path).intact


def test_a_cut_made_by_a_failed_append_is_on_record_later(path: Path) -> None:
    lines = written(path, 2)
    path.write_bytes(lines[0] + lines[1][:30])
    fd = open_log(path)
    log = AuditLog(fd)
    too_long = entry(1)._replace(fields={"policy_sha256": POLICY, "body": "x" * 70_000})
    with pytest.raises(ValueError, match="digests"):
        log.append(*too_long)
    log.append(*entry(2))
    os.close(fd)
    assert [decode(line).type for line in path.read_bytes().splitlines()] == ["verdict", "log.recovered", "verdict"]


def test_nothing_is_appended_to_a_damaged_end(path: Path) -> None:
    lines = written(path, 2)
    damaged = b"".join(lines).replace(b'"n":2', b'"n":3')
    path.write_bytes(damaged)
    fd = open_log(path)
    with pytest.raises(AuditUnavailable, match="akios audit verify"):
        AuditLog(fd).append(*entry(3))
    os.close(fd)
    assert path.read_bytes() == damaged


def test_nothing_is_appended_to_a_log_that_shrank(path: Path) -> None:
    lines = written(path, 3)
    fd = open_log(path)
    log = AuditLog(fd)
    log.append(*entry(4))
    path.write_bytes(lines[0])
    with pytest.raises(AuditUnavailable, match="something cut it"):
        log.append(*entry(5))
    os.close(fd)
    assert path.read_bytes() == lines[0]


def test_nothing_is_appended_after_an_endless_line(path: Path) -> None:
    path.write_bytes(b"\0" * 300_000)
    fd = open_log(path)
    with pytest.raises(AuditUnavailable, match="longer than any record"):
        AuditLog(fd).append(*entry(1))
    os.close(fd)


@pytest.mark.parametrize("flags", [os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_RDONLY])
def test_a_descriptor_that_cannot_append_and_read_is_refused(path: Path, flags: int) -> None:
    path.touch()
    fd = os.open(path, flags)
    with pytest.raises(AuditUnavailable, match="reading and appending"):
        AuditLog(fd)
    os.close(fd)


def test_a_closed_descriptor_is_refused(path: Path) -> None:
    fd = open_log(path)
    log = AuditLog(fd)
    os.close(fd)
    with pytest.raises(AuditUnavailable):
        log.append(*entry(1))
    with pytest.raises(AuditUnavailable):
        AuditLog(fd)


def test_a_writer_that_hangs_with_the_lock_does_not_hang_the_others(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "LOCK_WAIT_S", 0.05)
    hanging, fd = open_log(path), open_log(path)
    fcntl.flock(hanging, fcntl.LOCK_EX)
    with pytest.raises(AuditUnavailable, match="lock"):
        AuditLog(fd).append(*entry(1))
    os.close(hanging)
    assert AuditLog(fd).append(*entry(1)).seq == 1
    os.close(fd)


def test_importing_the_log_loads_nothing_heavy() -> None:
    code = "import sys; import akios_jail.audit.log; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"asyncio", "dataclasses", "inspect", "logging", "pydantic", "socket", "ssl", "subprocess", "threading"}
    assert not heavy & set(loaded)


_APPENDER = """
import os, sys
from tests.audit.logs import entry, open_log
from akios_jail.audit.log import AuditLog
from pathlib import Path
log = AuditLog(open_log(Path(sys.argv[1])))
for n in range(int(sys.argv[3])):
    print(log.append(*entry(n, sys.argv[2])).seq, flush=True)
"""


def _appender(path: Path, session: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _APPENDER, str(path), session, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def test_processes_appending_at_once_keep_one_chain(path: Path) -> None:
    count = 150
    writers = [_appender(path, f"ses_{n}", count) for n in range(4)]
    acknowledged = [writer.communicate(timeout=60)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 4
    assert sorted(int(seq) for seqs in acknowledged for seq in seqs) == list(range(1, 4 * count + 1))
    result = verify(path)
    assert result.intact
    assert result.last_seq == 4 * count


def test_killing_a_writer_at_any_moment_loses_no_acknowledged_record(path: Path) -> None:
    acknowledged = 0
    for round_number in range(40):
        writer = _appender(path, f"ses_{round_number}", 1_000_000)
        assert writer.stdout is not None
        # A different number of records each round, so that the kill comes at ever other moments of an append.
        for _ in range(1 + 7 * round_number % 23):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        acknowledged = max([acknowledged, *(int(seq) for seq in writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
        result = verify(path)
        assert {damage.kind for damage in result.damages} <= {"torn"}
        assert result.last_seq >= acknowledged
    fd = open_log(path)
    AuditLog(fd).append(*entry(0))
    os.close(fd)
    assert verify(path).intact


_ON_A_SMALL_DISK = """
import errno, os, sys
from pathlib import Path
from akios_jail.audit.log import AuditLog, AuditUnavailable
from akios_jail.audit.verify import verify
from tests.audit.logs import entry, open_log
where = Path(sys.argv[1])
log_path = where / "log.jsonl"
log = AuditLog(open_log(log_path))
log.append(*entry(1))
# Leave less room than the next block needs, but some: the write is then short, not refused outright.
hog = os.open(where / "hog", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(hog, b"x" * 4096)
except OSError as error:
    assert error.errno == errno.ENOSPC
before = log_path.read_bytes()
wordy = [entry(n) for n in range(400)]
for attempt in range(3):
    try:
        log.append_many(wordy)
    except AuditUnavailable as error:
        print(error)
    else:
        sys.exit("a full disk took a record")
    assert log_path.read_bytes() == before, "a part of a record stayed behind"
os.unlink(where / "hog")
os.close(hog)
assert log.append(*entry(2)).seq == 2
assert verify(log_path).intact
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
    sealed = os.memfd_create("log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    fd = os.open(f"/proc/self/fd/{sealed}", os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    AuditLog(fd).append(*entry(1))
    os.close(fd)
    fd = os.open(f"/proc/self/fd/{sealed}", os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    log = AuditLog(fd)
    fcntl.fcntl(sealed, fcntl.F_ADD_SEALS, F_SEAL_FUTURE_WRITE)
    with pytest.raises(AuditUnavailable, match="writable"):
        log.append(*entry(2))
    os.close(fd)
    os.close(sealed)


_UNDER_A_FILE_SIZE_LIMIT = """
import resource, sys
from pathlib import Path
from akios_jail.audit.log import AuditLog, AuditUnavailable
from tests.audit.logs import entry, open_log
path = Path(sys.argv[1])
log = AuditLog(open_log(path))
log.append(*entry(1))
before = path.read_bytes()
for room in (0, 10, len(before) - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, resource.RLIM_INFINITY))
    try:
        log.append(*entry(2))
    except AuditUnavailable:
        assert path.read_bytes() == before, "a part of a record stayed behind"
    else:
        sys.exit("a record went through in part")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert log.append(*entry(2)).seq == 2
"""


def test_a_short_write_leaves_no_part_of_a_record(path: Path) -> None:
    command = [sys.executable, "-c", _UNDER_A_FILE_SIZE_LIMIT, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert verify(path).intact


def test_records_are_readable_json_lines(path: Path) -> None:
    written(path, 2)
    documents = [json.loads(line) for line in path.read_text().splitlines()]
    assert [document["seq"] for document in documents] == [1, 2]
    assert all(list(document)[-2:] == ["prev", "digest"] for document in documents)
