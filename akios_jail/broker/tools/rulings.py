"""A verdict on a tool call carried out: on record, put before a person if need be, and told to whoever asked.

The same for calls that a model's answer asks for and for those that an agent makes over MCP: what differs is where
they stand, and that is the stages' matter.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from time import monotonic
from typing import Any

from akios_jail.audit.journal import AuditUnavailable
from akios_jail.broker import examined
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Headers
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session import Session
from akios_jail.broker.tally import shorten
from akios_jail.control.action import Action
from akios_jail.policy import forms
from akios_jail.policy.action import Action as Wanted
from akios_jail.policy.tools import Asking, Judge, ToolVerdict
from akios_jail.policy.verdict import Verdict
from akios_jail.providers.neutral import Garbled, Ruling
from akios_jail.radar.graph import Judged


class Rulings:
    """Rules on the tool calls and requests of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.judge = Judge(session.plan.tools, session.facts)

    def at_once(self, exchange: Exchange, askings: list[Asking]) -> list[Ruling] | None:
        """What becomes of these tool calls, durably on record, if nobody need be asked or waited for.

        None otherwise, and nothing is done. `Denied` if they cannot be recorded.
        """
        recorder = self._session.recorder
        if recorder.alone() is not True:
            return None
        began = monotonic()
        verdicts = [self.judge.tool(asking) for asking in askings]
        if any(verdict.decision == "hold" for verdict in verdicts):
            return None
        both = list(zip(askings, verdicts, strict=True))
        try:
            if not recorder.at_once([("verdict", _fields(exchange, *each, "")) for each in both]):
                return None
        except AuditUnavailable as error:
            raise _unrecorded(error) from error
        for asking, verdict in both:
            self._session.tally.tool(asking.name, verdict.decision)
            _note(exchange, asking, verdict, began)
        return [self._decided(asking, _where(exchange, asking), verdict) for asking, verdict in both]

    async def on_call(self, exchange: Exchange, asking: Asking) -> Ruling:
        """What becomes of one tool call, once that is durably on record. `Denied` if it cannot be recorded."""
        began = monotonic()
        verdict = self.judge.tool(asking)
        where = _where(exchange, asking)
        approval = ""
        if verdict.decision == "hold":
            ask = self._action(exchange, verdict, "tool_call", asking.name, where, asking.arguments)
            verdict, approval = await self._held(exchange, verdict, ask)
        counted = "held" if approval and verdict.decision == "allow" else verdict.decision
        self._session.tally.tool(asking.name, counted)
        await self._record(exchange, asking, verdict, approval)
        _note(exchange, asking, verdict, began)
        return self._decided(asking, where, verdict)

    def _decided(self, asking: Asking, where: str, verdict: ToolVerdict) -> Ruling:
        """A verdict that is on record takes effect."""
        if verdict.decision == "terminate":
            self._session.end("tool_terminated", verdict.reason)
        if verdict.decision in ("allow", "modify"):
            return Ruling(verdict.decision, verdict.reason, verdict.arguments)
        what = f"{asking.name} {where}"
        self._session.tally.denied(Verdict("deny", verdict.code, verdict.reason), what)
        return Ruling("deny", verdict.reason)

    async def on_garbled(self, exchange: Exchange, name: str, garbled: Garbled) -> Ruling:
        """A call whose arguments nobody can read is refused, whatever the rules say of its tool."""
        reason = f"its arguments cannot be read: {garbled.why}"
        self._session.tally.tool(name, "deny")
        verdict = ToolVerdict("deny", "tool_call_unreadable", reason)
        await self._record(exchange, Asking(name, garbled.written), verdict, "")
        self._session.tally.denied(Verdict("deny", verdict.code, reason), f"{name} asked for by {exchange.host}")
        return Ruling("deny", f"{reason}. It can be called again with arguments that are one JSON object")

    async def on_request(self, exchange: Exchange, action: Wanted) -> ToolVerdict:
        """What becomes of one HTTP request: allow, modify, deny or terminate, a person having been asked."""
        verdict = self.judge.http(action)
        if verdict.decision == "hold":
            body = examined.as_read(exchange, await exchange.read_decoded(_MOST_SHOWN))
            exchange.replace_body(body)  # what is shown is what is sent
            headers = exchange.request.headers
            content = {"headers": _shown(headers), "body": _text(body, headers)}
            url = f"{action.protocol}://{action.host}:{action.port}{exchange.request.target}"
            ask = self._action(exchange, verdict, "http", f"{action.method} {url}", "by the agent itself", content)
            verdict, _ = await self._held(exchange, verdict, ask)
        if verdict.decision == "terminate":
            self._session.end("tool_terminated", verdict.reason)
        return verdict

    def _action(
        self, exchange: Exchange, verdict: ToolVerdict, kind: str, name: str, where: str, content: Any
    ) -> Action:
        return Action(
            session=self._session.id,
            session_name=self._session.facts.name,
            request=exchange.id,
            kind=kind,
            name=name,
            where=where,
            content=content,
            rule=verdict.rule,
            reason=verdict.reason,
            nonce=secrets.token_hex(8),
        )

    async def _held(self, exchange: Exchange, verdict: ToolVerdict, action: Action) -> tuple[ToolVerdict, str]:
        """What a person makes of a held action, and the id of the approval."""
        try:
            outcome = await self._session.desk.ask(action, verdict.timeout_s)
        except AuditUnavailable as error:
            raise _unrecorded(error) from error
        decision = "allow" if outcome.approved is True else "deny"
        exchange.ruled.append(action.named() | {"approval": outcome.code, "reason": outcome.reason})
        reason = outcome.reason if outcome.approved is True else f"{verdict.reason}; {outcome.reason}"
        return ToolVerdict(decision, outcome.code, reason, verdict.rule), outcome.id

    async def _record(self, exchange: Exchange, asking: Asking, verdict: ToolVerdict, approval: str) -> None:
        try:
            await self._session.recorder.durable("verdict", _fields(exchange, asking, verdict, approval))
        except AuditUnavailable as error:
            raise _unrecorded(error) from error


