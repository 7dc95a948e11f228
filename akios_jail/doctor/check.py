"""A check and its outcome, and the child process in which a check may do what cannot be undone."""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

#: How long one check may take. Each needs milliseconds; one that hangs has found something wrong.
PATIENCE_S = 15.0

#: What kernels refuse with.
_TOLD = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EINVAL, errno.ENOSPC, errno.EROFS, errno.EOPNOTSUPP)


class Outcome(NamedTuple):
    """`level`: ok | limited (sessions run, something is less than it could be) | missing (sessions cannot run).

    `detail` says what was found; `remedy` what to do about it, "" when nothing needs doing.
    """

    level: str
    detail: str
    remedy: str = ""


class Check(NamedTuple):
    """One line of the doctor's report. `group` is the heading that it stands under."""

    group: str
    name: str
    look: Callable[[], Outcome]


class Failed(Exception):
    """What was tried in a child did not work; the text is the reason, `remedy` the words of whatever refused.

    `code`: the kernel's error number, 0 where there was none.
    """

    def __init__(self, reason: str, remedy: str = "", code: int = 0) -> None:
        super().__init__(reason)
        self.remedy = remedy
        self.code = code


def perform(check: Check) -> Outcome:
    """The outcome of a check; one that fails in a way it did not foresee counts as missing, with the reason."""
    try:
        return check.look()
    except Exception as error:
        return Outcome("missing", f"could not be checked: {type(error).__name__}: {error}")


def attempt(
    act: Callable[[], str],
    *,
    level: str = "missing",
    remedy: str = "",
    obstacle: Callable[[int], str] = lambda code: "",
) -> Outcome:
    """Do `act` in a child. Its result is the detail of an `ok`; failing, the outcome is `level` with a remedy.

    `obstacle`: what is known to stand in the way, by the kernel's error number. It goes before the failure's own
    remedy, which goes before `remedy` unless it sends people here.
    """
    try:
        return Outcome("ok", in_child(act))
    except Failed as failure:
        known = failure.remedy if "akios doctor" not in failure.remedy else ""
        return Outcome(level, " ".join(str(failure).split()), obstacle(failure.code) or known or remedy)


def in_child(act: Callable[[], str]) -> str:
    """Run `act` in a forked child and give its result. `Failed` when it raises, dies or takes too long."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        # Whatever happens, the child ends here: what runs above this frame belongs to the parent.
        try:
            os.close(reader)
            os.write(writer, json.dumps(_carry_out(act)).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writer)
    try:
        data = _read_all(reader, child)
    finally:
        os.close(reader)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        raise Failed(f"the kernel ended the attempt with {signal.Signals(-status).name}" if status < 0 else "it failed")
    answer = json.loads(data)
    if answer["ok"] is not True:
        raise Failed(answer["text"], answer["remedy"], answer["code"])
    return str(answer["text"])


def _carry_out(act: Callable[[], str]) -> dict[str, object]:
    try:
        return {"ok": True, "text": act()}
    except BaseException as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        remedy = getattr(error, "remedy", "")
        text = reason.replace(f"\n{remedy}", "") if remedy else reason
        code = _code(error)
        return {"ok": False, "text": (text or type(error).__name__)[:2000], "remedy": remedy, "code": code}


def _code(error: BaseException) -> int:
    """The kernel's error number in an error, in what it came from, or (where only words are left) at its end."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, OSError | Failed) and (code := at.errno if isinstance(at, OSError) else at.code):
            return code
        at = at.__cause__
    said = str(error).splitlines()[:1]
    return next((code for code in _TOLD if said and said[0].endswith(os.strerror(code))), 0)


def _read_all(reader: int, child: int) -> bytes:
    """Everything the child writes until it closes the pipe; a child that is out of time is killed."""
    deadline = time.monotonic() + PATIENCE_S
    data = b""
    while True:
        readable, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            os.kill(child, signal.SIGKILL)
            return b""
        part = os.read(reader, 65536)
        if not part:
            return data
        data += part
