"""Upstream names to addresses that may be dialled. The broker dials what was checked here, and never resolves again.

Refused answers are dropped and the rest is used: a name with a public and a private address leads to the public one.
Only when nothing is left is the destination refused, and the error names what was found and how a policy allows it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable

from akios_jail.broker.addresses import Address, Network, literal, networks, permitted, plain, special

#: Seconds for the system's resolver, which has its own, longer patience for each server.
RESOLVE_TIMEOUT = 10.0
#: Addresses of one name that are tried at all.
MAX_ADDRESSES = 16


class Unresolvable(Exception):
    """A name has no address: it does not exist, or no resolver answered in time. Code: `upstream_unresolvable`."""


class AddressRefused(Exception):
    """A name leads only to `addresses` that the policy does not allow. Code: `address_refused`."""

    def __init__(self, host: str, addresses: list[Address]) -> None:
        self.host = host
        self.addresses = addresses
        found = ", ".join(f"{address} ({reason.kind})" for address in addresses if (reason := special(address)))
        if literal(host) is None:
            remedy = f"if it should, list the address or its network under `addresses:` of the rule for {host}"
        else:
            remedy = "a rule allows such an address only by its exact spelling or by a network within that range"
        super().__init__(f"{host} leads to {found}, which is not a public address; {remedy}")


async def resolve(host: str, port: int, allowed_networks: Iterable[str]) -> list[Address]:
    """The addresses of a host or literal that may be dialled, in the system resolver's order, at least one.

    `allowed_networks`: what the deciding rule names, as text: its `addresses`, and for a literal rule its host itself.
    `Unresolvable` or `AddressRefused` otherwise.
    """
    return choose(host, await lookup(host, port), networks(allowed_networks))


def choose(host: str, found: list[Address], named: tuple[Network, ...]) -> list[Address]:
    """Those of the found addresses that may be dialled. `AddressRefused` if there is none."""
    addresses = [plain(address) for address in found]
    usable = [address for address in addresses if permitted(address, named)]
    if not usable:
        raise AddressRefused(host, addresses)
    return list(dict.fromkeys(usable))[:MAX_ADDRESSES]


async def lookup(host: str, port: int) -> list[Address]:
    """All addresses of a host, unchecked: for hosts that the operator named, not the policy or the agent."""
    address = literal(host)
    if address is not None:
        return [address]
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT):
            answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except TimeoutError as error:
        raise Unresolvable(f"no resolver answered for {host} within {RESOLVE_TIMEOUT:.0f} seconds") from error
    except (OSError, UnicodeError) as error:
        raise Unresolvable(f"{host} could not be resolved: {error}") from error
    found = [parsed for answer in answers if (parsed := literal(str(answer[4][0]))) is not None]
    if not found:
        raise Unresolvable(f"{host} has no usable address")
    return found
