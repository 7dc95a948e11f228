"""A Java key store of trusted certificates, in the JDK's own format (JKS).

PKCS 12 cannot serve every JVM: those that read their default store give no password, so its certificates must be open,
and programs that name the store give the customary `changeit`, so its integrity must be under that password. In a JKS
file certificates always are open and the digest at the end is checked only when a password is given, so one file serves
both; JDK 8 to 21 read it whatever `keystore.type` says. Format: sun.security.provider.JavaKeyStore of OpenJDK.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable

_MAGIC, _VERSION, _TRUSTED_CERTIFICATE = 0xFEEDFEED, 2, 2
_PASSWORD = "changeit"  # noqa: S105 - customary, and no secret: it only guards against accidents


def trust_store(certificates: Iterable[tuple[str, bytes]], created_ms: int) -> bytes:
    """The store with `(alias, DER)` entries, all dated `created_ms` (milliseconds since 1970). Aliases are ASCII."""
    entries = list(certificates)
    body = struct.pack(">III", _MAGIC, _VERSION, len(entries))
    for alias, der in entries:
        body += struct.pack(">I", _TRUSTED_CERTIFICATE) + _text(alias) + struct.pack(">Q", created_ms)
        body += _text("X.509") + struct.pack(">I", len(der)) + der
    digest = hashlib.sha1(usedforsecurity=False)
    digest.update(_PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body)
    return body + digest.digest()


def _text(text: str) -> bytes:
    raw = text.encode("ascii")
    return struct.pack(">H", len(raw)) + raw
