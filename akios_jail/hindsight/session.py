"""A recorded session, exchange by exchange, under another policy: what would have been decided otherwise.

Each exchange is judged as it was recorded. What an agent would have done instead, once something was decided
otherwise, nobody knows.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
from collections import Counter, deque
from typing import Final, NamedTuple

from akios_jail.broker.tally import shorten
from akios_jail.hindsight import answers, asked, comparing, telling
from akios_jail.hindsight.comparing import Finding, Recorded
from akios_jail.hindsight.court import Court
from akios_jail.hindsight.opinion import Opinion, unsure
from akios_jail.hindsight.spending import Days, Spending, Used
from akios_jail.launcher import runs
from akios_jail.launcher.errors import LaunchError
from akios_jail.policy.plans import SYNTHETIC_NETWORK, Plans
from akios_jail.providers.strictjson import Unreadable
from akios_jail.radar import reading, recording, rows
from akios_jail.radar.recorded import Exchange

#: Findings that are listed of the sessions that are judged together; more are counted.
LISTED: Final = 10_000
_BUDGET: Final = frozenset(("budget_spent", "budget_reserved", "budget_queued", "call_exceeds_minute_budget"))
#: Characters of the name of a tool in a ruling.
_NAME: Final = 128
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
    be decided otherwise, and cannot be judged at all; `notes`: what else there is to know. `effects`: how many findings
    of each effect there are, those beyond LISTED too."""

    session: str
    agent: str
    policy: str
    policy_sha256: str
    started: float
    verdicts: int
    reproduced: int
    changes: list[Row]
    unknown: list[Row]
    effects: Counter[str]
    gaps: list[str]
    notes: list[str]


class Accounts(NamedTuple):
    """What sessions that are judged together have used of days, under their own policies and under the other, and how
    many findings are listed of them, by kind."""

    own: Days
    new: Days
    listed: Counter[str]

    @classmethod
    def opened(cls) -> Accounts:
        """Before the first session."""
        return cls({}, {}, Counter())


def judge(state: str, session: str, plans: Plans, accounts: Accounts, opened: rows.Open = rows.opened) -> Judged:
    """The session under `plans`. `state`: the state folder; `opened`: how files in it are that brokers wrote.
    `recording.Unavailable` if it cannot be read."""
    own = _own(state, session)
    used = _used(state, session, opened)
    with (
        asyncio.Runner() as runner,
        recording.opened(os.path.join(state, "broker", "recordings"), session, opened) as recorded,
    ):
        facts = recorded.facts
        trial = _Trial(own, plans, session, telling.text(facts, "agent"), runner, accounts, used)
        for exchange in recorded.exchanges():
            trial.hear(exchange)
    return Judged(
        session=session,
        agent=telling.text(facts, "agent"),
        policy=telling.text(facts, "policy"),
        policy_sha256=telling.text(facts, "policy_sha256"),
        started=telling.number(facts.get("started")),
        verdicts=trial.verdicts,
        reproduced=trial.reproduced,
        changes=trial.changes,
        unknown=trial.unknown,
        effects=trial.effects,
        gaps=list(telling.gaps(own, plans, facts)),
        notes=list(telling.notes(own, plans, facts, trial.undecided)),
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
        self.verdicts = self.reproduced = self.undecided = 0
        self.effects: Counter[str] = Counter()
        self._accounts = accounts
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
            self._compare(exchange, exchange.kind, telling.where(exchange), was, own, new)
            return
        own, new = self._request(exchange, was)
        self._compare(exchange, "http", telling.where(exchange), was, own, new)
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
        ruled = deque(each for each in exchange.rulings if "tool" in each and not each.get("server"))
        for call in calls:
            own = self._own.tool_call(call, exchange.time) if self._own is not None else None
            new = self._new.tool_call(call, exchange.time)
            was = None
            if ruled and ruled[0].get("tool") == shorten(call.name, _NAME):
                was = comparing.recorded(ruled.popleft())
            if was is None:  # there was no rule over tools, or none was asked: arguments that nobody can read
                was = _said(own) if own is not None else _PASSED
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
        self.effects[finding.effect] += 1
        if self._accounts.listed.total() >= LISTED:
            return
        self._accounts.listed[exchange.kind] += 1
        new = new._replace(grounds=(), changed=None)  # which can be large
        listed = self.unknown if finding.effect == "unknown" else self.changes
        listed.append(Row(exchange.number, exchange.time, kind, what, was, new, finding))


def _said(own: Opinion) -> Recorded:
    """A verdict that is not recorded, as the session's own policy gives it."""
    return Recorded(own.decision, own.code, own.reason, own.rule, own.by)


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


def _used(state: str, session: str, opened: rows.Open) -> dict[str, Used]:
    """What calls used, by the ids of their requests, as the trace has it."""
    try:
        steps = reading.read(os.path.join(state, "broker", "traces"), session, opened).steps
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


def silent(state: str, session: str) -> Judged:
    """A session that asked for nothing."""
    plans = _own(state, session)
    policy, sha256 = (plans.name, plans.policy_sha256) if plans is not None else ("", "")
    return Judged(session, "", policy, sha256, 0.0, 0, 0, [], [], Counter(), [], ["it asked for nothing"])


def unread(session: str, why: str) -> Judged:
    """A session whose recording cannot be read."""
    return Judged(session, "", "", "", 0.0, 0, 0, [], [], Counter(), [why], [])
