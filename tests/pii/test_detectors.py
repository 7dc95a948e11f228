"""What counts as personal data and what only looks like it."""

from __future__ import annotations

import time

import pytest

from akios_jail.pii.detectors import detectors
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault
from akios_jail.pii.view import View

#: An address in tag characters: people see nothing, models read it.
TAGGED = "".join(chr(0xE0000 + ord(character)) for character in "jane@example.com")


def found(field: str, text: str, context: str = "") -> list[str]:
    redactor = Redactor(detectors([field]), Vault())
    return [text[finding.start : finding.end] for finding in redactor.find(text, context)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to jane.doe@example.com, please", "jane.doe@example.com"),
        ("jane+tag@sub.example.co.uk.", "jane+tag@sub.example.co.uk"),
        ("<o'brien@example.org>", "o'brien@example.org"),
        ("'jane@example.org'", "jane@example.org"),
        ("mailto:jane@example.com?subject=x", "jane@example.com"),
        ("https://x.io/u?mail=jane%40example.com&y", "jane%40example.com"),
        ("jane&#64;example.com", "jane&#64;example.com"),
        ("j\u00f6rg@b\u00fccher.example", "j\u00f6rg@b\u00fccher.example"),
        ("user@xn--bcher-kva.example", "user@xn--bcher-kva.example"),
        ("JANE@EXAMPLE.COM", "JANE@EXAMPLE.COM"),
        ("jane@crm.internal", "jane@crm.internal"),
        (
            "\uff4a\uff41\uff4e\uff45\uff20\uff45\uff58\uff0e\uff43\uff4f\uff4d",
            "\uff4a\uff41\uff4e\uff45\uff20\uff45\uff58\uff0e\uff43\uff4f\uff4d",
        ),
        ("ja\u200bne@exam\u00adple.com!", "ja\u200bne@exam\u00adple.com"),
        ("x" * 100 + "@example.com", "x" * 64 + "@example.com"),
        ("foo@bar.py", "foo@bar.py"),
        ('{"email":"jane@example.com"}', "jane@example.com"),
        ("jane@example.com\\nnext", "jane@example.com"),
        ("mail\\njane@example.com", "jane@example.com"),
        ("jane\\u0040example\\u002ecom", "jane\\u0040example\\u002ecom"),
        ("jane\\_doe\\@example.com", "jane\\_doe\\@example.com"),
        ("jane\x00@exam\x7fple.com", "jane\x00@exam\x7fple.com"),
        ("jane@exam\u3164ple.com", "jane@exam\u3164ple.com"),
        ("jane@exam\u2800ple.com", "jane@exam\u2800ple.com"),
        ('"jane doe"@example.com', '"jane doe"@example.com'),
        ("jane#@example.com", "jane#@example.com"),
        ("jane@example.com.1", "jane@example.com"),
        ("jane@example.com.x", "jane@example.com"),
        ("jane@example.com.-x", "jane@example.com"),
        ("jane%2540example.com", "jane%2540example.com"),
        ("jane&commat;example.com", "jane&commat;example.com"),
        ("hi " + TAGGED, TAGGED),
        ("ja" + TAGGED[0] + "ne@example.com", "ja" + TAGGED[0] + "ne@example.com"),
    ],
)
def test_an_email_address_is_found(text: str, expected: str) -> None:
    assert found("email", text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "icon@2x.png",
        "logo@3x.jpg",
        "pkg@1.2.3",
        "@scope/pkg@1.0.0",
        "git@github.com:akios/jail.git",
        "postgres://app:secret@db.example.com/x",
        "@app.route('/x')",
        "user@localhost",
        "a@b",
        "@",
        "@@@@@",
        "x@-bad-.com",
        "x@.com",
        "x@" + "a" * 64 + ".com",
        "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    ],
)
def test_what_is_no_email_address_is_left(text: str) -> None:
    assert found("email", text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(212) 555-0123", "(212) 555-0123"),
        ("(212)555-0123", "(212)555-0123"),
        ("call 212-555-0123.", "212-555-0123"),
        ("212.555.0123", "212.555.0123"),
        ("212 555 0123", "212 555 0123"),
        ("Room 12 415-555-2671", "415-555-2671"),
        ("+1 212 555 0123", "+1 212 555 0123"),
        ("+12125550123", "+12125550123"),
        ("1-800-555-0199", "1-800-555-0199"),
        ("(555) 123-4567", "(555) 123-4567"),
        ("555-0142", "555-0142"),
        ("+49 30 901820", "+49 30 901820"),
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("+44 7700 900123", "+44 7700 900123"),
        ("+33123456789", "+33123456789"),
        ("0033 1 23 45 67 89", "0033 1 23 45 67 89"),
        ("phone: 2125550123", "2125550123"),
        ("my number? call me at 2125550123", "2125550123"),
        ("phone: 020 7946 0958.", "020 7946 0958"),
        ("tel:+1-212-555-0123", "+1-212-555-0123"),
        ("212\u2013555\u20130123", "212\u2013555\u20130123"),
        ("\uff12\uff11\uff12-555-0123", "\uff12\uff11\uff12-555-0123"),
        ("212\u200b-555-0123", "212\u200b-555-0123"),
        ("\u0661-\u0662\u0661\u0662-555-0123", "\u0661-\u0662\u0661\u0662-555-0123"),
        ("call 212 555 0123 2024-01-01", "212 555 0123"),
        ("212-555-0123x45", "212-555-0123"),
        ("or\\n212-555-0123\\t", "212-555-0123"),
        ("212\u00b7555\u00b70123", "212\u00b7555\u00b70123"),
        ("212\u2022555\u20220123", "212\u2022555\u20220123"),
        ("212\\-555\\-0123", "212\\-555\\-0123"),
        ("x\\\\nphone 2125550123", "2125550123"),
    ],
)
def test_a_telephone_number_is_found(text: str, expected: str) -> None:
    assert found("phone", text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "order 4155550123",
        "order id: 4155550123",
        "phone order 4155550123",
        "4155550123",
        "1700000000",
        "1700000000123",
        "2024-10-19",
        "2024-10-19T14:32:01.847Z",
        "call 20241019",
        "call at 2024-10-19",
        "192.168.100.200:8080",
        "phone home to 192.168.100.200",
        "v1.2.3.4567",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "550e8400-e29b-41d4-a716-446655440000",
        "sha256:123456789012345678901234567890",
        "0x12125550123",
        "978-0-306-40615-7",
        "40.712776, -74.005974",
        "123-456-7890123",
        "212-555-01234",
        "$415.555.0100",
        "#415-555-0100",
        "ORD_212-555-0123",
        "1 + 1234567 = 1234568",
        "123-45-6789",
        "111-111-1111",
        "12345 67890 12345",
    ],
)
def test_what_is_no_telephone_number_is_left(text: str) -> None:
    assert found("phone", text) == []


