"""The second thread through the log: every session counts its own records from 1, without gaps. Pure.

The tree says that nothing was changed since it was signed. The numbers say that nothing was left out before: whoever
holds the signing key and rewrites the log, but not the numbers within the records, is found by them.
"""

from __future__ import annotations

import hashlib

from akios_jail.audit import leaf
from akios_jail.audit.bundle import ENTRIES, WIDTH, tile_path
from akios_jail.audit.damage import Damage, just

#: Damages that are named.
_MOST_DAMAGES = 10_000


class Numbers:
    """Is given every entry from left to right. `whole`: it begins with the log's first entry."""

    def __init__(self, whole: bool) -> None:
        self._whole = whole
        self._last: dict[str, int] = {}
        self.damages: list[Damage] = []
        self.pruned = 0  # entries below this index were removed, as records of the log itself say
        self.records = 0

    def entry(self, index: int, data: bytes) -> None:
        """Look at one entry."""
        self.records += 1
        try:
            record = leaf.decode(data)
        except leaf.Malformed as error:
            self._name("altered", index, f"entry {index} is no record: {error}")
            return
        before = record.fields.get("before")
        if record.type == "log.pruned" and not record.session and type(before) is int and before <= index:
            self.pruned = max(self.pruned, before)
        session = _key(record.session)
        last = self._last.get(session)
        if last is None and not self._whole:
            last = record.n - 1
        expected = (last or 0) + 1
        self._last[session] = max(record.n, last or 0)
        if record.n == expected:
            return
        whose = f"of the session {record.session}" if record.session else "of the log itself"
        if record.n > expected:
            gone = f"record {expected}" if record.n == expected + 1 else f"records {expected} to {record.n - 1}"
            self._name("dropped", index, f"{gone} {whose} should stand before entry {index}, its record {record.n}")
        else:
            what = f"entry {index} is record {record.n} {whose}, behind its record {expected - 1}"
            self._name("reordered", index, f"{what}: it was moved or put in")

    def missing(self) -> None:
        """Entries are not there that the numbers would need: from here on every session may begin anywhere."""
        self._whole = False
        self._last.clear()

    def _name(self, kind: str, index: int, what: str) -> None:
        if len(self.damages) < _MOST_DAMAGES:
            self.damages.append(Damage(kind, tile_path(ENTRIES, index // WIDTH), just(index), what))


def _key(session: str) -> str:
    """What a session is remembered by: itself, unless it is longer than any that is a session's."""
    return session if len(session) <= 64 else hashlib.sha256(session.encode("utf-8", "replace")).hexdigest()
