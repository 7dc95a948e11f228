"""The summary of a session that its budget ends: what it did, what was pending, what it cost.

The facts are counts and names from the session's own tally, as of the moment when it was ended. If the operator wants
one, a model adds a few sentences: one last call, in the words and to the host of the session's last call, under the
same rules and with the same keys. It is told the facts and nothing that the agent said. What it may cost was kept back
from the beginning, and it is reserved and settled like any other call.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from importlib import import_module
from typing import Any

from akios_jail.broker import limits
from akios_jail.broker.exchange import Exchange, Usage
from akios_jail.broker.http_message import Request, Response
from akios_jail.broker.money.account import Last
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.session import Session
from akios_jail.broker.stage import Stage
from akios_jail.broker.stages.record import Record
from akios_jail.broker.tally import shorten
from akios_jail.flux.bill import Bill, Charge
from akios_jail.flux.estimate import Content, input_bound, want
from akios_jail.flux.ledger import Want
from akios_jail.flux.prices import Priced, PriceList, PriceUnknown, Tokens
from akios_jail.policy.plans import Budget
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call, Conversation, Message, Part, Untranslatable
from akios_jail.providers.strictjson import Unreadable

#: Tokens of the written summary, at most.
TEXT_TOKENS = 400
_TASK = (
    "An autonomous agent's session was ended because its budget is spent. Tell its operator in at most five plain "
    "sentences what the session did, what was left undone and what it cost. Use nothing but these facts."
)


class LastWords:
    """Of one session. `running`: its exchanges at this moment; `send`: the way upstream."""

    def __init__(
        self,
        session: Session,
        record: Record,
        running: Callable[[], Iterable[Exchange]],
        send: Callable[[Exchange], Awaitable[Response]],
    ) -> None:
        self._session = session
        self._record = record
        self._running = running
        self._send = send
        self._summary: dict[str, Any] | None = None
        self._writing: asyncio.Task[str] | None = None
        session.account.on_end = self.begin

    def begin(self, reason: str) -> None:
        """The session is being ended by its budget: gather the facts, and have them put into words."""
        if self._summary is not None:
            return
        tally = self._session.tally
        now = time.monotonic()
        self._summary = {
            "reason": shorten(reason),
            "calls": {name: figures[0] for name, figures in tally.models.items()},
            "tools": {name: sum(rulings.values()) for name, rulings in tally.tools.items()},
            "hosts": dict(tally.hosts),
            "denials": dict(Counter(str(denial["code"]) for denial in tally.denials)),
            "pending": [_pending(each, now) for each in list(self._running())[: limits.PENDING_REPORTED.value]],
        }
        if self._session.plan.budget.summary.model:
            self._writing = asyncio.get_running_loop().create_task(self._write(dict(self._summary)))

    async def close(self) -> None:
        """The agent is gone and every exchange is over: complete the summary, waiting a moment for its text."""
        if self._summary is None:
            return
        self._session.summary = summary = self._summary
        summary["cost"] = self._session.tally.summary()["cost"]
        if self._writing is None:
            return
        done, _ = await asyncio.wait([self._writing], timeout=limits.LAST_WORDS.value)
        if not done:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            summary["text_missing"] = "the model did not answer in time"
        elif (error := self._writing.exception()) is not None:
            summary["text_missing"] = shorten(str(error) or type(error).__name__)
        else:
            summary["text"] = self._writing.result()
        summary["cost"] = self._session.tally.summary()["cost"]

    async def _write(self, facts: dict[str, Any]) -> str:
        """The text. Raises what stands in its way."""
        account, last = self._session.account, self._session.account.last
        if last is None:
            raise _Unwritten("the session made no model call whose host could be asked")
        call = _compose(last.call, self._session.plan.budget.summary.model, facts)
        exchange = _exchange(self._session, last, call)
        bill, wanted = _bill(self._session.plan.budget, call, exchange.request.body or b"")
        claim = await account.claim_last(wanted)
        status: int | None = None
        try:
            text, charge = await self._ask(exchange, call, bill)
            status = exchange.response.status
            exchange.usage = Usage(
                charge.input_tokens, charge.output_tokens, charge.microusd, call.model, charge.estimated
            )
            return text
        except Denied as denied:
            await self._record.refused(exchange, denied.verdict)
            raise
        finally:
            if exchange.usage is None and exchange.passage.sent:
                owed = bill.unanswered()
                exchange.usage = Usage(owed.input_tokens, owed.output_tokens, owed.microusd, call.model, True)
            used = exchange.usage
            spent = None if used is None else Charge(*used[:3], used.estimated).spent
            account.settle(claim, spent)
            exchange.close()
            self._record.closed(exchange, status)
            self._session.tape.over(exchange, status)

    async def _ask(self, exchange: Exchange, call: Call, bill: Bill) -> tuple[str, Charge]:
        """Through the stages that decide and sign, upstream, and back."""
        stages = _stages(self._session)
        for stage in stages:
            await stage.request(exchange)
        await self._record.request(exchange)
        exchange.passage.sent = True
        try:
            response = exchange.response = await self._send(exchange)
        except UpstreamFailed as failed:
            exchange.passage.failure = failed.code
            raise
        for stage in stages:
            await stage.response(exchange)
        if not 200 <= response.status < 300:
            exchange.usage = Usage(model=call.model)
            raise _Unwritten(f"{exchange.host} answered with {response.status}")
        response.decode(limits.LAST_WORDS_BYTES.value)
        body = b""
        async for chunk in response.body:
            body += chunk
            if len(body) > limits.LAST_WORDS_BYTES.value:
                raise _Unwritten("the answer is too long")
        answer = call.wire.answer(call)
        answer.whole(body)
        reply = call.wire.reply(body)
        text = "".join(part.text for part in reply.parts if part.kind == "text").strip()
        used = answer.usage
        if used is None:
            charge = bill.unanswered()
        else:
            tokens = Tokens(used.input_tokens, used.output_tokens, used.cached_tokens, used.cache_write_tokens)
            charge = bill.reported(tokens, used.options)
        return text[: limits.SUMMARY_TEXT.value], charge


class _Unwritten(Exception):
    """There is no text. The message says why."""


def _pending(exchange: Exchange, now: float) -> dict[str, Any]:
    what = f"{exchange.request.method} {exchange.host}{exchange.recorded_path}"
    return {"what": shorten(what, 256), "seconds": round(now - exchange.passage.started, 1)}


def _compose(last: Call, model: str, facts: dict[str, Any]) -> Call:
    """The last call of the session, in the wire format of the one before it."""
    said = f"{_TASK}\n\n{json.dumps(facts)}"
    conversation = Conversation("", (Message("user", (Part("text", said),)),), max_output_tokens=TEXT_TOKENS)
    try:
        document = last.wire.compose(conversation, model)
        path = last.wire.path_of(replace(last, stream=False, billable=True), "")
        call = last.wire.read(last.provider, last.host, registry.normal_path(path), document)
    except (Unreadable, Untranslatable) as error:
        raise _Unwritten(f"the wire format of the session's last call cannot say it: {error}") from error
    call.wire.set_model(call, model)
    return call


def _exchange(session: Session, last: Last, call: Call) -> Exchange:
    path = call.wire.path_of(call, last.path)
    dropped = ("accept", "content-length", "content-type", "accept-encoding", "x-akios-task")
    headers = [(name, value) for name, value in last.headers if name.lower() not in dropped]
    headers += [("Content-Type", "application/json"), ("Accept-Encoding", "identity")]
    request = Request("POST", path, registry.query_of(call, last.query), headers, _nothing(), 0)
    exchange = Exchange(session, f"req_{secrets.token_hex(8)}", last.host, last.port, last.protocol, request)
    exchange.replace_body(strictjson.dumps(call.document))
    exchange.call = call
    return exchange


def _bill(budget: Budget, call: Call, body: bytes) -> tuple[Bill, Want]:
    prices = PriceList(budget.prices, upper_bound=budget.unknown_price == "upper_bound")
    priced = Priced(call.provider, call.model, call.host, call.price_options)
    tokens = input_bound(Content(body, call.model), None)
    try:
        rates = prices.rates(priced, tokens)
    except PriceUnknown as error:
        raise _Unwritten(str(error)) from error
    return Bill(prices, priced, rates, tokens, TEXT_TOKENS), want(rates, tokens, TEXT_TOKENS, tokens + TEXT_TOKENS)


def _stages(session: Session) -> list[Stage]:
    """Rules, what is kept from models, and keys hold for this call as for any other."""
    wanted = (("admit", True), ("redact", session.personal is not None), ("credential", session.plan.credentials))
    names = [name for name, is_wanted in wanted if is_wanted]
    return [getattr(import_module(f"akios_jail.broker.stages.{name}"), name.capitalize())(session) for name in names]


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
