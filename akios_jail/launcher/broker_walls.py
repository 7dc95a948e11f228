"""What a broker may reach once it has started, for Landlock: less than its root shows, since an interpreter that starts
needs more than one that runs. The root is the first wall and this the second, kept by another part of the kernel.

The ruleset is made here, where the files and the policy are known, and the broker confines itself by it as by its
filter of system calls: before it reads anything that came from elsewhere. What it may execute is nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from akios_jail.jail import landlock, rlimits, rootfs
from akios_jail.jail.cgroups import Limits
from akios_jail.jail.landlock import PathAccess
from akios_jail.launcher import broker
from akios_jail.policy.plans import BrokerPlan

#: Libraries that are loaded late, and what the C library, OpenSSL and Python look up while they run.
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64")
#: What a Python of the system has beside these is everybody's.
_OF_THE_SYSTEM = ("/usr", "/usr/local")
_LOOKED_UP = (
    *(f"/etc/{name}" for name in rootfs.ETC),
    *broker.NAME_SERVICE,
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/crypto-policies",
    "/usr/share/zoneinfo",
)
#: Memory of a broker, in bytes, and where the machine has little, so much of that. What a broker holds at once for its
#: sessions has lower bounds; models that look for names take a gigabyte.
MEMORY = 4 * 1024 * 1024 * 1024
_OF_THE_MACHINE = 0.5
THREADS = rlimits.BROKER_THREADS
_NAMES_PORT = 53  # of DNS over TCP: a long answer


def ruleset(state_folder: str, trigger_folder: str, plan: BrokerPlan, connect_to: Collection[Sequence[object]]) -> int:
    """The ruleset of a session's broker, as a descriptor. `JailError` where the kernel has no Landlock.

    `state_folder`, `trigger_folder`: as the host sees them, the latter "" for none. `connect_to`: as on the command
    line, host, port, host2, port2.
    """
    return landlock.ruleset(paths(state_folder, trigger_folder), ports(plan, connect_to))


def paths(state_folder: str, trigger_folder: str) -> list[PathAccess]:
    """The files of the host that it may still open."""
    pythons = [prefix for prefix in broker.python_folders() if prefix not in _OF_THE_SYSTEM]
    data = [*pythons, broker.package_folder(), *_LIBRARIES, *_LOOKED_UP]
    return [
        *(PathAccess(path, "data") for path in dict.fromkeys(data)),
        *(PathAccess(os.path.join("/dev", name), "device") for name in broker.DEVICES),
        PathAccess(state_folder, "keep"),
        *([PathAccess(trigger_folder, "data")] if trigger_folder else []),
    ]


def ports(plan: BrokerPlan, connect_to: Collection[Sequence[object]]) -> set[int]:
    """The TCP ports that it may dial: those of the policy, of the command line, of webhooks, and that of names."""
    found = {port for rule in plan.rules for port in rule.ports} | {_NAMES_PORT}
    found |= {entry[3] for entry in connect_to if isinstance(entry[3], int) and entry[3]}
    return found | {_port(url) for url in (plan.budget.webhook, plan.approvals.webhook) if url}


def limits(machine_bytes: int) -> Limits:
    """What it may use of a machine with so much memory."""
    return Limits(min(MEMORY, int(machine_bytes * _OF_THE_MACHINE)), None, THREADS)


def machine_memory() -> int:
    """The memory of this machine, in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _port(url: str) -> int:
    from urllib.parse import urlsplit  # here, since most policies have no webhook

    parts = urlsplit(url)
    return parts.port or (80 if parts.scheme == "http" else 443)
