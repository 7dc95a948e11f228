"""Routing through the whole broker: which model is asked, what is tried again, who stands in, and what it all cost."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from akios_jail import messages as messages_between
from akios_jail.credentials.keys import Held
from akios_jail.demo.certificates import Authority
from akios_jail.policy.compile import compile_file
from akios_jail.policy.plans import Budget, Route, Routing, Target
from tests.broker import harness
from tests.broker.harness import Answer, Broker, Reader, Seen, Upstream, request, reset
from tests.broker.test_credentials import written
from tests.budgets import budget as limits
from tests.credentials.held import PLACEHOLDER, VALUE, key
from tests.policy import manifests

pytestmark = pytest.mark.root

OPENAI, ANTHROPIC, LOCAL = "api.openai.com", "api.anthropic.com", "llm.corp"
PATH = "/v1/chat/completions"
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}


def send(sock: socket.socket, status: int, document: Any, *fields: str) -> None:
    body = json.dumps(document).encode()
    head = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(body)}", *fields]
    sock.sendall("\r\n".join([*head, "", ""]).encode() + body)


def chat(sock: socket.socket, seen: Seen) -> None:
    """Answers as an OpenAI-compatible server does, under the model's name that it was asked."""
    asked = json.loads(seen.body)
    head = {"id": "chatcmpl-1", "created": 1, "model": asked["model"]}
    if asked.get("stream") is not True:
        choice = {"index": 0, "message": {"role": "assistant", "content": "Done."}, "finish_reason": "stop"}
        tier = {"service_tier": asked["service_tier"]} if "service_tier" in asked else {}
        send(sock, 200, {**head, **tier, "object": "chat.completion", "choices": [choice], "usage": USAGE})
        return
    head["object"] = "chat.completion.chunk"
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    events: list[Any] = [
        {**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Do"}, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {"content": "ne."}, "finish_reason": "stop"}]},
        {**head, "choices": [], "usage": USAGE},
    ]
    for event in [*map(json.dumps, events), "[DONE]"]:
        data = f"data: {event}\n\n".encode()
        sock.sendall(b"%x\r\n%b\r\n" % (len(data), data))
    sock.sendall(b"0\r\n\r\n")


def messages(sock: socket.socket, seen: Seen) -> None:
    """Answers as Anthropic does."""
    asked = json.loads(seen.body)
    send(
        sock,
        200,
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": asked["model"],
            "content": [{"type": "text", "text": "Done there."}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 500, "output_tokens": 50},
        },
    )


Act = Callable[[socket.socket, Seen], None]


def fail(status: int, *fields: str) -> Act:
    return lambda sock, seen: send(sock, status, {"error": {"message": f"no {status}"}}, *fields)


def drop(sock: socket.socket, seen: Seen) -> None:
    reset(sock)
    raise EOFError


