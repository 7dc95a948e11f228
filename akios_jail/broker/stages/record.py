"""record: what takes effect is on the durable record first.

The verdict is written before anything goes upstream and before a refusal is sent; the settlement (what it cost, how it
ended, digests of what passed) when the exchange is over. Digests and counts, never payloads.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import time
from collections import Counter
from itertools import islice
from typing import Any

from akios_jail.audit.journal import AuditUnavailable
from akios_jail.broker.exchange import Attempt, Exchange, Usage
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session import Session
from akios_jail.broker.tally import shorten
from akios_jail.flux.hold import Hold
from akios_jail.flux.ledger import Spent
from akios_jail.policy.verdict import Verdict

#: Entries of one list or mapping of a note that are kept.
_NOTED = 32
#: Paths that are remembered as holding no personal data.
_PLAIN = 1_000
#: All notes of one record together; beyond, only their size is on record.
_NOTES_BYTES = 8 * 1024


class Record:
    """Writes verdicts and settlements of one session, and counts them for its report."""

    name = "record"

    def __init__(self, session: Session) -> None:
        self._session = session
        self._plain: set[str] = set()  # paths that hold nothing

    async def request(self, exchange: Exchange) -> None:
        """The verdict that lets it pass, durable before it does."""
        verdict = exchange.verdict = _overall(exchange.verdicts)
        if verdict.allowed is not True:
            raise Denied(verdict)
        await self._look(exchange)
        request, passage = exchange.request, exchange.passage
        if request.body is None:
            request.stream = passage.request.watch(request.stream)
        else:
            passage.request.feed(request.body)
        # From here on it may be on record, so that it must be settled even if the agent leaves before it is certain.
        passage.allowed = verdict.decision
        try:
            await self._write("verdict", _verdict_fields(exchange, verdict))
        except Denied:
            if not exchange.attempts:
                passage.allowed = None
            raise

    async def response(self, exchange: Exchange) -> None:
        """The answer is watched as the agent gets it, after every other stage."""
        exchange.response.body = exchange.passage.response.watch(exchange.response.body)

    def attempted(self, exchange: Exchange, attempt: Attempt) -> None:
        """An attempt is over that the agent does not see; another follows. Does not wait for the disk."""
        fields: dict[str, Any] = {
            "request_id": exchange.id,
            "attempt": attempt.number,
            "host": attempt.host,
            "model": shorten(attempt.model, 128),
            "upstream_status": attempt.status,
            "failure": attempt.failure,
            "request_bytes": attempt.request_bytes,
            "request_sha256": attempt.request_sha256,
        }
        if attempt.usage is not None:
            self._session.tally.used(attempt.usage)
            fields["usage"] = attempt.usage._asdict()
            self._overrun(exchange, attempt.usage, fields)
        self._session.recorder.submit("attempt", fields, lingers=True)

    async def refused(self, exchange: Exchange, verdict: Verdict, *, counted: bool = False) -> None:
        """The verdict that refuses it. If even that cannot be recorded it is refused all the same.

        `counted`: the tally has this denial already, with what was denied in the exchange.
        """
        exchange.verdict = verdict
        try:
            await self._look(exchange)
        except asyncio.CancelledError:  # the agent has left: on record it is all the same
            self._count_refused(exchange, verdict, counted)
            self._session.recorder.submit("verdict", _verdict_fields(exchange, verdict))
            raise
        self._count_refused(exchange, verdict, counted)
        try:
            await self._write("verdict", _verdict_fields(exchange, verdict))
        except Denied:
            return

    def _count_refused(self, exchange: Exchange, verdict: Verdict, counted: bool) -> None:
        if not counted:
            self._session.tally.denied(verdict, _what(exchange))
        if exchange.traced is None:
            self._trace(exchange, {"policy_check": f"REFUSED ({verdict.code})", "reason": shorten(verdict.reason, 256)})

    def closed(self, exchange: Exchange, status: int | None) -> None:
        """The exchange is over; `status` is what the agent got, None if it left before. Does not wait for the disk."""
        tally, passage = self._session.tally, exchange.passage
        if passage.allowed is None:
            return
        tally.decided(passage.allowed)
        tally.reached(exchange.host)
        tally.findings.update(exchange.replaced)
        tally.observed.update(Counter(exchange.findings) - Counter(exchange.replaced))
        tally.unread.update(exchange.unread)
        if exchange.call is not None:
            tally.calls += 1
        elif exchange.opaque:
            tally.opaque += 1
        if exchange.cut is not None:
            tally.denied(exchange.cut, _what(exchange))
            self._session.recorder.submit("verdict", _verdict_fields(exchange, exchange.cut), lingers=True)
        fields: dict[str, Any] = {
            "request_id": exchange.id,
            "status": status,
            "upstream_status": exchange.response.status if exchange.answered else None,
            "failure": passage.failure,
            "request_bytes": passage.request.bytes,
            "request_sha256": passage.request.sha256,
            "response_bytes": passage.response.bytes,
            "response_sha256": passage.response.sha256,
            "duration_ms": round((time.monotonic() - passage.started) * 1000, 1),
        }
        if exchange.traced is None:
            rule = exchange.verdicts[0].rule if exchange.verdicts else None
            duration = fields["duration_ms"]
            self._trace(exchange, {"policy_check": f"PASS (rule {rule})", "status": status, "latency_ms": duration})
        if exchange.usage is not None:
            tally.used(exchange.usage)
            self._overrun(exchange, exchange.usage, fields)
        total = _total([*exchange.usages, *([exchange.usage] if exchange.usage is not None else [])])
        if total is not None:
            fields["usage"] = total._asdict()
        if exchange.attempts:
            fields["attempts"] = exchange.attempt
        if exchange.notes:
            fields["notes"] = _notes(exchange)
        self._session.recorder.submit("settlement", fields, lingers=True)

    def _trace(self, exchange: Exchange, facts: dict[str, Any]) -> None:
        """A step of the trace for what is no call to a model."""
        clean = self._session.clean({"method": exchange.request.method, "target": _where(exchange)})
        self._session.tracer.noted("network", exchange.id, {**clean, **facts})

    def _overrun(self, exchange: Exchange, usage: Usage, fields: dict[str, Any]) -> None:
        """Count and write down by how much the call used more than was reserved for it."""
        hold = getattr(exchange.call, "hold", None)
        used = Spent(usage.cost_microusd, usage.input_tokens + usage.output_tokens)
        over = hold.overrun(used) if isinstance(hold, Hold) else None
        if over is not None:
            self._session.tally.overran(over.microusd, over.tokens)
            fields["overrun"] = over._asdict()

    async def _look(self, exchange: Exchange) -> None:
        """Personal data in a path is not for the record, whoever was to look for it: a request may have been refused
        before, or go where the policy keeps nothing from."""
        if exchange.path_known or self._session.personal is None:
            return
        exchange.path_known = True
        path = exchange.request.path
        if path in self._plain:
            return
        from akios_jail.broker.looked import path_of  # here, since most sessions need it not

        exchange.shown_path = "/…"  # should nobody wait for what comes of it
        exchange.shown_path = await path_of(self._session, exchange)
        if exchange.shown_path is None and len(self._plain) < _PLAIN:
            self._plain.add(path)

    async def _write(self, kind: str, fields: dict[str, Any]) -> None:
        try:
            await self._session.recorder.durable(kind, fields)
        except AuditUnavailable as error:
            reason = f"nothing is allowed that cannot be recorded: {error}"
            raise Denied(Verdict("deny", "audit_unavailable", reason)) from error


def _overall(verdicts: list[Verdict]) -> Verdict:
    """The one verdict that sums up what the stages said: the admitting rule, `modify` if any stage changed it."""
    if not verdicts:
        return Verdict("deny", "no_verdict", "no stage decided about this, so it may not pass")
    for verdict in verdicts:
        if verdict.allowed is not True:
            return verdict
    modified = [verdict for verdict in verdicts if verdict.decision == "modify"]
    return modified[-1]._replace(rule=verdicts[0].rule) if modified else verdicts[0]


def _total(usages: list[Usage]) -> Usage | None:
    """What all attempts used together; the model is the last one's. None if there was nothing to pay."""
    if not usages:
        return None
    return Usage(
        sum(usage.input_tokens for usage in usages),
        sum(usage.output_tokens for usage in usages),
        sum(usage.cost_microusd for usage in usages),
        usages[-1].model,
        any(usage.estimated for usage in usages),
    )


