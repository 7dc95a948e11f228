"""Events of one stream that are alike are looked through once, and what differs in them is looked through each time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.broker.answer_events import AnswerEvents
from akios_jail.pii import document
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.setup import redactor_of
from akios_jail.policy.plans import Pii
from akios_jail.providers.sse import Event

MAIL = "ada.lovelace@example.org"


def redactor() -> Redactor:
    return redactor_of(Pii("redact_before_inference", ("email", "ssn")))


def said(*documents: Any, name: str = "") -> list[str]:
    """The data that goes out for these."""
    events = AnswerEvents(redactor(), None)
    went = [out for each in documents for out in events.event(Event(name, json.dumps(each)))]
    return [event.data or "" for event in [*went, *events.end()]]


def chunk(text: str, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o", "choices": [choice], **fields}


def text_of(data: list[str]) -> str:
    return "".join(json.loads(each)["choices"][0]["delta"]["content"] for each in data)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Documents that are looked through from here on."""
    seen: list[Any] = []
    walk = document._Walk.value

    def value(self: Any, value: Any, at: Any, places: Any) -> Any:
        if at is document._ROOT or at.key == "":
            seen.append(value)
        return walk(self, value, at, places)

    monkeypatch.setattr(document._Walk, "value", value)
    return seen


def test_events_that_differ_in_a_piece_of_text_are_looked_through_once(looked: list[Any]) -> None:
    words = [f"word {number} " for number in range(50)]
    data = said(*[chunk(each, obfuscation=f"x{index:03}") for index, each in enumerate(words)])
    assert text_of(data) == "".join(words)
    assert len(looked) == 1
    assert [json.loads(each)["obfuscation"] for each in data] == [f"x{index:03}" for index in range(50)]


def test_what_differs_otherwise_is_looked_through() -> None:
    data = said(*[chunk("a"), chunk("b"), chunk("c", user=MAIL), chunk("d"), chunk("e", user=MAIL)])
    assert [json.loads(each).get("user") for each in data] == [None, None, "[EMAIL_1]", None, "[EMAIL_1]"]
    assert text_of(data) == "abcde"


@pytest.mark.parametrize("first", [True, None, ""])
def test_under_the_same_key_a_value_is_not_what_another_was(first: Any) -> None:
    data = said(chunk("a", ssn=first), chunk("b", ssn=123456789), chunk("c", ssn=first))
    assert json.loads(data[1])["ssn"] != 123456789
    assert [json.loads(each)["ssn"] for each in (data[0], data[2])] == [first, first]


def test_padding_is_looked_through_too() -> None:
    data = said(chunk("a", obfuscation="x"), chunk("b", obfuscation=f"of {MAIL}"), chunk("c", obfuscation=""))
    assert [json.loads(each)["obfuscation"] for each in data] == ["x", "of [EMAIL_1]", ""]


def test_names_of_events_are_looked_through_each() -> None:
    events = AnswerEvents(redactor(), None)
    names = ["content_block_delta", "content_block_delta", MAIL, MAIL, f"content {MAIL}"]
    went = [out for name in names for out in events.event(Event(name, json.dumps(chunk("a"))))]
    plain = "content_block_delta"
    assert [each.event for each in [*went, *events.end()]] == [
        plain,
        plain,
        "[EMAIL_1]",
        "[EMAIL_1]",
        "content [EMAIL_1]",
    ]
