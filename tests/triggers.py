"""Triggers compiled once in a run of the tests: all kinds take a quarter of a minute, in each process that wants them.

The tests' own processes share what any of them compiled, in a folder that goes with the run. Nothing that a test says
of compiling is changed: who asks for patterns is still told that they were compiled now.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

from akios_jail.pii import trigger_cache, trigger_databases
from akios_jail.pii.trigger_databases import Databases, Patterns

#: Patterns of fewer characters than this are compiled as soon as read.
_FEW = 500


def shared(folder: Path) -> Callable[[Patterns], Databases]:
    """`trigger_databases.compiled`, for patterns that no process with the same `folder` has compiled yet."""
    folder.mkdir(exist_ok=True)

    def compiled(patterns: Patterns) -> Databases:
        if sum(map(len, patterns.texts)) < _FEW:
            return trigger_databases.compiled(patterns)
        entry = folder / trigger_cache.name_of(patterns)
        with entry.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second has it sooner by waiting
            if entry.exists():
                return trigger_databases.loaded([part.read_bytes() for part in sorted(entry.iterdir())])
            databases = trigger_databases.compiled(patterns)
            unfinished = entry.with_suffix(".new")
            unfinished.mkdir(exist_ok=True)
            for number, part in enumerate(trigger_databases.dumped(databases)):
                (unfinished / str(number)).write_bytes(part)
            unfinished.rename(entry)
            return databases

    return compiled
