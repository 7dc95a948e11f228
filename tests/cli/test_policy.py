from __future__ import annotations

import json
from pathlib import Path

import pytest

from akios_jail.cli.main import run
from akios_jail.policy.plans import Plans
from tests.policy.manifests import FOUNDING, FOUNDING_FLUX, allowlist, flux_manifest, manifest


@pytest.fixture
def founding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(FOUNDING)
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(allowlist("host: a.example, metods: [GET]", "host: 'https://b.example'"))
    return path


def test_a_right_policy_is_status_0(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", str(founding)]) == 0
    assert capsys.readouterr().out == f"valid: {founding} (my-first-agent: 2 rules)\n"


def test_policy_yaml_is_meant_when_none_is_named(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check"]) == 0
    assert run(["policy", "show"]) == 0
    assert run(["policy", "explain", "GET", "https://internal-crm.corp/"]) == 0
    assert "policy.yaml" in capsys.readouterr().out


def test_a_bad_policy_is_status_2_with_every_mistake(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", str(bad)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Did you mean `methods`?" in said.err
    assert 'Write host: "b.example"' in said.err


def test_one_bad_policy_among_several_is_status_2(
    founding: Path, bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "check", str(bad), str(founding)]) == 2
    assert "valid: " in capsys.readouterr().out


def test_mistakes_can_be_read_by_a_program(founding: Path, bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", "--json", str(founding), str(bad)]) == 2
    said = capsys.readouterr()
    right, wrong = json.loads(said.out)
    assert said.err == ""
    assert (right["valid"], right["name"]) == (True, "my-first-agent")
    assert [problem["line"] for problem in wrong["problems"]] == [8, 9]
    assert wrong["problems"][0]["where"].endswith("allowlist[0].metods")


def test_show_says_what_is_allowed_and_what_the_defaults_are(
    founding: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "show", str(founding)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "rule 1 api.openai.com port 443 https POST any path",
        "everything else is refused",
        "budget a session $1.00, then refuse",
        "budget a minute 10,000 tokens, then throttle",
        "redact_before_inference: email, phone, ssn",
        "workspace . (read only)",
        "memory 2GiB",
        "wall time 1h",
        "copied nothing",
        "seccomp agent-default",
    ):
        assert words in shown


def test_show_gives_the_plans_to_a_program(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show", "--json", str(founding)]) == 0
    assert Plans.from_json(json.loads(capsys.readouterr().out)).name == "my-first-agent"


@pytest.mark.parametrize("arguments", [["show"], ["explain", "GET", "https://a.example/", "-p"]])
def test_a_bad_policy_is_status_2_for_every_command(
    arguments: list[str], bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", *arguments, str(bad)]) == 2
    assert "metods" in capsys.readouterr().err


def test_explain_answers_the_founding_question(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "POST", "https://api.openai.com/v1/chat/completions"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("allowed (allowed): rule 1 allows POST at api.openai.com:443\n")
    assert "1 rule is about other hosts" in said
    assert "rule 2" not in said


def test_explain_is_status_1_for_a_refusal_and_says_why(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "GET", "https://api.openai.com/v1/models"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("refused (method_not_allowed)")
    assert "is for POST" in said


def test_explain_takes_a_flux_config_beside_the_policy(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flux = str(Path(__file__).parents[1] / "e2e" / "production-cost-controls.yaml")
    call = json.dumps({"model": "gpt-4-turbo", "messages": [{"role": "user", "content": "Which day is it?"}]})
    where = ["POST", "https://api.openai.com/v1/chat/completions"]
    assert run(["policy", "explain", "--flux", flux, "-d", call, *where]) == 0
    assert "rule 1 asks gpt-4o-mini" in capsys.readouterr().out


def test_explain_lists_all_rules_when_asked(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "--all", "GET", "https://nowhere.test/"]) == 1
    said = capsys.readouterr().out
    assert "rule 1" in said
    assert "rule 2" in said


def test_explain_takes_headers_and_a_body_as_curl_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.yaml"
    condition = "request.body.n == 1 && request.headers['x-a'] == 'b'"
    path.write_text(allowlist(f'host: a.example, methods: [POST], when: "{condition}"'))
    question = ["policy", "explain", "-p", str(path), "POST", "https://a.example/"]
    assert run([*question, "-H", "X-A: b", "-d", '{"n": 1}']) == 0
    assert run([*question, "-H", "X-A: b", "-d", '{"n": 2}']) == 1
    assert run([*question, "-H", "X-A"]) == 2
    assert "NAME:VALUE" in capsys.readouterr().err


def test_explain_knows_connections_without_http(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(allowlist("host: db.corp, protocol: tcp, ports: [5432]"))
    assert run(["policy", "explain", "-p", str(path), "tcp", "db.corp:5432"]) == 0
    assert run(["policy", "explain", "-p", str(path), "tcp", "db.corp:5433"]) == 1
    assert run(["policy", "explain", "-p", str(path), "tcp", "db.corp"]) == 2
    assert "HOST:PORT" in capsys.readouterr().err


def test_explain_can_be_read_by_a_program(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "--json", "GET", "https://api.openai.com/"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"]["code"] == "method_not_allowed"
    assert [rule["code"] for rule in document["rules"]] == ["method", "host"]


def test_explain_refuses_what_is_no_url(founding: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "GET", "api.openai.com"]) == 2
    assert "https://" in capsys.readouterr().err


def test_nothing_in_a_policy_reaches_the_terminal_as_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(allowlist('host: a.example, description: "x\\e[2Jy"'))
    assert run(["policy", "check", str(path)]) == 2
    path.write_text(allowlist("host: a.example, when: \"request.path == '\\e[2J'\""))
    assert run(["policy", "show", str(path)]) == 0
    assert run(["policy", "explain", "-p", str(path), "GET", "https://a.example/"]) == 1
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize("command", [[], ["check"], ["show"], ["explain"]])
def test_help_has_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", *command, "--help"]) == 0
    assert "akios policy" in capsys.readouterr().out.split("\n", 1)[1]


@pytest.fixture
def flux(tmp_path: Path) -> Path:
    path = tmp_path / "flux.yaml"
    path.write_text(FOUNDING_FLUX)
    return path


BILLING = """
governance:
  network_access:
    allowlist:
      - {host: api.openai.com, methods: [POST]}
      - {host: api.stripe.com, methods: [GET, POST]}
  monitoring: strict
  credentials:
    - {name: openai, hosts: [api.openai.com], env: OPENAI_API_KEY, from: {command: [op, read, "op://x/y"]}}
  tools:
    - {tool: "issue_*", when: "args.amount_usd > 100.0", action: require_approval, timeout: 10m, reason: A person's}
    - {tool: report, action: modify, modify: {limit: {max: 100}, format: {value: pdf}}}
    - {http: {hosts: [api.stripe.com], methods: [POST]}, when: "request.body.amount > 10", action: deny}
  approvals: {webhook: "https://hooks.example.com/x"}
"""


@pytest.fixture
def billing(tmp_path: Path) -> Path:
    path = tmp_path / "billing.yaml"
    path.write_text(manifest(BILLING))
    return path


def test_a_flux_config_is_checked_alone_and_beside_a_policy(
    founding: Path, flux: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "check", str(flux)]) == 0
    assert run(["policy", "check", "--flux", str(flux), str(founding)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"valid: {flux} (production-cost-controls: a FluxConfig)",
        f"valid: {founding} (my-first-agent: 2 rules, with its FluxConfig)",
    ]


def test_a_bad_flux_config_is_named_itself(founding: Path, flux: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flux.write_text(flux_manifest("model_routing: {rules: [{model: a, host: b.example}]}"))
    assert run(["policy", "check", str(flux)]) == 0
    assert run(["policy", "check", "--flux", str(flux), str(founding)]) == 2
    assert f"{flux}:5:" in capsys.readouterr().err
    assert run(["policy", "check", "--json", "--flux", str(flux), str(founding)]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["file"], found["problems"][0]["file"]) == (str(founding), str(flux))


def test_show_spells_out_money_models_keys_and_tools(
    billing: Path, flux: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "show", "--flux", str(flux), str(billing)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "budget a session $2.00 and 50,000 tokens, then terminate_with_summary (FluxConfig)",
        "budget a minute 8,000 tokens, then throttle for up to 30s (FluxConfig)",
        "budget a day $500.00, then alert_and_queue for up to 5m (FluxConfig)",
        "unknown price refused",
        "monitoring strict",
        "approvals at the terminal, https://hooks.example.com/x, akios approvals",
        "rule 3 gpt-4-turbo, 2 retries when task.complexity == 'analysis'",
        "throttled when a budget would be crossed within 30s",
        "openai OPENAI_API_KEY in the jail, from the command op header Authorization to api.openai.com",
        "rule 1 tool issue_* require_approval within 10m when args.amount_usd > 100.0 # A person's",
        'limit: at most 100 format = "pdf"',
        "rule 3 POST api.stripe.com deny when request.body.amount > 10",
    ):
        assert words in shown
    assert "op://x/y" not in shown


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--tool", "issue_refund", "--args", '{"amount_usd": 15000}'], 1, "waits for a person (approval_required)"),
        (["--tool", "issue_refund", "--args", '{"amount_usd": 5}'], 0, "its condition does not hold"),
        (["--tool", "issue_refund"], 1, "refused (condition_error)"),
        (["--tool", "report", "--args", '{"limit": 500}'], 0, 'it becomes {"limit": 100, "format": "pdf"}'),
        (["--tool", "look_up"], 0, "2 rules are about other tools"),
        (["GET", "https://api.stripe.com/v1/x"], 0, "1 rule is about other tools"),
        (["-d", '{"amount": 11}', "POST", "https://api.stripe.com/v1/refunds"], 1, "refused (tool_denied)"),
        (["-d", '{"amount": 9}', "POST", "https://api.stripe.com/v1/refunds"], 0, "allowed (tool_allowed)"),
    ],
)
def test_tool_rules_are_explained(
    billing: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, said: str
) -> None:
    assert run(["policy", "explain", "-p", str(billing), *arguments]) == status
    assert said in capsys.readouterr().out


def test_a_refusal_by_a_tool_rule_comes_before_what_the_allowlist_would_say(
    billing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = ["-d", '{"amount": 11}', "POST", "https://api.stripe.com/v1/refunds"]
    assert run(["policy", "explain", "-p", str(billing), *request]) == 1
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("refused (tool_denied): ")
    assert second.startswith("the allowlist alone lets it pass: rule ")


def test_a_model_that_could_not_be_billed_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = "{budgets: {per_session: {max_cost_usd: 1}}, model_routing: {rules: [{model: gpt-4-tubro}]}}"
    (tmp_path / "flux.yaml").write_text(flux_manifest(spec))
    policy = tmp_path / "policy.yaml"
    policy.write_text(manifest("governance: {flux: ./flux.yaml}"))
    assert run(["policy", "check", str(policy)]) == 0
    assert "note: the model 'gpt-4-tubro' has no price, so that calls to it are refused" in capsys.readouterr().out
    assert run(["policy", "check", "--json", str(policy)]) == 0
    (document,) = json.loads(capsys.readouterr().out)
    assert [note.split("'")[1] for note in document["notes"]] == ["gpt-4-tubro"]


@pytest.mark.parametrize(
    ("when", "status"),
    [
        ("2026-01-31T03:00+01:00", 1),
        ("2026-01-31T05:30", 0),
        ("2026-01-31T04:30", 1),
        ("2026-01-31", 1),
        ("tonight", 2),
    ],
)
def test_a_tool_call_is_explained_for_another_time(tmp_path: Path, when: str, status: int) -> None:
    path = tmp_path / "night.yaml"
    path.write_text(
        manifest("governance: {tools: [{tool: t, when: 'now.getHours(\"Europe/Berlin\") < 6', action: deny}]}")
    )
    assert run(["policy", "explain", "-p", str(path), "--tool", "t", "--at", when]) == status


def test_an_explanation_of_a_tool_call_can_be_read_by_a_program(
    billing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["--tool", "issue_refund", "--args", '{"amount_usd": 15000}']
    assert run(["policy", "explain", "--json", "-p", str(billing), *call]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["call"]["arguments"] == {"amount_usd": 15000}
    assert (found["tools"]["decision"], found["tools"]["rule"]) == ("hold", 1)
    assert [rule["code"] for rule in found["tool_rules"]] == ["decides", "subject"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["GET"],
        ["--tool", "t", "GET", "https://a.example/"],
        ["--tool", "t", "--args", "{"],
        ["--tool", "t", "--args", "NaN"],
    ],
)
def test_a_question_about_nothing_is_bad_usage(billing: Path, arguments: list[str]) -> None:
    assert run(["policy", "explain", "-p", str(billing), *arguments]) == 2
