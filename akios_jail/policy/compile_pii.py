"""`pii_handling` as a plan: groups expanded, own kinds beside the known ones."""

from __future__ import annotations

from collections.abc import Iterator

from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import Problem
from akios_jail.policy.language_models import missing
from akios_jail.policy.pii_schema import GROUPS, PiiHandling, PiiOwn, expanded
from akios_jail.policy.plans import Pii, PiiMode, PiiPattern, PiiWords
from akios_jail.policy.schema import AgentPolicy

SECTION: Path = ("spec", "governance", "pii_handling")


def compile_pii(policy: AgentPolicy) -> Pii:
    """The plan. Of `modes` a kind goes before a group that it is in."""
    handling = policy.spec.governance.pii_handling
    if handling.mode == "off":
        return Pii("off", ())
    modes: dict[str, str] = {}
    for name, mode in sorted(handling.modes.items(), key=lambda item: item[0] not in GROUPS):
        modes.update(dict.fromkeys(expanded([name]), mode))
    fields = expanded(handling.fields)
    own: list[PiiOwn] = [*handling.patterns, *handling.words]
    modes.update({one.name: one.mode for one in own if one.mode is not None})
    return Pii(
        handling.mode,
        fields,
        tuple(
            PiiMode(kind, mode)
            for kind, mode in modes.items()
            if kind in (*fields, *(one.name for one in own)) and mode != handling.mode
        ),
        tuple(
            PiiPattern(one.name, f"(?i){one.pattern}" if one.ignore_case else one.pattern) for one in handling.patterns
        ),
        tuple(PiiWords(one.name, tuple(dict.fromkeys(one.words))) for one in handling.words),
        tuple(dict.fromkeys(handling.allow)),
        tuple(dict.fromkeys(handling.scope)),
        handling.restore,
        handling.unreadable,
        ner=tuple(dict.fromkeys(handling.ner)),
    )


def problems(read: Document, policy: AgentPolicy) -> Iterator[Problem]:
    """What of `pii_handling` can never take effect."""
    handling = policy.spec.governance.pii_handling
    fields = set(expanded(handling.fields))
    for name in handling.modes if handling.mode != "off" else ():
        if not fields & set(expanded([name])):
            message = f"`modes` says what happens to {name}, which `fields` does not look for"
            yield read.problem((*SECTION, "modes", name), message, f"Add {name} to `fields`, or take this out.")
    names: set[str] = set()
    own = [("patterns", number, one.name) for number, one in enumerate(handling.patterns)]
    own += [("words", number, one.name) for number, one in enumerate(handling.words)]
    for key, number, kind in own:
        if kind in names:
            yield read.problem((*SECTION, key, number, "name"), f"{kind} is there twice", "Take another name.")
        names.add(kind)
    if handling.ner and handling.mode != "off":
        yield from _models(read, handling)


def _models(read: Document, handling: PiiHandling) -> Iterator[Problem]:
    """Models of a language that have nothing to do, no whole text to read, or are not installed here."""
    place: Path = (*SECTION, "ner")
    if "person_name" not in expanded(handling.fields):
        message = "`ner` looks for names of people, which `fields` does not ask for"
        yield read.problem(place, message, "Add person_name to `fields`, or take this out.")
    if "responses" in handling.scope:
        message = "a model of the language reads whole texts, and `responses` come in pieces"
        at = (*SECTION, "scope", handling.scope.index("responses"))
        yield read.problem(at, message, "Take `responses` out of the scope, or take `ner` out.")
    for number, name in enumerate(handling.ner):
        wrong = missing(name)
        if wrong is not None:
            yield read.problem((*place, number), wrong.message, wrong.hint)
