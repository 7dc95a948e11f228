"""One broker with hosts of every kind, shared by the tests of a module: they leave it as they found it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from akios_jail.demo.certificates import Authority
from tests.broker import harness
from tests.broker.harness import Broker, Upstream
from tests.broker.scripts import Scripts


class World(NamedTuple):
    """A running broker, its upstreams by host, and the gate that holds slow answers back."""

    broker: Broker
    authority: Authority
    upstreams: dict[str, Upstream]
    scripts: Scripts


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Hosts: api.test (https), plain.test (http), tcp.test:5432, pass.test (passed through), *.wild.test, 192.0.2.1."""
    authority = Authority()
    scripts = Scripts(threading.Event())
    upstreams = {
        "api.test": Upstream(authority, "api.test", scripts.by_path),
        "plain.test": Upstream(None, "plain.test", scripts.by_path),
        "raw.test": Upstream(None, "raw.test"),
        "tcp.test": Upstream(None, "tcp.test", read_body=False),
        "pass.test": Upstream(authority, "pass.test"),
        "a.wild.test": Upstream(authority, "a.wild.test"),
        "192.0.2.1": Upstream(authority, "192.0.2.1"),
        "untrusted.test": Upstream(Authority("another"), "untrusted.test"),
    }
    rules = [
        harness.rule(1, "api.test", methods=("GET", "HEAD", "POST", "PUT"), paths=("/**",)),
        harness.rule(2, "plain.test", ports=(80,), protocol="http"),
        harness.rule(3, "tcp.test", ports=(5432,), protocol="tcp", methods=(), paths=()),
        harness.rule(4, "pass.test", tls="passthrough", methods=(), paths=()),
        harness.rule(5, "*.wild.test", kind="wildcard"),
        harness.rule(6, "192.0.2.1", kind="ip"),
        harness.rule(7, "untrusted.test"),
        harness.rule(8, "gone.test"),
        harness.rule(9, "inner.test"),
        harness.rule(11, "raw.test", ports=(80,), protocol="http"),
        harness.rule(10, "paths.test", methods=("GET",), paths=("/v1/**",)),
    ]
    ports = {"plain.test": 80, "raw.test": 80, "tcp.test": 5432}
    mapped = [[host, ports.get(host, 443), "127.0.0.1", upstream.port] for host, upstream in upstreams.items()]
    mapped.append(["gone.test", 443, "127.0.0.1", 1])
    mapped.append(["paths.test", 443, "127.0.0.1", upstreams["api.test"].port])
    mapped.append(["inner.test", 8443, "127.0.0.1", 1])  # another port: 443 is resolved as any name
    folder = tmp_path_factory.mktemp("broker")
    with harness.opened(
        folder, *harness.plans(*rules), connect_to=mapped, upstream_ca_pem=authority.pem.decode()
    ) as broker:
        yield World(broker, authority, upstreams, scripts)
    for upstream in upstreams.values():
        upstream.close()
    print((folder / "broker.log").read_text())
