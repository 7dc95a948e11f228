"""route: which model answers, how often it is tried, and who stands in for it.

The policy's routing rules decide, once a call; what they make of it is on record as a verdict with the rule, its reason
and how hard the task was found to be. Where a rule cannot decide, or what it names cannot be asked this call, the call
is refused: routing rules bound what is spent, so that no answer to them is no permission. An answer in another wire
format than the agent's is translated here, whole, when every other stage has seen it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Any

from akios_jail.broker import encodings, limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Response
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.routing import tasks
from akios_jail.broker.routing.journey import Journey
from akios_jail.broker.routing.sending import Sending, Unroutable, sending, states_tier, takes_flex
from akios_jail.broker.session_view import SessionView
from akios_jail.flux.backoff import Waits
from akios_jail.flux.prices import Priced, PriceList
from akios_jail.flux.routing import Decision, Router, Undecided, variables
from akios_jail.flux.spot import Spot
from akios_jail.policy.plans import BrokerPlan, Target
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import troubles
from akios_jail.providers.neutral import Call, Untranslatable
from akios_jail.providers.strictjson import Unreadable

#: Modes by which no personal data is left in a call, and such by which it may be.
_TAKES_OUT = ("redact_before_inference", "pseudonymize", "block")
_LEAVES_IN = ("off", "observe")
#: A client that waits for a translation hears something this often, in seconds.
ALIVE_S = 15.0
#: As much is read of an error that is told in other words.
_ERROR_BYTES = 64 * 1024
#: What a whole answer in the agent's wire format is sent as, by how that format frames its streams.
_STREAMED = {
    "sse": "text/event-stream; charset=utf-8",
    "eventstream": "application/vnd.amazon.eventstream",
    "json_array": "application/json; charset=utf-8",
}


def needed(plan: BrokerPlan) -> bool:
    """Whether any call may go elsewhere than it was sent."""
    return bool(plan.routing.routes) or plan.routing.spot


class Route:
    """Carries out the plan's routing."""

    name = "route"

    def __init__(self, session: SessionView) -> None:
        routing = session.plan.routing
        self._session = session
        self._router = Router(routing.routes)
        self._trusts = routing.trust_header
        self._spot = Spot(session.plan.budget.prices) if routing.spot else None
        # Seeded, so that a session's waits can be told from its id; sessions differ, and do not come back together.
        self._chance = random.Random(session.id)  # noqa: S311
        self._loaded = False

    async def request(self, exchange: Exchange) -> None:
        stated = exchange.request.header(tasks.HEADER) or ""
        call: Call | None = exchange.call
        if call is None or not call.billable or call.wire.framing == "none":
            return
        decision = await self._decide(exchange, call, stated)
        own = Sending(exchange.snapshot(), replace(call), None)

        async def ready(target: Target, flex: bool = False) -> Sending:
            size = len(own.request.body)
            way = await offload(
                size, sending, own.call, own.request, target, self._session.decider, self._session.facts, flex
            )
            self._keeps_personal_data(exchange, way)
            return way

        target = decision.target or Target(call.model)
        usual = own
        if _differs(target, call, exchange.host):
            usual = await _routed(exchange, decision, ready(target))
        flexible = None
        if await self._is_cheaper(usual.call):
            with contextlib.suppress(Unroutable):
                flexible = await ready(target, True)
        waits = Waits(self._chance.random)
        await Journey(exchange, usual, flexible, decision.fallbacks, decision.max_retries, waits, ready).begin()

    async def response(self, exchange: Exchange) -> None:
        asked: Call | None = exchange.asked_call
        response = exchange.response
        if response.status >= 400:
            await _explain(exchange, response)
            return
        if asked is None or not 200 <= response.status < 300:
            return
        # Whatever breaks while it is read is an answer's failure still: the agent has seen nothing of it.
        response.decode(limits.DECODED_BODY.value)
        whole = asyncio.get_running_loop().create_task(_translation(exchange, asked, response.body))
        exchange.on_close(functools.partial(_give_up, whole))
        response.set_header("Content-Type", _STREAMED[asked.wire.framing] if asked.stream else "application/json")
        done, _ = await asyncio.wait({whole}, timeout=ALIVE_S)
        if done:
            body = whole.result()
            response.body = _once(body)
            response.length = len(body)
        else:
            # Somebody may be asked about a tool that the answer wants to use.
            response.body = _kept_alive(whole, alive=not asked.stream or asked.wire.framing in ("sse", "json_array"))
            response.length = None

    async def _decide(self, exchange: Exchange, call: Call, stated: str) -> Decision:
        """What the rules say, noted for the record. `Denied` if that cannot be told."""
        size = len(exchange.request.body or b"")
        trusted = stated if self._trusts else ""
        assessment = await offload(size, tasks.assessed, call, trusted) if self._router.asks_task else None
        standing = self._session.standing() if self._router.asks_budget and self._session.standing else None
        facts = self._session.facts
        asked = tasks.asked(call, exchange.host, size, facts.id, facts.name)
        try:
            decision = self._router.decide(variables(asked, assessment, standing))
        except Undecided as error:
            raise Denied(Verdict("deny", "route_undecided", str(error))) from None
        note: dict[str, Any] = {"rule": decision.rule, "asked_model": call.model}
        if assessment is not None:
            note["task"] = assessment.reason
        exchange.notes["routing"] = note
        return decision

    def _keeps_personal_data(self, exchange: Exchange, way: Sending) -> None:
        """`Unroutable` if less was taken out of the call than the rule wants by which it would go there."""
        plan = self._session.plan
        if way.rule is None or plan.pii.mode == "off" or "model_calls" not in plan.pii.scope:
            return
        modes = {rule.number: rule.pii for rule in plan.rules}
        done = modes.get(exchange.verdicts[0].rule or 0, "") if exchange.verdicts else ""
        wanted = modes.get(way.rule, "")
        if done == wanted or done in _TAKES_OUT or wanted in _LEAVES_IN:
            return
        reason = f"rule {way.rule} wants personal data handled otherwise than was done for the host that was asked"
        raise Unroutable("route_personal_data", reason)

    async def _is_cheaper(self, call: Call) -> bool:
        """Whether this call may be asked on a cheaper tier first."""
        if self._spot is None or not takes_flex(call) or states_tier(call):
            return False
        if not self._loaded:
            await asyncio.to_thread(PriceList.load)
            self._loaded = True
        return self._spot.cheaper(Priced(call.provider, call.model, call.host, call.price_options))


