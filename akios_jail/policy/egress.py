"""Which addresses an egress plan opens, as plain ranges: read by the jail (nftables) and by the broker (DNS) alike.

A name has no address of its own in the jail. An exact name was given one when the policy was compiled; a name under a
wildcard gets one at its first query, from the slice of `WILDCARD_NETWORK` that belongs to the most specific wildcard
that covers it. Every name of a slice is covered by the same wildcards, so each port of a slice has one handling, and
nftables can know it before any query is made.
"""

from __future__ import annotations

import socket
from typing import NamedTuple

from akios_jail.policy.plans import SYNTHETIC_NETWORK, WILDCARD_NETWORK, EgressHost, EgressPlan

#: The jail's own address on its loopback, and the name server of its resolv.conf. Not in 127/8: glibc's AI_ADDRCONFIG
#: ignores loopback addresses and would refuse IPv4-only lookups on a machine that has nothing else (check_pf.c).
RESOLVER = "198.18.0.1"

_LOOPBACK = ((4, 127 << 24, (128 << 24) - 1), (6, 1, 1))


class Destination(NamedTuple):
    """Addresses `first` to `last` (integers, inclusive) of IP `version` 4 or 6, at one port, with their handling."""

    version: int
    first: int
    last: int
    port: int
    handling: str


class Slice(NamedTuple):
    """The part of `WILDCARD_NETWORK` whose addresses go to names under `pattern` (`*.example.com`)."""

    pattern: str
    first: int
    last: int


def wildcards_above(name: str) -> list[str]:
    """Every wildcard that covers a name, the most specific first: `*.b.c` and `*.c` for `a.b.c`. Lower case."""
    labels = name.split(".")
    return ["*." + ".".join(labels[i:]) for i in range(1, len(labels))]


def span(text: str) -> tuple[int, int, int]:
    """`(version, first, last)` of an address or a network in its usual spelling. `ValueError` if it is neither."""
    address, slash, prefix = text.partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        packed = socket.inet_pton(family, address)
    except OSError as error:
        raise ValueError(f"{text!r} is not an address or a network") from error
    bits = len(packed) * 8
    length = int(prefix) if slash else bits
    if not 0 <= length <= bits:
        raise ValueError(f"{text!r} has a prefix length that its address family does not have")
    size = 1 << (bits - length)
    first = int.from_bytes(packed, "big") // size * size
    return (6 if family == socket.AF_INET6 else 4), first, first + size - 1


def spelling(version: int, address: int) -> str:
    """An address as text, in the canonical spelling."""
    if version == 4:
        return socket.inet_ntop(socket.AF_INET, address.to_bytes(4, "big"))
    return socket.inet_ntop(socket.AF_INET6, address.to_bytes(16, "big"))


def slices(plan: EgressPlan) -> tuple[Slice, ...]:
    """The wildcard network divided evenly among the wildcards, the most specific wildcard first.

    `ValueError` when there are more wildcards than the network can be divided among.
    """
    patterns = sorted({host.host for host in plan.hosts if host.kind == "wildcard"}, key=lambda p: (-len(p), p))
    if not patterns:
        return ()
    _, first, last = span(WILDCARD_NETWORK)
    size = (last - first + 1) >> (len(patterns) - 1).bit_length()
    if size < 1:
        raise ValueError(f"a policy can name at most {last - first + 1} wildcard hosts")
    return tuple(Slice(p, first + i * size, first + (i + 1) * size - 1) for i, p in enumerate(patterns))


def destinations(plan: EgressPlan) -> tuple[Destination, ...]:
    """Everything that may be dialled, as ranges that do not overlap: one address and port has one handling.

    Where several entries of the plan cover the same address and port, the first decides, as in the policy. Synthetic
    addresses never belong to a literal network, and loopback (the jail's own) belongs to one only if the whole network
    lies within loopback: `0.0.0.0/0` says nothing about either.
    """
    found: list[Destination] = []
    entries = _by_name(plan)
    for name, address in {host.host: host.address for host in plan.hosts if host.kind == "exact"}.items():
        version, first, last = span(address)
        found += [Destination(version, first, last, port, handling) for port, handling in _ends(entries, name)]
    for pattern, first, last in slices(plan):
        found += [Destination(4, first, last, port, handling) for port, handling in _ends(entries, pattern)]
    taken: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for host in plan.hosts:
        if host.kind in ("ip", "cidr"):
            version, first, last = span(host.address)
            before = taken.setdefault((version, host.port), [])
            for part in _subtract((first, last), before + _reserved(version, first, last)):
                found.append(Destination(version, *part, host.port, host.handling))
                before.append(part)
    return tuple(found)


def _by_name(plan: EgressPlan) -> dict[str, list[tuple[int, EgressHost]]]:
    """The entries of each name and each wildcard, with their place in the plan."""
    entries: dict[str, list[tuple[int, EgressHost]]] = {}
    for place, host in enumerate(plan.hosts):
        if host.kind in ("exact", "wildcard"):
            entries.setdefault(host.host, []).append((place, host))
    return entries


def _ends(entries: dict[str, list[tuple[int, EgressHost]]], name: str) -> list[tuple[int, str]]:
    """Port and handling of all that a name or a wildcard may be dialled at; of one port the first entry decides."""
    speaking = list(entries.get(name, ()))
    for pattern in wildcards_above(name.removeprefix("*.")):
        speaking += entries.get(pattern, ())
    ends: dict[int, str] = {}
    for _, host in sorted(speaking):
        ends.setdefault(host.port, host.handling)
    return list(ends.items())


def _reserved(version: int, first: int, last: int) -> list[tuple[int, int]]:
    """What a literal network does not speak of."""
    reserved = [(low, high) for v, low, high in (span(SYNTHETIC_NETWORK),) if v == version]
    reserved += [(low, high) for v, low, high in _LOOPBACK if v == version and not low <= first <= last <= high]
    return reserved


def _subtract(whole: tuple[int, int], parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What remains of a range without the others."""
    remaining = [whole]
    for low, high in parts:
        remaining = [
            piece
            for first, last in remaining
            for piece in ((first, min(last, low - 1)), (max(first, high + 1), last))
            if piece[0] <= piece[1]
        ]
    return remaining
