"""Names of messages and of conversations: digests by which a trace knows again what it has seen."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from akios_jail.radar.said import Message

#: The chain of a conversation that has not begun.
EMPTY = b""
_written = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode


def named(message: Message) -> bytes:
    """A digest of one message. What agents change on the way back does not count: white space, what a model thought,
    what else than words and calls an answer had, and the arguments of calls that have an id."""
    if message.name:
        return message.name
    other = list(message.other) if message.role != "assistant" else []
    calls = [[asked.id or _digest(asked.arguments).hex(), asked.name] for asked in message.asked]
    results = [[result.id, result.text] for result in message.results]
    return _digest([message.role, "".join(message.text.split()), calls, results, other])


def chained(chain: bytes, name: bytes) -> bytes:
    """The chain that goes on with a message of this name."""
    return hashlib.blake2b(chain + name, digest_size=16).digest()


def _digest(value: Any) -> bytes:
    return hashlib.blake2b(_written(value).encode("ascii"), digest_size=16).digest()
