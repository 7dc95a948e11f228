"""SARIF by the standard's own schema, with places in the policy and identities that last."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from akios_jail.incidents.kinds import KINDS
from akios_jail.incidents.sarif import sarif
from akios_jail.incidents.session import Session, session
from tests.incidents.reports import HOSTILE, denial, denied, document, everything

SCHEMA = json.loads(Path(__file__).with_name("data").joinpath("sarif-2.1.0-rtm.5.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)

POLICY = """\
apiVersion: akios/v1
kind: AgentPolicy
metadata:
  name: triage
spec:
  governance:
    network_access:
      allowlist:
        - host: api.example.com
          methods: [POST]
        - host: "*.wild.example"
    tools:
      - tool: wire_money
        action: deny
      - tool: read_*
        action: deny
        reason: nobody reads this
    budget:
      max_cost_per_session: $1.00
"""


def told(*sessions: Session, root: str = "/nowhere") -> Any:
    log = json.loads(sarif(sessions, root))
    assert [*VALIDATOR.iter_errors(log)] == []
    (run,) = log["runs"]
    return run


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    path = tmp_path / "repo" / "agents" / "my policy.yaml"
    path.parent.mkdir()
    path.write_text(POLICY)
    return path


def governed(policy: Path, *denials: dict[str, Any], data: bytes = POLICY.encode()) -> Session:
    facts = {"name": "triage", "sha256": hashlib.sha256(data).hexdigest(), "path": str(policy)}
    return denied(*denials, policy=facts)


def line_of(session: Session, policy: Path) -> int:
    (result,) = told(session, root=str(policy.parents[1]))["results"]
    line: int = result["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert result["properties"]["policyLineKnown"] in (True, False)
    return line


def test_a_session_without_incidents_is_a_run_without_results() -> None:
    run = told(Session(*denied()))
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_results_name_rules_that_are_there_with_help_and_severity() -> None:
    run = told(everything("plain words"))
    rules = run["tool"]["driver"]["rules"]
    assert {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in rules}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for rule in rules:
        assert rule["help"]["text"]
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")


def test_every_kind_makes_valid_sarif() -> None:
    for start in range(0, len(KINDS), 40):
        told(denied(*(denial(id, "what", "why") for id in [*KINDS][start : start + 40])))


def test_hostile_words_stay_words() -> None:
    run = told(everything(HOSTILE))
    for result in run["results"]:
        text = result["message"]["text"]
        assert text.isprintable()
        assert "[link](" not in text.replace("\\[", "").replace("\\]", "")
        assert "{0}" not in text.replace("{{0}}", "")
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert not set(uri) & set(' <>|:"\\')


@pytest.mark.parametrize(
    ("refused", "line"),
    [
        (denial("method_not_allowed", "GET https://api.example.com/v1", "only POST"), 9),
        (denial("port_not_allowed", "https api.example.com:8443", "not at 8443"), 9),
        (denial("path_not_allowed", "GET https://deep.wild.example/x", "no"), 11),
        (denial("condition_error", "GET https://elsewhere.example/", "no", rule=2), 11),
        (denial("host_not_allowed", "DNS evil.example", "no rule names it"), 8),
        (denial("host_not_allowed", "DNS wild.example", "no rule names it"), 8),
        (denial("address_not_allowed", "tcp 203.0.113.1:443", "no rule"), 8),
        (denial("tool_denied", "wire_money asked for by api.example.com", "tool rule 1 denies wire_money"), 13),
        (denial("tool_denied", "read_x asked for by api.example.com", "nobody reads this"), 15),
        (denial("tool_refused", "POST https://api.example.com/", "wire_money: tool rule 1 denies it"), 13),
        (denial("tool_denied", "x", "tool rule 77 denies x"), 12),
        (denial("budget_spent", "POST https://api.example.com/", "spent"), 18),
        (denial("pii_in_header", "GET https://api.example.com/", "no such section here"), 6),
        (denial("method_not_allowed", "GET https://API.example.com.evil.example/ (rule 1)", "(rule 1)"), 8),
    ],
)
def test_a_result_stands_at_the_line_that_refused(policy: Path, refused: dict[str, Any], line: int) -> None:
    assert line_of(governed(policy, refused), policy) == line


def test_what_a_policy_has_from_the_one_that_it_extends_stands_where_that_is_named(policy: Path) -> None:
    text = "apiVersion: akios/v1\nkind: AgentPolicy\nextends: {path: base.yaml, sha256: abc}\nmetadata: {name: x}\n"
    policy.write_text(text)
    refused = denial("method_not_allowed", "GET https://api.example.com/", "no", rule=1)
    assert line_of(governed(policy, refused, data=text.encode()), policy) == 3


def test_paths_are_told_from_the_repository_and_escaped(policy: Path) -> None:
    (result,) = told(governed(policy, denial("host_not_allowed", "x")), root=str(policy.parents[1]))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "agents/my%20policy.yaml"
    (result,) = told(governed(policy, denial("host_not_allowed", "x")), root="/elsewhere")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20policy.yaml"


@pytest.mark.parametrize(
    ("name", "uri"), [("\udcff.yaml", "%FF.yaml"), ("\ud800.yaml", "%3F.yaml"), ("é.yaml", "%C3%A9.yaml")]
)
def test_a_path_that_is_no_utf_8_is_told_byte_by_byte(name: str, uri: str) -> None:
    report = document({"denials": [denial("host_not_allowed", "x")]}, policy={"path": f"/repository/{name}"})
    (result,) = told(session(report), root="/repository")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize("put", ["changed", "gone", "link", "fifo", "device", "folder", "huge", "no yaml"])
def test_a_policy_that_an_agent_has_been_at_has_no_lines(policy: Path, put: str, tmp_path: Path) -> None:
    data = b"{" if put == "no yaml" else POLICY.encode()
    session = governed(policy, denial("method_not_allowed", "GET https://api.example.com/", "x"), data=data)
    policy.unlink()
    if put == "changed":
        policy.write_text("# another line\n" + POLICY)
    elif put == "link":
        (tmp_path / "other").write_text(POLICY)
        policy.symlink_to(tmp_path / "other")
    elif put == "fifo":
        os.mkfifo(policy)
    elif put == "device":
        policy.symlink_to("/dev/zero")
    elif put == "folder":
        policy.mkdir()
    elif put == "huge":
        policy.touch()
        os.truncate(policy, 1 << 40)
    elif put == "no yaml":
        policy.write_bytes(data)
    (result,) = told(session, root=str(policy.parents[1]))["results"]
    assert result["properties"]["policyLineKnown"] is False
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_alerts_are_the_same_in_the_next_session_and_differ_by_what_was_refused(policy: Path) -> None:
    def prints(*denials: dict[str, Any], **known: Any) -> list[str]:
        results = told(denied(*denials, **known))["results"]
        return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]

    two = (denial("host_not_allowed", "DNS a.example"), denial("host_not_allowed", "DNS b.example"))
    assert len(set(prints(*two))) == 2
    assert prints(*two, session_id="ses_another", started=1.0) == prints(*two)


def test_several_sessions_are_one_run_since_code_scanning_takes_one() -> None:
    one, other = denied(denial("budget_spent", "x")), denied(denial("budget_spent", "y"), session_id="ses_b")
    run = told(one, other)
    assert [result["properties"]["session"] for result in run["results"]] == ["ses_0123456789ab", "ses_b"]
    assert len(run["invocations"]) == 2
    assert run["automationDetails"]["id"] == "akios/triage/"


def test_a_session_that_governance_ended_was_no_success() -> None:
    (invocation,) = told(everything("x"))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 120)
    assert invocation["exitCodeDescription"] == "budget_spent"


def test_arguments_of_the_agent_are_in_no_format() -> None:
    assert "argument-of-the-agent" in json.dumps(document())
    assert "argument-of-the-agent" not in json.dumps(told(denied(denial("host_not_allowed", "x"))))
