"""Reading YAML: values with their places, and nothing that could be read in two ways."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy import document, source
from akios_jail.policy.errors import PolicyError, Problem


def read(text: str) -> Any:
    return document.read(text.encode(), "p.yaml").value


def refusal(data: bytes) -> Problem:
    with pytest.raises(PolicyError) as caught:
        document.read(data, "p.yaml")
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("1", 1),
        ("-1", -1),
        ("010", 10),
        ("0x10", "0x10"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1E+3")),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2024-01-01", "2024-01-01"),
        ("$1.00", "$1.00"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("''", ""),
        ("=", "="),
        ("1e9999", "1e9999"),
        ("9" * 31, "9" * 31),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = read(f"a: {text}\n")["a"]
    assert found == value
    assert type(found) is type(value)


def test_mappings_and_lists() -> None:
    assert read("a: [1, {b: c}]\nd:\n  - e\n  - - f\n") == {"a": [1, {"b": "c"}], "d": ["e", ["f"]]}


def test_numbers_as_keys_are_text() -> None:
    assert read("1: a\ntrue: b\n") == {"1": "a", "true": "b"}


def test_a_byte_order_mark_is_ignored() -> None:
    assert document.read(b"\xef\xbb\xbfa: 1\n", "p.yaml").value == {"a": 1}


def test_every_value_has_its_place() -> None:
    found = document.read(b"# comment\na:\n  b:\n    - x\n    - {c: y}\n", "p.yaml")
    assert found.positions[("a", "b", 0)][:2] == (4, 7)
    assert found.positions[("a", "b", 1, "c")] == (5, 11, 5, 8)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_are_counted_with_every_line_break(line_break: str) -> None:
    problem = refusal(f"a: 1{line_break}b: 2{line_break}c: 1{line_break}b: 3".encode())
    assert (problem.line, problem.excerpt) == (4, "b: 3")


def test_columns_count_characters() -> None:
    problem = refusal("é: {a: 1, a: 2}".encode())
    assert (problem.line, problem.column) == (1, 11)


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("", "empty", 0),
        ("# nothing\n", "empty", 0),
        ("a: 1\n---\nb: 2\n", "second document", 2),
        ("a: 1\na: 2\n", "already set in line 1", 2),
        ("a: {b: 1, b: 2}\n", "already set", 1),
        ("a: !!python/object:os.system x\n", "tag", 1),
        ("a: !!int '3'\n", "tag", 1),
        ("a: !custom [1]\n", "tag", 1),
        ("!!str a: 1\n", "tag", 1),
        ("? [a]\n: 1\n", "key must be", 1),
        ("&k a: 1\n", "anchor on a key", 1),
        ("x: &a {b: 1}\ny:\n  <<: *a\n", "merge keys", 3),
        ("a: *b\n", "alias", 1),
        ("a: &b [*b]\n", "alias", 1),
        ("a: [\n", "not YAML", 2),
        ("a: 'x\n", "not YAML", 2),
        ("a:\n\t- b\n", "not YAML", 2),
        ("a: b: c\n", "not YAML", 1),
        ("a: \x00\n", "not YAML", 0),
        ("%YAML 9.9\n---\na: 1\n", "not YAML", 1),
        ("a: @b\n", "not YAML", 1),
    ],
)
def test_what_could_be_read_otherwise_is_refused(text: str, said: str, line: int) -> None:
    problem = refusal(text.encode())
    assert said in problem.message
    assert problem.line == line


def test_a_tab_is_named_as_the_cause() -> None:
    assert "tabs" in refusal(b"a:\n\t- b\n").hint


def test_text_that_is_not_utf_8_is_refused_at_its_place() -> None:
    problem = refusal(b"a: 1\nb: \xff\n")
    assert "UTF-8" in problem.message
    assert (problem.line, problem.column) == (2, 4)


def test_an_alias_stands_for_its_value_with_its_own_place() -> None:
    found = document.read(b"a: &x {b: 1}\nc: *x\n", "p.yaml")
    assert found.value == {"a": {"b": 1}, "c": {"b": 1}}
    assert found.positions[("c",)].line == 2
    assert found.positions[("c", "b")].line == 1


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "values" in refusal("\n".join(lines).encode()).message


@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 50_000, "- " * 5_000 + "a"])
def test_deep_nesting_is_refused(text: str) -> None:
    assert "nested deeper" in refusal(text.encode()).message


def test_many_anchors_are_refused() -> None:
    assert "anchors" in refusal("\n".join(f"- &a{n} x" for n in range(300)).encode()).message
    assert "anchors" in refusal("\n".join("- &a x" for _ in range(300)).encode()).message


def test_a_large_file_is_refused() -> None:
    assert "larger" in refusal(b"#" * (source.MAX_BYTES + 1)).message


def test_several_repeated_keys_are_reported_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        document.read(b"a: 1\na: 2\nb: 1\nb: 2\n", "p.yaml")
    assert [problem.line for problem in caught.value.problems] == [2, 4]


def test_a_problem_cannot_move_the_cursor() -> None:
    problem = refusal(b'"\\e[2Ja": 1\n"\\e[2Ja": 2\n')
    assert "\x1b" not in str(PolicyError("p.yaml", [problem]))


def read_or_refused(data: bytes) -> None:
    """Whatever else is raised fails the test."""
    with contextlib.suppress(PolicyError):
        document.read(data, "p.yaml")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refused(data)


@given(st.text("ab:-[]{}&*!|>'\"#%@`,? \n\t<", max_size=60))
def test_any_yaml_is_read_or_refused(text: str) -> None:
    read_or_refused(text.encode())


#: Letters, digits, signs and spaces of the Basic Multilingual Plane, all of which JSON and YAML write alike.
_TEXT = st.text(st.characters(categories=("L", "N", "P", "S", "Zs"), max_codepoint=0xFFFF), max_size=8)
_VALUES = st.recursive(
    st.one_of(st.booleans(), st.none(), st.integers(-(10**20), 10**20), _TEXT),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES.filter(lambda value: value is not None))
def test_json_is_read_as_what_it_says(value: Any) -> None:
    assert read(json.dumps(value, ensure_ascii=False)) == value
