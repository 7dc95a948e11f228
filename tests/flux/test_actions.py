"""What becomes of a call for which there is no room, by the budget's action and by what stands in the way."""

from __future__ import annotations

import pytest

from akios_jail.flux.actions import ASK_AGAIN_S, COME_AGAIN_S, hopeless, outcome, patience
from akios_jail.flux.ledger import Refusal
from akios_jail.policy.plans import Limit

RUNNING_S = 20.0


def refusal(action: str, kind: str, scope: str = "day") -> Refusal:
    limit = Limit(scope, 1000, None, action, 30.0, "flux")
    if kind == "running":
        return Refusal("budget_reserved", "", limit, wait=True)
    if kind == "time":
        return Refusal("budget_spent", "", limit, retry_after=40.0)
    return Refusal("call_exceeds_minute_budget" if scope == "minute" else "budget_spent", "", limit)


@pytest.mark.parametrize(
    ("action", "kind", "scope", "waits", "status", "retry_after", "ends"),
    [
        ("refuse", "running", "day", 20.0, 429, COME_AGAIN_S, False),
        ("refuse", "time", "day", 0.0, 402, None, False),
        ("refuse", "never", "session", 0.0, 402, None, False),
        ("throttle", "running", "day", 20.0, 429, COME_AGAIN_S, False),
        ("throttle", "time", "day", 30.0, 429, 40.0, False),
        ("throttle", "never", "session", 0.0, 402, None, False),
        ("throttle", "never", "minute", 0.0, 403, None, False),
        ("terminate_with_summary", "running", "session", 20.0, 429, COME_AGAIN_S, False),
        ("terminate_with_summary", "time", "day", 0.0, 402, None, True),
        ("terminate_with_summary", "never", "session", 0.0, 402, None, True),
        ("alert_and_queue", "running", "day", 30.0, 429, COME_AGAIN_S, False),
        ("alert_and_queue", "time", "day", 30.0, 429, 40.0, False),
        ("alert_and_queue", "never", "session", 30.0, 429, ASK_AGAIN_S, False),
    ],
)
def test_every_action(
    action: str, kind: str, scope: str, waits: float, status: int, retry_after: float | None, ends: bool
) -> None:
    met = refusal(action, kind, scope)
    assert patience(met, RUNNING_S) == waits
    told = outcome(met)
    assert (told.status, told.retry_after, told.ends) == (status, retry_after, ends)


@pytest.mark.parametrize(
    ("action", "kind", "left", "expected"),
    [
        ("throttle", "time", 39.0, True),
        ("throttle", "time", 41.0, False),
        ("refuse", "running", 0.1, False),
        ("refuse", "running", 0.0, True),
        ("alert_and_queue", "never", 1.0, False),
        ("alert_and_queue", "time", 1.0, False),
        ("alert_and_queue", "time", 0.0, True),
    ],
)
def test_nobody_waits_for_what_cannot_come(action: str, kind: str, left: float, expected: bool) -> None:
    assert hopeless(refusal(action, kind), left) is expected
