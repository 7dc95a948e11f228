"""One session as the broker knows it: who it is, what was decided, and what the launcher's report will say.

Light to import: a session is opened, and its start is on record, before any HTTP library is loaded.
"""

from __future__ import annotations

import functools
import json
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from akios_jail.audit.log import AuditLog
from akios_jail.audit.record import Record
from akios_jail.broker import limits
from akios_jail.broker.recorder import Recorder
from akios_jail.credentials.keys import Held
from akios_jail.policy.plans import BrokerPlan, EgressPlan, parse
from akios_jail.policy.verdict import Verdict

if TYPE_CHECKING:
    from concurrent.futures import Future

    from akios_jail.broker.exchange import Usage
    from akios_jail.broker.money.account import Account
    from akios_jail.broker.tools.desk import Desk
    from akios_jail.broker.webhook import Webhooks
    from akios_jail.credentials.find import Finder
    from akios_jail.credentials.scrub import Scrubber
    from akios_jail.flux.routing import Standing
    from akios_jail.policy import decide


class Options(NamedTuple):
    """What the operator said on the command line about upstreams."""

    connect_to: tuple[tuple[str, int, str, int], ...]  # host, port -> host2, port2; "" and 0 match any
    upstream_ca_pem: str
    java_truststore: bool
    state_folder: str  # where the broker keeps what outlives the session


class Opening(NamedTuple):
    """The session as the launcher describes it, checked."""

    id: str
    name: str
    argv: tuple[str, ...]
    policy_name: str
    policy_sha256: str
    uid: int
    started: float
    options: Options
    plan: BrokerPlan
    egress: EgressPlan
    flux_sha256: str = ""  # of the FluxConfig beside the policy, "" without one