def _where(exchange: Exchange, asking: Asking) -> str:
    """Who asks for it, or whom it is for, as people are told."""
    return f"to the MCP server {asking.server}" if asking.server else f"asked for by the model of {exchange.host}"


def _note(exchange: Exchange, asking: Asking, verdict: ToolVerdict, began: float) -> None:
    """Put a ruling where the trace and the recording find it."""
    exchange.rulings.append(_judged(asking, verdict, began))
    told = {"tool": shorten(asking.name, 128), "server": asking.server, **verdict._asdict()}
    exchange.ruled.append({name: value for name, value in told.items() if name not in ("arguments", "timeout_s")})


def _judged(asking: Asking, verdict: ToolVerdict, began: float) -> Judged:
    """A ruling as the trace shows it, with the time that it took, a person's included."""
    word = {"allow": "PASS", "modify": "CHANGED"}.get(verdict.decision, "REFUSED")
    rule = f"tool rule {verdict.rule}" if verdict.rule is not None else verdict.reason
    took = round((monotonic() - began) * 1000, 3)
    return Judged(asking.name, f"{word} ({rule})", took, refused=word == "REFUSED")


def _fields(exchange: Exchange, asking: Asking, verdict: ToolVerdict, approval: str) -> dict[str, Any]:
    """A ruling as it is on record."""
    fields: dict[str, Any] = {
        "action": "tool_call",
        "request_id": exchange.id,
        "decision": verdict.decision,
        "code": verdict.code,
        "reason": shorten(verdict.reason),
        "tool_rule": verdict.rule,
        "tool": shorten(asking.name, 128),
        "server": asking.server,
        "arguments_sha256": _digest(asking.arguments),
    }
    if approval:
        fields["approval"] = approval
    if verdict.decision == "modify":
        fields["new_arguments_sha256"] = _digest(verdict.arguments)
    return fields


#: Bytes of a request's body that can be put before a person.
_MOST_SHOWN = 192 * 1024
#: Header fields whose values are keys: their size is shown.
_SECRET = ("authorization", "cookie", "key", "token", "secret", "signature")


def _shown(headers: Headers) -> list[list[str]]:
    return [
        [name, f"({len(value)} characters that are not shown, SHA-256 {hashlib.sha256(value.encode()).hexdigest()})"]
        if any(word in name.lower() for word in _SECRET)
        else [name, value]
        for name, value in headers
    ]


def _text(body: bytes, headers: Headers) -> Any:
    """A body as people read it: the fields of a form, JSON, text, or else its bytes in hex."""
    if forms.kind(headers) == "form":
        with contextlib.suppress(forms.Unreadable):
            return {"form": [list(pair) for pair in forms.read(body).pairs]}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"bytes": body.hex()}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text
    # What is written in another way (a key twice, other spaces) is shown as it is.
    return document if isinstance(document, (dict, list)) and _digest(document) == _digest_of(text) else text


def _digest(value: Any) -> str:
    return _digest_of(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _unrecorded(error: AuditUnavailable) -> Denied:
    return Denied(Verdict("deny", "audit_unavailable", f"nothing is allowed that cannot be recorded: {error}"))
