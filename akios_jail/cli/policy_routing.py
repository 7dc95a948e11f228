"""What the routing rules would make of one model call, for `akios policy explain`: the decision, and what led to it."""

from __future__ import annotations

from typing import Any, NamedTuple

from akios_jail.broker.routing import tasks
from akios_jail.flux.classifier import Assessment, explain
from akios_jail.flux.routing import Decision, Router, Standing, Undecided, variables
from akios_jail.policy.action import Action
from akios_jail.policy.plans import BrokerPlan
from akios_jail.providers import registry
from akios_jail.providers.strictjson import Unreadable


class Routed(NamedTuple):
    """The decision on a call (None where a condition has no answer: `problem` says which), and how hard its task is."""

    asked_model: str
    decision: Decision | None
    problem: str
    assessment: Assessment

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        decision = self.decision
        return {
            "asked_model": self.asked_model,
            "rule": decision.rule if decision else None,
            "target": decision.target._asdict() if decision and decision.target else None,
            "max_retries": decision.max_retries if decision else 0,
            "fallbacks": [target._asdict() for target in decision.fallbacks] if decision else [],
            "reason": decision.reason if decision else self.problem,
            "task": {
                "complexity": self.assessment.complexity,
                "stated": self.assessment.stated,
                "score": self.assessment.score,
                "points": [point._asdict() for point in self.assessment.points],
                **self.assessment.task._asdict(),
            },
        }

    def told(self) -> list[str]:
        """Lines for people."""
        return [self._decided(), *explain(self.assessment).splitlines()]

    def _decided(self) -> str:
        if self.decision is None:
            return f"refused (route_undecided): {self.problem}"
        if self.decision.rule is None:
            return f"{self.asked_model} is asked: {self.decision.reason}"
        target = self.decision.target
        model = (target.model if target else "") or self.asked_model
        where = f" at {target.host}" if target and target.host else ""
        return f"rule {self.decision.rule} asks {model}{where}: {self.decision.reason}"


def routed(plan: BrokerPlan, action: Action) -> Routed | None:
    """What becomes of this request by the plan's routing rules, with nothing spent yet; None if it is no model call."""
    body = action.body or b""
    try:
        call = registry.understand(action.host, action.method, action.path, body, action.query)
    except Unreadable:
        return None
    if call is None:
        return None
    stated = next((value for name, value in action.headers if name.lower() == tasks.HEADER.lower()), "")
    assessment = tasks.assessed(call, stated if plan.routing.trust_header else "")
    asked = tasks.asked(call, action.host, len(body), action.session.id, action.session.name)
    try:
        decision = Router(plan.routing.routes).decide(variables(asked, assessment, _fresh(plan)))
    except Undecided as error:
        return Routed(call.model, None, str(error), assessment)
    return Routed(call.model, decision, "", assessment)


def model_url(plan: BrokerPlan) -> str:
    """Where the first model host that the policy names takes calls; "" where it names none that is known."""
    for rule in plan.rules:
        known = registry.model_host(rule.host, "/") if rule.kind == "exact" else None
        if known is not None and rule.protocol == "https":
            path = {"anthropic": "/v1/messages"}.get(known.provider, "/v1/chat/completions")
            return f"https://{rule.host}:{rule.ports[0]}{path}"
    return ""


def _fresh(plan: BrokerPlan) -> Standing:
    """How a budget stands of which nothing is spent."""
    money = [limit.microusd for limit in plan.budget.limits if limit.microusd is not None]
    tokens = [limit.tokens for limit in plan.budget.limits if limit.tokens is not None]
    return Standing(0, min(money, default=None), min(tokens, default=None), 0.0)
