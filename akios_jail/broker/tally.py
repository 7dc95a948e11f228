"""What happened in a session, counted: for the record of its end and for the launcher's report."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from akios_jail.broker import limits
from akios_jail.policy.verdict import Verdict

if TYPE_CHECKING:
    from akios_jail.broker.exchange import Usage


class Tally:
    """What happened in a session, counted. Denials are kept up to a bound; the audit log has them all."""

    def __init__(self) -> None:
        self.verdicts = {"allow": 0, "deny": 0, "modify": 0}
        self.denials: list[dict[str, Any]] = []
        self.denied_by: Counter[str] = Counter()  # by code, also those that there was no room for
        self.findings: Counter[str] = Counter()
        self.observed: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()  # by type, what passed that could not be looked into
        self.violations = 0
        self.tools: dict[str, dict[str, int]] = {}  # by name, and what became of its calls
        self.approvals: Counter[str] = Counter()
        self.executions = 0  # programs that the agent executed, or tried to
        self.files: Counter[str] = Counter()  # what became of files that the agent changed
        self.hosts: dict[str, int] = {}  # requests that were let through
        self.calls = 0
        self.opaque = 0  # requests to models that nobody could read
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost_microusd = 0
        self._overruns = [0, 0, 0]  # attempts, micro-dollars, tokens
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

    def overran(self, microusd: int, tokens: int) -> None:
        """Count an attempt that used so much more than was reserved for it."""
        for index, figure in enumerate((1, microusd, tokens)):
            self._overruns[index] += figure

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
        self.denied_by[verdict.code] += times
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
            "executions": self.executions,
            "files": dict(self.files),
            "calls": self.calls,
            "opaque_calls": self.opaque,
            "cost": self._cost(),
            "overruns": self._beyond(),
            "models": {
                name: {"calls": calls, "input_tokens": told, "output_tokens": wrote, "cost_usd": cost / 1_000_000}
                for name, (calls, told, wrote, cost) in self.models.items()
            },
            "tools": self.tools,
            "approvals": dict(self.approvals),
            "pii_redacted": dict(self.findings),
            "pii_observed": dict(self.observed),
            "pii_unread": dict(self.unread),
        }

    def report(self) -> dict[str, Any]:
        """The counts and the denials, for the run report."""
        return {**self.summary(), "denials": self.denials, "denied": dict(self.denied_by)}

    def _cost(self) -> dict[str, Any]:
        return {
            "tokens_used": self.input_tokens + self.output_tokens,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_microusd / 1_000_000,
        }

    def _beyond(self) -> dict[str, Any]:
        calls, microusd, tokens = self._overruns
        return {"calls": calls, "cost_usd": microusd / 1_000_000, "tokens": tokens}


def shorten(text: str, length: int = limits.RECORDED_TEXT.value) -> str:
    """Text from the agent as an audit record may carry it: bounded, and printable."""
    if len(text) > length:
        text = text[:length] + "…"
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
