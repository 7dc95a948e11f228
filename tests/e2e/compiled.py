"""A machine on which sessions have looked for these kinds before: compiling what finds all of them takes seconds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher.state import State
from akios_jail.pii.setup import redactor_of
from akios_jail.pii.trigger_cache import TriggerCache
from akios_jail.policy.plans import Pii
from tests.e2e.conftest import Akios


def kept(akios: Akios, kinds: Iterable[str]) -> None:
    """Put into the state folder what finds these kinds, compiled once for all tests of a run."""
    shared = akios.folder.parent / "compiled-triggers"
    shared.mkdir(mode=0o710, exist_ok=True)
    cache = TriggerCache(str(shared), os.geteuid())
    engine = redactor_of(Pii("observe", tuple(kinds))).engine
    if engine.prepare(cache):
        with cache.writing() as writer:
            assert writer is not None
            engine.keep(writer)
    akios.state.mkdir(mode=0o700, exist_ok=True)
    folder = Path(State(str(akios.state)).trigger_folder())
    for entry in shared.glob("triggers-*"):
        shutil.copy(entry, folder)
        os.chown(folder / entry.name, 0, BROKER_ID)
        (folder / entry.name).chmod(0o640)
