"""A thousand crashes: writers and sequencers are killed at random moments under load, and nothing acknowledged is lost.

Each round is a machine of its own for a moment: three sessions that record as an agent in a hurry does, and two
processes that bring journals into the log, recover what earlier rounds left, and sign. All five are killed with
SIGKILL, each at a moment of its own. Afterwards every record that was ever acknowledged must be in the log, once and in
its place, and the log must go on from every checkpoint that was ever signed.

In memory, where no disk sets the pace: what a killed process has written the kernel keeps anyway, and the more happens
between two deaths the better.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import select
import signal
import struct
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

from akios_jail.audit import checkpoint, merkle, note
from akios_jail.audit.checkpoint import Checkpoint
from akios_jail.audit.examine import examine
from akios_jail.audit.head import load
from akios_jail.audit.journal import Journal
from akios_jail.audit.record import Entry
from akios_jail.audit.tiles import Tiles
from akios_jail.launcher.journals import open_journal
from akios_jail.launcher.state import State
from tests.audit.logs import POLICY, log_in

CRASHES = 1000
WRITERS, SEQUENCERS = 3, 2
#: An acknowledgement, as a writer puts it into its pipe: the number of the last record that is durable.
_NUMBER = struct.Struct("<I")


class Running(NamedTuple):
    """One process of a round, and the pipe on which it says what it has done."""

    pid: int
    said: int


def forked(work: Callable[[int], None]) -> Running:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            work(writing)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(writing)
    return Running(pid, reading)


def everything(fd: int) -> bytes:
    """What a process that is gone has said."""
    parts = []
    while part := os.read(fd, 1 << 20):
        parts.append(part)
    os.close(fd)
    return b"".join(parts)


def write(folder: Path, session: str, said: int) -> NoReturn:
    """Record some hundreds of times a second, in blocks of one to four, and say each time how far it is durable."""
    journal = Journal(open_journal(State(str(folder)), session).broker_fd)
    chance = random.Random(session)
    while True:
        block = [Entry("verdict", session, {"policy_sha256": POLICY, "pad": "x" * chance.randrange(400)})]
        records = journal.append_many(block * chance.randrange(1, 5))
        os.write(said, _NUMBER.pack(records[-1].n))
        time.sleep(chance.random() * 0.01)


def sequence(folder: Path, sessions: list[str], said: int) -> NoReturn:
    """Bring journals into the log without end, recover the dead, and hand out every checkpoint before it is kept."""
    real = checkpoint.sign

    def sign(checkpoint: Checkpoint, signer: note.Signer) -> bytes:
        signed = real(checkpoint, signer)
        os.write(said, json.dumps(signed.decode()).encode() + b"\n")
        return signed

    checkpoint.sign = sign
    log = log_in(folder)
    fds = {}
    while True:
        log.recover()
        for session in sessions:
            if session not in fds:
                with suppress(FileNotFoundError, BlockingIOError):
                    fd = os.open(folder / "audit" / "journal" / session, os.O_RDONLY)
                    fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)  # as a launcher does: it is alive
                    fds[session] = fd
            if session in fds and os.fstat(fds[session]).st_nlink:
                log.advance(session, fds[session])


def one_round(folder: Path, number: int, chance: random.Random) -> tuple[dict[str, int], list[bytes]]:
    """Five processes, five deaths: what was acknowledged of each session, and every checkpoint that was signed."""
    sessions = [f"ses_{number}_{place}" for place in range(WRITERS)]
    writers = [forked(lambda said, session=session: write(folder, session, said)) for session in sessions]  # type: ignore[misc]
    sequencers = [forked(lambda said: sequence(folder, sessions, said)) for _ in range(SEQUENCERS)]
    running = [*writers, *sequencers]
    select.select([chance.choice(running).said], [], [], 10)  # until one of them has got somewhere
    chance.shuffle(running)
    for process in running:
        time.sleep(chance.random() ** 2 * 0.03)
        os.kill(process.pid, signal.SIGKILL)
        _, status = os.waitpid(process.pid, 0)
        assert os.WIFSIGNALED(status), "it ended before it was killed"
    acknowledged = {}
    for session, writer in zip(sessions, writers, strict=True):
        said = everything(writer.said)
        whole = len(said) - len(said) % _NUMBER.size
        acknowledged[session] = _NUMBER.unpack(said[whole - _NUMBER.size : whole])[0] if whole else 0
    signed = []
    for sequencer in sequencers:
        *lines, _ = everything(sequencer.said).split(b"\n")
        signed += [json.loads(line).encode() for line in lines]
    return acknowledged, signed


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="akios-crashes-", dir="/dev/shm") as path:
        yield Path(path)


@pytest.mark.timeout(900)
def test_a_thousand_crashes_lose_nothing_that_was_acknowledged(folder: Path) -> None:
    audit = folder / "audit"
    audit.mkdir()
    log_in(folder).record("log.made", {})  # what signing needs is loaded here, and not by every process anew
    chance = random.Random(7)
    acknowledged: dict[str, int] = {}
    signed: list[bytes] = []
    crashes = 0
    while crashes < CRASHES:
        known, checkpoints = one_round(folder, crashes, chance)
        acknowledged |= known
        signed += checkpoints
        crashes += WRITERS + SEQUENCERS
    log_in(folder).recover()

    assert not os.listdir(audit / "journal")
    found = Counter[str]()
    size = load(str(audit)).tree.size
    for _, data in Tiles(audit).read(0, size):
        record = json.loads(data)
        found[record["session"]] += 1
        assert record["n"] == found[record["session"]], "once each, and in its order"
    lost = {session: (number, found[session]) for session, number in acknowledged.items() if found[session] < number}
    assert not lost, "acknowledged and not in the log"
    assert sum(acknowledged.values()) > CRASHES, "there was something to lose"

    key = (audit / "key").read_text().strip()
    assert examine(str(audit), key).intact
    hashes, now = Tiles(audit).hashes(size), Tiles(audit).root(size)
    older = {checkpoint.open_checkpoint(data, note.verifier(key))[0] for data in signed}
    assert len(older) > CRASHES / 10
    for old in older:
        merkle.verify_consistency(old.size, old.root, size, now, merkle.consistency(old.size, size, hashes))
