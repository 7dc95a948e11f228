"""What is refused under any profile, also under one that allows everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail import kernel
from akios_jail.jail import rlimits, seccomp

ALL = b'{"defaultAction": "SCMP_ACT_ALLOW"}'

ATTEMPTS = {
    "TIOCSTI": "fcntl.ioctl(tty, 0x5412, b'x')",
    "TIOCSTI with high bits": "call('ioctl', tty, 0x5412 | 1 << 32, b'x')",
    "TIOCLINUX": "fcntl.ioctl(tty, 0x541C, b'x')",
    "TIOCSETD": "fcntl.ioctl(tty, 0x5423, bytes(4))",
    "TIOCEXCL": "fcntl.ioctl(tty, 0x540C)",
    "chmod u+s": "os.chmod(path, 0o4755)",
    "chmod g+s": "os.chmod(path, 0o2755)",
    "fchmod u+s": "os.fchmod(os.open(path, os.O_RDONLY), 0o4700)",
    "fchmodat u+s": "os.chmod('file', 0o4755, dir_fd=os.open(os.path.dirname(path), os.O_RDONLY))",
    "a lease": "fcntl.fcntl(os.open(path, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_WRLCK)",
    "setrlimit core": "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
    "prlimit core": "resource.prlimit(os.getpid(), resource.RLIMIT_CORE, (0, 0))",
}
ALLOWED = {
    "chmod": "os.chmod(path, 0o755)",
    "asking for the core limit": "resource.prlimit(0, resource.RLIMIT_CORE)",
    "another limit": "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
    "a lock": "fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)",
    "the flags of a descriptor": "fcntl.fcntl(tty, fcntl.F_SETFD, fcntl.fcntl(tty, fcntl.F_GETFD))",
    "the size of a terminal": "fcntl.ioctl(tty, 0x5413, bytes(8))",
}


def _attempt(source: str, folder: Path, program: bytes) -> str:
    (folder / "file").write_text("")
    code = f"""
import ctypes, fcntl, os, resource
path = {str(folder / "file")!r}
tty = os.openpty()[1]
def call(_, *arguments):
    if ctypes.CDLL(None, use_errno=True).ioctl(*(ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments)):
        raise OSError(ctypes.get_errno(), "ioctl")
try:
    {source}
    print("done")
except (OSError, ValueError) as error:
    print("refused" if isinstance(error, ValueError) or error.errno == 1 else error)
"""

    def confine() -> None:
        rlimits.no_core()
        kernel.no_new_privileges()
        kernel.seccomp_load(program)

    return subprocess.run(
        [sys.executable, "-c", code], preexec_fn=confine, capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return seccomp.program(ALL, str(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize("source", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_it_is_refused(source: str, tmp_path: Path, program: bytes) -> None:
    assert _attempt(source, tmp_path, program) == "refused"


@pytest.mark.parametrize("source", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_like_it_is_not(source: str, tmp_path: Path, program: bytes) -> None:
    assert _attempt(source, tmp_path, program) == "done"
