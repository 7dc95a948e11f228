"""What stands around a process: rights, filters, settings, masks. Read, not tried; what cannot be read is not known.

They explain why something failed: the kernel has one word, EPERM, for a dozen obstacles.
"""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path
from typing import Final, NamedTuple

#: By number (include/uapi/linux/capability.h).
NET_ADMIN, SYS_ADMIN = 12, 21
SETTINGS: Final = (
    *(f"user.max_{kind}_namespaces" for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time")),
    "kernel.unprivileged_userns_clone",
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.modules_disabled",
)
#: The kernel has no answer for a reader of sysctls who asks for more.
_MOST_BYTES: Final = 1024 * 1024
_CONFIG_LINE: Final = re.compile(r"^(?:# )?(CONFIG_\w+)(?:=(\S+)| is not set)$", re.MULTILINE)


class Facts(NamedTuple):
    """`effective`: a set of capabilities, a bit each. `filtered`: a seccomp filter is in force already.

    `confined`: the AppArmor profile, "" for none. `lsm`: the kernel's security modules, None if unknown. `masked`: what
    is mounted over parts of /proc. `read_only_cgroups`: where cgroups cannot be made. `config`: the kernel's build.
    """

    euid: int
    effective: int = 0
    filtered: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    confined: str = ""
    lsm: tuple[str, ...] | None = None
    masked: tuple[str, ...] = ()
    read_only_cgroups: bool = False
    config: tuple[tuple[str, str], ...] = ()

    def setting(self, name: str) -> str:
        """A sysctl's value, "" where the kernel has none of that name."""
        return dict(self.settings).get(name, "")

    def may(self, capability: int) -> bool:
        """Whether the process holds a capability."""
        return bool(self.effective >> capability & 1)

    def built_without(self, options: tuple[str, ...]) -> tuple[str, ...]:
        """Those of these options of the kernel's that are known to be off."""
        known = dict(self.config)
        return tuple(option for option in options if known.get(option) == "n")


def gather() -> Facts:
    """The facts of this process, here and now."""
    status = dict(line.split(":\t", 1) for line in _read("/proc/self/status").splitlines() if ":\t" in line)
    mounts = [line.split() for line in _read("/proc/self/mountinfo").splitlines()]
    return Facts(
        os.geteuid(),
        _hexadecimal(status.get("CapEff", "")),
        status.get("Seccomp", "").strip() == "2",
        tuple((name, value) for name in SETTINGS if (value := _setting(name)) != ""),
        _confined(),
        tuple(listed.split(",")) if (listed := _read("/sys/kernel/security/lsm").strip()) else None,
        tuple(sorted({mount[4] for mount in mounts if len(mount) > 5 and mount[4].startswith("/proc/")})),
        any(
            mount[4].startswith("/sys/fs/cgroup") and "ro" in mount[5].split(",") for mount in mounts if len(mount) > 5
        ),
        _config(),
    )


def _setting(name: str) -> str:
    return _read(f"/proc/sys/{name.replace('.', '/')}").strip()


def _confined() -> str:
    """`docker-default (enforce)` → `docker-default`; "" where nothing is confined, or AppArmor is not there."""
    told = _read("/proc/self/attr/apparmor/current").strip().strip("\0")
    name = told.split(" (")[0]
    return "" if name in ("", "unconfined") else name


def _config() -> tuple[tuple[str, str], ...]:
    """The kernel's options, where it or its distribution tells: `n` for what is not set."""
    text = ""
    try:
        with gzip.open("/proc/config.gz", "rt", encoding="ascii", errors="replace") as file:
            text = file.read(_MOST_BYTES)
    except (OSError, EOFError):
        text = _read(f"/boot/config-{os.uname().release}")
    return tuple((name, value or "n") for name, value in _CONFIG_LINE.findall(text))


def _hexadecimal(text: str) -> int:
    try:
        return int(text.strip(), 16)
    except ValueError:
        return 0


def _read(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return ""
