"""A session: one run of one program under a policy."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from akios.policy import Policy


class NotStartedError(Exception):
    """The program did not run. `status` is that of `akios run`: 2 bad usage or policy, 125 no jail, 126 or 127 no
    program.

    Its words are on stderr, or in `stderr` if that was captured.
    """

    def __init__(self, message: str, status: int, stderr: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.stderr = stderr


class Session(NamedTuple):
    """A session that is over. `status`: the program's own exit status, or 120 when governance ended it; `report`: as
    `akios run --report` writes it; `stdout` and `stderr`: what the program wrote, if it was captured.
    """

    status: int
    report: dict[str, Any]
    stdout: bytes = b""
    stderr: bytes = b""

    @property
    def id(self) -> str:
        """The session's id, by which the audit log and `akios diff` know it."""
        return str(self.report["session_id"])


def run(
    policy: Policy,
    command: Sequence[str],
    *,
    name: str = "",
    python: str = "",
    env: Mapping[str, str] | None = None,
    ro: Sequence[str] = (),
    rw: Sequence[str] = (),
    connect_to: Sequence[str] = (),
    cacert: str = "",
    state_dir: str = "",
    cwd: str | None = None,
    capture: bool = False,
) -> Session:
    """Run a program to its end: an agent if `command` begins with a .py file, anything else as it stands.

    The options are those of `akios run`. Input is the caller's; with `capture`, output is returned instead of shown.
    `NotStartedError` if the program did not run; a policy file that is no longer the one that was loaded is
    such a case.
    """
    if not command:
        raise NotStartedError("there is no command to run", 2)
    with open(policy.path, "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() != policy.sha256:
            raise NotStartedError(f"{policy.path} was changed since it was loaded: load it again", 2)
    with tempfile.TemporaryDirectory(prefix="akios-") as folder:  # out of the agent's sight
        report = os.path.join(folder, "report.json")
        arguments = ["--policy", policy.path, "--report", report, "--quiet"]
        for option, value in (("--name", name), ("--python", python), ("--cacert", cacert), ("--state-dir", state_dir)):
            arguments += [option, value] if value else []
        values = {"--env": [f"{key}={value}" for key, value in (env or {}).items()], "--ro": ro, "--rw": rw}
        for option, several in {**values, "--connect-to": connect_to}.items():
            arguments += [word for value in several for word in (option, value)]
        arguments += list(command) if command[0].endswith(".py") else ["--", *command]
        # -P: no module is looked for in the current folder, which an agent may have written.
        line = [sys.executable, "-P", "-m", "akios_jail", "run", *arguments]
        done = subprocess.run(line, cwd=cwd, capture_output=capture, check=False)
        try:
            with open(report, encoding="utf-8") as written:
                document: dict[str, Any] = json.load(written)
        except (FileNotFoundError, ValueError):
            words = (done.stderr or b"").decode("utf-8", "replace").strip()
            raise NotStartedError(
                words or f"the session did not start (exit status {done.returncode})",
                done.returncode,
                done.stderr or b"",
            ) from None
    if document["policy"]["sha256"] != policy.sha256:
        raise NotStartedError(f"{policy.path} was changed while the session was started", 2)
    return Session(done.returncode, document, done.stdout or b"", done.stderr or b"")
