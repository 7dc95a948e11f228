"""Records are durable before they count, and nothing counts once they are not."""

from __future__ import annotations

import json
import os
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

    def append_many(self, entries: Iterable[Entry]) -> list[Record]:
        self.waits += 1
        return super().append_many(entries)


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
