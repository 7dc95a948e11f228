"""Connections, names and packets that are refused: at once, on record at a bounded pace, and in the report."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import harness
from tests.broker.harness import Broker

pytestmark = pytest.mark.root


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    rules = [harness.rule(1, "api.test"), harness.rule(2, "*.wild.test", kind="wildcard")]
    with harness.opened(tmp_path, *harness.plans(*rules)) as one:
        yield one


def query(name: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x01\x00\x01"


def test_a_denied_name_is_on_record_and_in_the_report(broker: Broker) -> None:
    assert broker.namespace.ask(query("evil.test"))[3] & 0x0F == 3  # NXDOMAIN
    record = broker.await_record(lambda r: r.get("action") == "dns")
    assert (record["decision"], record["code"], record["name"]) == ("deny", "host_not_allowed", "evil.test")
    (denial,) = broker.end()["denials"]
    assert (denial["code"], denial["what"]) == ("host_not_allowed", "DNS evil.test")


def test_a_denied_connection_is_on_record_with_its_address_and_port(broker: Broker) -> None:
    with pytest.raises(ConnectionRefusedError):
        broker.namespace.connect("203.0.113.7", 8443)
    record = broker.await_record(lambda r: r.get("action") == "network.connect")
    assert (record["address"], record["port"], record["protocol"]) == ("203.0.113.7", 8443, "tcp")
    assert broker.end()["denials"][0]["what"] == "tcp 203.0.113.7:8443"


def test_an_address_that_was_never_given_out_is_reset_and_on_record(broker: Broker) -> None:
    sock = broker.namespace.connect("198.19.0.77")
    with sock, pytest.raises(ConnectionResetError):
        sock.recv(1)
    record = broker.await_record(lambda r: r.get("code") == "address_not_allowed")
    assert (record["address"], record["port"]) == ("198.19.0.77", 443)


def test_a_flood_of_denials_is_counted_in_few_records(broker: Broker) -> None:
    def flood() -> None:
        for _ in range(300):
            with socket.create_connection(("198.19.0.77", 443)) as sock:
                try:
                    sock.recv(1)
                except ConnectionResetError:
                    continue

    broker.namespace.do(flood)
    report = broker.end()
    assert report["verdicts"]["deny"] == 300
    assert len(broker.records("verdict")) < 100


def test_connections_beyond_the_limit_are_reset_and_those_before_go_on(broker: Broker) -> None:
    from akios_jail.broker import limits

    held = [broker.namespace.connect("api.test") for _ in range(limits.CONNECTIONS.value)]
    with broker.namespace.connect("api.test") as one_more, pytest.raises(ConnectionResetError):
        one_more.recv(1)
    broker.await_record(lambda r: r.get("code") == "too_many_connections")
    held.pop().close()
    with broker.wrap(held.pop(), "api.test") as sock:
        assert sock.version() == "TLSv1.3"
    for sock in held:
        sock.close()
