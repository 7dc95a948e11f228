"""May this policy be used at all, now and on this machine? It must not have ended, and be signed where that is asked.

Signed must be every file that says what the agent may do: the policy (which names those that it extends by digest), the
FluxConfig, a system call profile of one's own. What the command line would add to a signed policy is refused, because
nobody signed it. The signatures are looked at before anything is started, over the bytes that the plans came from.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.policy import source
from akios_jail.policy.errors import PolicyError, Problem

if TYPE_CHECKING:
    from akios_jail.launcher.options import RunOptions
    from akios_jail.policy.plans import Plans
    from akios_jail.policy.trust import Signer

#: While this exists, whatever it holds, no policy runs on this machine that is not signed.
REQUIRED: Final = "/etc/akios/require-signed"

#: What the command line may add to a policy, and so must not add to a signed one.
_ADDS: Final = {"ro": "--ro", "rw": "--rw", "env": "--env", "connect_to": "--connect-to", "cacert": "--cacert"}
#: In a condition: what the caller could say of the session.
_SESSION: Final = re.compile(r"\bsession\b")


def check(plans: Plans, options: RunOptions, now: float | None = None, marker: str = REQUIRED) -> tuple[Signer, ...]:
    """Who signed what the plans came from, () where nobody asks. `PolicyError` or `LaunchError` if it may not run."""
    now = time.time() if now is None else now
    if plans.expires is not None and now >= plans.expires:
        day = time.strftime("%Y-%m-%d", time.gmtime(plans.expires - 1))
        hint = "Have it looked at again, and write a later day under metadata.expires."
        raise PolicyError(options.policy, [Problem(f"it could be used until {day} and no longer", hint=hint)])
    insists = required(marker)
    if not insists and not options.require_signed and not options.trusted_keys:
        return ()
    if insists and options.trusted_keys:
        hint = "Leave --trusted-keys out."
        raise LaunchError("this machine chooses itself whose signatures count", hint, USAGE)
    if insists and options.state_dir:
        hint = "Leave --state-dir out: a day's budget and the audit log would begin anew elsewhere."
        raise LaunchError("this machine keeps one record of what policies did and spent", hint, USAGE)
    for name, option in _ADDS.items():
        if getattr(options, name):
            hint = "Have it written into the policy and signed."
            raise LaunchError(f"{option} would add to a signed policy what nobody signed", hint, USAGE)
    if options.name and any(_SESSION.search(condition) for condition in _conditions(plans)):
        hint = "Leave --name out: session.name is then the policy's."
        raise LaunchError("--name would answer conditions of a signed policy, which ask for the session", hint, USAGE)
    from akios_jail.policy import trust  # here: most sessions need it not

    trusted = trust.keys(options.trusted_keys or trust.FOLDER)
    signers = []
    for file in plans.sources:
        if file.role == "base":
            continue  # named by its digest in what is signed
        data = source.read_file(file.path)
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise PolicyError(file.path, [Problem("it was changed while it was read", hint="Try again.")])
        try:
            signers.append(trust.signer_of(file.path, data, trusted, now))
        except trust.NotTrusted as error:
            who = "this machine runs" if insists else "asked for are"
            hint = f"`akios policy sign {os.path.basename(file.path)}` signs it; `akios policy verify` says who has."
            raise PolicyError(file.path, [Problem(f"{who} signed policies alone, and {error}", hint=hint)]) from error
    return tuple(signers)


def _conditions(plans: Plans) -> Iterator[str]:
    yield from (rule.when for rule in plans.broker.rules)
    yield from (rule.when for rule in plans.broker.tools)
    yield from (route.condition for route in plans.broker.routing.routes)


def required(marker: str = REQUIRED) -> bool:
    """Whether this machine runs signed policies alone. What cannot be looked at counts as yes."""
    try:
        os.lstat(marker)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
