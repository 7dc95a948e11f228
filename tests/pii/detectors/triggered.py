"""What one detector finds in a text, from the triggers on; and whether its cost stays in proportion."""

from __future__ import annotations

import time
from functools import lru_cache

from akios_jail.pii.finding import Detector, Finding
from akios_jail.pii.scanner import Scanner
from akios_jail.pii.view import View


@lru_cache(maxsize=64)
def _scanner(triggers: tuple[str, ...]) -> Scanner:
    return Scanner([triggers])


def findings(detector: Detector, text: str, context: str = "") -> list[Finding]:
    """Each finding once, in the order of the text, with its place in the original."""
    view = View(text, context)
    found: dict[Finding, None] = {}
    for _, trigger, end in _scanner(tuple(detector.triggers)).scan(view.folded):
        for finding in detector.check(view, trigger, end):
            start, stop = view.origin(finding.start, finding.end)
            found[finding._replace(start=start, end=stop)] = None
    return sorted(found)


def values(detector: Detector, text: str, context: str = "") -> list[str]:
    """The pieces of the text that are found; of two in the same place the longer, as the engine has it."""
    spans = sorted({(finding.start, -finding.end) for finding in findings(detector, text, context)})
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if not kept or start >= kept[-1][1]:
            kept.append((start, -end))
    return [text[start:end] for start, end in kept]


def grows_in_proportion(detector: Detector, piece: str) -> bool:
    """Whether eight times the text takes about eight times the time, at most a microsecond or two a character."""

    def cost(size: int) -> float:
        text = piece * (size // len(piece) + 1)
        best = float("inf")
        for _ in range(3):
            began = time.thread_time()
            findings(detector, text)
            best = min(best, time.thread_time() - began)
        return best

    findings(detector, piece)
    small, large = cost(4_000), cost(32_000)
    return large < small * 8 * 4 + 0.1
