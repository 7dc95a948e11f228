"""Joins the detectors: what is found in a text, and the text with placeholders in place of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from akios_jail.pii.engine import Engine
from akios_jail.pii.finding import Detector, Finding, WholeDetector
from akios_jail.pii.vault import Vault

#: No detector finds anything shorter.
MIN_LENGTH = 4


class Redacted(NamedTuple):
    """A text without its personal data, and what was taken out, with its place in the text as it was."""

    text: str
    findings: list[Finding]


class Redactor:
    """`detectors` in order of preference."""

    def __init__(self, detectors: Sequence[Detector | WholeDetector], vault: Vault) -> None:
        self._engine = Engine(detectors)
        self._vault = vault

    def find(self, text: str, context: str = "") -> list[Finding]:
        """The findings in a text, in its order and without overlap. `context`: the JSON key whose value it is."""
        return self._engine.find(text, context) if len(text) >= MIN_LENGTH else []

    def redact(self, text: str, context: str = "") -> Redacted:
        """The text with a placeholder in place of every finding. `Unredactable` if that cannot be had."""
        findings = self.find(text, context)
        return Redacted(self._replace(text, findings), findings) if findings else Redacted(text, findings)

    def _replace(self, text: str, findings: list[Finding]) -> str:
        pieces: list[str] = []
        end = 0
        for finding in findings:
            value = text[finding.start : finding.end]
            pieces += text[end : finding.start], self._vault.placeholder(finding.kind, finding.key, value)
            end = finding.end
        pieces.append(text[end:])
        return "".join(pieces)