def break_off(sock: socket.socket, seen: Seen) -> None:
    """A stream that ends in the middle."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    event = {"id": "c", "choices": [{"index": 0, "delta": {"content": "Half"}, "finish_reason": None}]}
    data = f"data: {json.dumps(event)}\n\n".encode()
    sock.sendall(b"%x\r\n%b\r\n" % (len(data), data))
    time.sleep(0.2)
    drop(sock, seen)


class Site:
    """An upstream that plays these acts one after the other, and then the usual one."""

    def __init__(self, authority: Authority, host: str, usual: Act) -> None:
        self.acts: list[Act] = []
        self._usual = usual
        self._lock = threading.Lock()
        self.upstream = Upstream(authority, host, self._play)

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(seen.body) for seen in self.upstream.seen]

    def _play(self, sock: socket.socket, _: Reader, seen: Seen) -> None:
        with self._lock:
            act = self.acts.pop(0) if self.acts else self._usual
        act(sock, seen)


class World(NamedTuple):
    broker: Broker
    openai: Site
    anthropic: Site
    local: Site

    def call(self, *fields: str, key: str = "Bearer sk-agent", **document: Any) -> Answer:
        """One model call of the agent, with its key."""
        body = {"model": "gpt-4-turbo", "messages": [{"role": "user", "content": "Where is order 4821?"}], **document}
        head = ("Content-Type: application/json", f"Authorization: {key}", *fields)
        with self.broker.tls(OPENAI) as sock:
            sock.sendall(request("POST", PATH, OPENAI, json.dumps(body).encode(), *head))
            return Reader(sock).answer()

    def settled(self) -> dict[str, Any]:
        return self.broker.await_record(lambda record: record["type"] == "settlement")

    def verdicts(self) -> list[tuple[str, str]]:
        return [(record["decision"], record["code"]) for record in self.broker.records("verdict")]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Starts a broker with these routing rules (and more of the plan)."""
    with harness.contextlib.ExitStack() as stack:

        def started(*routes: Route, budget: Budget | None = None, held: tuple[Held, ...] = (), **routing: Any) -> World:
            authority = Authority()
            sites = [Site(authority, host, act) for host, act in ((OPENAI, chat), (ANTHROPIC, messages), (LOCAL, chat))]
            for site in sites:
                stack.callback(site.upstream.close)
            rules = [harness.rule(n, host, methods=("POST",)) for n, host in enumerate((OPENAI, ANTHROPIC, LOCAL), 1)]
            plan, egress = harness.plans(*rules, budget=budget)
            plan = plan._replace(routing=Routing(routes, **routing), credentials=tuple(each.plan for each in held))
            hosts = zip((OPENAI, ANTHROPIC, LOCAL), sites, strict=True)
            mapped = [[host, 443, "127.0.0.1", site.upstream.port] for host, site in hosts]
            options: dict[str, Any] = {"connect_to": mapped, "upstream_ca_pem": authority.pem.decode()}
            if held:
                options["fds"] = {"secrets": messages_between.blob("secrets", written(held))}
            broker = stack.enter_context(harness.opened(tmp_path, plan, egress, **options))
            return World(broker, *sites)

        yield started


def rule(condition: str = "", model: str = "", **fields: Any) -> Route:
    given = {"max_retries": 0, "fallbacks": (), "reason": "", **fields}
    return Route(1, condition, Target(model, given.pop("host", ""), given.pop("path", "")), **given)


LOOKUP = rule("task.complexity == 'lookup'", "gpt-4o-mini", reason="Simple retrieval")
DOLLAR = limits(None, None, 1_000_000)


