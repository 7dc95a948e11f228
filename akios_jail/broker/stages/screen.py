"""screen: tool rules on what the agent itself asks for: HTTP requests, and tools of MCP servers.

A request that a rule speaks of is refused, altered or put before a person before anything of it goes on. MCP is known
by what a request says, on whatever host. A model call whose provider would run tools by itself is refused where there
are rules over tools: what those tools are asked never passes here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from akios_jail.broker import examined, limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session import Session
from akios_jail.broker.tools.rulings import Rulings
from akios_jail.policy.action import Action
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.tools import Asking
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import mcp, registry, strictjson
from akios_jail.providers.mcp import McpRequest
from akios_jail.providers.neutral import Call
from akios_jail.providers.strictjson import Unreadable

#: Bytes that tell whether a body can be MCP at all.
_ENOUGH = 4
#: Of white space so much at most is read to find them; with more before them it is looked at whole.
_MOST = 16 * 1024


def needed(plan: BrokerPlan) -> bool:
    """Whether the plan has anything to say here."""
    return bool(plan.tools)


class Screen:
    """Applies tool rules to requests."""

    name = "screen"

    def __init__(self, session: Session) -> None:
        self._facts = session.facts
        self._rulings = Rulings(session)

    async def request(self, exchange: Exchange) -> None:
        judge = self._rulings.judge
        if judge.web:
            await self._web(exchange)
        if not judge.tools:
            return
        call: Call | None = exchange.call
        if call is None:
            await self._mcp(exchange)
            return
        for name in call.provider_tools:
            if not judge.lets_through(name):
                reason = f"the provider would run {name} by itself, where no tool rule reaches; a rule may allow it"
                raise Denied(Verdict("deny", "provider_tool", reason))

    async def response(self, exchange: Exchange) -> None:
        """Answers are gate's matter."""

    async def _web(self, exchange: Exchange) -> None:
        """Rules over HTTP requests."""
        request = exchange.request
        action = Action(
            host=exchange.host,
            port=exchange.port,
            protocol=exchange.protocol,
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            session=self._facts,
        )
        if self._rulings.judge.needs_body(action):
            action = await examined.with_body(exchange, action)
        verdict = await self._rulings.on_request(exchange, action)
        if verdict.rule is None and verdict.decision == "allow":
            return
        if verdict.decision == "modify":
            self._replace(exchange, verdict.arguments)
        elif verdict.decision != "allow":
            raise Denied(Verdict("deny", verdict.code, verdict.reason))
        exchange.verdicts.append(Verdict(verdict.decision, verdict.code, verdict.reason))

    def _replace(self, exchange: Exchange, document: object) -> None:
        """Send another document; a model call is read again from it."""
        call: Call | None = exchange.call
        if call is not None:
            if not isinstance(document, dict):
                raise Denied(Verdict("deny", "model_call_unreadable", "the changed request is no model call any more"))
            path = registry.normal_path(exchange.request.path)
            exchange.call = call.wire.read(call.provider, call.host, path, document)
        exchange.replace_body(strictjson.dumps(document))

    async def _mcp(self, exchange: Exchange) -> None:
        """Rules over the tools of MCP servers."""
        request = exchange.request
        if request.length == 0 or not await self._may_be_mcp(exchange):
            return
        body = await exchange.read_decoded(limits.BUFFERED_BODY.value)
        try:
            asked = await offload(len(body), mcp.read, request.headers, body)
        except Unreadable as error:
            reason = f"tool rules govern what is asked of MCP servers, and this request cannot be read: {error}"
            raise Denied(Verdict("deny", "tool_call_unreadable", reason)) from None
        if asked is None or not asked.calls:
            return
        # What was read is what is sent, not something that another reader takes for another call.
        exchange.replace_body(mcp.body(asked))
        request.set_header("Content-Type", "application/json")
        for call in asked.calls:
            ruling = await self._rulings.on_call(exchange, Asking(call.name, call.arguments, exchange.host))
            if ruling.decision == "deny":
                verdict = Verdict("deny", "tool_refused", f"{call.name}: {ruling.reason}")
                raise Denied(verdict, 200, instead=mcp.refusal(asked, ruling.reason), counted=True)
            if ruling.decision == "modify":
                self._change(exchange, asked, call.id, ruling.arguments)
                exchange.verdicts.append(Verdict("modify", "tool_modified", ruling.reason))

    def _change(self, exchange: Exchange, asked: McpRequest, call_id: str, arguments: object) -> None:
        call = next(call for call in asked.calls if call.id == call_id)
        try:
            exchange.request.headers = mcp.changed_headers(exchange.request.headers, call, arguments)
        except Unreadable as error:
            reason = f"the arguments of {call.name} are to be changed, and they also stand in a header: {error}"
            raise Denied(Verdict("deny", "tool_call_unreadable", reason)) from None
        exchange.replace_body(mcp.change(asked, call, arguments))

    async def _may_be_mcp(self, exchange: Exchange) -> bool:
        """Whether the body may be MCP; uploads of other kinds are not held back to find out."""
        request = exchange.request
        if request.body is not None or request.coding or mcp.says_json(request.headers):
            return True
        head: list[bytes] = []
        size = 0
        stream = request.stream
        async for chunk in stream:
            head.append(chunk)
            size += len(chunk)
            if size >= _MOST or len(b"".join(head).lstrip()) >= _ENOUGH:
                break
        request.stream = _again(head, stream)
        return mcp.may_be(b"".join(head))


async def _again(head: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in head:
        yield chunk
    async for chunk in rest:
        yield chunk
