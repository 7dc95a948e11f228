"""A redactor for what a policy says."""

from __future__ import annotations

from akios_jail.pii.allow import Allowed
from akios_jail.pii.detectors import detectors
from akios_jail.pii.engine import Engine
from akios_jail.pii.finding import Detector
from akios_jail.pii.ner import Names
from akios_jail.pii.own import OwnPattern, OwnWords
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault
from akios_jail.policy.plans import Pii


def redactor_of(pii: Pii) -> Redactor:
    """With a vault of its own. `KeyError` for a field that has no detector."""
    own: list[Detector] = [OwnPattern(one.name, one.pattern) for one in pii.patterns]
    own += [OwnWords(one.name, one.words) for one in pii.words]
    names = Names(pii.ner) if pii.ner else None
    engine = Engine([*own, *detectors(pii.fields)], Allowed(pii.allow) if pii.allow else None, names, len(own))
    return Redactor(engine, Vault(), pii.mode, {one.kind: one.mode for one in pii.modes}, engine.kinds | {*pii.fields})