@pytest.mark.parametrize("context", ["phone", "homePhone", "mobile_number", "cell"])
def test_a_key_announces_a_telephone_number(context: str) -> None:
    assert found("phone", "2125550123", context) == ["2125550123"]


@pytest.mark.parametrize("context", ["order_id", "contact_id", "phone_order_id", "total", ""])
def test_other_keys_do_not(context: str) -> None:
    assert found("phone", "2125550123", context) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123-45-6789", "123-45-6789"),
        ("id=123-45-6789;", "123-45-6789"),
        ("SSN 123456789", "123456789"),
        ("ssn: 123 45 6789", "123 45 6789"),
        ("his social security number is 123.45.6789", "123.45.6789"),
        ("order of SSN: 899-12-3456", "899-12-3456"),
        ("123\u201145\u20116789", "123\u201145\u20116789"),
        ("\uff11\uff12\uff13-45-6789", "\uff11\uff12\uff13-45-6789"),
        ("665-01-0001", "665-01-0001"),
        ("SSN123-45-6789", "123-45-6789"),
        ("ssn_123-45-6789", "123-45-6789"),
        ("123\\-45\\-6789", "123\\-45\\-6789"),
        ("123-4\x005-6789", "123-4\x005-6789"),
    ],
)
def test_a_social_security_number_is_found(text: str, expected: str) -> None:
    assert found("ssn", text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "987-65-4320",
        "123-00-4567",
        "123-45-0000",
        "078-05-1120",
        "219-09-9999",
        "ssn 666123456",
        "123456789",
        "123 45 6789",
        "zip 12345-6789",
        "1123-45-6789",
        "123-45-67890",
        "123-45-6789-1",
        "A123-45-6789",
        "order #123-45-6789",
        "tracking 123-45-6789",
        "2024-10-19",
        "123-456789",
    ],
)
def test_what_is_no_social_security_number_is_left(text: str) -> None:
    assert found("ssn", text) == []


def test_a_key_announces_a_social_security_number() -> None:
    assert found("ssn", "123456789", "customerSSN") == ["123456789"]


def test_an_unknown_field_is_an_error_and_not_a_detector_that_finds_nothing() -> None:
    with pytest.raises(KeyError, match="shoe_size"):
        detectors(["email", "shoe_size"])


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "1",
        "1-",
        "+1",
        "(1) ",
        "a@",
        "@a.",
        "call 1 ",
        "phone ",
        "a@b.c ",
        "\uff11",
        "\u200b",
        "'",
        "%40",
        "555-",
    ],
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    redactor = Redactor(detectors(["email", "phone", "ssn"]), Vault(max_values=10**9))

    def cost(size: int) -> float:
        text = piece * (size // len(piece))
        best = float("inf")
        for _ in range(3):
            began = time.thread_time()
            redactor.find(text)
            best = min(best, time.thread_time() - began)
        return best

    small, large = cost(10_000), cost(80_000)
    assert large < small * 8 * 4 + 0.05


def test_a_view_maps_every_folded_character_to_its_origin() -> None:
    view = View("\u2475\u200b\uff11a")
    assert view.folded == "(2)1a"
    assert [view.origin(index, index + 1)[0] for index in range(5)] == [0, 0, 0, 2, 3]
