"""One policy's say on recorded exchanges, by the code that decides while a session runs.

The order is that of the broker's stages: admit, understand, screen, redact, route, reserve. What a stage decides by is
asked here too: the allowlist (`policy.decide`), the stage that understands model calls itself, tool rules
(`policy.tools`), MCP (`providers.mcp`), routing (`flux.routing` and the broker's own way of making a call ready for
another host). What needs a disk, a person or the network has no part in it.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple, cast

from akios_jail.broker import examined
from akios_jail.broker.exchange import Exchange as Running
from akios_jail.broker.http_message import Request
from akios_jail.broker.outcome import Denied
from akios_jail.broker.routing import tasks
from akios_jail.broker.routing.sending import Unroutable, sending
from akios_jail.broker.session_view import SessionView
from akios_jail.broker.stages.understand import Understand
from akios_jail.flux.routing import Router, Standing, Undecided, variables
from akios_jail.hindsight import asked, personal
from akios_jail.hindsight.opinion import Opinion, unsure
from akios_jail.policy.action import Action, Session
from akios_jail.policy.decide import Decider
from akios_jail.policy.plans import BrokerPlan, Target
from akios_jail.policy.tools import ALLOWED, Asking, Judge, ToolVerdict
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import mcp, registry
from akios_jail.providers.neutral import Call, Garbled, ToolCall
from akios_jail.providers.strictjson import Unreadable
from akios_jail.radar.recorded import Exchange

#: Destinations whose rules are remembered.
_REMEMBERED: Final = 4_096
_HOPS: Final = ("content-encoding", "content-length", "transfer-encoding")


class _Session(NamedTuple):
    """As much of a session as understanding a call needs."""

    plan: BrokerPlan


class Court:
    """A broker's plan made ready to judge one session. `name`: the session's."""

    def __init__(self, plan: BrokerPlan, session: str, name: str, runner: asyncio.Runner) -> None:
        self.plan = plan
        self.decider = Decider(plan)
        self._facts = Session(session, name)
        self._runner = runner
        self._now = datetime.datetime.now(datetime.UTC)
        self._judge = Judge(plan.tools, self._facts, lambda: self._now)
        self._router = Router(plan.routing.routes)
        self._view = cast(SessionView, _Session(plan))
        self._hanging = asked.ToolRules(plan.tools)
        self._tool_grounds = asked.of_tools(plan.tools)
        self._grounds: dict[tuple[str, int], tuple[Any, ...]] = {}
        self._understand = Understand(self._view)

    # --- what is no HTTP ---

    def connection(self, host: str, port: int, protocol: str) -> Opinion:
        """On a connection to a host: `Opinion.sent` says whether what goes over it is read."""
        destination = self.decider.destination(host, port)
        grounds = self._allowlist(Action(host, port, protocol))
        if destination is None:
            verdict = self.decider.decide(Action(host, port, protocol))
            return Opinion(verdict.decision, verdict.code, verdict.reason, verdict.rule, grounds=grounds)
        number = destination.rules[0].number
        if protocol not in (destination.protocol, "tcp", "dns"):
            reason = f"{host}:{port} is for {destination.protocol} (rule {number}), not for {protocol}"
            return Opinion("deny", "protocol_not_allowed", reason, number, grounds=grounds)
        sent = "unread" if destination.unread else "read"
        return Opinion("allow", "allowed", f"rule {number} allows {host}:{port}", number, sent=sent, grounds=grounds)

    def name(self, host: str) -> Opinion:
        """On asking for the address of a host."""
        rules = self.decider.rules_for(host)
        grounds = (bool(rules),)
        if rules:
            number = rules[0].number
            return Opinion("allow", "allowed", f"rule {number} names {host}", number, grounds=grounds)
        return Opinion("deny", "host_not_allowed", f"no rule names the host {host}", grounds=grounds)

    # --- requests ---

    def request(self, exchange: Exchange, standing: Standing) -> Opinion:
        """On an HTTP request. `standing`: how the budget stood before it."""
        action = Action(
            host=exchange.host,
            port=exchange.port,
            protocol=exchange.protocol,
            method=exchange.method,
            path=exchange.path,
            query=exchange.query,
            headers=exchange.headers,
            session=self._facts,
        )
        routing = (self.plan.routing,) if exchange.call is not None else ()
        grounds = (self._allowlist(action), self._tool_grounds, self.plan.monitoring, self.plan.pii, *routing)
        try:
            return self._requested(exchange, action, standing)._replace(grounds=grounds)
        except _Unsure as unknown:
            return unsure(str(unknown), grounds)
        except Exception as error:  # of what an agent sent, something that nobody thought of
            return unsure(f"it could not be judged ({type(error).__name__})", grounds)

    def _allowlist(self, action: Action) -> tuple[Any, ...]:
        """All that the allowlist has to say of this destination."""
        key = (action.host, action.port)
        known = self._grounds.get(key)
        if known is None:
            if len(self._grounds) >= _REMEMBERED:
                self._grounds.clear()
            known = self._grounds[key] = asked.grounds(self.decider, action)
        return known

    def _requested(self, exchange: Exchange, action: Action, standing: Standing) -> Opinion:
        """`_Unsure` if nothing can be said."""
        action = self._with_body(exchange, action, self.decider.needs_body(action) or self.decider.needs_form(action))
        verdict = self.decider.decide(action)
        hangs = list(asked.by_allowlist(self.decider, action, verdict.rule))
        if verdict.decision != "allow":
            return _of(verdict, hangs)
        running = self._running(exchange)
        try:
            call = self._understood(exchange, running)
            ruled = self._screened(exchange, running, action, call, hangs)
        except Denied as denied:
            return _of(denied.verdict, hangs)
        if ruled is not None and ruled.decision not in ("allow", "modify"):
            code = ruled.code
            return Opinion(ruled.decision, code, ruled.reason, ruled.rule, "tool rule", unsure=tuple(hangs))
        model = call is not None or registry.model_host(exchange.host, exchange.path) is not None
        handling = personal.handled(self.plan, verdict.rule, personal.found(exchange), model)
        placed = ", ".join(sorted(personal.in_address(exchange, handling)))
        if placed:
            reason = f"the address of this request holds {placed}"
            return Opinion("deny", "pii_in_address", reason, verdict.rule, unsure=tuple(hangs))
        blocked = ", ".join(kind for kind, mode in handling if mode == "block")
        if blocked:
            reason = f"it holds {blocked}, and the policy lets no personal data of that kind pass"
            return Opinion("deny", "pii_blocked", reason, verdict.rule, unsure=tuple(hangs))
        routed = self._routed(exchange, running, call, standing)
        opinion = _of(verdict, hangs)._replace(personal=handling)
        if ruled is not None and ruled.decision == "modify":
            opinion = opinion._replace(
                decision="modify", code=ruled.code, reason=ruled.reason, rule=ruled.rule, by="tool rule",
                changed=ruled.arguments,
            )  # fmt: skip
        if isinstance(routed, Opinion):
            return routed._replace(personal=handling if routed.passes else (), unsure=tuple(hangs))
        return opinion._replace(sent=routed)

    def _with_body(self, exchange: Exchange, action: Action, needed: bool) -> Action:
        if not needed:
            return action
        if exchange.body is None:
            raise _Unsure(f"a rule looks at the body, which is not kept: {exchange.unkept}")
        running = self._running(exchange)
        body = examined.as_read(running, exchange.body)
        return action._replace(body=body, headers=tuple(running.request.headers))

    def _running(self, exchange: Exchange) -> Running:
        """The exchange as stages see it."""
        headers = [(name, value) for name, value in exchange.headers if name.lower() not in _HOPS]
        length = len(exchange.body) if exchange.body is not None else None
        request = Request(exchange.method, exchange.path, exchange.query, headers, _nothing(), length)
        request.body = exchange.body
        return Running(self._view, exchange.request_id, exchange.host, exchange.port, exchange.protocol, request)

    def _understood(self, exchange: Exchange, running: Running) -> Call | None:
        """The model call that it is. `Denied` if it must be read and cannot be."""
        if exchange.body is None:
            if registry.may_be_call(exchange.host, exchange.path) and self._governs_calls:
                raise _Unsure(f"it may be a model call, and its body is not kept: {exchange.unkept}")
            return None
        self._runner.run(self._understand.request(running))
        call: Call | None = running.call
        return call

    @property
    def _governs_calls(self) -> bool:
        plan = self.plan
        return bool(plan.tools or plan.routing.routes) or plan.budget.limited or plan.monitoring != "standard"

    def _screened(
        self, exchange: Exchange, running: Running, action: Action, call: Call | None, hangs: list[str]
    ) -> ToolVerdict | None:
        """Tool rules on the request: the first that does not let it pass as it is, None if all do."""
        judge = self._judge
        self._now = datetime.datetime.fromtimestamp(exchange.time, datetime.UTC)
        changed: ToolVerdict | None = None
        if judge.web:
            action = self._with_body(exchange, action, judge.needs_body(action))
            verdict = judge.http(action)
            hangs += self._hanging.on_request(action, verdict.rule)
            if verdict.decision == "modify":
                changed = verdict
            elif verdict.decision != "allow":
                return verdict
        if not judge.tools:
            return changed
        if call is not None:
            for name in call.provider_tools:
                if not judge.lets_through(name):
                    reason = f"the provider would run {name} by itself, where no tool rule reaches"
                    raise Denied(Verdict("deny", "provider_tool", reason))
            return changed
        return self._mcp(exchange, running, hangs) or changed

    def _mcp(self, exchange: Exchange, running: Running, hangs: list[str]) -> ToolVerdict | None:
        if exchange.body is None:
            if mcp.says_json(exchange.headers):
                raise _Unsure(f"it may call a tool, and its body is not kept: {exchange.unkept}")
            return None
        if not exchange.body:
            return None
        try:
            request = mcp.read(running.request.headers, exchange.body)
        except Unreadable as error:
            raise Denied(Verdict("deny", "tool_call_unreadable", f"this request cannot be read: {error}")) from None
        changed: ToolVerdict | None = None
        for call in request.calls if request is not None else ():
            verdict = self._on_call(Asking(call.name, call.arguments, exchange.host), hangs)
            if verdict.decision == "modify":
                changed = changed or verdict
            elif verdict.decision != "allow":
                code = "tool_refused" if verdict.decision == "deny" else verdict.code
                return verdict._replace(code=code, reason=f"{call.name}: {verdict.reason}")
        return changed

    def _on_call(self, asking: Asking, hangs: list[str]) -> ToolVerdict:
        verdict = self._judge.tool(asking)
        hangs += self._hanging.on_call(asking, verdict.rule)
        return verdict

    def _routed(self, exchange: Exchange, running: Running, call: Call | None, standing: Standing) -> Opinion | str:
        """Where a model call goes: the model and the host, "" for what is no call; or why it goes nowhere."""
        if call is None or not call.billable or call.wire.framing == "none":
            return ""
        own = f"{call.model[:128]} at {exchange.host}"
        if not self.plan.routing.routes:
            return own
        size = len(running.request.body or b"")
        stated = (running.request.header(tasks.HEADER) or "") if self.plan.routing.trust_header else ""
        facts = tasks.asked(call, exchange.host, size, self._facts.id, self._facts.name)
        assessment = tasks.assessed(call, stated) if self._router.asks_task else None
        try:
            decision = self._router.decide(variables(facts, assessment, standing))
        except Undecided as error:
            return Opinion("deny", "route_undecided", str(error), None, "routing rule")
        target = decision.target or Target(call.model)
        if (target.host or exchange.host) == exchange.host and not target.path and target.model in ("", call.model):
            return own
        try:
            way = sending(call, running.snapshot(), target, self.decider, self._facts)
        except Unroutable as error:
            reason = f"routing rule {decision.rule} names another model than {own}: {error}"
            return Opinion("deny", error.code, reason, decision.rule, "routing rule")
        reason = f"routing rule {decision.rule} asks {way.told} instead of {own}: {decision.reason}"
        sent = f"{way.call.model[:128]} at {way.request.host}"
        return Opinion("modify", "routed", reason, decision.rule, "routing rule", sent=sent)

    # --- what models ask for ---

    @property
    def rules_tools(self) -> bool:
        """Whether there are rules over tools."""
        return self._judge.tools

    def tool_call(self, call: ToolCall, when: float) -> Opinion:
        """On a tool call that a model's answer asks for."""
        grounds = self._tool_grounds
        if not self._judge.tools:
            return Opinion(ALLOWED.decision, ALLOWED.code, ALLOWED.reason, None, "tool rule", grounds=grounds)
        if isinstance(call.arguments, Garbled):
            reason = f"its arguments cannot be read: {call.arguments.why}"
            return Opinion("deny", "tool_call_unreadable", reason, None, "tool rule", grounds=grounds)
        self._now = datetime.datetime.fromtimestamp(when, datetime.UTC)
        hangs: list[str] = []
        try:
            verdict = self._on_call(Asking(call.name, call.arguments), hangs)
        except Exception as error:  # as above
            return unsure(f"it could not be judged ({type(error).__name__})", grounds)
        return Opinion(
            verdict.decision, verdict.code, verdict.reason, verdict.rule, "tool rule", changed=verdict.arguments,
            unsure=tuple(hangs), grounds=grounds,
        )  # fmt: skip


class _Unsure(Exception):
    """Nothing can be said; the text says why."""


def _of(verdict: Verdict, hangs: list[str]) -> Opinion:
    return Opinion(verdict.decision, verdict.code, verdict.reason, verdict.rule, unsure=tuple(hangs))


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
