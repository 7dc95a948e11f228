"""Where in a policy file an incident belongs: the line of the rule that refused, or of the section without such a rule.

The file is read after the session. One that is not byte for byte the one that governed it has no lines that mean
anything, and an agent may have written to it: then a place is the file as a whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from typing import Any, Final, NamedTuple

from akios_jail.incidents.kinds import ALLOWLIST, TOOLS
from akios_jail.incidents.session import Incident, Session
from akios_jail.policy import document
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.source import MAX_BYTES

#: Half a character, as JSON can have it, that stands for no byte.
_STAND_INS: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_EXTENDS: Final = ("extends",)
#: How our own sentences about tool rules begin; a rule's own reason is looked for first.
_TOOL_RULE: Final = re.compile(r"(?:the condition of )?tool rule (\d{1,4})\b", re.ASCII)
#: The host of what a denial is about: `GET https://HOST/…`, `https HOST:443`, `DNS HOST`.
_HOST: Final = re.compile(r"(?:[A-Z]+ [a-z]+://|[a-z]+ |DNS )([^\s/:]{1,253})(?:[:/]|$)")


class Place(NamedTuple):
    """`uri`: the policy's path as a relative reference, escaped; `line` from 1, 0 for the file as a whole."""

    uri: str
    line: int


class Policy:
    """The policy file of one session, as far as it can be believed."""

    def __init__(self, session: Session, root: str) -> None:
        """`root`: the folder that paths are told from, absolute: the repository's."""
        self._uri = _reference(session.policy_path, root)
        self._read: document.Document | None = None
        data = _bytes(session.policy_path)
        if data is not None and hashlib.sha256(data).hexdigest() == session.policy_sha256:
            try:
                self._read = document.read(data, session.policy_path)
            except PolicyError:
                self._read = None

    def place(self, incident: Incident) -> Place:
        """The most exact place that is known."""
        line = 0
        if self._read is not None:
            line = self._line(self._read, incident)
        return Place(self._uri, line)

    def _line(self, read: document.Document, incident: Incident) -> int:
        section = incident.kind.family.section
        if section == ALLOWLIST:
            number = incident.rule or _rule_about(_entries(read, ALLOWLIST), incident.what)
        elif section == TOOLS:
            number = incident.tool_rule or _tool_rule(_entries(read, TOOLS), incident.reason)
        else:
            number = None
        if number is not None and ((*section, number - 1)) in read.positions:
            return read.positions[(*section, number - 1)].line
        if section in read.positions:
            return read.positions[section].key_line
        # What a file does not say it may have from the one that it extends.
        above = [_EXTENDS, *(section[:length] for length in range(len(section) - 1, 0, -1))]
        return next((read.positions[path].key_line for path in above if path in read.positions), 1)


def _entries(read: document.Document, path: tuple[str, ...]) -> list[Any]:
    value = read.value
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _rule_about(entries: list[Any], what: str) -> int | None:
    """The first rule that names the host which was asked for; None if no rule does."""
    found = _HOST.match(what)
    host = found[1].lower() if found else ""
    for number, entry in enumerate(entries, 1):
        named = str(entry.get("host", "")).lower().rstrip(".") if isinstance(entry, dict) else ""
        if host and (named == host or (named.startswith("*.") and host.endswith(named[1:]))):
            return number
    return None


def _tool_rule(entries: list[Any], reason: str) -> int | None:
    own = [number for number, entry in enumerate(entries, 1) if isinstance(entry, dict) and entry.get("reason")]
    for number in own:
        if entries[number - 1]["reason"] == reason:
            return number
    # In a request, the tool's name and a colon stand before it; names have no blanks that we would mistake.
    found = _TOOL_RULE.match(reason) or _TOOL_RULE.match(reason.partition(": ")[2])
    return int(found[1]) if found else None


def _bytes(path: str) -> bytes | None:
    """The file's bytes; None for what is no file of a policy's size. An agent may have put anything in its place.

    It is looked at before it is opened: merely to open some devices has effects.
    """
    try:
        handle = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            return None
        with open(f"/proc/self/fd/{handle}", "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        return None
    finally:
        os.close(handle)


def _reference(path: str, root: str) -> str:
    """The path from `root` on as a URI reference; its last part if it lies elsewhere."""
    name = os.path.basename(path)
    if os.path.isabs(path) and not os.path.relpath(path, root).startswith(".."):
        name = os.path.relpath(path, root)
    # A path may hold bytes that are no UTF-8, which Python has stand-ins for; a report may hold others.
    return "".join(map(_escaped, _STAND_INS.sub("?", name).encode("utf-8", "surrogateescape"))) or "policy"


def _escaped(byte: int) -> str:
    """A byte of a path as RFC 3986 has it in a reference."""
    char = chr(byte)
    return char if char.isascii() and (char.isalnum() or char in "/~-._") else f"%{byte:02X}"
