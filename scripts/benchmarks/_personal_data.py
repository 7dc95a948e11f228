"""The texts and the looking of `scripts/bench pii`."""

from __future__ import annotations

import random
import sysconfig
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.engine import Engine
from akios_jail.pii.known import Known
from akios_jail.pii.ner import Names
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Unredactable, Vault
from tests.pii.corpus.document import Document
from tests.pii.corpus.score import Found, Score
from tests.pii.corpus.split import documents
from tests.pii.hostile import TEXTS
from tests.pii.looking import found_in_text, scored

_ROOT = Path(__file__).parents[2]


class Looker:
    """AKIOS's engine as the broker has it, and the processor time that it took."""

    def __init__(self, fields: Iterable[str] = (), models: tuple[str, ...] = ()) -> None:
        self.fields = tuple(fields) or tuple(DETECTORS)
        engine = Engine(detectors(self.fields), names=Names(models) if models else None)
        self._redactor = Redactor(engine, Vault(), known=Known(0))  # each text as at first sight
        self._redactor.find("warm up: nobody@example.org, +1 212 555 2368")

    def look(self, text: str) -> list[Found]:
        """What it finds in a text."""
        return found_in_text(self._redactor, text)

    def score(self, documents: Iterable[Document]) -> Score:
        """What it finds in documents, beside their labels."""
        return scored(self._redactor, documents)

    def seconds(self, texts: Iterable[str]) -> float:
        """Processor time of looking through texts."""
        begun = time.process_time()
        for text in texts:
            self._redactor.find(text)
        return time.process_time() - begun


class Load(NamedTuple):
    """Texts to be timed over."""

    name: str
    texts: list[str]

    @property
    def characters(self) -> int:
        """Of all texts."""
        return sum(map(len, self.texts))


def loads(size: int, seed: int) -> list[Load]:
    """Texts of every form, full of personal data; then all forms as they come among what agents send otherwise:
    one part of the corpus, four parts of manuals, prose and source code without a person in it."""
    by_form: dict[str, list[str]] = {}
    for document in _many(size * 8, seed):
        by_form.setdefault(document.form, []).append(document.text)
    found = [Load(form, _up_to(texts, size)) for form, texts in sorted(by_form.items())]
    rng = random.Random(seed)  # noqa: S311 - texts that are the same in every run
    every = [text for load in found for text in load.texts]
    rng.shuffle(every)
    plain = _plain()
    mixed: list[str] = []
    place = 0
    for text in _up_to(every, size // 5):
        ordinary = plain[place : place + 4 * len(text)]
        place = (place + len(ordinary)) % max(1, len(plain) - 20_000)
        mixed.append(f"{ordinary}\n{text}")
    return [*found, Load("mixed", mixed)]


def _many(size: int, seed: int) -> list[Document]:
    """Documents of both halves, made with a seed of their own, of about `size` characters."""
    made: list[Document] = []
    total = 0
    while total < size:
        for split in ("development", "held_out"):
            made += documents(split, seed=seed + len(made))
        total = sum(len(document.text) for document in made)
    return made


def _up_to(texts: list[str], size: int) -> list[str]:
    """The texts, from the first on and over again, until they have `size` characters."""
    taken: list[str] = []
    total = 0
    while texts and total < size:
        for text in texts:
            taken.append(text)
            total += len(text)
            if total >= size:
                break
    return taken


def _plain() -> str:
    """Prose and source code that every machine with this repository has."""
    library = Path(sysconfig.get_paths()["stdlib"])
    names = ("argparse.py", "tarfile.py", "inspect.py", "textwrap.py", "statistics.py")
    files = [*sorted((_ROOT / "docs").rglob("*.md")), _ROOT / "LICENSE", *(library / name for name in names)]
    return "\n".join(path.read_text() for path in files if path.exists())


class Timing(NamedTuple):
    """Seconds for each size, None where it was given up; `refused`: the engine said that it takes too long."""

    name: str
    seconds: list[float | None]
    refused: bool


def attacks(looker: Looker, sizes: list[int], patience: float) -> list[Timing]:
    """Texts made to be slow: the time for each size. After one that took longer than `patience`, none larger."""
    timings = []
    for name, make in TEXTS.items():
        seconds: list[float | None] = []
        refused = False
        for size in sizes:
            if seconds and (seconds[-1] is None or seconds[-1] > patience):
                seconds.append(None)
                continue
            text = make(size)
            begun = time.process_time()
            try:
                looker.look(text)
            except Unredactable:
                refused = True
            seconds.append(time.process_time() - begun)
        timings.append(Timing(name, seconds, refused))
    return timings
