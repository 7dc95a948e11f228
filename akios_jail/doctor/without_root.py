"""What an account without privileges can have here: each step of a jail in a user namespace of its own.

The caller's own account is tried; under sudo, that of whoever called; for a real root, a number that nobody has.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from akios_jail import kernel
from akios_jail.doctor import machine_checks, network_checks, obstacles
from akios_jail.doctor.check import Check, Outcome, attempt
from akios_jail.doctor.facts import Facts
from akios_jail.doctor.kernel_checks import new_root, own_namespaces
from akios_jail.jail.identity import AGENT_ID

GROUP: Final = "without root"
LIMITS: Final = "own limits"
_SUDO: Final = "Sessions that start with sudo do not need it."
_OTHERS: Final = (
    kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWCGROUP | kernel.CLONE_NEWTIME
)  # fmt: skip


def checks(facts: Facts, environment: dict[str, str]) -> list[Check]:
    """This group of the report. Nothing in it keeps sessions of root's from running."""
    uid, gid = _account(facts, environment)
    ladder = _Ladder(facts, uid, gid, "limited" if facts.euid == 0 else "missing")
    return [
        Check(GROUP, "account", lambda: Outcome("ok", f"uid {uid}")),
        Check(GROUP, "AKIOS itself", ladder.readable),
        Check(GROUP, "own user namespace", ladder.user_namespace),
        Check(GROUP, "other namespaces in it", ladder.namespaces),
        Check(GROUP, "own root and /proc", ladder.root),
        Check(GROUP, "own network", ladder.network),
        Check(GROUP, LIMITS, ladder.limits),
    ]


def _account(facts: Facts, environment: dict[str, str]) -> tuple[int, int]:
    if facts.euid != 0:
        return facts.euid, os.getegid()
    uid, gid = (environment.get(name, "") for name in ("SUDO_UID", "SUDO_GID"))
    if uid.isdecimal() and gid.isdecimal() and 0 < int(uid) < 1 << 31 and 0 < int(gid) < 1 << 31:
        return int(uid), int(gid)
    return AGENT_ID, AGENT_ID


class _Ladder:
    """The steps. What comes after one that failed would fail for the same reason, and is not tried."""

    def __init__(self, facts: Facts, uid: int, gid: int, level: str) -> None:
        # As that account sees it: without root's capabilities.
        self._facts = facts if facts.euid != 0 else facts._replace(euid=uid, effective=0)
        self._uid, self._gid, self._level = uid, gid, level
        self._stopped = ""

    def readable(self) -> Outcome:
        """The interpreter and the package: a checkout in somebody's home is not for others."""

        def look() -> str:
            self._become()
            for path in (os.path.realpath(sys.executable), str(Path(__file__).parents[1])):
                if not os.access(path, os.R_OK | os.X_OK):
                    raise OSError(0, f"{path} is not for uid {self._uid} to read and execute")
            return "can be read and executed"

        remedy = "Install AKIOS where every account can read it, such as /opt/akios, with a Python of the system's."
        return self._step(look, "AKIOS itself", remedy, lambda _: "", stops=False)

    def user_namespace(self) -> Outcome:
        """The first rung: without it there is nothing."""
        return self._step(
            lambda: self._in_user_namespace(), "own user namespace", _SUDO,
            lambda code: obstacles.namespace("user", code, self._facts),
        )  # fmt: skip

    def namespaces(self) -> Outcome:
        """All others that a jail has, with root's rights in them."""

        def enter() -> str:
            self._in_user_namespace()
            kernel.unshare(_OTHERS)
            kernel.sethostname("akios-doctor")
            return "can be made and used"

        explain = lambda code: obstacles.namespace("user", code, self._facts)  # noqa: E731 - one of five alike
        return self._step(enter, "other namespaces", _SUDO, explain)

    def root(self) -> Outcome:
        """A root of its own needs a new /proc, which what is mounted over the old one can forbid."""

        def build() -> str:
            self._in_user_namespace()
            return new_root()()

        return self._step(build, "own root", _SUDO, lambda code: obstacles.proc(code, self._facts), stops=False)

    def network(self) -> Outcome:
        """The real allowlist."""

        def make() -> str:
            self._in_user_namespace()
            return network_checks.allow_and_deny()

        explain = lambda code: obstacles.network(code, self._facts)  # noqa: E731 - one of five alike
        return self._step(make, "own network", network_checks.MODULES, explain, stops=False)

    def limits(self) -> Outcome:
        """Cgroups that are delegated to the account."""

        def limit() -> str:
            self._become()
            return machine_checks.limits_of_all_kinds()

        remedy = obstacles.cgroups("", self._facts)
        return self._step(limit, LIMITS, remedy, lambda _: remedy, stops=False)

    def _step(
        self, act: Callable[[], str], name: str, remedy: str, obstacle: Callable[[int], str], *, stops: bool = True
    ) -> Outcome:
        if self._stopped:
            return Outcome(self._level, f"not tried: {self._stopped} is missing")
        outcome = attempt(act, level=self._level, remedy=remedy, obstacle=obstacle)
        if outcome.level != "ok" and stops:
            self._stopped = name
        return outcome

    def _become(self) -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(self._gid, self._gid, self._gid)
            os.setresuid(self._uid, self._uid, self._uid)

    def _in_user_namespace(self) -> str:
        """Be the account, and root of a user namespace that it made: by the one line of a map that it may write."""
        self._become()
        own_namespaces(0)
        return "can be made, with root's rights in it"
