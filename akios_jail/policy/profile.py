"""The system call profile that a policy names: found when the policy is compiled, so that a misspelt name is its error.

Only found and digested here; what a profile says is read where it is compiled to a filter.
"""

from __future__ import annotations

import errno
import hashlib
import os
from typing import NamedTuple

from akios_jail import resources

MAX_BYTES = 1024 * 1024


#: Shipped, and not for agents: the filter of the broker itself.
_NOT_FOR_AGENTS = frozenset({"broker"})


class Profile(NamedTuple):
    """`name` as plans carry it: a shipped profile's name, or an absolute path. `sha256` of its bytes."""

    name: str
    sha256: str


def find(name: str, folder: str) -> Profile:
    """The profile that `name` stands for in a policy that lies in `folder`.

    A name with a slash or the ending `.json` is a path, relative to `folder`. `OSError` if there is none.
    """
    if is_path(name):
        path = os.path.abspath(os.path.join(folder, name))
        return Profile(path, _digest(path))
    if name in _NOT_FOR_AGENTS:
        raise FileNotFoundError(errno.ENOENT, "it is the broker's own, not for agents")
    return Profile(name, _digest(resources.path("profiles", f"{name}.json")))


def is_path(name: str) -> bool:
    """Whether a policy names a file of its own, rather than a profile that is shipped."""
    return "/" in name or name.endswith(".json")


def unchanged(profile: Profile) -> bool:
    """Whether the profile is still there with the same bytes."""
    try:
        return find(profile.name, "/").sha256 == profile.sha256
    except OSError:
        return False


def shipped() -> list[str]:
    """The names of the profiles for agents that come with AKIOS."""
    names = [name.removesuffix(".json") for name in resources.names("profiles")]
    return [name for name in names if name not in _NOT_FOR_AGENTS]


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise OSError(0, "it is larger than 1 MiB", path)
    return hashlib.sha256(data).hexdigest()
