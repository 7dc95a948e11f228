"""What the agent says to an allowed host arrives, and what it gets back is the answer."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.broker.conftest import World
from tests.broker.harness import Answer, Reader, request

pytestmark = pytest.mark.root


def ask(world: World, method: str, target: str, body: bytes = b"", *fields: str) -> Answer:
    """One request on a connection of its own, to api.test."""
    with world.broker.tls("api.test") as sock:
        sock.sendall(request(method, target, "api.test", body, *fields))
        return Reader(sock).answer(head=method == "HEAD")


def test_a_governed_request_reaches_upstream_and_the_answer_the_agent(world: World) -> None:
    answer = ask(world, "GET", "/hello?a=1")
    assert (answer.status, answer.body, answer.header("content-type")) == (200, b"GET /hello?a=1", "text/plain")


def test_the_upstream_request_is_built_anew(world: World) -> None:
    ask(
        world,
        "POST",
        "https://api.test/a/%2e%2e/echo?q=%41",
        b"hello",
        "X-Custom: 1",
        "x-custom: 2",
        "Connection: keep-alive, X-Hop",
        "X-Hop: secret",
        "Keep-Alive: timeout=5",
        "Proxy-Authorization: Basic eA==",
        "TE: trailers",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    )
    seen = world.upstreams["api.test"].seen[-1]
    assert (seen.method, seen.target, seen.body) == ("POST", "/echo?q=A", b"hello")
    names = [name.lower() for name, _ in seen.headers]
    assert sorted(set(names)) == ["content-length", "host", "x-custom"]
    assert [value for name, value in seen.headers if name.lower() == "x-custom"] == ["1", "2"]
    assert (seen.header("host"), seen.header("content-length")) == ("api.test", "5")


def test_a_chunked_request_arrives_whole(world: World) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("POST", "/echo", "api.test", b"", "Transfer-Encoding: chunked"))
        sock.sendall(b"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")
        assert Reader(sock).answer().body == b"abcde"


def test_a_large_body_streams_both_ways(world: World) -> None:
    body = bytes(range(256)) * 40_000
    with world.broker.tls("api.test") as sock:  # one thread: OpenSSL's connections are not to be shared by two
        sock.sendall(request("PUT", "/echo", "api.test", body))
        assert Reader(sock).answer().body == body


@pytest.mark.parametrize(
    ("target", "body"),
    [("/chunked", b"abcde"), ("/until-close", b"all of it"), ("/sized", b"12345"), ("/hints", b"ok")],
)
def test_every_framing_of_an_answer_is_understood(world: World, target: str, body: bytes) -> None:
    answer = ask(world, "GET", target)
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize(
    ("method", "target", "status", "length"),
    [("GET", "/empty", 204, None), ("GET", "/unchanged", 304, None), ("HEAD", "/sized", 200, "5")],
)
def test_an_answer_without_a_body_ends_with_its_head(
    world: World, method: str, target: str, status: int, length: str | None
) -> None:
    with world.broker.tls("api.test") as sock:
        reader = Reader(sock)
        for _ in range(2):  # twice: nothing of the first may be left in the connection
            sock.sendall(request(method, target, "api.test"))
            answer = reader.answer(head=True)
            assert (answer.status, answer.header("content-length")) == (status, length)
            assert answer.header("transfer-encoding") is None


def test_the_answer_s_head_is_built_anew(world: World) -> None:
    answer = ask(world, "GET", "/hops")
    names = {name.lower() for name, _ in answer.headers}
    assert not names & {"connection", "keep-alive", "x-hop", "alt-svc", "upgrade"}
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["a=1", "b=2"]
    assert answer.header("x-latin") == "caf\u00c3\u00a9"  # UTF-8, seen as ISO 8859-1 by this reader


def test_a_redirect_is_the_agent_s_to_follow(world: World) -> None:
    answer = ask(world, "GET", "/redirect")
    assert (answer.status, answer.header("location")) == (302, "https://elsewhere.test/")


def test_events_arrive_as_they_are_sent(world: World) -> None:
    world.scripts.gate.clear()
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("GET", "/events", "api.test"))
        reader = Reader(sock)
        assert reader.line() == b"HTTP/1.1 200 OK"
        reader.fields()
        assert reader.chunk() == b"data: first\n\n"  # upstream sends the second only after this
        world.scripts.gate.set()
        assert reader.chunk() == b"data: second\n\n"
        assert reader.chunk() == b""


def test_one_connection_carries_many_requests_also_without_waiting(world: World) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(b"".join(request("GET", f"/n{n}", "api.test") for n in range(20)))
        reader = Reader(sock)
        assert [reader.answer().body for _ in range(20)] == [b"GET /n%d" % n for n in range(20)]


def test_upstream_connections_are_kept(world: World) -> None:
    ask(world, "GET", "/one")
    before = world.upstreams["api.test"].connections
    for _ in range(3):
        ask(world, "GET", "/more")
    assert world.upstreams["api.test"].connections == before


def test_forty_requests_at_once_are_all_answered(world: World) -> None:
    world.scripts.gate.clear()
    with ThreadPoolExecutor(40) as pool:
        answers = [pool.submit(ask, world, "GET", f"/slow?{n}") for n in range(40)]
        while sum(seen.target.startswith("/slow") for seen in world.upstreams["api.test"].seen) < 40:
            assert not any(answer.done() for answer in answers)
        world.scripts.gate.set()
        assert sorted(answer.result(20).body for answer in answers) == sorted(b"GET /slow?%d" % n for n in range(40))


def test_a_client_that_waits_for_100_continue_gets_it(world: World) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("POST", "/echo", "api.test", b"", "Content-Length: 4", "Expect: 100-continue"))
        reader = Reader(sock)
        assert reader.answer().status == 100
        sock.sendall(b"body")
        assert reader.answer().body == b"body"
    assert world.upstreams["api.test"].seen[-1].header("expect") is None


def test_a_client_that_would_be_refused_is_not_asked_for_its_body(world: World) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("PATCH", "/echo", "api.test", b"", "Content-Length: 4", "Expect: 100-continue"))
        assert Reader(sock).answer().status == 403


def test_plain_http_is_governed_alike(world: World) -> None:
    with world.broker.namespace.connect("plain.test", 80) as sock:
        sock.sendall(request("GET", "/x", "plain.test"))
        reader = Reader(sock)
        assert reader.answer().body == b"GET /x"
        sock.sendall(request("GET", "/x", "other.test"))
        assert reader.answer().error["code"] == "host_mismatch"


def test_http_1_0_is_answered_as_it_asks(world: World) -> None:
    with world.broker.namespace.connect("plain.test", 80) as sock:
        sock.sendall(b"GET /chunked HTTP/1.0\r\nHost: plain.test\r\n\r\n")
        answer = Reader(sock).answer()
        assert (answer.body, answer.header("transfer-encoding")) == (b"abcde", None)


def test_a_literal_address_and_a_name_under_a_wildcard_are_governed(world: World) -> None:
    with world.broker.tls("192.0.2.1") as sock:
        sock.sendall(request("GET", "/ip", "192.0.2.1"))
        assert Reader(sock).answer().body == b"GET /ip"
    query = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x04wild\x04test\x00\x00\x01\x00\x01"
    address = socket.inet_ntoa(world.broker.namespace.ask(query)[-4:])
    assert address.startswith("198.19.")
    import ssl

    context = ssl.create_default_context(cadata=world.broker.ca_pem)
    with context.wrap_socket(world.broker.namespace.connect(address), server_hostname="a.wild.test") as sock:
        sock.sendall(request("GET", "/wild", "a.wild.test"))
        assert Reader(sock).answer().body == b"GET /wild"


def test_every_exchange_is_on_record_before_and_after(world: World) -> None:
    answer = ask(world, "POST", "/echo?key=secret", b"payload")
    assert answer.status == 200
    verdict = [r for r in world.broker.records("verdict") if r.get("path") == "/echo"][-1]
    assert (verdict["decision"], verdict["rule"], verdict["method"], verdict["host"]) == (
        "allow",
        1,
        "POST",
        "api.test",
    )
    settled = world.broker.await_record(
        lambda r: r["type"] == "settlement" and r["request_id"] == verdict["request_id"]
    )
    assert (settled["status"], settled["request_bytes"], settled["response_bytes"]) == (200, 7, 7)
    assert settled["request_sha256"] == settled["response_sha256"]
    assert settled["n"] > verdict["n"]
    assert "secret" not in world.broker.log
    assert "payload" not in world.broker.log


def test_a_refusal_says_why_and_by_which_rule(world: World) -> None:
    answer = ask(world, "DELETE", "/x")
    assert answer.status == 403
    assert answer.header("content-type") == "application/json"
    error = json.loads(answer.body)["error"]
    assert (error["type"], error["code"]) == ("akios_denied", "method_not_allowed")
    assert "rule 1" in error["message"]
    record = [r for r in world.broker.records("verdict") if r.get("request_id") == error["request_id"]]
    assert [(r["decision"], r["code"]) for r in record] == [("deny", "method_not_allowed")]


def test_policy_and_upstream_see_the_same_path(world: World) -> None:
    with world.broker.tls("paths.test") as sock:
        reader = Reader(sock)
        for target, status in (("/v1/x", 403), ("/v1/%2e%2e/admin", 403), ("/v1/a%2fb", 403)):
            sock.sendall(request("GET", target, "paths.test"))
            answer = reader.answer()
            # paths.test is mapped to api.test's server, whose certificate is not paths.test's
            assert answer.status == (502 if target == "/v1/x" else status), answer


def test_a_session_of_an_agent_that_left_is_settled(world: World) -> None:
    world.scripts.left.clear()
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("GET", "/forever", "api.test"))
        Reader(sock).line()
    assert world.scripts.left.wait(20)
    world.broker.await_record(lambda r: r["type"] == "settlement" and r["failure"] == "agent_left")


def test_an_agent_that_leaves_while_upstream_thinks_ends_the_upstream_request(world: World) -> None:
    world.scripts.left.clear()
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("GET", "/silent", "api.test"))
        while world.upstreams["api.test"].seen[-1].target != "/silent":
            pass
    assert world.scripts.left.wait(20)
