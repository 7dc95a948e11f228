"""Work in the brokers' folder with the brokers' rights, never with those of whoever calls.

A broker that was taken over can put anything there: a link where a database should be, or a database that attacks its
reader. So root does not open files in it. A child that has become the brokers' account, with that folder for its root
and no privilege left, does the work and sends back what it found; what it sends is as hostile as the folder.

Without root the account is the caller's, and everything of theirs within reach. There the child is held by Landlock to
the folder that it reads.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from akios_jail import kernel
from akios_jail.jail import identity, landlock
from akios_jail.jail.identity import BROKER_ID, Identity
from akios_jail.jail.landlock import PathAccess
from akios_jail.launcher import broker
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import State

_MOST: Final = 64 * 1024 * 1024
#: A folder that keeps its reader waiting does so for no longer.
_SECONDS: Final = 30
#: A child closes what it has opened, which may take the disk a moment.
_TIDYING_S: Final = 2.0


class Told(Exception):
    """What the work gave up with, in its own words."""


def in_broker_folder(state: State, work: Callable[[str], Any], *expected: type[Exception]) -> Any:
    """What `work(folder)` returns, as JSON: it gets the path under which it sees the folder.

    Its modules must be loaded before. `Told` for an exception of one of the `expected` kinds, `LaunchError` if the
    folder is not there or the work failed in any other way.
    """
    folder = _open(state)
    try:
        reader, writer = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            _become_broker_and_work(folder, writer, work, expected, os.path.join(state.path, "broker"))
        os.close(writer)
        try:
            answer = _read(reader)
        finally:
            os.close(reader)
            os.waitpid(pid, 0)
    finally:
        os.close(folder)
    return _result(answer)


@contextlib.contextmanager
def served(state: State, serve: Callable[[str, int, int], None], file: str) -> Iterator[tuple[int, int]]:
    """`serve(folder, requests, answers)` runs beside this process, with the brokers' folder for all that it sees and
    the rights of the broker that wrote `file`, which lies in it (else of whom the folder belongs to); these are the
    other ends of its two pipes. It is over with the `with` block. `LaunchError` if the folder is not there.

    Without root it sees the folder where it is, and no other than that in which `file` really lies.
    """
    folder = _open(state)
    above = os.path.join(state.path, "broker")
    requests, ours = os.pipe2(os.O_CLOEXEC)
    answers, theirs = os.pipe2(os.O_CLOEXEC)
    try:
        pid = os.fork()
        if pid == 0:
            _become_owner_and_serve(folder, requests, theirs, serve, file, above)
    finally:
        for fd in (folder, requests, theirs):
            os.close(fd)
    try:
        yield ours, answers
    finally:
        os.close(ours)
        os.close(answers)
        _see_off(pid)


def _see_off(pid: int) -> None:
    """A child that nobody asks any more ends, and tidies up before; it is ended if it does not."""
    fd = os.pidfd_open(pid)
    try:
        if not select.select([fd], [], [], _TIDYING_S)[0]:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(fd)
        os.waitpid(pid, 0)


def _open(state: State) -> int:
    path = os.path.join(state.path, "broker")
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise LaunchError(
            f"there is no folder of brokers at {path}: {error.strerror}", "`akios run` makes it.", 1
        ) from error


def _become_owner_and_serve(
    folder: int, requests: int, answers: int, serve: Callable[[str, int, int], None], file: str, above: str
) -> NoReturn:
    """The owner is a broker's number, the brokers' account, or root, of a folder that was copied; without any
    capability, either way."""
    try:
        status = os.fstat(folder)
        if os.geteuid() == 0:
            _become(_owner(file, status.st_uid), status.st_gid, folder, requests, answers)
            serve("/", requests, answers)
        else:
            _stay(os.path.dirname(os.path.realpath(file)), requests, answers)
            serve(above, requests, answers)
    finally:
        os._exit(1)


def _become(uid: int, gid: int, folder: int, *keep: int) -> None:
    """In a child: an account without privileges, in that folder, with these descriptors alone and no terminal."""
    _let_go(folder, *keep)
    os.fchdir(folder)
    os.chroot(".")
    os.close(folder)
    identity.leave_groups()
    identity.become(Identity(uid, gid, "akios-broker", "/"))


def _stay(folder: str, *keep: int) -> None:
    """The same in a child of an account that has no other to become: it reaches the files of that folder, no others."""
    _let_go(*keep)
    os.chdir(folder)
    kernel.no_new_privileges()
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    landlock.restrict((PathAccess(folder, "keep"),))


def _let_go(*keep: int) -> None:
    """Of the terminal, and of every descriptor but these."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):  # SQLite has no use for a file that is one of these
        os.dup2(null, fd)
    kernel.close_all_but((0, 1, 2, *keep))


def _owner(file: str, otherwise: int) -> int:
    """The broker that a file belongs to: nobody else, whoever has put it there."""
    try:
        found = os.lstat(file).st_uid
    except OSError:
        return otherwise
    return found if broker.is_number(found) else otherwise


def _become_broker_and_work(
    folder: int, writer: int, work: Callable[[str], Any], expected: tuple[type[Exception], ...], path: str
) -> NoReturn:
    """`path`: of the folder, where it is seen in its own place."""
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_SECONDS)
        if os.geteuid() == 0:
            _become(BROKER_ID, BROKER_ID, folder, writer)
            path = "/"
        else:
            _stay(path, writer)
        try:
            answer = {"result": work(path)}
        except expected as error:
            answer = {"told": str(error)}
        view = memoryview(json.dumps(answer).encode())
        while view:
            view = view[os.write(writer, view) :]
        os._exit(0)
    finally:
        os._exit(1)


def _read(reader: int) -> Any:
    data = bytearray()
    while chunk := os.read(reader, 1 << 16):
        data += chunk
        if len(data) > _MOST:
            raise LaunchError("the brokers' folder holds more than can be read", status=1)
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise LaunchError("the brokers' folder could not be read", "broker.log may say more.", 1) from None


def _result(answer: Any) -> Any:
    if isinstance(answer, dict):
        if isinstance(answer.get("told"), str):
            raise Told(answer["told"][:1000])
        if "result" in answer:
            return answer["result"]
    raise LaunchError("the brokers' folder could not be read", "broker.log may say more.", 1)
