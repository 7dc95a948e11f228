"""A broker that is taken over: code runs in the process of a real session's broker, behind all of its walls.

Defence: an account of its own without any capability, a root that holds no file of anybody's, a pid namespace, a
Landlock ruleset (`launcher/broker_walls.py`), a filter of system calls (`profiles/broker.json`) and limits. The same
code runs as root where nothing stops it, to prove that what it tries works.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from akios_jail import kernel
from akios_jail.launcher import broker_walls
from tests.attacks import takeover
from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import PROBES
from tests.e2e.conftest import ACCOUNT, Akios, eventually
from tests.e2e.remains import cgroups_of
from tests.jail.contained import MOUNTS, contained

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="code is put into the broker by the registers of x86-64"),
]

_GONE = ("ENOENT",)
_LANDLOCK = ("EACCES",)
#: By numbers under root, and where there are none by folders of each broker's own.
_APART = ("EACCES",) if not ACCOUNT else _GONE
_NUMBER = "a number of its own; without root, folders of its own"

#: Landlock tells ports since ABI 4; SECURITY.md says what is not without it.
_PORTS = Attack("dial a port that no rule names", _LANDLOCK, defence="Landlock, since Linux 6.7", since=(6, 7))

BROKER = Family(
    "a broker that is taken over",
    "its filter of system calls",
    "as root in namespaces of its own, without any wall",
    (
        Attack("read the passwords", _GONE, defence="its root has no such file"),
        Attack("list root's home", (*_GONE, *_LANDLOCK), defence="its root, and Landlock"),
        Attack("read the key that signs the log", _GONE, defence="its root has no such file"),
        Attack("read the agent's workspace", _GONE, defence="its root has no such folder"),
        Attack("read a program", _LANDLOCK, defence="Landlock"),
        Attack("read what the host's network does", _LANDLOCK, defence="Landlock"),
        Attack("write beside the libraries", ("EROFS", "EACCES"), defence="read-only mounts and Landlock"),
        Attack("make a folder where budgets are", _LANDLOCK, defence="Landlock"),
        Attack("make a link where budgets are"),
        Attack("write a longer file", ("ValueError",), defence="a hard limit (RLIMIT_FSIZE)"),
        Attack("list what other sessions left", _APART, defence="folders to add to; without root, of its own"),
        Attack("read another session's trace", _APART, defence=_NUMBER),
        Attack("read another session's recording", _APART, defence=_NUMBER),
        Attack("read a running session's trace", _APART, defence=_NUMBER),
        Attack("remove another session's trace", ("EPERM", *_GONE), defence="a sticky folder; without root, its own"),
        Attack("put a folder in its place", _LANDLOCK, defence="Landlock"),
        Attack("execute a program"),
        Attack("execute a program from memory"),
        Attack("fork"),
        Attack("make threads without end", ("RuntimeError",), defence="its cgroup"),
        Attack("become root"),
        Attack("change the root folder"),
        Attack("signal the launcher"),
        Attack("hold the launcher"),
        Attack("read the launcher's memory"),
        Attack("read the launcher's command line", (*_GONE, *_LANDLOCK), defence="its pid namespace, and Landlock"),
        Attack("trace the launcher"),
        Attack("enter another namespace"),
        Attack("mount"),
        Attack("make a user namespace"),
        Attack("load a key"),
        Attack("raw socket"),
        Attack("packet socket"),
        Attack("netlink socket"),
        Attack("local socket"),
        Attack("datagram to an abstract socket"),
        Attack("bind a TCP port"),
        Attack("bind a UDP port"),
        Attack("listen on the host", ("ECONNREFUSED", "EADDRNOTAVAIL", "EACCES"), defence="a filter that only says so"),
        _PORTS,
        Attack("dial it without connect"),
    ),
)  # fmt: skip

#: What a broker is there for: with this refused, nothing above would say anything.
OWN = "dial a port that a rule names"

INSIDE = """
import json
_room = {{"__name__": "probe", "TARGETS": {targets!r}, "LOOSE": False}}
try:
    exec(compile({source!r}, "probe", "exec"), _room)
    _said = _room["said"]
except BaseException as error:
    _said = {{"broken": repr(error)}}
with open("/state/said.json.new", "x") as _file:
    json.dump(_said, _file)
import os
os.rename("/state/said.json.new", "/state/said.json")
"""


def broker_of(launcher: int) -> psutil.Process:
    """The broker's process on the host."""

    def find() -> psutil.Process | None:
        for child in psutil.Process(launcher).children():
            with contextlib.suppress(psutil.Error):
                if "akios_jail.broker" in child.cmdline():
                    return child
        return None

    return eventually(find, what="a broker")


def run_in_broker(akios: Akios, launcher: int, targets: dict[str, Any]) -> Outcomes:
    """What came of the attempts in the broker of this session."""
    broker = broker_of(launcher)
    eventually(lambda: takeover.waits(broker.pid), what="a broker that serves")
    source = (PROBES / "broker.py").read_text()
    takeover.run_inside(broker.pid, INSIDE.format(targets=targets, source=source))
    answer = akios.state / "broker" / "said.json"
    found: Outcomes = json.loads(answer.read_text())
    answer.unlink()
    assert "broken" not in found, found
    return found


