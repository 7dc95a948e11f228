"""The names of one session: which exist for the agent, and which synthetic address stands for which.

In the jail a name is only a way to say which host is meant. The policy's exact names have had their addresses since it
was compiled; a name under a wildcard gets the next free one of its wildcard's slice when it is first asked for, and
keeps it: an address never changes its meaning within a session, because a program may remember it for as long as it
likes. Every other name does not exist, and no question is ever passed on, so names carry nothing out.
"""

from __future__ import annotations

import re
import socket
from typing import NamedTuple

from akios_jail.broker import dnswire, limits
from akios_jail.broker.dnswire import Query, Record
from akios_jail.policy.egress import RESOLVER, destinations, slices, spelling, wildcards_above
from akios_jail.policy.plans import EgressPlan

#: Seconds that a program may keep an answer. Short, so that a program that honours it holds nothing odd for long.
TTL = 60

_LABEL = re.compile(rb"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_REVERSE = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa")


class TableFull(Exception):
    """The session has asked for more names under wildcards than it may."""


class NameTable:
    """Hosts and the addresses that stand for them in one session."""

    def __init__(self, plan: EgressPlan, max_wildcard_names: int = limits.WILDCARD_NAMES.value) -> None:
        self._address = {host.host: host.address for host in plan.hosts if host.kind == "exact"}
        self._host = {address: host for host, address in self._address.items()}
        self._free = {pattern: iter(range(first, last + 1)) for pattern, first, last in slices(plan)}
        self._left = max_wildcard_names
        self._literals = _literals(plan)

    def address_of(self, host: str) -> str | None:
        """The address of a host (lower case, no dot at the end), given out now if need be; None: not an allowed name.

        `TableFull` when the name is allowed but no address is left for it.
        """
        known = self._address.get(host)
        if known is not None:
            return known
        pattern = next((p for p in wildcards_above(host) if p in self._free), None)
        if pattern is None:
            return None
        number = next(self._free[pattern], None) if self._left > 0 else None
        if number is None:
            raise TableFull(f"no address is left for names under {pattern}")
        self._left -= 1
        address = spelling(4, number)
        self._address[host] = address
        self._host[address] = host
        return address

    def host_of(self, address: str) -> str | None:
        """The host that an address of a connection stands for: a name, or the address itself where the policy allows it
        as a literal. None: this address was never given out, and the connection must be refused."""
        known = self._host.get(address)
        if known is not None:
            return known
        version = 6 if ":" in address else 4
        try:
            packed = socket.inet_pton(socket.AF_INET6 if version == 6 else socket.AF_INET, address)
        except OSError:
            return None
        number = int.from_bytes(packed, "big")
        if any(v == version and first <= number <= last for v, first, last in self._literals):
            return spelling(version, number)
        return None


def _literals(plan: EgressPlan) -> list[tuple[int, int, int]]:
    """The literal addresses that the plan opens, as ranges: `destinations` without any synthetic one."""
    literal = EgressPlan(tuple(host for host in plan.hosts if host.kind in ("ip", "cidr")))
    return sorted({(d.version, d.first, d.last) for d in destinations(literal)})


class Answer(NamedTuple):
    """What to say to one query. `denied` is a stable word when the question is to go on record, else ""."""

    rcode: int
    records: tuple[Record, ...] = ()
    extended: tuple[int, str] | None = None
    denied: str = ""


_BLOCKED = (dnswire.EDE_BLOCKED, "not allowed by the policy of this jail")
_NOT_ALLOWED = Answer(dnswire.NXDOMAIN, extended=_BLOCKED, denied="host_not_allowed")
_NOTHING_OF_THIS_TYPE = Answer(dnswire.NOERROR)


def decide(table: NameTable, query: Query) -> Answer:
    """The answer to a query. Never raises for what a query can hold."""
    if query.cls not in (dnswire.IN, dnswire.ANY) or query.type in (dnswire.AXFR, dnswire.IXFR):
        return Answer(dnswire.REFUSED, extended=_BLOCKED, denied="host_not_allowed")
    name = host_name(query)
    if name is None:
        return _NOT_ALLOWED
    if name == "localhost" or name.endswith(".localhost"):
        return _localhost(query.type)
    if name.endswith((".in-addr.arpa", ".ip6.arpa")):
        return _reverse(table, name, query.type)
    try:
        address = table.address_of(name)
    except TableFull as error:
        return Answer(dnswire.SERVFAIL, extended=(dnswire.EDE_OTHER, str(error)), denied="too_many_names")
    if address is None:
        return _NOT_ALLOWED
    if query.type not in (dnswire.A, dnswire.ANY):
        return _NOTHING_OF_THIS_TYPE
    return Answer(dnswire.NOERROR, (Record(dnswire.A, TTL, socket.inet_pton(socket.AF_INET, address)),))


def host_name(query: Query) -> str | None:
    """The question as a host name in lower case; None if it has bytes that no host name has, or is the root."""
    labels = [label.lower() for label in query.labels]
    if not labels or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return b".".join(labels).decode("ascii")


def _localhost(kind: int) -> Answer:
    """RFC 6761 §6.3: the name means loopback, whoever is asked."""
    records = []
    if kind in (dnswire.A, dnswire.ANY):
        records.append(Record(dnswire.A, TTL, socket.inet_pton(socket.AF_INET, "127.0.0.1")))
    if kind in (dnswire.AAAA, dnswire.ANY):
        records.append(Record(dnswire.AAAA, TTL, socket.inet_pton(socket.AF_INET6, "::1")))
    return Answer(dnswire.NOERROR, tuple(records))


def _reverse(table: NameTable, name: str, kind: int) -> Answer:
    """Synthetic addresses know their names. The jail's own address has none, which is nobody's fault: not on record."""
    match = _REVERSE.fullmatch(name)
    address = ".".join(reversed(match.groups())) if match else ""
    host = "localhost" if address == "127.0.0.1" else table.host_of(address)
    if address == RESOLVER:
        return Answer(dnswire.NXDOMAIN)
    if host is None or host == address:
        return _NOT_ALLOWED
    if kind not in (dnswire.PTR, dnswire.ANY):
        return _NOTHING_OF_THIS_TYPE
    return Answer(dnswire.NOERROR, (Record(dnswire.PTR, TTL, dnswire.encode_name(host)),))
