"""What is kept of each session so that it can be run again: how it was called, and under which policy, as it was then.

Beside the broker's recording, and the launcher's own: what decides what an agent may do is taken from nobody else. No
value of a variable is kept, as it may be a key: only its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
from typing import Any, Final, NamedTuple

from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.options import RunOptions
from akios_jail.policy import plans as planning
from akios_jail.policy import source
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.plans import Plans

FOLDER: Final = "runs"
NAME: Final = re.compile(r"ses_[0-9a-f]{12}\.json")
#: So many are kept, and so many bytes of them; and some more, as one session of `_SOME` looks how many there are.
KEPT: Final = 1_000
KEPT_BYTES: Final = 1024 * 1024 * 1024
_SOME: Final = 256
_MOST: Final = 64 * 1024 * 1024
_LISTS: Final = ("command", "env", "ro", "rw")
_TEXTS: Final = ("policy", "invocation_dir", "name", "python", "flux")


class Run(NamedTuple):
    """A session as it was called. `unset`: variables that had a value of their own, which is not kept. `sources`: the
    files that its policy came from: `role`, `path`, `sha256` and, where it was at hand, `text`. `ending`: its exit
    status and what ended it, "" for the agent itself; None where it did not end, or nobody saw it. `input`: what it
    read from, as `input_kind` says; what it read is not kept."""

    session: str
    started: float
    options: RunOptions
    unset: tuple[str, ...]
    sources: tuple[dict[str, str], ...]
    plans: Plans
    ending: tuple[int, str] | None = None
    input: str = ""


def input_kind() -> str:
    """What this process reads from: a terminal, a pipe, a file, "" for nothing (/dev/null)."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return ""
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return "pipe"
    return "file" if stat.S_ISREG(mode) else "terminal" if os.isatty(0) else ""


def keep(state: str, session: str, started: float, options: RunOptions, plans: Plans) -> None:
    """Write it down. A disk that does not take it costs no more than the replay."""
    named = options._asdict()
    document = {
        "session": session,
        "started": started,
        "options": {
            **{name: named[name] for name in (*_TEXTS, *_LISTS, "is_command")},
            "env": [item.partition("=")[0] for item in options.env],
            "require_signed": options.require_signed,
            "trusted_keys": options.trusted_keys and os.path.join(options.invocation_dir, options.trusted_keys),
        },
        "input": input_kind(),
        "unset": [item.partition("=")[0] for item in options.env if "=" in item],
        "sources": [{**each._asdict(), **_text(each)} for each in plans.sources],
        "plans": planning.dump(plans),
    }
    # A command line may hold bytes that are no UTF-8; Python's stand-ins for them are escaped as JSON escapes.
    data = json.dumps(document, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"
    folder = os.path.join(state, FOLDER)
    path = os.path.join(folder, f"{session}.json")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return
    try:
        with open(fd, "wb") as file:
            file.write(data)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)  # a beginning of it would be taken for what another version wrote
    if int(session[-2:], 16) % _SOME == 0:
        _prune(folder)


def ended(state: str, session: str, status: int, code: str) -> None:
    """It has ended like this: one more line."""
    with contextlib.suppress(OSError):
        flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(os.path.join(state, FOLDER, f"{session}.json"), flags), "ab") as file:
            file.write(json.dumps({"status": status, "code": code}).encode() + b"\n")


def sessions(state: str) -> list[str]:
    """The sessions of which something is kept, the newest first."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(os.path.join(state, FOLDER)):
            if NAME.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                    found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name.removesuffix(".json")))
    return [name for _, name in sorted(found, reverse=True)]


def read(state: str, session: str) -> Run:
    """How a session was called. `LaunchError` if nothing is kept of it, or not by this version."""
    path = os.path.join(state, FOLDER, f"{session}.json")
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
                raise LaunchError(f"{path} is not a file that only you can write", "Somebody has been at it.", USAGE)
            lines = file.read(_MOST).splitlines()
        return _run(session, json.loads(lines[0]), json.loads(lines[1]) if len(lines) > 1 else None)
    except FileNotFoundError:
        raise LaunchError(
            f"nothing is kept of how {session} was called",
            f"The newest {KEPT} sessions can be replayed; `akios sessions` lists them.",
            USAGE,
        ) from None
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise LaunchError(
            f"what is kept of {session} cannot be read: {error}",
            "A session is replayed by the version of AKIOS that recorded it.",
            USAGE,
        ) from error


def _run(session: str, document: Any, ending: Any) -> Run:
    told = document["options"]
    texts = {name: _of(told[name], str) for name in _TEXTS}
    lists = {name: tuple(_of(item, str) for item in told[name]) for name in _LISTS}
    options = RunOptions(is_command=told["is_command"] is True, **texts, **lists)  # type: ignore[arg-type]
    asked = told.get("require_signed") is True, _of(told.get("trusted_keys", ""), str)
    options = options._replace(require_signed=asked[0], trusted_keys=asked[1])
    return Run(
        session,
        float(document["started"]),
        options,
        tuple(_of(name, str) for name in document["unset"]),
        tuple({_of(name, str): _of(text, str) for name, text in each.items()} for each in document["sources"]),
        planning.parse(Plans, document["plans"]),
        None if ending is None else (int(ending["status"]), _of(ending["code"], str)),
        _of(document.get("input", ""), str),
    )


def _of(value: Any, kind: type[str]) -> str:
    if not isinstance(value, kind):
        raise ValueError(f"a {type(value).__name__} in the place of a text")
    return value


def _text(file: planning.Source) -> dict[str, str]:
    """The text of a file, if it still is what the plans came from."""
    with contextlib.suppress(PolicyError, OSError, UnicodeDecodeError):
        data = source.read_file(file.path)
        if hashlib.sha256(data).hexdigest() == file.sha256:
            return {"text": data.decode()}
    return {}


def _prune(folder: str) -> None:
    """Remove the oldest. Another session may be at it, too."""
    found: list[tuple[int, int, str]] = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if NAME.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime_ns, status.st_size, entry.path))
    total = 0
    for count, (_, size, path) in enumerate(sorted(found, reverse=True), 1):
        total += size
        if count > KEPT or total > KEPT_BYTES:
            with contextlib.suppress(OSError):
                os.unlink(path)
