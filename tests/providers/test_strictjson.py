"""JSON that two parsers could read differently is refused; everything else survives a round trip in its order."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.providers import strictjson
from akios_jail.providers.strictjson import Unreadable


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a":1,"a":2}', "key 'a' twice"),
        (b'{"a":{"b":1,"b":1}}', "key 'b' twice"),
        (b'{"\\u0061":1,"a":2}', "key 'a' twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "Infinity"),
        (b'{"a":1e999}', "no double"),
        (b'{"a":' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"a":"\xff"}', "not UTF-8"),
        ('{"a":"x"}'.encode("utf-16"), "not UTF-8"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"\\udc00":1}', "surrogate"),
        (b"[" * 1000 + b"]" * 1000, "128 levels"),
        (b"[" * 200000, "128 levels"),
        (b'{"a":1} x', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b'{"a":01}', "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_ambiguous_or_broken_json_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        strictjson.loads(data)


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert strictjson.loads(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_depth_at_the_bound_is_accepted() -> None:
    assert strictjson.loads(b"[" * 128 + b"]" * 128)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_a_round_trip_changes_nothing_and_keeps_the_order(value: Any) -> None:
    data = strictjson.dumps(value)
    assert strictjson.dumps(strictjson.loads(data)) == data
    assert json.loads(data) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else_happens(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        strictjson.loads(data)
