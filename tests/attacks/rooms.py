"""Where hostile programs are let loose: in a jail that `akios run` makes, and in throw-away namespaces without one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from akios_jail import kernel
from tests.attacks.attack import Outcomes
from tests.e2e.conftest import Akios, Run
from tests.jail.contained import MOUNTS, contained

PROBES = Path(__file__).parent / "probes"
ALONE = MOUNTS | kernel.CLONE_NEWNET | kernel.CLONE_NEWCGROUP


def compiled(name: str, folder: Path) -> Path:
    """The hostile program `probes/NAME.c`, compiled into `folder`."""
    program = folder / name
    words = ["gcc", "-Wall", "-Werror", "-O1", "-o", str(program), str(PROBES / f"{name}.c")]
    subprocess.run(words, check=True, timeout=60)
    return program


def placed(name: str, folder: Path) -> Path:
    """The hostile script `probes/NAME`, copied into `folder`."""
    return Path(shutil.copy(PROBES / name, folder / name))


def unfiltered(akios: Akios, *command: str) -> Outcomes:
    """What comes of the same attempts in a jail whose profile allows everything: what the other walls do alone."""
    profile = akios.file("all.json", json.dumps({"defaultAction": "SCMP_ACT_ALLOW"}))
    akios.policy(
        seccomp={"profile": f"./{profile.name}"},
        trace={"processes": "off"},
        filesystem={"workspace": {"path": ".", "access": "rw"}},
    )
    found: Outcomes = in_jail(akios, *command).said
    return found


def in_jail(akios: Akios, *command: str, python: bool = False) -> Run:
    """Run a hostile program as the agent; it must have lived to tell what came of its attempts."""
    words = (command[0], *command[1:]) if python else ("--", *command)
    run = akios.run(*words, options=["--python", sys.executable] if python else [])
    assert run.status == 0, run
    return run


def all_addresses_local() -> None:
    """In a network namespace of one's own: every address leads to whoever listens here."""
    for words in ("link set lo up", "route add local default dev lo", "-6 route add local ::/0 dev lo"):
        subprocess.run(["ip", *words.split()], check=True, timeout=20)


def outside(command: Sequence[str], folder: Path) -> Outcomes:
    """What comes of the same attempts as root, in namespaces of their own, with `folder` to work in."""

    def act() -> str:
        kernel.make_private("/")
        subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True, timeout=20)
        os.chdir(folder)
        os.setsid()
        done = subprocess.run([*command], stdout=subprocess.PIPE, timeout=100, check=True)
        return done.stdout.decode()

    found: Outcomes = json.loads(contained(act, ALONE))
    return found