def run_loose(targets: dict[str, Any]) -> Outcomes:
    """What comes of the same attempts as root, with nothing in the way but a mount and a pid namespace of its own."""

    def act() -> str:
        kernel.make_private("/")
        subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True, timeout=20)
        words = [sys.executable, str(PROBES / "broker.py"), json.dumps(targets)]
        return subprocess.run(words, stdout=subprocess.PIPE, timeout=60, check=True).stdout.decode()

    found: Outcomes = json.loads(contained(act, MOUNTS))
    return found


def session_of(akios: Akios, name: str) -> str:
    """The id of the session of this name, as soon as it has started."""
    records = eventually(lambda: [each for each in akios.audit() if each.get("name") == name], what=name)
    return str(records[0]["session"])


def _others(akios: Akios) -> tuple[str, str]:
    """Two other sessions with a trace and a recording: one that has ended, one that runs."""
    asking = ["--", "/bin/sh", "-c", "getent hosts nobody.example; test $0 != on || sleep 120"]
    assert akios.run(*asking, "over", options=["--name", "ended"]).status == 0
    akios.start(*asking, "on", options=["--name", "running"])
    both = session_of(akios, "ended"), session_of(akios, "running")
    for session in both:
        for folder in ("traces", "recordings"):
            eventually((akios.state / "broker" / folder / f"{session}.db").exists, what=f"{folder} of {session}")
    return both


@pytest.fixture(scope="module")
def outcomes(jailer: Akios, loose: Path) -> Iterator[tuple[Outcomes, Outcomes]]:
    """What came of everything, inside and outside."""
    abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    abstract.bind(f"\0akios-test-{os.urandom(8).hex()}")
    with abstract, socket.create_server(("127.0.0.1", 0)) as unnamed, socket.create_server(("127.0.0.1", 0)) as named:
        allowed = named.getsockname()[1]
        jailer.policy({"network_access": {"allowlist": [{"host": "api.example", "ports": [allowed]}]}})
        ended, running = _others(jailer)
        process = jailer.start("--", "/bin/sleep", "120", options=["--name", "taken-over"])
        both = {
            "launcher": process.pid,
            "key": str(jailer.state / "keys" / "audit.pem"),
            "workspace": str(jailer.workspace),
            "program": "/usr/bin/true",
            "namespace": "/proc/self/ns/uts",
            "threads": broker_walls.THREADS + 1,
            "other": f"{ended}.db",
            "running": f"{running}.db",
            "mount": str(loose),
            "abstract": abstract.getsockname().decode(),
            "port": unnamed.getsockname()[1],
            "allowed": allowed,
        }
        session_of(jailer, "taken-over")
        for name in ("traces", "recordings"):
            (loose / name).mkdir()
            for session in (ended, running):  # before anything is removed
                shutil.copy(jailer.state / "broker" / name / f"{session}.db", loose / name)
        seen = {"state": "/state", "traces": "/state/traces", "recordings": "/state/recordings"}
        inside = run_in_broker(jailer, process.pid, {**both, "libraries": "/usr/lib", **seen})
        assert process.poll() is None, "the session goes on: its broker was not harmed by being looked at"
        copies = {"state": str(loose), "traces": str(loose / "traces"), "recordings": str(loose / "recordings")}
        outside = run_loose({**both, "libraries": str(loose), **copies})
        process.terminate()
        process.wait(30)
        yield inside, outside


@pytest.mark.parametrize("attack", BROKER.attacks, ids=lambda attack: attack.name)
def test_it_reaches_nothing(attack: Attack, outcomes: tuple[Outcomes, Outcomes], record_property: Record) -> None:
    judge(BROKER, attack, *outcomes, record_property)


def test_what_a_broker_is_for_still_works_in_it(outcomes: tuple[Outcomes, Outcomes]) -> None:
    assert outcomes[0][OWN] == "done"


def test_every_attempt_is_accounted_for(outcomes: tuple[Outcomes, Outcomes]) -> None:
    left = [{name: word for name, word in each.items() if name != OWN} for each in outcomes]
    assert undeclared(BROKER, *left) == set()


HOARD = "_hoard = [bytearray(b'x') * (1 << 20) for _ in range(600)]"


def test_one_that_takes_all_memory_ends_its_own_session_and_nothing_else(akios: Akios) -> None:
    other = akios.start("--", "/bin/sleep", "60")
    eventually(lambda: akios.audit() or None)
    process = akios.start("--", "/bin/sleep", "60", options=["--name", "greedy"])
    session = session_of(akios, "greedy")
    broker = broker_of(process.pid)
    eventually(lambda: takeover.waits(broker.pid), what="a broker that serves")
    if ACCOUNT and not cgroups_of(session):
        pytest.skip("this machine lets no account limit its sessions")
    places = [place for path in cgroups_of(session) for place in (path, path / "broker")]  # under systemd: in its scope
    _limit_memory([place for place in places if place.name.endswith("broker")], 200 << 20)
    with pytest.raises((AssertionError, OSError)):  # it dies meanwhile
        takeover.run_inside(broker.pid, HOARD)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 120, stderr
    assert b"used more memory than a broker may" in stderr
    assert other.poll() is None


def _limit_memory(places: list[Path], most: int) -> None:
    """As on a machine with little of it: waiting for gigabytes to fill takes long."""
    names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max")
    files = [place / name for name in names for place in places if (place / name).exists()]
    assert files, "the broker has a cgroup that limits its memory"
    for file in files:
        assert int(file.read_text()) <= broker_walls.MEMORY
        file.write_text(str(most))
