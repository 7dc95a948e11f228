"""Runs a function in a child process with namespaces of its own, so that no test touches the machine's."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from akios_jail import kernel

MOUNTS = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS


def contained(act: Callable[[], Any], flags: int = MOUNTS) -> Any:
    """The JSON-ready result of `act`, run as a grandchild in new namespaces. What it raises fails the test.

    The process between is a plain fork: `clone3` is for a process with one thread, and a runner of tests has more. A
    bare clone of it keeps the C library's list of threads that are not there, and setuid waits for them.
    """
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    between = os.fork()
    if between == 0:
        try:
            child = kernel.clone3(flags)
            if child.pid == 0:
                _answer(act, write_end)
            os.close(write_end)
            _, ended = os.waitpid(child.pid, 0)
            os._exit(abs(os.waitstatus_to_exitcode(ended)))
        finally:
            traceback.print_exc()
            os._exit(255)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    _, status = os.waitpid(between, 0)
    assert text, f"the contained process ended with wait status {status} and no answer"
    answer = json.loads(text)
    assert "trace" not in answer, answer["trace"]
    return answer["result"]


def _answer(act: Callable[[], Any], write_end: int) -> NoReturn:
    answer: dict[str, Any] = {}
    try:
        answer = {"result": act()}
    except BaseException:
        answer = {"trace": traceback.format_exc()}
    finally:
        with os.fdopen(write_end, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
