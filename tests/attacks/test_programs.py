"""Programs started in odd ways, and programs of the host that a hostile workspace would have itself loaded into.

Defence: the walls around the agent are its process's own and go with whatever it starts; nothing that it starts gains a
privilege (no_new_privs, nosuid). The launcher and the broker load no code, no library and no setting from where they
were called: an interpreter that lies in a workspace is looked at, and run in the jail alone.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import PROBES, compiled, in_jail, outside, placed
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

CONFINED = ("confined",)
NO_GAIN = "no_new_privs, and file systems without set-user-id"
PYTHON = os.path.realpath(sys.executable)

FAMILY = Family(
    "Starting programs",
    "the filter and no_new_privs go with every program",
    ROOT_ELSEWHERE,
    (
        Attack("from memory (memfd)", CONFINED),
        Attack("from a file without a name (execveat)", CONFINED),
        Attack("by the dynamic loader", CONFINED),
        Attack("with vfork", CONFINED),
        Attack("as a daemon", CONFINED),
        Attack("by a chain of shells", CONFINED),
        Attack("with libraries of its own (LD_PRELOAD)", CONFINED),
        Attack("set-user-id root", CONFINED, defence=NO_GAIN),
        Attack("with capabilities on its file", CONFINED, defence=NO_GAIN),
    ),
)


def marking(folder: Path, name: str, mark: Path, *flags: str) -> Path:
    """`probes/marker.c` compiled to leave its mark at `mark`."""
    words = ["gcc", "-O1", *flags, f'-DMARK="{mark}"', "-o", str(folder / name), str(PROBES / "marker.c")]
    subprocess.run(words, check=True, timeout=60)
    return folder / name


def laid_out(folder: Path) -> Path:
    """A folder with the programs that `starts.py` starts, two of them privileged on disk."""
    folder.chmod(0o777)
    program = compiled("confined", folder)
    marking(folder, "marker.so", folder / "loaded", "-shared", "-fPIC")
    for name in ("as-root", "with-capabilities"):
        shutil.copy(program, folder / name)
    (folder / "as-root").chmod(0o4755)
    revision_2_effective, raw_network = 0x02000001, 1 << 13
    wanted = struct.pack("<5I", revision_2_effective, raw_network, 0, 0, 0)
    os.setxattr(folder / "with-capabilities", "security.capability", wanted)
    return placed("starts.py", folder)


@pytest.fixture(scope="module")
def inside(jailer: Akios) -> Outcomes:
    laid_out(jailer.workspace)
    run = in_jail(jailer, "starts.py", python=True)
    executed = [record["program"] for record in run.audit if record["type"] == "exec"]
    assert any(path.startswith("/proc/self/fd/") for path in executed), (
        executed
    )  # from memory, and on record all the same
    found: Outcomes = run.said
    return found


@pytest.fixture(scope="module")
def elsewhere(loose: Path) -> Outcomes:
    return outside([sys.executable, str(laid_out(loose))], loose)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_stays_confined(attack: Attack, inside: Outcomes, elsewhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)


# --- the host's own programs ------------------------------------------------------------------------------------------

MODULES = (
    *("sitecustomize.py", "usercustomize.py", "json.py", "socket.py", "click.py", "yaml.py"),
    *("akios/__init__.py", "akios_jail/__init__.py", "encodings/__init__.py", "importlib/__init__.py"),
)
PROGRAMS = ("nft", "python3", "git", "mount", "sh", ".venv/bin/python", ".venv/bin/python3")
LIBRARIES = ("libseccomp.so.2", "libc.so.6")
POISON = Family(
    "A workspace that an earlier agent filled",
    "nothing of the host loads from it",
    "the host's own Python, loader and shell, told to look there",
    (
        Attack("modules that Python loads at its start", ("unmarked",), ("marked",)),
        Attack("modules in the place of the product's", ("unmarked",), ("marked",)),
        Attack("a library for LD_PRELOAD and in the system's place", ("unmarked",), ("marked",)),
        Attack("programs in the system's place, an interpreter of a virtual environment", ("unmarked",), ("marked",)),
    ),
)


def fill(folder: Path, mark: Path) -> None:
    """All that a program could load if it looked where it was called."""
    source = f"import posix; posix.close(posix.open({str(mark)!r}, posix.O_WRONLY | posix.O_CREAT))\n"
    for name in MODULES:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    hostile = marking(folder, "hostile", mark)
    for name in PROGRAMS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(hostile, folder / name)
    library = marking(folder, "hostile.so", mark, "-shared", "-fPIC")
    for name in LIBRARIES:
        shutil.copy(library, folder / name)
    packages = folder / ".venv/lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    (folder / ".venv/pyvenv.cfg").write_text(f"home = {folder}/.venv/bin\n")
    (folder / ".venv/lib/python3.11/os.py").write_text(source)
    (packages / "hostile.pth").write_text(source)
    (folder / ".git/hooks").mkdir(parents=True)
    (folder / ".git/config").write_text(f"[core]\n\tfsmonitor = {folder}/hostile\n")
    shutil.copy(hostile, folder / ".git/hooks/post-checkout")


@pytest.fixture(scope="module")
def poisoned(jailer: Akios) -> Path:
    """The mark, after everything that a person would call in such a workspace."""
    mark = jailer.folder / "mark"
    shutil.rmtree(jailer.workspace)
    jailer.workspace.mkdir()
    jailer.policy(filesystem={"workspace": {"path": ".", "access": "overlay"}})
    fill(jailer.workspace, mark)
    (jailer.workspace / "agent.py").write_text("")
    run = jailer.run("agent.py", options=["--env", "LD_PRELOAD=./hostile.so", "--env", "PYTHONPATH=."])
    assert run.stdout == b"ran\n", run  # the workspace's interpreter: in the jail, where it finds no place for a mark
    jailer.shell("touch changed")
    for command in ("diff", "sessions", "trace list", "policy check policy.yaml", "audit verify", "budget show"):
        jailer.says(*command.split(), elsewhere=command.startswith("policy"))
    return mark


@pytest.mark.parametrize("attack", POISON.attacks, ids=lambda attack: attack.name)
def test_nothing_of_a_hostile_workspace_is_loaded(
    attack: Attack, poisoned: Path, tmp_path: Path, record_property: Record
) -> None:
    work, mark = tmp_path / "work", tmp_path / "mark"
    work.mkdir()
    fill(work, mark)
    lured = {
        "modules that Python loads at its start": ([PYTHON, "-c", ""], {"PYTHONPATH": "."}),
        "modules in the place of the product's": ([PYTHON, "-m", "akios_jail"], {}),
        "a library for LD_PRELOAD and in the system's place": (["/bin/true"], {"LD_PRELOAD": f"{work}/hostile.so"}),
        "programs in the system's place, an interpreter of a virtual environment": ([f"{work}/.venv/bin/python"], {}),
    }
    command, environment = lured[attack.name]
    subprocess.run(command, cwd=work, env={**os.environ, **environment}, capture_output=True, timeout=60)
    found = {True: "marked", False: "unmarked"}
    judge(POISON, attack, {attack.name: found[poisoned.exists()]}, {attack.name: found[mark.exists()]}, record_property)
