"""A FluxConfig beside a policy: what it comes to, and its mistakes, each at its place in the right file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.flux import classifier
from akios_jail.policy import compile_routing
from akios_jail.policy.compile import check_flux, compile_bytes, compile_file
from akios_jail.policy.errors import PolicyError, Problem
from akios_jail.policy.plans import Budget, Limit, Plans, Price, Route, Routing, Summary, Target
from akios_jail.policy.source import File
from tests.policy.manifests import FOUNDING_FLUX, allowlist, flux_manifest, manifest, plans, plans_with

OPENAI = "host: api.openai.com, methods: [POST]"


def budget(spec: str) -> Budget:
    return plans_with(flux_manifest(spec)).broker.budget


def routing(spec: str, *rules: str) -> Routing:
    return plans_with(flux_manifest(spec), *(rules or (OPENAI,))).broker.routing


def problems(spec: str, *rules: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        plans_with(flux_manifest(spec), *rules)
    assert caught.value.source == "flux.yaml"
    return caught.value.problems


def test_the_founding_flux_config_means_what_it_says() -> None:
    compiled = plans_with(FOUNDING_FLUX, OPENAI).broker
    assert compiled.budget == Budget(
        limits=(
            Limit("session", 2_000_000, 50_000, "terminate_with_summary", 0.0, "flux"),
            Limit("minute", None, 8_000, "throttle", 30.0, "flux"),
            Limit("day", 500_000_000, None, "alert_and_queue", 300.0, "flux"),
        ),
        shared_by="test",
    )
    lookup = "Simple retrieval — no need for frontier model"
    assert compiled.routing == Routing(
        routes=(
            Route(1, "task.complexity == 'lookup'", Target("gpt-4o-mini"), 0, (), lookup, 20),
            Route(2, "task.complexity == 'reasoning'", Target("gpt-4-turbo"), 0, (), "", 23),
            Route(3, "task.complexity == 'analysis'", Target("gpt-4-turbo"), 2, (), "", 25),
        ),
        trust_header=True,
        predictive=True,
        look_ahead_s=30.0,
        context_packing=True,
        spot=True,
    )


def test_the_founding_flux_config_needs_no_policy_to_be_right() -> None:
    assert check_flux(File("flux.yaml", FOUNDING_FLUX.encode())).flux.metadata.name == "production-cost-controls"


def test_limits_of_both_files_hold() -> None:
    policy = manifest(
        "governance: {budget: {max_cost_per_session: $1, max_tokens_per_minute: 10, max_cost_per_day: 3}}"
    )
    flux = flux_manifest("budgets: {per_session: {max_cost_usd: 2}, per_day: {max_tokens: 9}}")
    assert compile_bytes(policy.encode(), "p.yaml", File("f.yaml", flux.encode())).broker.budget.limits == (
        Limit("session", 1_000_000, None, "refuse", 0.0, "policy"),
        Limit("minute", None, 10, "throttle", 30.0, "policy"),
        Limit("day", 3_000_000, None, "refuse", 0.0, "policy"),
        Limit("session", 2_000_000, None, "refuse", 0.0, "flux"),
        Limit("day", None, 9, "refuse", 0.0, "flux"),
    )


def test_a_policy_limits_cost_by_minute_and_tokens_by_day() -> None:
    compiled = plans(manifest("governance: {budget: {max_cost_per_minute: 0.10, max_tokens_per_day: 5}}")).broker
    assert compiled.budget.limits == (
        Limit("minute", 100_000, None, "throttle", 30.0, "policy"),
        Limit("day", None, 5, "refuse", 0.0, "policy"),
    )


@pytest.mark.parametrize(
    ("window", "action", "wait"),
    [
        ("per_session: {max_tokens: 1}", "refuse", 0.0),
        ("per_minute: {max_tokens: 1}", "throttle", 30.0),
        ("per_day: {max_tokens: 1}", "refuse", 0.0),
        ("per_day: {max_tokens: 1, action_on_exceed: alert_and_queue}", "alert_and_queue", 300.0),
        ("per_day: {max_tokens: 1, action_on_exceed: alert_and_queue, max_wait: 8h}", "alert_and_queue", 28800.0),
        ("per_minute: {max_tokens: 1, max_wait: 0.5s}", "throttle", 0.5),
        ("per_minute: {max_tokens: 1, action_on_exceed: terminate_with_summary}", "terminate_with_summary", 0.0),
    ],
)
def test_a_window_has_its_own_defaults(window: str, action: str, wait: float) -> None:
    (limit,) = budget(f"budgets: {{{window}}}").limits
    assert (limit.action, limit.max_wait_s) == (action, wait)


@pytest.mark.parametrize(
    ("written", "microusd"),
    [
        ("2.00", 2_000_000),
        ("$2", 2_000_000),
        ("0.1", 100_000),
        ("0.000001", 1),
        ("1e-6", 1),
        ("'1.10'", 1_100_000),
        ("0", 0),
        ("4.35", 4_350_000),
        ("1.005", 1_005_000),
        ("999999999.999999", 999_999_999_999_999),
        ("1e3", 1_000_000_000),
    ],
)
def test_money_is_exact(written: str, microusd: int) -> None:
    assert budget(f"budgets: {{per_session: {{max_cost_usd: {written}}}}}").limits[0].microusd == microusd


def test_everything_about_money() -> None:
    compiled = budget("""
        budgets: {per_session: {max_cost_usd: 1, action_on_exceed: terminate_with_summary}}
        summary: {model: gpt-4o-mini}
        prices:
          unknown_model: upper_bound
          overrides:
            - {model: "my-*", input_per_mtok_usd: 1.0, output_per_mtok_usd: 2.5}
            - {model: "*", provider: openai, input_per_mtok_usd: 0.15, output_per_mtok_usd: $0.60,
               cached_input_per_mtok_usd: 0.075, cache_write_per_mtok_usd: 0}
        alerts: {webhook: "https://hooks.example.com:8443/a?b=c"}
    """)
    assert compiled.summary == Summary("gpt-4o-mini", 20_000)
    assert compiled.unknown_price == "upper_bound"
    assert compiled.webhook == "https://hooks.example.com:8443/a?b=c"
    assert compiled.prices == (
        Price("my-*", "", 1_000_000, 2_500_000, None, None),
        Price("*", "openai", 150_000, 600_000, 75_000, 0),
    )


def test_everything_about_models() -> None:
    compiled = routing(
        """
        model_routing:
          trust_header: false
          rules:
            - condition: "request.stream && budget.left_usd < 0.5"
              model: small
              host: API.openai.com
              path: /v1/chat/completions
              max_retries: 10
              fallbacks: [medium, {model: large, host: b.example}, {host: c.example}]
            - model: rest
        scheduling: {look_ahead_seconds: 2.5}
        """,
        OPENAI,
        "host: b.example, methods: ['*']",
        "host: '*.example', methods: [POST]",
    )
    assert compiled == Routing(
        (
            Route(
                1,
                "request.stream && budget.left_usd < 0.5",
                Target("small", "api.openai.com", "/v1/chat/completions"),
                10,
                (Target("medium"), Target("large", "b.example"), Target("", "c.example")),
                "",
                8,
            ),
            Route(2, "", Target("rest"), 0, (), "", 14),
        ),
        trust_header=False,
        look_ahead_s=2.5,
    )


@pytest.mark.parametrize(
    ("spec", "where", "said", "hint"),
    [
        ("budget: {}", "budget", "unknown key", "`budgets`"),
        ("budgets: {session: {}}", "budgets.session", "unknown key", "`per_session`"),
        ("budgets: {per_session: {}}", "budgets.per_session", "limits nothing", "max_cost_usd"),
        ("budgets: {per_session: }", "budgets.per_session", "no value", ""),
        ("budgets: {per_day: {max_cost: 5}}", "budgets.per_day.max_cost", "unknown key", "`max_cost_usd`"),
        ("budgets: {per_day: {max_cost_usd: -5}}", "budgets.per_day.max_cost_usd", "US dollars", ""),
        ("budgets: {per_day: {max_cost_usd: .inf}}", "budgets.per_day.max_cost_usd", "US dollars", ""),
        ("budgets: {per_day: {max_cost_usd: .nan}}", "budgets.per_day.max_cost_usd", "US dollars", ""),
        ("budgets: {per_day: {max_cost_usd: 1e30}}", "budgets.per_day.max_cost_usd", "US dollars", ""),
        ("budgets: {per_day: {max_cost_usd: 0.0000001}}", "budgets.per_day.max_cost_usd", "millionth", ""),
        ("budgets: {per_day: {max_cost_usd: '0.0000001'}}", "budgets.per_day.max_cost_usd", "millionth", ""),
        ("budgets: {per_day: {max_tokens: 1.5}}", "budgets.per_day.max_tokens", "whole number", ""),
        ("budgets: {per_day: {max_tokens: 0}}", "budgets.per_day.max_tokens", "at least 1", ""),
        (f"budgets: {{per_day: {{max_tokens: {10**16}}}}}", "budgets.per_day.max_tokens", "at most", ""),
        (
            "budgets: {per_day: {max_tokens: 1, action_on_exceed: quue}}",
            "budgets.per_day.action_on_exceed", "expected refuse or throttle", "",
        ),
        (
            "budgets: {per_day: {max_tokens: 1, max_wait: 5m}}",
            "budgets.per_day.max_wait", "does not wait where the action is refuse", "",
        ),
        ("budgets: {per_minute: {max_tokens: 1, max_wait: 30}}", "budgets.per_minute.max_wait", "write 30s", ""),
        ("budgets: {per_minute: {max_tokens: 1, max_wait: 0s}}", "budgets.per_minute.max_wait", "no time to wait", ""),
        ("budgets: {per_minute: {max_tokens: 1, max_wait: 2d}}", "budgets.per_minute.max_wait", "at most 24h", ""),
        ("summary: {model: a}", "summary", "none would be written", "terminate_with_summary"),
        (
            ("{budgets: {per_session: {max_cost_usd: 0.01, action_on_exceed: terminate_with_summary}}, "
             "summary: {model: a}}"),
            "summary.reserve_usd", "kept back", "",
        ),
        ("prices: {unknown_model: allow}", "prices.unknown_model", "deny or upper_bound", ""),
        ("prices: {overrides: [{model: a, output_per_mtok_usd: 1}]}",
         "prices.overrides[0].input_per_mtok_usd", "missing", ""),
        (
            "prices: {overrides: [{model: a, input_per_mtok_usd: x, output_per_mtok_usd: 1}]}",
            "prices.overrides[0].input_per_mtok_usd", "US dollars", "",
        ),
        (
            "prices: {overrides: [{model: a, provider: opanai, input_per_mtok_usd: 1, output_per_mtok_usd: 1}]}",
            "prices.overrides[0].provider", "the price of no call", "Did you mean openai?",
        ),
        (
            "prices: {overrides: [{model: a, provider: my-own, input_per_mtok_usd: 1, output_per_mtok_usd: 1}]}",
            "prices.overrides[0].provider", "the price of no call", "Without `provider`",
        ),
        ("alerts: {webhook: 'http://a.example/'}", "alerts.webhook", "https URL", ""),
        ("alerts: {webhook: 'https://u:p@a.example/'}", "alerts.webhook", "password", ""),
        ("alerts: {webhook: 'https://a.example/#x'}", "alerts.webhook", "fragment", ""),
        ("alerts: {webhook: 'https://a.example:99999/'}", "alerts.webhook", "not a URL", ""),
        ("alerts: {webhook: 'https://*.example/'}", "alerts.webhook", "one host", ""),
        ("alerts: {webhook: 'https://127.0.0.1/'}", "alerts.webhook", "machine itself", ""),
        ("alerts: {webhook: 'https://[::1'}", "alerts.webhook", "not a URL", ""),
        ("alerts: {webhook: 'https://exämple.com/'}", "alerts.webhook", "ASCII", ""),
        ("alerts: {webhook: \"https://a.example/\\r\\nX: y\"}", "alerts.webhook", "without spaces", ""),
        ("alerts: {webhook: 5}", "alerts.webhook", "expected text", ""),
        ("model_routing: {rules: [{condition: 'true'}]}", "model_routing.rules[0]", "changes nothing", "model"),
        ("model_routing: {rules: [{}]}", "model_routing.rules[0]", "changes nothing", ""),
        ("model_routing: {rules: [{model: 'a b'}]}", "model_routing.rules[0].model", "not the name of a model", ""),
        ("model_routing: {rules: [{model: 'gpt-*'}]}", "model_routing.rules[0].model", "not one model", ""),
        ("model_routing: {rules: [{model: a, max_retries: 11}]}", "model_routing.rules[0].max_retries", "at most 10",
         ""),
        ("model_routing: {rules: [{model: a, host: '*.x.example'}]}", "model_routing.rules[0].host", "one name", ""),
        ("model_routing: {rules: [{model: a, host: 192.0.2.1}]}", "model_routing.rules[0].host", "one name", ""),
        ("model_routing: {rules: [{model: a, path: /v1}]}", "model_routing.rules[0].path", "none is named", ""),
        (
            "model_routing: {rules: [{model: a, host: api.openai.com, path: v1}]}",
            "model_routing.rules[0].path", "not one path", "",
        ),
        (
            "model_routing: {rules: [{model: a, host: api.openai.com, path: /v1/../x}]}",
            "model_routing.rules[0].path", "not one path", "",
        ),
        (
            "model_routing: {rules: [{condition: \"task.complexty == 'x'\", model: a}]}",
            "model_routing.rules[0].condition", "undeclared reference to 'task.complexty'", "",
        ),
        (
            "model_routing: {rules: [{condition: \"task.complexity == 'lokup'\", model: a}]}",
            "model_routing.rules[0].condition", "never 'lokup'", "Did you mean lookup?",
        ),
        (
            "model_routing: {rules: [{condition: \"request.stream && 'hard'!=task.complexity\", model: a}]}",
            "model_routing.rules[0].condition", "a task is lookup or reasoning or analysis, and never 'hard'", "",
        ),
        (
            "model_routing: {rules: [{condition: \"request.body.x == 'x'\", model: a}]}",
            "model_routing.rules[0].condition", "there is task.complexity", "",
        ),
        ("model_routing: {rules: [{condition: 'task.input_tokens', model: a}]}", "model_routing.rules[0].condition",
         "gives int, not a boolean", ""),
        ("model_routing: {rules: [{model: a}, {model: b}]}", "model_routing.rules[1]", "rule 1 (line 5)", "last"),
        ("model_routing: {rules: [{condition: request.stream, model: a}, {condition: request.stream, model: b}]}",
         "model_routing.rules[1]", "rule 1 (line 5) has the same condition", ""),
        ("model_routing: {rules: [{model: a, fallbacks: [a]}]}", "model_routing.rules[0].fallbacks[0]", "tried already",
         ""),
        ("model_routing: {rules: [{model: a, fallbacks: [b, b]}]}", "model_routing.rules[0].fallbacks[1]",
         "tried already", ""),
        ("model_routing: {rules: [{model: a, fallbacks: [{}]}]}", "model_routing.rules[0].fallbacks[0]",
         "what failed already", ""),
        ("model_routing: {rules: [{model: a, fallbacks: [5]}]}", "model_routing.rules[0].fallbacks[0]",
         "expected keys with values", ""),
        ("model_routing: {rules: [{model: a, fallbacks: [{modl: b}]}]}", "model_routing.rules[0].fallbacks[0].modl",
         "unknown key", "`model`"),
        ("scheduling: {look_ahead_seconds: 0}", "scheduling.look_ahead_seconds", "1 to 3600", ""),
        ("scheduling: {look_ahead_seconds: 30s}", "scheduling.look_ahead_seconds", "a number of seconds", ""),
        ("scheduling: {look_ahead_seconds: true}", "scheduling.look_ahead_seconds", "a number of seconds", ""),
        ("scheduling: {context_packing: yes}", "scheduling.context_packing", "true or false", ""),
        ("governance: {}", "governance", "unknown key", "Known here: budgets"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_place(spec: str, where: str, said: str, hint: str) -> None:
    (problem,) = problems(spec, OPENAI)
    assert (problem.where, problem.line) == (f"spec.{where}", 5)
    assert said in problem.message
    assert hint in problem.hint


def test_a_word_that_no_task_is_is_pointed_at() -> None:
    source = "request.stream || task.complexity == 'lokup'"
    (problem,) = problems(f'model_routing: {{rules: [{{condition: "{source}", model: a}}]}}', OPENAI)
    assert problem.excerpt[problem.column - 1 :].startswith("task.complexity == 'lokup'")


def test_the_words_for_tasks_are_the_classifiers() -> None:
    assert compile_routing.COMPLEXITIES == classifier.COMPLEXITIES


def test_a_mistake_in_a_condition_points_into_it() -> None:
    (problem,) = problems("model_routing: {rules: [{condition: 'true && nope', model: a}]}")
    assert problem.excerpt[problem.column - 1 :].startswith("nope")


@pytest.mark.parametrize(
    ("rules", "rule", "where", "said"),
    [
        ([OPENAI], "model: a, host: b.example", "[0].host", "no rule of the policy"),
        (
            [OPENAI],
            "model: a, fallbacks: [{model: b, host: b.example}]",
            "[0].fallbacks[0].host",
            "requests to b.example",
        ),
        (["host: b.example"], "model: a, host: b.example", "[0].host", "does not allow POST"),
        (["host: b.example, ports: [1], protocol: tcp"], "model: a, host: b.example", "[0].host", "no rule"),
        (["host: b.example, tls: passthrough"], "model: a, host: b.example", "[0].host", "no rule"),
        (
            ["host: b.example, methods: [POST], paths: [/v1/*]"],
            "model: a, host: b.example, path: /v2/x",
            "[0].path",
            "for this path",
        ),
    ],
)
def test_a_target_that_the_policy_does_not_allow_is_a_mistake(
    rules: list[str], rule: str, where: str, said: str
) -> None:
    (problem,) = problems(f"model_routing: {{rules: [{{{rule}}}]}}", *rules)
    assert (problem.where, problem.line) == (f"spec.model_routing.rules{where}", 5)
    assert said in problem.message


def test_a_summary_does_not_use_up_what_the_policy_allows() -> None:
    policy = manifest("governance: {budget: {max_cost_per_session: 0.02}}")
    flux = flux_manifest(
        "budgets: {per_session: {max_tokens: 9, action_on_exceed: terminate_with_summary}}\nsummary: {model: a}"
    )
    with pytest.raises(PolicyError, match=r"\(\$0\.02\) is kept back") as caught:
        compile_bytes(policy.encode(), "p.yaml", File("f.yaml", flux.encode()))
    assert caught.value.source == "f.yaml"


@pytest.mark.parametrize(
    "rule", ["host: b.example, methods: [POST], protocol: http", "host: '*.example', methods: ['*']"]
)
def test_a_target_that_the_policy_allows_is_none(rule: str) -> None:
    assert routing("model_routing: {rules: [{model: a, host: b.example, path: /v1/x}]}", rule).routes


def test_a_target_is_the_policy_s_matter_only_beside_one() -> None:
    flux = flux_manifest("model_routing: {rules: [{model: a, host: b.example}]}")
    assert check_flux(File("flux.yaml", flux.encode())).flux.spec.model_routing.rules


class Beside:
    """A policy in a folder that names a FluxConfig."""

    def __init__(self, folder: Path, written: str) -> None:
        self.policy = folder / "policy.yaml"
        self.policy.write_text(manifest(f"governance: {{flux: {written}}}"))

    def plans(self, flux: str = "") -> Plans:
        return compile_file(str(self.policy), flux)


@pytest.mark.parametrize("written", ["flux.yaml", "./flux.yaml", "sub/../flux.yaml"])
def test_the_policy_names_a_flux_config_in_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    (tmp_path / "flux.yaml").write_text(FOUNDING_FLUX)
    monkeypatch.chdir("/")
    if ".." in written:
        with pytest.raises(PolicyError, match=r"`\.\.` is not accepted"):
            Beside(tmp_path, written).plans()
        return
    assert Beside(tmp_path, written).plans().flux_sha256 != ""


def test_an_absolute_path_is_a_path_too(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "flux.yaml").write_text(FOUNDING_FLUX)
    assert Beside(tmp_path, str(folder / "flux.yaml")).plans().broker.routing.routes


def test_a_flux_config_that_cannot_be_read_is_a_mistake_of_the_policy(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "absent.yaml")
    with pytest.raises(PolicyError, match=r"absent\.yaml: there is no such file") as caught:
        beside.plans()
    assert caught.value.source == str(beside.policy)
    assert [(problem.where, problem.line) for problem in caught.value.problems] == [("spec.governance.flux", 5)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (manifest(), "flux.yaml:2:7: kind: this is an AgentPolicy, not a FluxConfig"),
        ("[]", "flux.yaml:1:1: expected a FluxConfig (a mapping), found "),
        ("a: [", "flux.yaml:2:1: this is not YAML"),
        ("apiVersion: akios/v1\nkind: Flux", "flux.yaml:2:7: kind: expected FluxConfig, found "),
    ],
)
def test_a_file_that_is_no_flux_config_is_a_mistake_of_the_policy_that_names_it(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "flux.yaml").write_text(content)
    with pytest.raises(PolicyError) as caught:
        Beside(tmp_path, "flux.yaml").plans()
    assert caught.value.source == str(tmp_path / "policy.yaml")
    (problem,) = caught.value.problems
    assert (problem.where, problem.line) == ("spec.governance.flux", 5)
    assert f"{tmp_path}/{said}" in problem.message


def test_a_given_flux_config_wins(tmp_path: Path) -> None:
    given = tmp_path / "given.yaml"
    given.write_text(flux_manifest("budgets: {per_day: {max_tokens: 7}}"))
    assert Beside(tmp_path, "absent.yaml").plans(str(given)).broker.budget.limits[0].tokens == 7


def test_mistakes_in_the_named_file_are_mistakes_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "flux.yaml").write_text(flux_manifest("bugets: {}"))
    with pytest.raises(PolicyError) as caught:
        Beside(tmp_path, "flux.yaml").plans()
    assert caught.value.source == str(tmp_path / "flux.yaml")


@pytest.mark.parametrize(
    ("policy", "flux", "said"),
    [
        (manifest(), manifest(), "flux.yaml:2:7: kind: this is an AgentPolicy, not a FluxConfig"),
        (flux_manifest(), flux_manifest(), "policy.yaml:2:7: kind: this is a FluxConfig, not an AgentPolicy"),
        (manifest(), "[]", "expected a FluxConfig"),
        (manifest(), "kind: FluxConfg", "expected FluxConfig"),
        (manifest(), "", "empty"),
    ],
)
def test_each_file_is_of_its_kind(policy: str, flux: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        compile_bytes(policy.encode(), "policy.yaml", File("flux.yaml", flux.encode()))
    assert said in str(caught.value)


@settings(max_examples=300)
@given(st.integers(0, len(FOUNDING_FLUX) - 1), st.integers(0, 30), st.text(max_size=6))
def test_damaged_flux_configs_compile_or_are_refused(place: int, length: int, inserted: str) -> None:
    text = FOUNDING_FLUX[:place] + inserted + FOUNDING_FLUX[place + length :]
    try:
        compiled = compile_bytes(allowlist(OPENAI).encode(), "p.yaml", File("f.yaml", text.encode()))
    except PolicyError:
        return
    assert Plans.from_json(compiled.to_json()) == compiled
