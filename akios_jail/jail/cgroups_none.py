"""A session without a cgroup: for an account that may make none, under a policy that says that limits are optional.

What is left ends with process 1 (its pid namespace), and is bounded by what a process may set for itself (`rlimits`).
"""

from __future__ import annotations

from akios_jail.jail.cgroups_model import Cgroup, Limits, Usage


class NoCgroup(Cgroup):
    """Every act does nothing, and nothing is counted. `missing`: the limits that there would be, each a sentence."""

    def __init__(self, name: str, missing: tuple[str, ...]) -> None:
        super().__init__(name)
        self.missing = missing

    def create(self, holder: int | None = None, company: tuple[int, ...] = ()) -> None:
        return

    def procs_fd(self) -> int | None:
        return None

    def attach(self, pid: int) -> None:
        return

    def freeze(self) -> None:
        return

    def thaw(self) -> None:
        return

    def kill(self) -> None:
        return

    def usage(self) -> Usage:
        return Usage(0.0, 0, 0, 0)

    def remove(self) -> None:
        return

    def beside(self, suffix: str, limits: Limits) -> Cgroup:
        return NoCgroup(f"{self.name}-{suffix}", self.missing)
