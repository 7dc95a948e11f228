"""What becomes of a call for which there is no room: how long it waits, and what it is told then.

| action | it waits | then |
|---|---|---|
| refuse | for running calls, if they hold what it needs | 402; 429 if they still do |
| throttle | the same, and up to `max_wait` for time to make room | 429 with the time; 402 where time does not help |
| terminate_with_summary | as refuse | 402, and the session ends |
| alert_and_queue | up to `max_wait`, for time or for a person who raises the budget | 429; its place is kept |

A call that no minute has room for is refused with 403 unless the action is another than throttle.
"""

from __future__ import annotations

from typing import NamedTuple

from akios_jail.flux.ledger import Refusal

#: How long a call waits for others to settle before it is sent away to come again ...
WAIT_S = 20.0
#: ... after this many seconds.
COME_AGAIN_S = 5.0
#: When a call may come again that waits for a person.
ASK_AGAIN_S = 60.0


class Outcome(NamedTuple):
    """`status` and `retry_after` (seconds) as the agent sees them; `ends`: the session is over."""

    code: str
    status: int
    retry_after: float | None = None
    ends: bool = False


def patience(refusal: Refusal, running_s: float) -> float:
    """For how many seconds of its life a call waits that met this. `running_s`: for calls that are running."""
    limit = refusal.limit
    seconds = running_s if refusal.wait else 0.0
    if limit.action == "alert_and_queue":
        return max(seconds, limit.max_wait_s)
    if limit.action == "throttle" and refusal.retry_after is not None:
        seconds = max(seconds, limit.max_wait_s)
    return seconds


def hopeless(refusal: Refusal, left_s: float) -> bool:
    """Whether waiting for `left_s` more cannot help."""
    if left_s <= 0:
        return True
    if refusal.wait or refusal.limit.action == "alert_and_queue":
        return False
    return refusal.retry_after is None or refusal.retry_after > left_s


def outcome(refusal: Refusal) -> Outcome:
    """What a call is told that waited in vain, or that need not wait."""
    action = refusal.limit.action
    if action == "alert_and_queue":
        return Outcome("budget_queued", 429, refusal.retry_after or (COME_AGAIN_S if refusal.wait else ASK_AGAIN_S))
    if action == "throttle" and refusal.code == "call_exceeds_minute_budget":
        return Outcome(refusal.code, 403)
    if refusal.wait:
        return Outcome(refusal.code, 429, COME_AGAIN_S)
    if action == "throttle" and refusal.retry_after is not None:
        return Outcome(refusal.code, 429, refusal.retry_after)
    return Outcome(refusal.code, 402, ends=action == "terminate_with_summary")
