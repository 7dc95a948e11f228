"""Upstreams that fail, in every way that they do: agent and record get the reason, and nothing looks whole."""

from __future__ import annotations

import time

import pytest

from tests.broker.conftest import World
from tests.broker.harness import Reader, request

pytestmark = pytest.mark.root


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/reset", "upstream_closed"),
        ("/hang-up", "upstream_closed"),
        ("/promised", "upstream_cut"),
        ("/garbage", "upstream_invalid"),
        ("/two-lengths", "upstream_invalid"),
        ("/switch", "upstream_invalid"),
        ("/big-head", "upstream_invalid"),
        ("/interim", "upstream_invalid"),
        ("/wide-head", "upstream_invalid"),
    ],
)
def test_an_upstream_that_does_not_answer_properly_is_a_502(world: World, target: str, code: str) -> None:
    with world.broker.tls("api.test") as sock:
        reader = Reader(sock)
        sock.sendall(request("POST", target, "api.test", b"{}"))
        answer = reader.answer()
        assert (answer.status, answer.error["type"], answer.error["code"]) == (502, "akios_upstream_error", code)
        settled = world.broker.await_record(
            lambda r: r["type"] == "settlement" and r["request_id"] == answer.error["request_id"]
        )
        assert (settled["status"], settled["failure"]) == (502, code)
        sock.sendall(request("GET", "/fine", "api.test"))
        assert reader.answer().status == 200


@pytest.mark.parametrize("target", ["/short", "/cut-chunk"])
def test_an_answer_that_breaks_off_does_not_look_whole(world: World, target: str) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("GET", target, "api.test"))
        with pytest.raises((EOFError, OSError)):
            Reader(sock).answer()
    world.broker.await_record(lambda r: r["type"] == "settlement" and r["failure"] == "upstream_cut")


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("untrusted.test", "upstream_certificate"),
        ("gone.test", "upstream_unreachable"),
        ("inner.test", "upstream_unresolvable"),
    ],
)
def test_an_upstream_that_cannot_be_reached_is_a_502(world: World, host: str, code: str) -> None:
    with world.broker.tls(host) as sock:
        sock.sendall(request("GET", "/", host))
        answer = Reader(sock).answer()
    assert (answer.status, answer.error["code"]) == (502, code)
    assert host in answer.error["message"]


def test_the_certificate_must_be_the_original_host_s_wherever_the_operator_sends_it(world: World) -> None:
    with world.broker.tls("paths.test") as sock:  # mapped to the server of api.test
        sock.sendall(request("GET", "/v1/x", "paths.test"))
        assert Reader(sock).answer().error["code"] == "upstream_certificate"


def test_an_upstream_may_answer_before_the_body_is_there(world: World) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("POST", "/echo", "api.test", b"", "Content-Length: 10"))
        sock.sendall(b"12345")
        sock.sendall(b"67890")
        assert Reader(sock).answer().body == b"1234567890"


@pytest.mark.parametrize("target", ["/answers-twice", "/answers-again"])
def test_an_answer_that_nobody_asked_for_is_nobody_s(world: World, target: str) -> None:
    before = world.upstreams["api.test"].connections
    with world.broker.tls("api.test") as sock:
        reader = Reader(sock)
        sock.sendall(request("GET", target, "api.test"))
        assert reader.answer().body == b"ok"
        time.sleep(0.1)  # it goes on speaking meanwhile, or else later
        for number in range(3):
            sock.sendall(request("GET", f"/mine/{number}", "api.test"))
            assert reader.answer().body == f"GET /mine/{number}".encode()
    assert world.upstreams["api.test"].connections <= before + 2, "those that behave are kept"
