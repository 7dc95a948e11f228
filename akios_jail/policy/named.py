"""Which hosts do rules name? Asked by what depends on a rule of the allowlist: keys, rules over requests, routes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from akios_jail.policy import hosts
from akios_jail.policy.plans import Rule


class Named:
    """The hosts of some rules, for quick answers among thousands."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.host, []).append(rule)
        self._domains = {domain for host in self._rules for domain in _domains(host)}
        self._networks = [host for host, found in self._rules.items() if found[0].kind in ("ip", "cidr")]

    def overlaps(self, host: str) -> bool:
        """Whether a rule names this host (a name, `*.name`, an address or a network) or any within it."""
        if host in self._rules or any(domain in self._rules for domain in _domains(host)):
            return True
        if host.startswith("*."):
            return host in self._domains
        return hosts.parse(host).kind in ("ip", "cidr") and any(_meet(host, network) for network in self._networks)

    def rules_of(self, name: str) -> list[Rule]:
        """The rules that name this one host name, exactly or by a wildcard."""
        return [rule for host in (name, *_domains(name)) for rule in self._rules.get(host, ())]


def readable(rules: Iterable[Rule]) -> list[Rule]:
    """The rules whose requests are read: HTTP, in the clear or intercepted."""
    return [rule for rule in rules if rule.protocol == "http" or rule.tls == "intercept"]


def verified(rules: Iterable[Rule]) -> list[Rule]:
    """The rules whose requests are read and go on over TLS, to whom a certificate names."""
    return [rule for rule in rules if rule.tls == "intercept"]


def _domains(host: str) -> Iterator[str]:
    """The wildcards that take in all of a name or wildcard, other than itself."""
    labels = host.removeprefix("*.").split(".")
    for place in range(1, len(labels)):
        yield "*." + ".".join(labels[place:])


def _meet(one: str, other: str) -> bool:
    first, second = ipaddress.ip_network(one), ipaddress.ip_network(other)
    return first.version == second.version and first.overlaps(second)
