"""A recorded session, exchange by exchange, under another policy: what would have been decided otherwise.

Each exchange is judged as it was recorded. What an agent would have done instead, once something was decided
otherwise, nobody knows.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from akios_jail.hindsight import answers, asked, comparing, personal
from akios_jail.hindsight.comparing import Finding, Recorded
from akios_jail.hindsight.court import Court
from akios_jail.hindsight.opinion import Opinion, unsure
from akios_jail.hindsight.spending import Days, Spending, Used
from akios_jail.launcher import runs
from akios_jail.launcher.errors import LaunchError
from akios_jail.policy.plans import SYNTHETIC_NETWORK, Plans
from akios_jail.providers.strictjson import Unreadable
from akios_jail.radar import reading, recording
from akios_jail.radar.recorded import Exchange

#: Findings of one session that are listed; more are counted.
LISTED: Final = 10_000
#: Characters of a path that are shown.
_SHOWN: Final = 500
_BUDGET: Final = frozenset(("budget_spent", "budget_reserved", "budget_queued", "call_exceeds_minute_budget"))
_PASSED: Final = Recorded("allow", "tool_allowed", "no tool rule speaks of it", None, "tool rule")


class Row(NamedTuple):
    """One finding. `number`: of the exchange, from 1; `kind`: http | connect | dns | packet | tool_call."""

    number: int
    time: float
    kind: str
    what: str
    old: Recorded
    new: Opinion
    finding: Finding


class Judged(NamedTuple):
    """One session. `reproduced`: so many of `verdicts` are what its own policy is found to say, too. `gaps`: what may
    be decided otherwise, and cannot be judged at all; `notes`: what else there is to know. `more`: findings beyond
    those that are listed."""

    session: str
    agent: str
    policy: str
    policy_sha256: str
    started: float
    verdicts: int
    reproduced: int
    changes: list[Row]
    unknown: list[Row]
    more: int
    gaps: list[str]
    notes: list[str]


class Accounts(NamedTuple):
    """What sessions that are judged together have used of days, under their own policies and under the other."""

    own: Days
    new: Days


def judge(state: str, session: str, plans: Plans, accounts: Accounts) -> Judged:
    """The session under `plans`. `state`: the state folder. `recording.Unavailable` if it cannot be read."""
    own = _own(state, session)
    with (
        asyncio.Runner() as runner,
        recording.opened(os.path.join(state, "broker", "recordings"), session) as recorded,
    ):
        facts = recorded.facts
        trial = _Trial(own, plans, session, _text(facts, "agent"), runner, accounts, _used(state, session))
        for exchange in recorded.exchanges():
            trial.hear(exchange)
    return Judged(
        session=session,
        agent=_text(facts, "agent"),
        policy=_text(facts, "policy"),
        policy_sha256=_text(facts, "policy_sha256"),
        started=_number(facts.get("started")),
        verdicts=trial.verdicts,
        reproduced=trial.reproduced,
        changes=trial.changes,
        unknown=trial.unknown,
        more=trial.more,
        gaps=list(_gaps(own, plans, facts)),
        notes=list(_notes(own, plans, facts, trial)),
    )


class _Trial:
    """Hears one exchange after the other."""

    def __init__(
        self,
        own: Plans | None,
        new: Plans,
        session: str,
        name: str,
        runner: asyncio.Runner,
        accounts: Accounts,
        used: dict[str, Used],
    ) -> None:
        self._plans = (own.broker if own is not None else None, new.broker)
        self._own = Court(own.broker, session, name, runner) if own is not None else None
        self._new = Court(new.broker, session, name, runner)
        self._own_money = Spending(own.broker.budget, accounts.own) if own is not None else None
        self._new_money = Spending(new.broker.budget, accounts.new)
        self._used = used
        self._names = {each.address: each.host for each in own.egress.hosts if each.address} if own is not None else {}
        self.verdicts = self.reproduced = self.more = self.undecided = 0
        self.changes: list[Row] = []
        self.unknown: list[Row] = []

    def hear(self, exchange: Exchange) -> None:
        """One exchange, with the tool calls in its answer."""
        was = comparing.recorded(exchange.verdict)
        if was is None:
            self.undecided += 1  # the agent left before there was one
            return
        if exchange.kind != "http":
            own, new = self._connection(exchange, was)
            self._compare(exchange, exchange.kind, _where(exchange), was, own, new)
            return
        own, new = self._request(exchange, was)
        self._compare(exchange, "http", _where(exchange), was, own, new)
        if new.passes and was.decision in ("allow", "modify") and exchange.call is not None and exchange.attempts:
            self._tool_calls(exchange)

    def _request(self, exchange: Exchange, was: Recorded) -> tuple[Opinion | None, Opinion]:
        used = self._used.get(exchange.request_id)
        own = None
        if self._own is not None and self._own_money is not None:
            own = self._own.request(exchange, self._own_money.standing(exchange.time))
            own = _paid(exchange, own, self._own_money, used, was)
            self._own_money.add(exchange.time, used or Used())
        new = self._new.request(exchange, self._new_money.standing(exchange.time))
        new = _paid(exchange, new, self._new_money, used, was)
        if new.passes or new.decision == "hold":
            self._new_money.add(exchange.time, used or Used())
        changed = was.code == "tool_modified" and own is not None and own.grounds != new.grounds
        if changed and own is not None and not new.unsure:
            new = new._replace(unsure=("it is recorded as a tool rule of the session's own policy changed it",))
        return own, new

    def _connection(self, exchange: Exchange, was: Recorded) -> tuple[Opinion | None, Opinion]:
        own = _on_connection(self._own, exchange, was, self._names) if self._own is not None else None
        new = _on_connection(self._new, exchange, was, self._names)
        passed_on = was.decision in ("allow", "modify") and (own is None or own.sent == "unread")
        if passed_on and new.passes and new.sent == "read":
            new = unsure("it would be read, and every request in it judged: none is recorded", new.grounds)
        return own, new

    def _tool_calls(self, exchange: Exchange) -> None:
        courts = [court for court in (self._own, self._new) if court is not None]
        if not any(court.rules_tools for court in courts):
            return
        try:
            calls = answers.tool_calls(exchange.attempts[-1])
        except Exception as error:  # an answer that nobody could read
            what = (
                f"the tool calls of its answer cannot be told: {error if isinstance(error, Unreadable) else 'broken'}"
            )
            new = unsure(what, asked.of_tools(self._new.plan.tools))
            own = unsure(what, asked.of_tools(self._own.plan.tools)) if self._own is not None else None
            self._compare(exchange, "tool_call", f"answer of {exchange.host}", _PASSED, own, new)
            return
        ruled = [each for each in exchange.rulings if "tool" in each and not each.get("server")]
        for place, call in enumerate(calls):
            own = self._own.tool_call(call, exchange.time) if self._own is not None else None
            new = self._new.tool_call(call, exchange.time)
            said = ruled[place] if place < len(ruled) and ruled[place].get("tool") == call.name else {}
            was = comparing.recorded(said) or _PASSED
            self._compare(exchange, "tool_call", f"{call.name}, asked for by {exchange.host}", was, own, new)

    def _compare(
        self, exchange: Exchange, kind: str, what: str, was: Recorded, own: Opinion | None, new: Opinion
    ) -> None:
        if kind == "tool_call":
            was = was._replace(by="tool rule")
        self.verdicts += 1
        self.reproduced += own is not None and comparing.reproduced(was, own)
        finding = comparing.compared(was, own, new, self._plans)
        if finding is None:
            return
        if len(self.changes) + len(self.unknown) >= LISTED:
            self.more += 1
            return
        listed = self.unknown if finding.effect == "unknown" else self.changes
        listed.append(Row(exchange.number, exchange.time, kind, what, was, new, finding))


def _paid(exchange: Exchange, opinion: Opinion, money: Spending, used: Used | None, was: Recorded) -> Opinion:
    """The same, if there is money for it."""
    opinion = opinion._replace(grounds=(*opinion.grounds, money.budget)) if exchange.call is not None else opinion
    if exchange.call is None or not opinion.passes:
        return opinion
    refused = money.refused(exchange.time, used)
    if refused is None or (used is None and not refused.sure and was.code not in _BUDGET):
        return opinion
    ends = refused.limit.action == "terminate_with_summary"
    decision = "terminate" if ends else "deny"
    queued = refused.limit.action == "alert_and_queue"
    code = "budget_queued" if queued else "budget_spent"
    hangs = opinion.unsure if refused.sure else (*opinion.unsure, refused.reason)
    return Opinion(decision, code, refused.reason, None, "", unsure=hangs, grounds=opinion.grounds)


def _on_connection(court: Court, exchange: Exchange, was: Recorded, names: dict[str, str]) -> Opinion:
    """What is no HTTP. What a refusal is called is not the policy's matter here."""
    host = exchange.host
    if exchange.kind == "dns":
        opinion = court.name(host.rstrip(".").lower())
    elif exchange.kind == "packet" and exchange.protocol != "tcp":
        opinion = Opinion("deny", was.code, "only connections of TCP can be allowed")
    elif host not in names and _is_synthetic(host):
        rules = tuple(rule._replace(number=0, line=0, description="") for rule in court.plan.rules)
        opinion = unsure("which name this address stood for is not recorded", rules)
    else:
        protocol = "tcp" if exchange.kind == "packet" else exchange.protocol
        opinion = court.connection(names.get(host, host), exchange.port, protocol)
    return opinion if opinion.passes or opinion.unsure else opinion._replace(code=was.code)


