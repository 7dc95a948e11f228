"""Which detectors a text calls, and where: one pass over it tells where each of their triggers ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

from akios_jail.pii import encodings
from akios_jail.pii.finding import KEYED, REACH, Detector
from akios_jail.pii.scanner import Scanner
from akios_jail.pii.view import View

#: So many names that texts stand under are remembered.
_MOST_CONTEXTS = 1024
_FIRST_DIGIT = re.compile(KEYED)
_LETTER = re.compile(r"[^\W\d_]")

#: Detector, number of its trigger, and where that ends in the folded text. What is numbered after the last detector is
#: a sign of something encoded.
Hit = tuple[int, int, int]


class Triggered:
    """`detectors`, of which the first `own` are a policy's own: what each checks, and how far behind a trigger."""

    def __init__(self, detectors: Sequence[Detector], own: int = 0) -> None:
        self.checks = [one.check for one in detectors]
        self.reaches = [int(getattr(one, "reach", REACH)) for one in detectors]
        triggers = [["" if pattern == KEYED else pattern for pattern in one.triggers] for one in detectors]
        alike = [at for at, one in enumerate(detectors) if getattr(one, "alike", False)]
        self.scanner = Scanner([*triggers, encodings.TRIGGERS], encodings.SPARSE, own, alike)
        self._detectors = tuple(detectors)
        self._keyed = [(at, one.triggers.index(KEYED)) for at, one in enumerate(detectors) if KEYED in one.triggers]
        self._by_context: dict[str, list[tuple[int, int]]] = {}

    def hits(self, view: View) -> Sequence[Hit]:
        """In the order of the text."""
        hits = self.scanner.scan(view.folded)
        first = _FIRST_DIGIT.match(view.folded) if view.context and self._keyed else None
        if first is None:
            return hits
        asked = self._keyed if _LETTER.search(first.group()) is not None else self._named(view.context)
        return [*((at, number, first.end()) for at, number in asked), *hits]

    def announced(self, context: str) -> str | None:
        """The kind of the first detector to which this name, in lower-case words, announces a value of its own."""
        for at, number in self._named(context):
            if getattr(self._detectors[at], "keyed", None) is not None and (at, number) in self._keyed:
                return self._detectors[at].kind
        return None

    def _named(self, context: str) -> list[tuple[int, int]]:
        """Of those with the trigger KEYED, those to which this name means something."""
        known = self._by_context.get(context)
        if known is None:
            always = [(at, number, getattr(self._detectors[at], "keyed", None)) for at, number in self._keyed]
            known = [(at, number) for at, number, keyed in always if keyed is None or keyed(context)]
            if len(self._by_context) >= _MOST_CONTEXTS:
                self._by_context.clear()
            self._by_context[context] = known
        return known
