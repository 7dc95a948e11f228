"""What was sent before is known again by being equal, and only that."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from akios_jail.providers import strictjson
from akios_jail.radar import evidence, said
from akios_jail.radar import graph as graphs
from akios_jail.radar.bounded import Bounded
from akios_jail.radar.graph import Graph
from akios_jail.radar.recall import Recall
from akios_jail.radar.replies import Reply
from akios_jail.radar.said import Message, Request, request


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def parsed(*items: dict[str, Any]) -> Request:
    """A call of which only the document is known."""
    return request({"model": "m", "messages": list(items)}, 100)


def written(*items: Any, **before: Any) -> Request:
    """A call as brokers have it: the document, and the same as text."""
    document = {"model": "m", **before, "messages": list(items), "stream": True}
    body = strictjson.dumps(document)
    return request(document, len(body), body)


Call = Callable[..., Request]
either = pytest.mark.parametrize("call", [parsed, written])


def test_the_oldest_entries_are_forgotten() -> None:
    memory: Bounded[str, int] = Bounded(2)
    memory["a"] = 1
    memory.setdefault("b", 2)
    memory.setdefault("c", 3)
    assert dict(memory) == {"b": 2, "c": 3}


@either
def test_a_conversation_that_goes_on_stands_for_its_beginning(call: Call) -> None:
    recall = Recall()
    first = call(user("a"), user("b"))
    recall.keep(b"", first, recall.known(b"", first), [(1, b"1"), (2, b"2")])
    longer = call(user("a"), user("b"), user("c"))
    known = recall.known(b"", longer)
    assert (known.length, known.chain) == (2, b"2")
    recall.keep(b"", longer, known, [(3, b"3")])
    assert recall.known(b"", call(user("a"), user("b"), user("c"), user("d")))[:2] == (3, b"3")
    assert recall.known(b"", call(user("a"), user("x")))[:2] == (1, b"1")
    assert recall.known(b"other", longer)[:2] == (0, b"other")
    assert recall.known(b"", call(user("x")))[:2] == (0, b"")


@either
def test_a_branch_does_not_change_what_it_left(call: Call) -> None:
    recall = Recall()
    first = call(user("a"), user("b"))
    recall.keep(b"", first, recall.known(b"", first), [(1, b"1"), (2, b"2")])
    other = call(user("a"), user("x"))
    recall.keep(b"", other, recall.known(b"", other), [(2, b"3")])
    assert recall.known(b"", first)[:2] == (2, b"2")
    assert recall.known(b"", other)[:2] == (2, b"3")


@pytest.mark.parametrize("length", [1, 2, 3, 50])
def test_as_much_is_known_as_is_equal_wherever_two_calls_part(length: int) -> None:
    items = [user(f"{number}" * (number % 7 + 1)) for number in range(length)]
    for parts in range(length + 1):
        recall = Recall()
        first = written(*items)
        marks = [(number, b"%d" % number) for number in range(1, length + 1)]
        recall.keep(b"", first, recall.known(b"", first), marks)
        other = written(*items[:parts], user("another"), *items[parts + 1 :])
        assert recall.known(b"", other).length == parts
        assert recall.known(b"", written(*items[:parts])).length == parts


def test_a_call_is_found_again_behind_another_beginning() -> None:
    recall = Recall()
    first = written(user("a"), user("b"), system="It is noon.")
    recall.keep(b"", first, recall.known(b"", first), [(1, b"1"), (2, b"2")])
    assert recall.known(b"", written(user("a"), user("b"), user("c"), system="It is one o'clock."))[:2] == (2, b"2")


def test_the_beginning_of_an_item_is_not_the_item() -> None:
    recall = Recall()
    first = written(user("a"), 1)
    recall.keep(b"", first, recall.known(b"", first), [(1, b"1"), (2, b"2")])
    assert recall.known(b"", written(user("a"), 1, user("b"))).length == 2
    assert recall.known(b"", written(user("a"), 12)).length == 1


def test_what_only_looks_like_the_messages_is_not_taken_for_them() -> None:
    recall = Recall()
    told = [user("a"), user("b")]
    first = written(*told)
    recall.keep(b"", first, recall.known(b"", first), [(1, b"1"), (2, b"2")])
    decoys = ({"messages": told}, '"messages":[' + json.dumps(told), [{"x": {"messages": told}}])
    for decoy in decoys:
        assert recall.known(b"", written(user("x"), user("b"), tools=decoy)).length == 0
    kept = written(user("x"), user("b"), tools=decoys[0])
    recall.keep(b"", kept, recall.known(b"", kept), [(1, b"x"), (2, b"y")])
    assert recall.known(b"", kept)[:2] == (2, b"y")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.replace(b",", b", "),
        lambda body: body.replace(b"b", b"c", 1),
        lambda body: body[:40],
        lambda body: b"",
        lambda body: body.replace(b"]", b',{"role":"user"}]'),
    ],
)
def test_a_text_that_is_not_the_document_s_is_not_believed(spoil: Callable[[bytes], bytes]) -> None:
    recall = Recall()
    items = [user("a"), user("b")]
    first = written(*items)._replace(body=spoil(written(*items).body))
    recall.keep(b"", first, recall.known(b"", first), [(1, b"1"), (2, b"2")])
    assert recall.known(b"", parsed(*items, user("c")))[:2] == (2, b"2")


def test_calls_as_text_and_calls_without_do_not_disturb_each_other() -> None:
    recall = Recall()
    items: list[dict[str, Any]] = []
    for number in range(12):
        items.append(user(f"{number}"))
        call = (written, parsed, written)[number % 3](*items)
        known = recall.known(b"", call)
        assert known.chain == (b"" if known.length == 0 else b"%d" % (known.length - 1))
        recall.keep(b"", call, known, [(end, b"%d" % (end - 1)) for end in range(known.length + 1, number + 2)])
    assert recall.known(b"", written(*items)).length == 12


@either
def test_the_graph_is_the_same_whether_conversations_are_recalled_or_read_again(call: Call) -> None:
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
            kept += graph.asked(number, f"{number}", call(*messages))[1]
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
