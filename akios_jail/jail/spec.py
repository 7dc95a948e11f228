"""Everything that one jail is made of, decided before its first process exists."""

from __future__ import annotations

from typing import NamedTuple

from akios_jail.jail.identity import Identity
from akios_jail.jail.landlock import PathAccess
from akios_jail.jail.mounts import Operation
from akios_jail.policy.plans import EgressPlan


class Trust(NamedTuple):
    """Where the session's CA certificate goes, as paths in the jail.

    `bundle` (all public roots and the session's CA) and `certificate` (the latter alone) are written as files; `bundle`
    is also shown over every path in `bundle_over`, and the JVM store over every path in `java_over`.
    """

    bundle: str
    certificate: str
    bundle_over: tuple[str, ...]
    java_over: tuple[str, ...]


class JailSpec(NamedTuple):
    """One jail. `argv`: the program and its arguments. `terminal`: which of 0, 1, 2 the agent gets as a terminal of its
    own (the others are passed through). `processes`: the limit of a rootless jail, which may have no cgroup for it.
    """

    hostname: str
    identity: Identity
    operations: tuple[Operation, ...]
    access: tuple[PathAccess, ...]
    egress: EgressPlan
    trust: Trust
    working_directory: str
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    open_files: int
    file_size_bytes: int
    seccomp: bytes
    terminal: tuple[int, ...]
    window: tuple[int, int]  # rows, columns
    observed: bool = False  # what it executes is seen from outside
    processes: int | None = None
