"""Budgets as tests write them: the three limits of an AgentPolicy, in the order in which people think of them."""

from __future__ import annotations

from akios_jail.policy.plans import Budget, Limit


def budget(minute_tokens: int | None = None, tokens: int | None = None, microusd: int | None = None) -> Budget:
    """A budget of a session (refused beyond) and of a minute (throttled beyond, without waiting)."""
    limits = []
    if tokens is not None or microusd is not None:
        limits.append(Limit("session", microusd, tokens, "refuse", 0.0, "policy"))
    if minute_tokens is not None:
        limits.append(Limit("minute", None, minute_tokens, "throttle", 0.0, "policy"))
    return Budget(tuple(limits), shared_by="test")
