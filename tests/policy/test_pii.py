"""What a policy says of personal data, as a plan."""

from __future__ import annotations

from typing import get_args

import pytest

from akios_jail.pii import catalogue
from akios_jail.policy.pii_schema import GROUPS, PiiField
from akios_jail.policy.plans import PiiMode, PiiPattern, PiiWords
from tests.policy.manifests import manifest, plans
from tests.policy.test_errors import only


def test_policies_know_the_kinds_of_the_catalogue_and_no_others() -> None:
    assert set(get_args(PiiField)) == {kind.name for kind in catalogue.KINDS} | set(catalogue.GROUPS)
    assert {name: set(kinds) for name, kinds in GROUPS.items()} == {
        name: set(kinds) for name, kinds in catalogue.GROUPS.items()
    }


def handling(text: str):  # type: ignore[no-untyped-def]
    return plans(manifest(f"governance: {{pii_handling: {{{text}}}}}")).broker.pii


def test_a_group_stands_for_its_kinds() -> None:
    assert handling("fields: [secrets, email, secret]").fields == ("secret", "email")
    assert set(handling("fields: [all]").fields) == {kind.name for kind in catalogue.KINDS}


def test_a_kind_has_the_mode_that_is_nearest_to_it() -> None:
    pii = handling("mode: pseudonymize, fields: [structured, secret], modes: {structured: observe, email: block}")
    assert (pii.mode_of("secret"), pii.mode_of("phone"), pii.mode_of("email")) == ("pseudonymize", "observe", "block")
    assert PiiMode("email", "block") in pii.modes


def test_kinds_of_ones_own_are_in_the_plan() -> None:
    pii = handling(
        "patterns: [{name: customer_number, pattern: 'KD-[0-9]{6}', ignore_case: true, mode: block}], "
        "words: [{name: project, words: [Blue Moon, Tern, Tern]}], allow: ['@example.com'], "
        "scope: [egress], restore: true"
    )
    assert pii.patterns == (PiiPattern("customer_number", "(?i)KD-[0-9]{6}"),)
    assert pii.words == (PiiWords("project", ("Blue Moon", "Tern")),)
    assert (pii.allow, pii.scope, pii.restore) == (("@example.com",), ("egress",), True)
    assert pii.mode_of("customer_number") == "block"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patterns: [{name: x, pattern: a}]", "small letters"),
        ("patterns: [{name: email, pattern: a}]", "a kind that AKIOS knows"),
        ("patterns: [{name: own, pattern: '(a'}]", "not a pattern"),
        ("patterns: [{name: own, pattern: '(?=a)b'}]", "not a pattern"),
        ("patterns: [{name: own, pattern: 'a*'}]", "would match everywhere"),
        ("patterns: [{name: own, pattern: '\\bx?\\b'}]", "would match everywhere"),
        ("patterns: [{name: own, pattern: '(a)\\1'}]", "not a pattern"),
        ("allow: ['/(?=a)b/']", "not a pattern"),
        ("allow: ['/a*/']", "would match everywhere"),
        ("words: [{name: own, words: []}]", "empty"),
        ("fields: [email], modes: {phone: block}", "which `fields` does not look for"),
        ("patterns: [{name: own, pattern: a}], words: [{name: own, words: [bb]}]", "there twice"),
    ],
)
def test_what_can_never_work_is_refused_with_the_policy(text: str, said: str) -> None:
    problem = only(manifest(f"governance: {{pii_handling: {{{text}}}}}"))
    assert said in problem.message
