"""What came of texts that come again: an agent sends its whole conversation with every call.

A text is kept only as a digest under a key of this session, beside what was found in it, or what became of it, as bytes
that `wipe` overwrites. It is looked up for exactly the same text at such a place: nothing is taken to be alike.
"""

from __future__ import annotations

import hashlib
import marshal
import secrets
import threading
from collections.abc import Iterable
from typing import Any

#: So much is kept: about so many bytes, with what Python needs to keep them.
MAX_BYTES = 2 * 1024 * 1024
#: What one text takes besides the bytes of what came of it.
_ENTRY = 256
#: Of most texts nothing comes.
_NOTHING = bytearray()


class Known:
    """At most `most` bytes. What goes when there is no more room is drawn by lot: of a conversation that does not fit,
    read from its beginning with every call, the oldest would always be gone just before it is asked for."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._most = most
        self._size = 0
        self._turn = threading.Lock()
        self._key = bytearray(secrets.token_bytes(32))
        self._kept: dict[bytes, bytearray] = {}
        self._names: list[bytes] = []

    def name(self, text: str, place: Iterable[str]) -> bytes:
        """What a text at a place is known by. `place`: all else that its outcome depends on."""
        digest = hashlib.blake2b(key=self._key, digest_size=16)
        for part in (*place, text):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
        return digest.digest()

    def outcome(self, name: bytes) -> list[Any] | None:
        """What came of it; None if that is not known."""
        with self._turn:  # what another thread drops now is overwritten
            kept = self._kept.get(name)
            if kept is None:
                return None
            outcome: list[Any] = marshal.loads(kept) if kept else []  # noqa: S302 - of this process's own making
        return outcome

    def keep(self, name: bytes, outcome: list[Any]) -> None:
        """Remember what came of a text: a list, of plain lists, tuples, dictionaries, strings and numbers."""
        kept = bytearray(marshal.dumps(outcome)) if outcome else _NOTHING
        with self._turn:
            if name in self._kept or len(kept) + _ENTRY > self._most // 4:
                return
            self._size += len(kept) + _ENTRY
            while self._size > self._most:
                self._drop(secrets.randbelow(len(self._names)))
            self._kept[name] = kept
            self._names.append(name)

    def wipe(self) -> None:
        """Overwrite and forget all, and keep nothing more."""
        with self._turn:
            self._most = 0
            while self._names:
                self._drop(len(self._names) - 1)
            self._key[:] = bytes(len(self._key))

    def _drop(self, number: int) -> None:
        name, last = self._names[number], self._names.pop()
        if last is not name:
            self._names[number] = last
        kept = self._kept.pop(name)
        self._size -= len(kept) + _ENTRY
        kept[:] = bytes(len(kept))
