"""Which rules over tools of a new policy let through what the old ones did not.

The first rule that matches decides, so the old rules must all be there still, in their order and behind whatever is
new; and a new rule may not go before an old one that is stricter about some of the same calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from akios_jail.policy import hosts, methods
from akios_jail.policy.document import Path
from akios_jail.policy.lookalikes import folded
from akios_jail.policy.plans import ToolRule

TOOLS: Path = ("spec", "governance", "tools")

#: Which action lets less through. What a rule bounds never goes beyond, even if a person would say yes to more.
_STRICTNESS = {"allow": 0, "require_approval": 1, "modify": 2, "deny": 3, "terminate": 3}


def wider(old: tuple[ToolRule, ...], new: tuple[ToolRule, ...]) -> Iterator[tuple[Path, Path, str, bool]]:
    """Place in the new policy, limit in the old one, what it is, and whether that is sure: see `wider.Wider`."""
    added = len(new) - len(old)
    if added < 0 or [_told(rule) for rule in new[added:]] != [_told(rule) for rule in old]:
        kept = {_told(rule) for rule in new}
        for rule in old:
            if rule.action != "allow" and _told(rule) not in kept:
                yield TOOLS, (*TOOLS, rule.number - 1), f"tool rule {rule.number} ({rule.action}) is gone", False
        if all(_told(rule) in kept for rule in old if rule.action != "allow"):
            yield TOOLS, TOOLS, "the tool rules come in another order, or others come behind them", False
        return
    for one in new[:added]:
        for rule in old:
            may = max(rule.action, "deny" if rule.when else rule.action, key=_STRICTNESS.__getitem__)
            as_strict = _STRICTNESS[one.action] >= _STRICTNESS[may] and one.action != "modify"
            if one.action == may == "require_approval" and one.timeout_s > rule.timeout_s:
                as_strict = False  # who answers later than the old rule waits would be too late
            if not as_strict and may != "allow" and _meet(one, rule):
                unanswered = "" if may == rule.action else ", when its condition has no answer"
                what = f"tool rule {one.number} ({one.action}) goes before one that may {may} the same{unanswered}"
                yield (*TOOLS, one.number - 1), (*TOOLS, rule.number - 1), what, True
                break


def _told(rule: ToolRule) -> ToolRule:
    """The rule without its place."""
    return rule._replace(number=0, line=0)


def _meet(one: ToolRule, other: ToolRule) -> bool:
    """Whether both may speak of one call."""
    if bool(one.tool) != bool(other.tool):
        return False
    if one.tool:
        return _globs_meet(one.tool, other.tool)
    named = one.methods and other.methods and methods.ANY not in (*one.methods, *other.methods)
    if named and one.action == "allow" and not set(one.methods) & set(other.methods):
        return False  # others than those that allow take a request for any of the methods that it may stand for
    if one.hosts and other.hosts:
        return any(_hosts_meet(first, second) for first in one.hosts for second in other.hosts)
    return True


def _hosts_meet(one: str, other: str) -> bool:
    first, second = hosts.parse(one), hosts.parse(other)
    if "exact" in (first.kind, second.kind) and "wildcard" in (first.kind, second.kind):
        name, glob = (one, other) if first.kind == "exact" else (other, one)
        return name.endswith(glob[1:])
    if {first.kind, second.kind} == {"exact"}:
        return one == other
    if {first.kind, second.kind} == {"wildcard"}:
        return one.endswith(other[1:]) or other.endswith(one[1:])
    return not ({first.kind, second.kind} & {"exact", "wildcard"} and {first.kind, second.kind} & {"ip", "cidr"})


def _globs_meet(one: str, other: str) -> bool:
    """Whether some name may match both globs; names that differ only in spelling count as one."""
    first, second = folded(one), folded(other)
    if "*" in first and "*" in second:
        return True
    name, glob = (first, second) if "*" in second else (second, first)
    return re.fullmatch(".*".join(map(re.escape, glob.split("*"))), name) is not None
