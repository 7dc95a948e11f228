"""What a policy allows that another did not: for `akios policy diff`, and for policies that extend one.

Everything is compared in the compiled plans, where every default is filled in. A difference that cannot be shown to
allow no more counts as allowing more, and says that it is not sure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from akios_jail.policy import wider_rules, wider_tools
from akios_jail.policy.contradictions import ALLOWLIST
from akios_jail.policy.document import Path
from akios_jail.policy.plans import BrokerPlan, Budget, Credential, JailPlan, Pii, Plans
from akios_jail.policy.wider_rules import STRICTNESS, Old

_GOVERNANCE: Path = ("spec", "governance")
_FILES: Path = ("spec", "filesystem")
_RESOURCES: Path = ("spec", "resources")
_PII: Path = (*_GOVERNANCE, "pii_handling")
_ACCESS = {"": 0, "ro": 1, "overlay": 2, "rw": 3}


class Wider(NamedTuple):
    """One thing that the new policy allows and the old one did not. `place`: where the new one says so; `limit`: what
    of the old one it goes beyond. `sure`: False where it could only not be shown that it allows no more."""

    place: Path
    limit: Path
    what: str
    sure: bool = True


def wider(old: Plans, new: Plans) -> list[Wider]:
    """All of it, in the order of a policy file."""
    return [
        *_rules(old.broker, new.broker),
        *_budget(old.broker.budget, new.broker.budget),
        *_pii(old.broker.pii, new.broker.pii),
        *_governance(old.broker, new.broker),
        *_credentials(old.broker.credentials, new.broker.credentials),
        *(Wider(*each) for each in wider_tools.wider(old.broker.tools, new.broker.tools)),
        *_files(old.jail, new.jail),
        *_resources(old.jail, new.jail),
        *_environment(old.jail, new.jail),
    ]


def _rules(old: BrokerPlan, new: BrokerPlan) -> Iterator[Wider]:
    before = Old(old.rules, old.pii)
    for rule in new.rules:
        place = (*ALLOWLIST, rule.number - 1)
        beyond, what = wider_rules.excess(before, rule, new.pii)
        limit = (*ALLOWLIST, beyond.number - 1) if beyond is not None else ALLOWLIST
        if what:
            yield Wider(place, limit, what)
        elif beyond is not None and not _same_or_added(beyond.when, rule.when):
            what = f"rule {rule.number} has another condition than rule {beyond.number} had"
            yield Wider((*place, "when"), (*limit, "when"), what, sure=rule.when == "")


def _same_or_added(old: str, new: str) -> bool:
    """Whether a condition holds only where the old one held: it is the old one, or begins with it (see `narrowed`)."""
    return old in ("", new) or new.startswith(f"({old}\n) && (")


def _budget(old: Budget, new: Budget) -> Iterator[Wider]:
    place = (*_GOVERNANCE, "budget")
    for scope in ("session", "minute", "day"):
        for unit in ("microusd", "tokens"):
            before, after = _least(old, scope, unit), _least(new, scope, unit)
            if after > before:
                what = "no limit" if after == math.inf else _amount(after, unit)
                key = (*place, f"max_{'cost' if unit == 'microusd' else 'tokens'}_per_{scope}")
                yield Wider(key, key, f"{what} a {scope} where there were {_amount(before, unit)}")
    if not old.money:
        return
    if new.unknown_price != old.unknown_price and new.unknown_price != "deny":
        what = "models without a price may be called, at the price of the dearest"
        yield Wider((*_GOVERNANCE, "flux"), (*_GOVERNANCE, "flux"), what)
    if new.prices != old.prices:
        what = "other prices are stated, so that money goes further or less far"
        yield Wider((*_GOVERNANCE, "flux"), (*_GOVERNANCE, "flux"), what, sure=False)


def _least(budget: Budget, scope: str, unit: str) -> float:
    amounts = [getattr(limit, unit) for limit in budget.limits if limit.scope == scope]
    return min((amount for amount in amounts if amount is not None), default=math.inf)


def _amount(amount: float, unit: str) -> str:
    return f"${amount / 1_000_000:,.2f}" if unit == "microusd" else f"{amount:,.0f} tokens"


def _pii(old: Pii, new: Pii) -> Iterator[Wider]:
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
    known = [*old.fields, *(one.name for one in old.patterns), *(one.name for one in old.words)]
    for kind in known:
        before_mode, after_mode = old.mode_of(kind), new.mode_of(kind)
        if STRICTNESS[after_mode] < STRICTNESS[before_mode]:
            yield Wider((*_PII, "mode"), (*_PII, "mode"), f"{kind} is treated as {after_mode}, no more {before_mode}")
    if not set(new.allow) <= set(old.allow):
        more = ", ".join(sorted(set(new.allow) - set(old.allow)))
        yield Wider((*_PII, "allow"), (*_PII, "allow"), f"no personal data any more: {more}")
    if new.unreadable == "pass" and old.unreadable != "pass":
        yield Wider((*_PII, "unreadable"), (*_PII, "unreadable"), "what cannot be looked into passes")
    if not set(old.ner) <= set(new.ner):
        yield Wider((*_PII, "ner"), (*_PII, "ner"), "names are not looked for by a model of their language any more")
    if new.restore is True and old.restore is not True:
        yield Wider((*_PII, "restore"), (*_PII, "restore"), "the agent gets real values in answers")


def _governance(old: BrokerPlan, new: BrokerPlan) -> Iterator[Wider]:
    if old.monitoring == "strict" and new.monitoring != "strict":
        place = (*_GOVERNANCE, "monitoring")
        yield Wider(place, place, "calls to models that are not understood may pass")
    place = (*_GOVERNANCE, "flux")
    if old.routing.active and new.routing != old.routing:
        yield Wider(place, place, "calls are routed otherwise", sure=False)
    if old.budget.webhook and new.budget.webhook != old.budget.webhook:
        yield Wider(place, place, "alerts go elsewhere", sure=False)
    place = (*_GOVERNANCE, "approvals")
    if old.approvals.webhook and new.approvals.webhook != old.approvals.webhook:
        yield Wider((*place, "webhook"), (*place, "webhook"), "others are told of questions to people", sure=False)
    if new.approvals.prompt is True and old.approvals.prompt is not True:
        yield Wider((*place, "prompt"), (*place, "prompt"), "whoever runs the agent may answer questions, too")


def _credentials(old: tuple[Credential, ...], new: tuple[Credential, ...]) -> Iterator[Wider]:
    place = (*_GOVERNANCE, "credentials")
    known = {one.name: one for one in old}
    for number, one in enumerate(new):
        before = known.get(one.name)
        if before is None:
            yield Wider((*place, number), place, f"the agent may use a key: {one.name}")
        elif before._replace(hosts=()) != one._replace(hosts=()):
            yield Wider((*place, number), place, f"the key {one.name} is another or goes elsewhere", sure=False)
        elif not set(one.hosts) <= set(before.hosts):
            more = ", ".join(sorted(set(one.hosts) - set(before.hosts)))
            yield Wider((*place, number, "hosts"), place, f"the key {one.name} may go to {more}")


def _files(old: JailPlan, new: JailPlan) -> Iterator[Wider]:
    """What may be read and written changes only at paths that one of the two names, so that these tell all."""
    before, after = _shown(old), _shown(new)
    for path in sorted({*before, *after}):
        was, now = _access(before, path), _access(after, path)
        what = {"ro": "be read", "overlay": "be written in a layer", "rw": "be written"}.get(now, "")
        if _ACCESS[now] > _ACCESS[was]:
            key = "workspace" if path == new.workspace else "read" if now == "ro" else "write"
            yield Wider((*_FILES, key), (*_FILES, key), f"{path} may {what}")
        elif path.startswith("/") and was == "ro" and not now and _writes_relative(after):
            what = f"{path} is not kept from being written any more, should it lie in a folder that is"
            yield Wider(_FILES, (*_FILES, "read"), what, sure=False)


def _shown(plan: JailPlan) -> dict[str, str]:
    return {plan.workspace: plan.workspace_access} | {mount.path: mount.access for mount in plan.mounts}


def _access(shown: dict[str, str], path: str) -> str:
    """What may be done at a path: as the nearest folder above it says that is shown, "" where none is."""
    while path not in shown:
        above = path.rpartition("/")[0]
        if path in ("/", "."):
            return ""
        path = above or ("/" if path.startswith("/") else ".")
    return shown[path]


def _writes_relative(shown: dict[str, str]) -> bool:
    return any(not path.startswith("/") and access != "ro" for path, access in shown.items())


def _resources(old: JailPlan, new: JailPlan) -> Iterator[Wider]:
    for key, name, unit in (
        ("memory", "memory_bytes", " bytes of memory"),
        ("cpus", "cpus", " CPUs"),
        ("pids", "pids", " processes"),
        ("io", "io_bytes_s", " bytes a second of each disk"),
        ("open_files", "open_files", " open files"),
        ("file_size", "file_size_bytes", " bytes in a file"),
        ("tmp", "tmp_bytes", " bytes in /tmp"),
        ("wall_time", "wall_time_s", " seconds"),
    ):
        before, after = getattr(old, name), getattr(new, name)
        if before is not None and (after is None or after > before):
            place = (*_RESOURCES, key)
            more = f"no limit of{unit.removeprefix(' bytes')}" if after is None else f"{after:,}{unit}"
            yield Wider(place, place, f"{more} where there were {before:,}")
    if new.limits_optional is True and old.limits_optional is not True:
        place = (*_RESOURCES, "optional")
        yield Wider(place, place, "it runs without limits where the machine cannot give them")
    if new.seccomp_sha256 != old.seccomp_sha256 and new.seccomp_profile != "agent-strict":
        place = ("spec", "seccomp", "profile")
        what = f"system calls are those of {new.seccomp_profile}, no more those of {old.seccomp_profile}"
        yield Wider(place, place, what, sure=False)


def _environment(old: JailPlan, new: JailPlan) -> Iterator[Wider]:
    place: Path = ("spec", "environment")
    more = [name for name in new.env_pass if name not in old.env_pass]
    if more:
        what = f"the agent sees {', '.join(more)} of the environment"
        yield Wider((*place, "pass"), (*place, "pass"), what)
    after = dict(new.env_set)
    for name, value in old.env_set:
        if after.get(name) != value:
            yield Wider((*place, "set", name), (*place, "set", name), f"{name} has another value or none", sure=False)
