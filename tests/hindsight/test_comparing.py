"""Recorded, found again, and under another policy: every case of the three."""

from __future__ import annotations

import pytest

from akios_jail.hindsight.comparing import Recorded, compared, recorded, reproduced
from akios_jail.hindsight.opinion import Opinion
from akios_jail.policy.plans import BrokerPlan, Budget, Limit, Pii

PLAN = BrokerPlan((), Budget(), Pii("off", ()))
LIMITED = PLAN._replace(budget=Budget((Limit("session", 1, None, "refuse", 0.0, "policy"),)))

PASSED = Recorded("allow", "allowed", "rule 1 allows it", 1)
CHANGED = Recorded("modify", "routed", "rule 1 asks another", 1)
REFUSED = Recorded("deny", "host_not_allowed", "no rule names it", None)
SPENT = Recorded("deny", "budget_spent", "nothing is left", None)
MISMATCH = Recorded("deny", "server_name_mismatch", "another name", 1)
EXPIRED = Recorded("deny", "approval_expired", "nobody answered", 1)
TOOL = Recorded("deny", "tool_refused", "wire: no", None)

allow = Opinion("allow", "allowed", "rule 2 allows it", 2, grounds=("new",))
same = Opinion("allow", "allowed", "rule 1 allows it", 1, grounds=("own",))
elsewhere = same._replace(decision="modify", code="routed", sent="claude at anthropic", grounds=("new",))
deny = Opinion("deny", "method_not_allowed", "not this", 1, grounds=("new",))
unnamed = Opinion("deny", "host_not_allowed", "no rule names it", None, grounds=("own",))
hold = Opinion("hold", "approval_required", "ask", 1, "tool rule", grounds=("own",))
ends = Opinion("terminate", "tool_terminated", "over", 1, "tool rule", grounds=("new",))
hidden = deny._replace(unsure=("the condition looks at [EMAIL_1]",))
personal = same._replace(personal=(("email", "off"),), grounds=("new",))


@pytest.mark.parametrize(
    ("was", "own", "new", "effect"),
    [
        (PASSED, same, same, ""),
        (PASSED, same, allow, ""),  # another rule's number is no other verdict
        (PASSED, same, deny, "refused"),
        (PASSED, None, deny, "refused"),
        (PASSED, None, allow, ""),
        (CHANGED, same, allow, ""),
        (PASSED, same, elsewhere, "goes elsewhere"),
        (PASSED, same, personal, "handled otherwise"),
        (PASSED, same, hold, "asks a person"),
        (PASSED, same, ends, "ends the session"),
        (PASSED, hold, hold, ""),
        (PASSED, hold, allow, "asks nobody"),
        (PASSED, hold, deny, "refused"),
        (EXPIRED, hold, hold, ""),
        (EXPIRED, hold, allow, "allowed"),
        (REFUSED, unnamed, unnamed, ""),
        (REFUSED, unnamed, allow, "allowed"),
        (REFUSED, None, allow, "allowed"),
        (REFUSED, unnamed, deny, "refused otherwise"),
        (REFUSED, unnamed, hold, "asks a person"),
        (PASSED, same, hidden, "unknown"),
        (PASSED, None, hidden, "unknown"),
        (PASSED, hidden, hidden, ""),  # the same, asked the same
        (PASSED, hidden._replace(grounds=("own",)), hidden, "unknown"),
        (PASSED, hidden, allow, ""),
        (REFUSED, hidden, allow, "allowed"),
        # What was not the policies' to decide
        (MISMATCH, same, allow, ""),
        (MISMATCH, same, deny, "refused otherwise"),
        (PASSED, deny, deny, ""),
        (PASSED, deny, deny._replace(grounds=("other",)), "unknown"),
        (PASSED, deny, allow, ""),
        (REFUSED, deny, ends, "unknown"),
        (TOOL, hold, hold, ""),
        (TOOL, ends, allow, "allowed"),
    ],
)
def test_what_changes(was: Recorded, own: Opinion | None, new: Opinion, effect: str) -> None:
    finding = compared(was, own, new, (PLAN, PLAN))
    assert (finding.effect if finding is not None else "") == effect
    assert finding is None or finding.why


def test_what_was_refused_for_want_of_money_hangs_on_the_budget() -> None:
    assert compared(SPENT, same, allow, (LIMITED, LIMITED)) is None
    finding = compared(SPENT, same, allow, (LIMITED, PLAN))
    assert finding is not None
    assert finding.effect == "unknown"
    assert compared(SPENT, same, same, (LIMITED, LIMITED)) is None


def test_nothing_unsure_is_found_again() -> None:
    assert reproduced(PASSED, same)
    assert not reproduced(PASSED, same._replace(unsure=("x",)))
    assert not reproduced(PASSED, deny)
    assert not reproduced(REFUSED, deny)


@pytest.mark.parametrize("fields", [{}, {"decision": 1, "code": "x"}, {"decision": "allow"}])
def test_what_is_no_verdict_is_none(fields: dict[str, object]) -> None:
    assert recorded(fields) is None


def test_a_verdict_is_read_as_data() -> None:
    assert recorded({"decision": "deny", "code": "x", "reason": [], "rule": True}) == Recorded("deny", "x", "", None)
