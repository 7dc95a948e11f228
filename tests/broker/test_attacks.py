"""Malformed and ambiguous requests: each is refused with its reason, is on record, and nothing of it goes upstream."""

from __future__ import annotations

import pytest

from tests.broker.conftest import World
from tests.broker.harness import Reader

pytestmark = pytest.mark.root

HEAD = b"POST /x HTTP/1.1\r\nHost: plain.test\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

MALFORMED = {
    "length and chunked": HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "two equal lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": HEAD + b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": HEAD + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": HEAD + b"Content-Length: -3\r\n\r\nabc",
    "a hexadecimal length": HEAD + b"Content-Length: 0x3\r\n\r\nabc",
    "another coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding that is almost chunked": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding in HTTP/1.0": b"POST /x HTTP/1.0\r\nHost: plain.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a hidden coding": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "two hosts": HEAD + b"Host: other.test\r\n\r\n",
    "two equal hosts": HEAD + b"Host: plain.test\r\n\r\n",
    "no host": b"GET /x HTTP/1.1\r\n\r\n",
    "no host in HTTP/1.0": b"GET /x HTTP/1.0\r\n\r\n",
    "a folded field": HEAD + b"X: 1\r\n  2\r\n\r\n",
    "bare line feeds": b"GET /x HTTP/1.1\nHost: plain.test\n\n",
    "one bare line feed": b"GET /x HTTP/1.1\r\nHost: plain.test\nX: 1\r\n\r\n",
    "a bare carriage return": b"GET /x HTTP/1.1\r\nHost: plain.test\r\nX: a\rb\r\n\r\n",
    "NUL in a field": HEAD + b"X: a\0b\r\n\r\n",
    "a control character in a field": HEAD + b"X: a\x01b\r\n\r\n",
    "NUL in a field's name": HEAD + b"X\0: 1\r\n\r\n",
    "a space in a field's name": HEAD + b"X Y: 1\r\n\r\n",
    "an empty field name": HEAD + b": 1\r\n\r\n",
    "a field that is not UTF-8": HEAD + b"X: \xff\xfe\r\n\r\n",
    "space before the first field": b"GET /x HTTP/1.1\r\n Host: plain.test\r\n\r\n",
    "a tab in the target": b"GET /x\ty HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "NUL in the target": b"GET /x\0 HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "an encoded NUL": b"GET /x%00 HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "an encoded line break": b"GET /x%0d%0aX: HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "a fragment": b"GET /x#y HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "a backslash": b"GET /a\\..\\b HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "a hidden dot segment": b"GET /a/..%2fb HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "a twice hidden dot segment": b"GET /a/%252e%252e/b HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "an absolute target of another host": b"GET http://other.test/ HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "an absolute target of another scheme": b"GET https://plain.test/ HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "another version": b"GET /x HTTP/1.2\r\nHost: plain.test\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "HTTP/0.9": b"GET /x\r\n\r\n",
    "a lower-case method": b"get /x HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "no method at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a long target": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: plain.test\r\n\r\n",
    "a long field": HEAD + b"X: " + b"a" * 40_000 + b"\r\n\r\n",
    "many fields": HEAD + b"X: 1\r\n" * 200 + b"\r\n",
    "large fields together": HEAD + b"".join(b"X%d: %b\r\n" % (n, b"a" * 10_000) for n in range(8)) + b"\r\n",
}

#: Refused after the head was read: the body is what is wrong.
BROKEN_BODIES = {
    "a negative chunk": CHUNKED + b"-1\r\n\r\n",
    "a prefixed chunk size": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a chunk size that is no number": CHUNKED + b"zz\r\n\r\n",
    "a chunk size over all bounds": CHUNKED + b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "a bare line feed after a chunk size": CHUNKED + b"3\nabc\r\n0\r\n\r\n",
    "a bare line feed in a chunk extension": CHUNKED + b"3;a=\nb\r\nabc\r\n0\r\n\r\n",
    "a chunk without its end": CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n",
}

