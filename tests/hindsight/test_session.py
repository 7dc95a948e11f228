"""Recordings judged, whatever stands in them: exchange by exchange, as a broker could have written them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from akios_jail.hindsight.session import Accounts, Judged, judge
from akios_jail.launcher import runs
from akios_jail.launcher.options import RunOptions
from akios_jail.policy.compile import compile_bytes
from akios_jail.policy.plans import Plans
from akios_jail.radar.recorded import Attempt, Exchange
from akios_jail.radar.tape import Writer
from tests.policy.manifests import manifest

SESSION = "ses_0123456789ab"
JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
ALLOWED = {"decision": "allow", "code": "allowed", "reason": "", "rule": 1}


def plans(allowlist: list[dict[str, Any]], **governance: Any) -> Plans:
    document = {"network_access": {"allowlist": allowlist}, **governance}
    return compile_bytes(manifest(f"governance: {json.dumps(document)}").encode(), "policy.yaml")


def exchange(number: int = 1, **fields: Any) -> Exchange:
    """A GET that was allowed, but for these fields."""
    usual: dict[str, Any] = {
        "time": 1_700_000_000.0 + number,
        "kind": "http",
        "request_id": f"req_{number}",
        "host": "crm.example",
        "port": 443,
        "protocol": "https",
        "method": "GET",
        "path": "/a",
        "query": "",
        "headers": (),
        "body": b"",
        "unkept": "",
        "call": None,
        "verdict": ALLOWED,
        "rulings": (),
        "status": 200,
        "attempts": (),
    }
    return Exchange(number=number, **{**usual, **fields})


def posted(body: Any, **fields: Any) -> Exchange:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return exchange(**{"method": "POST", "headers": JSON, "body": data, **fields})


def called(answer: Any, **fields: Any) -> Exchange:
    """A model call and its answer."""
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "Go"}]}).encode()
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    where: dict[str, Any] = {"host": "api.openai.com", "port": 443, "protocol": "https", "method": "POST", "query": ""}
    where |= {"path": "/v1/chat/completions", "headers": JSON}
    attempt = Attempt(
        number=1, time=1.0, **where, request=body, request_unkept="", status=200, reason="OK", response_headers=JSON,
        response=data, response_unkept="", failure=None,
    )  # fmt: skip
    attempt = attempt._replace(**fields.pop("attempt", {}))
    call = {"provider": "openai", "model": "gpt-4o"}
    return posted(fields.pop("body", body), **{**where, "call": call, "attempts": (attempt,), **fields})


def asking(name: str, arguments: Any) -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": None, "tool_calls": [call]}}]}


def judged(folder: Path, own: Plans | None, new: Plans, *exchanges: Exchange) -> Judged:
    writer = Writer(str(folder / "broker" / "recordings"), SESSION)
    writer.facts({"agent": "clerk", "policy": "test", "outcome": {"status": 0}})
    for each in exchanges:
        writer.add(each)
    writer.close()
    if own is not None:
        options = RunOptions(policy="policy.yaml", command=("/bin/true",), is_command=True, invocation_dir="/")
        runs.keep(str(folder), SESSION, 1.0, options, own)
    return judge(str(folder), SESSION, new, Accounts.opened())


def effects(found: Judged) -> list[str]:
    return [row.finding.effect for row in sorted([*found.changes, *found.unknown], key=lambda row: row.number)]


CRM = {"host": "crm.example", "methods": ["GET", "POST"]}
MODEL = {"host": "api.openai.com", "methods": ["POST"]}
TOOL = [{"tool": "issue_*", "action": "deny"}]


def test_a_body_that_is_not_kept_is_unknown_where_a_rule_looks_at_it(tmp_path: Path) -> None:
    lost = exchange(1, method="POST", body=None, unkept="it is too large")
    other = exchange(2, path="/b")
    looks = {**CRM, "when": "request.method == 'GET' || request.body.x == 1"}
    found = judged(tmp_path, plans([CRM]), plans([looks]), lost, other)
    assert effects(found) == ["unknown"]
    assert "it is too large" in found.unknown[0].finding.why


def test_a_tool_call_over_mcp_is_judged_as_a_request(tmp_path: Path) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "issue_refund", "arguments": {}}}
    found = judged(tmp_path, plans([CRM]), plans([CRM], tools=TOOL), posted(call))
    assert effects(found) == ["refused"], found.unknown
    assert found.changes[0].new.code == "tool_refused"


@pytest.mark.parametrize("stream", [False, True])
def test_tool_calls_of_answers_are_read_whole_and_streamed(tmp_path: Path, stream: bool) -> None:
    answered = called(asking("issue_refund", {"amount": 5}))
    if stream:
        delta = {"index": 0, "id": "1", "type": "function", "function": {"name": "issue_refund", "arguments": "{}"}}
        events = [{"choices": [{"index": 0, "delta": {"tool_calls": [delta]}}]}]
        events += [{"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}]
        text = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        body = json.dumps({"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "Go"}]}).encode()
        kind = (("Content-Type", "text/event-stream"),)
        answered = called(text.encode(), body=body, attempt={"request": body, "response_headers": kind})
    found = judged(tmp_path, plans([MODEL]), plans([MODEL], tools=TOOL), answered)
    assert effects(found) == ["refused"]
    assert found.changes[0].what == "issue_refund, asked for by api.openai.com"
    assert found.verdicts == 2


@pytest.mark.parametrize(
    "answer", [b"", b"no JSON", b"[1, 2]", b'{"choices": [[[]]]}', b"\xff\xfe", b"[" * 100_000, b'{"choices": 1e999}']
)
def test_an_answer_that_nobody_can_read_is_unknown(tmp_path: Path, answer: bytes) -> None:
    found = judged(tmp_path, plans([MODEL]), plans([MODEL], tools=TOOL), called(answer))
    assert set(effects(found)) <= {"unknown"}
    kept = called({}, attempt={"response": None, "response_unkept": "no room"})
    assert effects(judged(tmp_path, plans([MODEL]), plans([MODEL], tools=TOOL), kept)) == ["unknown"]


def test_what_is_no_http_is_judged_by_who_may_be_named(tmp_path: Path) -> None:
    own = plans([CRM, {"host": "db.example", "ports": [5432], "protocol": "tcp"}])
    synthetic = next(each.address for each in own.egress.hosts if each.host == "crm.example")
    none: dict[str, Any] = {"method": "", "path": "", "body": None, "status": None, "request_id": ""}
    denied = {**none, "verdict": {"decision": "deny", "code": "address_not_allowed", "reason": "no", "rule": None}}
    exchanges = (
        exchange(1, **denied, kind="dns", host="evil.example", port=0, protocol="dns"),
        exchange(2, **denied, kind="dns", host="other.example", port=0, protocol="dns"),
        exchange(3, **denied, kind="packet", host=synthetic, port=8443, protocol="tcp"),
        exchange(4, **denied, kind="packet", host="198.19.7.7", port=443, protocol="tcp"),
        exchange(5, **denied, kind="packet", host="203.0.113.9", port=53, protocol="udp"),
        exchange(6, **denied, kind="packet", host="203.0.113.9", port=0, protocol="icmp"),
        exchange(7, **none, kind="connect", host="db.example", port=5432, protocol="tcp"),
        exchange(8, **denied, kind="connect", host="crm.example", port=443, protocol="https"),
    )
    new = plans([{**CRM, "ports": [443, 8443]}, {"host": "evil.example"}])
    found = judged(tmp_path, own, new, *exchanges)
    assert [(row.number, row.finding.effect) for row in sorted([*found.changes, *found.unknown])] == [
        (1, "allowed"),
        (3, "allowed"),
        (4, "unknown"),
        (7, "refused"),
    ]
    assert judged(tmp_path / "same", own, own, *exchanges).changes == []


def test_a_tunnel_that_would_be_read_is_unknown(tmp_path: Path) -> None:
    tunnel = exchange(1, kind="connect", method="", path="", body=None, request_id="")
    own = plans([{"host": "crm.example", "tls": "passthrough"}])
    assert effects(judged(tmp_path, own, plans([CRM]), tunnel)) == ["unknown"]


def test_what_a_tool_rule_changed_is_unknown_without_that_rule(tmp_path: Path) -> None:
    rule = {"http": {"hosts": ["crm.example"], "methods": ["POST"]}, "action": "modify", "modify": {"x": {"max": 5}}}
    changed = posted({"x": 5}, verdict={**ALLOWED, "decision": "modify", "code": "tool_modified"})
    assert effects(judged(tmp_path, plans([CRM], tools=[rule]), plans([CRM]), changed)) == ["unknown"]


def test_a_recording_that_is_not_whole_says_so(tmp_path: Path) -> None:
    writer = Writer(str(tmp_path / "broker" / "recordings"), SESSION)
    writer.facts({"agent": ["no text"], "left_out": 3, "started": "never"})
    writer.close()
    found = judge(str(tmp_path), SESSION, plans([CRM]), Accounts.opened())
    assert (found.agent, found.started, len(found.gaps), len(found.notes)) == ("", 0.0, 2, 1)


def test_a_path_that_is_not_kept_is_unknown_where_paths_matter(tmp_path: Path) -> None:
    hidden = exchange(1, path="/…", body=None, unkept="it could not be looked through for personal data")
    mine = exchange(2, path="/users/%5BEMAIL_1%5D")
    new = plans([{**CRM, "paths": ["/users/*"]}])
    assert effects(judged(tmp_path, plans([CRM]), new, hidden, mine)) == ["unknown", "unknown"]
    assert effects(judged(tmp_path / "b", plans([CRM]), plans([{**CRM, "description": "x"}]), hidden, mine)) == []


def test_rules_that_move_change_nothing_even_where_nothing_is_known(tmp_path: Path) -> None:
    rule = {**CRM, "when": "request.body.to != ''"}
    asked = posted({"to": "[EMAIL_1]"})
    assert effects(judged(tmp_path, plans([rule]), plans([{"host": "a.example"}, rule]), asked)) == []
    assert effects(
        judged(tmp_path / "b", plans([rule]), plans([{**CRM, "when": "request.body.to != 'x'"}]), asked)
    ) == ["unknown"]


WEIRD: list[Any] = ["", "[EMAIL_1]", None, 1e308, -1, [], {}, {"a": [{}]}, "\ud800", "\0", "a" * 5000, True]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_a_recording_holds_its_own_policy_changes_nothing(tmp_path: Path, seed: int) -> None:
    """Also where it is not what that policy would have said: a broker that was taken over may write anything."""
    chance = random.Random(seed)
    own = plans(
        [
            {**CRM, "paths": ["/a/*", "/b"], "when": "request.body.x.y > 3 || request.query['q'][0] == 'x'"},
            {**CRM, "when": "request.headers['x-a'] == '1'"},
            MODEL,
            {"host": "*.wild.example", "tls": "passthrough"},
        ],
        tools=[
            {"tool": "issue_*", "when": "args.amount > 5", "action": "require_approval"},
            {"tool": "t*", "action": "modify", "modify": {"amount": {"max": 1}}},
            {"http": {"methods": ["POST"], "paths": ["/b"]}, "action": "terminate"},
        ],
        pii_handling={"mode": "block", "fields": ["email"], "scope": ["model_calls", "egress"]},
        budget={"max_cost_per_session": "$0.01"},
    )  # fmt: skip
    codes = ["allowed", "pii_in_header", "budget_spent", "condition_error", "tool_refused", "stage_failed", "made_up"]
    exchanges = []
    for number in range(1, 61):
        verdict = {"decision": chance.choice(["allow", "deny", "modify", "?"]), "code": chance.choice(codes)}
        fields: dict[str, Any] = {
            "verdict": chance.choice([verdict, {}, {**verdict, "reason": chance.choice(WEIRD), "rule": 99}]),
            "method": chance.choice(["GET", "POST", "DELETE", "?", "get"]),
            "path": chance.choice(["/a/1", "/b", "/…", "/a/[EMAIL_1]", "/a//../b", "*", ""]),
            "query": chance.choice(["", "q=x", "q=%ff", "q=[IBAN_1]"]),
            "headers": chance.choice([(), JSON, (("X-A", "[CREDENTIAL]"),), FORM]),
            "host": chance.choice(["crm.example", "b.wild.example", "api.openai.com", "", "198.18.0.1", "\u202eh"]),
            "rulings": ({"tool": chance.choice(WEIRD), "decision": chance.choice(WEIRD)},),
            "call": chance.choice([None, {}, {"model": chance.choice(WEIRD)}]),
            "kind": chance.choice(["http"] * 6 + ["connect", "dns", "packet"]),
            "protocol": chance.choice(["https", "http", "tcp", "udp", ""]),
        }  # fmt: skip
        made = posted({"x": chance.choice(WEIRD), "amount": 1} if chance.random() < 0.8 else b"\xff{", **fields)
        if chance.random() < 0.2:
            made = called(asking("issue_x", {"amount": chance.choice(WEIRD)}), verdict=fields["verdict"])
        if chance.random() < 0.2:
            made = made._replace(body=None, unkept="not kept")
        exchanges.append(made._replace(number=number))
    found = judged(tmp_path, own, own, *exchanges)
    assert [(row.what, row.finding) for row in (*found.changes, *found.unknown)] == []
    assert found.gaps == []
    other = judged(tmp_path / "other", own, plans([]), *exchanges)
    assert other.verdicts > 0
    assert {row.finding.effect for row in other.changes} <= {"refused", "refused otherwise"}


def test_what_is_not_listed_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akios_jail.hindsight.session.LISTED", 3)
    found = judged(tmp_path, plans([CRM]), plans([]), *(exchange(number) for number in range(1, 8)))
    assert (len(found.changes), found.effects) == (3, {"refused": 7})


def test_personal_data_in_an_address_is_refused_where_it_may_not_leave(tmp_path: Path) -> None:
    handling = {"mode": "observe", "fields": ["email"], "scope": ["model_calls", "egress"]}
    own = plans([CRM], pii_handling=handling)
    asked = (exchange(1, path="/users/[EMAIL_1]"), exchange(2, query="to=%5BEMAIL_1%5D"), exchange(3, path="/a"))
    new = plans([CRM], pii_handling={**handling, "mode": "redact_before_inference"})
    found = judged(tmp_path, own, new, *asked)
    assert [row.new.code for row in found.changes] == ["pii_in_address", "pii_in_address"]
    assert "cannot be looked into" in found.gaps[0]
    told = {"decision": "deny", "code": "pii_in_address", "reason": "", "rule": None}
    refused = [each._replace(verdict=told) for each in asked[:2]]
    assert effects(judged(tmp_path / "back", new, own, *refused)) == ["allowed", "allowed"]
