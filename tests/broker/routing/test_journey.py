"""However attempts come out, a call is sent as often as its rule allows, and never once more after an answer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.broker.exchange import Exchange, Prepare
from akios_jail.broker.http_message import Request, Response
from akios_jail.broker.outcome import UpstreamFailed
from akios_jail.broker.routing.journey import Journey
from akios_jail.broker.routing.sending import Sending, Unroutable
from akios_jail.flux.backoff import ALL_S, Waits
from akios_jail.policy.plans import Target
from akios_jail.providers import registry
from tests.broker.test_pipeline import View, stream

STATUSES = st.sampled_from([200, 301, 400, 401, 404, 408, 429, 500, 501, 503])
FAILURES = st.sampled_from(["upstream_unreachable", "upstream_timeout", "upstream_closed", "upstream_tls"])
OUTCOMES = st.lists(st.one_of(STATUSES, FAILURES), min_size=1, max_size=12)


def exchange_of(model: str) -> tuple[Exchange, Sending]:
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}]}).encode()
    request = Request("POST", "/v1/chat/completions", "", [], stream(body), len(body))
    request.body = body
    exchange = Exchange(View(), "req_1", "api.openai.com", 443, "https", request)  # type: ignore[arg-type]
    exchange.call = registry.understand("api.openai.com", "POST", "/v1/chat/completions", body)
    return exchange, Sending(exchange.snapshot(), exchange.call, None)


def came(outcome: int | str) -> Response | UpstreamFailed:
    if isinstance(outcome, str):
        return UpstreamFailed(502, outcome, "no")
    return Response(outcome, "", [], stream(b""), 0)


@settings(max_examples=200, deadline=None)
@given(OUTCOMES, st.integers(0, 3), st.lists(st.sampled_from(["m1", "m2", "closed"]), max_size=3), st.booleans())
def test_the_attempts_of_a_call_are_those_that_its_rule_allows(
    outcomes: list[int | str], retries: int, names: list[str], spot: bool
) -> None:
    waited: list[float] = []
    asked: list[str] = []

    async def ready(target: Target) -> Sending:
        if target.model == "closed":
            raise Unroutable("route_not_allowed", "no")
        return exchange_of(target.model)[1]

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def run() -> Exchange:
        exchange, usual = exchange_of("asked")
        flexible = exchange_of("asked")[1] if spot else None
        waits = Waits(lambda: 0.5)
        await Journey(exchange, usual, flexible, tuple(map(Target, names)), retries, waits, ready, sleep).begin()
        left = list(outcomes)
        prepare: Prepare | None = None
        while left:
            asked.append(exchange.call.model)
            assert exchange.call.hold is None
            exchange.call.hold = object()  # an attempt leaves its marks on its own call alone
            outcome = left.pop(0)
            answer = came(outcome)
            if isinstance(answer, Response):
                exchange.response = answer
            prepare = await exchange.again(answer) if exchange.again is not None else None
            if prepare is None:
                break
            assert outcome not in (200, 301, 400, 401) or (spot and len(asked) == 1 and outcome == 400)
            exchange.end_attempt()
            await prepare()
        return exchange

    exchange = asyncio.run(run())
    open_names = [name for name in names if name != "closed"]
    assert len(asked) <= int(spot) + 1 + retries + len(open_names)
    first = [model for model in asked if model == "asked"]
    assert len(first) <= int(spot) + 1 + retries
    assert [model for model in asked if model != "asked"] == open_names[: len(asked) - len(first)]
    assert len(waited) <= retries
    assert sum(waited) <= ALL_S
    skipped: list[Any] = exchange.notes.get("fallbacks_skipped", [])
    assert len(skipped) <= names.count("closed")
