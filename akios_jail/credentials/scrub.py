"""Takes keys out of what upstream answers: their placeholders stand there instead, in the same spelling.

An answer keeps its length, so that nothing that speaks of it (Content-Length, ranges, offsets) becomes wrong: what is
put in is cut or filled up with `*` to the length of what it replaces. As a rule there is nothing to do, because the
launcher makes placeholders as long as the keys.

Of a stream only an end that may be the beginning of a key is held back: of the last run of such characters as keys and
their spellings have, what follows the first place where one may begin, and never more than the longest spelling. An
event of a stream ends in a newline, which is none.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from akios_jail.credentials.forms import ENOUGH, alphabet, compiled, forms, openings
from akios_jail.credentials.keys import Held


class Scrubber:
    """Knows the keys of a session."""

    def __init__(self, held: Iterable[Held]) -> None:
        keys = [key for credential in held for key in credential.keys.values()]
        self._spelled = [(form, key) for key in keys for form in forms(key.value)]
        ends = [form for key in keys for form in forms(key.value[-ENOUGH:])]
        self._quick = compiled([form.pattern for form in ends])
        self._longest_end = max((form.longest for form in ends), default=1)
        self.longest = max((form.longest for form, _ in self._spelled), default=1)
        self.alphabet = alphabet([key.value for key in keys])
        self.openings = openings([form for form, _ in self._spelled])

    @functools.cached_property
    def _pattern(self) -> Any:
        """Whole keys. Most sessions never see one, and what looks for long ones is slow."""
        return compiled([form.pattern for form, _ in self._spelled])

    @functools.cached_property
    def _instead(self) -> list[tuple[Any, bytes]]:
        """For each form its own pattern and what takes its place."""
        return [(compiled([form.pattern]), form.of(key.placeholder)) for form, key in self._spelled]

    def fields(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Header fields without keys; the same list if there was none."""
        together = "\n".join([text for pair in headers for text in pair])
        if self._quick.search(together.encode("utf-8", "surrogatepass")) is None:
            return headers
        return [(self.text(name), self.text(value)) for name, value in headers]

    def text(self, text: str) -> str:
        """A short text without keys."""
        data = text.encode("utf-8", "surrogatepass")
        clean = self.clean(data)[0]
        return text if clean is data else clean.decode("utf-8", "surrogatepass")

    def everything(self, value: Any) -> Any:
        """A JSON value without keys in any of its texts, itself if there was none: for what is written down."""
        together = "\n".join(_texts(value))  # to look once: every record of a session passes here
        if self._quick.search(together.encode("utf-8", "surrogatepass")) is None:
            return value
        return self._cleaned(value)

    def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._cleaned(name): self._cleaned(item) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._cleaned(item) for item in value]
        return value

    def clean(self, data: bytes) -> tuple[bytes, int]:
        """The same bytes without keys, and where the last of them ended (0 for none: then it is `data` itself)."""
        if self._quick.search(data) is None:
            return data, 0
        out = None
        last = 0
        for match in self._pattern.finditer(data):
            start, last = match.span()
            out = bytearray(data) if out is None else out
            out[start:last] = self._replacement(data[start:last])
        return (data, 0) if out is None else (bytes(out), last)

    def stream(self) -> Stream:
        """Cleans one stream."""
        return Stream(self)

    def watch(self) -> Watch:
        """Looks through one stream that must stay as it is."""
        return Watch(self._quick, self._longest_end)

    def _replacement(self, found: bytes) -> bytes:
        instead = next(text for pattern, text in self._instead if pattern.fullmatch(found) is not None)
        size = len(found)
        return bytes(instead[:size].ljust(size, b"*"))


class Watch:
    """One stream on its way, in which no key may be."""

    def __init__(self, pattern: Any, longest: int) -> None:
        self._pattern = pattern
        self._kept = longest - 1
        self._tail = b""

    def feed(self, piece: bytes) -> bool:
        """Whether a key has ended in this piece."""
        data = self._tail + piece
        self._tail = data[-self._kept :]
        return self._pattern.search(data) is not None


class Stream:
    """One body on its way to the agent."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What can go on now that this chunk has come; b"" if all of it must wait."""
        data, last = self._scrubber.clean(self._held + chunk if self._held else chunk)
        window = data[max(last, len(data) - self._scrubber.longest + 1) :]
        run = window[len(window.rstrip(self._scrubber.alphabet)) :]
        begun = self._scrubber.openings.search(run)
        cut = len(data) if begun is None else len(data) - len(run) + begun.start()
        self._held = data[cut:]
        return data[:cut]

    def finish(self) -> bytes:
        """The body is over: what was still held."""
        held, self._held = self._held, b""
        return held


def _texts(value: Any) -> list[str]:
    """All texts in a JSON value, the names of its members too."""
    found: list[str] = []
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            rest += item
            rest += item.values()
        elif isinstance(item, (list, tuple)):
            rest += item
    return found
