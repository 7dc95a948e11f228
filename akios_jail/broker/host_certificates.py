"""What a session's authority signs: certificates of the hosts that the agent dials, as it dials them.

Certificates follow what strict verifiers ask for (RFC 5280, and OpenSSL's X509_STRICT as Python 3.13 sets it): key
identifiers, critical basic constraints, key usage.
"""

from __future__ import annotations

import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class HostCertificates:
    """Signs with the authority's `key`; `authority` is its certificate in DER."""

    def __init__(self, authority: bytes, key: ec.EllipticCurvePrivateKey) -> None:
        self._authority = x509.load_der_x509_certificate(authority)
        self._key = key
        # One key serves every host of the session: they all terminate in this one process.
        self._host_key = ec.generate_private_key(ec.SECP256R1())
        self._host_key_pem = self._host_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._issuer_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
            self._authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        )

    def mint(self, host: str) -> bytes:
        """A server certificate for this name or literal address and its key, as one PEM text."""
        public_key = self._host_key.public_key()
        certificate = (
            x509.CertificateBuilder()
            # A common name has at most 64 characters; clients read the alternative name alone.
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[-64:])]))
            .issuer_name(self._authority.subject)
            .public_key(public_key)
            .serial_number(int.from_bytes(os.urandom(16), "big") >> 1 | 1)
            .not_valid_before(self._authority.not_valid_before_utc)
            .not_valid_after(self._authority.not_valid_after_utc)
            .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_SIGNS_WHAT_IT_SAYS, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(self._issuer_id, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM) + self._host_key_pem

    @staticmethod
    def encoded(certificates_pem: bytes) -> list[bytes]:
        """Certificates in PEM, each in DER. `ValueError` if they are none."""
        return [other.public_bytes(Encoding.DER) for other in x509.load_pem_x509_certificates(certificates_pem)]


_SIGNS_WHAT_IT_SAYS = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=False,
    crl_sign=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
