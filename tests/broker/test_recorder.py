"""Records are durable before they count, and nothing counts once they are not."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import os
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import uvloop

from akios_jail.audit.journal import AuditUnavailable, Journal
from akios_jail.audit.leaf import Leaf
from akios_jail.audit.record import Entry, Spelled
from akios_jail.broker import service
from akios_jail.broker.recorder import Recorder
from tests.audit import logs


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path / "journal", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    yield fd
    os.close(fd)


def lines(folder: Path) -> list[dict[str, object]]:
    return logs.lines(folder / "journal")


def test_records_of_many_callers_are_all_there_in_one_chain(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)
    assert recorder.now("session.start", {}).n == 1
    futures = [recorder.submit("verdict", {"number": n}) for n in range(500)]
    records = [future.result(10) for future in futures]
    assert recorder.now("session.end", {}).n == 502
    recorder.close()
    assert [record.n for record in records] == list(range(2, 502))
    assert [line["number"] for line in lines(tmp_path)[1:-1]] == list(range(500))


def test_after_a_failure_nothing_more_is_recorded_and_it_is_told_once(fd: int, tmp_path: Path) -> None:
    told: list[str] = []
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, told.append)
    recorder.submit("verdict", {}).result(10)
    os.ftruncate(fd, 10)  # somebody cut the journal
    with pytest.raises(AuditUnavailable):
        recorder.submit("verdict", {}).result(10)
    with pytest.raises(AuditUnavailable):
        recorder.submit("verdict", {}).result(10)
    with pytest.raises(AuditUnavailable):
        recorder.now("session.end", {})
    recorder.close()
    assert len(told) == 1


def test_what_is_no_record_fails_alone(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)
    futures = [recorder.submit("verdict", {"text": "x" * size}) for size in (1, 100_000, 1)]
    assert futures[0].result(10).n == 1
    with pytest.raises(ValueError):
        futures[1].result(10)
    assert futures[2].result(10).n == 2
    recorder.close()


def test_a_closed_recorder_takes_nothing_more(fd: int) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)
    recorder.submit("verdict", {})
    recorder.close()
    recorder.close()
    with pytest.raises(AuditUnavailable):
        recorder.submit("verdict", {}).result(10)


class Counting(Journal):
    """Counts its waits for the disk."""

    waits = 0

    def append_many(self, entries: Iterable[Entry | Spelled], *, patient: bool = True) -> list[Leaf]:
        self.waits += 1
        return super().append_many(entries, patient=patient)


def test_a_record_that_nobody_waits_for_goes_out_with_the_next_or_a_moment_later(fd: int, tmp_path: Path) -> None:
    log = Counting(fd)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    settlement = recorder.submit("settlement", {}, lingers=True)
    assert recorder.submit("verdict", {}).result(10).n == 2
    assert (settlement.result(10).n, log.waits) == (1, 1)
    assert recorder.submit("settlement", {}, lingers=True).result(10).n == 3
    recorder.submit("settlement", {}, lingers=True)
    recorder.close()
    assert [line["type"] for line in lines(tmp_path)] == ["settlement", "verdict", "settlement", "settlement"]


def test_who_is_alone_waits_for_the_disk_itself_and_takes_along_what_lingers(fd: int, tmp_path: Path) -> None:
    log = Counting(fd)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True

    async def settled_and_asked_again() -> list[str]:
        recorder.submit("settlement", {"number": 1}, lingers=True)
        await recorder.durable("verdict", {"number": 2})
        return [str(line["type"]) for line in lines(tmp_path)]

    assert asyncio.run(settled_and_asked_again()) == ["settlement", "verdict"]
    assert log.waits == 1
    recorder.close()


def test_what_is_asked_for_in_one_turn_of_the_event_loop_shares_one_wait_without_a_thread(
    fd: int, tmp_path: Path
) -> None:
    log = Counting(fd)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)

    async def together() -> None:
        recorder.submit("settlement", {"number": 0}, lingers=True)
        await asyncio.gather(*(recorder.durable("verdict", {"number": n}) for n in range(1, 30)))
        assert len(lines(tmp_path)) == 30

    asyncio.run(together())
    assert (log.waits, recorder._writer.has_thread) == (1, False)
    recorder.close()
    assert [line["number"] for line in lines(tmp_path)] == list(range(30))


def test_a_record_to_be_waited_for_goes_before_one_that_is_asked_for_after_it(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)

    async def ends() -> None:
        asked = asyncio.create_task(recorder.durable("verdict", {"number": 1}))
        await asyncio.sleep(0)  # it is asked for, and not yet written
        recorder.now("session.end", {"number": 2})
        await asked

    asyncio.run(ends())
    recorder.close()
    assert [line["number"] for line in lines(tmp_path)] == [1, 2]


def test_who_is_not_alone_leaves_the_disk_to_the_thread_and_nobody_overtakes_it(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)

    async def together() -> None:
        recorder.alone = lambda: True
        submitted = recorder.submit("verdict", {"number": 1})
        await asyncio.gather(*(recorder.durable("verdict", {"number": n}) for n in range(2, 30)))
        assert submitted.done()

    asyncio.run(together())
    recorder.close()
    assert [line["number"] for line in lines(tmp_path)] == list(range(1, 30))


def test_a_thread_that_writes_does_not_hold_up_the_event_loop(fd: int, tmp_path: Path) -> None:
    journal = Journal(fd)
    recorder = Recorder(journal, "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True
    journal._threads.acquire()

    async def ticking() -> None:
        recorder.submit("settlement", {"number": 1}, lingers=True)
        recording = asyncio.create_task(recorder.durable("verdict", {"number": 2}))
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert not recording.done()
        journal._threads.release()
        await recording

    asyncio.run(ticking())
    recorder.close()
    assert [line["number"] for line in lines(tmp_path)] == [1, 2]


class Slow(Journal):
    """A journal on a disk that takes half a second, by a clock of its own."""

    now = 0.0
    patience: list[bool]

    def append_many(self, entries: Iterable[Entry | Spelled], *, patient: bool = True) -> list[Leaf]:
        self.patience.append(patient)
        self.now += 0.5
        return super().append_many(entries, patient=patient)


def test_a_disk_that_stays_slow_holds_up_the_event_loop_for_a_hundredth_of_its_time(
    fd: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Slow(fd)
    log.patience = []
    monkeypatch.setattr("akios_jail.broker.record_writer.monotonic", lambda: log.now)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True

    async def every_ten_seconds() -> None:
        for _ in range(12):
            await recorder.durable("verdict", {})
            log.now += 9.5
            while recorder._writer._unwritten:
                await asyncio.sleep(0.001)

    asyncio.run(every_ten_seconds())
    recorder.close()
    assert [not patient for patient in log.patience].count(True) == 2


def test_what_is_no_record_takes_nothing_along_that_lingers(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True

    async def asked() -> None:
        settlement = recorder.submit("settlement", {"number": 1}, lingers=True)
        with pytest.raises(ValueError):
            await recorder.durable("verdict", {"text": "x" * 100_000})
        assert settlement.result(10).n == 1
        await recorder.durable("verdict", {"number": 2})

    asyncio.run(asked())
    recorder.close()
    assert [line["number"] for line in lines(tmp_path)] == [1, 2]


def test_what_lingers_in_the_event_loop_is_written_a_moment_later(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)

    async def settled() -> None:
        await asyncio.wait_for(asyncio.wrap_future(recorder.submit("settlement", {}, lingers=True)), 10)

    asyncio.run(settled())
    assert len(lines(tmp_path)) == 1
    recorder.close()


def test_nothing_is_recorded_at_once_in_a_log_that_failed(fd: int) -> None:
    told: list[str] = []
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, told.append)
    recorder.alone = lambda: True
    asyncio.run(recorder.durable("verdict", {}))
    os.ftruncate(fd, 10)
    for _ in range(2):
        with pytest.raises(AuditUnavailable):
            asyncio.run(recorder.durable("verdict", {}))
    assert len(told) == 1
    recorder.close()


def test_a_timer_that_was_set_for_what_has_gone_leaves_alone_what_came_since(
    fd: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akios_jail.broker.recorder.LINGER", 30.0)
    log = Counting(fd)
    recorder = Recorder(log, "ses_1", "0" * 64, lambda reason: None)
    recorder.alone = lambda: True

    async def busy() -> None:
        for n in range(3):
            recorder.submit("settlement", {"number": n}, lingers=True)
            recorder._flush()
            await recorder.durable("verdict", {"number": n})

    asyncio.run(busy())
    recorder.close()
    assert log.waits == 3
    assert [line["type"] for line in lines(tmp_path)] == ["settlement", "verdict"] * 3


def test_who_gives_up_waiting_disturbs_nobody_who_waits_for_the_same_batch(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)

    async def some_give_up() -> None:
        waiting = [asyncio.create_task(recorder.durable("verdict", {"number": n})) for n in range(50)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        came = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in came[::2])
        assert came[1::2] == [None] * 25

    asyncio.run(some_give_up())
    recorder.close()
    assert [line["number"] for line in lines(tmp_path)] == list(range(50))  # recorded, whether or not one waits


def test_everyone_who_waits_hears_of_a_failure_and_of_what_is_no_record(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)

    async def asked() -> list[object]:
        sizes = (1, 100_000, 1)
        came = await asyncio.gather(
            *(recorder.durable("verdict", {"text": "x" * size}) for size in sizes), return_exceptions=True
        )
        assert [type(each) for each in came] == [type(None), ValueError, type(None)]
        os.ftruncate(fd, 10)  # somebody cut the journal
        return await asyncio.gather(*(recorder.durable("verdict", {}) for _ in range(10)), return_exceptions=True)

    assert all(isinstance(each, AuditUnavailable) for each in asyncio.run(asked()))
    recorder.close()


def test_a_record_ends_in_peace_whose_event_loop_is_gone(fd: int, tmp_path: Path) -> None:
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)

    async def leaves() -> None:
        asyncio.create_task(recorder.durable("verdict", {"number": 1}))  # noqa: RUF006 - given up with its loop
        await asyncio.sleep(0)

    asyncio.run(leaves())
    assert recorder.submit("verdict", {"number": 2}).result(10).n == 2
    recorder.close()
    assert [line["number"] for line in lines(tmp_path)] == [1, 2]


def test_a_busy_event_loop_does_not_starve_the_thread_that_writes() -> None:
    """What a record waits for is counted in callbacks of the loop, as long as those of exchanges."""
    settings = gc.get_threshold(), sys.getswitchinterval()
    waited: list[int] = []

    async def busy(recorder: Recorder) -> None:
        done = 0

        async def one() -> None:
            before = done
            await recorder.durable("verdict", {})
            waited.append(done - before)

        tasks = []
        for number in range(400):
            until = time.thread_time() + 0.0003
            while time.thread_time() < until:
                pass
            done += 1
            if number % 4 == 0:
                tasks.append(asyncio.create_task(one()))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    fd = os.memfd_create("journal")  # no disk is waited for
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, lambda reason: None)
    try:
        service.tune()
        uvloop.run(busy(recorder))
    finally:
        recorder.close()
        os.close(fd)
        gc.set_threshold(*settings[0])
        sys.setswitchinterval(settings[1])
    assert statistics.median(waited) < 40
