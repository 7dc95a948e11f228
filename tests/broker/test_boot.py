"""The broker's life: opened on the launcher's word, ready when its session is on record, gone when the launcher is."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from akios_jail import messages
from akios_jail.demo.certificates import Authority
from tests.broker import harness
from tests.broker.harness import Broker, Namespace, Reader, Upstream, request

pytestmark = pytest.mark.root

PLAN, EGRESS = harness.plans(harness.rule(1, "api.test"))

Start = Callable[..., Broker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts brokers, not waiting for them to be ready, and ends them."""
    started: list[Broker] = []

    def one(**options: Any) -> Broker:
        started.append(Broker(tmp_path, PLAN, Namespace(EGRESS), **options))
        return started[-1]

    yield one
    for broker in started:
        broker.close()
        broker.namespace.close()


def test_the_start_is_on_record_when_the_broker_is_ready(start: Start) -> None:
    broker = start().ready()
    (record,) = broker.records()
    assert (record["type"], record["session"], record["program"]) == ("session.start", broker.session, "agent.py")
    assert (record["argc"], record["argv_sha256"]) == (1, hashlib.sha256(b"agent.py\0").hexdigest())
    x509.load_pem_x509_certificate(broker.ca_pem.encode())


def test_a_session_that_ends_at_once_is_closed_at_once(start: Start) -> None:
    broker = start().ready()
    report = broker.end()
    assert report["verdicts"] == {"allow": 0, "deny": 0, "modify": 0}
    last = broker.records()[-1]
    assert (last["type"], last["outcome"], last["n"]) == ("session.end", {"status": 0}, 2)


def test_the_broker_is_gone_when_the_launcher_is_and_says_so_on_record(start: Start) -> None:
    broker = start().ready()
    broker.control.close()
    assert broker.process.wait(harness.PATIENCE) == 1
    assert [(r["type"], r.get("outcome")) for r in broker.records()][1:] == [
        ("session.end", {"reason": "launcher_died"})
    ]


def test_the_broker_is_gone_when_the_launcher_dies_before_it_is_ready(start: Start) -> None:
    broker = start()
    broker.control.close()
    assert broker.process.wait(harness.PATIENCE) in (0, 1)


def test_a_broker_that_served_its_session_ends_quietly(start: Start) -> None:
    broker = start().ready()
    broker.end()
    broker.control.close()
    assert broker.process.wait(harness.PATIENCE) == 0


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"plan": b"{}"}, "bad_session"),
        ({"plan": b"not JSON"}, "bad_session"),
        ({"plan": json.dumps({"broker": {}, "egress": {}}).encode()}, "bad_session"),
        ({"connect_to": [["too", "few"]]}, "bad_session"),
        ({"journal_flags": os.O_RDONLY | os.O_CREAT}, "audit_unavailable"),
        ({"journal_flags": os.O_RDWR | os.O_CREAT}, "audit_unavailable"),
    ],
)
def test_what_cannot_be_served_fails_with_a_reason(start: Start, options: dict[str, Any], code: str) -> None:
    broker = start(**options)
    message = broker.receive()
    assert (message.type, message.fields["code"]) == ("failed", code)
    assert message.fields["reason"]
    assert broker.process.wait(harness.PATIENCE) == 1


def test_the_filter_of_system_calls_is_loaded_first(start: Start) -> None:
    broker = start().ready()
    status = Path(f"/proc/{broker.process.pid}/status").read_text()
    assert "Seccomp:\t2" in status


def test_without_a_filter_that_loads_nothing_is_served(start: Start) -> None:
    broker = start(seccomp=b"not a program")
    message = broker.receive()
    assert (message.type, message.fields["code"]) == ("failed", "not_confined")
    assert not broker.log


