"""Which address to dial for a host: the operator's `--connect-to` first, else what the checked resolver answers.

What is dialled is an address that was checked, never a name that somebody resolves once more. A mapping of
`--connect-to` (as curl's: HOST:PORT:HOST2:PORT2) was named by the operator and may lead anywhere, loopback included;
TLS, SNI and Host remain those of the original.
"""

from __future__ import annotations

import socket
from typing import NamedTuple

from akios_jail.broker import resolve
from akios_jail.broker.addresses import Address, literal
from akios_jail.broker.opening import Options
from akios_jail.broker.outcome import Denied
from akios_jail.policy.decide import Decider
from akios_jail.policy.verdict import Verdict


class Place(NamedTuple):
    """One address to dial."""

    address: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET


class Dialer:
    """The addresses of one session's upstreams."""

    def __init__(self, decider: Decider, options: Options) -> None:
        self._decider = decider
        self._connect_to = options.connect_to

    async def where(self, host: str, port: int) -> list[Place]:
        """Addresses to dial for a name or literal address of the policy, in the order to try them, at least one.

        `resolve.Unresolvable` if there is none, `Denied` if the policy allows none of them to be dialled.
        """
        mapped = self._mapped(host, port)
        if mapped is not None:
            return _places(await resolve.lookup(*mapped), mapped[1])
        try:
            return _places(await resolve.resolve(host, port, self._allowed_networks(host, port)), port)
        except resolve.AddressRefused as error:
            raise Denied(Verdict("deny", "address_refused", str(error))) from None

    async def named(self, host: str, port: int) -> list[Place]:
        """Addresses to dial for a host that the operator named, wherever they lead. `resolve.Unresolvable`."""
        host, port = self._mapped(host, port) or (host, port)
        return _places(await resolve.lookup(host, port), port)

    def _mapped(self, host: str, port: int) -> tuple[str, int] | None:
        for from_host, from_port, to_host, to_port in self._connect_to:
            if from_host.lower().strip("[]") in ("", host) and from_port in (0, port):
                return to_host.strip("[]") or host, to_port or port
        return None

    def _allowed_networks(self, host: str, port: int) -> tuple[str, ...]:
        """What the policy names beyond public addresses for this destination."""
        destination = self._decider.destination(host, port)
        if destination is None:
            return ()
        if literal(host) is None:
            return destination.addresses
        return tuple(rule.host for rule in destination.rules)


def _places(addresses: list[Address], port: int) -> list[Place]:
    return [Place(str(address), port) for address in addresses]
