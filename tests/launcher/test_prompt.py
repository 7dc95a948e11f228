"""What a broker may have asked at the terminal: only text that is safe to print, in bounds, and whole on the screen."""

from __future__ import annotations

from typing import Any

import pytest

from akios_jail.launcher.prompt import Question, fitting, read_outcome, read_question
from akios_jail.messages import Message, ProtocolError

ID = "apr_" + "0" * 20


def ask(**fields: Any) -> Message:
    return Message("ask", {"session": "ses_1", "id": ID, "text": ["tool call  x"], "expires_s": 60} | fields, {})


def test_an_honest_question_is_read() -> None:
    question = read_question(ask())
    assert (question.id, question.text) == (ID, ("tool call  x",))


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "apr_1"},
        {"id": "\x1b[2J"},
        {"id": ID + "\n"},
        {"id": None},
        {"text": "tool"},
        {"text": [1]},
        {"text": ["x"] * 65},
        {"text": None},
        {"expires_s": -1},
        {"expires_s": 1.5},
        {"expires_s": "60"},
    ],
)
def test_anything_else_breaks_the_protocol(fields: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        read_question(ask(**fields))


def test_what_came_of_a_question_is_one_of_four_things() -> None:
    told = {"session": "ses_1", "id": ID, "outcome": "expired"}
    assert read_outcome(Message("asked", told, {})) == (ID, "denied, as no person decided in time")
    for wrong in ({"outcome": "\x1b[2J"}, {"outcome": None}, {"id": "apr_1"}):
        with pytest.raises(ProtocolError):
            read_outcome(Message("asked", told | wrong, {}))


def test_nothing_that_a_broker_says_acts_on_the_terminal() -> None:
    (line, long) = read_question(ask(text=["\x1b[2J\r\n\u202ename", "x" * 5000])).text
    assert line == "\\x1b[2J\\r\\n\\u202ename"
    assert len(long) == 400


@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (50, 132), (10, 20), (0, 0)])
def test_a_question_begins_on_the_screen_and_says_what_is_left_out(rows: int, columns: int) -> None:
    question = Question(ID, tuple(f"line {number} " + "x" * 50 for number in range(100)), 0.0)
    lines = fitting(question, rows, columns)
    assert sum(-(-len(line) // max(columns, 20)) for line in lines[:-1]) <= max(rows, 10) - 6
    assert lines[-1] == f"  NOT ALL IS SHOWN: {100 - len(lines) + 1} more lines. To see them: akios approvals show {ID}"
    assert fitting(Question(ID, ("a", "b"), 0.0), 24, 80) == ["  a", "  b"]
