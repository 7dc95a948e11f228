"""Folders exchanged for links while the launcher shows them: another session, or whoever shares the workspace, is fast.

Defence: a source is opened once, without effect, and compared by what was opened, not by its path; only then is that
very descriptor mounted. Whoever exchanges it meanwhile gets what was checked, or an error, and never another folder.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from akios_jail import kernel
from akios_jail.jail import rootfs
from akios_jail.jail.errors import JailError
from akios_jail.jail.mounts import Bind, Directory, Overlay
from tests.attacks.attack import Attack, Family, Record, judge
from tests.jail.contained import contained

pytestmark = pytest.mark.root

ROUNDS = 400
PATIENCE_S = 30.0
EXCHANGE, HERE = 2, -100
RENAMEAT2 = {"x86_64": 316, "aarch64": 276}[os.uname().machine]

FAMILY = Family(
    "Races with the launcher",
    "what was opened is what is mounted",
    "a mount that trusts the path",
    (
        Attack("a shown folder exchanged for a link", ("never",), ("the secret",)),
        Attack("an overlay's folder exchanged for a link", ("never",), ("the secret",)),
    ),
)


@contextmanager
def exchanging(first: Path, second: Path) -> Iterator[None]:
    """The two names change places all the time, by a process of its own."""
    pid = os.fork()
    if pid == 0:
        libc = ctypes.CDLL(None)
        words = (ctypes.c_long(RENAMEAT2), HERE, bytes(first), HERE, bytes(second), EXCHANGE)
        while True:
            libc.syscall(*words)
            time.sleep(random.uniform(0, 2e-4))  # long enough to be shown at times
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def trusting(path: str, target: int) -> None:
    """How it would be done by somebody who checks a path first and mounts the path then."""
    if os.path.realpath(path) != path:
        raise JailError("show it", "a link")
    fd = os.open(path, os.O_PATH)
    kernel.move_mount(kernel.clone_mount(fd), target)
    os.close(fd)


def raced(folder: Path, show: Callable[[str, int, int], None], rounds: int) -> str:
    """What is seen in the place of `shown` in many tries to show it, while it is exchanged for a link to `secret`."""

    def act() -> str:
        for name in ("shown", "secret", "upper", "work"):
            (folder / name).mkdir(parents=True)
        (folder / "secret" / "key").touch()
        (folder / "link").symlink_to("secret")
        root = rootfs.build([Directory("/at")])
        shown = ends = 0
        deadline = time.monotonic() + PATIENCE_S
        with exchanging(folder / "shown", folder / "link"):
            while ends < rounds and time.monotonic() < deadline:
                place = kernel.open_beneath(root, "/at")
                try:
                    show(f"{folder}/shown", root, place)
                except (JailError, OSError):
                    ends += 1
                    continue
                finally:
                    os.close(place)
                found = kernel.open_beneath(root, "/at")
                names = os.listdir(f"/proc/self/fd/{found}")
                kernel.umount_detached(f"/proc/self/fd/{found}")
                os.close(found)
                ends, shown = ends + 1, shown + 1
                if "key" in names:
                    return "the secret"
        return "never" if shown else "nothing was ever shown"

    word: str = contained(act)
    return word


def shown_read_only(path: str, root: int, _: int) -> None:
    rootfs.perform(Bind(path, "/at"), root)


def laid_over(path: str, root: int, _: int) -> None:
    folder = os.path.dirname(path)
    rootfs.perform(Overlay(path, f"{folder}/upper", f"{folder}/work", "/at"), root)


@pytest.fixture(scope="module")
def naive(tmp_path_factory: pytest.TempPathFactory) -> str:
    return raced(tmp_path_factory.mktemp("naive"), lambda path, _, place: trusting(path, place), 1_000_000)


@pytest.mark.parametrize(
    ("attack", "show"),
    [*zip(FAMILY.attacks, (shown_read_only, laid_over), strict=True)],
    ids=lambda each: getattr(each, "name", ""),
)
def test_what_is_shown_is_what_was_checked(
    attack: Attack, show: Callable[[str, int, int], None], naive: str, tmp_path: Path, record_property: Record
) -> None:
    inside = {attack.name: raced(tmp_path / "race", show, ROUNDS)}
    judge(FAMILY, attack, inside, {attack.name: naive}, record_property)
