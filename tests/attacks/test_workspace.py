"""A folder that the agent may write to: the way out of it, and what governs the agent in it.

Defence: the folder is mounted where nothing of the host lies beneath or beside it, so every `..` and every link ends in
the jail; the policy, and each folder on the way to it, are mounts of their own, which cannot be renamed, replaced or
linked to, and the policy itself is read-only.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from akios_jail import kernel
from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.probes import workspace
from tests.attacks.rooms import outside, placed
from tests.e2e.conftest import Akios, eventually
from tests.jail.contained import contained

pytestmark = pytest.mark.root

MOUNTED = "a mount over the policy, and over each folder on the way"
SIZE = "limit of a file's size"
NO_CAPABILITY = "an agent without a capability"

FAMILY = Family(
    "A writable workspace",
    "nothing of the host lies outside of it",
    ROOT_ELSEWHERE,
    (
        *(Attack(name, ("ENOENT",)) for name in workspace.READING),
        *(Attack(name, ("EROFS", "EBUSY", "EXDEV"), defence=MOUNTED) for name in workspace.GOVERNING),
        Attack("a file of a terabyte, all holes", ("EFBIG",), defence=SIZE),
        Attack("a byte at the end of a terabyte", ("EFBIG",), defence=SIZE),
        Attack("a lease, so that whoever opens the file waits", defence="system call filter, whatever the profile"),
        Attack("capabilities on a file", absent=("EOPNOTSUPP",), defence=NO_CAPABILITY),
        Attack("an attribute that only root may set", absent=("EOPNOTSUPP",), defence=NO_CAPABILITY),
        Attack("giving a file to another user", ("EPERM", "EINVAL"), defence=NO_CAPABILITY),
        Attack("the C library that the whole machine maps", ("EROFS", "EACCES"), defence="mounted read-only"),
    ),
)


def laid_out(folder: Path) -> str:
    """`conf/policy.yaml` in the folder; the name of the script there."""
    (folder / "conf").mkdir()
    shutil.copy(folder / "policy.yaml", folder / "conf")
    return placed("workspace.py", folder).name


@pytest.fixture(scope="module")
def secret(jailer: Akios) -> Path:
    path = jailer.folder / "secret.txt"
    path.write_text("top secret")
    return path


@pytest.fixture(scope="module")
def inside(jailer: Akios, secret: Path) -> Outcomes:
    script = laid_out(jailer.workspace)
    for path in ("conf", "conf/policy.yaml") if jailer.account else ():  # whose rights are not what stops the agent
        os.chown(jailer.workspace / path, jailer.account, jailer.account)
    before = (jailer.workspace / "conf/policy.yaml").read_text()
    options = ["--policy", "conf/policy.yaml", "--python", sys.executable]
    run = jailer.run(script, str(secret), "jail", options=options)
    assert run.status == 0, run
    assert (jailer.workspace / "conf/policy.yaml").read_text() == before
    found: Outcomes = run.said
    return found


@pytest.fixture(scope="module")
def elsewhere(loose: Path, secret: Path) -> Outcomes:
    (loose / "policy.yaml").write_text("policy")
    return outside([sys.executable, laid_out(loose), str(secret), "own"], loose)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_comes_to_nothing(attack: Attack, inside: Outcomes, elsewhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)


# --- a folder that moves while the agent stands in it -----------------------------------------------------------------

WALK = """
import json, os, sys, time
os.chdir("deep/deeper")
standing = sys.argv[1] + "/standing"
open(standing, "w").close()
while os.path.exists(standing):
    time.sleep(0.01)
def read(path):
    try:
        return open(path).read()
    except OSError as error:
        return type(error).__name__
print(json.dumps([read("../" * up + "secret.txt") for up in range(1, 12)]))
"""
MOVED = Family(
    "A folder that is moved while the agent stands in it",
    "mounts: the kernel lets nobody walk up from beneath a mount that has lost the folder",
    "the same walk from a mere chroot",
    (Attack("walking up out of it", ("nothing",), ("the secret",)),),
)


def seen(found: list[str]) -> str:
    return "the secret" if "top secret" in found else "nothing"


def walked_out_of_a_chroot(folder: Path) -> list[str]:
    """What somebody reads who stands in a folder of a chroot while it is moved out of it."""

    def act() -> list[str]:
        kernel.make_private("/")
        (folder / "root" / "deep").mkdir(parents=True)
        (folder / "secret.txt").write_text("top secret")
        outer = os.open(folder, os.O_PATH)
        os.chroot(folder / "root")
        os.chdir("/deep")
        os.rename("root/deep", "moved", src_dir_fd=outer, dst_dir_fd=outer)
        found = []
        for up in range(1, 5):
            path = Path("../" * up + "secret.txt")
            found.append(path.read_text() if path.exists() else "")
        return found

    result: list[str] = contained(act)
    return result


def test_whoever_is_moved_out_of_the_workspace_sees_nothing_of_the_host(
    akios: Akios, tmp_path: Path, record_property: Record
) -> None:
    akios.policy(filesystem={"workspace": {"path": ".", "access": "rw"}})
    (akios.folder / "secret.txt").write_text("top secret")
    (akios.workspace / "deep" / "deeper").mkdir(parents=True)
    akios.file("walk.py", WALK)
    process = akios.start("walk.py", str(akios.workspace), options=["--python", sys.executable])
    standing = akios.workspace / "standing"
    eventually(standing.exists, what="the agent to stand in its folder")
    (akios.workspace / "deep" / "deeper").rename(akios.folder / "deeper")
    standing.unlink()
    stdout, stderr = process.communicate(timeout=30)
    run = akios.finished(process.returncode, stdout, stderr)
    assert run.status == 0, run
    inside = {"walking up out of it": seen(run.said)}
    control = {"walking up out of it": seen(walked_out_of_a_chroot(tmp_path / "control"))}
    judge(MOVED, MOVED.attacks[0], inside, control, record_property)
