"""Finds all personal data in a text: one pass for the triggers, then each detector where its own point it.

What is found at one place depends on a bounded neighbourhood only (`HOLD`), so that a stream can be looked through
piece by piece with the same result as the whole.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from akios_jail.pii import encodings
from akios_jail.pii.companions import companions
from akios_jail.pii.finding import KEYED, REACH, Detector, Finding
from akios_jail.pii.mentions import WITHIN, mentions
from akios_jail.pii.merge import Ranked, merged
from akios_jail.pii.neighbours import neighbours
from akios_jail.pii.scanner import Scanner
from akios_jail.pii.trigger_cache import TriggerCache, Writer
from akios_jail.pii.vault import Unredactable
from akios_jail.pii.view import View, with_tags_shown

if TYPE_CHECKING:
    from akios_jail.pii.ner import Names

#: What stood glued to a finding may stand alone once it is replaced; so often its surroundings are looked at again.
MAX_LOOKS = 6
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

#: No detector finds anything shorter, unless its attribute `shortest` says so.
SHORTEST = 4

#: So many names that texts stand under are remembered.
_MOST_CONTEXTS = 1024
_FIRST_DIGIT = re.compile(KEYED)
_LETTER = re.compile(r"[^\W\d_]")

#: Stands where something was found when its surroundings are looked at again: no letter, digit, space or sign.
_MASK = "\ue000"
#: Near where a piece was cut out of its text, what is found may have been cut, too.
_EDGE = 64
_BREAKS = frozenset(" \t\r\n,;:!?\"'()[]{}<>|&=*`" + _MASK)
_JOINTS = frozenset(".-/+@#~^$")


#: Detector, number of its trigger, and where that ends in the folded text.
Hit = tuple[int, int, int]


class Looked(NamedTuple):
    """What was found, in order and without overlap; from `settled` on it may be otherwise if the text goes on."""

    findings: list[Finding]
    settled: int
    view: View
    encoded: bool  # something in it is

    def needed(self, place: int) -> int:
        """From where on the text is needed to find again what lies at `place` and after it."""
        context = HOLD + REACH + (encodings.ENCODED_REACH if self.encoded else 0)
        at = self.view.index(place)
        start = max(0, min(at - context, at - encodings.run_before(self.view.folded, at)))
        start = max(0, min(self.view.origin(start, start + 1)[0], place - context)) if start else 0
        for finding in self.findings:
            if finding.start < start < finding.end:
                return finding.start
        return start


class Engine:
    """`detectors` in order of preference where findings are equally sure and long. `allowed`: whether a finding, whose
    value is the text given with it, is to be left alone. `names`: a model that reads whole texts besides, not such as
    come in pieces. `own`: so many of the detectors, the first, are a policy's own. Safe to use in several threads."""

    def __init__(
        self,
        detectors: Sequence[Detector],
        allowed: Callable[[Finding, str], bool] | None = None,
        names: Names | None = None,
        own: int = 0,
    ) -> None:
        self._allowed = allowed
        self.names = names
        self._detectors = tuple(detectors)
        self._checks = [one.check for one in detectors]
        self.shortest = min((int(getattr(one, "shortest", SHORTEST)) for one in detectors), default=SHORTEST)
        self.kinds = frozenset(kind for one in detectors for kind in _kinds_of(one))
        self._reaches = [int(getattr(one, "reach", REACH)) for one in detectors]
        self._longest = max((MARGIN, *(reach + REACH for reach in self._reaches)))
        triggers = [["" if pattern == KEYED else pattern for pattern in one.triggers] for one in detectors]
        self._scanner = Scanner([*triggers, encodings.TRIGGERS], encodings.SPARSE, own)
        self._keyed = [(at, one.triggers.index(KEYED)) for at, one in enumerate(detectors) if KEYED in one.triggers]
        self._by_context: dict[str, list[tuple[int, int]]] = {}

    def prepare(self, cache: TriggerCache | None = None) -> bool:
        """Do now what the first text would otherwise wait for. Whether triggers were compiled that `cache` lacks."""
        compiled = self._scanner.prepare(cache)
        if self.names is not None:
            self.names.prepare()
        return compiled

    def keep(self, writer: Writer) -> None:
        """Have the compiled triggers kept for other processes."""
        self._scanner.keep(writer)

    def allows(self, finding: Finding, value: str) -> bool:
        """Whether this is to be left alone."""
        return self._allowed is not None and self._allowed(finding, value)

    def find(self, text: str, context: str = "") -> list[Finding]:
        """The findings in a text, in its order and without overlap. `context`: the JSON key whose value it is.

        `Unredactable` where a detector failed or took too long, or where the text is run together on purpose.
        """
        view = View(text, context)
        hits = self._hits(view)
        if not hits and self.names is None and text.isascii():
            return []  # most short values of documents
        return self.with_names(text, self._looked(view, context, hits)[0])

    def with_names(self, text: str, findings: list[Finding]) -> list[Finding]:
        """The findings in a text, and the names that a model sees in it, if there is one."""
        found = [] if self.names is None else self.names.found(text, findings)
        found = [finding for finding in found if not self.allows(finding, text[finding.start : finding.end])]
        return merged(text, [(one, rank) for rank, one in enumerate([*findings, *found])]) if found else findings

    def look(self, text: str, context: str = "") -> Looked:
        """The same without a model's, and from where on it may be otherwise if the text goes on."""
        view = View(text, context)
        findings, looks = self._looked(view, context, self._hits(view))
        settled = min(look.settled(view) for look, view in looks)
        return Looked(findings, settled, looks[0][1], any(look.encoded for look, _ in looks))

    def _hits(self, view: View) -> Sequence[Hit]:
        """In the order of the text."""
        hits = self._scanner.scan(view.folded)
        first = _FIRST_DIGIT.match(view.folded) if view.context and self._keyed else None
        if first is None:
            return hits
        asked = self._keyed if _LETTER.search(first.group()) is not None else self._named(view.context)
        return [*((at, number, first.end()) for at, number in asked), *hits]

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

    def _looked(self, whole: View, context: str, hits: Sequence[Hit]) -> tuple[list[Finding], list[tuple[_Look, View]]]:
        """What is found in a text where these triggers end, and the looks at it."""
        text = whole.text
        budget = _Budget(len(text))
        looks = [(_Look(self, budget), whole)]
        ranked = looks[0][0].through(whole, hits)
        shown = with_tags_shown(text)
        if shown is not None:
            looks.append((_Look(self, budget), View(shown, context)))
            ranked += looks[1][0].through(looks[1][1])
        if not ranked:
            return [], looks
        return self._again(text, self._everywhere(text, merged(text, ranked)), budget), looks

    def _everywhere(self, text: str, findings: list[Finding]) -> list[Finding]:
        """The findings, names beside them and with them, and where names stand again."""
        for look in (neighbours, companions, mentions) if "person_name" in self.kinds else ():
            more = [one for one in look(text, findings) if not self.allows(one, text[one.start : one.end])]
            if more:
                findings = merged(text, [(one, rank) for rank, one in enumerate([*findings, *more])])
        return findings

    def _again(self, text: str, findings: list[Finding], budget: _Budget) -> list[Finding]:
        """The findings, and what can be found beside them once they are gone."""
        new = findings
        for _ in range(MAX_LOOKS + 1):
            glued = [finding for finding in new if _glued(text, finding)]
            if not glued:
                return findings
            known = {(finding.start, finding.end) for finding in findings}
            masked = _masked(text, findings)
            ranked: list[Ranked] = []
            for start, end in _windows(glued, len(text)):
                view = View(masked[start:end])
                for found, rank in _Look(self, budget).through(view):
                    if _MASK in masked[start + found.start : start + found.end]:
                        continue
                    if (found.start < _EDGE and start > 0) or (end - start - found.end < _EDGE and end < len(text)):
                        continue
                    ranked.append((found._replace(start=start + found.start, end=start + found.end), rank))
            if not ranked:
                return findings
            findings = sorted([*findings, *merged(text, ranked)], key=_start)
            new = [finding for finding in findings if (finding.start, finding.end) not in known]
        raise Unredactable(f"a text still holds personal data after {MAX_LOOKS} further looks: it is run together")


