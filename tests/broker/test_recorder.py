"""Records are durable before they count, and nothing counts once they are not."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from akios_jail.audit.log import AuditLog, AuditUnavailable, Entry
from akios_jail.audit.record import Record
from akios_jail.broker.recorder import Recorder


@pytest.fixture
def log_fd(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path / "log.jsonl", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    yield fd
    os.close(fd)


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_records_of_many_callers_are_all_there_in_one_chain(log_fd: int, tmp_path: Path) -> None:
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, lambda reason: None)
    start = recorder.now("session.start", {})
    futures = [recorder.submit("verdict", {"n": n}) for n in range(500)]
    records = [future.result(10) for future in futures]
    end = recorder.now("session.end", {})
    recorder.close()
    assert [record.seq for record in records] == list(range(2, 502))
    assert [line["n"] for line in lines(tmp_path)[1:-1]] == list(range(500))
    assert (recorder.first, recorder.last) == (start, end)


def test_after_a_failure_nothing_more_is_recorded_and_it_is_told_once(log_fd: int, tmp_path: Path) -> None:
    told: list[str] = []
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, told.append)
    recorder.submit("verdict", {}).result(10)
    os.ftruncate(log_fd, 10)  # somebody cut the log
    with pytest.raises(AuditUnavailable):
        recorder.submit("verdict", {}).result(10)
    with pytest.raises(AuditUnavailable):
        recorder.submit("verdict", {}).result(10)
    with pytest.raises(AuditUnavailable):
        recorder.now("session.end", {})
    recorder.close()
    assert len(told) == 1


def test_what_is_no_record_fails_alone(log_fd: int, tmp_path: Path) -> None:
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, lambda reason: None)
    futures = [recorder.submit("verdict", {"text": "x" * size}) for size in (1, 100_000, 1)]
    assert futures[0].result(10).seq == 1
    with pytest.raises(ValueError):
        futures[1].result(10)
    assert futures[2].result(10).seq == 2
    recorder.close()


def test_a_closed_recorder_takes_nothing_more(log_fd: int) -> None:
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, lambda reason: None)
    recorder.submit("verdict", {})
    recorder.close()
    recorder.close()
    with pytest.raises(AuditUnavailable):
        recorder.submit("verdict", {}).result(10)


class Counting(AuditLog):
    """Counts its waits for the disk."""

    waits = 0

    def append_many(self, entries: Iterable[Entry], *, patient: bool = True) -> list[Record]:
        self.waits += 1
        return super().append_many(entries, patient=patient)


def test_a_record_that_nobody_waits_for_goes_out_with_the_next_or_a_moment_later(log_fd: int, tmp_path: Path) -> None:
    log = Counting(log_fd)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    settlement = recorder.submit("settlement", {}, lingers=True)
    assert recorder.submit("verdict", {}).result(10).seq == 2
    assert (settlement.result(10).seq, log.waits) == (1, 1)
    assert recorder.submit("settlement", {}, lingers=True).result(10).seq == 3
    recorder.submit("settlement", {}, lingers=True)
    recorder.close()
    assert [line["type"] for line in lines(tmp_path)] == ["settlement", "verdict", "settlement", "settlement"]


def test_who_is_alone_waits_for_the_disk_itself_and_takes_along_what_lingers(log_fd: int, tmp_path: Path) -> None:
    log = Counting(log_fd)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True

    async def settled_and_asked_again() -> list[str]:
        recorder.submit("settlement", {"n": 1}, lingers=True)
        await recorder.durable("verdict", {"n": 2})
        return [str(line["type"]) for line in lines(tmp_path)]

    assert asyncio.run(settled_and_asked_again()) == ["settlement", "verdict"]
    assert log.waits == 1
    recorder.close()


def test_who_is_not_alone_leaves_the_disk_to_the_thread_and_nobody_overtakes_it(log_fd: int, tmp_path: Path) -> None:
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, lambda reason: None)

    async def together() -> None:
        recorder.alone = lambda: True
        submitted = recorder.submit("verdict", {"n": 1})
        await asyncio.gather(*(recorder.durable("verdict", {"n": n}) for n in range(2, 30)))
        assert submitted.done()

    asyncio.run(together())
    recorder.close()
    assert [line["n"] for line in lines(tmp_path)] == list(range(1, 30))


def test_another_process_that_writes_does_not_hold_up_the_event_loop(log_fd: int, tmp_path: Path) -> None:
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True
    other = os.open(tmp_path / "log.jsonl", os.O_RDWR | os.O_APPEND)
    fcntl.flock(other, fcntl.LOCK_EX)

    async def ticking() -> None:
        recorder.submit("settlement", {"n": 1}, lingers=True)
        recording = asyncio.create_task(recorder.durable("verdict", {"n": 2}))
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert not recording.done()
        fcntl.flock(other, fcntl.LOCK_UN)
        await recording

    asyncio.run(ticking())
    recorder.close()
    os.close(other)
    assert [line["n"] for line in lines(tmp_path)] == [1, 2]


def test_a_thread_that_waits_to_write_does_not_hold_up_the_event_loop(log_fd: int, tmp_path: Path) -> None:
    log = AuditLog(log_fd)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True
    other = os.open(tmp_path / "log.jsonl", os.O_RDWR | os.O_APPEND)
    fcntl.flock(other, fcntl.LOCK_EX)
    writer = threading.Thread(target=log.append, args=("verdict", "ses_1", {"n": 1, "policy_sha256": "0" * 64}))
    writer.start()
    while not log._threads.locked():
        time.sleep(0.001)

    async def ticking() -> None:
        recording = asyncio.create_task(recorder.durable("verdict", {"n": 2}))
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert not recording.done()
        fcntl.flock(other, fcntl.LOCK_UN)
        await recording

    asyncio.run(ticking())
    writer.join(10)
    recorder.close()
    os.close(other)
    assert sorted(str(line["n"]) for line in lines(tmp_path)) == ["1", "2"]


class Slow(AuditLog):
    """A log on a disk that takes half a second, by a clock of its own."""

    now = 0.0
    patience: list[bool]

    def append_many(self, entries: Iterable[Entry], *, patient: bool = True) -> list[Record]:
        self.patience.append(patient)
        self.now += 0.5
        return super().append_many(entries, patient=patient)


def test_a_disk_that_stays_slow_holds_up_the_event_loop_for_a_hundredth_of_its_time(
    log_fd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Slow(log_fd)
    log.patience = []
    monkeypatch.setattr("akios_jail.broker.recorder.monotonic", lambda: log.now)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True

    async def every_ten_seconds() -> None:
        for _ in range(12):
            await recorder.durable("verdict", {})
            log.now += 9.5
            while recorder._unwritten:
                await asyncio.sleep(0.001)

    asyncio.run(every_ten_seconds())
    recorder.close()
    assert [not patient for patient in log.patience].count(True) == 2


def test_what_is_no_record_takes_nothing_along_that_lingers(log_fd: int, tmp_path: Path) -> None:
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True

    async def asked() -> None:
        settlement = recorder.submit("settlement", {"n": 1}, lingers=True)
        with pytest.raises(ValueError):
            await recorder.durable("verdict", {"text": "x" * 100_000})
        assert settlement.result(10).seq == 1
        await recorder.durable("verdict", {"n": 2})

    asyncio.run(asked())
    recorder.close()
    assert [line["n"] for line in lines(tmp_path)] == [1, 2]


def test_what_lingers_in_the_event_loop_is_written_a_moment_later(log_fd: int, tmp_path: Path) -> None:
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, lambda reason: None)

    async def settled() -> None:
        await asyncio.wait_for(asyncio.wrap_future(recorder.submit("settlement", {}, lingers=True)), 10)

    asyncio.run(settled())
    assert len(lines(tmp_path)) == 1
    recorder.close()


def test_nothing_is_recorded_at_once_in_a_log_that_failed(log_fd: int) -> None:
    told: list[str] = []
    recorder = Recorder(AuditLog(log_fd), "ses_1", "0" * 64, told.append)
    recorder.alone = lambda: True
    asyncio.run(recorder.durable("verdict", {}))
    os.ftruncate(log_fd, 10)
    for _ in range(2):
        with pytest.raises(AuditUnavailable):
            asyncio.run(recorder.durable("verdict", {}))
    assert len(told) == 1
    recorder.close()


def test_a_timer_that_was_set_for_what_has_gone_leaves_alone_what_came_since(
    log_fd: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akios_jail.broker.recorder._LINGER", 30.0)
    log = Counting(log_fd)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True

    async def busy() -> None:
        for n in range(3):
            recorder.submit("settlement", {"n": n}, lingers=True)
            recorder._flush()
            await recorder.durable("verdict", {"n": n})

    asyncio.run(busy())
    recorder.close()
    assert log.waits == 3
    assert [line["type"] for line in lines(tmp_path)] == ["settlement", "verdict"] * 3
