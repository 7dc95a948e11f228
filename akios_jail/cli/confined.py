"""Work in the brokers' folder, done as a broker and nothing more.

The folder belongs to the brokers' account. A broker that was taken over could lay links there, or files that a parser
falls over; and what root leaves behind there brokers could not write. So a child process goes in: the folder is its
root, the brokers' account its only identity, and what it brings back is a short JSON document, to be believed as far as
a broker is.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

from akios_jail.jail.identity import BROKER_ID

_SECONDS = 20
_BYTES = 8 * 1024 * 1024


class Failed(Exception):
    """The work could not be done. The message is for people."""


def within(folder: str, work: Callable[[], Any]) -> Any:
    """What `work` returns (JSON), called with `folder` as its root directory. Import what it needs before.

    `OSError` if there is no such folder, `Failed` if the work fails or takes too long. For root.
    """
    inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    reading, writing = os.pipe()
    try:
        child = os.fork()
        if child == 0:
            _work(inside, writing, work)
        os.close(writing)
        writing = -1
        data = _read(reading)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(inside)
        os.close(reading)
        if writing >= 0:
            os.close(writing)
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or status != 0:
        raise Failed(f"the work in {folder} did not come to an end (status {status})")
    if "failed" in answer:
        raise Failed(str(answer["failed"])[:1000])
    return answer.get("done")


def _work(inside: int, writing: int, work: Callable[[], Any]) -> None:
    """In the child: never returns."""
    try:
        signal.alarm(_SECONDS)
        os.fchdir(inside)
        os.chroot(".")
        os.setgroups([])
        os.setresgid(BROKER_ID, BROKER_ID, BROKER_ID)
        os.setresuid(BROKER_ID, BROKER_ID, BROKER_ID)
        try:
            answer = {"done": work()}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        view = memoryview(json.dumps(answer).encode())
        while view:
            view = view[os.write(writing, view) :]
        os._exit(0)
    except BaseException:
        os._exit(1)


def _read(fd: int) -> bytes:
    data = b""
    while len(data) <= _BYTES and (chunk := os.read(fd, 65536)):
        data += chunk
    return data