def content(answer: Answer) -> Any:
    return json.loads(answer.body)["choices"][0]["message"]["content"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_lookup_goes_to_the_small_model_and_the_agent_sees_the_one_it_asked(
    start: Callable[..., World], stream: bool
) -> None:
    world = start(LOOKUP, budget=DOLLAR)
    answer = world.call(stream=stream)
    assert answer.status == 200
    assert b"gpt-4o-mini" not in answer.body
    assert b'"model":"gpt-4-turbo"' in answer.body.replace(b'": "', b'":"')
    assert world.openai.asked[0]["model"] == "gpt-4o-mini"
    assert world.openai.upstream.seen[0].header("authorization") == "Bearer sk-agent"
    (verdict,) = world.broker.records("verdict")
    assert (verdict["decision"], verdict["code"], verdict["rule"]) == ("modify", "routed", 1)
    assert "Simple retrieval" in verdict["reason"]
    assert "lookup, score 0" in verdict["reason"]
    assert verdict["call"] == {"provider": "openai", "model": "gpt-4o-mini", "asked_model": "gpt-4-turbo"}
    report = world.broker.end()
    assert report["models"] == {
        "gpt-4o-mini": {
            "calls": 1,
            "input_tokens": 1000,
            "output_tokens": 100,
            "cost_usd": pytest.approx(1000 * 0.15e-6 + 100 * 0.6e-6),
        }
    }


def test_what_is_no_lookup_stays_and_the_record_says_why(start: Callable[..., World]) -> None:
    world = start(LOOKUP)
    world.call(messages=[{"role": "user", "content": "Compare all orders of this year"}])
    assert world.openai.asked[0]["model"] == "gpt-4-turbo"
    (verdict,) = world.broker.records("verdict")
    assert (verdict["decision"], verdict["notes"]["routing"]["rule"]) == ("allow", None)
    assert verdict["notes"]["routing"]["task"] == "analysis, score 7: it names an analysis +7"


@pytest.mark.parametrize(("trusted", "model"), [(True, "gpt-4o-mini"), (False, "gpt-4-turbo")])
def test_the_agents_own_word_counts_where_it_is_trusted_and_never_leaves(
    start: Callable[..., World], trusted: bool, model: str
) -> None:
    world = start(LOOKUP, trust_header=trusted)
    world.call("X-Akios-Task: lookup", messages=[{"role": "user", "content": "Compare all orders of this year"}])
    assert world.openai.asked[0]["model"] == model
    assert world.openai.upstream.seen[0].header("x-akios-task") is None


def test_a_rule_that_cannot_decide_lets_nothing_pass(start: Callable[..., World]) -> None:
    world = start(rule("1 / (request.tools - 1) > 0", "x"))
    assert world.call(tools=[{"type": "function", "function": {"name": "a"}}]).error["code"] == "route_undecided"
    assert world.openai.asked == []


def test_a_rule_that_names_a_host_that_the_policy_does_not_lets_nothing_pass(start: Callable[..., World]) -> None:
    world = start(rule("", "x", host="elsewhere.corp"))
    answer = world.call()
    assert (answer.status, answer.error["code"]) == (403, "route_not_allowed")


def test_the_small_model_is_asked_once_the_budget_is_nearly_spent(start: Callable[..., World]) -> None:
    world = start(rule("budget.left_usd < 0.985", "gpt-4o-mini"), budget=DOLLAR)
    models = []
    for _ in range(3):
        assert world.call(max_tokens=100).status == 200
        models.append(world.openai.asked[-1]["model"])
    assert models == ["gpt-4-turbo", "gpt-4-turbo", "gpt-4o-mini"]  # 0.013 dollars each


def test_another_host_never_gets_the_agents_key(start: Callable[..., World]) -> None:
    world = start(rule("", "small", host=LOCAL))
    answer = world.call("Cookie: a=sk-agent", "X-Api-Key: sk-agent")
    assert content(answer) == "Done."
    assert world.openai.asked == []
    (seen,) = world.local.upstream.seen
    assert "sk-agent" not in repr(seen)
    assert seen.header("host") == LOCAL
    assert world.broker.records("verdict")[0]["host"] == LOCAL


def test_every_host_gets_its_own_key_and_no_other(start: Callable[..., World]) -> None:
    theirs = "sk-ant-" + "T" * 40
    held = (
        key(hosts=(OPENAI,), name="openai"),
        key(theirs, "sk-ant-" + "P" * 40, name="anthropic", hosts=(ANTHROPIC,), field="x-api-key"),
    )
    world = start(rule(max_retries=1, fallbacks=(Target("claude-sonnet-4-5", ANTHROPIC),)), held=held)
    world.openai.acts = [fail(503), fail(503)]
    assert content(world.call(f"X-Key: {'x' * 20}", key=f"Bearer {PLACEHOLDER}", max_tokens=50)) == "Done there."
    assert [seen.header("authorization") for seen in world.openai.upstream.seen] == [f"Bearer {VALUE}"] * 2
    (seen,) = world.anthropic.upstream.seen
    assert (seen.header("x-api-key"), seen.header("authorization"), seen.header("x-key")) == (theirs, None, None)
    assert not [text for text in (VALUE, PLACEHOLDER) if text in repr(seen)]


def test_a_fallback_that_the_budget_does_not_allow_is_refused_and_all_attempts_are_settled(
    start: Callable[..., World],
) -> None:
    world = start(rule(fallbacks=(Target("nonesuch"),)), budget=DOLLAR)
    world.openai.acts = [drop]
    answer = world.call(max_tokens=100)
    assert (answer.status, answer.error["code"]) == (403, "price_unknown")
    settled = world.settled()
    assert (settled["attempts"], settled["status"], settled["usage"]["estimated"]) == (2, 403, True)
    report = world.broker.end()
    assert report["cost"]["cost_usd"] == settled["usage"]["cost_microusd"] / 1_000_000 > 0


def test_a_fallback_that_the_budget_refuses_gives_way_to_the_next_on_record(start: Callable[..., World]) -> None:
    fallbacks = (Target("nonesuch"), Target("nowhere"), Target("gpt-4o-mini"))
    world = start(rule(fallbacks=fallbacks), budget=DOLLAR)
    world.openai.acts = [fail(503)]
    assert content(world.call(max_tokens=100)) == "Done."
    assert [asked["model"] for asked in world.openai.asked] == ["gpt-4-turbo", "gpt-4o-mini"]
    settled = world.settled()
    assert settled["attempts"] == 4
    assert [(each["target"], each["code"]) for each in settled["notes"]["fallbacks_skipped"]] == [
        (f"nonesuch at {OPENAI}", "price_unknown"),
        (f"nowhere at {OPENAI}", "price_unknown"),
    ]
    assert [each["failure"] for each in world.broker.records("attempt")] == [None, "price_unknown", "price_unknown"]
    assert world.broker.end()["cost"]["cost_usd"] == pytest.approx((1000 * 0.15 + 100 * 0.6) / 1_000_000)


def stream_of(*events: str) -> Act:
    """A stream with status 200 that says this and ends."""

    def act(sock: socket.socket, seen: Seen) -> None:
        body = "".join(events).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
        sock.sendall(head.encode() + body)

    return act


OVERLOADED = stream_of(
    ': hello\n\nevent: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
)
BROKEN = stream_of('data: {"error":{"message":"busy","type":"server_error","code":null}}\n\n')
INVALID = stream_of('data: {"error":{"message":"no","type":"invalid_request_error","code":null}}\n\n')


def test_a_stream_that_begins_with_an_error_has_failed_and_costs_nothing(start: Callable[..., World]) -> None:
    world = start(rule(max_retries=1, fallbacks=(Target("gpt-4o"),)), budget=DOLLAR)
    world.openai.acts = [OVERLOADED, BROKEN]
    answer = world.call(stream=True, max_tokens=100)
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert b"error" not in answer.body
    assert [asked["model"] for asked in world.openai.asked] == ["gpt-4-turbo", "gpt-4-turbo", "gpt-4o"]
    attempts = world.broker.records("attempt")
    assert [(each["upstream_status"], each["failure"]) for each in attempts] == [(200, "upstream_error_first")] * 2
    assert world.settled()["usage"]["input_tokens"] == 1000


@pytest.mark.parametrize(("acts", "asked"), [([INVALID], 1), ([BROKEN, BROKEN], 2)])
def test_the_error_of_a_stream_reaches_the_agent_if_nothing_else_follows(
    start: Callable[..., World], acts: list[Act], asked: int
) -> None:
    world = start(rule(max_retries=1), budget=DOLLAR)
    world.openai.acts = list(acts)
    answer = world.call(stream=True, max_tokens=100)
    assert (answer.status, b'"error"' in answer.body, len(world.openai.asked)) == (200, True, asked)


def test_a_stream_that_ends_before_its_first_event_is_answered_by_a_fallback(start: Callable[..., World]) -> None:
    def cut(sock: socket.socket, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        sock.sendall(b"8\r\n: hi\n\nda\r\n")
        time.sleep(0.1)
        drop(sock, seen)

    world = start(rule(fallbacks=(Target("gpt-4o"),)), budget=DOLLAR)
    world.openai.acts = [cut]
    assert world.call(stream=True, max_tokens=100).body.endswith(b"data: [DONE]\n\n")
    (attempt,) = world.broker.records("attempt")
    assert (attempt["failure"], attempt["usage"]["estimated"]) == ("upstream_cut", True)


def test_an_error_of_another_wire_format_is_told_in_the_agents_own(start: Callable[..., World]) -> None:
    def busy(sock: socket.socket, seen: Seen) -> None:
        error = {"type": "overloaded_error", "message": "Come back later"}
        send(sock, 529, {"type": "error", "error": error}, "Retry-After: 7")

    world = start(rule("", "claude-sonnet-4-5", host=ANTHROPIC), budget=DOLLAR)
    world.anthropic.acts = [busy]
    answer = world.call(max_tokens=100)
    assert (answer.status, answer.header("retry-after")) == (529, "7")
    assert answer.error == {"message": "Come back later", "type": "overloaded_error", "param": None, "code": None}
    assert world.settled().get("usage") is None


@pytest.mark.parametrize("host", [ANTHROPIC, LOCAL])
def test_who_is_refused_elsewhere_for_want_of_a_key_learns_what_to_do(start: Callable[..., World], host: str) -> None:
    world = start(rule("", "claude-sonnet-4-5", host=host))
    site = world.anthropic if host == ANTHROPIC else world.local
    site.acts = [fail(401)]
    answer = world.call(max_tokens=100)
    assert answer.status == 401
    assert answer.error["message"].startswith("no 401 [akios: the policy's routing sent this call to ")
    assert "`credentials` in the policy" in answer.error["message"]


def test_a_limit_that_we_wrote_is_written_anew_for_every_attempt(start: Callable[..., World]) -> None:
    world = start(rule(max_retries=1, fallbacks=(Target("gpt-4o"),)), budget=limits(40_000, None, 400_000))
    world.openai.acts = [fail(503), fail(503)]
    assert world.call().status == 200
    written = [asked["max_completion_tokens"] for asked in world.openai.asked]
    assert 256 < written[0] == written[1] < written[2]  # what is left buys more of the cheaper model
    assert [record["code"] for record in world.broker.records("verdict")] == ["allowed", "allowed", "fallback"]


def test_what_the_agent_says_to_us_leaves_in_no_session(start: Callable[..., World]) -> None:
    world = start()
    assert world.call("X-Akios-Task: lookup").status == 200
    assert world.openai.upstream.seen[0].header("x-akios-task") is None


def test_a_passing_failure_is_tried_again_and_every_attempt_is_on_record(start: Callable[..., World]) -> None:
    world = start(rule(max_retries=2), budget=DOLLAR)
    world.openai.acts = [fail(503), drop]
    answer = world.call(stream=True, max_tokens=300)
    assert (answer.status, answer.body.endswith(b"data: [DONE]\n\n")) == (200, True)
    assert len(world.openai.asked) == 3
    assert world.openai.asked[0] == world.openai.asked[1] == world.openai.asked[2]
    settled = world.settled()
    attempts = world.broker.records("attempt")
    assert [(a["attempt"], a["upstream_status"], a["failure"], a["model"]) for a in attempts] == [
        (1, 503, None, "gpt-4-turbo"),
        (2, None, "upstream_closed", "gpt-4-turbo"),
    ]
    assert "usage" not in attempts[0]
    # What was sent and never answered may have run: it is billed at its bound, and never forgotten.
    lost = attempts[1]["usage"]
    assert lost["estimated"] is True
    assert lost["cost_microusd"] > 0
    assert (settled["attempts"], settled["status"]) == (3, 200)
    assert settled["usage"]["input_tokens"] == 1000 + lost["input_tokens"]
    report = world.broker.end()
    assert report["calls"] == 1
    assert report["models"]["gpt-4-turbo"]["calls"] == 2
    assert report["cost"]["cost_usd"] == pytest.approx(
        (lost["cost_microusd"] + 1000 * 10 + 100 * 30) / 1_000_000, abs=1e-6
    )


def test_retries_end_and_the_last_answer_is_the_agents(start: Callable[..., World]) -> None:
    world = start(rule(max_retries=1))
    world.openai.acts = [fail(500), fail(503, "X-Last: 1"), fail(500)]
    answer = world.call()
    assert (answer.status, answer.header("x-last"), len(world.openai.asked)) == (503, "1", 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 501])
def test_what_is_wrong_with_the_call_is_not_tried_again(start: Callable[..., World], status: int) -> None:
    world = start(rule(max_retries=3))
    world.openai.acts = [fail(status)]
    assert (world.call().status, len(world.openai.asked)) == (status, 1)
    assert world.broker.records("attempt") == []


def test_retry_after_is_obeyed_and_what_is_too_late_goes_to_the_agent(start: Callable[..., World]) -> None:
    world = start(rule(max_retries=2))
    world.openai.acts = [fail(429, "Retry-After: 1")]
    begun = time.monotonic()
    assert world.call().status == 200
    assert time.monotonic() - begun >= 1.0
    world.openai.acts = [fail(429, "Retry-After: 3600")]
    answer = world.call()
    assert (answer.status, answer.header("retry-after")) == (429, "3600")


def test_an_answer_that_has_begun_is_never_begun_again(start: Callable[..., World]) -> None:
    world = start(rule(max_retries=3, fallbacks=(Target("gpt-4o"),)), budget=DOLLAR)
    world.openai.acts = [break_off]
    with pytest.raises(EOFError):
        world.call(stream=True)
    settled = world.settled()
    assert (len(world.openai.asked), settled["failure"], settled["usage"]["estimated"]) == (1, "upstream_cut", True)


def test_fallbacks_have_their_turn_in_order_and_translated_where_they_must_be(start: Callable[..., World]) -> None:
    fallbacks = (Target("gpt-4o"), Target("m", "closed.corp"), Target("claude-sonnet-4-5", ANTHROPIC))
    world = start(rule(max_retries=1, fallbacks=fallbacks), budget=DOLLAR)
    world.openai.acts = [fail(500), fail(500), fail(529)]
    answer = world.call(max_tokens=200)
    assert content(answer) == "Done there."
    document = json.loads(answer.body)
    assert (document["model"], document["object"]) == ("gpt-4-turbo", "chat.completion")
    assert document["usage"]["prompt_tokens"] == 500
    assert [asked["model"] for asked in world.openai.asked] == ["gpt-4-turbo", "gpt-4-turbo", "gpt-4o"]
    (seen,) = world.anthropic.upstream.seen
    assert ("sk-agent" in repr(seen), seen.target, seen.header("anthropic-version")) == (
        False,
        "/v1/messages",
        "2023-06-01",
    )
    assert json.loads(seen.body)["model"] == "claude-sonnet-4-5"
    settled = world.settled()
    assert settled["attempts"] == 4
    assert settled["notes"]["fallbacks_skipped"][0]["code"] == "route_not_allowed"
    assert world.verdicts()[-1] == ("modify", "fallback")
    assert world.broker.records("verdict")[-1]["host"] == ANTHROPIC
    assert list(world.broker.end()["models"]) == ["claude-sonnet-4-5"]


def test_an_agent_that_streams_gets_a_whole_stream_from_another_wire_format(start: Callable[..., World]) -> None:
    world = start(rule(fallbacks=(Target("claude-sonnet-4-5", ANTHROPIC),)), budget=DOLLAR)
    world.openai.acts = [fail(503)]
    answer = world.call(stream=True, max_tokens=200)
    assert answer.status == 200
    assert (answer.header("content-type") or "").startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in answer.body.decode().split("\n\n") if line]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    said = "".join(c["delta"].get("content") or "" for chunk in chunks for c in chunk["choices"])
    assert said == "Done there."
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert {chunk["model"] for chunk in chunks} == {"gpt-4-turbo"}
    assert all("usage" not in chunk for chunk in chunks)


