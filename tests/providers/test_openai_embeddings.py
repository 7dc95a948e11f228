"""Embeddings: what is read from a call, and what its answer tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.providers.neutral import Call, Conversation, Usage
from akios_jail.providers.neutral import Untranslatable as NotSaid
from akios_jail.providers.openai_embeddings import OpenAIEmbeddings
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable
from tests.providers import clients

WIRE = OpenAIEmbeddings()


def call(path: str = "/v1/embeddings", **fields: Any) -> Call:
    document = {"model": "text-embedding-3-small", "input": "hi", **fields}
    return WIRE.read("openai", "api.openai.com", path, document)


def test_the_neutral_form_of_a_call() -> None:
    read = call(dimensions=256)
    assert (read.model, read.stream, read.billable, read.choices) == ("text-embedding-3-small", False, True, 1)
    assert read.texts == ((("input",), "user"),)
    assert (read.unbounded, read.hidden_output) == ((), False)


def test_texts_and_tokens_are_found_where_they_are() -> None:
    assert call(input=["a", "b"]).texts == ((("input", 0), "user"), (("input", 1), "user"))
    assert [payload.path for payload in call(input=[1, 2]).payloads] == [("input",)]
    assert [payload.path for payload in call(input=[[1], [2]]).payloads] == [("input", 0), ("input", 1)]


def test_a_deployment_in_the_path_is_the_model() -> None:
    read = call("/openai/deployments/small/embeddings")
    assert read.model == "small"
    WIRE.set_model(read, "large")
    assert WIRE.path_of(read, "/openai/deployments/small/embeddings") == "/openai/deployments/large/embeddings"
    assert WIRE.path_of(read, "") == "/v1/embeddings"


def test_an_input_without_a_model_is_another_service_s() -> None:
    assert WIRE.speaks("/v1/embeddings")
    assert WIRE.resembles({"vectors": []}) is False


@pytest.mark.parametrize(
    "fields", [{"model": 5}, {"input": None}, {"input": 5}, {"input": []}, {"input": [None]}, {"Model": "dear"}]
)
def test_a_field_of_the_wrong_type_makes_it_unreadable(fields: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        call(**fields)


def test_the_answer_tells_its_usage_and_the_model_that_was_asked_for() -> None:
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    body = json.dumps(
        {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.0023064255, -0.009]}],
         "model": "text-embedding-3-small", "usage": usage}, separators=(",", ":"),
    ).encode()  # fmt: skip
    answer = WIRE.answer(call())
    assert answer.whole(body) is body
    assert answer.usage == Usage(input_tokens=8)
    read = call()
    read.shown_model = "asked"
    shown = WIRE.answer(read).whole(body)
    assert shown == body.replace(b"text-embedding-3-small", b"asked")
    answered = clients.openai(shown).embeddings.create(model="x", input="hi", encoding_format="float")
    assert answered.data[0].embedding == [0.0023064255, -0.009]


@pytest.mark.parametrize("body", [b"[]", b"x", b'{"usage":5}', b'{"usage":{}}', b'{"usage":{"prompt_tokens":-1}}'])
def test_an_answer_that_is_none_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        WIRE.answer(call()).whole(body)


def test_there_are_no_streams_no_calls_and_no_conversations() -> None:
    gate = WIRE.gate(call())
    assert (gate.calls({}), gate.end(), WIRE.results(call())) == ([], [], [])
    with pytest.raises(Unreadable):
        WIRE.answer(call()).event(Event(data="{}"))
    with pytest.raises(NotSaid):
        WIRE.conversation(call())
    with pytest.raises(NotSaid):
        WIRE.compose(Conversation("", ()), "m")
