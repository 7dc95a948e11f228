"""What governs an agent must not lie where the agent can write: its record, and the policy of its next session."""

from __future__ import annotations

import os

from akios_jail.jail.mounts import Bind, Operation
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.view import Shown, contains


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


def policy_mounts(policy: str, operations: tuple[Operation, ...]) -> list[Operation]:
    """Mounts to add to `operations`, so that the policy file cannot be changed where the agent may write around it.

    Every folder on the way to it becomes a mount of its own too: what is a mount point cannot be renamed away.
    """
    real = os.path.realpath(policy)
    added: list[Operation] = []
    for bind in operations:
        if not isinstance(bind, Bind) or not bind.writable or not contains(bind.source, real):
            continue
        if bind.source == real:
            raise LaunchError(
                f"{policy} is shown to the agent as writable", "An agent must not change its own policy.", USAGE
            )
        steps = os.path.relpath(real, bind.source).split("/")
        for depth in range(1, len(steps) + 1):
            inside = "/".join(steps[:depth])
            writable = depth < len(steps)
            added.append(
                bind._replace(source=f"{bind.source}/{inside}", target=f"{bind.target}/{inside}", writable=writable)
            )
    return added
