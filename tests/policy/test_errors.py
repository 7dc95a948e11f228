"""Mistakes in a policy: each at its place, with what was probably meant, all in one go and on one screen."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.policy.compile import compile_bytes, compile_file
from akios_jail.policy.errors import SHOWN, PolicyError, Problem
from tests.policy.manifests import FOUNDING, allowlist, manifest, plans

RULES = "spec.governance.network_access.allowlist"


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        plans(text)
    return caught.value.problems


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("spec", "where", "line", "column", "said", "hint"),
    [
        ("resorces: {}", "resorces", 5, 3, "unknown key", "`resources`"),
        ("governance: {budgets: {}}", "governance.budgets", 5, 16, "unknown key", "`budget`"),
        ("governance: {Budget: {}}", "governance.Budget", 5, 16, "unknown key", "`budget`"),
        ("allowlist: []", "allowlist", 5, 3, "unknown key", "spec.governance.network_access.allowlist"),
        ("zzz: 1", "zzz", 5, 3, "unknown key", "Known here: governance, filesystem"),
        ("resources: {memory: lots}", "resources.memory", 5, 23, "expected a size", ""),
        ("resources: {memory: 512M}", "resources.memory", 5, 23, "write 512MiB", ""),
        ("resources: {memory: 1KiB}", "resources.memory", 5, 23, "too little", ""),
        ("resources: {pids: '64'}", "resources.pids", 5, 21, "expected a whole number, found the text '64'", "64"),
        ("resources: {pids: 1.5}", "resources.pids", 5, 21, "expected a whole number", ""),
        ("resources: {pids: true}", "resources.pids", 5, 21, "expected a whole number, found true", ""),
        ("resources: {pids: 0}", "resources.pids", 5, 21, "at least 4", ""),
        ("resources: {pids: 99999999}", "resources.pids", 5, 21, "at most 4194304", ""),
        ("resources: {cpus: 0}", "resources.cpus", 5, 21, "between 0.01", ""),
        ("resources: {wall_time: 0s}", "resources.wall_time", 5, 26, "no time", ""),
        ("resources: {wall_time: 90}", "resources.wall_time", 5, 26, "write 90s", ""),
        ("resources: {optional: yes}", "resources.optional", 5, 25, "expected true or false, found the text", ""),
        ("resources: []", "resources", 5, 14, "expected keys with values, found a list", ""),
        ("resources: 5", "resources", 5, 14, "expected keys with values, found the number 5", ""),
        ("resources:", "resources", 5, 3, "no value", "default"),
        ("filesystem: {workspace: {access: write}}", "filesystem.workspace.access", 5, 36, "ro or rw or overlay", ""),
        ("filesystem: {workspace: {access: overlays}}", "filesystem.workspace.access", 5, 36, "ro", "overlay"),
        ("filesystem: {workspace: ../x}", "filesystem.workspace.path", 5, 27, "`..`", ""),
        ("filesystem: {read: /data}", "filesystem.read", 5, 22, "expected a list", "[/data]"),
        ("filesystem: {read: [~/.ssh]}", "filesystem.read[0]", 5, 23, "home", ""),
        ("filesystem: {read: ['$HOME/x']}", "filesystem.read[0]", 5, 23, "not expanded", ""),
        ("filesystem: {read: ['/data/*']}", "filesystem.read[0]", 5, 23, "patterns", ""),
        ("filesystem: {read: [5]}", "filesystem.read[0]", 5, 23, "expected text, found the number 5", ""),
        ("filesystem: {read: ['']}", "filesystem.read[0]", 5, 23, "empty", ""),
        ("environment: {pass: [A=1]}", "environment.pass[0]", 5, 24, "write A: under `set`", ""),
        ("environment: {pass: ['A B']}", "environment.pass[0]", 5, 24, "not the name", ""),
        ("environment: {set: {A: true}}", "environment.set.A", 5, 26, "found true: put it in quotes", ""),
        ("environment: {set: {A: [1]}}", "environment.set.A", 5, 26, "found a list", ""),
        ("environment: {set: {SSL_CERT_FILE: /x}}", "environment.set.SSL_CERT_FILE", 5, 38, "trust store", ""),
        ("environment: {set: {'A-B': x}}", "environment.set.A-B", 5, 30, "not the name", ""),
        ("seccomp: {profile: agent-defualt}", "seccomp.profile", 5, 22, "no system call profile", "agent-default"),
        ("seccomp: {profile: zzzz}", "seccomp.profile", 5, 22, "no system call profile", "comes with"),
        ("seccomp: {profile: broker}", "seccomp.profile", 5, 22, "no system call profile", ""),
        ("seccomp: {profile: ./none.json}", "seccomp.profile", 5, 22, "No such file", ""),
        ("seccomp: {profile: ''}", "seccomp.profile", 5, 22, "", ""),
        (
            "governance: {budget: {max_cost_per_session: free}}",
            "governance.budget.max_cost_per_session", 5, 47, "US dollars", "",
        ),
        (
            "governance: {budget: {max_tokens_per_minute: 10k}}",
            "governance.budget.max_tokens_per_minute", 5, 48, "whole number", "",
        ),
        (
            "governance: {budget: {max_tokens_per_minute: 10_000}}",
            "governance.budget.max_tokens_per_minute", 5, 48, "whole number", "10000",
        ),
        (
            "governance: {budget: {max_tokens_per_minute: 0}}",
            "governance.budget.max_tokens_per_minute", 5, 48, "at least 1", "",
        ),
        (
            "governance: {pii_handling: {mode: redact}}",
            "governance.pii_handling.mode", 5, 37, "redact_before_inference", "",
        ),
        (
            "governance: {pii_handling: {fields: [mail]}}",
            "governance.pii_handling.fields[0]", 5, 40, "email or secret or", "email",
        ),
        ("governance: {pii_handling: {fields: []}}", "governance.pii_handling.fields", 5, 39, "empty", ""),
        ("governance: {network_access: {allowlist: {}}}", RULES[5:], 5, 44, "expected a list", ""),
        (
            "governance: {network_access: {allowlist: [api.openai.com]}}",
            f"{RULES[5:]}[0]", 5, 45, "expected keys with values", "",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_place(spec: str, where: str, line: int, column: int, said: str, hint: str) -> None:
    problem = only(manifest(spec))
    assert (problem.where, problem.line, problem.column) == (f"spec.{where}", line, column)
    assert said in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("rule", "key", "said", "hint"),
    [
        ("ports: [443]", ".host", "missing", "A name"),
        ("host: a.example, metods: [GET]", ".metods", "unknown key", "`methods`"),
        ("host: a.example, port: 443", ".port", "unknown key", "`ports`"),
        ("host: 'https://a.example/v1'", ".host", "URL", 'host: "a.example"'),
        ("host: 5", ".host", "expected text", ""),
        ("host: a.example, ports: 443", ".ports", "expected a list", "[443]"),
        ("host: a.example, ports: []", ".ports", "empty", ""),
        ("host: a.example, ports: [0]", ".ports[0]", "at least 1", ""),
        ("host: a.example, ports: [65536]", ".ports[0]", "at most 65535", ""),
        ("host: a.example, ports: ['443']", ".ports[0]", "whole number", "443"),
        ("host: a.example, methods: []", ".methods", "empty", ""),
        ("host: a.example, methods: [PSOT]", ".methods[0]", "did you mean POST", ""),
        ("host: a.example, methods: [CONNECT]", ".methods[0]", "protocol: tcp", ""),
        ("host: a.example, methods: [TRACE]", ".methods[0]", "credentials", ""),
        ("host: a.example, paths: [v1]", ".paths[0]", "slash", ""),
        ("host: a.example, paths: []", ".paths", "empty", ""),
        ("host: a.example, paths: ", ".paths", "no value", ""),
        ("host: a.example, methods: [~]", ".methods[0]", "no value", ""),
        ("host: a.example, when: ''", ".when", "empty", ""),
        ("host: a.example, when: true", ".when", "expected text, found true", ""),
        ("host: a.example, when: 'request.methd == 1'", ".when", "undeclared reference", ""),
        ("host: a.example, protocol: ftp", ".protocol", "https or http or tcp", ""),
        ("host: a.example, protocol: htps", ".protocol", "https or http or tcp", "http"),
        ("host: a.example, tls: pass", ".tls", "intercept or passthrough", ""),
        ("host: a.example, addresses: [corp]", ".addresses[0]", "not a network", "10.1.0.0/16"),
        ("host: a.example, addresses: 10.0.0.0/8", ".addresses", "expected a list", ""),
    ],
)
def test_a_mistake_in_a_rule_is_named_at_its_place(rule: str, key: str, said: str, hint: str) -> None:
    problem = only(allowlist(rule))
    assert problem.where == f"{RULES}[0]{key}"
    assert problem.line == 8
    assert said in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("text", "where", "said", "hint"),
    [
        ("[]", "", "expected a policy", ""),
        ("just text", "", "expected a policy", ""),
        ("{}", "apiVersion", "missing", ""),
        (FOUNDING.replace("akios/v1", "akios/v2"), "apiVersion", "expected akios/v1, found the text 'akios/v2'", ""),
        (FOUNDING.replace("akios/v1", "1"), "apiVersion", "expected akios/v1, found the number 1", ""),
        (FOUNDING.replace("AgentPolicy", "agentpolicy"), "kind", "expected AgentPolicy", "AgentPolicy"),
        (FOUNDING.replace("kind: AgentPolicy\n", ""), "kind", "missing", ""),
        (FOUNDING.replace("AgentPolicy", "FluxConfig"), "kind", "FluxConfig", "--flux"),
        (FOUNDING.replace("my-first-agent", "my first agent"), "metadata.name", "not a name", ""),
        (FOUNDING.replace("my-first-agent", "5"), "metadata.name", "expected text", ""),
        (FOUNDING.replace("my-first-agent", "''"), "metadata.name", "not a name", ""),
        (FOUNDING.replace("my-first-agent", "a" * 64), "metadata.name", "at most 63", ""),
        (FOUNDING.replace("spec:", "sepc:"), "sepc", "unknown key", "`spec`"),
        (FOUNDING.replace("  name: my-first-agent", "  {}"), "metadata.name", "missing", "audit"),
    ],
)
def test_a_mistake_in_the_head_is_named(text: str, where: str, said: str, hint: str) -> None:
    problem = problems(text)[0]
    assert problem.where == where
    assert said in problem.message
    assert hint in problem.hint


def test_a_condition_s_mistake_points_into_the_expression() -> None:
    problem = only(allowlist("""host: a.example, when: "true && request.methd == 'x'" """))
    assert problem.excerpt[problem.column - 1 :].startswith(".methd")


def test_a_condition_of_several_lines_says_which_line_is_meant() -> None:
    rule = "- host: a.example\n      when: |\n        true\n        && nope\n"
    problem = only(manifest(f"governance:\n  network_access:\n    allowlist:\n    {rule}"))
    assert problem.hint == "In line 2, column 4 of the condition."


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file() -> None:
    text = allowlist("host: 'http://a'", "host: b.example, methods: [PSOT], when: '1 +'", "host: c.example, prots: [1]")
    text += "  resources: {pids: many}\n  zzz: 1\n"
    found = problems(text)
    assert [problem.line for problem in found] == [8, 9, 10, 11, 12]


def test_a_long_list_of_mistakes_fits_one_screen() -> None:
    text = allowlist(*[f"host: h{number}.example, methods: [PSOT]" for number in range(100)])
    with pytest.raises(PolicyError) as caught:
        plans(text)
    lines = str(caught.value).splitlines()
    assert len(caught.value.problems) == 100
    assert len(lines) <= 24 + SHOWN
    assert lines[-1] == f"… and {100 - SHOWN} more in policy.yaml"


def test_the_excerpt_of_a_long_line_shows_its_place() -> None:
    text = manifest("environment: {set: {A: " + "x" * 500 + "}, pass: [B=1]}")
    shown = str(PolicyError("policy.yaml", problems(text)))
    excerpt, caret = shown.splitlines()[1:3]
    assert excerpt[caret.index("^")] == "B"
    assert len(excerpt) < 120


def test_a_rendered_mistake_reads_like_a_compiler_s() -> None:
    with pytest.raises(PolicyError) as caught:
        plans(allowlist("host: a.example, metods: [GET]"))
    assert str(caught.value) == (
        "policy.yaml:8:29: spec.governance.network_access.allowlist[0].metods: unknown key\n"
        "    8 |         - {host: a.example, metods: [GET]}\n"
        "      |                             ^\n"
        "    Did you mean `methods`?"
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "absent.yaml", "no such file"),
        (lambda folder: folder, "Is a directory"),
        (lambda folder: "a\0b", "null byte"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_mistake_too(tmp_path: object, make: object, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        compile_file(str(make(tmp_path)))  # type: ignore[operator]


def test_an_absent_policy_yaml_says_how_to_get_one(tmp_path: object) -> None:
    with pytest.raises(PolicyError, match="akios init"):
        compile_file(f"{tmp_path}/policy.yaml")


_TOKENS = [
    *FOUNDING.replace(":", " : ").split(),
    *"-",
    ":",
    "[",
    "]",
    "{",
    "}",
    "&a",
    "*a",
    "null",
    "1.5",
    "'",
    "\n",
    "\n  ",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_TOKENS), max_size=40).map(" ".join))
def test_scrambled_policies_compile_or_are_refused(text: str) -> None:
    try:
        compile_bytes(text.encode(), "policy.yaml")
    except PolicyError as error:
        rendered = str(error)
    else:
        return
    assert len(rendered.splitlines()) < 40


@settings(max_examples=300)
@given(st.integers(0, len(FOUNDING) - 1), st.integers(0, 30), st.text(max_size=6))
def test_damaged_policies_compile_or_are_refused(place: int, length: int, inserted: str) -> None:
    text = FOUNDING[:place] + inserted + FOUNDING[place + length :]
    try:
        compiled = compile_bytes(text.encode(), "policy.yaml")
    except PolicyError:
        return
    assert compiled.name


_ANY = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 70000), st.sampled_from(["GET", "/**", "*.a.example", "1GiB", ""])
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["host", "ports", "path"]), inner),
    max_leaves=5,
)
_KEYS = ["host", "ports", "methods", "paths", "when", "protocol", "tls", "addresses", "description"]


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(_KEYS), _ANY))
def test_a_rule_of_any_values_compiles_or_is_refused(rule: dict[str, object]) -> None:
    text = allowlist(json.dumps({"host": "a.example", **rule})[1:-1])
    try:
        compile_bytes(text.encode(), "policy.yaml")
    except PolicyError as error:
        rendered = str(error)
    else:
        return
    assert RULES in rendered or "metadata" not in rendered
