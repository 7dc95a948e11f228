"""The one place where errors become words and exit statuses: what happened, where, and what to do. Never a traceback.

Errors are known here by name, not by import: an error whose module is not loaded cannot have been raised, and
importing the modules to ask would load the whole product for every command.
"""

from __future__ import annotations

import io
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from click import UsageError

#: Bad usage, or a policy that cannot be used.
USAGE = 2
#: Governance ended the session: budget, approval, violation.
GOVERNANCE = 120
#: The jail could not be set up, or the session could not be governed or recorded.
SETUP = 125
#: As a shell says: found but not executable; not found.
NOT_EXECUTABLE, NOT_FOUND = 126, 127
#: As a shell says of a process that Ctrl-C ended, or that wrote to a closed pipe (128 + the signal's number).
INTERRUPTED, BROKEN_PIPE = 130, 141

#: The status of each typed error that carries none itself, by its class's full name; subclasses inherit it.
STATUSES = {
    "akios_jail.audit.journal.AuditUnavailable": SETUP,
    "akios_jail.jail.errors.JailError": SETUP,
    "akios_jail.messages.ProtocolError": SETUP,
    "akios_jail.policy.errors.PolicyError": USAGE,
    "akios_jail.resources.NoSuchResource": USAGE,
}


#: What runners of continuous integration obey at the beginning of a line, beside `##[` anywhere: a file's name, or
#: where a link leads, may be an agent's words.
_COMMAND = re.compile(r"^([ \t]*):(?=:)", re.MULTILINE)


class Failure(NamedTuple):
    """An error in words: the first line says what happened, `rest` where and what to do; `status` ends the process."""

    headline: str
    rest: tuple[str, ...]
    status: int


def describe(error: Exception, command: str) -> Failure:
    """The words and the status for an error that ended `command` (its name; "" before one was chosen)."""
    typed = _status(error)
    if typed is not None:
        text = str(error)
        remedy = getattr(error, "remedy", "")
        if isinstance(remedy, str) and remedy not in text:
            text = f"{text}\n{remedy}"
        headline, *rest = [line for line in text.splitlines() if line.strip()] or [type(error).__name__]
        return Failure(headline, tuple(rest), typed)
    general = SETUP if command == "run" else 1
    if isinstance(error, FileNotFoundError) and error.filename is None and _nowhere():
        return Failure("the current folder no longer exists", ("Change to another (cd).",), USAGE)
    if isinstance(error, MemoryError):
        return Failure("there is not enough memory", ("`ulimit -v`, or the limit of a cgroup, may be it.",), general)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename is not None else ""
        rest = ["If it is about permission, run the command with sudo."] if error.errno in (1, 13) else []
        return Failure(f"{where}{error.strerror}", tuple(rest), general)
    what = f"a mistake in AKIOS itself stopped the command ({type(error).__name__}: {error})"
    return Failure(
        what, ("We are sorry. Run it again with AKIOS_DEBUG=1 for the traceback, and please report it.",), general
    )


@contextmanager
def told_of(file: str) -> Iterator[None]:
    """The system's errors name no file where an open one is written to: this one."""
    try:
        yield
    except OSError as error:
        error.filename = file
        raise


def interrupted(error: BaseException) -> bool:
    """Whether this is a KeyboardInterrupt in the clothes of what it came in: a class that Python was building (a cause)
    or one that pydantic was building, whose compiled half keeps only its name, in a text."""
    if isinstance(error.__cause__, KeyboardInterrupt):
        return True
    return type(error).__name__ == "SchemaError" and "KeyboardInterrupt: " in str(error)


def _nowhere() -> bool:
    """Whether the folder in which the command was given is gone: the system then names no file with its errors."""
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def show(failure: Failure) -> None:
    """Print a failure on stderr."""
    prefix = paint("akios: error:", "bad", sys.stderr)
    _say("".join(f"{line}\n" for line in (f"{prefix} {printable(failure.headline)}", *map(_indented, failure.rest))))


def _indented(line: str) -> str:
    return f"  {printable(line)}"


def show_usage(error: UsageError) -> None:
    """Print on stderr what is wrong with the words of a command. A file that `*` stands for may have any name."""
    said = io.StringIO()
    error.show(said)
    _say(printable(said.getvalue()))


def _say(text: str) -> None:
    try:
        sys.stderr.write(_COMMAND.sub(r"\1\\x3a", text).replace("##", "#\\x23"))
        sys.stderr.flush()
    except OSError:
        # Nobody reads stderr any more; the exit status still says it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def debugging() -> bool:
    """Whether AKIOS_DEBUG asks for tracebacks."""
    return os.environ.get("AKIOS_DEBUG", "") not in ("", "0")


def report(error: Exception, command: str) -> int:
    """Print an error that ended `command`, with its traceback when AKIOS_DEBUG is set; its exit status."""
    if debugging():
        traceback.print_exception(error)
    failure = describe(error, command)
    show(failure)
    return failure.status


def _status(error: Exception) -> int | None:
    """The status of a typed error: its own where it carries one, else its class's; None for one that is not ours."""
    own = getattr(error, "status", None)
    if type(error).__module__.split(".")[0] in ("akios", "akios_jail") and type(own) is int:
        return own
    for kind in type(error).__mro__:
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name in STATUSES:
            return STATUSES[name]
    return None
