"""Email addresses in the spellings of people and programs."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.email import Email
from tests.pii.detectors.triggered import findings, grows_in_proportion, values


@pytest.mark.parametrize(
    ("text", "value", "key"),
    [
        ("jane (at) example (dot) com", "jane (at) example (dot) com", "jane@example.com"),
        ("jane [at] example [dot] com please", "jane [at] example [dot] com", "jane@example.com"),
        ("jane{at}example{dot}com", "jane{at}example{dot}com", "jane@example.com"),
        ("jane(at)example.com", "jane(at)example.com", "jane@example.com"),
        ("in jane@clinic.org.txt and", "jane@clinic.org", "jane@clinic.org"),
        ("on page 1..jane@clinic.org", "jane@clinic.org", "jane@clinic.org"),
        ("/home/a/jane@mail.clinic.de.csv", "jane@mail.clinic.de", "jane@mail.clinic.de"),
        ("jane [@] example.com", "jane [@] example.com", "jane@example.com"),
        ("jane AT example DOT com", "jane AT example DOT com", "jane@example.com"),
        ("jane.doe at example dot com now", "jane.doe at example dot com", "jane.doe@example.com"),
        ("jane dot doe at mail dot example dot org", "jane dot doe at mail dot example dot org", None),
        ("jane arroba ejemplo punto es", "jane arroba ejemplo punto es", "jane@ejemplo.es"),
        ("hans ät beispiel punkt de", "hans ät beispiel punkt de", "hans@beispiel.de"),
        ("jane @ example.com", "jane @ example.com", "jane@example.com"),
        ("my email is jane at example.com.", "jane at example.com", "jane@example.com"),
        ("j.doe [at] uni-example.de", "j.doe [at] uni-example.de", "j.doe@uni-example.de"),
        ("JANE@Example.COM", "JANE@Example.COM", "jane@example.com"),
        ("j\u00f6rg@b\u00fccher.example", "j\u00f6rg@b\u00fccher.example", "j\u00f6rg@xn--bcher-kva.example"),
        ("иван@пример.рф", "иван@пример.рф", "иван@xn--e1afmkfd.xn--p1ai"),
        ("联系jane@example.com谢谢", "jane@example.com", "jane@example.com"),
        ("メールはjane@example.jpです", "jane@example.jp", "jane@example.jp"),
        ("jane@[192.0.2.1]", "jane@[192.0.2.1]", "jane@[192.0.2.1]"),
        ("jane@[IPv6:2001:db8::1]", "jane@[IPv6:2001:db8::1]", "jane@[ipv6:2001:db8::1]"),
        ("Jane Doe <jane@example.com>", "jane@example.com", "jane@example.com"),
        ("jane%40example.com", "jane%40example.com", "jane@example.com"),
    ],
)
def test_an_address_is_found_and_its_spellings_have_one_key(text: str, value: str, key: str | None) -> None:
    assert values(Email(), text) == [value]
    if key is not None:
        assert {finding.key for finding in findings(Email(), text)} == {key}


@pytest.mark.parametrize(
    "text",
    [
        "email me at example.com",
        "look at example dot com",
        "we meet at example.com",
        "errors at any point in the group",
        "Intel i7 @ 2.40 GHz",
        "10 @ 3.50",
        "this@Outer.field",
        "uses: actions/checkout@v4",
        "lodash@4.17.21",
        "lodash@4.17.io.txt",
        "logo@main.min.js",
        "messages@app.de.json",
        "@media (max-width: 10px)",
        "@Override public void run()",
        "x @ y.T",
        "Message-ID: <20240101123456.1234@mail.example.com>",
        "git@github.com:akios/jail.git",
        "image@sha256:4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "arr[@] and (at) all",
        "user@",
        "Follow @jane on the site",
    ],
)
def test_what_only_looks_like_an_address_is_left(text: str) -> None:
    assert values(Email(), text) == []


def test_each_way_of_finding_has_its_confidence_and_says_why_without_the_value() -> None:
    text = "a1@example.com b2%40example.com c3 (at) example.com d4 at example dot com e5@[192.0.2.1]"
    found = findings(Email(), text)
    assert [finding.confidence for finding in found] == [0.97, 0.93, 0.9, 0.8, 0.9]
    assert all(finding.reason and "example" not in finding.reason for finding in found)


@pytest.mark.parametrize(
    "piece", ["a@b.c ", "a at b dot ", "(at)", " @ a", "mail a at b.c", "%40", "a.a-", "a@a@", "联a@"]
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(Email(), piece)


@pytest.mark.parametrize("line", ["+@pytest.fixture", "-@app.route('/')", "+@x.y", "@@ -1,2 +1,2 @@ @a.b", "_@a.b"])
def test_a_decorator_in_a_diff_is_no_address(line: str) -> None:
    assert values(Email(), line) == []
