"""`akios policy test`: sessions of real agents, judged again under the policy that they had, and under others."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from akios_jail.demo.answer import Behaviour, Question, ToolCall
from akios_jail.radar import recording
from tests.e2e.conftest import AKIOS, Akios, eventually
from tests.servers.providers import Providers

pytestmark = pytest.mark.root

CHAT = "https://api.openai.com/v1/chat/completions"
CREDIT = ToolCall("issue_credit", {"amount_usd": 15000, "to": "ada.lovelace@example.org"})
LOOK = ToolCall("get_order", {"order_id": "4821"})
WIRE = ToolCall("wire_money", {"iban": "none"})
#: What a rich session is governed by: hosts, methods, paths, conditions, tools, people, routes, budgets, personal data.
RICH: dict[str, Any] = {
    "network_access": {
        "allowlist": [
            {"host": "internal-crm.corp", "methods": ["GET"], "paths": ["/customers/*"]},
            {"host": "internal-crm.corp", "methods": ["POST"], "when": "request.body.amount < 100"},
            {"host": "api.openai.com", "methods": ["POST"]},
            {"host": "api.anthropic.com", "methods": ["POST"]},
        ]
    },
    "pii_handling": {
        "mode": "redact_before_inference",
        "fields": ["email"],
        "restore": True,
        "scope": ["model_calls", "egress"],
    },
    "tools": [
        {
            "tool": "issue_*",
            "when": "args.amount_usd > 1000",
            "action": "modify",
            "modify": {"amount_usd": {"max": 50}},
        },
        {"tool": "wire_*", "action": "deny", "reason": "A person does that"},
        {
            "http": {"hosts": ["internal-crm.corp"], "methods": ["GET"], "paths": ["/customers/9*"]},
            "action": "require_approval",
            "timeout": "1s",
        },
    ],
}
FLUX: dict[str, Any] = {
    "apiVersion": "akios/v1",
    "kind": "FluxConfig",
    "metadata": {"name": "costs"},
    "spec": {
        "budgets": {"per_session": {"max_cost_usd": 1.0}},
        "model_routing": {"rules": [{"condition": "request.model == 'gpt-4o'", "model": "gpt-4o-mini"}]},
    },
}
#: What a rich session's agent does, a line a request.
AGENT = f"""
ask() {{ curl -s -m 20 -H 'Content-Type: application/json' -H 'Authorization: Bearer sk-x' -d "$2" "$1" ; echo; }}
model() {{ ask {CHAT} '{{"model": "'$1'", "messages": [{{"role": "user", "content": "'"$2"'"}}]}}'; }}
curl -s https://internal-crm.corp/customers/4821
curl -s https://internal-crm.corp/admin
curl -s -X DELETE https://internal-crm.corp/customers/1
curl -s https://internal-crm.corp/customers/99
curl -s https://evil.example/ ; curl -s -m 2 https://203.0.113.9/ ; curl -s -m 2 https://internal-crm.corp:8443/
ask https://internal-crm.corp/refunds '{{"amount": 50, "to": "ada.lovelace@example.org"}}'
ask https://internal-crm.corp/refunds '{{"amount": 500, "to": "ada.lovelace@example.org"}}'
model gpt-4o 'Look at order 4821'
model gpt-4o 'Credit it to ada.lovelace@example.org'
model gpt-4o-mini 'Wire it'
true
"""


def brain(question: Question) -> Behaviour:
    """A model that does as it is told."""
    for word, call in (("Credit", CREDIT), ("Wire", WIRE), ("Look", LOOK)):
        if word in question.last_user_text:
            return Behaviour(text="So be it.", calls=(call,))
    return Behaviour(text="Hello.")


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Akios]:
    """A workspace under the rich policy, and a session that ran there: for all tests here, since they only look."""
    folder = tmp_path_factory.mktemp("rich")
    folder.chmod(0o755)
    with Providers() as upstream:
        person = Akios(folder, upstream)
        upstream.brain = brain
        govern(person, RICH)
        run = person.shell(AGENT)
        assert run.status == 0, str(run)
        assert run.report["verdicts"]["deny"] >= 7, str(run)
        yield person
        person.end()


def govern(akios: Akios, governance: dict[str, Any], flux: dict[str, Any] | None = None) -> None:
    akios.file("flux.yaml", json.dumps(flux or FLUX))
    akios.policy({**governance, "flux": "flux.yaml"})


def changed(akios: Akios, name: str, governance: dict[str, Any], flux: dict[str, Any] | None = None) -> str:
    """Another policy in the workspace."""
    akios.file(f"{name}.flux.yaml", json.dumps(flux or FLUX))
    before = (akios.workspace / "policy.yaml").read_text()
    akios.policy({**governance, "flux": f"{name}.flux.yaml"})
    (akios.workspace / f"{name}.yaml").write_text((akios.workspace / "policy.yaml").read_text())
    (akios.workspace / "policy.yaml").write_text(before)
    return f"{name}.yaml"


def judged(akios: Akios, policy: str, *arguments: str, expect: int) -> Any:
    command = [AKIOS, "policy", "test", policy, "--state-dir", str(akios.state), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=akios.workspace)
    assert done.returncode == expect, done.stdout + done.stderr
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def found(document: Any) -> dict[str, str]:
    """Effects by what they are about."""
    return {row["what"]: row["effect"] for each in document["sessions"] for row in (*each["changes"], *each["unknown"])}


def test_under_its_own_policy_no_verdict_of_a_rich_session_changes(rich: Akios) -> None:
    """And all of them are found again by judging, not by looking them up."""
    document = judged(rich, "policy.yaml", "--json", expect=0)
    (session,) = document["sessions"]
    assert [session[part] for part in ("changes", "unknown", "gaps", "notes")] == [[], [], [], []]
    assert session["verdicts"] >= 15
    assert session["reproduced"] == session["verdicts"]
    assert "0 of " in judged(rich, "policy.yaml", expect=0)


def rules(*, without: str = "", **more: Any) -> dict[str, Any]:
    """The rich policy otherwise: without a host, or with other sections."""
    governance = {**copy.deepcopy(RICH), **more}
    allowlist = governance["network_access"]["allowlist"]
    governance["network_access"]["allowlist"] = [rule for rule in allowlist if rule["host"] != without]
    return governance


def test_every_verdict_that_another_policy_changes_is_listed(rich: Akios) -> None:
    other = rules(without="api.openai.com")
    first, second, *_ = other["network_access"]["allowlist"]
    first["methods"], first["paths"] = ["GET", "DELETE"], ["/**"]
    second["when"] = "request.body.amount < 1000"
    other["network_access"]["allowlist"] += [{"host": "evil.example"}]
    other["tools"] = other["tools"][:2]
    document = judged(rich, changed(rich, "other", other), "--json", expect=1)
    assert found(document) == {
        "GET https://internal-crm.corp/admin": "allowed",
        "DELETE https://internal-crm.corp/customers/1": "allowed",
        "GET https://internal-crm.corp/customers/99": "allowed",
        "the name evil.example": "allowed",
        "POST https://internal-crm.corp/refunds": "allowed",
        f"POST {CHAT} (gpt-4o)": "refused",
        f"POST {CHAT} (gpt-4o-mini)": "refused",
    }
    refused = next(row for row in document["sessions"][0]["changes"] if row["effect"] == "refused")
    assert refused["old"]["decision"] == "modify"
    assert (refused["new"]["decision"], refused["new"]["code"]) == ("deny", "host_not_allowed")
    assert document["totals"]["effects"] == {"allowed": 6, "refused": 3}
    shown = judged(rich, "other.yaml", expect=1)
    assert "9 of 13 verdicts in 1 session would change (6 allowed, 3 refused)" in shown


def test_tool_calls_are_judged_again(rich: Akios) -> None:
    tools = [
        {"tool": "issue_*", "when": "args.amount_usd > 1000", "action": "require_approval"},
        {"tool": "get_*", "action": "terminate"},
        RICH["tools"][2],
    ]
    document = judged(rich, changed(rich, "tools", rules(tools=tools)), "--json", expect=1)
    assert found(document) == {
        "issue_credit, asked for by api.openai.com": "asks a person",
        "get_order, asked for by api.openai.com": "ends the session",
        "wire_money, asked for by api.openai.com": "allowed",
    }
    credit = next(row for row in document["sessions"][0]["changes"] if row["what"].startswith("issue_credit"))
    assert (credit["old"]["decision"], credit["old"]["rule"], credit["new"]["rule"]) == ("modify", 1, 1)


def test_what_hangs_on_personal_data_is_unknown_and_named(rich: Akios) -> None:
    other = rules()
    other["network_access"]["allowlist"][1]["when"] = "request.body.to.endsWith('@example.org')"
    other["tools"][0]["when"] = "args.to == 'ada.lovelace@example.org'"
    document = judged(rich, changed(rich, "hidden", other), "--json", expect=3)
    assert found(document) == {
        "POST https://internal-crm.corp/refunds": "unknown",
        "issue_credit, asked for by api.openai.com": "unknown",
    }
    reasons = [row["reason"] for row in document["sessions"][0]["unknown"]]
    assert all("[EMAIL_" in reason for reason in reasons), reasons
    assert "cannot be told" in judged(rich, "hidden.yaml", expect=3)


def test_routes_budgets_and_personal_data_are_judged_again(rich: Akios) -> None:
    flux = copy.deepcopy(FLUX)
    flux["spec"]["model_routing"]["rules"][0] |= {"model": "claude-sonnet-4-5", "host": "api.anthropic.com"}
    document = judged(rich, changed(rich, "route", rules(), flux), "--json", expect=1)
    assert found(document) == {f"POST {CHAT} (gpt-4o)": "goes elsewhere"}
    assert {row["new"]["sent"] for row in document["sessions"][0]["changes"]} == {
        "claude-sonnet-4-5 at api.anthropic.com"
    }
    flux = copy.deepcopy(FLUX)
    flux["spec"]["budgets"] = {"per_session": {"max_cost_usd": 0.000006}}
    document = judged(rich, changed(rich, "poor", rules(), flux), "--json", expect=1)
    assert found(document)[f"POST {CHAT} (gpt-4o-mini)"] == "refused"
    assert document["sessions"][0]["changes"][0]["new"]["code"] == "budget_spent"
    observed = {**RICH["pii_handling"], "mode": "observe"}
    del observed["restore"]
    document = judged(rich, changed(rich, "open", rules(pii_handling=observed)), "--json", expect=1)
    assert set(found(document).values()) == {"handled otherwise"}
    blocked = {"mode": "block", "fields": ["email", "iban"], "scope": ["model_calls"]}
    document = judged(rich, changed(rich, "blocked", rules(pii_handling=blocked)), "--json", expect=1)
    assert found(document)[f"POST {CHAT} (gpt-4o)"] == "refused"
    assert "iban" in document["sessions"][0]["gaps"][0]


def test_sessions_are_judged_together_and_what_cannot_be_is_said(akios: Akios) -> None:
    akios.allow("internal-crm.corp", methods=["GET"])
    first = akios.shell("curl -s https://internal-crm.corp/admin; true").report["session_id"]
    second = akios.shell("curl -s -X POST https://internal-crm.corp/admin; true").report["session_id"]
    quiet = akios.run("--", "/bin/true").report["session_id"]
    totals = {"sessions": 2, "verdicts": 2, "changes": 0, "unknown": 0, "more": 0, "effects": {}}
    assert judged(akios, "policy.yaml", "--all", "--json", expect=0)["totals"] == totals
    assert judged(akios, "policy.yaml", "--last", "1", "--json", expect=0)["sessions"][0]["session_id"] == second
    wanted = [part for name in (first, quiet) for part in ("--session", name)]
    document = judged(akios, "policy.yaml", *wanted, "--json", expect=0)
    assert {each["session_id"]: each["verdicts"] for each in document["sessions"]} == {first: 1, quiet: 0}
    assert "it asked for nothing" in judged(akios, "policy.yaml", "-s", quiet, expect=0)
    judged(akios, "policy.yaml", "-s", "ses_ffffffffffff", expect=2)
    judged(akios, "policy.yaml", "-s", first, "--all", expect=2)
    (akios.state / "runs" / f"{first}.json").unlink()
    assert "not kept" in judged(akios, "policy.yaml", "-s", first, expect=3)
    (akios.state / "broker" / "recordings" / f"{first}.db").write_bytes(b"no database")
    assert "cannot be read" in judged(akios, "policy.yaml", "-s", first, expect=3)
    akios.file("bad.yaml", "kind: AgentPolicy")
    judged(akios, "bad.yaml", "--all", expect=2)


def exchanges(folder: str) -> int:
    """How many exchanges of the newest session are recorded."""
    try:
        with recording.opened(folder, next(iter(recording.sessions(folder)), "")) as found:
            return len(list(found.exchanges()))
    except recording.Unavailable:
        return 0


def test_a_session_that_was_killed_is_judged_as_far_as_it_is_recorded(akios: Akios) -> None:
    akios.allow("internal-crm.corp", methods=["GET"])
    script = "curl -s -X DELETE https://internal-crm.corp/a; echo; echo ready; sleep 300"
    process = akios.start("--", "/bin/sh", "-c", script)
    assert process.stdout is not None
    while process.stdout.readline() not in (b"ready\n", b""):
        continue
    eventually(lambda: exchanges(str(akios.state / "broker" / "recordings")))
    process.kill()
    process.wait(10)
    (session,) = judged(akios, "policy.yaml", "--json", expect=0)["sessions"]
    assert session["verdicts"] == 1
    assert session["notes"] == ["it runs, or was killed: judged is what is recorded until now"]
