"""What stands for which value in one session: placeholders and stand-ins.

A model that sees `[EMAIL_1]` twice knows that it is the same person, so a value has one placeholder, or one stand-in,
for as long as the session lives, however it is spelt. The values never leave the memory of this process; `wipe`
overwrites them when the session ends. They are kept as bytes for that, and their normal forms only as keyed digests.
What cannot be overwritten: the strings that passed through on the way, which Python frees without clearing, and pages
that the kernel has swapped out.
"""

from __future__ import annotations

import hashlib
import random
import secrets
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from itertools import islice

#: So many different values are a database, not a conversation; further ones are refused.
MAX_VALUES = 100_000
#: What stands for a value is at least so long: anything shorter is too often a part of something else.
MIN_TOKEN = 4
#: So many stand-ins are tried for one value before it gets a placeholder.
MAX_TRIES = 400

#: Stand-ins for a value of a kind, without end or not, drawn by the generator that is given.
Makes = Callable[[str, str, random.Random], Iterator[str]]
#: Whether a stand-in is one of this kind to whoever checks it.
Passes = Callable[[str, str], bool]


class Unredactable(Exception):
    """The personal data in a text cannot be replaced; the text may not go out. The message is for people."""


class VaultFull(Unredactable):
    """The session has more different values than are kept."""

    def __init__(self) -> None:
        super().__init__(f"the session has had {MAX_VALUES} different pieces of personal data; no more can be replaced")


class Vault:
    """Placeholders such as `[EMAIL_1]`: only capitals, digits, underscore and brackets, so that they can stand inside a
    JSON string, a URL or a shell word without changing its structure; and stand-ins that look like what they replace.
    """

    def __init__(self, max_values: int = MAX_VALUES) -> None:
        self._max_values = max_values
        self._turn = threading.RLock()  # two threads that met one number would give two values one placeholder
        self._key = bytearray(secrets.token_bytes(32))
        self._tokens: dict[bytes, str] = {}  # by digest of use, kind and normal form
        self._seen: set[bytes] = set()  # digests of real values
        self._values: dict[str, bytearray] = {}
        self._withheld: set[str] = set()  # tokens of values that only answers had
        self._numbers: dict[str, int] = {}
        self._sorted: list[str] = []
        self._lengths: dict[str, list[int]] = {}  # of the tokens with this beginning, the longest first
        self._longest = 0

    def placeholder(self, kind: str, key: str, value: str, withhold: bool = False) -> str:
        """The placeholder of a value whose normal form is `key`; a new one at first sight. `VaultFull` at the bound.

        `withhold`: the value comes from an answer, so it is not put back until the agent itself has sent it.
        """
        name = self._digest("placeholder", kind, key)
        with self._turn:
            known = self._tokens.get(name)
            if known is not None:
                return self._known(known, withhold)
            number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
            return self._keep(name, f"[{kind.upper()}_{number}]", value, withhold)

    def stand_in(self, kind: str, key: str, value: str, makes: Makes, passes: Passes, withhold: bool = False) -> str:
        """What stands in for a value: the same for the whole session, another one in another session.

        A value that is itself a stand-in stays. If none can be made, the value gets a placeholder.
        """
        if value in self._values:
            return value
        with self._turn:
            return self._stand_in(kind, key, value, makes, passes, withhold)

    def _stand_in(self, kind: str, key: str, value: str, makes: Makes, passes: Passes, withhold: bool) -> str:
        name = self._digest("stand-in", kind, key)
        known = self._tokens.get(name)
        if known is not None:
            return self._known(known, withhold)
        self._seen.add(self._digest("value", value))
        drawn = random.Random(name)  # noqa: S311 - seeded by a digest under the session's key
        tries = 0
        for token in makes(kind, value, drawn):
            tries += 1
            if tries > MAX_TRIES:
                break
            if len(token) < MIN_TOKEN or token in self._values or self._digest("value", token) in self._seen:
                continue
            if passes(kind, token):
                return self._keep(name, token, value, withhold)
        return self.placeholder(kind, key, value, withhold)

    def skip(self, kind: str, number: int) -> None:
        """Placeholders of this kind, in capitals, have higher numbers from here on."""
        with self._turn:
            kind = kind.lower()
            self._numbers[kind] = max(self._numbers.get(kind, 0), number)

    def put(self, token: str, value: str) -> None:
        """From here on this stands for that, whatever it is: for texts in which one thing is told for another."""
        with self._turn:
            name = self._digest("put", token)
            if name not in self._tokens:
                self._keep(name, token, value, withhold=False)

    def value(self, token: str) -> str | None:
        """What a placeholder or stand-in stands for, as it was first spelt; None if it is not one of this session, or
        not one whose value is put back."""
        value = None if token in self._withheld else self._values.get(token)
        return None if value is None else value.decode("utf-8", "surrogatepass")

    def lengths(self, beginning: str) -> list[int]:
        """How long the tokens are whose first `MIN_TOKEN` characters these are, the longest first."""
        return self._lengths.get(beginning, [])

    def begins(self, text: str) -> bool:
        """Whether a token begins with `text` and goes on."""
        at = bisect_left(self._sorted, text)
        if at < len(self._sorted) and self._sorted[at] == text:
            at += 1
        return at < len(self._sorted) and self._sorted[at].startswith(text)

    def latest(self, most: int) -> list[tuple[str, str]]:
        """The values that came last, at most so many, as they were first spelt, each with what stands for it."""
        with self._turn:
            tokens = list(islice(reversed(self._values), most))
            return [(self._values[token].decode("utf-8", "surrogatepass"), token) for token in tokens]

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self._values)

    @property
    def empty(self) -> bool:
        """Whether nothing stands for anything yet."""
        return not self._values

    @property
    def longest(self) -> int:
        """The length of the longest token."""
        return self._longest

    def wipe(self) -> None:
        """Overwrite the values and forget all; nothing can be restored any more."""
        for value in self._values.values():
            value[:] = bytes(len(value))
        self._key[:] = bytes(len(self._key))
        for kept in (
            self._tokens,
            self._seen,
            self._values,
            self._withheld,
            self._numbers,
            self._sorted,
            self._lengths,
        ):
            kept.clear()
        self._max_values = self._longest = 0

    def _known(self, token: str, withhold: bool) -> str:
        if not withhold:
            self._withheld.discard(token)
        return token

    def _keep(self, name: bytes, token: str, value: str, withhold: bool) -> str:
        if len(self._tokens) >= self._max_values:
            raise VaultFull
        self._tokens[name] = token
        if withhold:
            self._withheld.add(token)
        self._values[token] = bytearray(value.encode("utf-8", "surrogatepass"))
        insort(self._sorted, token)
        self._longest = max(self._longest, len(token))
        lengths = self._lengths.get(token[:MIN_TOKEN], [])
        if len(token) not in lengths:
            self._lengths[token[:MIN_TOKEN]] = sorted([*lengths, len(token)], reverse=True)
        return token

    def _digest(self, *parts: str) -> bytes:
        digest = hashlib.blake2b(key=bytes(self._key), digest_size=16)
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()
