"""What the launcher and its broker say to each other before a session and after it: opening one, and closing it.

The broker reads hostile bytes: every field of what it says is checked and cut before it is used.
"""

from __future__ import annotations

import errno
import json
import socket
import time
from typing import Any, Final

from akios_jail import messages
from akios_jail.jail.errors import JailError
from akios_jail.launcher.errors import SETUP, LaunchError
from akios_jail.launcher.report import printable

CLOSING_S: Final = 10.0  # for the broker to put the session's end on record
_MOST: Final = 1000  # characters of what it gives as a reason
_IN_FLIGHT: Final = (
    "Programs of this account have more descriptors on their way than this one may have open: end them, or raise the "
    "hard limit (ulimit -Hn) above spec.resources.open_files."
)


def open_session(
    control: socket.socket,
    plan: bytes,
    journal_fd: int,
    seccomp: bytes,
    walls_fd: int,
    secrets_fd: int = -1,
    steps_fd: int = -1,
) -> None:
    """Tell the broker of the session: who, under which plan, where its records go, and its keys if it has any.

    `walls_fd`: the Landlock ruleset by which it confines itself, closed here. `steps_fd`: where it asks before each
    step of a replay.
    """
    fds = {"landlock": walls_fd}
    try:
        fds |= {"plan": messages.blob("plan", plan), "seccomp": messages.blob("seccomp", seccomp)}
        lent = {"journal": journal_fd} | ({"secrets": secrets_fd} if secrets_fd >= 0 else {})
        lent |= {"steps": steps_fd} if steps_fd >= 0 else {}
        messages.send(control, "open", {}, fds | lent)
    except OSError as error:
        advice = _IN_FLIGHT if error.errno == errno.ETOOMANYREFS else remedy("")
        raise _last_words(control) or JailError("talk to the broker", str(error), advice) from error
    finally:
        messages.close_all(fds)


def close_session(control: socket.socket, session: str, outcome: dict[str, Any], changed: bytes) -> dict[str, Any]:
    """Have the session's end put on record: what the broker knows for the report, when it has.

    `changed`: what the session did to files, b"" for nothing. `OSError`, `ValueError`, `RecursionError` or
    `messages.ProtocolError` if the broker does not do as it is asked.
    """
    fds = {"files": messages.blob("files", changed)} if changed else {}
    try:
        messages.send(control, "end", {"session": session, "outcome": outcome}, fds)
    finally:
        messages.close_all(fds)
    report = json.loads(messages.read_blob(_await_closed(control)))
    return report if isinstance(report, dict) else {}


def _await_closed(control: socket.socket) -> int:
    """The report that comes with `closed`, as a descriptor. Whatever else the broker says, it has `CLOSING_S`."""
    deadline = time.monotonic() + CLOSING_S
    while (left := deadline - time.monotonic()) > 0:
        control.settimeout(left)
        message = messages.receive(control)
        try:
            if message.type == "closed":
                return message.take("report")
            if message.type == "failed":
                raise messages.ProtocolError(told(message, "reason"))
        finally:
            messages.close_all(message.fds)
    raise TimeoutError("timed out")


def _last_words(control: socket.socket) -> LaunchError | None:
    """Why a broker that has ended could not start, if it said so."""
    control.settimeout(0)
    try:
        message = messages.receive(control)
        messages.close_all(message.fds)
        return not_started(message)
    except (OSError, messages.ProtocolError):
        return None


def not_started(message: messages.Message) -> LaunchError:
    """The words of a broker whose root could not be made: nothing has reached it yet but its launcher."""
    return LaunchError(told(message, "reason"), told(message, "remedy"), SETUP)


def told(message: messages.Message, name: str) -> str:
    """A text in a message of the broker's, cut, and harmless on a terminal."""
    return printable(message.text(name)[:_MOST])


def remedy(code: str) -> str:
    """What people can do about an end with this code, where a broker gave none."""
    if code == "audit_unavailable":
        return (
            "Nothing runs that cannot be recorded: free some space in the state folder, or name another (--state-dir)."
        )
    return "The state folder's broker.log may say more."
