"""What was sent before is known again by being equal, and only that."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from akios_jail.radar import evidence, said
from akios_jail.radar import graph as graphs
from akios_jail.radar.bounded import Bounded
from akios_jail.radar.graph import Graph
from akios_jail.radar.recall import Recall
from akios_jail.radar.replies import Reply
from akios_jail.radar.said import Message, request


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def test_the_oldest_entries_are_forgotten() -> None:
    memory: Bounded[str, int] = Bounded(2)
    memory["a"] = 1
    memory.setdefault("b", 2)
    memory.setdefault("c", 3)
    assert dict(memory) == {"b": 2, "c": 3}


def test_a_conversation_that_goes_on_stands_for_its_beginning() -> None:
    recall = Recall()
    items = [user("a"), user("b")]
    recall.keep(b"", items, recall.known(b"", items), [(1, b"1"), (2, b"2")], 10)
    longer = [user("a"), user("b"), user("c")]
    known = recall.known(b"", longer)
    assert (known.length, known.chain) == (2, b"2")
    recall.keep(b"", longer, known, [(3, b"3")], 10)
    assert recall.known(b"", [user("a"), user("b"), user("c"), user("d")])[:2] == (3, b"3")
    assert recall.known(b"", [user("a"), user("x")])[:2] == (1, b"1")
    assert recall.known(b"other", longer)[:2] == (0, b"other")
    assert recall.known(b"", [user("x")])[:2] == (0, b"")


def test_a_branch_does_not_change_what_it_left() -> None:
    recall = Recall()
    first = [user("a"), user("b")]
    recall.keep(b"", first, recall.known(b"", first), [(1, b"1"), (2, b"2")], 10)
    other = [user("a"), user("x")]
    recall.keep(b"", other, recall.known(b"", other), [(2, b"3")], 10)
    assert recall.known(b"", first)[:2] == (2, b"2")
    assert recall.known(b"", other)[:2] == (2, b"3")


def test_the_graph_is_the_same_whether_conversations_are_recalled_or_read_again() -> None:
    drawn = random.Random(5)
    conversations: list[list[dict[str, Any]]] = [[user("Hello")]]
    recalling, reading = Graph(), Graph()
    made: list[list[Any]] = [[], []]
    for number in range(300):
        messages = list(drawn.choice(conversations))
        cut = drawn.randrange(1, len(messages) + 1)
        messages = messages[:cut] if drawn.random() < 0.2 else messages
        text = f"answer {drawn.randrange(5)}"
        for graph, kept in zip((recalling, reading), made, strict=True):
            if graph is reading:
                graph._recall = Recall()  # as if nothing had ever been sent
            kept += graph.asked(number, f"{number}", request({"messages": messages}, 100))[1]
            reply = Reply("", "", (Message("assistant", text),), "", None)
            kept += graph.answered(number, f"{number}", reply, {})[1]
        conversations.append([*messages, {"role": "assistant", "content": text}, user(f"{drawn.randrange(5)}")])
    assert recalling.steps == reading.steps
    assert made[0] == made[1]
    assert {edge.type for edge in made[0]} == {"prefix", "reply", "retry", "branch"}


def test_the_items_of_one_turn_are_one_message_however_many_calls_brought_them() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "get", "arguments": "{}"}
    items = [user("a"), {"type": "reasoning", "summary": [{"text": "hm"}]}, call, {**call, "call_id": "d"}, user("b")]
    whole = said.heard(items)
    assert [(message.role, end) for message, end in whole] == [("user", 1), ("assistant", 4), ("user", 5)]
    assert [asked.id for asked in whole[1][0].asked] == ["c", "d"]


def test_marks_of_what_is_to_be_kept_by_the_provider_change_no_message() -> None:
    image = {"type": "image", "source": {"data": "AAAA"}}
    plain = said.heard([{"role": "user", "content": [image]}])
    marked = said.heard([{"role": "user", "content": [{**image, "cache_control": {}}, {"cachePoint": {}}]}])
    assert plain == marked


def test_what_an_agent_says_again_in_other_words_is_the_answer_it_had() -> None:
    graph = Graph()
    hello = user("Hello")
    text = "It was delivered on the 17th of October, to a neighbour."
    edges = graph.asked(1, "1", request({"messages": [hello]}))[1]
    edges += graph.answered(1, "1", Reply("", "", (Message("assistant", text),), "", None), {})[1]
    shorter = {"role": "assistant", "content": text[:30]}
    edges += graph.asked(2, "2", request({"messages": [hello, shorter, user("And?")]}))[1]
    assert [edge[:3] for edge in edges] == [(1, 2, "reply"), (2, 3, "prefix")]
    other = {"role": "assistant", "content": "Nothing of the kind was ever said here."}
    assert graph.asked(3, "3", request({"messages": [hello, other]}))[1][0].type in ("prefix", "branch")


def test_calls_without_ids_have_their_results_in_their_order() -> None:
    graph = Graph()
    calls = tuple(said.Asked("", "get", {"n": number}) for number in range(3))
    start = {"role": "user", "parts": [{"text": "Hello"}]}
    graph.asked(1, "1", request({"contents": [start]}))
    graph.answered(1, "1", Reply("", "", (Message("assistant", asked=calls),), "", None), {})
    parts = [{"functionCall": {"name": "get", "args": {"n": number}}} for number in range(3)]
    results = [{"functionResponse": {"name": "get", "response": {"n": number}}} for number in range(3)]
    edges = graph.asked(
        2, "2", request({"contents": [start, {"role": "model", "parts": parts}, {"role": "user", "parts": results}]})
    )[1]
    assert [edge[:2] for edge in edges if edge.type == "tool_result"] == [(2, 5), (3, 6), (4, 7)]


def test_every_memory_of_a_graph_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (graphs, evidence):
        monkeypatch.setattr(module, "REMEMBERED", 1_000)
    graph = Graph()
    for number in range(3_000):
        graph.asked(number, f"{number}", request({"messages": [user(f"Question number {number}")]}, 1_000))
        if number % 2:
            calls = (said.Asked(f"t{number}", "get", {"task": f"a long enough task {number}"}),)
            reply = Reply(f"id{number}", "", (Message("assistant", "some words " * 9, asked=calls),), "", None)
            graph.answered(number, f"{number}", reply, {})
    parts = itertools.chain(vars(graph).values(), vars(graph._evidence).values())
    sizes = [len(part) for part in parts if hasattr(part, "__len__")]
    assert max(sizes) == 1_000
    assert len(graph._recall._latest) <= 64