def test_without_a_filter_at_all_nothing_is_served(tmp_path: Path) -> None:
    namespace = Namespace(EGRESS)
    broker = Broker.__new__(Broker)
    broker.start(tmp_path, namespace)
    try:
        broker.send("open", {}, {})
        assert broker.receive().fields["code"] == "not_confined"
        assert broker.process.wait(harness.PATIENCE) == 1
    finally:
        broker.close()
        namespace.close()


def test_the_first_message_must_open_a_session(tmp_path: Path) -> None:
    namespace = Namespace(EGRESS)
    broker = Broker.__new__(Broker)
    broker.start(tmp_path, namespace)
    try:
        broker.send("listen", {"session": "x"}, {})
        assert broker.receive().fields["code"] == "bad_message"
        assert broker.process.wait(harness.PATIENCE) == 1
    finally:
        broker.close()
        namespace.close()


@pytest.mark.parametrize("kind", ["ready", "nonsense"])
def test_a_launcher_that_speaks_nonsense_is_left(start: Start, kind: str) -> None:
    broker = start().ready()
    broker.send(kind, {})
    assert broker.process.wait(harness.PATIENCE) == 1


def test_a_store_for_the_jvm_comes_when_it_is_asked_for(start: Start) -> None:
    message = start(java_truststore=True).receive()
    assert message.type == "ready"
    assert len(messages.read_blob(message.fds["java_truststore"])) > 100


def test_listeners_may_follow_and_connections_wait_for_them(start: Start) -> None:
    authority = Authority()
    upstream = Upstream(authority, "api.test")
    broker = start(
        later=True,
        connect_to=[["api.test", 443, "127.0.0.1", upstream.port]],
        upstream_ca_pem=authority.pem.decode(),
    ).ready()
    early = broker.namespace.connect("api.test")
    broker.send("listen", {"session": broker.session}, broker.namespace.fds)
    for fd in broker.namespace.fds.values():
        os.close(fd)
    with broker.wrap(early, "api.test") as sock:
        sock.sendall(request("GET", "/", "api.test"))
        assert Reader(sock).answer().status == 200
    assert broker.end()["verdicts"]["allow"] == 1
    upstream.close()


def test_one_broker_serves_several_sessions_each_with_its_own_names_and_ca(start: Start) -> None:
    broker = start().ready()
    first_ca = broker.ca_pem
    other = Namespace(EGRESS)
    broker.open("ses_other", PLAN, other, {})
    message = broker.receive()
    assert (message.type, message.fields["session"]) == ("ready", "ses_other")
    assert message.fields["ca_pem"] != first_ca
    broker.end()
    broker.send("end", {"session": "ses_other", "outcome": {"status": 1}})
    message = broker.receive()
    assert (message.type, message.fields["session"]) == ("closed", "ses_other")
    for session in (broker.session, "ses_other"):
        recorded = [(r["type"], r["n"]) for r in broker.records() if r["session"] == session]
        assert recorded == [("session.start", 1), ("session.end", 2)]
    other.close()


def test_when_nothing_can_be_recorded_nothing_is_allowed_and_the_session_ends(start: Start) -> None:
    authority = Authority()
    upstream = Upstream(authority, "api.test")
    broker = start(
        connect_to=[["api.test", 443, "127.0.0.1", upstream.port]], upstream_ca_pem=authority.pem.decode()
    ).ready()
    with broker.tls("api.test") as sock:
        reader = Reader(sock)
        sock.sendall(request("GET", "/before", "api.test"))
        assert reader.answer().status == 200
        broker.await_record(lambda r: r["type"] == "settlement")
        os.truncate(next(broker.folder.glob("*.journal")), 10)
        for _ in range(2):
            sock.sendall(request("GET", "/after", "api.test"))
            answer = reader.answer()
            assert (answer.status, answer.error["code"]) == (403, "audit_unavailable")
    assert [seen.target for seen in upstream.seen] == ["/before"]
    message = broker.receive()
    assert (message.type, message.fields["code"]) == ("end", "audit_unavailable")
    broker.send("end", {"session": broker.session, "outcome": {}})
    assert broker.receive().type == "failed"
    upstream.close()
