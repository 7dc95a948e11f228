"""How hard a task is follows from what can be counted of it, the same every time, and is told with its reasons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.flux.classifier import COMPLEXITIES, POINTS, Assessment, Said, assess, count, explain

TABLE = "\n".join(f"2024-0{month}; north; {month * 1_000}; {month * 17}" for month in range(1, 10)) * 3
CODE = "```python\n" + "def f(x):\n    return x + 1\n" * 3 + "```\n"
READING = ("get_order", "listOrders", "crm.search-customers")


def of(
    *said: tuple[str, str], tools: tuple[str, ...] = (), attachments: int = 0, limit: int | None = None
) -> Assessment:
    return assess(count([Said(role, text) for role, text in said], tools, attachments, limit))


@pytest.mark.parametrize(
    ("text", "complexity"),
    [
        ("Check refund status for order #4821", "lookup"),
        ("What is the capital of France?", "lookup"),
        ("hi", "lookup"),
        ("Wo ist meine Bestellung 4711?", "lookup"),
        ("注文4821の状況を教えてください", "lookup"),
        ("", "lookup"),
        ("Why was the refund for order #4821 rejected?", "reasoning"),
        ("Warum wurde die Rückzahlung abgelehnt?", "reasoning"),
        ("Decide whether the customer is owed a refund.", "reasoning"),
        ("What is wrong here?\n" + CODE, "reasoning"),
        ("Write a friendly answer to the customer", "reasoning"),
        ("Compare our three portfolios and tell me which carries more risk.", "analysis"),
        ("Analysiere die Umsätze des letzten Quartals", "analysis"),
        ("Which region did best?\n" + TABLE, "analysis"),
        ("Fix this and say what else could break:\n" + CODE * 10, "analysis"),
    ],
)
def test_requests_in_one_turn(text: str, complexity: str) -> None:
    assert of(("user", text)).complexity == complexity


def test_the_last_turn_counts_not_what_was_said_before() -> None:
    before = [("user", "Analyse this table\n" + TABLE), ("assistant", "North did best.")]
    assert of(*before).complexity == "analysis"
    assert of(*before, ("user", "Thanks. What is its phone number?")).complexity == "lookup"


def test_what_tools_brought_must_be_read() -> None:
    asked = [("user", "Where is order 4821?"), ("assistant", "")]
    assert of(*asked, ("tool", '{"status": "delivered"}'), tools=READING).complexity == "lookup"
    assert of(*asked, ("tool", "x" * 9_000), tools=READING).complexity == "reasoning"
    assert of(*asked, *[("tool", "x" * 40_000)] * 2, tools=tuple("abcdefghijklmnopqrst")).complexity == "analysis"


def test_results_that_the_model_has_answered_are_no_longer_waiting() -> None:
    said = [
        ("user", "Where is it?"),
        ("assistant", ""),
        ("tool", "x" * 9_000),
        ("assistant", "There."),
        ("user", "Ok?"),
    ]
    assert of(*said).task.result_bytes == 0


def test_long_work_and_tools_that_act_make_it_harder() -> None:
    work = [("assistant", ""), ("tool", "ok")] * 10
    plain = of(("user", "Close the ticket"))
    acting = ("issue_refund", "close_ticket", "send_mail", "delete_user")
    long = of(("user", "Close the ticket"), *work, tools=acting)
    assert (plain.complexity, long.complexity) == ("lookup", "reasoning")
    assert (long.task.rounds, long.task.acting_tools) == (10, 4)
    assert of(("user", "Close the ticket"), tools=READING).task.acting_tools == 0


def test_images_need_more_than_a_lookup_and_a_short_answer_less() -> None:
    assert of(("user", "What is this?"), attachments=1).complexity == "reasoning"
    assert of(("user", "What is this?"), attachments=1, limit=50).complexity == "lookup"


def test_a_short_answer_to_a_hard_question_is_still_hard() -> None:
    assert of(("user", "Compare both orders"), limit=200).complexity == "analysis"
    assert of(("user", "Why was it rejected?"), limit=200).complexity == "reasoning"


@pytest.mark.parametrize("stated", COMPLEXITIES)
def test_what_the_agent_says_wins_and_the_score_stays_to_be_seen(stated: str) -> None:
    task = count([Said("user", "Compare these")], (), 0, None)
    assessment = assess(task, stated)
    assert (assessment.complexity, assessment.stated, assessment.score) == (stated, True, 7)
    assert assessment.reason == f"{stated}, as the agent says"


@pytest.mark.parametrize("stated", ["", "LOOKUP", "easy", "lookup "])
def test_what_is_no_complexity_is_not_believed(stated: str) -> None:
    assert assess(count([Said("user", "Compare these")], (), 0, None), stated).complexity == "analysis"


def test_the_reason_tells_every_point_and_the_sum() -> None:
    assessment = of(("user", "Why?\n" + CODE), attachments=1)
    assert assessment.reason == (
        "analysis, score 9: it holds 7 lines of code +3, 1 images or files come along +3, "
        "it asks for reasons, a plan or a text +3"
    )
    lines = explain(assessment).splitlines()
    assert lines[0] == "analysis (score 9)"
    assert "  turn_code_lines = 7" in lines
    assert sum(line.startswith("  +3") for line in lines) == 3


def test_every_counted_step_rises() -> None:
    for name, steps in POINTS.items():
        assert [start for start, _ in steps] == sorted({start for start, _ in steps}), name
        assert [points for _, points in steps] == sorted(points for _, points in steps), name


MESSAGES = st.lists(st.builds(Said, st.sampled_from(["user", "assistant", "tool"]), st.text(max_size=300)), max_size=12)


@given(
    MESSAGES,
    st.lists(st.text(max_size=20), max_size=5),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(1, 99_999)),
)
def test_any_conversation_has_one_answer_that_adds_up(
    said: list[Said], tools: list[str], attachments: int, limit: int | None
) -> None:
    first = assess(count(said, tools, attachments, limit))
    assert first == assess(count(said, tools, attachments, limit))
    assert first.complexity in COMPLEXITIES
    assert first.score == sum(point.points for point in first.points)


@pytest.mark.parametrize("piece", ["a" * 10, " ", "\t", "1,", "|", "{;", "- ", "```\n", "\n", "a1;", "?", "def "])
def test_no_text_takes_long_to_count(piece: str) -> None:
    import time

    text = piece * (2_000_000 // len(piece))
    begun = time.process_time()
    of(("user", text), tools=(text,) * 8)
    assert time.process_time() - begun < 1.0
