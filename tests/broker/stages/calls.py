"""Model calls through the stages that understand them, with an upstream that the test plays itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from akios_jail.broker.buffers import Buffers
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Request, Response
from akios_jail.broker.money.account import Account
from akios_jail.broker.outcome import Denied
from akios_jail.broker.personal import Personal
from akios_jail.broker.pipeline import Pipeline
from akios_jail.broker.stages import redact, restore
from akios_jail.broker.stages.meter import Meter
from akios_jail.broker.stages.redact import Redact
from akios_jail.broker.stages.reserve import Reserve
from akios_jail.broker.stages.restore import Restore
from akios_jail.broker.stages.settle import Settle
from akios_jail.broker.stages.understand import Understand
from akios_jail.policy.plans import BrokerPlan, Budget, Pii

ALL_FIELDS = ("email", "phone", "ssn")
Upstream = Callable[[Exchange], Awaitable[Response]]


class Session:
    """A session as stages see it."""

    id = "ses_test"

    def __init__(self, budget: Budget | None = None, pii: str | Pii = "off", state_folder: str = "") -> None:
        handling = Pii(pii, ALL_FIELDS if pii != "off" else ()) if isinstance(pii, str) else pii
        self.plan = BrokerPlan((), budget or Budget(), handling)
        self.personal = Personal(self.plan) if handling.mode != "off" else None
        self.state_folder = state_folder
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.account = Account(self.plan, self.id, "test", state_folder, self.note, self.end)

    def note(self, kind: str, fields: dict[str, Any]) -> None:
        self.notes.append((kind, fields))

    def end(self, code: str, reason: str) -> None:
        raise AssertionError((code, reason))


class Passed:
    """Stands where record does: what comes here is on its way out."""

    name = "record"

    async def request(self, exchange: Exchange) -> None:
        exchange.passage.allowed = True

    async def response(self, exchange: Exchange) -> None: ...


class Broker:
    """One session's stages."""

    def __init__(self, budget: Budget | None = None, pii: str | Pii = "off", session: Session | None = None) -> None:
        self.session = session or Session(budget, pii)
        self.reserve = Reserve(self.session)
        self.passed = Passed()
        self._pipeline = Pipeline(
            [Understand(self.session), *([Redact(self.session)] if redact.needed(self.session.plan) else [])],
            [self.reserve, self.passed],
            [
                Meter(self.session),
                *([Restore(self.session)] if restore.needed(self.session.plan) else []),
                Settle(self.session),
            ],
        )

    @property
    def ledger(self):  # type: ignore[no-untyped-def]
        return self.session.account.ledger

    async def run(self, exchange: Exchange, upstream: Upstream) -> bytes:
        """What the agent gets; the exchange is closed afterwards, whatever happened."""
        try:
            await self._pipeline.run(exchange, upstream)
            return b"".join([chunk async for chunk in exchange.response.body])
        except Denied as denied:
            exchange.passage.failure = denied.verdict.code
            raise
        finally:
            assert exchange.close() == []

    def call(self, exchange: Exchange, upstream: Upstream) -> bytes:
        return asyncio.run(self.run(exchange, upstream))


def post(
    broker: Broker,
    document: Any,
    host: str = "api.openai.com",
    path: str = "/v1/chat/completions",
    method: str = "POST",
    headers: Sequence[tuple[str, str]] = (),
    query: str = "",
    buffers: Buffers | None = None,
) -> Exchange:
    """A request whose body is `document`: JSON, unless it is bytes already."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    request = Request(method, path, query, list(headers), _chunks(body), len(body))
    return Exchange(broker.session, "req_test", host, 443, "https", request, buffers)


def answer(*chunks: bytes, status: int = 200, kind: str = "application/json") -> Upstream:
    """An upstream that answers with this, and closes."""

    async def upstream(exchange: Exchange) -> Response:
        return Response(status, "OK", [("Content-Type", kind)], _chunks(*chunks), None)

    return upstream


def stream(*documents: Any, done: bool = True) -> Upstream:
    """An upstream that streams these chat completion chunks."""
    events = [f"data: {json.dumps(document)}\n\n".encode() for document in documents]
    return answer(*events, *([b"data: [DONE]\n\n"] if done else []), kind="text/event-stream; charset=utf-8")


def chunk(content: str | None = None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    """One chunk of a chat completion as OpenAI sends it when usage was asked for."""
    delta = {} if content is None else {"content": content}
    choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-2024-08-06"}
    return {**head, "choices": choices, "usage": None, **fields}


def usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def completion(prompt: int, output: int, content: str = "Hello!") -> bytes:
    """A whole chat completion."""
    message = {"role": "assistant", "content": content, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-2024-08-06"}
    return json.dumps({**head, "choices": [choice], "usage": usage(prompt, output), "service_tier": "default"}).encode()


def chat(content: str = "hi", **fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": content}], **fields}


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for each in chunks:
        yield each
