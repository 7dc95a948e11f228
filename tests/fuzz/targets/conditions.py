"""Conditions in CEL: a line that says where they stand, the condition, a blank line, and what they are asked about.

The first line is `tool`, `routing`, `request json` or `request form`. A condition compiles or is a mistake with words;
it is true, false, or has no answer, the same each time. The rest is the arguments of a tool call as JSON, or a body.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from akios_jail.policy import forms, lookalikes
from akios_jail.policy.conditions import Condition, Inputs, compile_condition, compile_in, read_document
from akios_jail.policy.expressions import ConditionError, Expression, Unknown, ask
from tests.fuzz.words import has_words

TOKENS = (
    *(b"tool\n", b"routing\n", b"request json\n", b"request form\n", b"\n\n", b"args.amount", b"request.body"),
    *(b"now", b"request.headers", b"request.query", b"tool.name", b"session.id", b"budget.left_usd"),
    *(b"task.complexity", b" == ", b" && ", b" || ", b"!", b" in ", b"has(", b".exists(x, x > 1)", b".all(x, "),
    *(b".map(x, ", b".matches(", b".startsWith('a')", b".size()", b"int(", b"double(", b"string("),
    *(b"timestamp('2024-06-01T00:00:00Z')", b" ? ", b".getHours('Europe/Berlin')", b"duration('1h')", b"[1, 2]"),
    *(b"{'a': 1}", b"b'a'", b"r'\\d'", b"1u", b"0xff", b"9223372036854775807", b"-9223372036854775808", b"1e308"),
    *(b"a[b]=1&a[b]=2", b"_method=DELETE", b"%00", b"a[]=1"),
)
_NOON = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)


def fuzz(data: bytes) -> None:
    """Compile a condition and ask it."""
    head, _, body = data.partition(b"\n\n")
    where, _, source = head.decode("utf-8", "replace").partition("\n")
    environment, _, kind = where.partition(" ")
    headers = (("Content-Type", "application/x-www-form-urlencoded" if kind == "form" else "application/json"),)
    _read_as_form(body)
    try:
        document = read_document(headers, body)
    except Unknown as unknown:
        _check_words(str(unknown))
        document = None
    lookalikes.keys_of(document)
    if environment not in ("tool", "routing", "request"):
        return
    try:
        condition = compile_condition(source) if environment == "request" else compile_in(environment, source)
    except ConditionError as error:
        _check_mistake(error, source)
        return
    lookalikes.Spellings(source).another(document)
    answers = [_asked(condition, environment, headers, body, document) for _ in range(2)]
    assert answers[0] == answers[1]


def _asked(
    condition: Condition | Expression,
    environment: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    document: Any,
) -> bool | None:
    """Whether the condition holds, None if that cannot be said."""
    try:
        if isinstance(condition, Condition):
            inputs = Inputs("POST", "h.example", 443, "/a", "q=1", headers, body, "ses_1", "n")
            holds = condition.holds(inputs)
        elif environment == "tool":
            given = {"tool.name": "f", "tool.server": "", "args": document, "now": _NOON}
            holds = condition.holds(ask("tool", given | {"session.id": "ses_1", "session.name": "n"}))
        else:
            holds = condition.holds(ask("routing", _routing(document)))
    except Unknown as unknown:
        _check_words(str(unknown))
        return None
    assert holds is True or holds is False
    return holds


def _routing(document: Any) -> dict[str, Any]:
    """What a routing condition may name; the numbers come from the document, where it has any."""
    numbers = document if isinstance(document, list) else []
    whole = [each for each in numbers if type(each) is int and abs(each) < 2**63] + [1, 2]
    parts = [each for each in numbers if type(each) is float] + [0.5, float("inf")]
    return {
        "task.complexity": "lookup",
        "task.stated": False,
        "task.input_tokens": whole[0],
        "task.messages": whole[1],
        "task.tool_results": 0,
        "request.model": "m",
        "request.stream": True,
        "request.tools": 2,
        "request.host": "h.example",
        "budget.spent_usd": parts[0],
        "budget.left_usd": parts[1],
        "budget.left_tokens": 2**63 - 1,
        "budget.fraction": 0.5,
        "session.id": "ses_1",
        "session.name": "n",
    }


def _read_as_form(body: bytes) -> None:
    """A form that is read is sent as it was read, and every server reads that alike."""
    forms.overriding(body)
    try:
        form = forms.read(body)
    except forms.Unreadable as error:
        has_words(error)
        return
    again = forms.read(form.encoded)
    assert again == form
    assert tuple(parse_qsl(form.encoded.decode(), keep_blank_values=True, errors="strict")) == form.pairs
    json.dumps(form.value)


def _check_mistake(error: ConditionError, source: str) -> None:
    _check_words(str(error).split("\n")[0])
    assert 0 <= error.line <= source.count("\n") + 2


def _check_words(text: str) -> None:
    assert text
    assert "\n" not in text
