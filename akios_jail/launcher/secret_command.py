"""A key that a program tells (a password manager, a cloud's own tool): run as the person who called, never as root.

No shell, no input, a limit of time and of output. Programs load code and settings from the folder that they stand in
and from where variables lead them, and an earlier agent could have written there: so it runs in `/`, with no variable
that leads into a folder of the agent's, and with no file of such a folder among its arguments. Its error output goes to
the person's terminal: it may have a question, or a reason. Only sessions that need this load what it needs.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from types import FrameType
from typing import IO, Final

from akios_jail.launcher import invoker, view, wipe
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.policy.plans import Credential

PATIENCE_S: Final = 60.0  # a person may have to put a finger on something
_LONGEST: Final = 16 * 1024


def read(
    credential: Credential, command: tuple[str, ...], directory: str, host: dict[str, str], laid: tuple[str, ...]
) -> bytearray:
    """What the program prints, without the line's end. `LaunchError` with status 2 if it does not do so in time.

    `laid`: folders that an agent can write; no program is taken from there.
    """
    what = f"the command {command[0]} of the credential {credential.name!r}"
    program = _find(command[0], directory, host, laid, what)
    for argument in command[1:]:
        if argument.startswith("/") and _is_in(argument, laid):
            raise LaunchError(f"{what} is given {argument}, which an agent can change", "Keep it elsewhere.", USAGE)
    person = _person(host)
    with _interruptible() as interrupts:
        return _told(program, command, person, host, laid, what, interrupts)


def _told(
    program: str,
    command: tuple[str, ...],
    person: pwd.struct_passwd,
    host: dict[str, str],
    laid: tuple[str, ...],
    what: str,
    interrupts: _Interrupts,
) -> bytearray:
    try:
        process = _start(program, command, person, host, laid)
    except OSError as error:
        hint = f"It is run as {person.pw_name}, in /: check its name, and who may run it."
        raise LaunchError(f"{what} cannot be run: {error.strerror}", hint, USAGE) from error
    try:
        interrupts.heed()
        assert process.stdout is not None
        deadline = time.monotonic() + PATIENCE_S
        output = _read(process.stdout, deadline)
        if output is None or not _over(process.pid, deadline):
            raise LaunchError(
                f"{what} did not print a key within {PATIENCE_S:g} s and {_LONGEST} bytes", "Try it by hand.", USAGE
            )
    finally:
        try:
            interrupts.heeded = False
        finally:
            _end(process)
    if process.returncode != 0:
        wipe.buffer(output)
        raise LaunchError(f"{what} failed with status {process.returncode}", "Try it by hand.", USAGE)
    while output.endswith((b"\n", b"\r")):
        del output[-1:]
    return output


class _Interrupted(BaseException):
    """Somebody wants this to end. The argument is the signal's number."""


class _Interrupts:
    """Signals that came while they would have left a command behind: it may run before its starter knows of it."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.heeded = False

    def heed(self) -> None:
        """From here on they are exceptions, also those that came before."""
        self.heeded = True
        if self.came:
            raise _Interrupted(self.came[0])

    def handle(self, number: int, _: FrameType | None) -> None:
        self.came.append(number)
        if self.heeded:
            raise _Interrupted(number)


@contextlib.contextmanager
def _interruptible() -> Iterator[_Interrupts]:
    """A signal that would end this process ends the command first, which nothing else would do."""
    interrupts = _Interrupts()
    # What is ignored (nohup) stays so.
    ends = (signal.SIG_DFL, signal.default_int_handler)
    numbers = [n for n in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM) if signal.getsignal(n) in ends]
    before = [signal.signal(number, interrupts.handle) for number in numbers]
    try:
        yield interrupts
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        if interrupts.came:
            os.kill(os.getpid(), interrupts.came[0])


def _find(name: str, directory: str, host: dict[str, str], laid: tuple[str, ...], what: str) -> str:
    places = [os.path.join(directory, name)]
    if "/" not in name:
        places = [os.path.join(folder, name) for folder in host.get("PATH", os.defpath).split(":") if folder[:1] == "/"]
    path = next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), None)
    if path is None:
        raise LaunchError(f"{what} is not there", "Name it by its whole path.", USAGE)
    real = view.resolve(os.path.normpath(path), laid)
    if any(view.contains(folder, real) for folder in laid):
        raise LaunchError(f"{what} lies where an agent can change it: {real}", "Keep it elsewhere.", USAGE)
    return path


def _is_in(path: str, laid: tuple[str, ...]) -> bool:
    """Whether the absolute `path` lies, or leads, where an agent can write."""
    return any(
        view.contains(folder, place) for folder in laid for place in (os.path.normpath(path), os.path.realpath(path))
    )


def _environment(person: pwd.struct_passwd, host: dict[str, str], laid: tuple[str, ...]) -> dict[str, str]:
    """The person's, without what leads (as a path, or in a list of paths) where an agent can write."""
    environment = {}
    for name, value in host.items():
        parts = value.split(":")
        kept = [part for part in parts if not (part.startswith("/") and _is_in(part, laid))]
        if kept:
            environment[name] = value if len(kept) == len(parts) else ":".join(kept)
    return environment | {"HOME": person.pw_dir, "USER": person.pw_name, "LOGNAME": person.pw_name, "PWD": "/"}


def _start(
    program: str, command: tuple[str, ...], person: pwd.struct_passwd, host: dict[str, str], laid: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    becoming = os.geteuid() == 0 and person.pw_uid != 0
    return subprocess.Popen(
        [program, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        bufsize=0,
        cwd="/",
        env=_environment(person, host, laid),
        start_new_session=True,
        user=person.pw_uid if becoming else None,
        group=person.pw_gid if becoming else None,
        extra_groups=os.getgrouplist(person.pw_name, person.pw_gid) if becoming else None,
    )


def _person(host: dict[str, str]) -> pwd.struct_passwd:
    uid = invoker.uid(host)
    try:
        return pwd.getpwuid(uid)
    except (KeyError, OverflowError) as error:
        raise LaunchError(
            f"there is no account {uid} here to run a credential's command as", "Keep the key in a file.", USAGE
        ) from error


def _read(output: IO[bytes], deadline: float) -> bytearray | None:
    """All of the output; None if it is too much or takes too long."""
    value, size = bytearray(_LONGEST + 1), 0
    while size <= _LONGEST and select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
        with memoryview(value) as view_of_value:
            count = os.readv(output.fileno(), [view_of_value[size:]])
        size += count
        if count == 0:
            del value[size:]
            return value
    wipe.buffer(value)
    return None


def _over(pid: int, deadline: float) -> bool:
    """Whether the process ends in time. It is left to be waited for, so that its number stays its own."""
    pidfd = os.pidfd_open(pid)
    try:
        return bool(select.select([pidfd], [], [], max(0.0, deadline - time.monotonic()))[0])
    finally:
        os.close(pidfd)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it stays, also of what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
