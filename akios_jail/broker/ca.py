"""The session's own certificate authority. Its key is made here, used here, and never leaves this process's memory.

Only the parts of `cryptography` that are needed are imported: this runs before the agent may start. Certificates follow
what strict verifiers ask for (RFC 5280, and OpenSSL's X509_STRICT as Python 3.13 sets it): key identifiers, critical
basic constraints, key usage.
"""

from __future__ import annotations

import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from akios_jail.broker import jks

#: Agents' clocks may be off, and a session may run for long; both bounds are far from either.
_BEFORE = datetime.timedelta(days=1)
_VALID = datetime.timedelta(days=90)


class Authority:
    """One session's CA. `pem` is what the jail's trust stores get."""

    def __init__(self, session_id: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        # One key serves every host of the session: they all terminate in this one process.
        self._host_key = ec.generate_private_key(ec.SECP256R1())
        self._host_key_pem = self._host_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._name = _name(f"AKIOS session {session_id}")
        self._key_id = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self._issuer_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._key_id)
        now = datetime.datetime.now(datetime.UTC)
        self._times = (now - _BEFORE, now + _VALID)
        self._certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(sign_certificates=True), critical=True)
            .add_extension(self._key_id, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = self._certificate.public_bytes(Encoding.PEM).decode()

    def mint(self, host: str) -> bytes:
        """A server certificate for this name or literal address and its key, as one PEM text."""
        certificate = (
            # A common name has at most 64 characters; clients read the alternative name alone.
            self._builder(_name(host if len(host) <= 64 else host[-64:]), self._host_key.public_key())
            .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._host_key.public_key()), critical=False)
            .add_extension(self._issuer_id, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM) + self._host_key_pem

    def java_truststore(self, others_pem: bytes = b"") -> bytes:
        """A store for the JVM with this CA and those in `others_pem`, in the JDK's own format (JKS)."""
        others = x509.load_pem_x509_certificates(others_pem) if others_pem.strip() else []
        entries = [("akios", self._certificate), *((f"system-{n}", other) for n, other in enumerate(others))]
        der = [(alias, certificate.public_bytes(Encoding.DER)) for alias, certificate in entries]
        return jks.trust_store(der, int(self._times[0].timestamp() * 1000))

    def _builder(self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(int.from_bytes(os.urandom(16), "big") >> 1 | 1)
            .not_valid_before(self._times[0])
            .not_valid_after(self._times[1])
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
