"""A no stands for the rest of the session, a yes is for one action; whoever is asked again is told so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.outcome import Denied
from akios_jail.broker.tools.earlier import Earlier
from tests.broker.stages.calls import answer, post
from tests.broker.stages.ruled import Ruled, rule

OK = answer(b'{"ok": true}')
WHY = "Refunds are a person's decision"


@pytest.fixture
def ruled(tmp_path: Path) -> Iterator[Ruled]:
    opened = Ruled(
        tmp_path,
        rule(1, hosts=("pay.test",), action="require_approval", reason=WHY),
        rule(2, "issue_refund", "require_approval", reason=WHY),
    )
    yield opened
    opened.close()


def refund(ruled: Ruled, amount: Any = 15000, **more: Any) -> Exchange:
    given: dict[str, Any] = {"host": "pay.test", "path": "/v1/refunds", "method": "POST"}
    return post(ruled, {"amount": amount}, **(given | more))  # type: ignore[arg-type]


def tool(ruled: Ruled, amount: Any = 15000, id: int = 1, host: str = "tools.test") -> Exchange:
    params = {"name": "issue_refund", "arguments": {"amount": amount}}
    call = {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}
    return post(ruled, call, host=host, path="/mcp", method="POST")  # type: ignore[arg-type]


async def ask(ruled: Ruled, exchange: Exchange, approve: bool, note: str = "") -> str:
    """Run it and decide; the question's history."""
    running = asyncio.create_task(ruled.run(exchange, OK))
    (entry,) = await ruled.waiting()
    await ruled.decide(entry, approve, note)
    await asyncio.gather(running, return_exceptions=True)
    history: str = entry.action.history
    return history


def again(ruled: Ruled, exchange: Exchange) -> Denied:
    """What it is refused with, nobody being asked."""
    denied = ruled.refused(exchange, OK)
    assert len(ruled.records("approval.requested")) == 1
    return denied


def test_a_request_that_was_denied_is_not_asked_about_again_whatever_its_client_numbers_it(ruled: Ruled) -> None:
    asyncio.run(ask(ruled, refund(ruled), False, "call the customer first"))
    denied = again(ruled, refund(ruled, headers=[("X-Retry-Count", "1"), ("Idempotency-Key", "x")]))
    (decided,) = ruled.records("approval.decided")
    assert (denied.status, denied.verdict.code) == (403, "approval_denied_before")
    assert denied.verdict.reason == (
        f"{WHY}; a person has denied this in this session, as {decided['id']}: call the customer first"
    )


def test_a_tool_that_was_denied_is_not_asked_about_again_and_its_verdict_names_the_denial(ruled: Ruled) -> None:
    asyncio.run(ask(ruled, tool(ruled), False))
    denied = again(ruled, tool(ruled, id=2))
    assert json.loads(denied.instead or b"")["result"]["isError"] is True
    verdict = ruled.records("verdict")[-1]
    (decided,) = ruled.records("approval.decided")
    assert (verdict["code"], verdict["approval"]) == ("approval_denied_before", decided["id"])
    assert ruled.session.tally.approvals == {"requested": 1, "denied": 1}


@pytest.mark.parametrize(
    "other",
    [
        lambda ruled: refund(ruled, 14999),
        lambda ruled: refund(ruled, 15000.5),
        lambda ruled: refund(ruled, "15000"),
        lambda ruled: refund(ruled, path="/v1/refunds/"),
        lambda ruled: refund(ruled, query="a=b"),
        lambda ruled: refund(ruled, method="PUT"),
        lambda ruled: tool(ruled),
    ],
)
def test_whatever_is_another_deed_is_asked_about(ruled: Ruled, other: Any) -> None:
    async def run() -> None:
        await ask(ruled, refund(ruled), False)
        assert await ask(ruled, other(ruled), True) == "people denied something once in this session"

    asyncio.run(run())


def test_the_same_tool_of_another_server_is_another_deed(ruled: Ruled) -> None:
    async def run() -> None:
        await ask(ruled, tool(ruled), False)
        await ask(ruled, tool(ruled, host="others.test"), True)

    asyncio.run(run())
    assert len(ruled.records("approval.requested")) == 2


def test_an_approval_is_not_remembered_but_told_of(ruled: Ruled) -> None:
    async def run() -> None:
        assert await ask(ruled, refund(ruled), True) == ""
        assert await ask(ruled, refund(ruled), True) == "the very same was approved once in this session"
        assert await ask(ruled, refund(ruled), False) == "the very same was approved 2 times in this session"

    asyncio.run(run())


def test_a_client_that_gives_up_and_tries_again_is_told_of(ruled: Ruled) -> None:
    async def run() -> None:
        first = asyncio.create_task(ruled.run(refund(ruled), OK))
        await ruled.waiting()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        while ruled.person(lambda store: store.entries(waiting_only=True)):
            await asyncio.sleep(0.02)
        said = await ask(ruled, refund(ruled), True)
        assert said == "the very same was asked once and got no answer in time"

    asyncio.run(run())


def test_of_two_alike_that_wait_the_second_says_so_and_one_no_is_for_both(ruled: Ruled) -> None:
    async def run() -> list[Any]:
        first = asyncio.create_task(ruled.run(refund(ruled), OK))
        (one,) = await ruled.waiting()
        second = asyncio.create_task(ruled.run(refund(ruled), OK))
        two = next(entry for entry in await ruled.waiting(2) if entry.id != one.id)
        assert two.action.history == (
            f"the very same is asked at this moment as {one.id}: approving both does it twice"
        )
        await ruled.decide(one, False, "no")
        return list(await asyncio.gather(first, second, return_exceptions=True))

    refused = asyncio.run(run())
    assert [denied.verdict.code for denied in refused] == ["approval_denied", "approval_denied"]
    decided = ruled.records("approval.decided")
    assert [record["who"] for record in decided] == ["alice", "alice"]
    assert decided[1]["note"] == f"the very same was denied as {decided[0]['id']}"


def test_of_two_alike_that_wait_a_yes_is_for_one(ruled: Ruled) -> None:
    async def run() -> list[Any]:
        tasks = [asyncio.create_task(ruled.run(refund(ruled), OK)) for _ in range(2)]
        one, two = await ruled.waiting(2)
        await ruled.decide(one, True)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.5)
        assert [entry.id for entry in await ruled.waiting()] == [two.id]
        await ruled.decide(two, False)
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    assert sorted(type(result).__name__ for result in asyncio.run(run())) == ["Denied", "bytes"]


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akios_jail.broker.tools.earlier._MOST", 3)
    earlier = Earlier()
    for number in range(5):
        earlier.asked(str(number), f"apr_{number}")
        if number:
            earlier.answered(str(number), f"apr_{number}", "deny")
    assert [earlier.denied(str(number)) is not None for number in range(5)] == [False, False, False, True, True]
    assert "apr_0" in earlier.history("0")
