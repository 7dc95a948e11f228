"""What a policy allows that another did not: for `akios policy diff`, and for policies that extend one.

Everything is compared in the compiled plans, where every default is filled in. A difference that cannot be shown to
allow no more counts as allowing more, and says that it is not sure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from akios_jail.policy import wider_budget, wider_files, wider_pii, wider_rules, wider_tools
from akios_jail.policy.conditions import ConditionError, compile_condition
from akios_jail.policy.contradictions import ALLOWLIST
from akios_jail.policy.document import Path
from akios_jail.policy.plans import BrokerPlan, Credential, JailPlan, Plans
from akios_jail.policy.widening import Wider
from akios_jail.policy.wider_rules import Old

_GOVERNANCE: Path = ("spec", "governance")
_RESOURCES: Path = ("spec", "resources")
#: Profiles that come with AKIOS, from the mildest to the strictest: each refuses what those before it refuse.
_PROFILES: Final = ("agent-default", "agent-strict")


def wider(old: Plans, new: Plans) -> list[Wider]:
    """All of it, in the order of a policy file."""
    return [
        *_rules(old.broker, new.broker),
        *wider_budget.wider(old.broker.budget, new.broker.budget),
        *wider_pii.wider(old.broker.pii, new.broker.pii),
        *_governance(old.broker, new.broker),
        *_credentials(old.broker.credentials, new.broker.credentials),
        *(Wider(*each) for each in wider_tools.wider(old.broker.tools, new.broker.tools)),
        *wider_files.wider(old.jail, new.jail),
        *_resources(old.jail, new.jail),
        *_environment(old.jail, new.jail),
    ]


def changed(old: Plans, new: Plans) -> list[Wider]:
    """The same of two versions of one policy, which may also last longer, or count its days anew."""
    found = wider(old, new)
    place: Path = ("metadata", "expires")
    if old.expires is not None and (new.expires is None or new.expires > old.expires):
        found.append(Wider(place, place, "it may be used for longer"))
    place = ("metadata", "name")
    if new.name != old.name and any(limit.scope == "day" for limit in old.broker.budget.limits):
        what = f"what is spent in a day counts under the name {new.name}, where nothing is spent yet"
        found.append(Wider(place, place, what, sure=False))
    return found


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
    """Whether a condition holds only where the old one held: it is the old one, or has it first (see `narrowed`)."""
    if old in ("", new):
        return True
    if not (new.startswith(f"({old}\n) && (") and new.endswith("\n)")):
        return False
    try:
        compile_condition(new.removeprefix(f"({old}\n) && (").removesuffix("\n)"))
    except ConditionError:
        return False  # its own brackets end before the last one, as in `(old) && (a) || (b)`
    return True


def _governance(old: BrokerPlan, new: BrokerPlan) -> Iterator[Wider]:
    if old.monitoring == "strict" and new.monitoring != "strict":
        place = (*_GOVERNANCE, "monitoring")
        yield Wider(place, place, "calls to models that are not understood may pass")
    place = (*_GOVERNANCE, "flux")
    if (old.routing.active or old.routing.predictive) and new.routing != old.routing:
        yield Wider(place, place, "calls are routed otherwise", sure=False)
    place = (*_GOVERNANCE, "approvals")
    if new.approvals.webhook != old.approvals.webhook:
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
    names = (old.seccomp_profile, new.seccomp_profile)
    known = all(name in _PROFILES for name in names)
    if new.seccomp_sha256 != old.seccomp_sha256 and not (known and sorted(names, key=_PROFILES.index) == [*names]):
        place = ("spec", "seccomp", "profile")
        what = f"system calls are those of {new.seccomp_profile}, no more those of {old.seccomp_profile}"
        yield Wider(place, place, what, sure=False)
    if new.observed is not True and old.observed is True:
        place = ("spec", "trace", "processes")
        yield Wider(place, place, "nobody sees what it executes")


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
