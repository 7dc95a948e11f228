"""A redactor for what a policy says."""

from __future__ import annotations

from akios_jail.pii.detectors import detectors
from akios_jail.pii.engine import Engine
from akios_jail.pii.finding import Detector, Finding, WholeDetector
from akios_jail.pii.own import OwnPattern, OwnWords
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault
from akios_jail.policy.plans import Pii


def redactor_of(pii: Pii) -> Redactor:
    """With a vault of its own. `KeyError` for a field that has no detector."""
    own: list[Detector | WholeDetector] = [OwnPattern(one.name, one.pattern) for one in pii.patterns]
    own += [OwnWords(one.name, one.words) for one in pii.words]
    engine = Engine([*own, *detectors(pii.fields)], Allowed(pii.allow) if pii.allow else None)
    return Redactor(engine, Vault(), pii.mode, {one.kind: one.mode for one in pii.modes}, engine.kinds | {*pii.fields})


class Allowed:
    """Values that are not personal although they look so, and domains (`@example.com`) with all addresses at them."""

    def __init__(self, allow: tuple[str, ...]) -> None:
        self._values = {_normal(entry) for entry in allow if not entry.startswith("@")}
        self._domains = tuple(entry.lower() for entry in allow if entry.startswith("@"))

    def __call__(self, finding: Finding, value: str) -> bool:
        if _normal(value) in self._values or finding.key in self._values:
            return True
        return finding.kind == "email" and finding.key.lower().endswith(self._domains) if self._domains else False


def _normal(value: str) -> str:
    return " ".join(value.split()).casefold()