def _kinds_of(detector: Detector) -> Iterable[str]:
    return cast("Iterable[str]", getattr(detector, "kinds", (detector.kind,)))


class _Budget:
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


class _Look:
    """One look through a text and what is encoded in it."""

    def __init__(self, engine: Engine, budget: _Budget) -> None:
        self._engine = engine
        self._budget = budget
        self._open: int | None = None  # the first folded offset that an unfinished trigger makes uncertain
        self.encoded = False

    def through(self, view: View, hits: Sequence[Hit] | None = None) -> list[Ranked]:
        """The findings, with their places in `view.text`. `hits`: its triggers, where they are known already."""
        self._open = None
        self.encoded = False
        try:
            found = self._found(view, 0, self._engine._hits(view) if hits is None else hits)
        except (Unredactable, MemoryError):
            raise
        except Exception as error:
            raise Unredactable(f"a detector failed with {type(error).__name__}, so nothing may pass it") from error
        ranked = [(_at(finding, view.origin(finding.start, finding.end)), rank) for finding, rank in found]
        if self._engine._allowed is None:
            return ranked
        allows = self._engine.allows
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
        engine, length = self._engine, len(view.folded)
        found: list[Ranked] = []
        signs: list[tuple[int, int]] = []
        if not hits:
            return found
        checks, reaches = engine._checks, engine._reaches
        own = len(checks)
        near = _Windows(view, MARGIN)
        far = _Windows(view, engine._longest)
        for step, (index, trigger, end) in enumerate(hits, 1):
            if not step & 0xFF:
                self._budget.check()
            if index == own:
                signs.append((trigger, end))
                continue
            if reaches[index] <= REACH:
                windows = near
            else:
                windows = far
                if depth == 0 and self._open is None and end + reaches[index] > length + REACH:
                    self._open = end
            if end > windows.end:
                windows.move(end)
            start = windows.start
            for finding in checks[index](windows.view, trigger, end - start):
                if start:
                    finding = finding._replace(start=finding.start + start, end=finding.end + start)
                found.append((finding, index))
        if signs and depth < encodings.MAX_DEPTH:
            self.encoded = True
            self._decoded(view, signs, found, depth)
        return found

    def _decoded(self, view: View, signs: list[tuple[int, int]], found: list[Ranked], depth: int) -> None:
        for part in encodings.decoded(view.folded, signs):
            self._budget.check()
            inner = View(part.text)
            for finding, rank in self._found(inner, depth + 1, self._near(part, inner)):
                origin = part.origin(*inner.origin(finding.start, finding.end))
                if origin is not None:
                    found.append((_at(finding, origin), rank))

    def _near(self, part: encodings.Decoded, inner: View) -> list[Hit]:
        """The triggers in a decoded part that can lead to something encoded: the others are those of the text around
        it, where they were followed already."""
        engine = self._engine
        own, reaches = len(engine._checks), engine._reaches
        spans = [(inner.index(start), inner.index(end)) for start, end in part.changed()]
        near: list[Hit] = []
        first = 0  # the first span that does not end before what the hits from here on can lead to
        for hit in engine._hits(inner):
            index, _, end = hit
            if index == own:
                near.append(hit)
                continue
            while first < len(spans) and spans[first][1] < end - REACH:
                first += 1
            if first < len(spans) and spans[first][0] <= end + max(REACH, reaches[index]):
                near.append(hit)
        return near


