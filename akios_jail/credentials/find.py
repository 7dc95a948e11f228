"""Looks for texts where they must not be: in an address, in header fields, in a body as it streams.

What is looked for are placeholders, and the keys themselves if they are long enough not to be met by chance. Of a long
one its end is enough: nobody writes so many random letters by accident, and a pattern that stays small stays fast,
however many keys there are and however long.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from akios_jail.credentials.forms import ENOUGH, compiled, forms
from akios_jail.credentials.keys import Held, Key

#: A value of fewer characters may well be an ordinary word.
_TELLING = 16


class Finder:
    """Looks for every placeholder and key of a session at once."""

    def __init__(self, held: Iterable[Held]) -> None:
        self._keys: list[tuple[Key, list[str]]] = []
        self.longest = 1
        self._names: list[tuple[str, Key]] = []
        for key in (key for credential in held for key in credential.keys.values()):
            texts = [key.placeholder, *([key.value] if len(key.value) >= _TELLING else [])]
            spelled = [form for text in texts for form in forms(text[-ENOUGH:], wrapped=True)]
            self._keys.append((key, [form.pattern for form in spelled]))
            self.longest = max(self.longest, *(form.longest for form in spelled))
            self._names.append((_as_name(key.placeholder), key))
        self._any = compiled([pattern for _, patterns in self._keys for pattern in patterns])

    @functools.cached_property
    def _each(self) -> list[tuple[Key, Any]]:
        """For each key its own pattern. Most sessions never need to know which one it was."""
        return [(key, compiled(patterns)) for key, patterns in self._keys]

    def find(self, data: bytes) -> Key | None:
        """The key whose placeholder or value is in these bytes, None if there is none."""
        if self._any.search(data) is None:
            return None
        return next((key for key, pattern in self._each if pattern.search(data) is not None), None)

    def find_text(self, text: str) -> Key | None:
        return self.find(text.encode("utf-8", "surrogatepass"))

    def find_name(self, name: str) -> Key | None:
        """As `find`, in a host name: these have no upper and lower case, and dots wherever a label ends."""
        plain = _as_name(name)
        return next((key for text, key in self._names if text in plain), None)

    def watch(self) -> Watch:
        """Looks through one stream."""
        return Watch(self)


class Watch:
    """One stream on its way. What is found may have begun in an earlier chunk, but its end is in the one just fed."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._tail = b""

    def feed(self, chunk: bytes) -> Key | None:
        """The key that is found now that this chunk has come; it must not go out then."""
        data = self._tail + chunk
        self._tail = data[-(self._finder.longest - 1) :]
        return self._finder.find(data)


def _as_name(text: str) -> str:
    return text.replace(".", "").lower()
