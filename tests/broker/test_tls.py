"""TLS towards the agent: the session's CA, the dialled name and no other, HTTP/1.1 only."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from akios_jail.broker.tls import client_context
from tests.broker.conftest import World
from tests.broker.harness import Reader, request

pytestmark = pytest.mark.root


def test_the_certificate_is_the_session_s_and_satisfies_strict_verifiers(world: World) -> None:
    context = ssl.create_default_context(cadata=world.broker.ca_pem)
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    with context.wrap_socket(world.broker.namespace.connect("api.test"), server_hostname="api.test") as sock:
        der = sock.getpeercert(binary_form=True)
        assert der is not None
        names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName)
        assert names.value.get_values_for_type(x509.DNSName) == ["api.test"]


def test_another_server_name_than_the_dialled_one_is_refused(world: World) -> None:
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        world.broker.tls("api.test", server_name="pass.test")
    record = world.broker.await_record(lambda r: r.get("code") == "server_name_mismatch" and r["host"] == "api.test")
    assert "'pass.test'" in record["reason"]


def test_no_server_name_is_refused_where_a_name_was_dialled(world: World) -> None:
    context = ssl._create_unverified_context()
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        context.wrap_socket(world.broker.namespace.connect("api.test"))
    world.broker.await_record(lambda r: r.get("code") == "server_name_mismatch" and "names no server" in r["reason"])


def test_a_host_field_that_differs_from_the_dialled_name_is_refused(world: World) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("GET", "/", "pass.test"))
        assert Reader(sock).answer().error["code"] == "host_mismatch"


@pytest.mark.parametrize("host", ["API.Test", "api.test:443", "api.test."])
def test_other_spellings_of_the_same_host_are_fine(world: World, host: str) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("GET", "/spelled", host))
        assert Reader(sock).answer().status == 200
    assert world.upstreams["api.test"].seen[-1].header("host") == "api.test"


def test_a_client_that_prefers_http_2_steps_down(world: World) -> None:
    with world.broker.tls("api.test", alpn=["h2", "http/1.1"]) as sock:
        assert sock.selected_alpn_protocol() == "http/1.1"
        sock.sendall(request("GET", "/", "api.test"))
        assert Reader(sock).answer().status == 200


def test_an_old_protocol_version_is_refused(world: World) -> None:
    context = ssl._create_unverified_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        context.wrap_socket(world.broker.namespace.connect("api.test"), server_hostname="api.test")
    world.broker.await_record(lambda r: r.get("code") == "tls_handshake_failed" and r["host"] == "api.test")


def test_a_client_that_does_not_trust_the_session_s_ca_shows_on_record(world: World) -> None:
    before = len([r for r in world.broker.records("verdict") if r["code"] == "tls_handshake_failed"])
    with pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(world.broker.namespace.connect("api.test"), server_hostname="api.test")
    world.broker.await_record(
        lambda _: len([r for r in world.broker.records("verdict") if r["code"] == "tls_handshake_failed"]) > before
    )


def test_what_is_not_tls_is_refused_on_an_https_port(world: World) -> None:
    with world.broker.namespace.connect("api.test") as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: api.test\r\n\r\n")
        assert b"HTTP" not in sock.recv(4096)
    world.broker.await_record(lambda r: r.get("code") == "tls_handshake_failed" and "HTTP_REQUEST" in r["reason"])


def test_each_session_has_a_ca_of_its_own_made_without_heavy_imports() -> None:
    code = (
        "import sys; from akios_jail.broker.ca import Authority\n"
        "assert Authority('a').pem != Authority('b').pem\n"
        "print(sorted({'ssl', 'asyncio', 'aiohttp', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_an_upstream_cannot_ask_for_another_handshake(tmp_path: Path) -> None:
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"]
    made += ["-out", "up.pem", "-subj", "/CN=up.test", "-addext", "subjectAltName=DNS:up.test"]
    subprocess.run(["openssl", *made], cwd=tmp_path, check=True, capture_output=True)
    context = client_context((tmp_path / "up.pem").read_text())
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # later ones have no such thing
    served = ["s_server", "-accept", "127.0.0.1:0", "-cert", "up.pem", "-key", "key.pem", "-tls1_2"]
    with subprocess.Popen(
        ["openssl", *served], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        try:
            assert server.stdin is not None
            assert server.stdout is not None
            port = next(int(line.rpartition(b":")[2]) for line in server.stdout if line.startswith(b"ACCEPT"))
            plain = socket.create_connection(("127.0.0.1", port), timeout=20)
            with context.wrap_socket(plain, server_hostname="up.test") as sock:
                session = sock.get_channel_binding("tls-unique")
                server.stdin.write(b"r\n")  # s_server(1): renegotiate
                server.stdin.flush()
                with pytest.raises(ssl.SSLError):
                    sock.recv(100)
                assert sock.get_channel_binding("tls-unique") == session
        finally:
            server.kill()
