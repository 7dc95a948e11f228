"""What a connection was made to: the host that the dialled address stands for.

Inside the jail a name is a synthetic address, so the dialled address tells the name, whatever the connection will claim
later. An address that was never given out is no destination.
"""

from __future__ import annotations

from typing import NamedTuple

from akios_jail.broker.names import NameTable

_DEFAULT_PORTS = {"https": 443, "http": 80}


class Destination(NamedTuple):
    """What was dialled. `literal`: by address, so there is no name that TLS or HTTP could be checked against."""

    host: str
    port: int
    protocol: str  # https | http | tcp
    literal: bool

    @property
    def authority(self) -> str:
        """As a Host field says it: the port only where it is not the protocol's own."""
        return authority(self.host, self.port, self.protocol)


def authority(host: str, port: int, protocol: str) -> str:
    """Host and port as a Host field says them: the port only where it is not the protocol's own."""
    if ":" in host:
        host = f"[{host}]"
    return host if port == _DEFAULT_PORTS.get(protocol) else f"{host}:{port}"


def find(names: NameTable, address: str, port: int, protocol: str) -> Destination | None:
    """The destination at this address, None if it stands for nothing.

    Whether its port may be dialled is not asked here: nftables sent it to the listener of its `protocol`, and the
    policy decides again on what comes.
    """
    host = names.host_of(address)
    return None if host is None else Destination(host, port, protocol, literal=host == address)