async def _routed(exchange: Exchange, decision: Decision, ready: Awaitable[Sending]) -> Sending:
    """The sending that the rule wants, put on the exchange. `Denied` if it cannot be."""
    asked = f"{exchange.call.model[:128]} at {exchange.host}"
    try:
        usual = await ready
    except Unroutable as error:
        reason = f"routing rule {decision.rule} names another model than {asked}: {error}"
        raise Denied(Verdict("deny", error.code, reason)) from None
    exchange.restore(usual.request)
    exchange.call = usual.fresh()
    exchange.asked_call = usual.asked
    task = exchange.notes.get("routing", {}).get("task")
    told = f"; the task is {task}" if task else ""
    reason = f"routing rule {decision.rule} asks {usual.told} instead of {asked}: {decision.reason}{told}"
    exchange.verdicts.append(Verdict("modify", "routed", reason))
    return usual


def _differs(target: Target, call: Call, host: str) -> bool:
    return bool(target.path) or (target.host or host) != host or (target.model or call.model) != call.model


async def _translation(exchange: Exchange, asked: Call, stream: AsyncIterator[bytes]) -> bytes:
    """The whole answer in the words of `asked`. `Denied` if that cannot be."""
    chunks: list[bytes] = []
    async for chunk in stream:
        if not exchange.make_room(len(chunk)):
            reason = "the answer must be kept whole to be translated, and there is no room for it"
            raise Denied(Verdict("deny", "buffers_full", reason), 502)
        chunks.append(chunk)
    try:
        return await offload(sum(map(len, chunks)), _translated, exchange.call, asked, b"".join(chunks))
    except (Untranslatable, Unreadable) as error:
        reason = f"the answer of {exchange.host} cannot be told in the wire format that was asked for: {error}"
        raise Denied(Verdict("deny", "answer_untranslatable", reason), 502) from None


async def _kept_alive(whole: asyncio.Task[bytes], *, alive: bool) -> AsyncIterator[bytes]:
    """The answer once it is there, and until then white space, with which JSON and server-sent events may begin."""
    while not (await asyncio.wait({whole}, timeout=ALIVE_S))[0]:
        if alive:
            yield b"\n"
    yield whole.result()


def _give_up(whole: asyncio.Task[bytes]) -> None:
    if not whole.cancel() and not whole.cancelled():
        whole.exception()  # it was told, or nobody is there any more to be told


async def _explain(exchange: Exchange, response: Response) -> None:
    """An error in the words of the agent's own wire format, where it was told in another's; and of a key that did not
    go along, because no agent can know that."""
    asked: Call | None = exchange.asked_call
    keyless = response.status in (401, 403) and "credential" not in exchange.notes
    if asked is None and not (keyless and exchange.rerouted):
        return
    body = b""
    try:
        response.decode(_ERROR_BYTES)
        async for chunk in response.body:
            body += chunk
            if len(body) > _ERROR_BYTES:
                break
    except (encodings.Undecodable, UpstreamFailed):
        body = b""
    message = troubles.message_of(body) or f"{exchange.host} answered with status {response.status}"
    if keyless:
        message += (
            f" [akios: the policy's routing sent this call to {exchange.host} in the format {exchange.call.wire.name}; "
            f"the agent's own key is not fitted to that, `credentials` in the policy can hold one that is]"
        )
    told = troubles.written((asked or exchange.call).wire.name, response.status, message)
    response.body = _once(told)
    response.length = len(told)
    response.set_header("Content-Type", "application/json")


def _translated(call: Call, asked: Call, body: bytes) -> bytes:
    """The whole answer to `call` as an answer to `asked`."""
    return asked.wire.render(asked, call.wire.reply(body)._replace(model=asked.model))


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
