"""Making audit logs for tests: opened as the launcher opens them, and filled with known records."""

from __future__ import annotations

import os
from pathlib import Path

from akios_jail.audit.log import AuditLog, Entry

POLICY = "ab" * 32


def open_log(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def entry(number: int, session: str = "ses_test") -> Entry:
    return Entry("verdict", session, {"policy_sha256": POLICY, "n": number})


def written(path: Path, count: int) -> list[bytes]:
    """A log of `count` records at `path`; its lines, with their newlines."""
    fd = open_log(path)
    try:
        AuditLog(fd).append_many(entry(number) for number in range(1, count + 1))
    finally:
        os.close(fd)
    return path.read_bytes().splitlines(keepends=True)
