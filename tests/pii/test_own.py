"""A policy's own kinds, and what it says is not personal."""

from __future__ import annotations

import pytest

from akios_jail.pii.redactor import Redactor
from akios_jail.pii.setup import redactor_of
from akios_jail.pii.stream import RedactingStream
from akios_jail.policy.plans import Pii, PiiMode, PiiPattern, PiiWords


def redactor(**fields: object) -> Redactor:
    return redactor_of(Pii("redact_before_inference", ("email",), **fields))  # type: ignore[arg-type]


OWN = (PiiPattern("customer_number", r"\bKD-[0-9]{6}\b"), PiiPattern("project", "(?i)tern-[a-z]+"))
WORDS = (PiiWords("client", ("Blue Moon", "Zo\u00eb", "K+N")),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see KD-123456, KD-654321.", "see [CUSTOMER_NUMBER_1], [CUSTOMER_NUMBER_2]."),
        ("KD-1234567 xKD-123456", "KD-1234567 xKD-123456"),
        ("\uff2bD\u2010\uff11\uff12\uff13456!", "[CUSTOMER_NUMBER_1]!"),
        ("Tern-alpha and TERN-ALPHA", "[PROJECT_1] and [PROJECT_1]"),
    ],
)
def test_a_pattern_of_the_policy_is_found_in_whatever_spelling(text: str, expected: str) -> None:
    assert redactor(patterns=OWN).redact(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BLUE\n moon's", "[CLIENT_1]'s"),
        ("for zo\u00eb, Zo\u00eby", "for [CLIENT_1], Zo\u00eby"),
        ("bluemoon Blue Moons", "bluemoon Blue Moons"),
        ("K+N", "[CLIENT_1]"),
        ("client%3Dblue%20moon;", "client%3D[CLIENT_1];"),
    ],
)
def test_a_word_of_the_policy_is_found_standing_alone(text: str, expected: str) -> None:
    assert redactor(words=WORDS).redact(text).text == expected


def test_many_words_are_found_in_one_pass() -> None:
    words = PiiWords("client", tuple(f"Client Number {number:05d}" for number in range(3000)))
    text = "Client Number 00007, client number 02999 and Client Number 03000"
    assert redactor(words=(words,)).redact(text).text == "[CLIENT_1], [CLIENT_2] and Client Number 03000"


@pytest.mark.parametrize(
    "text", ["support@example.com", "Support@Example.com", "a.b@corp.example", "see <x@corp.example>"]
)
def test_what_the_policy_allows_stays(text: str) -> None:
    allow = ("support@example.com", "@corp.example")
    assert redactor(allow=allow).redact(text, "customer_email").text == text


@pytest.mark.parametrize("text", ["x@evil.corp.example.com", "x@notcorp.example", "support@example.community"])
def test_what_only_resembles_it_does_not(text: str) -> None:
    allow = ("support@example.com", "@corp.example")
    assert redactor(allow=allow).redact(text).text == "[EMAIL_1]"


def test_a_kind_of_ones_own_may_have_a_mode_of_its_own() -> None:
    session = redactor(patterns=OWN, modes=(PiiMode("customer_number", "pseudonymize"),))
    text = session.redact("KD-123456").text
    assert text != "KD-123456"
    assert text.startswith(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assert len(text) == len("KD-123456")


def test_a_stream_finds_them_too() -> None:
    stream = RedactingStream(redactor(patterns=OWN, words=WORDS))
    text = "KD-123456 for Blue  Moon; " * 300
    out = "".join([stream.feed(char) for char in text] + [stream.finish()])
    assert out == "[CUSTOMER_NUMBER_1] for [CLIENT_1]; " * 300
