"""The disk under the state folder fails while a session runs: it fills up, becomes read-only, goes away.

What cannot be recorded is not done. Each disk is a small one of the test's own, and really full or broken: in memory
where only its size matters, ext4 otherwise, which the kernel has fail.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from akios_jail.audit.examine import examine
from akios_jail.demo.local_server import Response
from tests.audit.logs import records
from tests.e2e.conftest import Akios, Run
from tests.faults import disk as disks
from tests.faults.bystander import CALLS
from tests.faults.conftest import Watching
from tests.faults.disk import Disk
from tests.faults.fault import Family, Fault
from tests.faults.victim import Victim

pytestmark = pytest.mark.root

CRM = "internal-crm.corp"
AGENT = Path(__file__).parent / "agents" / "asked.py"
PYTHON = ("--python", sys.executable)


class Failing(NamedTuple):
    """One way of failing. `made`: the disk, at a place, with an image of it in a folder. `fails`: does it; `mended`:
    undoes it.
    """

    fault: Fault
    made: Callable[[Path, Path], AbstractContextManager[Disk]]
    fails: Callable[[Disk], object]
    mended: Callable[[Disk], object]


def in_memory(place: Path, image: Path) -> AbstractContextManager[Disk]:
    return disks.memory(place, "size=24m,nr_inodes=4000")


def on_a_full_one(place: Path, image: Path) -> AbstractContextManager[Disk]:
    return disks.overcommitted(place, image)


def on_ext4(place: Path, image: Path) -> AbstractContextManager[Disk]:
    return disks.real(place, image)


def read_only(disk: Disk) -> None:
    """As ext4 does by itself when it meets an error."""
    device = os.minor(os.stat(disk.inside).st_dev)
    Path(f"/sys/fs/ext4/loop{device}/trigger_fs_error").write_text("of a test")


def fed(disk: Disk) -> None:
    disk.feed()
    disk.again()


def emptied(disk: Disk) -> None:
    (disk.inside / "hog").unlink()


def thinned(disk: Disk) -> None:
    shutil.rmtree(disk.inside / "crowd")


KINDS = (
    Failing(Fault("its last byte is taken", (120,), "free some space"), in_memory, Disk.fill, emptied),
    Failing(Fault("its last inode is taken", (120,), "free some space"), in_memory, Disk.crowd, thinned),
    Failing(
        Fault("an error turns it read-only", (120,), "make the state folder writable"), on_ext4, read_only, Disk.again
    ),
    Failing(Fault("it is pulled: each access fails", (120,), "check the disk"), on_ext4, Disk.pull, Disk.again),
    # The kernel says that writing failed, or makes it read-only if that was of its own journal.
    Failing(
        Fault("it takes writes and cannot keep them", (120,), "cannot be written"), on_a_full_one, Disk.starve, fed
    ),
)
SMALL = Fault("it is too small for a start, at each size", (0, 120, 125), "akios: ")
CROWDED = Fault("it has too few inodes for a start, at each number", (0, 120, 125), "akios: ")
GREEDY = Fault("its agent writes all it can into its layer", (120,), "which the record and others need")
TEEMING = Fault("its agent makes all the files it can in its layer", (120,), "which the record and others need")
FAMILY = Family(
    "The disk of the state folder fails",
    "The other session has another disk. Where a session runs already, the agent's next calls are refused, or are on "
    "record, and the session ends; what was acknowledged is on record when the disk is there again, the log is whole, "
    "and the next session goes on from it.",
    (*(kind.fault for kind in KINDS), GREEDY, TEEMING, SMALL, CROWDED),
    {
        "an agent that has much written down of itself": "tests/e2e/test_full_disk.py",
        "whatever step of writing the log fails": "tests/audit/test_sequencer.py",
    },
)


def after(akios: Akios, disk: Disk) -> Run:
    """One more session, with the disk as it is."""
    process = akios.start(command=disk.within(*akios.command("--", "/bin/true"), folder=str(akios.workspace)))
    stdout, stderr = process.communicate(timeout=60)
    return akios.finished(process.returncode, stdout, stderr)


def until_its_end(victim: Victim) -> list[str]:
    """Have the agent make one call after the other; what it says of them. A disk may have room for a few."""
    said: list[str] = []
    with suppress(BrokenPipeError):
        while len(said) < 500 and "" not in said:
            victim.tell("go")
            said.append(victim.says())
    return said


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.fault.name)
def test_what_cannot_be_recorded_is_not_done(kind: Failing, akios: Akios, watching: Watching, tmp_path: Path) -> None:
    akios.upstream.sites[CRM] = lambda request: Response(200, (), b"noted")
    akios.allow(CRM)
    akios.file("asked.py", AGENT.read_text())
    akios.state = tmp_path / "disk"
    with kind.made(akios.state, tmp_path / "image") as disk:
        line = akios.command("asked.py", options=PYTHON)
        victim = Victim(akios, command=disk.within(*line, folder=str(akios.workspace)))
        victim.tell("go")
        assert victim.says() == "200"
        with watching(FAMILY, kind.fault) as watch:
            kind.fails(disk)
            said = until_its_end(victim)
            run = victim.end()
            victim.gone()
            watch.recovered()
        print(said, run)
        kind.fault.seen(run)
        sent = [request.target for request in akios.upstream.requests(CRM)]
        kind.mended(disk)
        assert after(akios, disk).status == 0
        found = records(disk.inside / "audit")
        its = [record for record in found if record["session"] == victim.id]
        assert [record["n"] for record in its] == [*range(1, len(its) + 1)]
        recorded = [record["path"] for record in its if record.get("decision") == "allow"]
        assert sent[0] == "/call/0"
        assert sent == recorded[: len(sent)]
        assert said.count("200") < len(sent)
        verdict = examine(str(disk.inside / "audit"), (disk.inside / "audit" / "key").read_text().strip())
        assert verdict.intact, verdict.damages


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        (SMALL, [f"size={pages * 4}k" for pages in (1, 4, 8, 16, 24, 32, 40, 48, 64, 128)]),
        (CROWDED, [f"size=8m,nr_inodes={number}" for number in (2, 8, 12, 16, 20, 24, 28, 32, 40, 64)]),
    ],
    ids=["space", "inodes"],
)
def test_what_has_no_room_does_not_start(
    fault: Fault, options: list[str], akios: Akios, watching: Watching, tmp_path: Path
) -> None:
    failed = 0
    with watching(FAMILY, fault) as watch:
        for option in options if CALLS > 50 else options[::4]:
            akios.state = tmp_path / option
            with disks.memory(akios.state, option) as disk:
                run = after(akios, disk)
                print(option, run)
                fault.seen(run)
                failed += run.status != 0
        watch.moments = failed
    assert failed


@pytest.mark.parametrize(
    ("fault", "options", "script"),
    [
        (GREEDY, "size=192m", "while n=$((n+1)); do head -c 400000 /dev/zero > $n; done"),
        (TEEMING, "size=192m,nr_inodes=20000", "while n=$((n+20)); do touch $(seq $n $((n+19))); done"),
    ],
    ids=["space", "inodes"],
)
def test_an_agent_that_fills_the_disk_is_ended_before_it_is_full(
    fault: Fault, options: str, script: str, akios: Akios, watching: Watching, tmp_path: Path
) -> None:
    akios.policy(filesystem={"workspace": {"path": ".", "access": "overlay"}})
    akios.state = tmp_path / "disk"
    with disks.memory(akios.state, options) as disk:
        disk.crowd(12_000 if fault is TEEMING else 0)  # as on a disk that has been in use
        line = akios.command("--", "/bin/sh", "-c", "echo ready; read go; exit 7")
        modest = Victim(akios, command=disk.within(*line, folder=str(akios.workspace)))
        line = akios.command("--", "/bin/sh", "-c", f"echo ready; read go; {script}")
        victim = Victim(akios, command=disk.within(*line, folder=str(akios.workspace)))
        with watching(FAMILY, fault) as watch:
            victim.tell("go")
            run = victim.end()
            victim.gone()
            watch.recovered()
        fault.seen(run)
        assert (run.report["exit"]["code"], run.report["exit"]["limits"]) == ("disk_full", ["disk"])
        assert run.report["audit"]["error"] == ""
        assert min(disk.free()) > 0
        with suppress(BrokenPipeError):
            modest.tell("go")
        assert modest.end().status == 7, "who has taken little goes on"
        assert after(akios, disk).status == 0
        its = [record for record in records(disk.inside / "audit") if record["session"] == victim.id]
        assert (its[-1]["type"], its[-1]["outcome"]["code"]) == ("session.end", "disk_full")
