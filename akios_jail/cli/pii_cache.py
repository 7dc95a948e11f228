"""Compiled triggers of `akios pii`: taken from the state folder, and kept there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Final

from akios_jail.cli.style import paint
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import default_path, open_state
from akios_jail.pii.engine import Engine
from akios_jail.pii.trigger_cache import TriggerCache
from akios_jail.pii.vault import Unredactable

#: From loading what was kept it is told apart by its time.
_LONG_S: Final = 1.5


def prepare(engine: Engine, state_dir: str) -> None:
    """Have the engine ready. `state_dir`: the state folder, "" for the usual one, which may be unusable.

    Nothing that is to be scanned has been read yet: what is kept here is what the kinds and the policy say.
    """
    try:
        folder = open_state(state_dir or default_path(os.geteuid(), dict(os.environ))).trigger_folder()
    except LaunchError:
        folder = ""
    cache = TriggerCache(folder, os.geteuid()) if folder else None
    try:
        with _told_if_it_takes_long(kept=bool(folder)):
            compiled = engine.prepare(cache)
    except Unredactable:  # a model of a language cannot be had: the first text says so
        return
    if compiled and cache is not None:
        with cache.writing() as writer:
            if writer is not None:
                engine.keep(writer)


@contextmanager
def _told_if_it_takes_long(*, kept: bool) -> Iterator[None]:
    """A person at a terminal who waits for what is compiled once for a machine is told what for."""
    how_often = (
        "once for this machine" if kept else "each time, as there is no state folder to keep it in (--state-dir)"
    )
    words = f"getting ready: what is looked for is compiled, {how_often}; it takes up to half a minute"
    teller = Timer(_LONG_S, print, (f"{paint('akios:', 'quiet', sys.stderr)} {words}",), {"file": sys.stderr})
    teller.daemon = True
    if sys.stderr.isatty():
        teller.start()
    try:
        yield
    finally:
        teller.cancel()
