"""Rounds of crashes, in a process of its own that forks for each death: one with all tests in it is slow at that.

`python -m tests.audit.crashes FOLDER CRASHES`: what came of them is on its standard output, as JSON.

Each round is a machine of its own for a moment: three sessions that record as an agent in a hurry does, and two
processes that bring journals into the log, recover what earlier rounds left, and sign. All five are killed with
SIGKILL, each at a moment of its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

from akios_jail.audit import checkpoint, note
from akios_jail.audit.checkpoint import Checkpoint
from akios_jail.audit.journal import Journal
from akios_jail.audit.record import Entry
from akios_jail.launcher.journals import open_journal
from akios_jail.launcher.state import State
from tests.audit.logs import POLICY, log_in

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


def one_round(folder: Path, number: int, chance: random.Random) -> tuple[dict[str, int], list[str]]:
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
        signed += [json.loads(line) for line in lines]
    return acknowledged, signed


def main(folder: Path, crashes: int) -> None:
    """So many crashes, and then what was acknowledged of each session, and every checkpoint that was signed."""
    log_in(folder).record("log.made", {})  # what signing needs is loaded here, and not by every process anew
    chance = random.Random(7)
    acknowledged: dict[str, int] = {}
    signed: list[str] = []
    for number in range(0, crashes, WRITERS + SEQUENCERS):
        known, checkpoints = one_round(folder, number, chance)
        acknowledged |= known
        signed += checkpoints
    json.dump({"acknowledged": acknowledged, "signed": signed}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
