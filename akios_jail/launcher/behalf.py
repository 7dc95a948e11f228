"""Work in the brokers' folder with the brokers' rights, never with those of whoever calls.

A broker that was taken over can put anything there: a link where a database should be, or a database that attacks its
reader. So root does not open files in it. A child that has become the brokers' account, with that folder for its root
and no privilege left, does the work and sends back what it found; what it sends is as hostile as the folder.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any, Final, NoReturn

from akios_jail.jail import identity
from akios_jail.jail.identity import BROKER_ID, Identity
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import State

_MOST: Final = 64 * 1024 * 1024
#: A folder that keeps its reader waiting does so for no longer.
_SECONDS: Final = 30


class Told(Exception):
    """What the work gave up with, in its own words."""


def in_broker_folder(state: State, work: Callable[[str], Any], *expected: type[Exception]) -> Any:
    """What `work(folder)` returns, as JSON: it gets the path under which it sees the folder.

    Its modules must be loaded before. `Told` for an exception of one of the `expected` kinds, `LaunchError` if the
    folder is not there or the work failed in any other way.
    """
    path = os.path.join(state.path, "broker")
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise LaunchError(
            f"there is no folder of brokers at {path}: {error.strerror}", "`akios run` makes it.", 1
        ) from error
    try:
        if os.geteuid() != 0:
            return _plainly(path, work, expected)
        reader, writer = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            _become_broker_and_work(folder, writer, work, expected)
        os.close(writer)
        try:
            answer = _read(reader)
        finally:
            os.close(reader)
            os.waitpid(pid, 0)
    finally:
        os.close(folder)
    return _result(answer)


def _plainly(path: str, work: Callable[[str], Any], expected: tuple[type[Exception], ...]) -> Any:
    try:
        return work(path)
    except expected as error:
        raise Told(str(error)) from error


def _become_broker_and_work(
    folder: int, writer: int, work: Callable[[str], Any], expected: tuple[type[Exception], ...]
) -> NoReturn:
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_SECONDS)
        os.fchdir(folder)
        os.chroot(".")
        identity.leave_groups()
        identity.become(Identity(BROKER_ID, BROKER_ID, "akios-broker", "/"))
        try:
            answer = {"result": work("/")}
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
