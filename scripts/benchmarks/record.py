"""Durable records: the audit journal beside a bare write and fdatasync, alone and at thousands a second.

Each record is appended by the code that brokers use and is on stable storage when its time stops. Beside it, in the
same run and in turns, as many bytes are written to another file on the same disk and waited for: what the disk alone
takes. Then a process of its own asks for records at a steady rate, as agents do, of an event loop set up like a
broker's; those that arrive while the disk is busy share one wait. Another brings them into the signed log meanwhile, as
it does in a session. The time of a record counts from the moment at which it was due, so that no queue hides, and
between the two processes the clock is the same.

Last come steps of the trace, in processor time: nobody waits for them.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import signal
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import uvloop

from akios_jail.audit.journal import Journal
from akios_jail.audit.sequencer import Log
from akios_jail.broker import service
from akios_jail.broker.recorder import Recorder
from benchmarks._trace_steps import measured

_SESSION = "ses_bench"
#: A verdict as a broker records it.
_VERDICT = {
    "request_id": "req_000000000000", "decision": "allow", "rule": 1, "host": "api.openai.com", "port": 443,
    "method": "POST", "path": "/v1/chat/completions", "model": "gpt-4o", "kind": "chat",
    "request_sha256": "0" * 64, "reserved_usd": 0.0123, "reserved_tokens": 4096, "latency_ms": 1.25,
}  # fmt: skip


#: A moment as it travels from who asks to who records.
_MOMENT = struct.Struct("d")


class Figures(NamedTuple):
    """Seconds that records took, each of them."""

    name: str
    seconds: list[float]
    note: str = ""

    def to_json(self) -> dict[str, object]:
        """Milliseconds: median, 90th, 99th and 99.9th percentile, most."""
        ordered = sorted(self.seconds)
        at = {name: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for name, share in _SHARES.items()}
        return {"name": self.name, **{name: round(value * 1000, 3) for name, value in at.items()}, "n": len(ordered)}


_SHARES = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99, "p999_ms": 0.999, "max_ms": 1.0}


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--count", type=int, default=2000, metavar="N", help="records of one writer (default: 2000)")
    parser.add_argument("--rate", type=int, default=5000, metavar="N", help="records a second (default: 5000)")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="how long at that rate (default: 5)")
    parser.add_argument("--folder", metavar="DIR", help="on the disk to be measured (default: the current folder)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(chosen: argparse.Namespace) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="akios-bench-", dir=chosen.folder or ".") as temporary:
        folder = Path(temporary)
        (folder / "audit" / "journal").mkdir(parents=True)
        figures = _alone(folder, chosen.count)
        figures += _at_rate(folder, chosen.rate, chosen.seconds)
        figures += [Figures(*each) for each in measured(folder / "traces")]
    if chosen.json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures]}, indent=2))
    else:
        print(_table(figures))
    return 0


def _alone(folder: Path, count: int) -> list[Figures]:
    """One writer that waits for each record, and the bare disk, in turns."""
    journal_fd, bare_fd = _opened(folder / "audit" / "journal" / "ses_alone"), _opened(folder / "bare")
    journal = Journal(journal_fd)
    fields = {"policy_sha256": "0" * 64, **_VERDICT}
    journal.append("verdict", "ses_alone", fields)
    line = os.pread(journal_fd, 1 << 16, 0)
    recorded, bare = [], []
    for _ in range(count):
        began = time.perf_counter()
        journal.append("verdict", "ses_alone", fields)
        between = time.perf_counter()
        os.write(bare_fd, line)
        os.fdatasync(bare_fd)
        recorded.append(between - began)
        bare.append(time.perf_counter() - between)
    os.close(journal_fd)
    os.close(bare_fd)
    return [
        Figures("write + fdatasync", bare, f"{len(line)} bytes, nothing else"),
        Figures("one writer", recorded, "each record waits for itself"),
    ]


def _at_rate(folder: Path, rate: int, seconds: float) -> list[Figures]:
    """An event loop that is asked for records at a steady rate, with the log's sequencer beside it."""
    fd = _opened(folder / "audit" / "journal" / _SESSION)
    fcntl.flock(fd, fcntl.LOCK_SH)
    asked, asking = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    beside = [_beside(lambda: _sequence(folder, fd)), _beside(lambda: _ask(asking, rate, int(rate * seconds)))]
    asking.close()
    recorder = Recorder(Journal(fd), _SESSION, "0" * 64, lambda reason: sys.exit(reason))
    service.tune()
    began = time.process_time()
    try:
        took, late = uvloop.run(_record(recorder, asked, int(rate * seconds)))
        busy = (time.process_time() - began) / len(took) * 1e6
    finally:
        recorder.close()
        for pid in beside:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        asked.close()
        os.close(fd)
    note = f"for {seconds:g} s; {busy:.0f} µs of the processor each; the log is signed every second"
    return [
        Figures(f"{rate} a second", took, note),
        Figures("  of that, until the event loop has it", late, "from when it was due"),
    ]


def _beside(act: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            act()
            signal.pause()
        finally:
            os._exit(1)
    return pid


def _ask(sock: socket.socket, rate: int, count: int) -> None:
    """Say that a record is due, `rate` times a second."""
    begin = time.monotonic() + 0.1
    for number in range(count):
        due = begin + number / rate
        if (left := due - time.monotonic()) > 0:
            time.sleep(left)
        sock.send(_MOMENT.pack(due))


async def _record(recorder: Recorder, asked: socket.socket, count: int) -> tuple[list[float], list[float]]:
    """Record `count` times as it is asked for: how long each took from when it was due, and how late it came."""
    took: list[float] = []
    late: list[float] = []
    pending: set[asyncio.Task[None]] = set()
    over = asyncio.Event()

    async def one(due: float) -> None:
        await recorder.durable("verdict", _VERDICT)
        took.append(time.monotonic() - due)

    def read() -> None:
        while True:
            try:
                (due,) = _MOMENT.unpack(asked.recv(_MOMENT.size))
            except BlockingIOError:
                return
            late.append(time.monotonic() - due)
            task = loop.create_task(one(due))
            pending.add(task)
            task.add_done_callback(pending.discard)
            if len(late) == count:
                over.set()

    loop = asyncio.get_running_loop()
    asked.setblocking(False)
    loop.add_reader(asked, read)
    await over.wait()
    loop.remove_reader(asked)
    await asyncio.gather(*pending)
    return took, late


def _sequence(folder: Path, fd: int) -> None:
    log = Log(str(folder / "audit"), str(folder / "keys" / "audit.pem"))
    while True:
        log.advance(_SESSION, fd)
        time.sleep(1)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _table(figures: list[Figures]) -> str:
    width = max(len(figure.name) for figure in figures)
    heads = "  ".join(f"{name.removesuffix('_ms'):>8}" for name in _SHARES)
    lines = [f"{'':{width}}  {heads}   (milliseconds)"]
    for figure in figures:
        row = figure.to_json()
        cells = "  ".join(f"{row[name]:8.3f}" for name in _SHARES)
        lines.append(f"{figure.name:{width}}  {cells}   {figure.note}".rstrip())
    bare, alone = (statistics.median(figure.seconds) for figure in figures[:2])
    return "\n".join([*lines, f"a record costs {(alone - bare) * 1000:.3f} ms beside the disk's own wait (medians)"])
