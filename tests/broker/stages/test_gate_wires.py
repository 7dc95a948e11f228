"""gate, on every wire format of OpenAI and Anthropic: what a rule says of a call is what their clients read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.broker.outcome import Denied
from akios_jail.policy.plans import Change
from tests.broker.stages.calls import answer, post
from tests.broker.stages.ruled import Ruled, rule
from tests.providers import responses
from tests.providers.test_gates import STREAMS, heard

CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "chat": ("api.openai.com", "/v1/chat/completions", {"model": "gpt-4o", "messages": []}),
    "messages": ("api.anthropic.com", "/v1/messages", {"model": "claude-haiku-4-5", "messages": [], "max_tokens": 99}),
    "responses": ("api.openai.com", "/v1/responses", {"model": "gpt-5", "input": "hi"}),
}
ASKED: list[tuple[str, dict[str, Any], list[int]]] = [
    ("look", {"q": "x"}, [3]),
    ("issue_credit", {"amount_usd": 15000}, [1, 9]),
    ("report", {"limit": 500}, []),
]


@pytest.fixture
def asks(tmp_path: Path) -> Iterator[Ruled]:
    os.chmod(tmp_path, 0o700)
    ruled = Ruled(
        tmp_path,
        rule(1, "issue_*", "deny", when="args.amount_usd > 100.0", reason="Refunds are a person's decision"),
        rule(2, "report", "modify", changes=(Change(("limit",), None, 100.0, None),)),
    )
    yield ruled
    ruled.close()


@pytest.mark.parametrize("name", CALLS)
def test_calls_in_a_stream_are_ruled_on(asks: Ruled, name: str) -> None:
    host, path, document = CALLS[name]
    exchange = post(asks, {**document, "stream": True}, host=host, path=path)  # type: ignore[arg-type]
    body = STREAMS[name](["Let me see."], ASKED, [])
    shown = asks.call(exchange, answer(body, kind="text/event-stream"))
    text, calls = heard(name, shown)
    assert calls == [("call_0", "look", {"q": "x"}), ("call_2", "report", {"limit": 100})]
    assert text.startswith("Let me see.")
    assert "issue_credit was refused" in text
    assert "Refunds are a person's decision" in text


@pytest.mark.parametrize(
    "document",
    [
        {
            "model": "gpt-5",
            "input": "x",
            "tools": [{"type": "mcp", "server_label": "s", "server_url": "https://s.test"}],
        },
        {"model": "gpt-5", "input": "x", "tools": [{"type": "web_search"}]},
        {"model": "gpt-5", "input": "x", "background": True},
    ],
)
def test_what_the_provider_would_run_itself_is_refused_at_the_request(asks: Ruled, document: dict[str, Any]) -> None:
    exchange = post(asks, document, path="/v1/responses")  # type: ignore[arg-type]
    with pytest.raises(Denied) as denied:
        asks.call(exchange, answer(responses.GOLDEN, kind="text/event-stream"))
    assert denied.value.verdict.code == "provider_tool"
