"""What governs an agent must not lie where the agent can write: its record, and the policy of its next session.

The policy is more than one file: a profile of system calls that it names, and authorities that the command line trusts.
"""

from __future__ import annotations

import os
from typing import TypeGuard

from akios_jail.jail.mounts import Bind, Operation
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.view import Shown, contains, resolve


def check_state(state: str, shown: list[Shown]) -> None:
    """`LaunchError` if the jail would show the state folder, or a part of it: the audit log would be the agent's."""
    for entry in shown:
        real = os.path.realpath(entry.path)
        if contains(real, state) or contains(state, real):
            raise LaunchError(
                f"the state folder {state} would be visible in the jail (through {entry.path})",
                "An agent must not reach its own record: keep it elsewhere (--state-dir).",
                USAGE,
            )


def guarded(files: tuple[str, ...], operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """`operations` with mounts added, so that none of the governing `files` can be changed where the agent may write.

    `files` are absolute paths: the policy, and what it or the command line leans on. Every folder on the way to one
    becomes a mount of its own too: what is a mount point cannot be renamed away. The mounts follow the one that they
    guard at once, so that what is shown inside of it otherwise still comes on top. A link on the way could be replaced
    and cannot be a mount point, and a file with a second name could be written by that: `LaunchError` with status 2.
    """
    laid = tuple(operation.source for operation in operations if _is_writable(operation))
    real = {path: resolve(path, laid) for path in files}
    result: list[Operation] = []
    for operation in operations:
        result.append(operation)
        if _is_writable(operation):
            added = [mount for path in files for mount in _mounts(path, real[path], operation)]
            result += dict.fromkeys(added)  # a folder on the way to two of them is mounted once, below both
    return tuple(result)


def _is_writable(operation: Operation) -> TypeGuard[Bind]:
    return isinstance(operation, Bind) and operation.writable and not operation.device


def _mounts(path: str, real: str, bind: Bind) -> list[Bind]:
    if not contains(bind.source, real):
        return []
    if bind.source == real:
        raise LaunchError(
            f"{path} is shown to the agent as writable", "An agent must not change what governs it.", USAGE
        )
    if os.path.isfile(real) and os.stat(real).st_nlink > 1:
        raise LaunchError(
            f"{path} has another name (a hard link), by which the agent may be able to change it",
            f"Make a file of its own of it: cp {path} {path}.new && mv {path}.new {path}",
            USAGE,
        )
    steps = os.path.relpath(real, bind.source).split("/")
    inside = ["/".join(steps[: depth + 1]) for depth in range(len(steps))]
    return [
        bind._replace(source=f"{bind.source}/{part}", target=f"{bind.target}/{part}", writable=part is not inside[-1])
        for part in inside
    ]
