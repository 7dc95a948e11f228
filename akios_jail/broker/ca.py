"""The session's own certificate authority. Its key is made here, used here, and never leaves this process's memory.

The agent may not start before it is there, so nothing more is loaded for it than a key needs: what makes certificates
of hosts comes with the first of them, in the thread that loads what serves HTTP.
"""

from __future__ import annotations

import functools
import os
import time
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec

from akios_jail.broker import ca_certificate, jks

if TYPE_CHECKING:
    from akios_jail.broker.host_certificates import HostCertificates

#: Agents' clocks may be off, and a session may run for long; both bounds are far from either. In seconds.
_BEFORE: Final = 86_400
_VALID: Final = 90 * 86_400


class Authority:
    """One session's CA. `pem` is what the jail's trust stores get."""

    def __init__(self, session_id: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = int(time.time())
        self._begins = now - _BEFORE
        serial = int.from_bytes(os.urandom(16), "big") >> 1 | 1
        self._certificate = ca_certificate.sign(
            self._key, f"AKIOS session {session_id}", serial, self._begins, now + _VALID
        )
        self.pem = ca_certificate.pem(self._certificate)

    def prepare(self) -> None:
        """Load what certificates of hosts need, before the first is asked for."""
        self._hosts  # noqa: B018 - made when it is asked for

    def mint(self, host: str) -> bytes:
        """A server certificate for this name or literal address and its key, as one PEM text."""
        return self._hosts.mint(host)

    def java_truststore(self, others_pem: bytes = b"") -> bytes:
        """A store for the JVM with this CA and those in `others_pem`, in the JDK's own format (JKS)."""
        others = self._hosts.encoded(others_pem) if others_pem.strip() else []
        entries = [("akios", self._certificate), *((f"system-{n}", other) for n, other in enumerate(others))]
        return jks.trust_store(entries, self._begins * 1000)

    @functools.cached_property
    def _hosts(self) -> HostCertificates:
        from akios_jail.broker.host_certificates import HostCertificates

        return HostCertificates(self._certificate, self._key)