def _is_synthetic(host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(SYNTHETIC_NETWORK)
    except ValueError:
        return False


def _own(state: str, session: str) -> Plans | None:
    """What the session's own policy came to, None if that is not kept."""
    try:
        return runs.read(state, session).plans
    except LaunchError:
        return None


def _used(state: str, session: str) -> dict[str, Used]:
    """What calls used, by the ids of their requests, as the trace has it."""
    try:
        steps = reading.read(os.path.join(state, "broker", "traces"), session).steps
    except reading.Unavailable:
        return {}
    found: dict[str, Used] = {}
    for step in steps:
        cost, told, wrote = (step.fields.get(name) for name in ("cost_microusd", "input_tokens", "output_tokens"))
        amounts = [each if type(each) is int and 0 <= each < 1 << 50 else 0 for each in (cost, told, wrote)]
        if step.request_id and any(amounts):
            before = found.get(step.request_id, Used())
            found[step.request_id] = Used(before.microusd + amounts[0], before.tokens + amounts[1] + amounts[2])
    return found


def _gaps(own: Plans | None, new: Plans, facts: dict[str, Any]) -> Iterator[str]:
    if facts.get("left_out") or facts.get("failure"):
        yield f"not all of the session is recorded: {facts.get('failure') or 'there was no room for some of it'}"
    if own is None:
        yield "what its own policy came to is not kept: recorded verdicts alone are compared"
        return
    fresh = sorted(personal.acted_on(new.broker) - personal.looked_for(own.broker.pii))
    if fresh:
        some = ", ".join(fresh[:5]) + (", …" if len(fresh) > 5 else "")
        yield f"nobody looked for {some} in what was recorded, and this policy does"
    if own.broker.credentials != new.broker.credentials:
        yield "keys are placed otherwise by this policy: what that refuses is not judged"


def _notes(own: Plans | None, new: Plans, facts: dict[str, Any], trial: _Trial) -> Iterator[str]:
    if "outcome" not in facts:
        yield "it runs, or was killed: judged is what is recorded until now"
    if own is not None and own.jail != new.jail:
        yield "files, limits, environment or system calls differ: what the jail itself refuses is not recorded"
    if trial.undecided:
        yield f"{trial.undecided} requests have no verdict: the agent left before there was one"


def _where(exchange: Exchange) -> str:
    host = f"[{exchange.host}]" if ":" in exchange.host else exchange.host
    if exchange.kind == "dns":
        return f"the name {host}"
    port = f":{exchange.port}" if exchange.port else ""
    if exchange.kind != "http":
        return f"{exchange.protocol} {host}{port}"
    usual = {"https": ":443", "http": ":80"}.get(exchange.protocol)
    model = f" ({str(exchange.call.get('model'))[:128]})" if exchange.call is not None else ""
    path = exchange.path if len(exchange.path) <= _SHOWN else f"{exchange.path[:_SHOWN]}…"
    return f"{exchange.method} {exchange.protocol}://{host}{'' if port == usual else port}{path}{model}"


def _text(facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 253_402_300_799
    return float(value) if known else 0.0


def silent(state: str, session: str) -> Judged:
    """A session that asked for nothing."""
    plans = _own(state, session)
    policy, sha256 = (plans.name, plans.policy_sha256) if plans is not None else ("", "")
    return Judged(session, "", policy, sha256, 0.0, 0, 0, [], [], 0, [], ["it asked for nothing"])


def unread(session: str, why: str) -> Judged:
    """A session whose recording cannot be read."""
    return Judged(session, "", "", "", 0.0, 0, 0, [], [], 0, [why], [])
