"""Where the files that come with AKIOS are: system call profiles and policy templates.

In a checkout they stand at its top (`profiles/`, `policies/`), in an installed wheel in `akios_jail/_data/`. Light on
purpose: the launcher looks up a profile on every run.
"""

from __future__ import annotations

import os

#: The kinds of file, with the ending that their names have.
KINDS = {"profiles": ".json", "policies": ".yaml"}


class NoSuchResource(FileNotFoundError):
    """Nothing of that name comes with AKIOS; the text lists what does."""


def _root() -> str:
    package = os.path.dirname(os.path.abspath(__file__))
    installed = os.path.join(package, "_data")
    # A folder called `profiles` beside an installed package belongs to somebody else, so the wheel's own comes first.
    return installed if os.path.isdir(installed) else os.path.dirname(package)


def names(kind: str) -> list[str]:
    """The file names of a kind (a key of KINDS), sorted; empty when the installation is broken."""
    try:
        entries = os.listdir(os.path.join(_root(), kind))
    except FileNotFoundError:
        return []
    return sorted(entry for entry in entries if entry.endswith(KINDS[kind]))


def path(kind: str, name: str) -> str:
    """The absolute path of one file, its name given with the ending: `path("profiles", "agent-default.json")`.

    `NoSuchResource` if there is none, also for a name that tries to leave the folder.
    """
    found = os.path.join(_root(), kind, name)
    if (
        kind not in KINDS
        or os.path.basename(name) != name
        or not name.endswith(KINDS[kind])
        or not os.path.isfile(found)
    ):
        known = ", ".join(names(kind)) if kind in KINDS else f"no such kind: {kind}"
        raise NoSuchResource(f"no {name!r} among the {kind} that come with AKIOS ({known})")
    return found
