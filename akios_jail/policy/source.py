"""Reading a policy's bytes: apart from the compiler, since the cache needs it too and must import nothing heavy."""

from __future__ import annotations

import os

from akios_jail.policy.errors import PolicyError, Problem

MAX_BYTES = 1024 * 1024


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
