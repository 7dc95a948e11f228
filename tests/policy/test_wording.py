"""CEL's own words about a condition, in those of the policy reference: which types met, and what to write."""

from __future__ import annotations

import pytest

from akios_jail.policy.conditions import ConditionError
from akios_jail.policy.expressions import Unknown, compile_in


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("args.n > 100.0", "`>` does not go with a string and a double: double(…) makes a double of a string"),
        ("args.list > 1", "`>` does not go with a list and an int"),
        ("args.nothing > 1", "`>` does not go with null and an int"),
        ("int(args.list) > 1", "`int` does not go with a list"),
        ("args.one.startsWith('x')", "`startsWith` does not go with an int and a string"),
        ("args.missing == 1", 'there is no "missing" (guard with `has(…)` or `in`)'),
        ("args.n.deeper == 1", "it looks for a key in what has none (a text, a number, a list or null)"),
        ("args.nothing[0] == 1", "it looks for an element in null"),
        ("args.one / 0 == 1", "it divides by zero"),
        ("timestamp(args.n) < now", "the text is no timestamp"),
        ("!args.one", "`!` goes with a boolean only"),
        ("args.one ? true : false", "what stands before `?` is no boolean"),
        ("args.one == 2 || args.n", "`||` goes with booleans only"),
        ("int(args.n + 'x') == 1", "the text is no int"),
        ("args.n in args.one", "`in` looks for keys of a map and elements of a list"),
    ],
)
def test_what_has_no_answer_says_which_types_met(source: str, said: str) -> None:
    given = {"args": {"n": "5", "one": 1, "list": [1], "nothing": None}, "tool.name": "pay"}
    with pytest.raises(Unknown) as unknown:
        compile_in("tool", f"({source}) == true").holds(given)
    assert str(unknown.value) == said


@pytest.mark.parametrize(
    ("environment", "source", "said"),
    [
        ("routing", "budget.left_usd > 1", "a double and an int: a double is written with a point, such as 1.0"),
        ("request", "request.query.a == 'x'", "`==` does not go with a list(string) and a string: compare with a list"),
        (
            "request",
            "'a' in request.method",
            "a string and a string: `in` looks for keys of a map and elements of a list",
        ),
        ("tool", "now > 5", "`>` does not go with a timestamp and an int"),
        ("request", "request.port.matches('4')", "`matches` does not go with an int and a string"),
    ],
)
def test_what_does_not_compile_says_so_too(environment: str, source: str, said: str) -> None:
    with pytest.raises(ConditionError) as error:
        compile_in(environment, source)
    assert said in str(error.value)
