"""trace: what passes is handed to the session's trace, as the model is told it and as the agent gets it.

Calls are taken behind `redact`, so that no personal data is in them that is kept from models. Answers are taken as the
agent gets them, tool rules carried out; what was put back into them is taken out again before they are kept, by the
same look as the agent's next call, which finds it done.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from concurrent.futures import Future
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session_view import SessionView
from akios_jail.broker.tracer import waited
from akios_jail.providers import strictjson
from akios_jail.providers.neutral import Call
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable
from akios_jail.radar import chains, replies, said
from akios_jail.radar.replies import Reply

if TYPE_CHECKING:
    from akios_jail.pii.redactor import Redactor

_Asked = Callable[[], tuple[said.Request | None, Collection[str]]]
_Read = Callable[[], Reply]
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
        personal = self._session.personal
        redactor, hidden = personal.tracing(exchange.verdicts) if personal is not None else (None, True)
        exchange.traced = following = _Following(monotonic(), redactor)
        exchange.on_close(lambda: self._closed(exchange, following))
        document, kinds = call.document, tuple(exchange.replaced)
        size = len(exchange.request.body or b"")
        if redactor is None or hidden:
            body = exchange.request.body or b""  # the document, as the stages before have written it
            self._tracer.asked(exchange.id, self._kept(document, kinds, size, body))
            return
        found: Future[_Asked | None] = Future()
        self._tracer.asked(exchange.id, lambda: (waited(found) or _unkept)())
        self._start(self._hidden(found, document, size, redactor))

    def _kept(self, document: dict[str, Any], kinds: tuple[str, ...], size: int, body: bytes = b"") -> _Asked:
        """The call for the trace's thread, whole if there is room for it until then. The stages after this one put
        other things in the place of what is in it, but take nothing apart. `body`: the same document, written."""
        if self._tracer.crowded:
            read = said.request(document)
            messages = [(said.brief(each, chains.named(each)), end) for each, end in said.heard(read.items)]
            small = read._replace(system="", items=[], brief=messages)
            return lambda: (small, kinds)
        held = size + len(body)
        self._tracer.waits(held)

        def request() -> tuple[said.Request, tuple[str, ...]]:
            self._tracer.waits(-held)
            return said.request(document, size, body), kinds

        return request

    async def _hidden(
        self, found: Future[_Asked | None], document: dict[str, Any], size: int, redactor: Redactor
    ) -> None:
        """The call without what the agent may tell models and the trace does not keep."""
        from akios_jail.pii.document import redact_document  # loaded where personal data is looked for at all

        asked: _Asked | None = None
        personal = self._session.personal
        try:
            if personal is not None:
                clean = await personal.look(size, redact_document, redactor, document)
                asked = self._kept(clean.document, tuple(clean.counts), size)
        except Exception:  # whatever it is: what was not looked through is not kept
            asked = None
        finally:
            found.set_result(asked)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

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
        following.read = functools.partial(_streamed, kept)
        async for batch in events:
            if following.size <= MAX_ANSWER:
                kept += batch
                following.size += sum(len(event.data or "") for event in batch)
            answer = exchange.call.answer
            if answer is not None and answer.finished:  # the agent may go on before the stream is closed
                self._complete(exchange, following)
            yield batch
        self._complete(exchange, following)

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
        following.read = functools.partial(_read, kept)
        self._complete(exchange, following)
        if waiting is not None:
            yield waiting

    def _complete(self, exchange: Exchange, following: _Following) -> None:
        """The agent is about to have the last of the answer: what comes after it stands behind it."""
        if not following.told:
            following.told = True
            self._tracer.answered(exchange.id, following.reply, following.facts, exchange.rulings)

    def _closed(self, exchange: Exchange, following: _Following) -> None:
        """The exchange is over: now it is known what it has cost, and there is time to look at what was said."""
        self._complete(exchange, following)
        facts = _facts(exchange, following)
        read, following.read = following.read, None
        if following.size > MAX_ANSWER:
            facts["unread"] = "it is longer than what is read for the trace"
            read = None
        following.facts.set_result(facts)
        if read is None:
            following.reply.set_result(_none)
        elif following.redactor is not None:
            self._start(self._redacted(following, read, following.redactor))
        elif self._tracer.crowded:
            reply = _brief(_attempted(read))
            following.reply.set_result(lambda: reply)
        else:
            self._tracer.waits(following.size)
            following.reply.set_result(functools.partial(self._taken, following.size, read))

    def _taken(self, size: int, read: _Read) -> Reply | None:
        self._tracer.waits(-size)
        return _attempted(read)

    async def _redacted(self, following: _Following, read: _Read, redactor: Redactor) -> None:
        """Without what is kept from models, or only from the trace."""
        from akios_jail.pii.document import redact_document  # loaded where personal data is looked for at all

        found: Reply | None = None
        personal = self._session.personal
        try:
            reply = _attempted(read)
            if reply is not None and personal is not None:
                plain = [_plain(one) for one in reply.choices]
                clean = await personal.look(following.size, redact_document, redactor, plain)
                choices = [_put_back(one, new) for one, new in zip(reply.choices, clean.document, strict=True)]
                found = reply._replace(choices=tuple(choices))
        except Exception:  # whatever it is: what was not looked through is not kept
            found = None
        finally:
            following.reply.set_result(lambda: found)


class _Following:
    """One call while it runs. `redactor`: what looks through its answer, None for nothing."""

    def __init__(self, began: float, redactor: Redactor | None) -> None:
        self.began = began
        self.redactor = redactor
        self.size = 0
        self.told = False
        self.read: _Read | None = None
        self.facts: Future[dict[str, Any]] = Future()
        self.reply: Future[Callable[[], Reply | None]] = Future()


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


def _unkept() -> tuple[None, Collection[str]]:
    return None, ()


def _none() -> None:
    return None


def _brief(reply: Reply | None) -> Reply | None:
    """An answer of which only the beginning is kept."""
    if reply is None:
        return None
    return reply._replace(choices=tuple(said.brief(each, chains.named(each)) for each in reply.choices))


def _attempted(read: _Read) -> Reply | None:
    """What was read; None for an answer that is none."""
    try:
        reply = read()
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
