"""Audit logs for tests: journals opened as the launcher opens them, and what a log's folder says at one moment."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from akios_jail.audit import head, journal
from akios_jail.audit.journal import Journal
from akios_jail.audit.record import Entry
from akios_jail.audit.sequencer import Log
from akios_jail.audit.tiles import Tiles

POLICY = "ab" * 32


def entry(number: int, session: str = "ses_test") -> Entry:
    return Entry("verdict", session, {"policy_sha256": POLICY, "number": number})


def log_in(folder: Path, **options: Any) -> Log:
    """The log of a state folder."""
    return Log(str(folder / "audit"), str(folder / "keys" / "audit.pem"), **options)


def open_journal(folder: Path, session: str = "ses_test") -> int:
    """A journal in a state folder, held as alive until the descriptor is closed."""
    path = folder / "audit" / "journal" / session
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_SH)
    return fd


@contextmanager
def session_of(folder: Path, session: str = "ses_test") -> Iterator[tuple[int, Journal]]:
    """A session's journal, and who writes it."""
    fd = open_journal(folder, session)
    try:
        yield fd, Journal(fd)
    finally:
        os.close(fd)


def lines(path: Path) -> list[dict[str, Any]]:
    """The records in a journal, as far as whole lines go."""
    data = path.read_bytes() if path.exists() else b""
    return [json.loads(entry) for entry in journal.parse(data, journal.START).entries]


def records(folder: Path) -> list[dict[str, Any]]:
    """All records in the `audit` folder at `folder`: those in the tree, in their order, and those not there yet."""
    journals = sorted((folder / "journal").glob("*"))  # first: what goes away from here is then in the tree
    committed = head.load(str(folder))
    found = [json.loads(data) for _, data in Tiles(folder).read(0, committed.tree.size)]
    for path in journals:
        progress = committed.journals.get(path.name)
        if progress is not None and progress.done:
            continue
        position = journal.START if progress is None else progress.position
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # it has come into the tree meanwhile
            return records(folder)
        found += [json.loads(entry) for entry in journal.parse(data[position.size :], position).entries]
    return found
