"""The session's authority: a certificate written by hand, and those of hosts that it signs."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from akios_jail.broker import ca_certificate
from akios_jail.broker.ca import Authority

_UTC = datetime.UTC


@pytest.mark.parametrize(
    ("name", "serial", "begins", "ends"),
    [
        ("AKIOS session ses_0123456789ab", 1, 0, 1),
        ("AKIOS session ses_ffffffffffff", 127, 1_700_000_000, 1_707_776_000),
        ("x", 128, 1_795_000_000, 2_524_607_999),  # the last second of 2049
        ("ß" * 32, (1 << 127) - 1, 2_524_607_999, 2_524_608_000),
        ("A" * 64, 1 << 126, 4_000_000_000, 4_102_444_800),
    ],
)
def test_the_certificate_is_what_cryptography_makes_of_the_same_values(
    name: str, serial: int, begins: int, ends: int
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    ours = x509.load_der_x509_certificate(ca_certificate.sign(key, name, serial, begins, ends))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    theirs = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime.datetime.fromtimestamp(begins, _UTC))
        .not_valid_after(datetime.datetime.fromtimestamp(ends, _UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_certificates_only(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    assert ours.tbs_certificate_bytes == theirs.tbs_certificate_bytes
    assert ours.signature_algorithm_oid == theirs.signature_algorithm_oid
    ours.verify_directly_issued_by(ours)


def test_many_keys_all_make_certificates_that_hold() -> None:
    """Coordinates and signatures have leading zeros now and then."""
    for serial in range(1, 600):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = x509.load_der_x509_certificate(ca_certificate.sign(key, "x", serial, 0, 1))
        assert certificate.public_key() == key.public_key()
        certificate.verify_directly_issued_by(certificate)


@pytest.mark.parametrize("name", ["", "A" * 65])
def test_a_name_that_no_certificate_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="common name"):
        ca_certificate.sign(ec.generate_private_key(ec.SECP256R1()), name, 1, 0, 1)


def test_the_text_form_is_the_usual_one() -> None:
    authority = Authority("ses_test")
    certificate = x509.load_pem_x509_certificate(authority.pem.encode())
    from cryptography.hazmat.primitives.serialization import Encoding

    assert certificate.public_bytes(Encoding.PEM).decode() == authority.pem
    now = datetime.datetime.now(_UTC)
    assert now - certificate.not_valid_before_utc > datetime.timedelta(hours=23)
    assert certificate.not_valid_after_utc - now > datetime.timedelta(days=89)


def test_a_host_s_certificate_is_signed_by_the_authority_and_names_its_key() -> None:
    authority = Authority("ses_test")
    issuer = x509.load_pem_x509_certificate(authority.pem.encode())
    host = x509.load_pem_x509_certificate(authority.mint("api.openai.com"))
    host.verify_directly_issued_by(issuer)
    wanted = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert host.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == wanted


def test_what_certificates_of_hosts_need_is_not_loaded_before_there_is_one() -> None:
    """The agent waits for the authority's own."""
    look = "print(*sorted({'cryptography.x509', 'dataclasses', 'asyncio', 'email'} & set(sys.modules)))"
    made = f"import sys; from akios_jail.broker.ca import Authority; Authority('a'); {look}; Authority('a').mint('x.y')"
    done = subprocess.run([sys.executable, "-c", f"{made}; {look}"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    before, after = done.stdout.split("\n")[:2]
    assert before == ""
    assert "cryptography.x509" in after


def _certificates_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
