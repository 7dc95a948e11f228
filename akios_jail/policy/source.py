"""Reading a policy's bytes: apart from the compiler, since the cache needs it too and must import nothing heavy."""

from __future__ import annotations

import os
from typing import NamedTuple

from akios_jail.policy.errors import PolicyError, Problem

MAX_BYTES = 1024 * 1024


class File(NamedTuple):
    """A file as it was read: `name` as messages call it, and its bytes."""

    name: str
    data: bytes


def read(path: str) -> File:
    """The file at `path`, which is its name too; as `read_file` otherwise."""
    return File(path, read_file(path))


def beside(policy: str, path: str) -> str:
    """The path of a file that the policy at `policy` names: relative to the policy's folder."""
    return os.path.join(os.path.dirname(policy), path)


def read_file(path: str) -> bytes:
    """The file's bytes, at most one more than MAX_BYTES (which the reader then refuses). `PolicyError` if it fails."""
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        hint = "`akios init` makes a project with a first one." if os.path.basename(path) == "policy.yaml" else ""
        raise PolicyError(path, [Problem("there is no such file", hint=hint)]) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PolicyError(path, [Problem(f"the file cannot be read: {reason}")]) from error