class Session:
    """An open session. `notify` tells the launcher: `notify(message type, fields)`, from any thread."""

    def __init__(
        self,
        opening: Opening,
        log: AuditLog,
        notify: Callable[[str, dict[str, Any]], None],
        held: tuple[Held, ...] = (),
    ) -> None:
        self.opening = opening
        self.held = held
        self.id = opening.id
        self.plan = opening.plan
        self._notify = notify
        self._ended = False
        self.recorder = Recorder(log, opening.id, opening.policy_sha256, self._audit_failed, self.clean)
        self.tally = Tally()
        self.summary: dict[str, Any] | None = None  # of a session that its budget ended
        self.webhooks: Webhooks | None = None  # once the session has its way out
        self.standing: Callable[[], Standing] | None = None

    @functools.cached_property
    def decider(self) -> decide.Decider:
        """The policy, made ready for quick decisions. First asked for when the session is served: CEL is heavy."""
        from akios_jail.policy.decide import Decider

        return Decider(self.plan)

    @functools.cached_property
    def account(self) -> Account:
        """What the session may spend. First asked for when the session is served."""
        from akios_jail.broker.money.account import Account

        account = Account(self.plan, self.id, self.opening.name, self.state_folder, self.note, self.end)
        self.standing = account.standing
        return account

    @property
    def facts(self) -> decide.Session:
        """What conditions may know of this session."""
        from akios_jail.policy import decide

        return decide.Session(self.id, self.opening.name)

    @property
    def state_folder(self) -> str:
        """Where what outlives the session is kept: budgets and approvals, shared by all brokers of the machine."""
        return self.opening.options.state_folder

    def start(self) -> Record:
        """Put the session's start on record, durably. `AuditUnavailable` if it cannot be: then there is no session."""
        opening = self.opening
        return self.recorder.now(
            "session.start",
            {
                "name": shorten(opening.name),
                "argv": [shorten(argument, 256) for argument in opening.argv[:64]],
                "policy_name": opening.policy_name,
                **({"flux_sha256": opening.flux_sha256} if opening.flux_sha256 else {}),
                "uid": opening.uid,
                "connect_to": [":".join(map(str, mapping)) for mapping in opening.options.connect_to[:64]],
            },
        )

    @functools.cached_property
    def finder(self) -> Finder | None:
        """Looks for placeholders and keys where they must not be; None where there are none."""
        if not self.held:
            return None
        from akios_jail.credentials.find import Finder

        return Finder(self.held)

    @functools.cached_property
    def scrubber(self) -> Scrubber | None:
        """Takes keys out; None where there are none. Made before the agent's first connection is served."""
        if not self.held:
            return None
        from akios_jail.credentials.scrub import Scrubber

        return Scrubber(self.held)

    @functools.cached_property
    def desk(self) -> Desk:
        """Where people are asked. First asked for in the event loop, by the first action that waits."""
        from akios_jail.broker.tools.desk import Desk

        return Desk(self)

    def tell(self, kind: str, fields: dict[str, Any]) -> None:
        """Send the launcher a message about this session."""
        self._notify(kind, {"session": self.id, **self.clean(fields)})

    def violated(self, code: str, reason: str, fields: dict[str, Any]) -> Future[Record]:
        """The agent did what no honest one does: counted, and durably on record when the future is done."""
        self.tally.violations += 1
        return self.recorder.submit("session.violation", {"code": code, "reason": shorten(reason), **fields})

    def note(self, kind: str, fields: dict[str, Any]) -> None:
        """Put something on record that nobody waits for."""
        self.recorder.submit(kind, fields, lingers=True)

    def end(self, code: str, reason: str) -> None:
        """Governance ends the session: the launcher is told to kill the agent. Only the first call counts."""
        if not self._ended:
            self._ended = True
            self.tell("end", {"code": code, "reason": reason})

    def finish(self, outcome: dict[str, Any]) -> dict[str, Any]:
        """Put the session's end on record and return what the broker adds to the run report.

        `AuditUnavailable` if the end could not be recorded.
        """
        summary = None
        if self.summary is not None:  # the text is not for the record, which holds no payloads
            summary = {name: value for name, value in self.summary.items() if name not in ("text", "cost")}
        ended = {"outcome": outcome, **self.tally.summary(), **({"summary": summary} if summary is not None else {})}
        self.recorder.now("session.end", ended)
        self.recorder.close()
        if "desk" in self.__dict__:  # somebody was asked
            self.desk.close()
        first, last = self.recorder.first, self.recorder.last
        return {
            **self.clean(self.tally.report()),
            **(self.clean({"summary": self.summary}) if self.summary is not None else {}),
            "audit": {
                "first_seq": first.seq if first else None,
                "last_seq": last.seq if last else None,
                "head": last.sha256 if last else None,
            },
        }

    def clean(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Without keys: an agent may have found one elsewhere, and put it into a path or a name that is written down.

        A session that has not been served yet has heard nothing of its agent, and needs nothing loaded for it.
        """
        scrubber = self.__dict__.get("scrubber")
        if scrubber is None:
            return fields
        clean: dict[str, Any] = scrubber.everything(fields)
        return clean

    def _audit_failed(self, reason: str) -> None:
        self.end("audit_unavailable", reason)


class Tally:
    """What happened in a session, counted. Denials are kept up to a bound; the audit log has them all."""

    def __init__(self) -> None:
        self.verdicts = {"allow": 0, "deny": 0, "modify": 0}
        self.denials: list[dict[str, Any]] = []
        self.findings: Counter[str] = Counter()
        self.observed: Counter[str] = Counter()
        self.violations = 0
        self.tools: dict[str, dict[str, int]] = {}  # by name, and what became of its calls
        self.approvals: Counter[str] = Counter()
        self.hosts: dict[str, int] = {}  # requests that were let through
        self.calls = 0
        self.opaque = 0  # requests to models that nobody could read
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost_microusd = 0
        self.models: dict[str, list[int]] = {}  # attempts that were billed, tokens in, tokens out, micro-dollars

    def used(self, usage: Usage) -> None:
        """Count what one attempt used, in all and by model."""
        figures = (usage.input_tokens, usage.output_tokens, usage.cost_microusd)
        self.input_tokens += figures[0]
        self.output_tokens += figures[1]
        self.cost_microusd += figures[2]
        name = shorten(usage.model, 128)
        if name not in self.models and len(self.models) >= limits.MODELS_REPORTED.value:
            name = "others"
        known = self.models.setdefault(name, [0, 0, 0, 0])
        for index, figure in enumerate((1, *figures)):
            known[index] += figure

    def tool(self, name: str, decision: str) -> None:
        """Count one ruling on a tool call: allow | deny | modify | held (and approved) | terminate."""
        name = shorten(name, 128)
        if name not in self.tools and len(self.tools) >= limits.TOOLS_REPORTED.value:
            name = "others"
        known = self.tools.setdefault(name, {})
        known[decision] = known.get(decision, 0) + 1

    def reached(self, host: str) -> None:
        """Count one request that was let through to this host."""
        name = host if host in self.hosts or len(self.hosts) < limits.HOSTS_REPORTED.value else "others"
        self.hosts[name] = self.hosts.get(name, 0) + 1

    def decided(self, decision: str) -> None:
        """Count one verdict."""
        self.verdicts[decision] = self.verdicts.get(decision, 0) + 1

    def denied(self, verdict: Verdict, what: str, *, times: int = 1) -> None:
        """Count a denial of `what`, and keep it for the report while there is room."""
        self.verdicts["deny"] += times
        if len(self.denials) < limits.DENIALS_REPORTED.value:
            now = time.time()
            self.denials.append(
                {
                    "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z",
                    "code": verdict.code,
                    "reason": verdict.reason,
                    "rule": verdict.rule,
                    "what": shorten(what),
                }
            )

    def summary(self) -> dict[str, Any]:
        """The counts, for the record of the session's end."""
        return {
            "verdicts": dict(self.verdicts),
            "violations": self.violations,
            "calls": self.calls,
            "opaque_calls": self.opaque,
            "cost": self._cost(),
            "models": {
                name: {"calls": calls, "input_tokens": told, "output_tokens": wrote, "cost_usd": cost / 1_000_000}
                for name, (calls, told, wrote, cost) in self.models.items()
            },
            "tools": self.tools,
            "approvals": dict(self.approvals),
            "pii_redacted": dict(self.findings),
            "pii_observed": dict(self.observed),
        }

    def report(self) -> dict[str, Any]:
        """The counts and the denials, for the run report."""
        return {**self.summary(), "denials": self.denials}

    def _cost(self) -> dict[str, Any]:
        return {
            "tokens_used": self.input_tokens + self.output_tokens,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_microusd / 1_000_000,
        }


def shorten(text: str, length: int = limits.RECORDED_TEXT.value) -> str:
    """Text from the agent as an audit record may carry it: bounded, and printable."""
    if len(text) > length:
        text = text[:length] + "…"
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def read_opening(plan_json: bytes) -> Opening:
    """The `open` message's plan, checked. `ValueError` names what is missing or wrong."""
    try:
        plan = json.loads(plan_json)
        session, options = plan["session"], plan["options"]
        return Opening(
            id=_text(session["id"]),
            name=_text(session["name"]),
            argv=tuple(_text(argument) for argument in session["argv"]),
            policy_name=_text(session["policy_name"]),
            policy_sha256=_text(session["policy_sha256"]),
            uid=int(session["uid"]),
            started=float(session["started"]),
            options=Options(
                tuple((_text(a), int(b), _text(c), int(d)) for a, b, c, d in options["connect_to"]),
                _text(options["upstream_ca_pem"]),
                options["java_truststore"] is True,
                _text(options["state_folder"]),
            ),
            plan=parse(BrokerPlan, plan["broker"]),
            egress=parse(EgressPlan, plan["egress"]),
            flux_sha256=_text(session["flux_sha256"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the session's description cannot be read: {type(error).__name__}: {error}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value
