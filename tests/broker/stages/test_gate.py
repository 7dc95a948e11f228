"""Tool calls that a model asks for are held until they are ruled on, by a rule or by a person; text flows on."""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.broker import limits
from akios_jail.broker.buffers import Buffers
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import Denied
from akios_jail.broker.stages import gate
from akios_jail.control.approvals import MAX_WAITING, Refused
from akios_jail.policy.plans import Change
from tests.broker.stages.calls import Upstream, answer, chat, post
from tests.broker.stages.ruled import Ruled, rule
from tests.providers import clients

HEAD = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
WHY = "Refunds are a person's decision"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def asks(folder: Path) -> Iterator[Ruled]:
    """Refunds are a person's decision; sending is bounded; deleting is denied; firing ends the session."""
    limit = Change(("limit",), None, 100.0, None)
    session = Ruled(
        folder,
        rule(1, "issue_refund", "require_approval", when="args.amount_usd > 100.0", reason=WHY),
        rule(2, "send_*", "modify", changes=(limit,)),
        rule(3, "delete_*", "deny"),
        rule(4, "fire_*", "terminate"),
    )
    yield session
    session.close()


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}


def tool(index: int, name: str, arguments: str, id: str = "") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    entry = {"index": index, "id": id or f"call_{index}", "type": "function", "function": function}
    return chunk({"tool_calls": [entry]})


def encoded(*chunks: Any) -> list[bytes]:
    return [f"data: {json.dumps(each)}\n\n".encode() for each in chunks] + [b"data: [DONE]\n\n"]


def stream(*calls: tuple[str, str], text: str = "Let me see.") -> list[bytes]:
    asked = [tool(place, name, arguments) for place, (name, arguments) in enumerate(calls)]
    start = chunk({"role": "assistant", "content": ""})
    return encoded(start, chunk({"content": text}), *asked, chunk({}, "tool_calls" if calls else "stop"))


def streamed(*calls: tuple[str, str]) -> Upstream:
    return answer(*stream(*calls), kind="text/event-stream")