def test_tools_cross_wire_formats_both_ways(start: Callable[..., World]) -> None:
    def asks(sock: socket.socket, seen: Seen) -> None:
        block = {"type": "tool_use", "id": "toolu_2", "name": "get_order", "input": {"id": "4822"}}
        answer = {
            "id": "msg_2",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5",
            "content": [block],
        }
        usage = {"input_tokens": 50, "output_tokens": 20}
        send(sock, 200, {**answer, "stop_reason": "tool_use", "stop_sequence": None, "usage": usage})

    world = start(rule("", "claude-sonnet-4-5", host=ANTHROPIC), budget=DOLLAR)
    world.anthropic.acts = [asks]
    called = {"id": "c1", "type": "function", "function": {"name": "get_order", "arguments": '{"id": "4821"}'}}
    said = [
        {"role": "user", "content": "Where are 4821 and 4822?"},
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "c1", "content": "delivered"},
    ]
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    tools = [{"type": "function", "function": {"name": "get_order", "description": "An order", "parameters": schema}}]
    chunks = events(world.call(messages=said, tools=tools, stream=True, max_tokens=100))
    (sent,) = world.anthropic.asked
    assert (sent["tools"][0]["name"], sent["tools"][0]["input_schema"]) == ("get_order", schema)
    assert sent["messages"][1]["content"][0]["input"] == {"id": "4821"}
    assert sent["messages"][2]["content"][0]["tool_use_id"] == sent["messages"][1]["content"][0]["id"]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    asked = [call["function"] for delta in deltas for call in delta.get("tool_calls", ())]
    assert "".join(function.get("name") or "" for function in asked) == "get_order"
    assert json.loads("".join(function.get("arguments") or "" for function in asked)) == {"id": "4822"}
    assert [c["finish_reason"] for chunk in chunks for c in chunk["choices"]][-1] == "tool_calls"


