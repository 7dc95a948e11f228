"""Why a text is not found: the check that it fails, or the word that it lacks."""

from __future__ import annotations

import pytest

from akios_jail.pii.catalogue import expanded
from akios_jail.pii.near_misses import near_misses
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.setup import redactor_of
from akios_jail.policy.plans import Pii


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return redactor_of(Pii("observe", expanded(("email", "phone", "credit_card", "iban", "ssn", "date_of_birth"))))


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("pay 4111 1111 1111 1112", "credit_card", "not the check digit"),
        ("to GB83 WEST 1234 5698 7654 32", "iban", "modulo 97"),
        ("write to ada@localhost", "email", "no domain with a dot"),
        ("no 666-12-3456", "ssn", "no number is given with these parts"),
        ("due 2001-02-03", "date_of_birth", "a date of birth only where"),
    ],
)
def test_the_check_that_it_fails(redactor: Redactor, text: str, kind: str, reason: str) -> None:
    told = {miss.kind: miss.reason for miss in near_misses(text, redactor)}
    assert reason in told[kind]


def test_the_word_that_it_lacks(redactor: Redactor) -> None:
    told = [miss for miss in near_misses("219099999", redactor) if miss.kind == "ssn"]
    assert "beside a word" in told[0].reason


@pytest.mark.parametrize("text", ["", "hello", "ada@example.org", "pay 4111 1111 1111 1111"])
def test_what_is_found_or_nothing_has_no_reasons(redactor: Redactor, text: str) -> None:
    assert list(near_misses(text, redactor)) == []


def test_each_kind_is_told_once(redactor: Redactor) -> None:
    told = [miss.kind for miss in near_misses("49 0151 2345", redactor)]
    assert len(told) == len(set(told))
