"""trace: what passes is handed to the session's trace, as the model is told it and as the agent gets it.

Calls are taken behind `redact`, so that no personal data is in them that is kept from models. Answers are taken as the
agent gets them, tool rules carried out; what was put back into them is taken out again before they are kept, by the
same look as the agent's next call, which finds it done.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator
from concurrent.futures import Future
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session_view import SessionView
from akios_jail.providers import strictjson
from akios_jail.providers.neutral import Call
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable
from akios_jail.radar import replies, said
from akios_jail.radar.replies import Reply

if TYPE_CHECKING:
    from akios_jail.pii.redactor import Redactor

#: Of a longer answer the trace has only that it came.
MAX_ANSWER: Final = 8 * 1024 * 1024


class Trace:
    """Follows the model calls of one session."""

    name = "trace"

    def __init__(self, session: SessionView) -> None:
        self._session = session
        self._tracer = session.tracer
        self._running: set[asyncio.Task[None]] = set()

    async def request(self, exchange: Exchange) -> None:
        """The call, before anything of it changes that the agent did not write."""
        call: Call | None = exchange.call
        if call is None:
            return
        exchange.traced = following = _Following(monotonic())
        self._tracer.asked(exchange.id, said.request(call.document), tuple(exchange.replaced))
        exchange.on_close(lambda: self._closed(exchange, following))

    async def response(self, exchange: Exchange) -> None:
        """The answer, as the agent gets it."""
        following, response = exchange.traced, exchange.response
        if not isinstance(following, _Following) or not 200 <= response.status < 300:
            return
        if response.events is not None:
            response.events = self._events(exchange, following, response.events)
        else:
            with contextlib.suppress(Denied):  # what cannot be decoded is not for the trace to refuse
                response.decode(limits.DECODED_BODY.value)
                response.body = self._whole(exchange, following, response.body)

    async def _events(
        self, exchange: Exchange, following: _Following, events: AsyncIterator[list[Event]]
    ) -> AsyncIterator[list[Event]]:
        kept: list[Event] = []
        read = functools.partial(_streamed, kept)
        async for batch in events:
            if following.size <= MAX_ANSWER:
                kept += batch
                following.size += sum(len(event.data or "") for event in batch)
            answer = exchange.call.answer
            if answer is not None and answer.finished:  # the agent may go on before the stream is closed
                self._complete(exchange, following, read)
            yield batch
        self._complete(exchange, following, read)

    async def _whole(
        self, exchange: Exchange, following: _Following, body: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        kept: list[bytes] = []
        waiting: bytes | None = None
        async for chunk in body:
            following.size += len(chunk)
            if following.size <= MAX_ANSWER:
                kept.append(chunk)
            if waiting is not None:
                yield waiting
            waiting = chunk
        self._complete(exchange, following, functools.partial(_read, kept))
        if waiting is not None:
            yield waiting

    def _complete(self, exchange: Exchange, following: _Following, read: Any) -> None:
        """The agent is about to have the last of the answer: what comes after it stands behind it."""
        if following.told:
            return
        following.told = True
        self._tracer.answered(exchange.id, following.reply, following.facts, exchange.rulings)
        following.read = read

    def _closed(self, exchange: Exchange, following: _Following) -> None:
        """The exchange is over: now it is known what it has cost, and there is time to look at what was said."""
        following.facts.update(_facts(exchange, following))
        if not following.told:
            following.told = True
            self._tracer.answered(exchange.id, following.reply, following.facts, exchange.rulings)
        if following.read is None or following.size > MAX_ANSWER:
            following.reply.set_result(None)
            return
        personal = self._session.personal
        redactor = personal.redactor(exchange.verdicts) if personal is not None else None
        if redactor is None:
            following.reply.set_result(_attempted(following.read))
            return
        task = asyncio.ensure_future(self._redacted(following, redactor))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _redacted(self, following: _Following, redactor: Redactor) -> None:
        """Without what is kept from models."""
        from akios_jail.pii.document import redact_document  # loaded where personal data is looked for at all

        found: Reply | None = None
        personal = self._session.personal
        try:
            reply = _attempted(following.read)
            if reply is not None and personal is not None:
                clean = await personal.look(
                    following.size, redact_document, redactor, [_plain(one) for one in reply.choices]
                )
                choices = [_put_back(one, plain) for one, plain in zip(reply.choices, clean.document, strict=True)]
                found = reply._replace(choices=tuple(choices))
        except Denied:
            found = None
        finally:
            following.reply.set_result(found)


class _Following:
    """One call while it runs."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.size = 0
        self.told = False
        self.read: Any = None
        self.facts: dict[str, Any] = {}
        self.reply: Future[Reply | None] = Future()


def _facts(exchange: Exchange, following: _Following) -> dict[str, Any]:
    """What the steps of an answer say of its call."""
    call: Call = exchange.call
    facts: dict[str, Any] = {
        "provider": call.provider or exchange.host,
        "model": call.model,
        "call_latency_ms": round((monotonic() - following.began) * 1000, 1),
    }
    if exchange.usage is not None:
        used = exchange.usage
        facts |= {
            "input_tokens": used.input_tokens,
            "output_tokens": used.output_tokens,
            "cost_microusd": used.cost_microusd,
        }
    if exchange.answered and exchange.response.status >= 300:
        facts["status"] = exchange.response.status
    if exchange.passage.failure:
        facts["failure"] = exchange.passage.failure
    if exchange.attempts:
        facts["attempts"] = exchange.attempt
    return facts


def _streamed(events: list[Event]) -> Reply:
    found = []
    for event in events:
        with contextlib.suppress(Unreadable):
            if event.data:
                found.append(event.document)
    return replies.streamed(found)


def _read(chunks: list[bytes]) -> Reply:
    return replies.whole(strictjson.loads(b"".join(chunks)))


def _attempted(read: Any) -> Reply | None:
    """What was read; None for an answer that is none."""
    try:
        reply: Reply = read()
    except (Unreadable, ValueError, RecursionError):
        return None
    return reply


def _plain(message: said.Message) -> dict[str, Any]:
    """A message as a document that is looked through for personal data."""
    calls = [{"arguments": asked.arguments} for asked in message.asked]
    return {"content": message.text, "reasoning": message.reasoning, "tool_calls": calls}


def _put_back(message: said.Message, plain: dict[str, Any]) -> said.Message:
    asked = [
        one._replace(arguments=call["arguments"]) for one, call in zip(message.asked, plain["tool_calls"], strict=True)
    ]
    return message._replace(text=plain["content"], reasoning=plain["reasoning"], asked=tuple(asked))
