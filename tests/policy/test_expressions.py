"""Conditions over tool calls and model calls: what each may name, and true only when they are the boolean true."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy import expressions
from akios_jail.policy.conditions import compile_in
from akios_jail.policy.expressions import ConditionError, Unknown, ask

#: A Saturday, 01:30 in Coordinated Universal Time, 03:30 in Berlin.
NIGHT = datetime(2024, 6, 1, 1, 30, tzinfo=UTC)


def call(args: Any = None, **more: Any) -> dict[str, Any]:
    """The variables of a tool call."""
    given_variables = {
        "tool.name": "issue_refund",
        "tool.server": "",
        "args": {} if args is None else args,
        "now": NIGHT,
        "session.id": "ses_1",
        "session.name": "billing",
    }
    return given_variables | {name.replace("_", ".", 1): value for name, value in more.items()}


def model_call(**more: Any) -> dict[str, Any]:
    """The variables of a model call."""
    given_variables: dict[str, Any] = {
        "task.complexity": "lookup",
        "task.stated": False,
        "task.input_tokens": 900,
        "task.messages": 3,
        "task.tool_results": 1,
        "request.model": "gpt-4o",
        "request.stream": True,
        "request.tools": 2,
        "request.host": "api.openai.com",
        "budget.spent_usd": 0.25,
        "budget.left_usd": float("inf"),
        "budget.left_tokens": 2**63 - 1,
        "budget.fraction": 0.5,
        "session.id": "ses_1",
        "session.name": "billing",
    }
    return given_variables | {name.replace("_", ".", 1): value for name, value in more.items()}


@pytest.mark.parametrize(
    ("source", "variables", "holds"),
    [
        ("args.amount_usd > 100.0", call({"amount_usd": 15000}), True),
        ("args.amount_usd > 100.0", call({"amount_usd": 15000.5}), True),
        ("args.amount_usd > 100", call({"amount_usd": 99.99}), False),
        ("tool.name.startsWith('issue_')", call(), True),
        ("tool.server == ''", call(), True),
        ("tool.server.endsWith('.corp')", call(tool_server="crm.corp"), True),
        ("has(args.note) && args.note == 'x'", call(), False),
        ("args.tags.exists(t, t == 'vip')", call({"tags": ["a", "vip"]}), True),
        ("args == null", {**call(), "args": None}, True),
        ("session.name == 'billing'", call(), True),
        ("now.getHours() < 6", call(), True),
        ('now.getHours("Europe/Berlin") == 3', call(), True),
        ("now.getHours('-05:00') == 20", call(), True),
        ("now.getDayOfWeek() in [0, 6]", call(), True),
        ("now < timestamp('2024-06-01T01:30:01Z')", call(), True),
        ("now - timestamp('2024-06-01T00:00:00Z') > duration('1h')", call(), True),
    ],
)
def test_a_condition_over_a_tool_call(source: str, variables: dict[str, Any], holds: bool) -> None:
    assert compile_in("tool", source).holds(variables) is holds


@pytest.mark.parametrize(
    ("source", "variables", "holds"),
    [
        ("task.complexity == 'lookup'", model_call(), True),
        ("task.complexity == 'reasoning'", model_call(), False),
        ("task.input_tokens > 1000 || task.tool_results > 0", model_call(), True),
        ("!task.stated && request.stream", model_call(), True),
        ("request.model == 'gpt-4o' && request.tools == 2", model_call(), True),
        ("request.host.endsWith('openai.com')", model_call(), True),
        ("budget.left_usd > 1000000.0", model_call(), True),
        ("budget.left_usd < 0.5", model_call(budget_left_usd=0.25), True),
        ("budget.left_tokens < 500", model_call(), False),
        ("budget.fraction >= 0.8", model_call(budget_fraction=0.8), True),
        ("budget.spent_usd == 0.25", model_call(), True),
    ],
)
def test_a_condition_over_a_model_call(source: str, variables: dict[str, Any], holds: bool) -> None:
    assert compile_in("routing", source).holds(variables) is holds


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("args.amount_usd > 100.0", call()),
        ("args.amount_usd > 100.0", call({"amount_usd": "15000"})),
        ("args.amount_usd > 100.0", call({"amount_usd": None})),
        ("args.amount_usd > 100.0", call({"amount_usd": float("nan")})),
        ("args.amount_usd < 100.0", call({"amount_usd": float("-inf")})),
        ("args.amount_usd > 100.0", call({"amount_usd": 10**30})),
        ("args.amount_usd > 100.0", call([15000])),
        ("args.amount_usd > 100.0", call("text")),
        ("args.a == 1", call({"a": 1, "b": _deep(65)})),
        ("args.a == 1", call({"a": 1, "b": "\ud800"})),
        ("args.ok == true || args.missing", call({"ok": False})),
        ("args.a == 1", {name: value for name, value in call().items() if name != "args"}),
        ("args.a == 1", call({"a": object()})),
        ("now.getHours(tool.name) == 1", call()),
        ("now.getHours() < 6", {**call(), "now": "2024-06-01"}),
        ("now.getHours() < 6", {**call(), "now": NIGHT.replace(tzinfo=None)}),
        ("1 / (args.n - 1) == 0", call({"n": 1})),
    ],
)
def test_a_condition_without_an_answer_is_never_true(source: str, variables: dict[str, Any]) -> None:
    with pytest.raises(Unknown) as caught:
        compile_in("tool", source).holds(variables)
    assert 0 < len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "source", "said", "line", "column"),
    [
        ("tool", "arg.amount > 1", "undeclared reference to 'arg.amount'; did you mean args?", 1, 4),
        ("tool", "tool.nme == 'x'", "undeclared reference to 'tool.nme'; there is tool.name", 1, 5),
        ("tool", "request.method == 'POST'", "undeclared reference to 'request", 1, 8),
        ("tool", "args.amount", "gives dyn, not a boolean; compare it", 0, 0),
        ("tool", 'now.getHours("Europe/Berln") < 6', "there is no time zone", 1, 14),
        ("tool", "true &&\n  now.getHours('Mars') < 6", "there is no time zone 'Mars'", 2, 16),
        ("tool", "now.getHours", "", 0, 0),
        ("tool", "now > 5", "`>` does not go with a timestamp and an int", 1, 5),
        ("routing", "task.complexty == 'lookup'", "there is task.complexity", 1, 5),
        ("routing", "task.complexity == 1", "does not go with a string and an int", 1, 17),
        ("routing", "budget.fraction > '1'", "double(…) makes a double of a string", 1, 17),
        ("routing", "args.x == 1", "undeclared reference", 1, 5),
        ("routing", "request.path == '/'", "there is task.complexity", 1, 8),
    ],
)
def test_a_mistake_is_placed(environment: str, source: str, said: str, line: int, column: int) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_in(environment, source)
    assert said in str(caught.value)
    if line:
        assert (caught.value.line, caught.value.column) == (line, column)


def test_variables_are_converted_once_for_many_conditions() -> None:
    asked = ask("tool", call({"n": 2}))
    assert [compile_in("tool", f"args.n == {n}").holds(asked) for n in (1, 2, 3)] == [False, True, False]


def test_variables_of_one_place_say_nothing_in_another() -> None:
    with pytest.raises(Unknown):
        compile_in("routing", "session.name == 'billing'").holds(ask("tool", call()))


def test_a_missing_variable_matters_only_where_it_is_asked_for() -> None:
    assert compile_in("tool", "tool.name == 'a'").holds({"tool.name": "a"}) is True


def test_arguments_may_be_as_deep_as_bodies() -> None:
    assert compile_in("tool", "args == args").holds({"args": _deep(63)}) is True
    with pytest.raises(Unknown, match="deeper"):
        compile_in("tool", "args == args").holds({"args": _deep(expressions.MAX_DEPTH)})


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(_json)
def test_any_arguments_are_answered_or_unknown(args: Any) -> None:
    condition = compile_in("tool", "args.a > 100.0")
    try:
        answer = condition.holds(call(args))
    except Unknown:
        return
    assert answer is (args["a"] > 100.0)


@given(st.sampled_from(sorted(expressions.ENVIRONMENTS)), st.text(max_size=40))
def test_any_source_compiles_or_is_a_mistake(environment: str, source: str) -> None:
    try:
        condition = compile_in(environment, source)
    except ConditionError:
        return
    try:
        assert condition.holds({}) in (True, False)
    except Unknown:
        return
