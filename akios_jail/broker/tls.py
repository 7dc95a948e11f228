"""TLS towards the agent: one server context for each host, with a certificate minted when the host is first dialled.

The dialled address tells the host before the handshake begins, so the context is fixed and the server name in the
ClientHello (SNI) can only agree or be refused; it never chooses. A client may leave SNI out only where it dialled a
literal address, for which RFC 6066 has no name. ALPN offers http/1.1 alone: clients that prefer h2 step down to it.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable

from akios_jail.broker import limits
from akios_jail.broker.ca import Authority
from akios_jail.broker.destinations import Destination

#: Called with what was dialled and the name that the client asked for instead ("" for none).
OnMismatch = Callable[[Destination, str], None]


class ServerContexts:
    """The server side contexts of one session, by destination."""

    def __init__(self, authority: Authority, on_mismatch: OnMismatch) -> None:
        self._authority = authority
        self._on_mismatch = on_mismatch
        self._contexts: dict[Destination, ssl.SSLContext] = {}

    def of(self, destination: Destination) -> ssl.SSLContext:
        """The context for connections to this destination."""
        context = self._contexts.get(destination)
        if context is None:
            context = self._make(destination)
            if len(self._contexts) >= limits.CERTIFICATES.value:
                del self._contexts[next(iter(self._contexts))]
            self._contexts[destination] = context
        return context

    def _make(self, destination: Destination) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION  # a handshake costs the server more than the client
        context.set_alpn_protocols(["http/1.1"])
        # The ticket answers the client's last flight at once. Without it a client that leaves Nagle's algorithm on
        # holds its first request back until our delayed acknowledgement: 40 ms on every new connection.
        context.num_tickets = 1
        _load(context, self._authority.mint(destination.host))

        def check(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
            if name is None and destination.literal:
                return None
            if name is not None and name.lower() == destination.host:
                return None
            self._on_mismatch(destination, name or "")
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

        context.sni_callback = check
        return context


def client_context(extra_ca_pem: str) -> ssl.SSLContext:
    """The context for upstream connections: the system's trust, and one more CA if the operator named one."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # an upstream could ask for one handshake after the other
    context.set_alpn_protocols(["http/1.1"])
    if extra_ca_pem:
        context.load_verify_locations(cadata=extra_ca_pem)
    return context


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """Load certificate and key. OpenSSL's interface in Python takes only paths, so the path is of anonymous memory."""
    fd = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(fd, pem)
        context.load_cert_chain(f"/proc/self/fd/{fd}")
    finally:
        os.ftruncate(fd, 0)
        os.close(fd)
