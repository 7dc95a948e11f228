"""Answers of models under the status of an error, which clients that do not look at the status take for answers.

What providers say of an error holds none of the places where an answer has what its model says, so what holds one is no
error, whatever its status is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from akios_jail.policy import json_size

#: Where answers, and events of streams, of all wire formats have what a model says; in small letters.
_SAYS: Final = frozenset(("candidates", "choices", "content", "content_block", "delta", "item", "output", "response"))
_DATA: Final = "data:"
#: Where a text is cut into lines, which providers' errors have few of.
_CUTS: Final = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_MAX_LINES: Final = 500_000


def holds_answer(body: bytes) -> bool:
    """Whether some client could read this as a model's answer: as a document, as lines of them, as events."""
    if b"\0" in body:
        return True  # in another coding than that of JSON, which some clients guess
    text = body.decode("utf-8-sig", "replace")
    if json_size.excess(text) or sum(map(text.count, _CUTS)) > _MAX_LINES:
        return True  # one may be in so much
    try:
        return any(_says(document) for document in _documents(text))
    except RecursionError:
        return True


def _documents(text: str) -> Iterator[Any]:
    """All that can be read as JSON in it."""
    yield from _read(text)
    event: list[str] = []
    for line in (*text.splitlines(), ""):
        data = line[len(_DATA) :] if line[: len(_DATA)].lower() == _DATA else None
        if data is not None:
            event.append(data)
        yield from _read(line if data is None else data)
        if not line:
            yield from _read("\n".join(event))
            event = []


def _read(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text, object_pairs_hook=_Pairs)
    except ValueError:
        return


class _Pairs(list[tuple[str, Any]]):
    """An object with all of its pairs, also where a name stands twice."""


def _says(document: Any) -> bool:
    if isinstance(document, _Pairs):
        return any(name.lower() in _SAYS and isinstance(value, list) and bool(value) for name, value in document)
    return isinstance(document, list) and any(isinstance(each, _Pairs) and _says(each) for each in document)
