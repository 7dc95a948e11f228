"""Was that decided otherwise? A recorded verdict beside what its own policy and another one say of the recording. Pure.

What its own policy is found to say is the measure of what can be told at all. If it comes to what was recorded, the
other policy can be judged in the same way. If not (a limit of the broker's, a key that was somewhere, a person's word),
whatever else decided then is compared by the part of the policies that it depends on, or nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from akios_jail.hindsight.opinion import PASSING, Opinion
from akios_jail.policy.plans import BrokerPlan

#: Codes of refusals that are not judged here, and what of a policy they depend on.
_DEPENDS: Final[dict[str, Callable[[BrokerPlan], Any]]] = {
    **dict.fromkeys(
        (
            "budget_spent",
            "budget_reserved",
            "budget_queued",
            "budget_unavailable",
            "call_exceeds_minute_budget",
            "cost_per_minute",
            "cost_unbounded",
            "output_limit_ignored",
            "price_unknown",
            "tokens_per_minute",
        ),
        lambda plan: plan.budget,
    ),
    **dict.fromkeys(
        ("pii_blocked", "pii_in_address", "pii_in_header", "pii_unreadable", "pii_unredactable"),
        lambda plan: (plan.pii, tuple(rule.pii for rule in plan.rules if rule.pii)),
    ),
    **dict.fromkeys(
        ("credential_misplaced", "credential_unsignable", "answer_holds_key"), lambda plan: plan.credentials
    ),
    **dict.fromkeys(("answer_unreadable", "answer_too_large", "answer_undecodable"), lambda plan: bool(plan.tools)),
    "answer_untranslatable": lambda plan: plan.routing,
    "address_refused": lambda plan: tuple(rule.addresses for rule in plan.rules),
}
#: What a person, or nobody, said to what a rule put before people.
_ASKED: Final = ("approved", "approval_", "approvals_")
#: What the broker calls a tool call of a request that was refused, for whatever reason.
_TOOL: Final = "tool_refused"


class Recorded(NamedTuple):
    """The verdict that took effect."""

    decision: str
    code: str
    reason: str
    rule: int | None
    by: str = "rule"


class Finding(NamedTuple):
    """Something that is decided otherwise, or (`effect` "unknown") of which that cannot be told. `why`: in a sentence;
    `unsure`: what is not known."""

    effect: str
    why: str
    unsure: tuple[str, ...] = ()


def recorded(fields: dict[str, Any]) -> Recorded | None:
    """A verdict as a recording has it; None if it is none."""
    decision, code = fields.get("decision"), fields.get("code")
    reason, rule = fields.get("reason"), fields.get("rule")
    if not isinstance(decision, str) or not isinstance(code, str):
        return None
    number = rule if type(rule) is int else None
    return Recorded(decision, code, reason if isinstance(reason, str) else "", number)


def reproduced(was: Recorded, own: Opinion) -> bool:
    """Whether what a session's own policy is found to say is what it said."""
    if own.unsure:
        return False
    passed = was.decision in PASSING
    if own.decision == "hold":
        return passed or was.code.startswith(_ASKED) or was.code in (_TOOL, own.code)
    if own.passes:
        return passed
    return not passed and (own.code == was.code or (own.by == "tool rule" and was.code == _TOOL))


def compared(
    was: Recorded, own: Opinion | None, new: Opinion, plans: tuple[BrokerPlan | None, BrokerPlan]
) -> Finding | None:
    """What the other policy changes; None if nothing. `own` and the first of `plans` are None where the session's own
    policy is not known."""
    alike = own is not None and (own.grounds, own.outcome, not own.unsure) == (new.grounds, new.outcome, not new.unsure)
    if own is not None and alike:
        return _otherwise_judged(was, own, plans)
    if new.unsure:
        return Finding("unknown", f"{_likely(new)}; {'; '.join(new.unsure)}", new.unsure)
    if own is None:
        return _by_decision(was, new)
    if own.unsure:
        known = own.code != "not_judged" and own.passes and new.passes
        moved = known and (own.sent, own.personal) != (new.sent, new.personal)
        return _effect(was, own, new) if moved and was.decision in PASSING else _by_decision(was, new)
    if reproduced(was, own):
        return None if own.outcome == new.outcome else _effect(was, own, new)
    if _same(was, new):
        return None
    if was.decision not in PASSING and own.passes:
        return _otherwise_judged(was, own, plans) if new.passes else _by_decision(was, new)
    what = f"the session's own policy is found to say {own.decision} ({own.code}) of it, and said {was.decision}"
    return Finding("unknown", f"{_likely(new)}; {what}", (what,))


def _otherwise_judged(was: Recorded, own: Opinion, plans: tuple[BrokerPlan | None, BrokerPlan]) -> Finding | None:
    """The policies say the same of what is recorded. Something else may have decided, by a part of them."""
    before, after = plans
    part = _DEPENDS.get(was.code)
    if was.decision in PASSING or not own.passes or part is None or before is None or part(before) == part(after):
        return None
    what = f"it was refused as {was.code}, which is not judged here, and what of the policy that depends on is another"
    return Finding("unknown", f"{what}: {was.reason}", (what,))


def _by_decision(was: Recorded, new: Opinion) -> Finding | None:
    return None if _same(was, new) else _effect(was, None, new)


def _same(was: Recorded, new: Opinion) -> bool:
    if new.passes:
        return was.decision in PASSING
    return was.decision not in PASSING and (was.code == new.code or (new.by == "tool rule" and was.code == _TOOL))


def _effect(was: Recorded, own: Opinion | None, new: Opinion) -> Finding:
    passed = was.decision in PASSING
    if new.decision == "hold":
        return Finding("asks a person", new.reason)
    if new.decision == "terminate":
        return Finding("ends the session", new.reason)
    if not new.passes:
        return Finding("refused" if passed else "refused otherwise", new.reason)
    if not passed:
        return Finding("allowed", new.reason)
    if own is not None and own.decision == "hold":
        return Finding("asks nobody", new.reason)
    if own is not None and own.sent != new.sent:
        return Finding("goes elsewhere", new.reason if new.code == "routed" else f"it goes to {new.sent}")
    if own is not None and own.personal != new.personal:
        told = ", ".join(f"{kind}: {mode}" for kind, mode in new.personal)
        return Finding("handled otherwise", f"personal data in it: {told}")
    return Finding("changed otherwise", new.reason)


def _likely(new: Opinion) -> str:
    if new.code == "not_judged":
        return "nothing can be said"
    return f"by what is recorded {new.decision} ({new.code})"
