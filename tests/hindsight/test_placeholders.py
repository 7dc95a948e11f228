"""What a condition looks at is read from its text: a placeholder elsewhere does not make its answer unsure."""

from __future__ import annotations

from typing import Any

import pytest

from akios_jail.hindsight.placeholders import in_path, kinds, looked_at, of_changes
from akios_jail.policy.plans import Change

BODY: dict[str, Any] = {
    "model": "gpt-4o",
    "to": "[EMAIL_1]",
    "customer": {"name": "[PERSON_NAME_2]", "age": 40},
    "items": [{"price": 5}, {"note": "call [PHONE_3]"}],
    "[IBAN_4]": 1,
}


@pytest.mark.parametrize(
    ("condition", "tokens"),
    [
        ("request.body.model == 'gpt-4o'", []),
        ("request.body.to.endsWith('@example.org')", ["[EMAIL_1]"]),
        ("has(request.body.to) && request.body.to == 'x'", ["[EMAIL_1]"]),
        ("request.body.customer.age > 18", []),
        ("request.body['customer']['name'] == 'Ada'", ["[PERSON_NAME_2]"]),
        ('request.body.customer["age"] > 18', []),
        ("request.body.customer != {}", ["[PERSON_NAME_2]"]),
        ("request.body.items[0].price < 10", []),
        ("request.body.items[1].note == ''", ["[PHONE_3]"]),
        ("request.body.items[7].note == ''", []),
        ("request.body.items.all(i, i.price < 10)", ["[PHONE_3]"]),
        ("request.body.items.size() < 10", ["[PHONE_3]"]),
        ("size(request.body) > 0 && request.body.model != ''", ["[EMAIL_1]"]),
        ("'to' in request.body", ["[EMAIL_1]"]),
        ("request.body.to[0] == 'a'", ["[EMAIL_1]"]),
        ("request.headers['x'] == 'a'", []),
        ("request.headers['authorization'] != ''", ["[CREDENTIAL]"]),
        ("session.name == 'request.body'", ["[EMAIL_1]"]),
        ("myrequest.body.to == ''", []),
    ],
)
def test_placeholders_in_what_a_condition_looks_at(condition: str, tokens: list[str]) -> None:
    found = looked_at(
        condition, {"request.body": BODY, "request.headers": {"authorization": "[CREDENTIAL]", "x": "plain"}}
    )
    assert set(tokens) <= set(found)
    assert bool(found) == bool(tokens)


def test_bounds_are_unsure_where_the_value_is_hidden() -> None:
    def change(*path: str) -> tuple[Change, ...]:
        return (Change(path, None, 5, None),)

    assert of_changes(change("customer", "age"), BODY) == []
    assert of_changes(change("customer", "name"), BODY) == ["[PERSON_NAME_2]"]
    assert of_changes(change("nobody"), None) == []


def test_kinds_are_those_of_placeholders() -> None:
    assert kinds("[EMAIL_1] and [CREDENTIAL], [email_1] [PSEUDONYM_2]", "[IBAN_12]") == {"email", "pseudonym", "iban"}


@pytest.mark.parametrize(
    ("path", "hidden"), [("/users/%5BEMAIL_1%5D", True), ("/users/[EMAIL_1]", True), ("/users/1", False), ("/…", True)]
)
def test_a_path_can_be_hidden_in_part(path: str, hidden: bool) -> None:
    assert in_path(path) is hidden
