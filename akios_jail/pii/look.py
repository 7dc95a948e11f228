"""One look through a text: each detector where its own triggers end, and once more at what is encoded there.

A detector is shown a part of the text of bounded length, so that what it does is linear in the text whatever it does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter

from akios_jail.pii import encodings
from akios_jail.pii.finding import REACH, Finding
from akios_jail.pii.glue import MAX_LOOKS
from akios_jail.pii.mentions import WITHIN
from akios_jail.pii.merge import Ranked
from akios_jail.pii.triggered import Hit, Triggered
from akios_jail.pii.vault import Unredactable
from akios_jail.pii.view import View

#: What is found further from the end of a text than this, in folded characters and in original ones, does not change
#: if the text goes on: a trigger and its reach, how far from there a name is looked for again, and the reach once more
#: for every further look.
HOLD = 2 * REACH + WITHIN + (MAX_LOOKS + 1) * REACH
#: Processor time that one text may take: so much, and so much more for each of its characters. Many times what is
#: usual, and as much as texts that were made to be slow take on a busy machine: what needs more is no text any more.
SECONDS = 3.0
SECONDS_PER_CHARACTER = 10e-6

#: A detector is shown so much of a text at once, and so much more on both sides.
BLOCK = 8192
MARGIN = 4 * REACH


class Budget:
    """The processor time that one text may take, counted from the first check: short texts come to none."""

    def __init__(self, length: int) -> None:
        self._seconds = SECONDS + length * SECONDS_PER_CHARACTER
        self._limit: float | None = None

    def check(self) -> None:
        now = time.thread_time()
        if self._limit is None:
            self._limit = now + self._seconds
        if now > self._limit:
            raise Unredactable("looking for personal data in a text took longer than it may")


def widest(reaches: Sequence[int]) -> int:
    """So much more of a text than a BLOCK is shown on both sides, at most."""
    return max((MARGIN, *(reach + REACH for reach in reaches)))


class _Windows:
    """A text in overlapping parts, so that no detector can do more than look around: whatever one does with all that it
    is shown takes no longer in a long text than in a short one."""

    def __init__(self, view: View, margin: int) -> None:
        self._whole = view
        self._margin = margin
        self.view = view
        self.start = 0  # of the part that is shown
        self.end = -1  # the last end of a trigger that it is for

    def move(self, end: int) -> None:
        """Show the part for triggers that end at `end` and soon after it."""
        block = end // BLOCK * BLOCK
        self.end = block + BLOCK - 1
        self.start = max(0, block - self._margin)
        self.view = self._whole.window(self.start, self.end + self._margin)


#: What was encoded in a text, how detectors see it, and the triggers there that are to be followed.
_Part = tuple[encodings.Decoded, View, list[Hit]]


class Look:
    """One look through a text and what is encoded in it. `allows`: whether a finding, whose value is the text given
    with it, is to be left alone."""

    def __init__(
        self, triggered: Triggered, budget: Budget, allows: Callable[[Finding, str], bool] | None = None
    ) -> None:
        self._triggered = triggered
        self._budget = budget
        self._allows = allows
        self._open: int | None = None  # the first folded offset that an unfinished trigger makes uncertain
        self.encoded = False

    def through(self, view: View, hits: Sequence[Hit] | None = None) -> list[Ranked]:
        """The findings, with their places in `view.text`. `hits`: its triggers, where they are known already."""
        self._open = None
        self.encoded = False
        try:
            found = self._found(view, 0, self._triggered.hits(view) if hits is None else hits)
        except (Unredactable, MemoryError):
            raise
        except Exception as error:
            raise Unredactable(f"a detector failed with {type(error).__name__}, so nothing may pass it") from error
        ranked = [(_at(finding, view.origin(finding.start, finding.end)), rank) for finding, rank in found]
        allows = self._allows
        if allows is None:
            return ranked
        return [
            (finding, rank) for finding, rank in ranked if not allows(finding, view.text[finding.start : finding.end])
        ]

    def settled(self, view: View) -> int:
        """From which place in `view.text` on the last findings may be otherwise if it goes on."""
        length = len(view.folded)
        end = length if self._open is None else self._open
        run = encodings.run_before(view.folded, length)
        if run <= encodings.MAX_RUN:
            end = min(end, length - run)
        if self.encoded:
            end = min(end, length - encodings.ENCODED_REACH)
        if end <= HOLD:
            return 0
        return max(0, min(view.origin(end - HOLD, end - HOLD + 1)[0], len(view.text) - HOLD))

    def _found(self, view: View, depth: int, hits: Sequence[Hit]) -> list[Ranked]:
        found: list[Ranked] = []
        if not hits:
            return found
        checks, reaches, length = self._triggered.checks, self._triggered.reaches, len(view.folded)
        own = len(checks)
        hits = _by_detector(hits, length)
        encoded: Iterable[_Part] = ()
        if depth < encodings.MAX_DEPTH:
            signs = [(trigger, end) for index, trigger, end in hits if index == own]
            if signs:
                self.encoded = True
                encoded = self._decoded(view, signs)
                if length <= BLOCK:
                    encoded = [*encoded]  # one pass right after the other takes two thirds of the time
        near = _Windows(view, MARGIN)
        far: _Windows | None = None
        last: Hit | None = None
        for step, hit in enumerate(hits, 1):
            if not step & 0xFF:
                self._budget.check()
            index, trigger, end = hit
            if hit == last or index == own:
                continue
            last = hit
            windows = near
            if reaches[index] > REACH:
                windows = far = far or _Windows(view, widest(reaches))
                if depth == 0 and end + reaches[index] > length + REACH and (self._open is None or end < self._open):
                    self._open = end
            if end > windows.end:
                windows.move(end)
            start = windows.start
            for finding in checks[index](windows.view, trigger, end - start):
                if start:
                    finding = finding._replace(start=finding.start + start, end=finding.end + start)
                found.append((finding, index))
        for part, inner, inner_hits in encoded:
            for finding, rank in self._found(inner, depth + 1, inner_hits):
                origin = part.origin(*inner.origin(finding.start, finding.end))
                if origin is not None:
                    found.append((_at(finding, origin), rank))
        return found

    def _decoded(self, view: View, signs: list[tuple[int, int]]) -> Iterator[_Part]:
        for part in encodings.decoded(view.folded, signs):
            self._budget.check()
            inner = View(part.text)
            yield part, inner, self._near(part, inner)

    def _near(self, part: encodings.Decoded, inner: View) -> list[Hit]:
        """The triggers in a decoded part that can lead to something encoded: the others are those of the text around
        it, where they were followed already."""
        own, reaches = len(self._triggered.checks), self._triggered.reaches
        spans = [(inner.index(start), inner.index(end)) for start, end in part.changed()]
        near: list[Hit] = []
        first = 0  # the first span that does not end before what the hits from here on can lead to
        stop = spans[-1][1] + REACH + 2 if spans else 0  # a trigger may ask for the character behind its end
        for hit in self._triggered.scanner.scan(inner.folded[:stop]):
            index, _, end = hit
            if index == own:
                near.append(hit)
                continue
            while first < len(spans) and spans[first][1] < end - REACH:
                first += 1
            if first < len(spans) and spans[first][0] <= end + max(REACH, reaches[index]):
                near.append(hit)
        return near


def _by_detector(hits: Sequence[Hit], length: int) -> Sequence[Hit]:
    """Hits in the order of a text, block by block those of one detector together: what it does the second time is
    done faster than what another does."""
    if length <= BLOCK:
        return sorted(hits, key=itemgetter(0))
    return sorted(hits, key=lambda hit: (hit[2] // BLOCK, hit[0]))


def _at(finding: Finding, place: tuple[int, int]) -> Finding:
    return finding if place == (finding.start, finding.end) else finding._replace(start=place[0], end=place[1])
