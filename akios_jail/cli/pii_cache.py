"""Compiled triggers of `akios pii`: taken from the state folder, and kept there."""

from __future__ import annotations

import os

from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import default_path, open_state
from akios_jail.pii.engine import Engine
from akios_jail.pii.trigger_cache import TriggerCache
from akios_jail.pii.vault import Unredactable


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
        compiled = engine.prepare(cache)
    except Unredactable:  # a model of a language cannot be had: the first text says so
        return
    if compiled and cache is not None:
        with cache.writing() as writer:
            if writer is not None:
                engine.keep(writer)
