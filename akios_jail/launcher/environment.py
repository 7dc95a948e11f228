"""The agent's environment: nothing of the host's but what the policy or the command line names."""

from __future__ import annotations

import os
from typing import Final

from akios_jail.jail.identity import Identity
from akios_jail.launcher import trust
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.interpreter import Interpreter
from akios_jail.policy.plans import JailPlan

SEARCH_PATH: Final = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")
#: How a terminal and a language look is not a secret, and programs misbehave without it.
_HARMLESS: Final[tuple[str, ...]] = ("COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "TZ")


def compose(
    plan: JailPlan,
    extra: tuple[str, ...],
    host: dict[str, str],
    identity: Identity,
    interpreter: Interpreter | None,
    session_id: str,
    placeholders: tuple[tuple[str, str], ...] = (),
) -> tuple[tuple[str, str], ...]:
    """The whole environment as pairs. Later sources win: basics, `environment.pass`, `environment.set`, `--env`,
    and last the placeholders of credentials."""
    environment: dict[str, str] = {name: host[name] for name in _HARMLESS if name in host}
    environment.setdefault("LANG", "C.UTF-8")
    environment |= {
        "HOME": identity.home,
        "LOGNAME": identity.name,
        "PATH": ":".join(SEARCH_PATH),
        "SHELL": "/bin/sh",
        "TMPDIR": "/tmp",  # noqa: S108 - the jail's private one
        "USER": identity.name,
        "AKIOS_SESSION": session_id,
    }
    if interpreter is not None:
        environment["PATH"] = ":".join((os.path.dirname(interpreter.executable), *SEARCH_PATH))
        if interpreter.virtual_env:
            environment["VIRTUAL_ENV"] = interpreter.virtual_env
    environment |= trust.VARIABLES
    environment |= {name: host[name] for name in plan.env_pass if name in host}
    environment |= dict(plan.env_set)
    for item in extra:
        name, given, value = item.partition("=")
        if not name or "\0" in item:
            raise LaunchError(f"--env {item!r} is not NAME or NAME=VALUE", status=USAGE)
        if given:
            environment[name] = value
        elif name in host:
            environment[name] = host[name]
        else:
            raise LaunchError(
                f"--env {name}: no such variable here",
                f"Set it (sudo drops most variables: use sudo --preserve-env={name}), or give --env {name}=VALUE.",
                USAGE,
            )
    environment |= dict(placeholders)
    return tuple(environment.items())
