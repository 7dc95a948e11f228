"""reserve, meter and settle: what is reserved, what is counted, and that a budget is never exceeded."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from akios_jail.broker.buffers import Buffers
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import Denied
from akios_jail.flux import actions
from akios_jail.flux.ledger import Spent
from tests.broker.stages.calls import Broker, answer, chat, chunk, completion, post, stream, usage
from tests.budgets import budget

DOLLAR = budget(None, None, 1_000_000)
FILE = {"type": "file", "file": {"file_id": "file-1"}}


def refused(broker: Broker, document: Any, **fields: Any) -> Denied:
    with pytest.raises(Denied) as denied:
        broker.call(post(broker, document, **fields), answer(completion(1, 1)))
    return denied.value


def sent(exchange: Exchange) -> dict[str, Any]:
    document = json.loads(exchange.request.body or b"")
    assert isinstance(document, dict)
    return document


def test_an_answer_is_settled_by_its_usage_report() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat())
    broker.call(exchange, answer(completion(1000, 100)))
    assert exchange.usage is not None
    assert (exchange.usage.input_tokens, exchange.usage.output_tokens) == (1000, 100)
    assert exchange.usage.cost_microusd == 3_500
    assert exchange.usage.estimated is False
    assert broker.ledger.spent == Spent(3_500, 1100)
    assert broker.ledger.reserved.microusd == 0


def test_a_call_without_an_output_limit_gets_the_default() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat())
    broker.call(exchange, answer(completion(1, 1)))
    assert sent(exchange)["max_completion_tokens"] == 16_384


def test_or_what_the_budget_affords() -> None:
    broker = Broker(budget(None, None, 30_000))
    exchange = post(broker, chat(service_tier="default"))
    broker.call(exchange, answer(completion(1, 1)))
    assert 2_000 < sent(exchange)["max_completion_tokens"] < 3_000  # $0.03 at $10 a million, less the input


def test_servers_that_only_know_the_old_name_get_the_old_name() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(), host="llm.corp")
    broker.call(exchange, answer(completion(1, 1)))
    assert sent(exchange)["max_tokens"] == 16_384


def test_a_stated_limit_is_left_as_it_is() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(max_tokens=50))
    broker.call(exchange, answer(completion(1, 1)))
    assert "max_completion_tokens" not in sent(exchange)
    assert sent(exchange)["max_tokens"] == 50


def test_without_a_budget_nothing_is_added_but_everything_is_counted() -> None:
    broker = Broker()
    exchange = post(broker, chat())
    broker.call(exchange, answer(completion(1000, 100)))
    assert sent(exchange) == chat()
    assert broker.ledger.spent == Spent(3_500, 1100)


def test_a_stated_limit_is_lowered_to_what_is_left_and_the_verdict_says_so() -> None:
    broker = Broker(budget(None, None, 30_000))
    exchange = post(broker, chat(max_completion_tokens=100_000, service_tier="default"))
    broker.call(exchange, answer(completion(1, 1)))
    lowered = sent(exchange)["max_completion_tokens"]
    assert 2_000 < lowered < 3_000
    verdict = exchange.verdicts[-1]
    assert (verdict.decision, verdict.code) == ("modify", "output_limit_lowered")
    assert verdict.reason.startswith(f"the output limit of 100,000 tokens was lowered to {lowered:,}")


def test_a_limit_is_lowered_where_it_is_stated() -> None:
    broker = Broker(budget(None, None, 30_000))
    exchange = post(broker, chat(max_tokens=100_000))
    broker.call(exchange, answer(completion(1, 1)))
    assert "max_completion_tokens" not in sent(exchange)
    assert sent(exchange)["max_tokens"] < 3_000


@pytest.mark.parametrize(
    ("limit", "microusd", "goes"), [(50_000, 140_000, True), (50_000, 60_000, False), (4_000, 100_000, False)]
)
def test_a_limit_is_not_lowered_below_the_budget_for_thinking(limit: int, microusd: int, goes: bool) -> None:
    """Lowered, the provider would refuse it, or bill the thinking (5,000 tokens here) beside it."""
    broker = Broker(budget(None, None, microusd))
    thinking = {"type": "enabled", "budget_tokens": 5_000}
    document = messages(max_tokens=limit, stream=False, thinking=thinking)
    where = {"host": "api.anthropic.com", "path": "/v1/messages"}
    if not goes:
        assert refused(broker, document, **where).status == 402
        return
    exchange = post(broker, document, **where)  # type: ignore[arg-type]
    broker.call(exchange, answer(b'{"type":"message","content":[],"usage":{"input_tokens":1,"output_tokens":1}}'))
    assert 5_000 < sent(exchange)["max_tokens"] < limit


def test_a_stated_limit_that_running_calls_leave_no_room_for_is_not_lowered() -> None:
    broker = Broker(budget(None, None, 300_000))
    exchanges = [post(broker, chat(max_completion_tokens=10_000)) for _ in range(3)]

    async def run() -> None:
        await asyncio.gather(*(broker.run(each, answer(completion(10, 10))) for each in exchanges))

    asyncio.run(run())
    assert [sent(each)["max_completion_tokens"] for each in exchanges] == [10_000] * 3


def test_a_call_that_may_exceed_the_budget_is_refused_with_402() -> None:
    denied = refused(Broker(budget(None, None, 5_000)), chat(max_tokens=100_000))
    assert (denied.verdict.code, denied.status, denied.retry_after) == ("budget_spent", 402, None)
    assert re.fullmatch(
        r"this call could cost \$[0-9.]+, and \$[0-9.]+ of the session's \$[0-9.]+ is left; "
        r"its input counts with up to [0-9,]+ tokens",
        denied.verdict.reason,
    )


def test_several_choices_cost_as_many_times() -> None:
    limit = budget(None, None, 20_000)
    broker = Broker(limit)
    broker.call(post(broker, chat(max_tokens=256)), answer(completion(1, 1)))
    assert refused(Broker(limit), chat(max_tokens=256, n=8)).verdict.code == "budget_spent"


def test_an_unknown_model_is_refused_under_a_cost_budget_and_counted_under_a_token_budget() -> None:
    assert refused(Broker(DOLLAR), chat(model="nonesuch")).verdict.code == "price_unknown"
    broker = Broker(budget(100_000, 100_000, None))
    broker.call(post(broker, chat(model="nonesuch")), answer(completion(10, 20)))
    assert broker.ledger.spent == Spent(0, 30)


@pytest.mark.parametrize(
    "fields",
    [
        {"web_search_options": {}},
        {"search_parameters": {"mode": "on"}},
        {"plugins": [{"id": "web"}]},
        {"prediction": {"type": "content", "content": "x"}},
        {"tools": [{"type": "web_search"}]},
        {"models": ["a", "b"]},
        {"model": "chatgpt-image-latest", "messages": [{"role": "user", "content": [FILE]}]},
    ],
)
def test_what_cannot_be_bounded_is_refused_under_a_budget(fields: dict[str, Any]) -> None:
    assert refused(Broker(DOLLAR), chat(**fields)).verdict.code == "cost_unbounded"


def test_counting_tokens_costs_nothing() -> None:
    broker = Broker(budget(1, 1, 1))
    document = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "hi"}]}
    exchange = post(broker, document, host="api.anthropic.com", path="/v1/messages/count_tokens")
    assert broker.call(exchange, answer(b'{"input_tokens": 8}')) == b'{"input_tokens": 8}'
    assert broker.ledger.spent == Spent(0, 0)


@pytest.mark.parametrize("status", [400, 429, 500])
def test_an_upstream_error_costs_nothing(status: int) -> None:
    broker = Broker(DOLLAR)
    assert broker.call(post(broker, chat()), answer(b"no", status=status)) == b"no"
    assert broker.ledger.spent == Spent(0, 0)
    assert broker.ledger.reserved.microusd == 0


def test_a_stream_tells_its_usage_to_us_and_not_to_an_agent_that_did_not_ask() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(stream=True))
    chunks = [chunk("Hel"), chunk("lo"), chunk(finish="stop"), {**chunk(), "choices": [], "usage": usage(1000, 100)}]
    got = broker.call(exchange, stream(*chunks))
    assert sent(exchange)["stream_options"] == {"include_usage": True}
    assert b"usage" not in got
    assert got.count(b"data: ") == 4
    assert got.endswith(b"data: [DONE]\n\n")
    assert broker.ledger.spent == Spent(3_500, 1100)


def test_an_agent_that_asked_gets_everything() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(stream=True, stream_options={"include_usage": True}))
    chunks = [chunk("Hello"), {**chunk(), "choices": [], "usage": usage(1000, 100)}]
    got = broker.call(exchange, stream(*chunks))
    assert got.count(b'"usage"') == 2
    assert broker.ledger.spent == Spent(3_500, 1100)


def test_a_stream_that_ends_without_a_report_is_settled_by_what_was_seen_and_never_below() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(stream=True, service_tier="default"))
    broker.call(exchange, stream(chunk("x" * 400), done=False))
    assert exchange.usage is not None
    assert exchange.usage.estimated is True
    assert exchange.usage.output_tokens == 400 + 32
    assert exchange.usage.input_tokens > 1024
    assert broker.ledger.spent.microusd == exchange.usage.cost_microusd


def test_a_model_that_may_think_unseen_is_settled_at_its_limit() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(stream=True, model="o3", max_completion_tokens=3_000))
    broker.call(exchange, stream(chunk("x"), done=False))
    assert exchange.usage is not None
    assert exchange.usage.output_tokens == 3_000


def test_a_stream_beyond_its_limit_is_ended_in_the_form_of_its_format() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(stream=True, max_tokens=100, stream_options={"include_usage": True}))
    got = broker.call(exchange, stream(*[chunk("word " * 20)] * 500))
    events = [line[6:] for line in got.decode().split("\n\n") if line]
    assert events[-1] == "[DONE]"
    assert json.loads(events[-2])["usage"]["completion_tokens"] == 100
    assert json.loads(events[-3])["choices"][0]["finish_reason"] == "length"
    assert len(events) < 30
    assert exchange.passage.failure == "output_limit_ignored"
    assert broker.ledger.reserved.microusd == 0
    assert broker.ledger.spent.tokens > 100


def test_a_stream_within_its_limit_is_never_cut() -> None:
    broker = Broker(DOLLAR)
    prose = "The quick brown fox jumps over the lazy dog; " * 10  # 100 tokens and 450 letters
    got = broker.call(post(broker, chat(stream=True, max_tokens=100)), stream(chunk(prose), chunk(finish="stop")))
    assert json.loads(got.split(b"\n\n")[0][6:])["choices"][0]["delta"]["content"] == prose


def test_an_answer_that_is_no_event_stream_is_refused_and_settled() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(stream=True))
    with pytest.raises(Denied) as denied:
        broker.call(exchange, answer(b"data: {broken\n\n", kind="text/event-stream"))
    assert denied.value.verdict.code == "answer_unreadable"
    assert broker.ledger.reserved.microusd == 0
    assert broker.ledger.spent.microusd > 0


def test_a_whole_answer_without_usage_is_passed_on_and_settled_by_its_size() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat())
    assert broker.call(exchange, answer(b'{"choices"', b": []}")) == b'{"choices": []}'
    assert exchange.usage is not None
    assert exchange.usage.estimated is True


@pytest.mark.parametrize(
    ("failure", "spent"), [("agent_left", True), ("upstream_timeout", True), ("upstream_unreachable", False)]
)
def test_a_call_that_may_have_run_unanswered_is_settled_and_one_that_cannot_is_not(failure: str, spent: bool) -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat())

    async def upstream(exchange: Exchange) -> Response:
        exchange.passage.failure = failure
        raise ConnectionError

    with pytest.raises(ConnectionError):
        broker.call(exchange, upstream)
    assert broker.ledger.reserved.microusd == 0
    assert (broker.ledger.spent.microusd > 0) is spent


def test_an_agent_that_leaves_in_the_middle_is_settled_by_what_flowed() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(stream=True, service_tier="default"))

    async def leave() -> None:
        await broker._pipeline.run(exchange, stream(chunk("x" * 50), chunk("y" * 1000)))
        await anext(exchange.response.body)
        assert broker.ledger.reserved.microusd > 0
        assert exchange.close() == []

    asyncio.run(leave())
    assert exchange.usage is not None
    assert exchange.usage.output_tokens == 50 + 32
    assert broker.ledger.reserved.microusd == 0


def test_what_a_model_wrote_while_the_agent_read_nothing_is_settled_too() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(stream=True, service_tier="default", max_tokens=300))

    async def stall() -> None:
        await broker._pipeline.run(exchange, stream(chunk("x" * 50), chunk("y" * 1000)))
        await anext(exchange.response.body)
        await asyncio.sleep(0.1)
        assert exchange.close() == []

    asyncio.run(stall())
    assert exchange.usage is not None
    assert exchange.usage.output_tokens == 300


@pytest.mark.parametrize("length", [None, 40_000])
def test_a_whole_answer_costs_all_of_it_however_little_of_it_is_read(length: int | None) -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(max_tokens=2_000))

    async def upstream(_: Exchange) -> Response:
        async def body() -> AsyncIterator[bytes]:
            yield b'{"choices":'
            yield b"["
            yield b"]"

        return Response(200, "OK", [("Content-Type", "application/json")], body(), length)

    async def leave() -> None:
        await broker._pipeline.run(exchange, upstream)
        await anext(exchange.response.body)
        assert exchange.close() == []

    asyncio.run(leave())
    assert exchange.usage is not None
    assert exchange.usage.output_tokens == 2_000


def test_an_agent_that_left_before_anything_was_sent_owes_nothing() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat())

    async def gone(_: Exchange) -> None:
        raise asyncio.CancelledError

    broker.passed.request = gone  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(broker._pipeline.run(exchange, answer(b"{}")))
    exchange.passage.failure = "agent_left"
    assert exchange.close() == []
    assert broker.ledger.spent.microusd == broker.ledger.reserved.microusd == 0


def test_answers_kept_whole_have_a_bound_for_the_session() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat(max_tokens=2_000), buffers=Buffers(1_000))
    whole = completion(10, 20, "z" * 2_000)
    assert broker.call(exchange, answer(whole[:500], whole[500:])) == whole
    assert exchange.usage is not None
    assert exchange.usage.estimated is True


def test_the_settlement_is_there_before_the_agent_has_the_last_byte() -> None:
    broker = Broker(DOLLAR)
    exchange = post(broker, chat())

    async def run() -> None:
        body = completion(1000, 100)
        await broker._pipeline.run(exchange, answer(body[:40], body[40:]))
        chunks = exchange.response.body
        await anext(chunks)
        assert broker.ledger.spent == Spent(0, 0)
        await anext(chunks)
        assert broker.ledger.spent == Spent(3_500, 1100)

    asyncio.run(run())


def test_twenty_calls_at_once_never_spend_more_than_the_budget() -> None:
    broker = Broker(DOLLAR)
    broker.session.account.running_s = 0.2
    running = 0
    most = 0

    async def upstream(exchange: Exchange) -> Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        # As dear as the limit allows: gpt-4-turbo at $30 a million.
        return await answer(completion(100, sent(exchange)["max_completion_tokens"]))(exchange)

    async def run() -> list[Any]:
        calls = [broker.run(post(broker, chat(model="gpt-4-turbo")), upstream) for _ in range(20)]
        return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(run())
    passed = [outcome for outcome in outcomes if isinstance(outcome, bytes)]
    denied = [outcome for outcome in outcomes if isinstance(outcome, Denied)]
    assert len(passed) + len(denied) == 20
    assert passed
    assert {each.status for each in denied} <= {402, 429}
    assert 500_000 < broker.ledger.spent.microusd <= 1_000_000
    assert broker.ledger.reserved.microusd == 0


def test_a_call_waits_for_what_running_calls_hold() -> None:
    broker = Broker(budget(None, None, 300_000))

    async def run() -> None:
        gate = asyncio.Event()

        async def slow(exchange: Exchange) -> Response:
            await gate.wait()
            return await answer(completion(10, 10))(exchange)

        first = asyncio.create_task(broker.run(post(broker, chat(max_tokens=10_000)), slow))
        second = asyncio.create_task(broker.run(post(broker, chat(max_tokens=10_000)), slow))
        while broker.ledger.reserved.microusd == 0:
            await asyncio.sleep(0.001)
        gate.set()
        assert await first
        assert await second

    asyncio.run(run())


def test_a_call_that_waited_in_vain_is_told_to_come_again() -> None:
    broker = Broker(budget(None, None, 300_000))
    broker.session.account.running_s = 0.05

    async def run() -> Denied:
        async def never(exchange: Exchange) -> Response:
            await asyncio.Event().wait()
            raise AssertionError

        first = asyncio.create_task(broker.run(post(broker, chat(max_tokens=10_000)), never))
        while broker.ledger.reserved.microusd == 0:
            await asyncio.sleep(0.001)
        with pytest.raises(Denied) as denied:
            await broker.run(post(broker, chat(max_tokens=10_000)), never)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        return denied.value

    denied = asyncio.run(run())
    assert (denied.verdict.code, denied.status, denied.retry_after) == ("budget_reserved", 429, actions.COME_AGAIN_S)


def test_tokens_a_minute_are_throttled_with_the_time_to_wait() -> None:
    broker = Broker(budget(10_000, None, None))
    broker.call(post(broker, chat()), answer(completion(5_000, 4_500)))
    denied = refused(broker, chat())
    assert (denied.verdict.code, denied.status) == ("tokens_per_minute", 429)
    assert denied.retry_after is not None
    assert 50 < denied.retry_after <= 60


def test_parallel_calls_do_not_overrun_the_minute() -> None:
    broker = Broker(budget(10_000, None, None))
    broker.session.account.running_s = 0.2

    async def upstream(exchange: Exchange) -> Response:
        await asyncio.sleep(0)
        return await answer(completion(20, 4_000))(exchange)

    async def run() -> list[Any]:
        calls = [broker.run(post(broker, chat(max_tokens=4_000)), upstream) for _ in range(20)]
        return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(run())
    assert broker.ledger.spent.tokens == 2 * 4_020
    assert {outcome.status for outcome in outcomes if isinstance(outcome, Denied)} == {429}


def test_a_call_larger_than_any_minute_is_refused_for_good() -> None:
    denied = refused(Broker(budget(1_000, None, None)), chat("word " * 2_000))
    assert (denied.verdict.code, denied.status) == ("call_exceeds_minute_budget", 403)


ANTHROPIC = [
    ("message_start", {"message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [], "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 1000, "cache_read_input_tokens": 0, "output_tokens": 1}}}),
    ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
    ("ping", {}),
    ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "Hello"}}),
    ("content_block_stop", {"index": 0}),
    ("message_delta", {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 100}}),
    ("message_stop", {}),
]  # fmt: skip


def anthropic_stream(events: list[tuple[str, dict[str, Any]]]) -> bytes:
    return b"".join(f"event: {n}\ndata: {json.dumps({'type': n, **d})}\n\n".encode() for n, d in events)


def messages(**fields: Any) -> dict[str, Any]:
    content = [{"role": "user", "content": "hi"}]
    return {"model": "claude-sonnet-4-5", "max_tokens": 500, "messages": content, "stream": True, **fields}


def anthropic(broker: Broker, body: bytes, **fields: Any) -> tuple[Exchange, bytes]:
    exchange = post(broker, messages(**fields), host="api.anthropic.com", path="/v1/messages")
    chunks: AsyncIterator[bytes] | Any = [body[i : i + 37] for i in range(0, len(body), 37)]
    return exchange, broker.call(exchange, answer(*chunks, kind="text/event-stream"))


def test_an_anthropic_stream_is_counted_and_passed_on() -> None:
    broker = Broker(DOLLAR)
    body = anthropic_stream(ANTHROPIC)
    _, got = anthropic(broker, body)
    assert got == body
    assert broker.ledger.spent == Spent(4_500, 1100)  # $3 and $15 a million


def test_an_anthropic_stream_cut_off_is_settled_by_its_own_input_and_what_flowed() -> None:
    broker = Broker(DOLLAR)
    exchange, _ = anthropic(broker, anthropic_stream(ANTHROPIC[:4]))
    assert exchange.usage is not None
    assert (exchange.usage.input_tokens, exchange.usage.estimated) == (1000, True)
    assert 5 <= exchange.usage.output_tokens <= 64


def test_an_anthropic_stream_beyond_its_limit_is_ended_as_at_a_limit() -> None:
    broker = Broker(DOLLAR)
    long = ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "word " * 50}})
    exchange, got = anthropic(broker, anthropic_stream([*ANTHROPIC[:3], *[long] * 200]), max_tokens=100)
    names = [line[7:] for line in got.decode().split("\n") if line.startswith("event: ")]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert '"stop_reason":"max_tokens"' in got.decode()
    assert exchange.passage.failure == "output_limit_ignored"
    assert broker.ledger.reserved.microusd == 0
