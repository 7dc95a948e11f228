"""What of personal data may leave under a policy that might not under another.

Of findings in the same place one decides, of whatever kind: so what is newly looked for must be treated as strictly as
anything that was looked for before, or it would be a way to have that treated less strictly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from akios_jail.policy.document import Path
from akios_jail.policy.plans import Pii
from akios_jail.policy.widening import Wider

#: Modes: which keeps more of it back.
STRICTNESS: Final = {"off": 0, "observe": 1, "pseudonymize": 2, "redact_before_inference": 3, "block": 4}
_PII: Final[Path] = ("spec", "governance", "pii_handling")


def wider(old: Pii, new: Pii) -> Iterator[Wider]:
    """Kinds and places that are not looked for any more, milder modes, and what would pass for another kind."""
    if old.mode == "off":
        return
    if new.mode == "off":
        yield Wider((*_PII, "mode"), (*_PII, "mode"), "personal data is not looked for any more")
        return
    gone = {
        "fields": [kind for kind in old.fields if kind not in new.fields],
        "patterns": [one.name for one in old.patterns if one not in new.patterns],
        "words": [one.name for one in old.words if one not in new.words],
        "scope": [scope for scope in old.scope if scope not in new.scope],
    }
    for name, left in gone.items():
        if left:
            yield Wider((*_PII, name), (*_PII, name), f"not looked for any more: {', '.join(left)}")
    known = _kinds(old)
    for kind in known:
        before_mode, after_mode = old.mode_of(kind), new.mode_of(kind)
        if STRICTNESS[after_mode] < STRICTNESS[before_mode]:
            yield Wider((*_PII, "mode"), (*_PII, "mode"), f"{kind} is treated as {after_mode}, no more {before_mode}")
    yield from _taking(old, new)
    if not set(new.allow) <= set(old.allow):
        more = ", ".join(sorted(set(new.allow) - set(old.allow)))
        yield Wider((*_PII, "allow"), (*_PII, "allow"), f"no personal data any more: {more}")
    if new.unreadable == "pass" and old.unreadable != "pass":
        yield Wider((*_PII, "unreadable"), (*_PII, "unreadable"), "what cannot be looked into passes")
    if not set(old.ner) <= set(new.ner):
        yield Wider((*_PII, "ner"), (*_PII, "ner"), "names are not looked for by a model of their language any more")
    if new.restore is True and old.restore is not True:
        yield Wider((*_PII, "restore"), (*_PII, "restore"), "the agent gets real values in answers")


def _taking(old: Pii, new: Pii) -> Iterator[Wider]:
    """Kinds that what was found as another kind may be taken for, and is then treated less strictly."""
    known = _kinds(old)
    strictest = max((old.mode_of(kind) for kind in known), key=STRICTNESS.__getitem__)
    added = [kind for kind in _kinds(new) if kind not in known]
    if not set(new.ner) <= set(old.ner):
        added.append("person_name")
    for kind in dict.fromkeys(added):
        if STRICTNESS[new.mode_of(kind)] < STRICTNESS[strictest]:
            place = (*_PII, "patterns" if kind in [one.name for one in new.patterns] else "fields")
            what = f"{kind} is newly looked for, and what was treated as {strictest} may be found as one"
            yield Wider(place, (*_PII, "mode"), f"{what}: {new.mode_of(kind)}", sure=False)
    own = [*old.patterns, *old.words]
    if [one for one in (*new.patterns, *new.words) if one in own] != own:
        yield Wider((*_PII, "patterns"), (*_PII, "patterns"), "kinds of one's own are preferred otherwise", sure=False)


def _kinds(pii: Pii) -> list[str]:
    return [*pii.fields, *(one.name for one in pii.patterns), *(one.name for one in pii.words)]
