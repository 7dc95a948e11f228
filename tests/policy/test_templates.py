"""The policies that come with AKIOS are right, and allow what they say and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from akios_jail import resources
from akios_jail.policy.action import Action
from akios_jail.policy.compile import compile_file
from akios_jail.policy.decide import decide

NAMES = resources.names("policies")


def test_there_are_templates() -> None:
    assert {"first-agent.yaml", "coding-agent.yaml", "offline.yaml", "research.yaml"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_right_and_commented(name: str) -> None:
    path = Path(resources.path("policies", name))
    plans = compile_file(str(path))
    assert plans.name == path.stem
    assert plans.jail.wall_time_s is not None
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert all(len(line) <= 120 for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_no_template_gives_an_agent_a_key(name: str) -> None:
    plans = compile_file(resources.path("policies", name))
    models = [rule.host for rule in plans.broker.rules if rule.host in ("api.openai.com", "api.anthropic.com")]
    assert not plans.jail.env_pass
    assert bool(plans.broker.credentials) == bool(models)


def https(method: str, host: str, path: str = "/", query: str = "", body: bytes = b"") -> Action:
    return Action(host, 443, "https", method, path, query, body=body)


@pytest.mark.parametrize(
    ("name", "action", "code"),
    [
        ("first-agent.yaml", https("POST", "api.openai.com", "/v1/chat/completions"), "allowed"),
        ("first-agent.yaml", https("POST", "api.openai.com", "/v1/files"), "path_not_allowed"),
        ("first-agent.yaml", https("GET", "api.openai.com", "/v1/models"), "method_not_allowed"),
        ("first-agent.yaml", https("GET", "internal-crm.corp", "/customers/1"), "allowed"),
        ("first-agent.yaml", https("DELETE", "internal-crm.corp", "/customers/1"), "method_not_allowed"),
        ("coding-agent.yaml", https("GET", "packages.example.com", "/simple/requests/"), "allowed"),
        ("coding-agent.yaml", https("POST", "packages.example.com", "/upload"), "method_not_allowed"),
        ("coding-agent.yaml", https("GET", "upload.packages.example.com"), "host_not_allowed"),
        ("coding-agent.yaml", https("GET", "github.com", "/o/r.git/info/refs", "service=git-upload-pack"), "allowed"),
        ("coding-agent.yaml", https("POST", "github.com", "/o/r.git/git-upload-pack"), "allowed"),
        (
            "coding-agent.yaml",
            https("GET", "github.com", "/o/r.git/info/refs", "service=git-receive-pack"),
            "condition_false",
        ),
        (
            "coding-agent.yaml",
            https("GET", "github.com", "/o/r.git/info/refs", "service=git-upload-pack&service=git-receive-pack"),
            "condition_false",
        ),
        ("coding-agent.yaml", https("GET", "github.com", "/o/r.git/info/refs"), "condition_false"),
        ("coding-agent.yaml", https("POST", "github.com", "/o/r.git/git-receive-pack"), "path_not_allowed"),
        ("offline.yaml", https("GET", "example.com"), "host_not_allowed"),
        ("research.yaml", https("GET", "en.wikipedia.org", "/wiki/Jail"), "allowed"),
        ("research.yaml", https("GET", "en.wikipedia.org", "/w/api.php", "titles=Jail"), "allowed"),
        ("research.yaml", https("GET", "en.wikipedia.org", "/w/api.php", "titles=" + "x" * 300), "condition_false"),
        ("research.yaml", https("POST", "en.wikipedia.org", "/w/api.php"), "method_not_allowed"),
        ("research.yaml", https("GET", "arxiv.org", "/abs/1706.03762"), "allowed"),
        ("research.yaml", https("GET", "arxiv.org", "/abs/1706.03762", "q=x"), "condition_false"),
        (
            "research.yaml",
            https("POST", "api.openai.com", "/v1/responses", body=b'{"model": "gpt-4o-mini"}'),
            "allowed",
        ),
        (
            "research.yaml",
            https("POST", "api.openai.com", "/v1/responses", body=b'{"model": "gpt-4o"}'),
            "condition_false",
        ),
        ("research.yaml", https("POST", "api.openai.com", "/v1/responses", body=b"{}"), "condition_false"),
    ],
)
def test_a_template_allows_what_it_says(name: str, action: Action, code: str) -> None:
    assert decide(compile_file(resources.path("policies", name)).broker, action).code == code
