"""The SDK's policy: loaded, checked, asked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from akios import Policy
from akios_jail.policy.errors import PolicyError

FOUNDING = Path(__file__).parents[1] / "e2e" / "my-first-agent.yaml"


def test_a_policy_is_known_by_name_and_hash() -> None:
    policy = Policy.from_file(FOUNDING)
    assert policy.name == "my-first-agent"
    assert policy.sha256 == hashlib.sha256(FOUNDING.read_bytes()).hexdigest()
    assert policy.path == str(FOUNDING)


@pytest.mark.parametrize(
    ("method", "url", "decision", "rule"),
    [
        ("POST", "https://api.openai.com/v1/chat/completions", "allow", 1),
        ("get", "https://api.openai.com/v1/models", "deny", None),
        ("GET", "https://evil.example.com/", "deny", None),
    ],
)
def test_it_says_what_would_happen(method: str, url: str, decision: str, rule: int | None) -> None:
    explanation = Policy.from_file(FOUNDING).explain(method, url)
    assert (explanation.verdict.decision, explanation.verdict.rule) == (decision, rule)
    assert explanation.verdict.reason


def test_what_is_no_url_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="not a URL"):
        Policy.from_file(FOUNDING).explain("GET", "api.openai.com")


def test_a_bad_policy_names_its_mistakes(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(FOUNDING.read_text().replace("allowlist", "alowlist"))
    with pytest.raises(PolicyError, match="alowlist"):
        Policy.from_file(tmp_path / "policy.yaml")
