"""What is found in a text that comes in pieces, with its place in the whole: memory is bounded, however long it is.

The findings are those of the whole text. Only a table's cell in quotes that goes on over many lines may be cut where
two pieces meet; what its detectors find in it is found all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from akios_jail.pii import table
from akios_jail.pii.finding import Finding
from akios_jail.pii.merge import merged
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Unredactable

#: So many characters are looked at at once.
PIECE = 1 << 20
#: More is not kept: what belongs together over such a length is no value, but a flood.
MAX_KEPT = 4 * PIECE


class Placed(NamedTuple):
    """A finding, with offsets in the whole text, in characters; line and column count from 1."""

    finding: Finding
    line: int
    column: int
    value: str


class FindingStream:
    """One text on its way past a redactor. `Unredactable` where the whole text would be."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._text = ""  # what is still needed to judge the rest, then what is not judged yet
        self._base = 0  # where it begins in the whole
        self._told = 0  # what lies before this place in it was told
        self._header: str | None = None
        self._line, self._line_start = 1, 0  # of `_counted`, in the whole
        self._counted = 0

    def feed(self, piece: str) -> Iterator[Placed]:
        """Take the next piece; what is certain now."""
        for start in range(0, len(piece), PIECE):
            self._text += piece[start : start + PIECE]
            if len(self._text) - self._told >= PIECE:
                yield from self._look(last=False)

    def finish(self) -> Iterator[Placed]:
        """The text is over: the rest."""
        yield from self._look(last=True)

    def _look(self, last: bool) -> Iterator[Placed]:
        text = self._text
        if self._header is None:
            self._header = text[: text.find("\n", 0, table.MAX_HEADER) + 1]
        looked = self._redactor.look(text)
        stop = len(text) if last else self._stop(looked.settled)
        for finding in [] if last else looked.findings:
            if finding.start < stop < finding.end:
                stop = self._text.rfind("\n", self._told, finding.start) + 1 or finding.start
        findings = [finding for finding in looked.findings if self._told <= finding.start and finding.end <= stop]
        cells = self._cells(stop)
        allows = self._redactor.engine.allows
        cells = [cell for cell in cells if not allows(cell, text[cell.start : cell.end])]
        if cells:
            findings = merged(text, [(each, rank) for rank, each in enumerate([*findings, *cells])])
        findings = self._named(findings, stop)
        for finding in findings:
            yield self._placed(finding)
        self._count(stop)
        self._told = max(self._told, stop)
        keep = 0 if last else looked.needed(self._told)
        if not last and len(text) - keep > MAX_KEPT:
            raise Unredactable(f"more than {MAX_KEPT} characters belong together: the text cannot be judged")
        self._text, self._base, self._told = text[keep:], self._base + keep, self._told - keep

    def _stop(self, settled: int) -> int:
        """The end of the last line that is certain; in a line without end, what is certain of it."""
        line = self._text.rfind("\n", self._told, settled) + 1
        return line if line > self._told else max(self._told, settled)

    def _cells(self, stop: int) -> list[Finding]:
        """What the header says of the lines that are told now."""
        if not self._header:
            return []
        begin = self._told
        before = "" if self._base + begin == 0 else self._header
        found = table.found(before + self._text[begin:stop], self._redactor.kinds, self._redactor.engine.meaning)
        shift = begin - len(before)
        return [each._replace(start=each.start + shift, end=each.end + shift) for each in found]

    def _named(self, findings: list[Finding], stop: int) -> list[Finding]:
        """What is told now, with the names that a model sees in it, if there is one."""
        begin, engine = self._told, self._redactor.engine
        if engine.names is None:
            return findings
        here = [each._replace(start=each.start - begin, end=each.end - begin) for each in findings]
        found = engine.with_names(self._text[begin:stop], here)
        return [each._replace(start=each.start + begin, end=each.end + begin) for each in found]

    def _placed(self, finding: Finding) -> Placed:
        value = self._text[finding.start : finding.end]
        self._count(finding.start)
        start = self._base + finding.start
        whole = finding._replace(start=start, end=self._base + finding.end)
        return Placed(whole, self._line, start - self._line_start + 1, value)

    def _count(self, place: int) -> None:
        """Count lines up to a place in the kept text."""
        begin, end = self._counted - self._base, place
        if end <= begin:
            return
        self._line += self._text.count("\n", begin, end)
        last = self._text.rfind("\n", begin, end)
        if last >= 0:
            self._line_start = self._base + last + 1
        self._counted = self._base + end
