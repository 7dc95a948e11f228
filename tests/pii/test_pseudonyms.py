"""Stand-ins look like what they replace, are nobody's, and come back as the real value."""

from __future__ import annotations

import re

import pytest

from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import restored
from akios_jail.pii.vault import Vault, VaultFull

VALUES = {
    "email": "jane@corp.test",
    "phone": "(415) 867-5309",
    "ssn": "123-45-6789",
    "credit_card": "4012 8888 8888 1881",
    "iban": "DE89 3704 0044 0532 0130 00",
}
FORMS = {
    "email": r"[a-z]+\.[a-z]+\d+@example\.(com|org|net)",
    "phone": r"\(\d{3}\) 555-01\d\d",
    "ssn": r"\d{3}-\d{2}-\d{4}",
    "credit_card": r"4242 42\d\d \d{4} \d{4}",
    "iban": r"DE\d\d \d{4} \d{4} \d{4} \d{4} \d\d",
}


def session(*kinds: str) -> Redactor:
    return Redactor(detectors(kinds or DETECTORS), Vault(), "pseudonymize")


@pytest.mark.parametrize("kind", VALUES)
def test_a_stand_in_keeps_the_format_and_passes_for_one_of_its_kind(kind: str) -> None:
    redactor = session(kind)
    text = redactor.redact(f"{kind} {VALUES[kind]}, please", kind).text
    stand_in = text.removeprefix(f"{kind} ").removesuffix(", please")
    assert stand_in != VALUES[kind]
    assert re.fullmatch(FORMS[kind], stand_in)
    assert [finding.kind for finding in redactor.find(text, kind)] == [kind]
    assert restored(redactor.vault, text) == f"{kind} {VALUES[kind]}, please"


def test_a_value_has_one_stand_in_in_a_session_and_another_in_another() -> None:
    first, second = session(), session()
    text = "jane@corp.test, JANE@corp.test, bob@corp.test"
    one, again, bob = first.redact(text).text.split(", ")
    assert one == again != bob
    assert second.redact(text).text.split(", ")[0] != one


def test_a_stand_in_that_comes_again_stays_what_it_is() -> None:
    redactor = session()
    once = redactor.redact("jane@corp.test and (415) 867-5309").text
    assert redactor.redact(once).text == once


def test_a_stand_in_is_never_a_real_value_that_was_seen() -> None:
    vault = Vault()

    def makes(kind: str, value: str, drawn: object) -> list[str]:
        return ["bob@example.com", "eve@example.com"]

    assert vault.stand_in("email", "b", "bob@example.com", makes, lambda *_: True) == "eve@example.com"  # type: ignore[arg-type]
    assert vault.stand_in("email", "j", "jane@corp.test", makes, lambda *_: True) == "[EMAIL_1]"  # type: ignore[arg-type]


def test_what_no_stand_in_can_be_made_for_gets_a_placeholder() -> None:
    vault = Vault()
    assert vault.stand_in("secret", "k", "s" * 300, lambda *_: iter(()), lambda *_: True) == "[SECRET_1]"
    assert vault.stand_in("ssn", "k", "123-45-6789", lambda *_: iter(["000-00-0000"]), lambda *_: False) == "[SSN_1]"


def test_kinds_may_have_modes_of_their_own() -> None:
    modes = {"email": "observe", "ssn": "block", "phone": "pseudonymize"}
    redactor = Redactor(detectors(DETECTORS), Vault(), "redact_before_inference", modes)
    redacted = redactor.redact("a@corp.test, SSN 123-45-6789, (415) 867-5309, card 4012888888881881")
    assert redacted.text.startswith("a@corp.test, SSN 123-45-6789, (")
    assert redacted.text.endswith(", card [CREDIT_CARD_1]")
    assert "867-5309" not in redacted.text
    assert {finding.kind for finding in redacted.findings} == {"email", "ssn", "phone", "credit_card"}


def test_a_wiped_vault_restores_nothing_and_takes_nothing() -> None:
    vault = Vault()
    token = vault.placeholder("email", "k", "jane@corp.test")
    kept = vault._values[token]
    vault.wipe()
    assert bytes(kept) == bytes(len("jane@corp.test"))
    assert vault.value(token) is None
    assert restored(vault, f"to {token}") == f"to {token}"
    with pytest.raises(VaultFull):
        vault.placeholder("email", "k", "jane@corp.test")
