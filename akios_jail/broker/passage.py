"""What went by on the wire in one exchange, for the record: sizes, digests and times, never the bytes themselves."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator


class Passage:
    """What went by on the wire, for the record: sizes, digests and times. Written by `record` and by the connection."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.allowed: str | None = None  # the decision that let it pass: allow | modify
        self.sent = False  # whether any of it may have reached upstream
        self.request = Digest()
        self.response = Digest()
        self.failure: str | None = None  # a machine word: why it did not end well

    def next_attempt(self) -> None:
        """It is sent once more: digests are those of the attempt that counts."""
        self.sent = False
        self.failure = None
        self.request = Digest()
        self.response = Digest()


class Digest:
    """SHA-256 and length of a body as it passes."""

    def __init__(self) -> None:
        self.bytes = 0
        self._hash = hashlib.sha256()

    def feed(self, chunk: bytes) -> None:
        self.bytes += len(chunk)
        self._hash.update(chunk)

    @property
    def sha256(self) -> str | None:
        return self._hash.hexdigest() if self.bytes else None

    async def watch(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same stream, counted as it flows."""
        async for chunk in body:
            self.feed(chunk)
            yield chunk