def test_a_call_that_cannot_be_translated_gets_what_was_answered_before(start: Callable[..., World]) -> None:
    world = start(rule(fallbacks=(Target("claude-sonnet-4-5", ANTHROPIC),)))
    world.openai.acts = [fail(503)]
    answer = world.call(logprobs=True)
    assert (answer.status, world.anthropic.asked) == (503, [])
    (skipped,) = world.settled()["notes"]["fallbacks_skipped"]
    assert (skipped["code"], skipped["target"]) == ("route_untranslatable", f"claude-sonnet-4-5 at {ANTHROPIC}")


def test_a_translated_answer_that_breaks_off_is_an_upstreams_failure(start: Callable[..., World]) -> None:
    def half(sock: socket.socket, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
        drop(sock, seen)

    world = start(rule("", "claude-sonnet-4-5", host=ANTHROPIC), budget=DOLLAR)
    world.anthropic.acts = [half]
    answer = world.call(max_tokens=200)
    assert (answer.status, answer.error["code"]) == (502, "upstream_cut")
    assert world.settled()["usage"]["estimated"] is True


def test_the_cheaper_tier_is_tried_first_and_settled_at_its_price(start: Callable[..., World]) -> None:
    world = start(spot=True, budget=limits(None, None, 10_000_000))
    assert world.call(model="gpt-5", max_completion_tokens=500).status == 200
    assert world.openai.asked[0]["service_tier"] == "flex"
    assert world.verdicts() == [("modify", "spot")]
    assert world.settled()["usage"]["cost_microusd"] == pytest.approx((1000 * 1.25 + 100 * 10) / 2, abs=1)


@pytest.mark.parametrize("refusal", [fail(429), fail(400), fail(498), drop])
def test_a_cheaper_tier_that_is_not_there_gives_way_to_the_usual_one(start: Callable[..., World], refusal: Act) -> None:
    world = start(spot=True, budget=limits(None, None, 10_000_000))
    world.openai.acts = [refusal]
    assert world.call(model="gpt-5", max_completion_tokens=500).status == 200
    assert [asked.get("service_tier") for asked in world.openai.asked] == ["flex", None]
    assert world.verdicts() == [("modify", "spot"), ("modify", "spot_refused")]
    used = world.broker.records("attempt")[0].get("usage")
    assert (used is None) is (refusal is not drop)


@pytest.mark.parametrize("document", [{"model": "gpt-4o"}, {"model": "gpt-5", "service_tier": "default"}])
def test_a_call_without_a_cheaper_tier_or_with_its_own_wish_is_left_alone(
    start: Callable[..., World], document: dict[str, Any]
) -> None:
    world = start(spot=True)
    assert world.call(**document).status == 200
    assert world.openai.asked[0].get("service_tier") == document.get("service_tier")
    assert world.verdicts() == [("allow", "allowed")]


def test_many_at_once_with_failures_cost_what_the_records_say(start: Callable[..., World]) -> None:
    world = start(
        rule("request.stream", "gpt-4o-mini", max_retries=3, fallbacks=(Target("gpt-4o"),)),
        budget=limits(None, None, 50_000_000),
    )
    world.openai.acts = [act for _ in range(6) for act in (fail(503), chat, drop, fail(429, "Retry-After: 0"))]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.call(stream=True, max_tokens=300), range(24)))
    assert {answer.status for answer in answers} == {200}
    report = world.broker.end()
    settled = world.broker.records("settlement")
    assert len(settled) == 24
    assert sum(record["usage"]["cost_microusd"] for record in settled) == round(report["cost"]["cost_usd"] * 1_000_000)
    sent = sum(record.get("attempts", 1) for record in settled)
    assert sent == len(world.openai.asked) == 24 + len(world.broker.records("attempt"))
    verdicts = [record for record in world.broker.records("verdict") if record["decision"] != "deny"]
    assert len(verdicts) == sent


