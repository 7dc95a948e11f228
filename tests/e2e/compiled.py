"""A machine on which sessions have looked for these kinds before: compiling what finds all of them takes seconds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from akios_jail.launcher.state import State
from akios_jail.pii import scanner
from akios_jail.pii.setup import redactor_of
from akios_jail.pii.trigger_cache import TriggerCache
from akios_jail.policy.plans import Pii

if TYPE_CHECKING:
    from tests.e2e.conftest import Akios


def kept(akios: Akios, kinds: Iterable[str]) -> None:
    """Put into the state folder what finds these kinds, compiled once for all tests of a run."""
    akios.state.mkdir(mode=0o700, exist_ok=True)
    folder = Path(State(str(akios.state)).trigger_folder())
    looking = redactor_of(Pii("observe", tuple(kinds))).engine.triggered.scanner
    with TriggerCache(str(folder), os.geteuid()).writing() as writer:
        assert writer is not None
        for patterns in looking._sets:
            if patterns.texts:
                writer.store(patterns, scanner._databases(patterns, None)[0])
    (folder / ".lock").unlink()  # nobody writes here any more, and nobody has yet who is to be seen
    for path in (akios.state, *akios.state.rglob("*")) if akios.account else ():
        os.chown(path, akios.account, akios.account)
