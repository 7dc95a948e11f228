"""Which rules of a new allowlist let through what the old one did not.

A rule is no wider when one rule of the old list lets through all that it does, treated no more strictly, and no earlier
rule of the old list would have treated a part of it more strictly. That is a little less than the truth (two old rules
together may cover a new one), and never more.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any, NamedTuple

from akios_jail.policy import hosts, methods, paths
from akios_jail.policy.plans import Pii, Rule
from akios_jail.policy.wider_pii import STRICTNESS


class Old(NamedTuple):
    """The allowlist that must not be exceeded, and its modes of personal data."""

    rules: tuple[Rule, ...]
    pii: Pii


def excess(old: Old, rule: Rule, pii: Pii) -> tuple[Rule | None, str]:
    """What `rule` lets through beyond the old list, as a sentence, and the old rule that it goes beyond, if there is
    one; "" if nothing. A condition of the old rule counts as kept when the new rule has the same one: see `narrowed`.
    """
    cover = covering(old, rule, pii)
    if cover is not None:
        return cover, ""
    named = [each for each in old.rules if _overlap(each, rule)]
    if not named:
        return None, f"rule {rule.number} opens {rule.host}, which was closed"
    more = [(each, what) for each in named for what in _beyond(each, rule)]
    if len({each.number for each, _ in more}) < len(named):  # one of them lets through all of it
        return named[0], f"rule {rule.number} treats some of what goes to {rule.host} less strictly"
    return more[0][0], f"rule {rule.number} opens {more[0][1]} at {rule.host}"


def covering(old: Old, rule: Rule, pii: Pii) -> Rule | None:
    """The old rule that lets through all that `rule` does, conditions apart; None if there is none.

    One without a condition, or with the same one, is preferred.
    """
    found: list[Rule] = []
    earlier: list[Rule] = []
    for each in old.rules:
        if not _overlap(each, rule):
            continue
        reached = all(_lets_by(before, each, rule) for before in earlier)
        whole = next(iter(_beyond(each, rule)), None) is None
        if reached and whole and _kept_back(old.pii, each, pii, rule):
            found.append(each)
        elif _treats(each, rule) and not _kept_back(old.pii, each, pii, rule):
            break  # it stood before all that follow, and treated a part of this more strictly
        earlier.append(each)
    same = [each for each in found if each.when in ("", rule.when)]
    return next(iter(same or found), None)


def narrowed(old: Old, rule: Rule, pii: Pii) -> Rule:
    """The rule with the condition of the old one that covers it, besides its own."""
    cover = covering(old, rule, pii)
    if cover is None or cover.when in ("", rule.when):
        return rule
    when = f"({cover.when}\n) && ({rule.when}\n)" if rule.when else cover.when
    return rule._replace(when=when, when_needs_body=cover.when_needs_body or rule.when_needs_body)


def _beyond(old: Rule, new: Rule) -> Iterable[str]:
    """In which respects `new` goes beyond `old`, conditions and personal data apart."""
    if not _host_within(old, new):
        yield "other hosts"
    if not set(new.ports) <= set(old.ports):
        more = ", ".join(str(port) for port in new.ports if port not in old.ports)
        yield f"port {more}"
    if _unread(new) and not _unread(old):
        yield "connections that are not read"
    elif new.protocol != old.protocol and not (_unread(old) and old.protocol == "tcp"):
        yield f"protocol {new.protocol}"
    elif not _unread(old) and not _unread(new):
        if methods.ANY not in old.methods and not set(new.methods) <= set(old.methods):
            yield ", ".join(each for each in new.methods if each not in old.methods)
        if not paths.covers(old.paths, new.paths):
            yield f"paths {', '.join(new.paths)}"
    if not all(any(_within(wide, narrow) for wide in old.addresses) for narrow in new.addresses):
        yield f"private networks {', '.join(new.addresses)}"


def _unread(rule: Rule) -> bool:
    return rule.protocol == "tcp" or rule.tls == "passthrough"


def _kept_back(old_pii: Pii, old: Rule, new_pii: Pii, new: Rule) -> bool:
    """Whether personal data is kept back under the new rule at least as it was under the old one."""
    if old_pii.mode == "off":
        return True
    before = [old.pii] if old.pii else sorted(old_pii.used)
    after = ["off"] if new_pii.mode == "off" else [new.pii] if new.pii else sorted(new_pii.used)
    if not old.pii and not new.pii:
        return True  # as the policies' own modes say, which are compared by themselves
    return min(STRICTNESS[mode] for mode in after) >= max(STRICTNESS[mode] for mode in before)


def _lets_by(earlier: Rule, old: Rule, new: Rule) -> bool:
    """Whether an earlier rule leaves to `old` what both speak of, or lets pass what `new` would: the first rule of a
    destination says how it is handled, and rules of another handling say nothing there."""
    if (earlier.protocol, earlier.tls) == (old.protocol, old.tls):
        return True
    return _unread(earlier) and earlier.protocol in ("tcp", new.protocol)


def _treats(old: Rule, new: Rule) -> bool:
    """Whether some request that `new` lets through may be the old rule's to decide."""
    if _unread(old) or _unread(new):
        return True
    shared = methods.ANY in (*old.methods, *new.methods) or bool(set(old.methods) & set(new.methods))
    return shared  # of paths it is not worth being sure that no two globs meet


def _overlap(old: Rule, new: Rule) -> bool:
    return bool(set(old.ports) & set(new.ports)) and (_host_within(old, new) or _host_within(new, old))


def _host_within(wide: Rule, narrow: Rule) -> bool:
    """Whether a rule for one host speaks of every host of the other."""
    if wide.host == narrow.host:
        return True
    names = {"exact", "wildcard"}
    if wide.kind == "wildcard" and narrow.kind in names:
        return narrow.host.removeprefix("*").endswith(wide.host[1:])
    if wide.kind == "cidr" and narrow.kind in ("ip", "cidr"):
        return _within(wide.host, narrow.host)
    return False


def _within(wide: str, narrow: str) -> bool:
    """Whether a network lies in another, and in the same special ranges (see `hosts.speaks_of`)."""
    outer, inner = ipaddress.ip_network(wide), ipaddress.ip_network(narrow)
    if not _subnet(inner, outer):
        return False
    return all(_subnet(outer, special) for special in hosts.SPECIAL if _subnet(inner, special))


def _subnet(narrow: Any, wide: Any) -> bool:
    return narrow.version == wide.version and bool(narrow.subnet_of(wide))
