"""A real overlay for a test: an agent acts on the merged view, in namespaces of its own, and leaves its layer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from akios_jail.jail import identity, overlay, rootfs
from akios_jail.jail.identity import AGENT_ID, Identity
from akios_jail.jail.mounts import Overlay
from akios_jail.jail.overlay import Change
from tests.jail.contained import contained

AGENT = Identity(AGENT_ID, AGENT_ID, "agent", "/home/agent")


class Layered:
    """A workspace `lower`, which belongs to root, and the layer `upper` over it."""

    def __init__(self, folder: Path) -> None:
        self.lower, self.upper, self.work = (folder / name for name in ("lower", "upper", "work"))
        for path in (self.lower, self.upper, self.work):
            path.mkdir()
        for path in (self.upper, self.work):
            os.chown(path, AGENT.uid, AGENT.gid)

    def act(self, act: Callable[[], Any]) -> Any:
        """Run `act` as the agent, standing in the merged workspace."""
        namespace = identity.mapping_namespace(0, 0, AGENT)

        def inside() -> Any:
            rootfs.enter(rootfs.build([Overlay(str(self.lower), str(self.upper), str(self.work), "/w", namespace)]))
            os.chdir("/w")
            os.setgroups([])
            os.setresgid(AGENT.gid, AGENT.gid, AGENT.gid)
            os.setresuid(AGENT.uid, AGENT.uid, AGENT.uid)
            return act()

        try:
            return contained(inside)
        finally:
            os.close(namespace)

    def changes(self) -> list[Change]:
        """What the layer holds."""
        fds = [os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in (self.upper, self.lower)]
        try:
            return overlay.changes(*fds)
        finally:
            for fd in fds:
                os.close(fd)

    def told(self) -> list[str]:
        """The changes as `kind type path`."""
        return [f"{change.kind} {change.entry.type} {change.path}" for change in self.changes()]
