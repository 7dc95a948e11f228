"""`python -I -m akios_jail.pii.fill FOLDER`: compile the triggers of a policy and keep them in FOLDER.

A launcher starts this beside a session whose broker found nothing kept (`launcher/filling.py`). On its standard input
is what the policy says of personal data, as JSON. It says nothing, and waits for nothing: what is kept already, what
another process is compiling, and what cannot be written is left.
"""

from __future__ import annotations

import json
import os
import sys

from akios_jail.pii.setup import redactor_of
from akios_jail.pii.trigger_cache import TriggerCache
from akios_jail.policy.plans import Pii, parse


def fill(folder: str, pii: Pii) -> None:
    """Compile and keep what sessions with this policy need, unless it is there."""
    cache = TriggerCache(folder, os.geteuid())
    engine = redactor_of(pii._replace(ner=())).engine  # a model of a language has no triggers, and takes long to load
    with cache.writing() as writer:
        if writer is not None and engine.prepare(cache):
            engine.keep(writer)


if __name__ == "__main__":
    fill(sys.argv[1], parse(Pii, json.load(sys.stdin.buffer)))
