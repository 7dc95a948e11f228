"""The documents of a half: those written by hand, then every template in every locale that it is for."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.pii.corpus.blind.people import Locale, locales
from tests.pii.corpus.blind.writer import Unwritable, Writer
from tests.pii.corpus.document import Document

#: Two pairs of halves, written at different times: in each pair the first may be read by those who write detectors.
#: What was written after them is held out whole, but for `dev3`, which may be read. The numbers seed what is drawn.
HALVES = {
    "dev": 4711,
    "heldout": 90210,
    "dev2": 5208,
    "heldout2": 77031,
    "heldout3": 66143,
    "heldout4": 31477,
    "dev3": 18229,
}
_FOLDER = Path(__file__).parent
_HEAD = re.compile(r"^=== (\w+): (.+)\n", re.MULTILINE)


def documents(half: str, rounds: int = 1) -> Iterator[Document]:
    """All documents of a half, the same in every run."""
    yield from by_hand(half)
    rng = random.Random(HALVES[half])
    known = locales(half)
    for _ in range(rounds):
        for form, where, text in _texts(half, "templates"):
            for locale in known.values():
                if where == "*" or {locale.code, locale.language} & set(where.split()):
                    try:
                        yield _written(rng, locale, form, text)
                    except Unwritable:
                        continue


def by_hand(half: str) -> Iterator[Document]:
    """What was written one by one; keys and numbers with check digits in it are made when it is read."""
    rng = random.Random(HALVES[half] + 1)
    for form, code, text in _texts(half, "hand"):
        yield _written(rng, locales(half)[code.split()[0]], form, text)


def _written(rng: random.Random, locale: Locale, form: str, text: str) -> Document:
    return Writer(rng, locale, form, _words(locale.half).get(locale.language, {})).document(text)


@cache
def _texts(half: str, name: str) -> tuple[tuple[str, str, str], ...]:
    _, *parts = _HEAD.split((_FOLDER / half / f"{name}.txt").read_text())
    return tuple(
        (form, where.strip(), text.strip("\n") + "\n")
        for form, where, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    )


@cache
def _words(half: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    page = _FOLDER / half / "words.txt"
    for line in page.read_text().splitlines() if page.exists() else ():
        language, _, pairs = line.partition(": ")
        found[language] = dict(pair.strip().split("=", 1) for pair in pairs.split(";"))
    return found
