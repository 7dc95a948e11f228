"""What a text holds is counted before it is parsed, and only what is no text in it counts."""

from __future__ import annotations

import json
import time

import pytest

from akios_jail.policy import conditions, json_size
from akios_jail.policy.expressions import Unknown
from akios_jail.policy.json_size import MAX_CONTAINERS, MAX_VALUES, excess
from akios_jail.providers import registry, strictjson
from akios_jail.providers.strictjson import Unreadable

LISTS = "[" + "[]," * MAX_CONTAINERS + "0]"
OBJECTS = '{"a":[' + "{}," * MAX_CONTAINERS + "0]}"
NUMBERS = "[" + "0," * MAX_VALUES + "0]"


@pytest.mark.parametrize("text", [LISTS, OBJECTS, NUMBERS], ids=["lists", "objects", "numbers"])
def test_more_than_anybody_says_is_not_parsed(text: str) -> None:
    assert "more than" in excess(text)
    with pytest.raises(Unreadable, match="more than"):
        strictjson.loads(text)
    with pytest.raises(Unknown, match="more than"):
        conditions.read_body(text.encode())


@pytest.mark.parametrize(
    "inside",
    ["[]," * MAX_CONTAINERS, "{" * MAX_CONTAINERS * 2, '"["\\,' * MAX_CONTAINERS, "a,b;" * MAX_VALUES],
    ids=["lists", "braces", "quotes and backslashes", "commas"],
)
def test_what_stands_in_a_string_is_text(inside: str) -> None:
    assert excess(json.dumps({"content": inside, "more": [inside[:1000]]})) == ""


def test_at_the_bound_it_is_read() -> None:
    text = "[" + "[]," * (MAX_CONTAINERS - 2) + "[]]"
    assert excess(text) == ""
    assert len(strictjson.loads(text)) == MAX_CONTAINERS - 1


def test_what_may_be_a_model_call_and_is_too_much_to_tell_is_not_let_through() -> None:
    body = ('{"model":"m","messages":[],"x":' + LISTS + "}").encode()
    with pytest.raises(Unreadable):
        registry.understand("models.example", "POST", "/v1/chat/completions", body)


@pytest.mark.parametrize("piece", ['"', '"\\', "\\" * 9 + '"'])
def test_counting_is_linear_whatever_the_text(piece: str) -> None:
    def spent(length: int) -> float:
        text = "[" * (MAX_CONTAINERS + 1) + piece * (length // len(piece))
        begun = time.process_time()
        json_size.excess(text)
        return time.process_time() - begun

    assert spent(4 << 20) < 20 * spent(1 << 20) + 0.5
