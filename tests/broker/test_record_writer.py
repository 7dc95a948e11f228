"""What goes wrong while records are written is heard by whoever waits for one, and no record overtakes another."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvloop

from akios_jail.audit.journal import AuditUnavailable, Journal
from akios_jail.broker.recorder import Recorder
from tests.audit import logs


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path / "journal", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    yield fd
    os.close(fd)


def recorder_of(fd: int, told: list[str] | None = None) -> Recorder:
    return Recorder(Journal(fd), "ses_1", "0" * 64, (told if told is not None else []).append)


def numbers(folder: Path) -> list[object]:
    return [line["number"] for line in logs.lines(folder / "journal")]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: write(2) is then short, or fails with EFBIG."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fails_in_the_middle_of_a_turn_refuses_all_of_it_and_all_after_it(fd: int, tmp_path: Path) -> None:
    told: list[str] = []
    recorder = recorder_of(fd, told)

    async def asked() -> list[object]:
        await recorder.durable("verdict", {"number": 0})
        with room_for(os.fstat(fd).st_size + 1000):
            first = await asyncio.gather(
                *(recorder.durable("verdict", {"number": n}) for n in range(1, 20)), return_exceptions=True
            )
        # There is room again, and nobody may rely on it.
        recorder.alone = lambda: True
        later = await asyncio.gather(recorder.durable("verdict", {}), return_exceptions=True)
        return [*first, *later, recorder.submit("settlement", {}, lingers=True).exception(10)]

    came = asyncio.run(asked())
    assert {type(each) for each in came} == {AuditUnavailable}
    assert len(came) == 21
    with pytest.raises(AuditUnavailable):
        recorder.now("session.end", {})
    recorder.close()
    assert len(told) == 1
    assert numbers(tmp_path) == [0]


def test_who_waits_is_refused_although_nobody_can_be_told_of_the_failure(fd: int, tmp_path: Path) -> None:
    def cannot(reason: str) -> None:
        raise ValueError(reason)

    recorder = Recorder(Journal(fd), "ses_1", "0" * 64, cannot)

    async def asked() -> None:
        for _ in range(2):
            with pytest.raises(AuditUnavailable):
                await asyncio.wait_for(recorder.durable("verdict", {}), 10)

    with room_for(10):
        with pytest.raises(AuditUnavailable):
            recorder.submit("verdict", {}).result(10)
        asyncio.run(asked())
    recorder.close()


def test_what_is_asked_for_is_written_before_the_recorder_closes(fd: int, tmp_path: Path) -> None:
    recorder = recorder_of(fd)

    async def ends() -> None:
        recorder.submit("settlement", {"number": 0}, lingers=True)
        waiting = [asyncio.create_task(recorder.durable("verdict", {"number": n})) for n in range(1, 10)]
        await asyncio.sleep(0)
        recorder.close()
        assert numbers(tmp_path) == list(range(10))
        await asyncio.gather(*waiting)
        with pytest.raises(AuditUnavailable):
            await recorder.durable("verdict", {})

    asyncio.run(ends())
    with pytest.raises(AuditUnavailable):
        recorder.now("session.end", {})


def test_what_is_recorded_at_once_takes_along_what_waits_for_the_end_of_the_turn(fd: int, tmp_path: Path) -> None:
    recorder = recorder_of(fd)

    async def beside() -> None:
        waiting = asyncio.create_task(recorder.durable("verdict", {"number": 1}))
        await asyncio.sleep(0)
        recorder.submit("settlement", {"number": 2}, lingers=True)
        recorder.alone = lambda: True
        assert recorder.at_once([("verdict", {"number": 3}), ("verdict", {"number": 4})])
        assert numbers(tmp_path) == [1, 2, 3, 4]
        recorder.submit("settlement", {"number": 5}, lingers=True)
        await waiting

    asyncio.run(beside())
    recorder.close()
    assert numbers(tmp_path) == [1, 2, 3, 4, 5]


def test_what_lingers_stays_behind_what_was_asked_for_before_it(fd: int, tmp_path: Path) -> None:
    recorder = recorder_of(fd)

    async def asked() -> None:
        waiting = asyncio.create_task(recorder.durable("verdict", {"number": 1}))
        await asyncio.sleep(0)
        recorder.submit("settlement", {"number": 2}, lingers=True)
        await waiting

    asyncio.run(asked())
    recorder.close()
    assert numbers(tmp_path) == [1, 2]


def test_a_turn_s_records_are_left_to_the_thread_while_another_one_writes(fd: int, tmp_path: Path) -> None:
    journal = Journal(fd)
    recorder = Recorder(journal, "ses_1", "0" * 64, lambda reason: None)
    journal._threads.acquire()

    async def ticking() -> None:
        waiting = [asyncio.create_task(recorder.durable("verdict", {"number": n})) for n in range(5)]
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert not any(task.done() for task in waiting)
        os.ftruncate(fd, 10)
        journal._threads.release()
        came = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)
        assert {type(each) for each in came} == {AuditUnavailable}

    asyncio.run(ticking())
    recorder.close()


@pytest.mark.parametrize("seed", range(6))
def test_no_record_overtakes_another_of_its_coroutine_or_is_told_too_early_whatever_way_it_takes(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    durable = 0
    fd = os.memfd_create("journal")  # no disk is waited for
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
    journal = Journal(fd)
    recorder = Recorder(journal, "ses_1", "0" * 64, lambda reason: None)
    over = threading.Event()

    def disturb() -> None:
        while not over.wait(0.002):
            with journal._threads:
                time.sleep(0.001)

    def noticed(which: int, really: Callable[[int], None] = os.fdatasync) -> None:
        nonlocal durable
        size = os.fstat(which).st_size
        really(which)
        durable = size

    monkeypatch.setattr(os, "fdatasync", noticed)

    def on_record(chain: int, number: int) -> bool:
        return b'"at":"%d.%d."' % (chain, number) in os.pread(fd, durable, 0)

    async def chain(which: int) -> None:
        for number in range(60):
            fields = {"at": f"{which}.{number}."}
            way = chance.randrange(5)
            if way == 0:
                recorder.submit("settlement", fields, lingers=True)
            elif way == 1:
                recorder.submit("verdict", fields)
            elif way == 2 and recorder.at_once([("verdict", fields)]):
                assert on_record(which, number)
            else:
                await recorder.durable("verdict", fields)
                assert on_record(which, number)
            if chance.random() < 0.2:
                await asyncio.sleep(chance.choice((0, 0, 0.003)))

    async def all_of_them() -> None:
        recorder.alone = lambda: chance.random() < 0.3
        await asyncio.gather(*(chain(which) for which in range(8)))

    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        uvloop.run(all_of_them())
    finally:
        over.set()
        disturber.join()
        recorder.close()
    (tmp_path / "journal").write_bytes(os.pread(fd, os.fstat(fd).st_size, 0))
    os.close(fd)
    seen = [[*map(int, str(line["at"]).split(".")[:2])] for line in logs.lines(tmp_path / "journal")]
    for which in range(8):
        assert [number for chain_of, number in seen if chain_of == which] == list(range(60))


WITHOUT_A_THREAD = """
import asyncio, os, resource, sys, threading
from akios_jail.audit.journal import Journal
from akios_jail.broker.recorder import Recorder

journal = Journal(os.open(sys.argv[1], os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600))
recorder = Recorder(journal, "ses_1", "0" * 64, print)
threading.stack_size(1 << 30)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20), -1))
try:
    threading.Thread(target=print).start()
    sys.exit("a thread can be started")
except RuntimeError:
    pass

async def asked():
    recorder.submit("settlement", {"number": 0}, lingers=True)
    recorder.submit("verdict", {"number": 1}).result(10)
    recorder.submit("settlement", {"number": 2}, lingers=True)
    await asyncio.sleep(0.1)
    await asyncio.gather(*(recorder.durable("verdict", {"number": n}) for n in range(3, 9)))
    recorder.submit("settlement", {"number": 9}, lingers=True)

asyncio.run(asked())
recorder.close()
"""


def test_where_no_thread_can_be_started_records_are_written_all_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_A_THREAD, str(tmp_path / "journal")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert numbers(tmp_path) == list(range(10))
