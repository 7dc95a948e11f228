"""Whatever a stage does, the exchange passes all of them or is denied."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from akios_jail.broker.buffers import Buffers
from akios_jail.broker.exchange import Again, Attempt, Exchange, Prepare, Usage
from akios_jail.broker.http_message import Request, Response
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.personal import Personal
from akios_jail.broker.pipeline import Pipeline
from akios_jail.policy.plans import BrokerPlan, Budget, Pii
from akios_jail.policy.verdict import Verdict


class View:
    """A session as stages see it."""

    id = "ses_1"
    plan = BrokerPlan((), Budget(), Pii("off", ()))
    tracer = None

    def end(self, code: str, reason: str) -> None:
        raise AssertionError((code, reason))


class Noted:
    """A stage that notes when it is called, and does what it is told."""

    def __init__(self, name: str, notes: list[str], act: Callable[[], Any] = lambda: None) -> None:
        self.name = name
        self._notes = notes
        self._act = act

    async def request(self, exchange: Exchange) -> None:
        self._notes.append(f"{self.name}>")
        self._act()

    async def response(self, exchange: Exchange) -> None:
        self._notes.append(f"<{self.name}")
        self._act()


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def exchange(*chunks: bytes, headers: list[tuple[str, str]] | None = None, length: int | None = None) -> Exchange:
    return Exchange(
        View(), "req_1", "h", 443, "https", Request("POST", "/", "", headers or [], stream(*chunks), length)
    )


async def send(exchange: Exchange) -> Response:
    return Response(200, "OK", [], stream(b"answer"), 6)


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_the_stages_run_in_order_with_upstream_between() -> None:
    notes: list[str] = []
    first, second = Noted("first", notes), Noted("second", notes)

    async def noted_send(exchange: Exchange) -> Response:
        notes.append("upstream")
        return await send(exchange)

    asyncio.run(Pipeline([first, second], [], [second, first]).run(exchange(), noted_send))
    assert notes == ["first>", "second>", "upstream", "<second", "<first"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("secret"), RecursionError(), MemoryError()])
def test_any_failure_of_a_stage_is_a_denial_and_nothing_goes_upstream(error: Exception) -> None:
    notes: list[str] = []
    pipeline = Pipeline([Noted("broken", notes, raising(error)), Noted("next", notes)], [], [])

    async def never(_: Exchange) -> Response:
        raise AssertionError("went upstream")

    with pytest.raises(Denied) as caught:
        asyncio.run(pipeline.run(exchange(), never))
    assert caught.value.verdict.code == "stage_failed"
    assert caught.value.status == 403
    assert "secret" not in caught.value.verdict.reason
    assert notes == ["broken>"]


def test_a_failure_on_the_way_back_is_a_denial_too() -> None:
    notes: list[str] = []
    with pytest.raises(Denied):
        asyncio.run(Pipeline([], [], [Noted("broken", notes, raising(OSError()))]).run(exchange(), send))


def test_a_cancelled_exchange_is_not_taken_for_a_denial() -> None:
    notes: list[str] = []
    pipeline = Pipeline([Noted("x", notes, raising(asyncio.CancelledError()))], [], [])
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(pipeline.run(exchange(), send))


def test_a_stage_without_an_opinion_of_failure_passes_its_own_denial_on() -> None:
    denied = Denied(Verdict("deny", "budget_spent", "nothing is left"), 402)
    with pytest.raises(Denied) as caught:
        asyncio.run(Pipeline([Noted("reserve", [], raising(denied))], [], []).run(exchange(), send))
    assert caught.value is denied


def test_a_body_is_read_once_and_kept() -> None:
    async def run() -> None:
        one = exchange(b"ab", b"cd")
        assert await one.read_body(4) == b"abcd"
        assert await one.read_body(4) == b"abcd"
        assert (one.request.body, one.request.length) == (b"abcd", 4)

    asyncio.run(run())


@pytest.mark.parametrize("length", [None, 5])
def test_a_body_over_the_limit_is_denied(length: int | None) -> None:
    with pytest.raises(Denied) as caught:
        asyncio.run(exchange(b"abc", b"de", length=length).read_body(4))
    assert (caught.value.status, caught.value.verdict.code) == (413, "body_too_large")


def test_the_bodies_of_a_session_share_one_bound() -> None:
    buffers = Buffers(6)

    def one(*chunks: bytes) -> Exchange:
        return Exchange(View(), "r", "h", 443, "https", Request("POST", "/", "", [], stream(*chunks), None), buffers)

    first, second, third = one(b"1234"), one(b"56", b"7"), one(b"123456")
    asyncio.run(first.read_body(100))
    with pytest.raises(Denied) as caught:
        asyncio.run(second.read_body(100))
    assert (caught.value.status, caught.value.verdict.code, caught.value.retry_after) == (429, "buffers_full", 1.0)
    first.close()
    second.close()
    assert asyncio.run(third.read_body(100)) == b"123456"


def test_what_a_body_decodes_to_counts_too_and_once() -> None:
    coded = gzip.compress(bytes(1000))
    buffers = Buffers(1500 + len(coded))
    headers = [("Content-Encoding", "gzip")]

    def one() -> Exchange:
        request = Request("POST", "/", "", headers, stream(coded), None)
        return Exchange(View(), "r", "h", 443, "https", request, buffers)

    first, second = one(), one()
    assert [asyncio.run(first.read_decoded(1000)) for _ in range(3)] == [bytes(1000)] * 3
    assert buffers.used == 1000 + len(coded)
    with pytest.raises(Denied) as caught:
        asyncio.run(second.read_decoded(1000))
    assert caught.value.verdict.code == "buffers_full"
    first.close()
    second.close()
    assert buffers.used == 0


def test_a_replaced_body_has_its_own_length_and_no_coding() -> None:
    one = exchange(b"x", headers=[("Content-Encoding", "gzip"), ("X", "1")], length=1)
    one.replace_body(b"longer")
    assert one.request.headers == [("X", "1")]
    assert (one.request.body, one.request.length) == (b"longer", 6)


@pytest.mark.parametrize(
    "headers", [[("content-encoding", "br")], [("Content-Encoding", "gzip"), ("content-encoding", "gzip")]]
)
def test_a_body_that_cannot_be_decoded_is_denied(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Denied) as caught:
        asyncio.run(exchange(b"x", headers=headers).read_decoded(100))
    assert caught.value.status == 415


def test_every_callback_runs_once_the_last_first_whatever_fails() -> None:
    ran: list[str] = []
    one = exchange()
    one.on_close(lambda: ran.append("first"))
    one.on_close(raising(ValueError("x")))
    one.on_close(lambda: ran.append("last"))
    failures = one.close()
    assert (ran, [type(failure) for failure in failures]) == (["last", "first"], [ValueError])
    assert one.close() == []
    assert ran == ["last", "first"]
    with pytest.raises(RuntimeError):
        one.on_close(lambda: None)


class Sender:
    """An upstream that does what it is told, attempt by attempt, and notes what is open while it does."""

    def __init__(self, *outcomes: int | UpstreamFailed) -> None:
        self._outcomes = list(outcomes)
        self.closed: list[int] = []

    async def __call__(self, exchange: Exchange) -> Response:
        number = exchange.attempt
        exchange.on_close(lambda: self.closed.append(number))
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, UpstreamFailed):
            raise outcome
        exchange.usage = Usage(number, 10, 100, "m")
        return Response(outcome, "", [], stream(b"answer"), 6)


def again(exchange: Exchange, most: int, notes: list[str]) -> Again:
    async def prepare() -> None:
        notes.append(f"prepared after {len(exchange.attempts)} ended")

    async def asked(outcome: Response | UpstreamFailed) -> Prepare | None:
        return prepare if exchange.attempt <= most else None

    return asked


def test_an_attempt_is_over_and_recorded_before_the_next_is_prepared() -> None:
    notes: list[str] = []
    one = exchange(b"x", length=1)
    upstream = Sender(503, UpstreamFailed(502, "upstream_closed", "gone"), 200)
    ended: list[Attempt] = []
    one.again = again(one, 2, notes)
    pipeline = Pipeline(
        [Noted("once", notes)], [Noted("each", notes)], [], lambda exchange, attempt: ended.append(attempt)
    )
    asyncio.run(pipeline.run(one, upstream))
    assert notes == ["once>", "each>", "prepared after 1 ended", "each>", "prepared after 2 ended", "each>"]
    assert [(a.number, a.status, a.failure) for a in ended] == [(1, 503, None), (2, None, "upstream_closed")]
    assert (one.response.status, one.attempt, one.usages) == (200, 3, [Usage(1, 10, 100, "m")])
    assert (upstream.closed, one.passage.failure) == ([1, 2], None)
    assert (one.close(), upstream.closed) == ([], [1, 2, 3])


def test_what_the_last_attempt_failed_with_is_what_the_agent_is_told() -> None:
    one = exchange(b"x", length=1)
    one.again = again(one, 1, [])
    with pytest.raises(UpstreamFailed) as failed:
        asyncio.run(Pipeline([], [], []).run(one, Sender(429, UpstreamFailed(504, "upstream_timeout", "late"))))
    assert (failed.value.code, one.passage.failure, one.answered) == ("upstream_timeout", "upstream_timeout", False)


def test_after_an_attempt_that_cannot_be_settled_nothing_is_sent_and_the_failure_is_told() -> None:
    one = exchange(b"x", length=1)
    one.again = again(one, 5, [])
    upstream = Sender(503, 200)

    async def send(exchange: Exchange) -> Response:
        exchange.on_close(raising(OSError("the ledger is gone")))
        return await upstream(exchange)

    with pytest.raises(OSError, match="ledger"):
        asyncio.run(Pipeline([], [], []).run(one, send))
    assert upstream.closed == [1]
    assert [type(failure) for failure in one.close()] == [OSError]


def test_a_request_is_restored_as_it_was() -> None:
    one = exchange(headers=[("A", "1")], length=0)
    one.replace_body(b"first")
    before = one.snapshot()
    one.host, one.port, one.protocol, one.request.path, one.request.query = "other", 80, "http", "/p", "q"
    one.request.set_header("Authorization", "Bearer x")
    one.request.headers.append(("B", "2"))
    one.replace_body(b"second, longer")
    one.restore(before)
    assert (one.snapshot(), one.request.length, one.request.headers) == (before, 5, [("A", "1")])
    with pytest.raises(RuntimeError):
        exchange(b"x").snapshot()


class Writer(Noted):
    def attempted(self, exchange: Exchange, attempt: Attempt) -> None: ...


def test_a_stage_that_the_plan_does_not_need_is_left_out() -> None:
    record = Writer("record", [])

    def names(plan: BrokerPlan) -> list[str]:
        view = View()
        view.plan = plan
        view.decider = view.facts = view.account = None  # type: ignore[attr-defined]
        view.personal = Personal(plan)  # type: ignore[attr-defined]
        return [stage.name for stage in Pipeline.of(view, record)._request]  # type: ignore[arg-type]

    assert "redact" not in names(View.plan)
    assert "redact" in names(View.plan._replace(pii=Pii("block", ("email",))))
