"""The demo's judgement: it says "governed" only when the records bear it out, whatever the agent claims."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from akios_jail.demo.stage import Seen
from akios_jail.demo.story import EXPECTATIONS, Story, tell

PROMPT = "Write to ada@example.com"
GOOD: dict[str, Any] = {
    "read_customers": {"outcome": "3 customers"},
    "draft_reply": {"outcome": "200", "prompt": PROMPT},
    "look_up": {"outcome": "200"},
    "refund": {"outcome": "403 method_not_allowed", "refused": True, "request_id": "req_7", "message": "only GET"},
    "list_models": {"outcome": "403 method_not_allowed", "refused": True},
    "exfiltrate": {"outcome": "gaierror: no such name", "refused": True},
    "metadata": {"outcome": "ConnectionRefusedError: refused", "refused": True},
    "private_key": {"outcome": "FileNotFoundError: no such file", "refused": True},
    "fork_bomb": {"outcome": "stopped at 28 processes", "refused": True},
    "overspend": {"outcome": "402 budget_spent", "refused": True, "calls": 4},
}


def seen(**changes: Any) -> Seen:
    said = {name: {**line, **changes.pop(name, {})} for name, line in GOOD.items()}
    whole = Seen(
        status=0,
        attempts=[{"attempt": name, **line} for name, line in said.items()],
        report={"exit": {"limits": ["pids"]}},
        audit={
            1: {"type": "session.start"},
            2: {"type": "verdict", "what": "169.254.169.254", "port": 80},
            3: {"type": "verdict", "request_id": "req_7"},
        },
        audit_path="audit",
        prompts=[{"messages": [{"role": "user", "content": "Write to [EMAIL_1]"}]}],
        reached=["POST https://api.openai.com/v1/chat/completions"],
        bill=[("gpt-4o", 50, 2000)],
        stderr="",
    )
    return whole._replace(**changes)


def told(what: Seen, spent: str = "0.08") -> Story:
    return tell(what, ("ada@example.com",), Decimal(spent), Decimal("0.10"))


def test_a_demo_that_went_as_it_should_is_governed() -> None:
    story = told(seen())
    assert story.governed, story
    assert [chapter.verdict for chapter in story.chapters] == [expected.verdict for expected in EXPECTATIONS]
    assert (story.asked, story.seen) == (PROMPT, "Write to [EMAIL_1]")


@pytest.mark.parametrize(
    "changes",
    [
        {"reached": ["POST https://internal-crm.corp/customers/4822"]},
        {"reached": ["GET https://api.openai.com/v1/models"]},
        {"prompts": [{"messages": [{"role": "user", "content": PROMPT}]}]},
        {"prompts": []},
        {"report": {"exit": {"limits": []}}},
        {"report": {}},
        {"attempts": []},
        {"private_key": {"outcome": "read 100 bytes", "refused": False}},
        {"private_key": {"outcome": "PermissionError: not permitted"}},
        {"exfiltrate": {"outcome": "200", "refused": False}},
        {"overspend": {"outcome": "100 calls answered", "refused": False}},
    ],
)
def test_whatever_went_through_is_called_out(changes: dict[str, Any]) -> None:
    assert not told(seen(**changes)).governed


@pytest.mark.parametrize("spent", ["0", "0.1001"])
def test_the_bill_must_be_within_the_budget(spent: str) -> None:
    assert not told(seen(), spent).governed


def test_each_chapter_names_its_audit_record() -> None:
    records = {chapter.title: chapter.record for chapter in told(seen()).chapters}
    assert records["POST a $15,000 refund to the CRM"] == 3
    assert records["Connect to the cloud's metadata address"] == 2
    assert records["Read customer data in the workspace"] is None