def _notes(exchange: Exchange) -> dict[str, Any]:
    """What stages noted, as an audit record may carry it."""
    notes: dict[str, Any] = _bounded(exchange.notes, 4)
    size = len(json.dumps(notes))
    return notes if size <= _NOTES_BYTES else {"omitted_bytes": size}


def _bounded(value: Any, depth: int) -> Any:
    """JSON, a few levels deep, its texts short and printable."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict) and depth:
        return {shorten(str(key), 64): _bounded(item, depth - 1) for key, item in islice(value.items(), _NOTED)}
    if isinstance(value, (list, tuple)) and depth:
        return [_bounded(item, depth - 1) for item in value[:_NOTED]]
    return shorten(str(value), 256)


def _verdict_fields(exchange: Exchange, verdict: Verdict) -> dict[str, Any]:
    request = exchange.request
    fields: dict[str, Any] = {
        "action": "http",
        "request_id": exchange.id,
        "decision": verdict.decision,
        "code": verdict.code,
        "reason": shorten(verdict.reason),
        "rule": verdict.rule,
        "host": exchange.host,
        "port": exchange.port,
        "protocol": exchange.protocol,
        "method": request.method,
        "path": shorten(exchange.recorded_path),
    }
    if request.query:
        fields["query_sha256"] = hashlib.sha256(request.query.encode()).hexdigest()
    if request.body:
        fields["body_sha256"] = exchange.passage.request.sha256 or hashlib.sha256(request.body).hexdigest()
    changes = [change for change in exchange.verdicts if change.decision == "modify"]
    if len(changes) > 1:
        fields["changes"] = [{"code": change.code, "reason": shorten(change.reason, 256)} for change in changes[-16:]]
    if exchange.findings:
        fields["findings"] = dict(exchange.findings)
    if exchange.unread:
        fields["unread"] = dict(exchange.unread)
    if exchange.opaque:
        fields["call"] = {"opaque": True, "provider": shorten(exchange.opaque, 128)}
    if exchange.call is not None:
        fields["call"] = {"provider": exchange.call.provider, "model": shorten(exchange.call.model, 128)}
        if exchange.call.shown_model:
            fields["call"]["asked_model"] = shorten(exchange.call.shown_model, 128)
    if exchange.attempts:
        fields["attempt"] = exchange.attempt
    if exchange.notes:
        fields["notes"] = _notes(exchange)
    return fields


def _what(exchange: Exchange) -> str:
    return f"{exchange.request.method} {_where(exchange)}"


def _where(exchange: Exchange) -> str:
    default = {"https": 443, "http": 80}.get(exchange.protocol)
    port = "" if exchange.port == default else f":{exchange.port}"
    return f"{exchange.protocol}://{exchange.host}{port}{exchange.recorded_path}"
