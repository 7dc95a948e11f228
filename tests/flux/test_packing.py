"""What a conversation says twice is sent once, old results in short, and nothing else is touched."""

from __future__ import annotations

import copy
import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.flux import cachemarks
from akios_jail.flux.packing import LONG_FROM, SAME_FROM, SHORTEN_FROM, Result, digest, pack

FILE = "".join(f"line {number}: some text of a file\n" for number in range(40))
BIG = "".join(f"{number}: a row of a long table of results\n" for number in range(500))


def conversation(*rounds: list[str] | str) -> tuple[dict[str, Any], list[Result]]:
    """Chat completions: a list is one round of tools with these results, a text is said by the user."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": FILE}]
    results: list[Result] = []
    for number, each in enumerate(rounds):
        if isinstance(each, str):
            messages.append({"role": "user", "content": each})
            continue
        messages.append({"role": "assistant", "content": FILE, "tool_calls": [{"id": f"c{number}"}]})
        for text in each:
            results.append(Result("read", f"c{number}", ("messages", len(messages), "content")))
            messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": text})
    return {"model": "m", "messages": messages}, results


def said(document: dict[str, Any]) -> list[str]:
    return [message["content"] for message in document["messages"] if message["role"] == "tool"]


def test_a_result_that_was_said_before_is_a_reference_to_the_first() -> None:
    document, results = conversation("go", [FILE], [FILE], "again", [FILE])
    before = copy.deepcopy(document)
    packed = pack(document, results)
    first, *later = said(packed.document)
    assert first == FILE
    reference = f"[The same {len(FILE)} characters as in the result of read (c1) above, sha256 {digest(FILE)[:16]}]"
    assert later == [reference, reference]
    assert [(removed.what, removed.sha256) for removed in packed.removed] == [("same_result", digest(FILE))] * 2
    assert sum(removed.characters for removed in packed.removed) == 2 * (len(FILE) - len(reference))
    assert document == before


def test_blocks_are_referred_to_and_what_is_new_stays() -> None:
    block = "licence " * 100
    document, results = conversation([f"a\n\n{block}\n\nb"], [f"new\n\n{block}\n \t\nalso new\n\n{block}"])
    packed = pack(document, results)
    first, second = said(packed.document)
    assert first == f"a\n\n{block}\n\nb"
    assert (second.startswith("new\n\n[The same 800"), "\n \t\nalso new\n\n[The same 800" in second) == (True, True)
    assert [removed.what for removed in packed.removed] == ["same_block"] * 2


def test_what_is_short_or_different_is_sent_as_it_is() -> None:
    document, results = conversation(["ok"], ["ok"], [FILE], [FILE + "x"], ["y" * (SAME_FROM - 1)] * 2)
    packed = pack(document, results)
    assert packed.document is document
    assert packed.removed == ()


def long(rounds: int) -> tuple[dict[str, Any], list[Result]]:
    return conversation(*[[f"{number}\n{BIG}"] for number in range(rounds)])


def test_old_results_keep_head_and_tail_and_recent_ones_everything() -> None:
    packed = pack(*long(10))
    texts = said(packed.document)
    assert [len(text) <= SHORTEN_FROM for text in texts] == [True] * 4 + [False] * 6
    assert texts[0].startswith("0\n0: a row of a long table of results\n1: a row")
    assert texts[0].endswith("499: a row of a long table of results\n")
    whole = f"0\n{BIG}"
    assert f"characters are left out here; the whole had {len(whole)}, sha256 {digest(whole)[:16]}]" in texts[0]
    assert [removed.what for removed in packed.removed] == ["shortened"] * 4


def test_a_conversation_that_is_not_long_keeps_all() -> None:
    document, results = conversation(*[[f"{number}\n" + "x" * 5_000] for number in range(12)])
    assert sum(map(len, said(document))) < LONG_FROM
    assert pack(document, results).document is document


def test_what_a_result_that_stays_refers_to_stays_whole() -> None:
    rounds = [[f"{number}\n{BIG}"] for number in range(10)]
    document, results = conversation(*rounds[:9], rounds[0])
    texts = said(pack(document, results).document)
    assert texts[0] == rounds[0][0]
    assert texts[9].startswith("[The same")
    assert len(texts[1]) <= SHORTEN_FROM


def test_one_round_with_many_results_is_one_turn() -> None:
    document, results = conversation([f"{number}\n{BIG}" for number in range(30)])
    assert pack(document, results).document is document


@pytest.mark.parametrize("mark", [{"cache_control": {"type": "ephemeral"}}, {"cachePoint": {"type": "default"}}])
def test_nothing_changes_in_what_a_mark_of_the_agents_covers(mark: dict[str, Any]) -> None:
    document, results = conversation([FILE], [FILE], "go", [FILE])
    marked = next(index for index, each in enumerate(document["messages"]) if each["role"] == "user")
    document["messages"][marked]["content"] = [{"type": "text", "text": "go", **mark}]
    texts = said(pack(document, results).document)
    assert texts[:2] == [FILE, FILE]
    assert texts[2].startswith("[The same")


def test_a_longer_conversation_begins_as_the_shorter_one_did() -> None:
    begins = [json.dumps(pack(*long(rounds)).document["messages"])[:-1] for rounds in range(1, 30)]
    moved = [n for n in range(1, len(begins)) if not begins[n].startswith(begins[n - 1])]
    # The line moves every fourth round; between that every call finds its beginning in the provider's cache.
    assert [after - before for before, after in pairwise(moved)] == [4] * (len(moved) - 1)


PIECES = st.sampled_from(
    ["ok", FILE, FILE + "!", BIG, "block " * 100, "other " * 100, "\n\n", "\n \n", "\n", "tail", "é" * 600]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=5).map("".join)
ROUNDS = st.lists(st.one_of(st.text(max_size=20), st.lists(TEXTS, min_size=1, max_size=3)), max_size=24)


@settings(max_examples=300, deadline=None)
@given(ROUNDS)
def test_packing_touches_results_alone_and_does_it_once(rounds: list[list[str] | str]) -> None:
    document, results = conversation(*rounds)
    packed = pack(document, results)
    assert packed == pack(copy.deepcopy(document), results)
    before, after = document["messages"], packed.document["messages"]
    assert [{**m, "content": ""} for m in before] == [{**m, "content": ""} for m in after]
    assert [m["content"] for m in before if m["role"] != "tool"] == [m["content"] for m in after if m["role"] != "tool"]
    saved = sum(map(len, said(document))) - sum(map(len, said(packed.document)))
    assert saved == sum(removed.characters for removed in packed.removed)
    assert all(removed.characters > 0 for removed in packed.removed)
    again = pack(packed.document, results)
    assert (again.document, again.removed) == (packed.document, ())


@settings(max_examples=300, deadline=None)
@given(ROUNDS)
def test_every_reference_is_to_what_still_stands_before_it(rounds: list[list[str] | str]) -> None:
    document, results = conversation(*rounds)
    texts = said(pack(document, results).document)
    recent = len(texts) - sum(len(each) for each in [each for each in rounds if isinstance(each, list)][-4:])
    standing: set[str] = set()
    for number, text in enumerate(texts):
        standing |= {digest(piece)[:16] for piece in (text, *re.split(r"(\n[ \t]*\n\s*)", text))}
        if number >= recent:
            assert set(re.findall(r"as in the result of .{1,99} above, sha256 ([0-9a-f]{16})\]", text)) <= standing


def anthropic(**fields: Any) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "read", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}]},
    ]
    return {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": messages, **fields}


MARK = {"cache_control": {"type": "ephemeral"}}


def test_marks_are_set_after_the_system_text_and_at_the_users_last_two_ends() -> None:
    document = anthropic(system="be kind", tools=[{"name": "read", "input_schema": {}}])
    assert cachemarks.mark(document) == 3
    assert document["system"] == [{"type": "text", "text": "be kind", **MARK}]
    assert document["tools"] == [{"name": "read", "input_schema": {}}]
    assert document["messages"][0]["content"] == [{"type": "text", "text": "go", **MARK}]
    assert document["messages"][2]["content"][0]["cache_control"] == MARK["cache_control"]
    assert cachemarks.mark(document) == 0


def test_without_a_system_text_the_tools_are_marked() -> None:
    document = anthropic(tools=[{"name": "a"}, {"name": "b"}])
    assert cachemarks.mark(document) == 3
    assert document["tools"] == [{"name": "a"}, {"name": "b", **MARK}]


@pytest.mark.parametrize(
    "fields",
    [
        {"system": [{"type": "text", "text": "x", **MARK}]},
        {"tools": [{"name": "a", **MARK}]},
        {"cache_control": {"type": "ephemeral"}},
        {"messages": [{"role": "user", "content": "once"}]},
        {"messages": "none"},
        {"messages": ["none"]},
    ],
)
def test_an_agent_with_marks_of_its_own_or_without_a_second_call_is_left_alone(fields: dict[str, Any]) -> None:
    document = anthropic(**fields)
    before = copy.deepcopy(document)
    assert cachemarks.mark(document) == 0
    assert document == before


@pytest.mark.parametrize(
    "content", ["", " ", [], [{"type": "thinking", "thinking": "x"}], [{"type": "text", "text": ""}]]
)
def test_what_takes_no_mark_gets_none(content: Any) -> None:
    document = anthropic()
    document["messages"][2]["content"] = content
    cachemarks.mark(document)
    assert document["messages"][2]["content"] == content