FORBIDDEN = {
    "another host": (b"GET /x HTTP/1.1\r\nHost: api.test\r\n\r\n", "host_mismatch"),
    "another port": (b"GET /x HTTP/1.1\r\nHost: plain.test:8080\r\n\r\n", "host_mismatch"),
    "a list of hosts": (b"GET /x HTTP/1.1\r\nHost: plain.test, api.test\r\n\r\n", "host_mismatch"),
    "user information": (b"GET /x HTTP/1.1\r\nHost: api.test@plain.test\r\n\r\n", "host_mismatch"),
    "an empty host": (b"GET /x HTTP/1.1\r\nHost:\r\n\r\n", "host_mismatch"),
    "a websocket": (HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "upgrade_refused"),
    "another protocol": (HEAD + b"Connection: Upgrade\r\nUpgrade: h2c, irc\r\n\r\n", "upgrade_refused"),
    "a tunnel": (b"CONNECT plain.test:80 HTTP/1.1\r\nHost: plain.test\r\n\r\n", "method_refused"),
    "another method in a field": (HEAD + b"X-HTTP-Method-Override: DELETE\r\n\r\n", "override_refused"),
    "another method, underscored": (HEAD + b"X_HTTP_Method: PUT\r\n\r\n", "override_refused"),
    "another path in a field": (HEAD + b"X-Original-URL: /admin\r\n\r\n", "override_refused"),
    "a trace": (b"TRACE /x HTTP/1.1\r\nHost: plain.test\r\n\r\n", "method_refused"),
}


def converse(world: World, data: bytes) -> tuple[int, dict[str, str]]:
    """Status and error of the answer to these bytes."""
    with world.broker.namespace.connect("plain.test", 80) as sock:
        sock.sendall(data)
        answer = Reader(sock).answer()
        return answer.status, answer.error


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_refused(world: World, data: bytes) -> None:
    before = len(world.upstreams["plain.test"].seen)
    status, error = converse(world, data)
    assert (status, error["type"], error["code"]) == (400, "akios_denied", "bad_request")
    assert [r["decision"] for r in world.broker.records("verdict") if r["request_id"] == error["request_id"]] == [
        "deny"
    ]
    assert len(world.upstreams["plain.test"].seen) == before


@pytest.mark.parametrize("data", BROKEN_BODIES.values(), ids=BROKEN_BODIES.keys())
def test_a_broken_body_never_looks_whole_to_upstream(world: World, data: bytes) -> None:
    before = len(world.upstreams["plain.test"].seen)
    status, error = converse(world, data)
    assert (status, error["code"]) == (400, "bad_request")
    assert len(world.upstreams["plain.test"].seen) == before


@pytest.mark.parametrize(("data", "code"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_would_leave_governance_is_refused(world: World, data: bytes, code: str) -> None:
    before = len(world.upstreams["plain.test"].seen)
    status, error = converse(world, data)
    assert (status, error["code"]) == (403, code)
    assert len(world.upstreams["plain.test"].seen) == before


def test_nothing_hides_behind_a_refused_request(world: World) -> None:
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: plain.test\r\n\r\n"
    with world.broker.namespace.connect("plain.test", 80) as sock:
        sock.sendall(HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled)
        reader = Reader(sock)
        assert reader.answer().status == 400
        assert reader.some() == b""
    assert all(seen.target != "/smuggled" for seen in world.upstreams["plain.test"].seen)


def test_what_follows_a_get_s_body_is_a_request_of_its_own(world: World) -> None:
    with world.broker.namespace.connect("plain.test", 80) as sock:
        sock.sendall(b"GET /first HTTP/1.1\r\nHost: plain.test\r\nContent-Length: 3\r\n\r\nabc")
        sock.sendall(b"GET /second HTTP/1.1\r\nHost: plain.test\r\n\r\n")
        reader = Reader(sock)
        assert [reader.answer().body, reader.answer().body] == [b"GET /first", b"GET /second"]


def test_a_body_that_breaks_after_upstream_has_its_beginning_is_refused_with_its_reason(world: World) -> None:
    upstream = world.upstreams["raw.test"]
    before = upstream.connections
    with world.broker.namespace.connect("raw.test", 80) as sock:
        sock.sendall(CHUNKED.replace(b"plain.test", b"raw.test") + b"3\r\nabc\r\n")
        while upstream.connections == before:
            pass
        sock.sendall(b"zz\r\n\r\n")
        reader = Reader(sock)
        answer = reader.answer()
        assert (answer.status, answer.error["code"]) == (400, "bad_request")
        assert reader.some() == b""
    assert "Traceback" not in (world.broker.folder / "broker.log").read_text()


def test_a_body_that_is_cut_off_is_not_taken_for_whole(world: World) -> None:
    seen_before = len(world.upstreams["plain.test"].seen)
    with world.broker.namespace.connect("plain.test", 80) as sock:
        sock.sendall(HEAD + b"X-Cut: 1\r\nContent-Length: 100\r\n\r\nhalf")
    world.broker.await_record(lambda r: r["type"] == "settlement" and r["failure"] == "agent_left")
    assert len(world.upstreams["plain.test"].seen) == seen_before
