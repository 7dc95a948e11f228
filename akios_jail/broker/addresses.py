"""Which addresses a name may lead to: public ones, and special ones only where the policy names them.

A name is not a promise: whoever controls a zone, or the agent by choosing a name under a wildcard, can let it point at
the broker's own machine, its network or the cloud's metadata service. So every answer is classified before it is
dialled. The ranges are those of the IANA special-purpose address registries (RFC 6890, as of 2025) and the addresses
on which clouds serve credentials to whoever can reach them.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Special(NamedTuple):
    """Why an address is not public, and the range that makes it so."""

    kind: str
    network: Network


_TABLE = {
    "unspecified": "0.0.0.0/8 ::/128",
    "loopback": "127.0.0.0/8 ::1/128",
    "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10 64:ff9b:1::/48",
    "carrier-grade NAT": "100.64.0.0/10",
    "link-local": "169.254.0.0/16 fe80::/10",
    "multicast": "224.0.0.0/4 ff00::/8",
    "broadcast": "255.255.255.255/32",
    "synthetic": "198.18.0.0/15",
    "documentation": "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20",
    "reserved": "192.0.0.0/24 192.88.99.0/24 240.0.0.0/4 100::/64 2001::/23 5f00::/16",
}
#: Instance and task credentials: the address that most clouds share, AWS ECS and EKS, Azure, Alibaba, Oracle's
#: second, Scaleway, and the IPv6 ones of AWS, EKS, Google, Oracle and Scaleway.
_METADATA = (
    "169.254.169.254 169.254.170.2 169.254.170.23 168.63.129.16 100.100.100.200 192.0.0.192 169.254.42.42 "
    "fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:c1::a9fe:a9fe fd00:42::42"
)
_SPECIAL = tuple(Special("metadata service", ip_network(text)) for text in _METADATA.split()) + tuple(
    Special(kind, ip_network(text)) for kind, texts in _TABLE.items() for text in texts.split()
)
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ip_network("::/96")
_OUTSIDE = Special("reserved", ip_network("::/0"))


def special(address: Address) -> Special | None:
    """Why an address is not public; None if it is. An address that carries another inside is judged by both.

    IPv4 inside IPv6: mapped (RFC 4291 §2.5.5.2), compatible (§2.5.5.1), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC
    4380, reserved here as a whole) and ISATAP (RFC 5214 §6.1).
    """
    for entry in _SPECIAL:
        if address in entry.network:
            return entry
    if isinstance(address, IPv4Address):
        return None
    inner = embedded(address)
    if inner is not None:
        found = special(inner)
        if found is not None or address in _NAT64 or address.ipv4_mapped is not None:
            return found
    return None if address in _GLOBAL_UNICAST else _OUTSIDE


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries, if it is of a form that carries one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    low = int(address) & 0xFFFFFFFF
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        return IPv4Address(low)
    if address.sixtofour is not None:
        return address.sixtofour
    if int(address) >> 32 & 0xFFFFFFFF in (0x00005EFE, 0x02005EFE):
        return IPv4Address(low)
    return None


def plain(address: Address) -> Address:
    """The address that is dialled: an IPv4-mapped one as the IPv4 address that it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def permitted(address: Address, named: Iterable[Network]) -> bool:
    """Whether an address may be dialled: it is public, or one of the `named` networks names it.

    A network names a special address only if it lies within the special range: `10.0.0.0/8` names private addresses and
    `0.0.0.0/0` does not. A metadata service is named by its exact address alone.
    """
    reason = special(address)
    return reason is None or any(_names(network, address, reason) for network in named)


def _names(network: Network, address: Address, reason: Special) -> bool:
    if network.version != address.version or address not in network:
        return False
    return network.version == reason.network.version and network.prefixlen >= reason.network.prefixlen


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks as the policy spells them. `ValueError` for anything else."""
    return tuple(ip_network(text) for text in texts)


def literal(host: str) -> Address | None:
    """The address that a host is, if it is one and not a name. Scoped addresses (`fe80::1%eth0`) are nobody's."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return None if isinstance(address, IPv6Address) and address.scope_id is not None else address