def whole(*calls: tuple[str, str], content: str | None = None) -> bytes:
    asked = [
        {"id": f"call_{place}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for place, (name, arguments) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": content, "refusal": None, "tool_calls": asked}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls"}
    return json.dumps({**HEAD, "object": "chat.completion", "choices": [choice]}).encode()


def read(body: bytes) -> tuple[str, list[tuple[str, Any]]]:
    """What OpenAI's own client makes of a stream: the text, and the tool calls."""
    client = clients.openai(body)
    with client.chat.completions.stream(model="gpt-4o", messages=[{"role": "user", "content": "hi"}]) as events:
        events.until_done()
        message = events.current_completion_snapshot.choices[0].message
    asked = [(one.function.name, json.loads(one.function.arguments)) for one in message.tool_calls or []]
    return message.content or "", asked


def functions(message: dict[str, Any]) -> list[tuple[str, Any]]:
    """The tool calls of an answer that was not streamed."""
    asked = [entry["function"] for entry in message.get("tool_calls") or []]
    return [(function["name"], json.loads(function["arguments"])) for function in asked]


BIG = ("issue_refund", '{"amount_usd": 15000}')


def test_an_answer_without_tool_calls_passes_with_its_very_bytes(asks: Ruled) -> None:
    assert asks.call(post_to(asks), streamed()) == b"".join(stream())
    body = json.dumps(
        {**HEAD, "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}]}
    ).encode()
    exchange = post_to(asks, stream=False)
    assert asks.call(exchange, answer(body)) == body
    assert exchange.response.length == len(body)


def post_to(session: Ruled, stream: bool = True, **fields: Any) -> Exchange:
    return post(session, chat(stream=stream, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize(
    ("asked", "runs", "words"),
    [
        (("look", "{}"), ("look", {}), ""),
        (("issue_refund", '{"amount_usd": 5}'), ("issue_refund", {"amount_usd": 5}), ""),
        (("send_mail", '{"limit": 5000, "to": "x"}'), ("send_mail", {"limit": 100, "to": "x"}), ""),
        (("send_mail", '{"limit": "5000"}'), None, "not a number"),
        (("delete_all", "{}"), None, "tool rule 3"),
        (("DELETE_all", "{}"), None, "tool rule 3"),
        (("issue_refund", "{}"), None, "no answer"),
    ],
)
def test_each_call_becomes_what_its_rule_says(
    asks: Ruled, streams: bool, asked: tuple[str, str], runs: tuple[str, Any] | None, words: str
) -> None:
    if streams:
        text, calls = read(asks.call(post_to(asks), streamed(asked)))
    else:
        document = json.loads(asks.call(post_to(asks, stream=False), answer(whole(asked))))
        message = document["choices"][0]["message"]
        text = message["content"] or ""
        calls = [
            (e["function"]["name"], json.loads(e["function"]["arguments"])) for e in message.get("tool_calls") or []
        ]
    assert calls == ([runs] if runs else [])
    assert words in text
    record = asks.records("verdict")[-1]
    assert (record["action"], record["tool"]) == ("tool_call", asked[0])
    assert record["decision"] == ("deny" if runs is None else "modify" if runs[1].get("limit") == 100 else "allow")
    assert asks.session.tally.tools[asked[0]] == {record["decision"]: 1}


def test_several_calls_are_ruled_on_in_order_and_each_by_itself(asks: Ruled) -> None:
    calls = (("look", "{}"), ("delete_x", "{}"), ("send_a", '{"limit": 101}'), ("look", '{"q": 1}'))
    text, runs = read(asks.call(post_to(asks), streamed(*calls)))
    assert runs == [("look", {}), ("send_a", {"limit": 100}), ("look", {"q": 1})]
    assert "delete_x" in text
    assert [record["tool"] for record in asks.records("verdict")] == ["look", "delete_x", "send_a", "look"]


def test_a_rule_can_end_the_session(asks: Ruled) -> None:
    _, runs = read(asks.call(post_to(asks), streamed(("fire_everyone", "{}"))))
    assert runs == []
    assert ("end", "tool_terminated") in [(kind, fields.get("code")) for kind, fields in asks.told]


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("approve", [True, False])
def test_a_person_decides(asks: Ruled, streams: bool, approve: bool) -> None:
    seen: list[bytes] = []

    async def run() -> bytes:
        upstream = streamed(("look", "{}"), BIG) if streams else answer(whole(("look", "{}"), BIG))
        running = asyncio.create_task(asks.run(post_to(asks, streams), upstream, seen))
        (entry,) = await asks.waiting()
        assert entry.action.content == {"amount_usd": 15000}
        assert (entry.action.name, entry.action.rule, entry.action.reason) == ("issue_refund", 1, WHY)
        assert b"issue_refund" not in b"".join(seen)
        await asks.decide(entry, approve, "not this one")
        return await running

    body = asyncio.run(run())
    if streams:
        text, runs = read(body)
    else:
        message = json.loads(body)["choices"][0]["message"]
        text = message["content"] or ""
        runs = functions(message)
    assert runs == [("look", {}), *([("issue_refund", {"amount_usd": 15000})] if approve else [])]
    if not approve:
        assert WHY in text
        assert "a person denied it: not this one" in text
    (requested,), (decided,) = asks.records("approval.requested"), asks.records("approval.decided")
    assert requested["action_sha256"] == decided["action_sha256"]
    assert (decided["decision"], decided["who"]) == ("approve" if approve else "deny", "alice")
    assert decided["latency_ms"] >= 0
    assert asks.session.tally.approvals == {"requested": 1, "approved" if approve else "denied": 1}
    verdict = asks.records("verdict")[-1]
    assert (verdict["decision"], verdict["approval"]) == ("allow" if approve else "deny", decided["id"])


def test_text_flows_and_the_stream_stays_alive_while_a_person_is_asked(
    asks: Ruled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "ALIVE_S", 0.05)
    monkeypatch.setattr(gate, "_AT_ONCE_S", 0.05)
    seen: list[bytes] = []
    taken = 0

    async def upstream(_: Exchange) -> Response:
        async def body() -> AsyncIterator[bytes]:
            nonlocal taken
            for piece in [*stream(BIG)[:-1], *[b": a comment of upstream's\n\n"] * 20, b"data: [DONE]\n\n"]:
                taken += 1
                yield piece

        return Response(200, "OK", [("Content-Type", "text/event-stream")], body(), None)

    async def run() -> None:
        running = asyncio.create_task(asks.run(post_to(asks), upstream, seen))
        (entry,) = await asks.waiting()
        while seen.count(b"\n\n") < 3:
            await asyncio.sleep(0.01)
        assert b"Let me see." in b"".join(seen)
        assert taken > 20  # upstream is read on
        await asks.decide(entry, True)
        await running

    asyncio.run(run())
    text, runs = read(b"".join(seen))
    assert (text, runs) == ("Let me see.", [("issue_refund", {"amount_usd": 15000})])


def messages_stream(filler: int) -> list[bytes]:
    """Anthropic's: a refund, and after it much text."""
    refund = {"type": "tool_use", "id": "toolu_1", "name": "issue_refund", "input": {}}
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude", "content": [], "usage": usage}
    arguments = {"type": "input_json_delta", "partial_json": BIG[1]}
    text = {"type": "text_delta", "text": "x" * 1000}
    documents: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": refund},
        {"type": "content_block_delta", "index": 0, "delta": arguments},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        *[{"type": "content_block_delta", "index": 1, "delta": text}] * filler,
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in documents]


def test_what_is_read_on_meanwhile_has_a_bound(asks: Ruled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_AT_ONCE_S", 0.01)
    monkeypatch.setattr(limits, "READ_AHEAD", limits.READ_AHEAD._replace(value=50_000))
    taken = 0

    async def upstream(_: Exchange) -> Response:
        async def body() -> AsyncIterator[bytes]:
            nonlocal taken
            for piece in messages_stream(300):
                taken += 1
                yield piece

        return Response(200, "OK", [("Content-Type", "text/event-stream")], body(), None)

    async def run() -> bytes:
        document = {"model": "claude-sonnet-4-5", "max_tokens": 9, "stream": True, "messages": []}
        exchange = post(asks, document, host="api.anthropic.com", path="/v1/messages")  # type: ignore[arg-type]
        running = asyncio.create_task(asks.run(exchange, upstream))
        (entry,) = await asks.waiting()
        await asyncio.sleep(0.2)
        assert 40 < taken < 60
        await asks.decide(entry, True)
        return await running

    body = asyncio.run(run())
    client = clients.anthropic(body)
    with client.messages.stream(model="claude", max_tokens=9, messages=[{"role": "user", "content": "hi"}]) as events:
        tool_use, text = events.get_final_message().content
    assert tool_use.type == "tool_use"
    assert text.type == "text"
    assert tool_use.input == {"amount_usd": 15000}
    assert text.text == "x" * 300_000


def test_without_a_word_it_is_denied(folder: Path) -> None:
    session = Ruled(folder, rule(1, "issue_refund", "require_approval", timeout_s=0.3))
    text, runs = read(session.call(post_to(session), streamed(BIG)))
    assert runs == []
    assert "no person decided within 0.3 seconds" in text
    assert session.records("approval.decided")[0]["decision"] == "expired"
    (entry,) = session.person(lambda store: store.entries(waiting_only=False))
    assert entry.state == "expired"
    with pytest.raises(Refused, match="expired"):
        session.person(lambda store: store.decide(entry.id, True, "late"))
    session.close()


@pytest.mark.parametrize("streams", [True, False])
def test_an_agent_that_leaves_takes_its_request_along(asks: Ruled, streams: bool) -> None:
    async def run() -> None:
        upstream = streamed(BIG) if streams else answer(whole(BIG))
        running = asyncio.create_task(asks.run(post_to(asks, streams), upstream))
        (entry,) = await asks.waiting()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.sleep(0.1)
        with pytest.raises(Refused, match="nobody waits"):
            await asks.decide(entry, True)

    asyncio.run(run())
    assert asks.session.tally.approvals == {"requested": 1, "withdrawn": 1}
    asks.session.recorder.close()
    assert asks.records("approval.decided")[0]["decision"] == "withdrawn"


def test_an_approval_is_for_one_call_and_the_same_call_is_asked_about_again(asks: Ruled) -> None:
    async def run() -> None:
        first = asyncio.create_task(asks.run(post_to(asks), streamed(BIG, BIG)))
        (entry,) = await asks.waiting()
        await asks.decide(entry, True)
        while (entries := await asks.waiting())[0].id == entry.id:
            await asyncio.sleep(0.02)
        await asks.decide(entries[0], False)
        _, runs = read(await first)
        assert runs == [("issue_refund", {"amount_usd": 15000})]

    asyncio.run(run())


def test_forty_asks_at_once_are_a_flood_and_no_more_than_a_few_wait(asks: Ruled) -> None:
    async def run() -> list[bytes]:
        running = [asyncio.create_task(asks.run(post_to(asks), streamed(BIG))) for _ in range(40)]
        entries = await asks.waiting(MAX_WAITING)
        assert len(entries) == MAX_WAITING
        for entry in entries:
            await asks.decide(entry, True)
        return await asyncio.gather(*running)

    outcomes = [read(body) for body in asyncio.run(run())]
    approved = [runs for _, runs in outcomes if runs]
    flooded = [text for text, _ in outcomes if "wait for a person already" in text]
    assert (len(approved), len(flooded)) == (MAX_WAITING, 40 - MAX_WAITING)
    assert sum(record["code"] == "approval_flood" for record in asks.records("verdict")) == 40 - MAX_WAITING


@pytest.mark.parametrize(
    "arguments",
    [
        '{"amount_usd": 5, "amount_usd": 15000}', "[15000]", '"15000"', "15000", "null", '{"amount_usd": 1', "NaN",
        "{}{}", '{"amount_usd": 5}\\u0000', '{"amount_usd": 1e999}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("streams", [True, False])
def test_arguments_that_can_be_read_two_ways_never_reach_the_agent(asks: Ruled, arguments: str, streams: bool) -> None:
    upstream = streamed(("issue_refund", arguments)) if streams else answer(whole(("issue_refund", arguments)))
    assert runs_or_refusal(asks, upstream, streams) in ([], "answer_unreadable")


def runs_or_refusal(session: Ruled, upstream: Upstream, streams: bool = True) -> list[tuple[str, Any]] | str:
    """The tool calls that reach the agent, or the code of the denial."""
    try:
        body = session.call(post_to(session, streams), upstream)
    except Denied as denied:
        return denied.verdict.code
    return read(body)[1] if streams else functions(json.loads(body)["choices"][0]["message"])


@pytest.mark.parametrize(
    "body",
    [b"not json", b"[]", b'{"choices": 5}', b'{"a": 1, "a": 2}', b"\xff"],
)
def test_an_answer_that_cannot_be_read_is_refused(asks: Ruled, body: bytes) -> None:
    denied = asks.refused(post_to(asks, stream=False), answer(body))
    assert (denied.verdict.code, denied.status) == ("answer_unreadable", 502)


def test_a_stream_that_cannot_be_read_is_refused(asks: Ruled) -> None:
    denied = asks.refused(post_to(asks), answer(b"data: {broken\n\n", kind="text/event-stream"))
    assert denied.verdict.code == "answer_unreadable"


def test_an_answer_that_is_too_large_to_be_looked_at_is_refused(asks: Ruled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DECODED_BODY", limits.DECODED_BODY._replace(value=100))
    assert asks.refused(post_to(asks, stream=False), answer(whole(BIG))).verdict.code == "answer_too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"no",
        b"",
        b'{"error": {"message": "no", "type": "x", "param": "content", "code": null}}',
        b'[{"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT", "details": [{"content": []}]}}]',
        b'{"type": "error", "error": {"type": "overloaded_error", "message": "no"}}',
        b'{"detail": [{"loc": ["body"], "input": {"content": [{"type": "text"}], "choices": [1]}}]}',
        b"<html>502 Bad Gateway</html>\r\n",
        b'data: {"error": {"message": "no"}}\n\ndata: [DONE]\n\n',
        b'{"message": "no", "content": null, "output": "", "choices": []}',
    ],
)
@pytest.mark.parametrize("status", [302, 400, 500])
def test_upstreams_errors_pass(asks: Ruled, body: bytes, status: int) -> None:
    assert asks.call(post_to(asks), answer(body, status=status)) == body


@pytest.mark.parametrize(
    "body",
    [
        whole(("delete_all", "{}")),
        b"\xef\xbb\xbf" + whole(("delete_all", "{}")),
        whole(("delete_all", "{}")).decode().encode("utf-16-le"),
        whole(("delete_all", "{}")).replace(b'"choices"', b'"Ch\\u006fices"'),
        whole(("delete_all", "{}")).replace(b'"choices": ', b'"choices": [], "choices": '),
        whole(("delete_all", "{}")).replace(b'"choices": ', b'"choices": 5, "choices": ')[:-1] + b', "choices": 5}',
        b"[" + whole(("delete_all", "{}")) + b"]",
        b'{"error": {}}\n' + whole(("delete_all", "{}")),
        b"".join(stream(("delete_all", "{}"))),
        b"".join(stream(("delete_all", "{}"))).replace(b"data: ", b"DATA:").replace(b"\n", b"\r"),
        b"".join(stream(("delete_all", "{}"))).replace(b", ", b",\ndata: "),
        b"[" * 100_000,
        pytest.param(b"[" + b"[]," * 600_000 + b"0]", id="lists"),
        pytest.param(b"{}\n" * 600_000, id="lines"),
        pytest.param(b"\v" * 600_000, id="cuts"),
    ],
)
def test_an_answer_under_the_status_of_an_error_does_not_pass(asks: Ruled, body: bytes) -> None:
    """Clients that look at no status read it all the same."""
    denied = asks.refused(post_to(asks), answer(body, status=400))
    assert (denied.verdict.code, denied.status) == ("answer_unreadable", 502)


def test_tool_calls_with_one_id_are_ruled_on_one_by_one(asks: Ruled) -> None:
    twice = [tool(0, "look", "{}", "same"), tool(1, "delete_x", "{}", "same"), chunk({}, "tool_calls")]
    upstream = answer(*encoded(chunk({"role": "assistant", "content": ""}), *twice), kind="text/event-stream")
    assert runs_or_refusal(asks, upstream) in ([("look", {})], "answer_unreadable")


def test_nothing_is_allowed_that_cannot_be_recorded(asks: Ruled) -> None:
    asks.session.recorder.close()
    denied = asks.refused(post_to(asks), streamed(("look", "{}")))
    assert denied.verdict.code == "audit_unavailable"


def test_a_store_that_cannot_be_used_denies(asks: Ruled, folder: Path) -> None:
    (folder / "approvals.db").write_bytes(b"this is no database at all" * 100)
    text, runs = read(asks.call(post_to(asks), streamed(BIG)))
    assert runs == []
    assert "no person can be asked" in text


def test_the_terminal_answers_too_and_the_first_word_counts(asks: Ruled) -> None:
    async def run() -> None:
        running = asyncio.create_task(asks.run(post_to(asks), streamed(BIG)))
        (entry,) = await asks.waiting()
        ask = next(fields for kind, fields in asks.told if kind == "ask")
        assert ask["id"] == entry.id
        assert any("15000" in line for line in ask["text"])
        asks.session.desk.answered("apr_other", True, "nobody")
        asks.session.desk.answered(entry.id, False, "carol")
        words, runs = read(await running)
        assert runs == []
        assert "a person denied it" in words
        assert "at the terminal" not in words
        asks.session.desk.answered(entry.id, True, "too late")
        with pytest.raises(Refused):
            await asks.decide(entry, True)
        await asyncio.sleep(0.05)

    asyncio.run(run())
    assert asks.records("approval.decided")[0]["who"] == "carol"
    assert [kind for kind, _ in asks.told] == ["ask", "asked"]


@pytest.mark.parametrize("lie", ["DELETE FROM approvals", "UPDATE approvals SET action = '{}'", "DROP TABLE approvals"])
def test_a_request_that_somebody_tampers_with_is_denied(asks: Ruled, folder: Path, lie: str) -> None:
    def tamper() -> None:
        with sqlite3.connect(folder / "approvals.db") as db:
            db.execute(lie)
        db.close()

    async def run() -> bytes:
        running = asyncio.create_task(asks.run(post_to(asks), streamed(BIG)))
        await asks.waiting()
        await asyncio.to_thread(tamper)
        return await running

    text, runs = read(asyncio.run(run()))
    assert runs == []
    assert "no person can be asked" in text


def test_a_webhook_is_told_what_the_person_would_see_and_no_more(folder: Path) -> None:
    posted: list[tuple[str, dict[str, Any]]] = []

    class Posts:
        def post(self, url: str, document: dict[str, Any]) -> None:
            posted.append((url, document))

    session = Ruled(folder, rule(1, "*", "require_approval", timeout_s=0.2), webhook="https://hook.test/x")
    session.session.webhooks = Posts()  # type: ignore[assignment]
    long = json.dumps({"amount_usd": 15000, "note": "n" * 5000})
    session.call(post_to(session), streamed(("issue_refund", long)))
    ((url, document),) = posted
    assert url == "https://hook.test/x"
    assert document["type"] == "akios.approval_requested"
    assert "15000" in document["text"]
    assert "NOT ALL IS SHOWN" in document["text"]
    assert document["sha256"] == session.records("approval.requested")[0]["action_sha256"]
    assert session.told == []  # without a prompt the launcher is not asked
    session.close()


@pytest.mark.parametrize("streams", [True, False])
def test_arguments_that_are_no_json_are_refused_in_words_and_on_record(asks: Ruled, streams: bool) -> None:
    garbled, fine = ("look", '{"q": "x'), ("look", '{"q": 1}')
    if streams:
        text, calls = read(asks.call(post_to(asks), streamed(garbled, fine)))
    else:
        document = json.loads(asks.call(post_to(asks, stream=False), answer(whole(garbled, fine))))
        text, calls = (
            document["choices"][0]["message"]["content"],
            functions(document["choices"][0]["message"]),
        )
    assert calls == [("look", {"q": 1})]
    assert "its arguments cannot be read" in text
    first, second = asks.records("verdict")
    assert (first["decision"], first["code"], first["tool"]) == ("deny", "tool_call_unreadable", "look")
    assert second["decision"] == "allow"


REFUND = {"index": 0, "id": "a", "type": "function", "function": {"name": "delete_all", "arguments": "{}"}}


@pytest.mark.parametrize(
    "event",
    [
        {**HEAD, "Choices": [{"index": 0, "delta": {"tool_calls": [REFUND]}, "finish_reason": "tool_calls"}]},
        {**HEAD, "choices": [{"index": 0, "Delta": {"tool_calls": [REFUND]}, "finish_reason": "tool_calls"}]},
        chunk({"Tool_Calls": [REFUND]}, "tool_calls"),
        chunk({"tool_calls": [{**REFUND, "Function": {"name": "look", "arguments": "{}"}}]}, "tool_calls"),
        chunk({"tool_calls": [{**REFUND, "function": {**REFUND["function"], "Name": "x"}}]}, "tool_calls"),  # type: ignore[dict-item]
        [chunk({"tool_calls": [REFUND]}, "tool_calls")],
    ],
)
def test_what_some_clients_take_for_a_call_does_not_pass(asks: Ruled, event: Any) -> None:
    denied = asks.refused(post_to(asks), answer(*encoded(event), kind="text/event-stream"))
    assert (denied.verdict.code, denied.status) == ("answer_unreadable", 502)


@pytest.mark.parametrize(
    ("body", "kind", "coding"),
    [
        (b"".join(stream(("delete_all", "{}"))), "application/json", ""),
        (b"".join(stream(("delete_all", "{}"))), "", ""),
        (b"".join(stream(("delete_all", "{}"))), "text/event-stream, application/json", ""),
        (b"".join(stream(("delete_all", "{}"))), "application/vnd.amazon.eventstream", ""),
        (b"".join(stream(("delete_all", "{}"))), "text/event-stream", "br"),
        (gzip.compress(b"".join(stream(("delete_all", "{}"))))[:-9], "text/event-stream", "gzip"),
        (gzip.compress(whole(("delete_all", "{}")))[:-9], "application/json", "gzip"),
        (whole(("delete_all", "{}")) * 2, "application/x-ndjson", ""),
    ],
)
def test_an_answer_that_is_not_what_it_says_is_refused(asks: Ruled, body: bytes, kind: str, coding: str) -> None:
    denied = asks.refused(post_to(asks), coded(body, kind, coding, len(body)))
    assert (denied.verdict.code, denied.status) == ("answer_undecodable" if coding else "answer_unreadable", 502)


def test_a_whole_answer_that_says_it_is_a_stream_says_nothing(asks: Ruled) -> None:
    assert asks.call(post_to(asks), answer(whole(("delete_all", "{}")), kind="text/event-stream")) == b""


@pytest.mark.parametrize("streams", [True, False])
def test_compressed_and_cut_within_a_letter_it_is_the_same(asks: Ruled, streams: bool) -> None:
    calls, text = (("delete_all", "{}"), ("look", '{"q": "é€😀"}')), "hé € 😀"
    for each in (False, True):  # asked for a stream or not, the answer may be one
        body = b"".join(stream(*calls, text=text)) if streams else whole(*calls, content=text)
        body = body.decode().encode().replace(b"\\u20ac", "€".encode()).replace(b"\\u00e9", "é".encode())
        kind = "text/event-stream" if streams else "application/json"
        got = asks.call(post_to(asks, stream=each), coded(gzip.compress(body), kind, "gzip", 1))
        if streams:
            said, left = read(got)
        else:
            message = json.loads(got)["choices"][0]["message"]
            said, left = message["content"], functions(message)
        assert said.startswith(text)
        assert left == [("look", {"q": "é€😀"})]


def coded(body: bytes, kind: str, coding: str, size: int) -> Upstream:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), size):
            yield body[at : at + size]

    async def upstream(exchange: Exchange) -> Response:
        headers = [("Content-Type", kind)] * bool(kind) + [("Content-Encoding", coding)] * bool(coding)
        return Response(200, "OK", headers, pieces(), None)

    return upstream


def in_pieces(count: int, piece: str) -> list[bytes]:
    parts = [{"index": 0, "function": {"arguments": text}} for text in ('{"a":"', *[piece] * count, '"}')]
    begin = {"index": 0, "id": "a", "type": "function", "function": {"name": "look", "arguments": ""}}
    return encoded(*(chunk({"tool_calls": [part]}) for part in (begin, *parts)), chunk({}, "tool_calls"))


def test_a_call_in_ten_thousand_pieces(asks: Ruled) -> None:
    body = in_pieces(10_000, "x")
    assert asks.call(post_to(asks), answer(b"".join(body), kind="text/event-stream")) == b"".join(body)


def test_a_call_is_held_within_the_room_that_there_is(asks: Ruled) -> None:
    exchange = post(asks, chat(stream=True), buffers=Buffers(1_000_000))  # type: ignore[arg-type]
    denied = asks.refused(exchange, answer(b"".join(in_pieces(10, "x" * 100_000)), kind="text/event-stream"))
    assert denied.verdict.code == "answer_unreadable"
    assert "room to hold" in denied.verdict.reason
