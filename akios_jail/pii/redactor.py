"""Joins the detectors: what is found in a text, and the text with placeholders in place of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, cast

from akios_jail.pii.finding import Detector, Finding, WholeDetector
from akios_jail.pii.scanner import Scanner
from akios_jail.pii.vault import Unredactable, Vault
from akios_jail.pii.view import View, with_tags_shown

#: How often a text is looked at again after a replacement; the bound keeps hostile texts linear.
MAX_PASSES = 16

#: What every finding has one of, in any spelling that is not ASCII too.
_POSSIBLE = re.compile(r"[0-9@%&\\\x80-\U0010ffff]")  # one class: a third of the time of two


class Redacted(NamedTuple):
    """A text without its personal data, and what was taken out (with its place in the text at that moment)."""

    text: str
    findings: list[Finding]


class Redactor:
    """`detectors` in order of preference.

    Findings that overlap become one: it covers them all, so that no part of any stays behind, and is what the longest
    of them says it is; of equally long ones, what the first detector says.
    """

    def __init__(self, detectors: Sequence[Detector | WholeDetector], vault: Vault) -> None:
        self._whole = [(rank, cast(WholeDetector, one)) for rank, one in enumerate(detectors) if hasattr(one, "find")]
        self._triggered = [(rank, cast(Detector, one)) for rank, one in enumerate(detectors) if hasattr(one, "check")]
        self._scanner = Scanner([one.triggers for _, one in self._triggered])
        self._vault = vault

    def find(self, text: str, context: str = "") -> list[Finding]:
        """The findings in a text, in its order and without overlap. `context`: the JSON key whose value it is."""
        # No detector finds anything shorter than a@b.c, or without a digit or a sign for @.
        if len(text) < 5 or _POSSIBLE.search(text) is None:
            return []
        ranked = self._ranked(text, context)
        shown = with_tags_shown(text)
        if shown is not None:
            ranked += self._ranked(shown, context)
        return _merged(ranked)

    def redact(self, text: str, context: str = "") -> Redacted:
        """The text with a placeholder in place of every finding. `Unredactable` if that cannot be had.

        What stood glued to a finding may stand alone once it is replaced, so the result is looked at again.
        """
        taken: list[Finding] = []
        for _ in range(MAX_PASSES):
            findings = self.find(text, context)
            if not findings:
                return Redacted(text, taken)
            taken += findings
            text = self._replace(text, findings)
        raise Unredactable(f"a text still holds personal data after {MAX_PASSES} passes: it is run together on purpose")

    def _ranked(self, text: str, context: str) -> list[tuple[Finding, int]]:
        view = View(text, context)
        found = [(finding, rank) for rank, detector in self._whole for finding in detector.find(view)]
        for index, trigger, end in self._scanner.scan(view.folded):
            rank, detector = self._triggered[index]
            found += [(finding, rank) for finding in detector.check(view, trigger, end)]
        return [(_original(view, finding), rank) for finding, rank in found]

    def _replace(self, text: str, findings: list[Finding]) -> str:
        pieces: list[str] = []
        end = 0
        for finding in findings:
            value = text[finding.start : finding.end]
            pieces += text[end : finding.start], self._vault.placeholder(finding.kind, finding.key, value)
            end = finding.end
        pieces.append(text[end:])
        return "".join(pieces)


def _original(view: View, finding: Finding) -> Finding:
    start, end = view.origin(finding.start, finding.end)
    return finding._replace(start=start, end=end)


def _merged(ranked: list[tuple[Finding, int]]) -> list[Finding]:
    merged: list[Finding] = []
    best = (0, 0)  # length and rank of the one that gave the last merged finding its name
    for finding, rank in sorted(ranked, key=lambda item: item[0].start):
        size = (finding.end - finding.start, -rank)
        if not merged or finding.start >= merged[-1].end:
            merged.append(finding)
            best = size
            continue
        last = merged[-1]
        name, best = (finding, size) if size > best else (last, best)
        merged[-1] = name._replace(start=last.start, end=max(last.end, finding.end))
    return merged
