"""The first steps of `akios run`: its broker is started before anything else is read, the launcher's own rest included.

An agent waits for its broker longer than for anything else, and most of that is an interpreter that starts and loads
modules, for which no policy need be known. So that happens beside what the launcher itself still has to load: the
modules imported here are the few that a broker's process needs.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
from typing import TYPE_CHECKING, Final

from akios_jail.jail import rlimits
from akios_jail.launcher import broker, state, streams
from akios_jail.launcher.errors import LaunchError

if TYPE_CHECKING:
    from akios_jail.launcher.options import RunOptions
    from akios_jail.launcher.run import Outcome

#: With fewer open files at once a session cannot be set up; an agent that opens connections needs more.
_OPEN_FILES: Final = 64
#: With shorter files a session cannot be set up, or does not get far with its record: plans are handed over as files of
#: memory, and what is looked for as personal data takes a dozen megabytes.
_FILE_BYTES: Final = 64 << 20


def run(options: RunOptions, host: dict[str, str]) -> Outcome:
    """Run one agent under one policy. `host` is the invoking environment; the keys that the policy names leave it.

    `LaunchError` when the agent did not run (its `status` is the exit status), `policy.errors.PolicyError` for a policy
    or a FluxConfig that is not valid.
    """
    gc.disable()  # until the agent starts: what is loaded until then stays
    try:
        return _run(options, host)
    finally:
        gc.enable()


def _run(options: RunOptions, host: dict[str, str]) -> Outcome:
    streams.fill()
    streams.check()
    make_room()
    store = state.open_state(options.state_dir or state.default_path(os.geteuid(), host))
    with contextlib.closing(broker.Started(store, state.new_session())) as started:
        from akios_jail.launcher import run as launcher

        return launcher.run(options, host, store, started)


def make_room() -> None:
    """`LaunchError` if this process may have less of something than a session takes: what fails later says less."""
    if os.geteuid() != 0:
        # What is on its way between all processes of an account is held against this limit of whoever sends more: an
        # agent that has used up its own must not keep the account's next session from starting.
        rlimits.raise_open_files()
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < _OPEN_FILES:  # below zero there is no limit
        reason = f"a session needs {_OPEN_FILES} open files at once, and {files} are allowed"
        raise LaunchError(reason, "Raise the limit (ulimit -n 1024).")
    longest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if 0 <= longest < _FILE_BYTES:
        reason = f"a session needs files of up to {_FILE_BYTES >> 20} MiB, and {longest:,} bytes are allowed"
        raise LaunchError(reason, "Raise the limit (ulimit -f unlimited); the agent's is the policy's.")
