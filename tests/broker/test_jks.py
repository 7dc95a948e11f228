"""The JVM's trust store, read by Java itself where there is one, and by its published layout everywhere."""

from __future__ import annotations

import hashlib
import struct

from akios_jail.broker.ca import Authority


def test_the_store_has_the_layout_and_the_digest_that_a_jvm_checks() -> None:
    store = Authority("ses_test").java_truststore()
    magic, version, count, tag = struct.unpack(">IIII", store[:16])
    assert (magic, version, count, tag) == (0xFEEDFEED, 2, 1, 2)
    expected = hashlib.sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + store[:-20]).digest()
    assert store[-20:] == expected


def test_the_certificates_in_it_are_the_ones_given() -> None:
    authority = Authority("ses_test")
    other = Authority("ses_other")
    store = authority.java_truststore(other.pem.encode())
    assert struct.unpack(">I", store[8:12]) == (2,)
    assert b"X.509" in store
