"""Personal data through the whole broker: where stages meet."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from akios_jail.demo.certificates import Authority
from akios_jail.policy.plans import Pii, Route, Routing, Target
from tests.broker import harness
from tests.broker.harness import Answer, Broker, Reader, Seen, Upstream, request
from tests.broker.stages import ruled

pytestmark = pytest.mark.root

OWN, OTHER = "llm.corp", "api.openai.com"
PATH = "/v1/chat/completions"
REPLACED = Pii("redact_before_inference", ("email",), restore=True)
Words = Callable[[dict[str, Any]], dict[str, Any]]


def mail(asked: dict[str, Any]) -> dict[str, Any]:
    """The model wants to write to whom it was told of."""
    arguments = json.dumps({"to": asked["messages"][-1]["content"].split()[-1]})
    call = {"id": "call_1", "type": "function", "function": {"name": "send_mail", "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


class World(NamedTuple):
    broker: Broker
    own: Upstream
    other: Upstream

    def call(self, content: str) -> Answer:
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": content}]}
        with self.broker.tls(OWN) as sock:
            sock.sendall(request("POST", PATH, OWN, json.dumps(body).encode(), "Content-Type: application/json"))
            return Reader(sock).answer()


def answering(status: int, message: Words) -> Callable[[socket.socket, Reader, Seen], None]:
    def play(sock: socket.socket, _: Reader, seen: Seen) -> None:
        choice = {"index": 0, "message": message(json.loads(seen.body)), "finish_reason": "stop"}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o"}
        usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
        body = json.dumps({**head, "choices": [choice], "usage": usage}).encode()
        fields = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        sock.sendall(f"HTTP/1.1 {status} X\r\n{fields}".encode() + body)

    return play


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., World]]:
    with contextlib.ExitStack() as stack:

        def started(status: int, own: str = "", other: str = "", **plan: Any) -> World:
            """`own` and `other`: the modes of the rules of the two hosts."""
            authority = Authority()
            sites = [
                Upstream(authority, OWN, answering(status, mail)),
                Upstream(authority, OTHER, answering(200, mail)),
            ]
            for site in sites:
                stack.callback(site.close)
            rules = [harness.rule(1, OWN, methods=("POST",)), harness.rule(2, OTHER, methods=("POST",))]
            rules = [rule._replace(pii=mode) for rule, mode in zip(rules, (own, other), strict=True)]
            compiled, egress = harness.plans(*rules, pii=REPLACED)
            mapped = [[host, 443, "127.0.0.1", site.port] for host, site in zip((OWN, OTHER), sites, strict=True)]
            options: dict[str, Any] = {"connect_to": mapped, "upstream_ca_pem": authority.pem.decode()}
            return World(
                stack.enter_context(harness.opened(tmp_path, compiled._replace(**plan), egress, **options)), *sites
            )

        yield started


def arguments(answer: Answer) -> str | None:
    calls = json.loads(answer.body)["choices"][0]["message"].get("tool_calls")
    return calls[0]["function"]["arguments"] if calls else None


def test_a_session_that_looks_for_none_loads_no_detectors() -> None:
    plan = "BrokerPlan((), Budget(), Pii('off', ()))"
    code = f"""
import sys
import threading
from akios_jail.broker import gateway, pipeline
from akios_jail.policy.plans import BrokerPlan, Budget, Pii
pipeline.load({plan})
print([name for name in sys.modules if name.startswith(("akios_jail.pii", "akios_jail.broker.personal", "hyperscan"))])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "[]\n"


def test_rules_on_tools_judge_the_real_values_that_the_agent_gets(start: Callable[..., World]) -> None:
    denied = ruled.rule(1, "send_mail", "deny", when="args.to == 'boss@corp.test'")
    world = start(200, tools=(denied,))
    assert arguments(world.call("write to jane@corp.test")) == '{"to": "jane@corp.test"}'
    assert arguments(world.call("write to boss@corp.test")) is None
    assert not [seen for seen in world.own.seen if b"corp.test" in seen.body]


