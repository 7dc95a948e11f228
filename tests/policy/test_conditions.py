"""Conditions: compiled with their mistakes placed, and true only when they are the boolean true."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy import conditions
from akios_jail.policy.conditions import ConditionError, Inputs, Unknown, compile_condition


def inputs(
    *,
    method: str = "POST",
    path: str = "/v1/x",
    query: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
) -> Inputs:
    return Inputs(method, "api.example.com", 443, path, query, headers, body, "ses_1", "billing")


@pytest.mark.parametrize(
    ("source", "needs_body"),
    [
        ("true", False),
        ("request.method == 'POST'", False),
        ("request.host.endsWith('.example.com') && request.port == 443", False),
        ("request.path.startsWith('/v1/')", False),
        ("'a' in request.query", False),
        ("request.query.a == ['1']", False),
        ("request.headers['x-team'] == 'billing'", False),
        ("session.id == 'a' || session.name == 'b'", False),
        ("request.path.matches('^/v[0-9]+/')", False),
        ("request.body.model == 'gpt-4o'", True),
        ("request . body . model == 'gpt-4o'", True),
        ("has(request.body.model)", True),
        ("false && request.body == null", True),
        ("'request.body' == request.method", False),
        ("request.method == 'GET' // request.body\n", False),
    ],
)
def test_a_condition_knows_whether_it_needs_the_body(source: str, needs_body: bool) -> None:
    assert compile_condition(source).needs_body is needs_body


@pytest.mark.parametrize(
    ("source", "said", "line", "column"),
    [
        ("1 +", "mismatched input", 1, 4),
        ("request.method = 'x'", "token recognition", 1, 16),
        ("request.methd == 'x'", "undeclared reference to 'request.methd'; there is request.method", 1, 8),
        ("true &&\n  nope", "undeclared reference to 'nope'", 2, 3),
        ("request.method == 1", "does not go with a string and an int: int(…) makes an int", 1, 16),
        ("request.port == '443'", "does not go with an int and a string: int(…) makes an int", 1, 14),
        ("request.method.startsWith(1)", "does not go with a string and an int", 1, 26),
        ("request.method", "gives string, not a boolean", 0, 0),
        ("request.port", "gives int, not a boolean", 0, 0),
        ("request.body", "gives dyn, not a boolean; compare it", 0, 0),
        ("request.body.allowed", "gives dyn, not a boolean; compare it", 0, 0),
        ("session", "undeclared reference to 'session'", 1, 1),
        ("(" * 60 + "true" + ")" * 60, "recursion limit", 0, 0),
        ("true" + " && true" * 1000, "4096 is the most", 0, 0),
        ("open('/etc/passwd') == ''", "undeclared reference to 'open'", 1, 5),
    ],
)
def test_a_mistake_is_placed(source: str, said: str, line: int, column: int) -> None:
    with pytest.raises(ConditionError, match=re.escape(said)) as caught:
        compile_condition(source)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "given_inputs", "holds"),
    [
        ("request.method == 'POST'", inputs(), True),
        ("request.method == 'GET'", inputs(), False),
        ("request.host == 'api.example.com' && request.port == 443", inputs(), True),
        ("request.path == '/v1/x'", inputs(), True),
        ("request.query['a'] == ['1', '2']", inputs(query="a=1&b=3&a=2"), True),
        ("request.query['a b'] == ['ü']", inputs(query="a+b=%C3%BC"), True),
        ("request.query['a'] == ['']", inputs(query="a="), True),
        ("size(request.query) == 0", inputs(), True),
        ("request.headers['x-a'] == '1, 2'", inputs(headers=(("X-A", "1"), ("x-a", "2"))), True),
        ("'x-a' in request.headers", inputs(), False),
        ("request.body.model == 'm'", inputs(body=b'{"model": "m"}'), True),
        ("request.body.n < 5", inputs(body=b'{"n": 4}'), True),
        ("request.body.messages.all(m, m.role != 'system')", inputs(body=b'{"messages": [{"role": "user"}]}'), True),
        ("request.body == null", inputs(body=b""), True),
        ("request.method == 'POST' || request.body.x == 1", inputs(body=b""), True),
        ("session.id == 'ses_1' && session.name == 'billing'", inputs(), True),
        ("has(request.body.stream) && request.body.stream == true", inputs(body=b"{}"), False),
    ],
)
def test_a_condition_holds_or_does_not(source: str, given_inputs: Inputs, holds: bool) -> None:
    assert compile_condition(source).holds(given_inputs) is holds


@pytest.mark.parametrize(
    ("source", "given_inputs"),
    [
        ("request.headers['x-a'] == '1'", inputs()),
        ("request.headers['x-a'] != '1'", inputs()),
        ("request.query.a[0] == '1'", inputs()),
        ("request.query.a[5] == '1'", inputs(query="a=1")),
        ("1 / 0 == 1", inputs()),
        ("int(request.method) == 1", inputs()),
        ("request.body.model == 'm'", inputs(body=b"{}")),
        ("request.body.model == 'm'", inputs(body=b"")),
        ("request.body.model == 'm'", inputs(body=None)),
        ("request.body.model == 'm'", inputs(body=b"[]")),
        ("request.body.model == 'm'", inputs(body=b"not json")),
        ("request.body.model == 'm'", inputs(body=b"\xff\xfe")),
        ("request.body.model == 'm'", inputs(body=b'{"model": "m", "model": "m"}')),
        ("request.body.model == 'm'", inputs(body=b'{"model": "m", "x": {"a": 1, "a": 2}}')),
        ("request.body.model == 'm'", inputs(body=b'{"model": "m", "x": NaN}')),
        ("request.body.model == 'm'", inputs(body=b'{"model": "m"} trailing')),
        ("request.body.model == 'm'", inputs(body=b'{"model": "\\ud800"}')),
        ("request.body.n > 1", inputs(body=b'{"n": "2"}')),
        ("request.body.n > 1", inputs(body=b'{"n": 99999999999999999999999}')),
        ("request.body.model == 'm'", inputs(body=b'{"model": "m", "x": ' + b"[" * 100 + b"]" * 100 + b"}")),
        ("request.body.model == 'm'", inputs(body=b"[" * 200_000)),
        (
            "request.body.l.all(x, request.body.l.all(y, x == x && y == y))",
            inputs(body=json.dumps({"l": [1] * 2000}).encode()),
        ),
        ("request.query.a == ['x']", inputs(query="a=%ff")),
        ("request.query.a == ['x']", inputs(query="&".join(["a=x"] * 2000))),
        ("request.path == '/'", inputs(path="/\ud800")),
    ],
)
def test_a_condition_without_an_answer_is_never_true(source: str, given_inputs: Inputs) -> None:
    with pytest.raises(Unknown) as caught:
        compile_condition(source).holds(given_inputs)
    assert 0 < len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_a_condition_that_does_not_look_at_the_body_does_not_mind_it() -> None:
    assert compile_condition("request.method == 'POST'").holds(inputs(body=b"[" * 100_000)) is True


def test_one_request_answers_many_conditions() -> None:
    request = inputs(body=b'{"model": "m"}', query="a=1")
    answers = [compile_condition(f"request.body.model == '{name}'").holds(request) for name in ("l", "m", "n")]
    assert answers == [False, True, False]
    assert compile_condition("request.query.a == ['1']").holds(request) is True


def test_depth_is_measured_exactly() -> None:
    limit = conditions.MAX_BODY_DEPTH
    assert conditions.read_body(b"[" * limit + b"]" * limit) is not None
    with pytest.raises(Unknown, match="deeper"):
        conditions.read_body(b"[" * limit + b"1" + b"]" * limit)


@given(st.binary(max_size=60))
def test_any_body_is_answered_or_unknown(body: bytes) -> None:
    condition = compile_condition("request.body.a == 1")
    try:
        answer = condition.holds(inputs(body=body))
    except Unknown:
        return
    assert answer is (json.loads(body)["a"] == 1)


@given(st.text(max_size=40))
def test_any_source_compiles_or_is_a_mistake(source: str) -> None:
    try:
        condition = compile_condition(source)
    except ConditionError:
        return
    try:
        assert condition.holds(inputs(body=b"{}")) in (True, False)
    except Unknown:
        return
