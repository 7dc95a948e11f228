"""The process that compiles triggers for the sessions to come: it holds nothing of the session it is for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from akios_jail.launcher import filling
from akios_jail.policy.plans import Pii, dump

PLAN = Pii("observe", ("email",))
#: Stands in the place of the interpreter, and tells what it was given.
LOOK = f"""#!{sys.executable}
import json, os, signal, sys
folder = sys.argv[4]
told = {{
    "arguments": sys.argv[1:],
    "environment": sorted(os.environ),
    "descriptors": {{fd: os.readlink(f"/proc/self/fd/{{fd}}") for fd in os.listdir("/proc/self/fd") if int(fd) < 3}},
    "more": [fd for fd in os.listdir("/proc/self/fd") if 2 < int(fd) and os.path.exists(f"/proc/self/fd/{{fd}}")],
    "blocked": [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
    "ids": [os.getppid(), os.getpgid(0), os.getsid(0)],
    "nice": os.nice(0),
    "limits": open("/proc/self/limits").read(),
    "directory": os.getcwd(),
    "given": json.load(sys.stdin),
}}
open(f"{{folder}}/new", "w").write(json.dumps(told))
os.rename(f"{{folder}}/new", f"{{folder}}/told")
"""

Found = TypeVar("Found")


def soon(find: Callable[[], Found | None], seconds: float = 30.0) -> Found:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "triggers"
    place.mkdir(mode=0o710)
    return place


def fillers(folder: Path) -> list[int]:
    """The processes that fill this folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"akios_jail.pii.fill" in arguments and os.fsencode(folder) in arguments:
            found.append(int(pid))
    return found


def entry(folder: Path) -> Path | None:
    return next(folder.glob("triggers-*"), None)


def test_it_holds_nothing_of_whoever_started_it(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = tmp_path / "look"
    look.write_text(LOOK)
    look.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(look))
    inherited = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    try:
        filling.start(str(folder), PLAN)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(inherited)
    soon((folder / "told").exists)
    told = json.loads((folder / "told").read_text())
    assert told["arguments"] == ["-I", "-m", "akios_jail.pii.fill", str(folder)]
    assert not {"HOME", "PYTHONPATH", "OPENAI_API_KEY"} & {*told["environment"]}
    assert told["descriptors"] == {"0": "/memfd:pii (deleted)", "1": "/dev/null", "2": "/dev/null"}
    assert told["more"] == []
    assert told["blocked"] == []
    parent, group, session = told["ids"]
    assert parent != os.getpid()
    assert group == session != os.getsid(0)
    assert told["nice"] == os.nice(0) + 10
    (cpu,) = (line.split()[3:5] for line in told["limits"].splitlines() if line.startswith("Max cpu time"))
    assert cpu == [str(filling.CPU_S)] * 2
    assert told["directory"] == "/"
    assert told["given"] == dump(PLAN) | {"fields": ["email"]}


def test_what_it_compiles_is_kept(folder: Path) -> None:
    filling.start(str(folder), PLAN)
    soon(lambda: entry(folder))
    soon(lambda: not fillers(folder))
    assert [name for name in os.listdir(folder) if not name.startswith("triggers-")] == [".lock"]


def test_nobody_waits_for_it(folder: Path) -> None:
    """Whoever starts it may end at once, and has no child of it."""
    source = (
        "import os, sys\nfrom akios_jail.launcher import filling\nfrom akios_jail.policy.plans import Pii\n"
        f"filling.start({str(folder)!r}, Pii('observe', ('email',)))\n"
        "try:\n    os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError:\n    print('no child')\n"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no child\n", "")
    soon(lambda: entry(folder))


def test_a_folder_that_vanishes_beneath_it_is_no_matter(folder: Path) -> None:
    filling.start(str(folder), PLAN)
    folder.rmdir()
    soon(lambda: not fillers(folder))
    assert not folder.exists()


def test_where_no_process_can_be_started_the_session_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> int:
        raise BlockingIOError

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "fork", full)
    filling.start(str(folder), PLAN)
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_ends_by_itself(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = tmp_path / "stuck"
    stuck.write_text('#!/bin/sh\necho $$ > "$4/pid.new"; mv "$4/pid.new" "$4/pid"; exec sleep 60\n')
    stuck.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stuck))
    monkeypatch.setattr(filling, "WALL_S", 1)
    filling.start(str(folder), PLAN)
    soon((folder / "pid").exists)
    pid = int((folder / "pid").read_text())
    soon(lambda: not _alive(pid), 20.0)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def test_the_launcher_s_side_needs_nothing_of_the_engine() -> None:
    source = (
        "import sys, akios_jail.launcher.filling\n"
        "print([name for name in sys.modules if name.startswith('akios_jail.pii') or 'hyperscan' in name])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=30)
    assert done.stdout == "[]\n"
