"""What a policy says is not personal, and how far that goes."""

from __future__ import annotations

import pytest

from akios_jail.pii.allow import Allowed
from akios_jail.pii.detectors import detectors
from akios_jail.pii.engine import Engine


def found(text: str, *allow: str) -> list[str]:
    engine = Engine(detectors(["email", "phone", "url_user_data"]), Allowed(allow))
    return [text[finding.start : finding.end] for finding in engine.find(text)]


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("@example.com", "jane@example.com"),
        ("@example.com", "JANE@EXAMPLE.COM"),
        ("@Example.com", "jane (at) example (dot) com"),
        ("@b\u00fccher.example", "jane@xn--bcher-kva.example"),
        ("@*.example.com", "jane@mail.example.com"),
        ("support@example.com", "Support@Example.com"),
        ("support@example.com", "support%40example.com"),
        ("+1 212 555 0123", "+1 (212) 555-0123"),
        ("+1-212-555-0123", "(212) 555-0123"),
        ("212 555 0123", "+1 212 555 0123"),
        ("/[a-z]+@example\\.(com|org)/", "jane@example.org"),
        ("@example.com", "https://x.io/?email=jane%40example.com"),
    ],
)
def test_an_entry_allows_what_it_speaks_for(entry: str, text: str) -> None:
    assert found(text) != []
    assert found(text, entry) == []


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("@example.com", "jane@mail.example.com"),
        ("@example.com", "jane@example.com.evil.net"),
        ("@example.com", "jane@notexample.com"),
        ("@example.com", "example.com@evil.net"),
        ("@*.example.com", "jane@example.com"),
        ("@*.example.com", "jane@evilexample.com"),
        ("support@example.com", "xsupport@example.com"),
        ("support@example.com", "support@example.com.net"),
        ("/jane@example/", "jane@example.com"),
        ("/example\\.com/", "jane@example.com"),
        ("+1 212 555 0123", "+1 212 555 0124"),
        ("+1 212 555 0123", "+44 212 555 0123"),
        ("@com", "jane@example.com"),
    ],
)
def test_what_is_only_a_part_of_the_finding_allows_nothing(entry: str, text: str) -> None:
    assert found(text, entry) == found(text) != []


def test_beside_an_allowed_value_everything_stays_found() -> None:
    assert found("support@example.com, jane@example.org", "@example.com") == ["jane@example.org"]
