"""Public sources that tests build programs of: the kernel's own selftests and bubblewrap's probe.

They come from Debian's packages through apt-get, once for a machine, and what is needed of them is kept in the cache
folder. Where they cannot be had, a test that needs them says so; in CI it fails.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "akios-sources"
_APT = ("apt-get", "-qq", "-o", "APT::Sandbox::User=root")
_PATIENCE_S = 300
SELFTESTS = "tools/testing/selftests"
#: Debian 13's kernel, and the newest that Debian 12 has. What is expected of its tests is said in `selftests`.
KERNEL = "linux-source-6.12"
VERSION = (6, 12)
#: Of the kernel's tree.
_OF_THE_KERNEL = (
    f"{SELFTESTS}/clone3/clone3_selftests.h",
    f"{SELFTESTS}/kselftest.h",
    f"{SELFTESTS}/kselftest_harness.h",
    f"{SELFTESTS}/landlock",
    f"{SELFTESTS}/seccomp",
    "include/uapi/linux/fs.h",
    "include/uapi/linux/landlock.h",
)


class Unavailable(Exception):
    """They cannot be had here."""


def kernel() -> Path:
    """What is needed of the kernel's tree."""
    return _kept(KERNEL, _unpack_kernel)


def try_syscall() -> Path:
    """The source of bubblewrap's probe."""
    return _kept("bubblewrap", _unpack_bubblewrap) / "try-syscall.c"


def _kept(name: str, bring: Callable[[Path], None]) -> Path:
    """The folder of that name in the cache, brought if it is not there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / name
    if folder.is_dir():
        return folder
    with _alone():
        for broken_off in CACHE.glob("new-*"):
            shutil.rmtree(broken_off)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=CACHE, prefix="new-") as fresh:
                (Path(fresh) / name).mkdir()
                try:
                    bring(Path(fresh) / name)
                except (subprocess.SubprocessError, OSError) as error:
                    raise Unavailable(f"{name} could not be fetched: {error}") from error
                os.rename(Path(fresh) / name, folder)
    return folder


@contextmanager
def _alone() -> Iterator[None]:
    """One worker of a parallel run fetches; the others wait for it."""
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack_kernel(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="new-") as fresh:
        try:
            _run(*_APT, "download", KERNEL, folder=Path(fresh))
        except subprocess.SubprocessError:  # the lists of packages may be old
            _run(*_APT, "update", folder=Path(fresh))
            _run(*_APT, "download", KERNEL, folder=Path(fresh))
        (archive,) = Path(fresh).glob("*.deb")
        inner = f"./usr/src/{KERNEL}.tar.xz"
        wanted = " ".join(f"'{KERNEL}/{path}'" for path in _OF_THE_KERNEL)
        unpack = f"tar -xJ --strip-components=1 -C '{folder}' {wanted}"
        script = f"set -o pipefail; dpkg-deb --fsys-tarfile '{archive}' | tar -xO '{inner}' | {unpack}"
        _run("bash", "-c", script, folder=Path(fresh))


def _unpack_bubblewrap(folder: Path) -> None:
    """By lists of sources of our own: most machines have none."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="new-") as fresh:
        where = Path(fresh)
        found = _said(
            "apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"
        )
        lines = [line.split() for line in found.splitlines()]
        sources = {f"deb-src {uri} {name} main\n" for uri, name, part in lines if part == "main" and "-" not in name}
        (where / "sources.list").write_text("".join(sorted(sources)))
        (where / "lists/partial").mkdir(parents=True)
        own = {
            "Dir::Etc::sourcelist": where / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": where / "lists",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
        }
        apt = (*_APT, *(word for name, value in own.items() for word in ("-o", f"{name}={value}")))
        _run(*apt, "update", folder=where)
        _run(*apt, "source", "--download-only", "--tar-only", "bubblewrap", folder=where)
        (archive,) = where.glob("*.orig.tar.*")
        _run("tar", "-xf", str(archive), "--wildcards", "--strip-components=2", "*/tests/try-syscall.c", folder=where)
        shutil.move(where / "try-syscall.c", folder)


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=_PATIENCE_S).stdout
    except (subprocess.SubprocessError, OSError):
        return ""


def _run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=_PATIENCE_S)
