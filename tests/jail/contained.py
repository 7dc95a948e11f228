"""Runs a function in a child process with namespaces of its own, so that no test touches the machine's."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from typing import Any

from akios_jail import kernel

MOUNTS = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS


def contained(act: Callable[[], Any], flags: int = MOUNTS) -> Any:
    """The JSON-ready result of `act`, run as a child in new namespaces. What it raises fails the test."""
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    child = kernel.clone3(flags)
    if child.pid == 0:
        answer: dict[str, Any] = {}
        try:
            answer = {"result": act()}
        except BaseException:
            answer = {"trace": traceback.format_exc()}
        finally:
            with os.fdopen(write_end, "w") as pipe:
                json.dump(answer, pipe)
            os._exit(0)
    os.close(write_end)
    os.close(child.pidfd)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child.pid, 0)
    assert text, f"the contained process ended with wait status {status} and no answer"
    answer = json.loads(text)
    assert "trace" not in answer, answer["trace"]
    return answer["result"]