def _at(finding: Finding, place: tuple[int, int]) -> Finding:
    return finding if place == (finding.start, finding.end) else finding._replace(start=place[0], end=place[1])


def _start(finding: Finding) -> int:
    return finding.start


def _glued(text: str, finding: Finding) -> bool:
    """Whether what stands beside a finding could have kept something from being found."""
    before, after = text[max(0, finding.start - 2) : finding.start], text[finding.end : finding.end + 2]
    return _joins(before[::-1]) or _joins(after)


def _joins(beside: str) -> bool:
    """`beside`: the next character, and the one behind it."""
    if beside == "" or beside[0] in _BREAKS:
        return False
    return beside[0] not in _JOINTS or beside[1:].strip() != ""


def _masked(text: str, findings: Iterable[Finding]) -> str:
    pieces: list[str] = []
    done = 0
    for finding in findings:
        pieces += text[done : finding.start], _MASK * (finding.end - finding.start)
        done = finding.end
    pieces.append(text[done:])
    return "".join(pieces)


def _windows(findings: Iterable[Finding], length: int) -> list[tuple[int, int]]:
    """The surroundings of findings that come in order; those that touch are one."""
    windows: list[tuple[int, int]] = []
    for finding in findings:
        start, end = max(0, finding.start - REACH), min(length, finding.end + REACH)
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
        else:
            windows.append((start, end))
    return windows
