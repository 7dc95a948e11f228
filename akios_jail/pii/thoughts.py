"""What models thought and signed: it goes back to them as it came, or their provider refuses the call.

A thought is the model's own words, in which placeholders stand already where they stood in what it was told. Only one
that came in an answer of this session, with its signature, is known here; whatever else an agent calls a thought is
looked through like everything that it sends. Kept are keyed digests, so many, in memory.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

#: Thoughts that are known at once; of more, the oldest are looked through again.
REMEMBERED: Final = 4096
#: Under which keys of a block its signed text stands, in the wire formats that have such.
TEXTS: Final = ("thinking", "text")


class Thoughts:
    """The signed thoughts of one session."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def came(self, text: str, signature: str) -> None:
        """This was in an answer."""
        self._known[self._digest(text, signature)] = None
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def signed(self, text: Any, signature: Any) -> bool:
        """Whether this was in an answer, word for word, under this signature."""
        both = isinstance(text, str) and isinstance(signature, str)
        return both and self._digest(text, signature) in self._known

    def whole(self, document: Any) -> None:
        """An answer in one piece."""
        for block in _signed(document):
            for name in TEXTS:
                if isinstance(block.get(name), str):
                    self.came(block[name], block["signature"])

    def follow(self) -> Following:
        """For an answer that comes in events."""
        return Following(self)

    def _digest(self, text: str, signature: str) -> bytes:
        data = f"{len(text)}\n{text}{signature}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, key=self._key, digest_size=16).digest()


class Following:
    """Puts the thoughts of one stream together, by the number of their block."""

    def __init__(self, thoughts: Thoughts) -> None:
        self._thoughts = thoughts
        self._pieces: dict[str, list[str]] = {}

    def event(self, document: Any) -> None:
        """The next event's document."""
        if not isinstance(document, dict) or not isinstance(document.get("delta"), dict):
            return
        place = str(document.get("index", document.get("contentBlockIndex")))
        delta = document["delta"].get("reasoningContent", document["delta"])
        if not isinstance(delta, dict):
            return
        piece = delta.get("thinking", delta.get("text") if delta is not document["delta"] else None)
        if isinstance(piece, str):
            self._pieces.setdefault(place, []).append(piece)
        if isinstance(delta.get("signature"), str):
            self._thoughts.came("".join(self._pieces.get(place, ())), delta["signature"])


def _signed(document: Any) -> Iterator[dict[str, Any]]:
    """Every object in an answer that has a signature."""
    rest = [document]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            if isinstance(value.get("signature"), str):
                yield value
            rest += value.values()
        elif isinstance(value, list):
            rest += value
