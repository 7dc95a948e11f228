"""Joins the detectors: what is found in a text, and the text with placeholders in place of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from akios_jail.pii import table
from akios_jail.pii.engine import Engine, Looked
from akios_jail.pii.finding import Detector, Finding
from akios_jail.pii.keys import Meaning
from akios_jail.pii.known import Known
from akios_jail.pii.merge import merged
from akios_jail.pii.pseudonyms import needs_check, stand_ins
from akios_jail.pii.vault import Vault

#: Shorter texts are looked through again sooner than they are looked up.
REMEMBERED = 16


class Redacted(NamedTuple):
    """A text without its personal data, and what was found in it, with its place in the text as it was."""

    text: str
    findings: list[Finding]


class Redactor:
    """`detectors` in order of preference, or an engine that has them. `modes`: what happens to findings of a kind, by
    default `mode`: redact_before_inference | pseudonymize, or block | observe, which leave them where they are.
    `kinds`: what is looked for by name, under keys and in tables, by default what the detectors find. `withholds`: what
    is found is not put back where its place is seen again. `known`: texts that were looked through already."""

    def __init__(
        self,
        detectors: Sequence[Detector] | Engine,
        vault: Vault,
        mode: str = "redact_before_inference",
        modes: Mapping[str, str] | None = None,
        kinds: Iterable[str] | None = None,
        withholds: bool = False,
        known: Known | None = None,
    ) -> None:
        self.engine = detectors if isinstance(detectors, Engine) else Engine(detectors)
        self.kinds = frozenset(self.engine.kinds if kinds is None else kinds)
        self.vault = vault
        self._mode = mode
        self._modes = dict(modes or {})
        self._withholds = withholds
        #: All that, besides a text, what becomes of it depends on.
        self.manner = json.dumps([mode, sorted(self._modes.items()), withholds])
        self.known = Known() if known is None else known

    def in_mode(self, mode: str) -> Redactor:
        """The same, with one mode for everything."""
        return Redactor(self.engine, self.vault, mode, None, self.kinds, self._withholds, self.known)

    def withholding(self) -> Redactor:
        """The same for answers: what was taken out of one is not put back into it."""
        return Redactor(self.engine, self.vault, self._mode, self._modes, self.kinds, True, self.known)

    def hiding(self) -> Redactor:
        """The same for what is kept here: what passes as it is has a placeholder there, which is not put back."""
        modes = {kind: _hiding(mode) for kind, mode in self._modes.items()}
        return Redactor(self.engine, self.vault, _hiding(self._mode), modes, self.kinds, True, self.known)

    @property
    def hides(self) -> bool:
        """Whether nothing that is found stays where it is."""
        return all(mode != "observe" for mode in (self._mode, *self._modes.values()))

    def wipe(self) -> None:
        """Forget what stands for what, and what was found."""
        self.vault.wipe()
        self.known.wipe()

    def mode(self, kind: str) -> str:
        """What happens to findings of this kind."""
        return self._modes.get(kind, self._mode)

    @property
    def acts(self) -> bool:
        """Whether anything that is found may not leave as it is."""
        return any(mode != "observe" for mode in (self._mode, *self._modes.values()))

    def places(self, kinds: Iterable[str]) -> bool:
        """Whether any of these kinds gets placeholders."""
        return any(self.mode(kind) == "redact_before_inference" for kind in kinds)

    def find(self, text: str, context: str = "", meaning: Meaning | None = None) -> list[Finding]:
        """The findings in a text, in its order and without overlap. `context`: the JSON key whose value it is.

        `meaning`: what that key says that the whole of it is.
        """
        if len(text) < REMEMBERED:
            return self._find(text, context, meaning)
        name = self.known.name(text, (context, *(meaning or ())))
        rows = self.known.outcome(name)
        if rows is not None:
            return [Finding(*row) for row in rows]
        findings = self._find(text, context, meaning)
        self.known.keep(name, [tuple(finding) for finding in findings])
        return findings

    def _find(self, text: str, context: str, meaning: Meaning | None) -> list[Finding]:
        findings = self.engine.find(text, context) if len(text) >= self.engine.shortest else []
        more: list[Finding] = []
        if meaning is not None and meaning.kind in self.kinds:
            value = text.strip()
            if value and meaning.holds(value):
                more = [table.named(meaning, value, text.index(value))]
        elif "\n" in text:
            more = table.found(text, self.kinds, self.engine.meaning)
        # What a detector found in the same place knows all spellings of a value; a name only this one.
        known = {(finding.kind, finding.start, finding.end) for finding in findings} if more else set()
        more = [
            finding
            for finding in more
            if (finding.kind, finding.start, finding.end) not in known
            and not self.engine.allows(finding, text[finding.start : finding.end])
        ]
        if not more:
            return findings
        return merged(text, [(finding, rank) for rank, finding in enumerate([*findings, *more])])

    def look(self, text: str, context: str = "") -> Looked:
        """The same, and from where on it may be otherwise if the text goes on."""
        return self.engine.look(text, context)

    def redact(self, text: str, context: str = "", meaning: Meaning | None = None) -> Redacted:
        """The text with something else in place of every finding. `Unredactable` if that cannot be had."""
        findings = self.find(text, context, meaning)
        return Redacted(self.replace(text, findings, 0, len(text)) if findings else text, findings)

    def replace(self, text: str, findings: Iterable[Finding], start: int, end: int) -> str:
        """This part of the text, in which these findings lie, with something else in their place."""
        pieces: list[str] = []
        done = start
        for finding in findings:
            new = self._instead(finding, text[finding.start : finding.end])
            if new is not None:
                pieces += text[done : finding.start], new
                done = finding.end
        pieces.append(text[done:end])
        return "".join(pieces)

    def _instead(self, finding: Finding, value: str) -> str | None:
        mode = self.mode(finding.kind)
        if mode == "redact_before_inference":
            return self.vault.placeholder(finding.kind, finding.key, value, self._withholds)
        if mode == "pseudonymize":
            return self.vault.stand_in(finding.kind, finding.key, value, stand_ins, self._passes, self._withholds)
        return None

    def _passes(self, kind: str, stand_in: str) -> bool:
        """Whether whoever checks a value of this kind takes the stand-in for one, as far as the detectors know."""
        found = self.engine.find(stand_in, kind.replace("_", " "))
        return any(finding.kind == kind for finding in found) or not needs_check(kind)


def _hiding(mode: str) -> str:
    return mode if mode == "pseudonymize" else "redact_before_inference"
