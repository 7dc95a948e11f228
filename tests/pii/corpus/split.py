"""The two halves of the corpus.

`development` is for authors of detectors: they may read its documents and its misses. Of `held_out` only totals are
looked at: it has templates, names and streets that the other does not have, twice the locales, and another seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.pii.corpus.document import Document
from tests.pii.corpus.locale import locales
from tests.pii.corpus.template import Template, templates, written

_FOLDER = Path(__file__).parent


class Split(NamedTuple):
    """Which templates, names and locales. `every`: of the locales in their order, each so many-th is used."""

    name: str
    seed: int
    half: int
    every: int


#: How often a template is written in a locale where that is not once: some kinds are of one country only.
_TIMES = {"en_US": 8, "en_GB": 3, "en_IN": 2}

SPLITS = {
    "development": Split("development", 20, 0, 2),
    "held_out": Split("held_out", 81, 1, 1),
}


def documents(split: str, rounds: int = 1, seed: int | None = None) -> Iterator[Document]:
    """All documents of a split: what was written by hand, then every template in every locale that it fits, `rounds`
    times. With another `seed`, others of the same sort."""
    plan = SPLITS[split]
    yield from by_hand(split)
    rng = random.Random(plan.seed if seed is None else seed)
    chosen = [locale.half(plan.half) for locale in list(locales().values())[:: plan.every]]
    for _ in range(rounds):
        for template in templates(_FOLDER / "templates" / f"{split}.txt"):
            for locale in chosen:
                for _ in range(_TIMES.get(locale.code, 1) if template.fits(locale) else 0):
                    document = written(template, locale, rng)
                    if document is not None:
                        yield document


def by_hand(split: str) -> Iterator[Document]:
    """The documents of a split that were written one by one; their keys and tokens are made when they are read."""
    rng = random.Random(0)
    known = locales()
    for template in templates(_FOLDER / "hand" / f"{split}.txt"):
        locale = known[template.languages[0]]
        document = written(Template(template.form, (), template.text), locale, rng)
        if document is None:
            raise ValueError(f"a slot that {locale.code} has no value for: {template.text[:80]!r}")
        yield document