def test_an_agent_that_leaves_while_the_next_attempt_is_waited_for_is_settled(start: Callable[..., World]) -> None:
    world = start(rule(max_retries=3), budget=DOLLAR)
    world.openai.acts = [fail(429, "Retry-After: 20")]
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}).encode()
    with world.broker.tls(OPENAI) as sock:
        sock.sendall(request("POST", PATH, OPENAI, body, "Content-Type: application/json"))
        world.broker.await_record(lambda record: record["type"] == "attempt")
    settled = world.settled()
    assert (settled["status"], settled["failure"], "usage" in settled) == (None, "agent_left", False)
    assert len(world.openai.asked) == 1


def test_a_packed_conversation_is_what_is_sent_reserved_and_on_record(start: Callable[..., World]) -> None:
    world = start(context_packing=True, budget=DOLLAR)
    text = "".join(f"line {number} of a file\n" for number in range(60))
    said: list[dict[str, Any]] = [{"role": "user", "content": text}]
    for number in range(3):
        call = {"id": f"c{number}", "type": "function", "function": {"name": "read", "arguments": "{}"}}
        said += [
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": text},
        ]
    assert world.call(messages=said, max_tokens=100).status == 200
    (sent,) = world.openai.asked
    assert [message.get("content") == text for message in sent["messages"]] == [
        True,
        False,
        True,
        False,
        False,
        False,
        False,
    ]
    (verdict,) = world.broker.records("verdict")
    assert (verdict["decision"], verdict["code"]) == ("modify", "context_packed")
    assert verdict["notes"]["packing"]["same_result"] == 2
    assert "line 7 of a file" not in world.broker.log