@pytest.mark.parametrize(("own", "other", "asked"), [("off", "", 0), ("observe", "block", 0), ("", "off", 1)])
def test_a_fallback_brings_no_personal_data_where_its_own_rule_lets_none_go(
    start: Callable[..., World], own: str, other: str, asked: int
) -> None:
    fallback = Route(1, "", Target("", "", ""), 0, (Target("gpt-4o", OTHER, ""),), "")
    world = start(503, own, other, routing=Routing((fallback,)))
    answer = world.call("write to jane@corp.test")
    assert answer.status == (200 if asked else 503)
    assert len(world.other.seen) == asked
    assert not [seen for seen in world.other.seen if b"corp.test" in seen.body]
    assert (b"corp.test" in world.own.seen[0].body) is (own != "")


PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(90)).decode()
ALL = Pii("redact_before_inference", ("email",), scope=("model_calls", "egress", "responses"), unreadable="pass")


def asked(world: World, body: bytes, *fields: str, path: str = "/notes", host: str = OWN) -> Answer:
    with world.broker.tls(host) as sock:
        sock.sendall(request("POST", path, host, body, *fields))
        return Reader(sock).answer()


def test_what_passed_unread_is_on_record_and_in_the_report_by_its_type(start: Callable[..., World]) -> None:
    world = start(200, pii=REPLACED._replace(unreadable="pass"))
    world.own._script = answering(200, lambda asked: {"role": "assistant", "content": "A picture."})
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
    body = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": [image, {"type": "text", "text": "jane@corp.test"}]}],
    }
    asked(world, json.dumps(body).encode(), "Content-Type: application/json", path=PATH, host=OWN)
    verdict = world.broker.await_record(lambda record: record["type"] == "verdict")
    assert (verdict["unread"], verdict["findings"]) == ({"image/png": 1}, {"email": 1})
    report = world.broker.end()
    assert (report["pii_unread"], report["pii_redacted"]) == ({"image/png": 1}, {"email": 1})


def test_a_request_has_no_part_that_is_not_read(start: Callable[..., World]) -> None:
    """Chunks, what stands after them, codings, a body where none is usual."""
    world = start(200, pii=ALL)
    world.own._script = harness.hello
    said = b'{"to":"jane@corp.test"}'
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (said[:11], said[11:])) + b"0\r\n"
    chunked = ("Transfer-Encoding: chunked", "Trailer: X-Mail")
    with world.broker.tls(OWN) as sock:
        sock.sendall(request("POST", "/notes", OWN, b"", *chunked) + chunks + b"X-Mail: jane@corp.test\r\n\r\n")
        Reader(sock).answer()
    asked(world, gzip.compress(said), "Content-Encoding: gzip", "Content-Type: application/json")
    asked(world, gzip.compress(said), "Content-Encoding: gzip", "Content-Type: image/png")
    asked(world, said, "X-Mail: bob@corp.test", "X-Mail: jane@corp.test")
    refused = asked(world, said, "Content-Encoding: br")
    assert (refused.status, refused.error["code"]) == (415, "body_undecodable")
    assert len(world.own.seen) == 4
    for seen in world.own.seen:
        assert b"corp.test" not in seen.body + repr(seen.headers).encode()


def test_upstream_is_offered_no_coding_that_is_not_undone_here(start: Callable[..., World]) -> None:
    world = start(200, pii=ALL)
    world.own._script = harness.hello
    asked(world, b"{}", "Accept-Encoding: br, zstd, gzip")
    assert world.own.seen[0].header("accept-encoding") == "gzip"


def test_a_stream_of_events_that_does_not_end_is_read_as_it_flows(start: Callable[..., World]) -> None:
    world = start(200, pii=ALL)
    gone = threading.Event()

    def endless(sock: socket.socket, _: Reader, seen: Seen) -> None:
        sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {"to":"jane@corp.test"}\n\n')
        gone.wait(20)

    world.own._script = endless
    try:
        with world.broker.tls(OWN) as sock:
            sock.sendall(request("POST", "/events", OWN, b"{}"))
            reader = Reader(sock)
            assert reader.line().split()[1] == b"200"
            reader.fields()
            assert reader.chunk() == b'data: {"to":"[EMAIL_1]"}\n\n'
    finally:
        gone.set()
