"""Finds all personal data in a text: one pass for the triggers, then each detector where its own point it.

What is found at one place depends on a bounded neighbourhood only (`HOLD`), so that a stream can be looked through
piece by piece with the same result as the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from akios_jail.pii import encodings, keys
from akios_jail.pii.beside_people import births_beside, numbers_beside
from akios_jail.pii.companions import companions
from akios_jail.pii.finding import REACH, Detector, Finding
from akios_jail.pii.glue import EDGE, MASK, MAX_LOOKS, is_glued, masked, surroundings
from akios_jail.pii.keys import Meaning
from akios_jail.pii.look import HOLD, Budget, Look
from akios_jail.pii.mentions import mentions
from akios_jail.pii.merge import Ranked, merged
from akios_jail.pii.neighbours import neighbours
from akios_jail.pii.trigger_cache import TriggerCache, Writer
from akios_jail.pii.triggered import Hit, Triggered
from akios_jail.pii.vault import Unredactable
from akios_jail.pii.view import View, with_tags_shown, words

if TYPE_CHECKING:
    from akios_jail.pii.ner import Names

#: How a value must look under a name that only a detector's words know.
_LOOKS = {
    **dict.fromkeys(("passport", "driving_licence", "medical_record", "bank_account"), "number"),
    "date_of_birth": "date",
}
#: No detector finds anything shorter, unless its attribute `shortest` says so.
SHORTEST = 4


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
        self.shortest = min((int(getattr(one, "shortest", SHORTEST)) for one in detectors), default=SHORTEST)
        self.kinds = frozenset(kind for one in detectors for kind in _kinds_of(one))
        self.triggered = Triggered(detectors, own)

    def prepare(self, cache: TriggerCache | None = None) -> bool:
        """Do now what the first text would otherwise wait for. Whether triggers were compiled that `cache` lacks."""
        compiled = self.triggered.scanner.prepare(cache)
        if self.names is not None:
            self.names.prepare()
        return compiled

    def keep(self, writer: Writer) -> None:
        """Have the compiled triggers kept for other processes."""
        self.triggered.scanner.keep(writer)

    def allows(self, finding: Finding, value: str) -> bool:
        """Whether this is to be left alone."""
        return self._allowed is not None and self._allowed(finding, value)

    def meaning(self, name: str) -> Meaning | None:
        """What a key or a column of this name holds: as the table of keys has it, or the words that a detector has for
        what it finds, in more languages."""
        known = keys.meaning(name)
        if known is not None:
            return known
        kind = self.triggered.announced(words(name))
        return None if kind not in _LOOKS else keys.Meaning(kind, _LOOKS[kind])

    def find(self, text: str, context: str = "") -> list[Finding]:
        """The findings in a text, in its order and without overlap. `context`: the JSON key whose value it is.

        `Unredactable` where a detector failed or took too long, or where the text is run together on purpose.
        """
        view = View(text, context)
        hits = self.triggered.hits(view)
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
        findings, looks = self._looked(view, context, self.triggered.hits(view))
        settled = min(look.settled(view) for look, view in looks)
        return Looked(findings, settled, looks[0][1], any(look.encoded for look, _ in looks))

    def _looked(self, whole: View, context: str, hits: Sequence[Hit]) -> tuple[list[Finding], list[tuple[Look, View]]]:
        """What is found in a text where these triggers end, and the looks at it."""
        text = whole.text
        budget = Budget(len(text))
        looks = [(Look(self.triggered, budget, self._allowed), whole)]
        ranked = looks[0][0].through(whole, hits)
        shown = with_tags_shown(text)
        if shown is not None:
            looks.append((Look(self.triggered, budget, self._allowed), View(shown, context)))
            ranked += looks[1][0].through(looks[1][1])
        if not ranked:
            return [], looks
        return self._again(text, self._everywhere(text, merged(text, ranked)), budget), looks

    def _everywhere(self, text: str, findings: list[Finding]) -> list[Finding]:
        """The findings, names beside them and with them, and where names stand again."""
        looks: list[Callable[[str, Sequence[Finding]], list[Finding]]] = []
        if "phone" in self.kinds:
            looks.append(numbers_beside)
        if "person_name" in self.kinds:
            looks += [neighbours, companions, mentions]
            looks += [births_beside] if "date_of_birth" in self.kinds else []
        for look in looks:
            more = [one for one in look(text, findings) if not self.allows(one, text[one.start : one.end])]
            if more:
                findings = merged(text, [(one, rank) for rank, one in enumerate([*findings, *more])])
        return findings

    def _again(self, text: str, findings: list[Finding], budget: Budget) -> list[Finding]:
        """The findings, and what can be found beside them once they are gone."""
        new = findings
        for _ in range(MAX_LOOKS + 1):
            glued = [finding for finding in new if is_glued(text, finding)]
            if not glued:
                return findings
            known = {(finding.start, finding.end) for finding in findings}
            hidden = masked(text, findings)
            ranked: list[Ranked] = []
            for start, end in surroundings(glued, len(text)):
                view = View(hidden[start:end])
                for found, rank in Look(self.triggered, budget, self._allowed).through(view):
                    if MASK in hidden[start + found.start : start + found.end]:
                        continue
                    if (found.start < EDGE and start > 0) or (end - start - found.end < EDGE and end < len(text)):
                        continue
                    ranked.append((found._replace(start=start + found.start, end=start + found.end), rank))
            if not ranked:
                return findings
            findings = sorted([*findings, *merged(text, ranked)], key=_start)
            new = [finding for finding in findings if (finding.start, finding.end) not in known]
        raise Unredactable(f"a text still holds personal data after {MAX_LOOKS} further looks: it is run together")


def _kinds_of(detector: Detector) -> Iterable[str]:
    return cast("Iterable[str]", getattr(detector, "kinds", (detector.kind,)))


def _start(finding: Finding) -> int:
    return finding.start