def events(answer: Answer) -> list[dict[str, Any]]:
    """The documents of a stream."""
    assert (answer.header("content-type") or "").startswith("text/event-stream")
    blocks = [block.split("\n") for block in answer.body.decode().split("\n\n") if block]
    data = ["".join(line[6:] for line in lines if line.startswith("data: ")) for lines in blocks]
    return [json.loads(each) for each in data if each not in ("", "[DONE]")]


def test_an_agent_that_speaks_to_anthropic_is_answered_by_openai_in_its_own_words(start: Callable[..., World]) -> None:
    world = start(rule(fallbacks=(Target("gpt-4o", OPENAI),)), budget=DOLLAR)
    world.anthropic.acts = [fail(529)] * 2
    document = {
        "model": "claude-sonnet-4-5",
        "max_tokens": 100,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "hi"}],
    }
    head = ("Content-Type: application/json", "x-api-key: sk-agent", "anthropic-version: 2023-06-01")
    answers = []
    for stream in (False, True):
        with world.broker.tls(ANTHROPIC) as sock:
            body = json.dumps({**document, "stream": stream}).encode()
            sock.sendall(request("POST", "/v1/messages", ANTHROPIC, body, *head))
            answers.append(Reader(sock).answer())
    whole = json.loads(answers[0].body)
    assert (whole["type"], whole["model"], whole["stop_reason"]) == ("message", "claude-sonnet-4-5", "end_turn")
    assert (whole["content"][0]["text"], whole["usage"]["output_tokens"]) == ("Done.", 100)
    streamed = events(answers[1])
    kinds = [event["type"] for event in streamed if event["type"] != "ping"]
    assert (kinds[0], kinds[1], kinds[-3:]) == (
        "message_start",
        "content_block_start",
        ["content_block_stop", "message_delta", "message_stop"],
    )
    assert "".join(e["delta"]["text"] for e in streamed if e["type"] == "content_block_delta") == "Done."
    assert not [seen for seen in world.openai.upstream.seen if "sk-agent" in repr(seen)]
    assert [asked["messages"][0] for asked in world.openai.asked] == [{"role": "system", "content": "Be brief."}] * 2


def test_the_founding_manifest_works_as_it_stands(start: Callable[..., World], tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(manifests.FOUNDING)
    (tmp_path / "flux.yaml").write_text(manifests.FOUNDING_FLUX)
    plan = compile_file(str(tmp_path / "policy.yaml"), str(tmp_path / "flux.yaml")).broker
    others = {key: value for key, value in plan.routing._asdict().items() if key != "routes"}
    world = start(*plan.routing.routes, budget=plan.budget, **others)
    for text in ("Where is order 4821?", "Compare both orders"):
        world.openai.acts = [fail(503)] * 2 if text.startswith("Compare") else []
        assert world.call(messages=[{"role": "user", "content": text}], max_tokens=200).status == 200
    assert [asked["model"] for asked in world.openai.asked] == ["gpt-4o-mini", *["gpt-4-turbo"] * 3]
    assert world.broker.records("verdict")[0]["code"] == "routed"
    assert [record["upstream_status"] for record in world.broker.records("attempt")] == [503, 503]
