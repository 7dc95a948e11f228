"""How well what was found in documents fits their labels.

- A label is *found* when every letter and digit of it lies in a finding, whatever that calls it: nothing of the value
  is left. It is *misnamed* if no finding that touches it has a right kind for it.
- A finding is *right* if it touches a label that it has a right kind for, *misnamed* if it touches only others, and
  *false* if it touches none. Findings that touch only what may be found or not (`?`) are not counted.
- Recall is found labels of all labels; precision is right findings of all that are counted; F1 is their harmonic mean.
- Between which bounds a share lies is said by Wilson's interval at 95 %: of 60 values found out of 60 it says no more
  than 0.94. It takes the values for independent, which those of one template are not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import sqrt
from typing import NamedTuple

from tests.pii.corpus.document import Document, Label


class Found(NamedTuple):
    """What a product says it found."""

    kind: str
    start: int
    end: int


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The bounds between which the share of `hits` lies with 95 %; all that is possible where nothing was counted."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * spread) / (1 + z * z / of) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


class Row:
    """The counts of one kind."""

    def __init__(self) -> None:
        self.labels = self.found = self.misnamed_labels = 0
        self.right = self.misnamed = self.false = 0

    @property
    def recall(self) -> float:
        """1 where there is nothing to find."""
        return self.found / self.labels if self.labels else 1.0

    @property
    def counted(self) -> int:
        """The findings that are right or wrong."""
        return self.right + self.misnamed + self.false

    @property
    def precision(self) -> float:
        """1 where nothing was found."""
        return self.right / self.counted if self.counted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0

    def to_json(self) -> dict[str, float]:
        """All figures."""
        recall, precision = wilson(self.found, self.labels), wilson(self.right, self.counted)
        return {
            "labels": self.labels,
            "found": self.found,
            "recall": round(self.recall, 4),
            "precision": round(self.precision, 4),
            "f1": round(self.f1, 4),
            "recall_low": round(recall[0], 4),
            "recall_high": round(recall[1], 4),
            "precision_low": round(precision[0], 4),
            "precision_high": round(precision[1], 4),
            "findings": self.counted,
            "misnamed": self.misnamed,
            "false": self.false,
        }


class Miss(NamedTuple):
    """A label that was not found (`wrong` is None), or a finding that is wrong: false, or under another name."""

    document: Document
    label: Label | None
    wrong: Found | None


class Score:
    """Adds up documents."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = defaultdict(Row)
        self.misses: list[Miss] = []

    def add(self, document: Document, findings: Sequence[Found]) -> None:
        """Count one document."""
        for label in document.labels:
            if label.kinds:
                self._label(document, label, [f for f in findings if _touch(f, label)])
        for finding in findings:
            self._finding(document, finding, [label for label in document.labels if _touch(finding, label)])

    def _label(self, document: Document, label: Label, findings: Sequence[Found]) -> None:
        row = self.rows[label.kinds[0]]
        row.labels += 1
        if _covered(document.text, label, findings):
            row.found += 1
            row.misnamed_labels += all(finding.kind not in label.kinds for finding in findings)
        else:
            self.misses.append(Miss(document, label, None))

    def _finding(self, document: Document, finding: Found, labels: Sequence[Label]) -> None:
        real = [label for label in labels if label.kinds]
        row = self.rows[finding.kind]
        right = next((label for label in real if finding.kind in label.kinds), None)
        if right is not None:
            row.right += 1
        elif real:
            row.misnamed += 1
            self.misses.append(Miss(document, real[0], finding))
        elif not labels:
            row.false += 1
            self.misses.append(Miss(document, None, finding))

    def total(self) -> Row:
        """All kinds together."""
        whole = Row()
        for row in self.rows.values():
            for name, count in vars(row).items():
                setattr(whole, name, getattr(whole, name) + count)
        return whole


def _touch(finding: Found, label: Label) -> bool:
    return finding.start < label.end and label.start < finding.end


def _covered(text: str, label: Label, findings: Iterable[Found]) -> bool:
    left = {place for place in range(label.start, label.end) if text[place].isalnum()}
    for finding in findings:
        left.difference_update(range(finding.start, finding.end))
    return not left
