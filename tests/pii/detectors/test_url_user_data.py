"""People in addresses of the web."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.url_user_data import UrlUserData
from tests.pii.detectors.triggered import findings, grows_in_proportion, values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://jane:hunter2@example.com/x", ["jane", "hunter2"]),
        ("postgres://jane.doe:hunter2@db.example.com/x", ["jane.doe", "hunter2"]),
        ("https://deploy:41l1fixerstahq1two7u@code.example/x.git", ["deploy:41l1fixerstahq1two7u"]),
        ("https://linkedin.com/in/jane-doe-4821", ["jane-doe-4821"]),
        ("facebook.com/jane.doe.77", ["jane.doe.77"]),
        ("redis://default:v15sztbxp2s9@cache.example:6379/0", ["default:v15sztbxp2s9"]),
        ("ftp://jane.doe@files.example.com/", ["jane.doe"]),
        ("https://x.io/s?email=jane%40example.com&page=2", ["jane%40example.com"]),
        ("https://x.io/s?page=2&name=Jane+Doe", ["Jane+Doe"]),
        ("https://x.io/s?first_name=Jane&last_name=Doe", ["Jane", "Doe"]),
        ("https://x.io/s?user[email]=jane@example.com", ["jane@example.com"]),
        ("https://x.io/s?customer%5Bphone%5D=%2B12125550123", ["%2B12125550123"]),
        ("GET /search?user_id=48213&q=x", ["48213"]),
        ("https://x.io/?username=jdoe84", ["jdoe84"]),
        ("https://x.io/cb#access_token=a8f5f167f44f4964e6c998dee827110c", ["a8f5f167f44f4964e6c998dee827110c"]),
        ("https://x.io/users/jane%40example.com/orders", ["jane%40example.com"]),
        ("https://x.io/people/@jane_doe", ["@jane_doe"]),
        ("https://x.io/members/jane_doe84", ["jane_doe84"]),
        ("GET /api/patients/P-10442 HTTP/1.1", ["P-10442"]),
        ("https://x.io/profile/jane.doe", ["jane.doe"]),
        ("https://x.io/?dob=1984-05-12", ["1984-05-12"]),
    ],
)
def test_what_an_address_says_of_a_person_is_found(text: str, found: list[str]) -> None:
    assert values(UrlUserData(), text) == found


@pytest.mark.parametrize(
    "text",
    [
        "https://git@github.com/akios/jail.git",
        "https://x-access-token:${TOKEN}@github.com/x",
        "postgres://app@db/x",
        "https://x.io/s?page=2&sort=name",
        "https://x.io/s?name=chart1",
        "https://x.io/s?filename=report",
        "https://x.io/s?email={email}",
        "https://x.io/s?email=$EMAIL",
        "https://x.io/s?user_id=",
        "https://x.io/s?email_count=3",
        "https://x.io/users/login",
        "https://api.x.io/v1/users/48213/orders",
        "https://x.io/customers/550e8400-e29b-41d4-a716-446655440000",
        "https://x.io/customers/cus_P4418890217",
        "GET /accounts/3f2a1b0c9d8e HTTP/1.1",
        "https://x.io/users/me",
        "https://x.io/users/{id}/orders",
        "https://x.io/users/:id",
        "https://x.io/users/v2/list",
        "src/users/views2.py",
        "/app/users/models.py",
        "https://x.io/accounts/new?type=2",
        "if (a?name=b:c)",
        "x&name=Jane",
        "https://www.npmjs.com/package/@scope/pkg@1",
    ],
)
def test_an_address_that_says_nothing_of_a_person_is_left(text: str) -> None:
    assert values(UrlUserData(), text) == []


def test_the_key_is_the_value_as_it_was_before_it_was_encoded() -> None:
    (finding,) = findings(UrlUserData(), "https://x.io/?email=Jane%40Example.com")
    assert finding.key == "jane@example.com"
    assert "jane" not in finding.reason


@pytest.mark.parametrize(
    "piece", ["?name=A", "&email=", "://a@b", "/users/1a", "?user=a&", "https://x/users/", "://a:b@"]
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(UrlUserData(), piece)
