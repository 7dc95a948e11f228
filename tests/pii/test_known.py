"""Texts that come again are not looked through again, and nothing else changes by that."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.document import redact_document
from akios_jail.pii.engine import Engine
from akios_jail.pii.finding import Finding
from akios_jail.pii.keys import meaning
from akios_jail.pii.known import Known
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault

ENGINE = Engine(detectors(DETECTORS))
PIECES = (
    "please write to jane@example.com about it",
    "card 4111 1111 1111 1111, thanks to everybody",
    "Dear Ms. Novak,\nring 020 7946 0958",
    "nothing of anybody is in here",
    '{"name": "Jane Doe", "phone": "+44 20 7946 0958", "note": "a long note of nobody"}',
    '["nothing of anybody is in here", 1, "at all"]',
    "219-09-9999 or 123-45-6789 it is",
)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The texts that an engine looked through, and how often."""
    texts: Counter[str] = Counter()
    find = Engine.find

    def counted(self: Engine, text: str, context: str = "") -> list[Finding]:
        texts[text] += 1
        return find(self, text, context)

    monkeypatch.setattr(Engine, "find", counted)
    return texts


def _forgetful(redactor: Redactor) -> Redactor:
    return Redactor(redactor.engine, redactor.vault, known=Known(0))


def test_a_conversation_that_grows_is_looked_through_once(looked: Counter[str]) -> None:
    redactor = Redactor(ENGINE, Vault())
    messages: list[Any] = []
    for turn in range(20):
        messages.append({"role": "user", "content": f"turn {turn}: {PIECES[turn % len(PIECES)]}"})
        messages.append({"role": "tool", "content": json.dumps({"rows": [{"mail": f"jane{turn}@example.com"}]})})
        redact_document(redactor, {"messages": messages})
    long = {text: times for text, times in looked.items() if len(text) > 20}
    assert len(long) == 20
    assert set(long.values()) == {1}


@given(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(("", "note", "ssn", "customer_phone"))), max_size=12)
)
def test_the_second_time_gives_what_the_first_gave(texts: list[tuple[str, str]]) -> None:
    redactor = Redactor(ENGINE, Vault())
    document = [{key: text, "text": [text]} for text, key in texts]
    first = redact_document(redactor, document)
    assert redact_document(redactor, document) == first
    assert redact_document(_forgetful(redactor), document) == first
    for text, key in texts:
        assert redactor.find(text, key, meaning(key)) == _forgetful(redactor).find(text, key, meaning(key))


def test_the_same_text_under_another_key_is_another_text() -> None:
    redactor = Redactor(ENGINE, Vault())
    text = "00482211 of somebody"
    assert redactor.find(text, "note") == []
    assert [finding.kind for finding in redactor.find(text, "mrn")] == ["medical_record"]
    assert [finding.kind for finding in redactor.find("Oak and Ash together", "name", meaning("patient_name"))]
    assert redactor.find("Oak and Ash together", "name") == []
    inner = json.dumps({"number": "00482211 of somebody"})
    assert redact_document(redactor, {"note": inner}).counts == {}
    assert redact_document(redactor, {"patient_mrn": json.dumps({"number": "00482211"})}).counts == {
        "medical_record": 1
    }


def test_a_text_is_replaced_as_each_mode_has_it() -> None:
    redactor = Redactor(ENGINE, Vault())
    document = {"content": json.dumps({"to": "write to jane@example.com"})}
    redacted = redact_document(redactor, document).document["content"]
    assert "jane" not in redacted
    assert "[EMAIL_1]" in redacted
    assert redact_document(redactor.in_mode("observe"), document).document == document
    assert redact_document(redactor.in_mode("block"), document).counts == {"email": 1}
    stand_in = redact_document(redactor.in_mode("pseudonymize"), document).document["content"]
    assert "jane@example.com" not in stand_in
    assert "EMAIL_1" not in stand_in
    assert redact_document(redactor, document).document["content"] == redacted


def test_what_only_an_answer_said_is_put_back_once_the_agent_says_it() -> None:
    redactor = Redactor(ENGINE, Vault())
    document = {"content": json.dumps({"to": "write to jane@example.com"})}
    assert redact_document(redactor.withholding(), document).counts == {"email": 1}
    assert redactor.vault.value("[EMAIL_1]") is None
    redact_document(redactor, document)
    assert redactor.vault.value("[EMAIL_1]") == "jane@example.com"


def test_what_is_kept_is_bounded_and_most_of_a_long_conversation_stays(looked: Counter[str]) -> None:
    known = Known(64 * 1024)
    redactor = Redactor(ENGINE, Vault(), known=known)
    texts = [f"sentence {number} says nothing of anybody" for number in range(400)]
    for _ in range(3):
        for text in texts:
            redactor.find(text)
    assert known._size <= 64 * 1024
    assert len(known._kept) == len(known._names) <= 256
    assert looked.total() < 3 * 400 - 200
    assert redactor.find(" ".join(f"j{number}@example.com" for number in range(1000)))  # more than may be kept of one
    assert known._size <= 64 * 1024


def test_a_session_that_is_over_leaves_nothing_behind() -> None:
    redactor = Redactor(ENGINE, Vault())
    redactor.find("please write to jane@example.com about it")
    kept = [*redactor.known._kept.values()]
    assert any(b"jane" in each for each in kept)
    redactor.wipe()
    assert not any(any(each) for each in kept)
    assert redactor.vault.empty
    assert not any(redactor.known._key)
    redactor.find("please write to jane@example.com about it")
    assert not redactor.known._kept
