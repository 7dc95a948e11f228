"""The strings of a JSON document, each with its path, its key, and what that key says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from akios_jail.pii import keys
from akios_jail.pii.keys import MAX_PARENTS, Meaning


class Text(NamedTuple):
    """A string or a number in a document. `path`: as in `customers[2].email`."""

    path: str
    text: str
    key: str
    meaning: Meaning | None


def strings(document: Any, path: str = "", key: str = "", above: tuple[str, ...] = ()) -> Iterator[Text]:
    """All of them, in the document's order; numbers only where their key says that they are personal."""
    if isinstance(document, str):
        yield Text(path, document, key, None)
    elif isinstance(document, list):
        for index, item in enumerate(document):
            yield from strings(item, f"{path}[{index}]", key, above)
    elif isinstance(document, dict):
        inner = (*above, key)[-MAX_PARENTS:] if key else above
        for (name, child), meaning in zip(document.items(), keys.meanings(tuple(document), inner), strict=True):
            place = f"{path}.{name}" if path else name
            if isinstance(child, (dict, list)):
                yield from strings(child, place, name, inner)
            elif isinstance(child, str) or (meaning is not None and type(child) in (int, float)):
                yield Text(place, str(child), name, meaning)
