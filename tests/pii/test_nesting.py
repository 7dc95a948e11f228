"""What is put into JSON stands in it as often escaped as the strings lie in one another."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.pii.nesting import Nesting
from akios_jail.pii.stream import Restorer, restored
from akios_jail.pii.vault import Vault

VALUE = 'Jane "JJ" Doe\n12 Rose\\Cottage'
STRINGS = st.text(st.sampled_from('ab[]{}:," \\\n\té'), max_size=8)
LEAF = st.builds(
    lambda before, token, after: before + token + after, STRINGS, st.sampled_from(["", "[NAME_1]"]), STRINGS
)


def known() -> Vault:
    vault = Vault()
    assert vault.placeholder("name", "k", VALUE) == "[NAME_1]"
    return vault


def nested(depth: int) -> str:
    text = "to [NAME_1], please"
    for _ in range(depth):
        text = json.dumps({"body": text, "more": ["[NAME_1]", 'a "quote"']})
    return text


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_json_in_json_stays_json_however_it_is_cut(depth: int, size: int) -> None:
    text = nested(depth)
    restorer = Restorer(known(), Nesting())
    out = "".join(restorer.feed(text[at : at + size]) for at in range(0, len(text), size)) + restorer.finish()
    assert out == restored(known(), text, is_json=True)
    for _ in range(depth):
        document = json.loads(out)
        assert document["more"] == [VALUE, 'a "quote"']
        out = document["body"]
    assert out == f"to {VALUE}, please"


@pytest.mark.parametrize(
    "text", ['He said "[NAME_1]" and left', '[NAME_1] said "[NAME_1]"', "{not} [NAME_1]", "\\\\[NAME_1]"]
)
def test_what_is_no_json_in_a_string_is_escaped_once(text: str) -> None:
    out = json.loads(restored(known(), json.dumps([text]), is_json=True))
    assert out == [text.replace("[NAME_1]", VALUE)]


def leaves(value: Any) -> Any:
    return json.loads(restored(known(), json.dumps(value), is_json=True))


@given(st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3)))
def test_whatever_stands_in_its_strings_json_stays_json(value: Any) -> None:
    leaves(value if isinstance(value, (list, dict)) else [value])


@given(st.lists(LEAF.filter(lambda text: text.lstrip()[:1] not in ("{", "[")), max_size=4))
def test_json_in_a_string_holds_afterwards_what_it_held_before(texts: list[str]) -> None:
    out = leaves({"a": json.dumps({"b": texts})})
    assert json.loads(out["a"]) == {"b": [text.replace("[NAME_1]", VALUE) for text in texts]}


def test_backslashes_without_end_take_time_in_proportion() -> None:
    def seconds(count: int) -> float:
        nesting, begun = Nesting(), time.process_time()
        nesting.passed('{"a":"' + "\\" * count + "x")
        for _ in range(count):
            nesting.passed("\\")
        return time.process_time() - begun

    assert min(seconds(80_000) for _ in range(3)) < 30 * min(seconds(8_000) for _ in range(3))
