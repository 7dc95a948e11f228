"""Model calls as agents send them: the first line is `HOST METHOD PATH`, the rest is the body.

A call is read, or refused as unreadable. What was read is what is sent: the document written again is read as the same
call, with another model and another output limit too; carried into another format it says the same there.
"""

from __future__ import annotations

import copy
from typing import Any

from akios_jail.flux import classifier, packing
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call, Untranslatable
from akios_jail.providers.openai_responses import continued
from akios_jail.providers.registry import WIRES, normal_path
from akios_jail.providers.strictjson import Unreadable
from akios_jail.radar import said
from tests.fuzz.words import has_words

TOKENS = (
    *(b"api.openai.com POST /v1/chat/completions\n", b"api.anthropic.com POST /v1/messages\n"),
    *(b"h POST /v1/responses\n",),
    *(b"generativelanguage.googleapis.com POST /v1beta/models/gemini-2.0-flash:generateContent\n", b"/v1/embeddings"),
    *(b"bedrock-runtime.us-east-1.amazonaws.com POST /model/m/converse\n", b"/model/m/invoke", b"?alt=sse"),
    *(b"-stream", b'"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]'),
    *(b'"tool_use"', b'"model"', b'"tool_result"', b'"functionCall"', b'"functionResponse"', b'"toolUse"'),
    *(b'"toolResult"', b'"function_call_output"', b'"messages"', b'"contents"', b'"input"', b'"system"'),
    *(b'"max_tokens"', b'"stream":true', b'"n":3', b'"Model"'),
)


def fuzz(data: bytes) -> None:
    """Read a call."""
    first, _, body = data.partition(b"\n")
    words = first.decode("latin-1").split(" ")
    if len(words) != 3:
        return
    host, method, target = words
    path, _, query = target.partition("?")
    registry.fetches_answer(host, method, path)
    try:
        call = registry.understand(host, method, path, body, query)
    except Unreadable as error:
        has_words(error)
        return
    if call is None:
        return
    assert registry.may_be_call(host, path)
    document = call.document
    written = strictjson.dumps(document)
    again = registry.understand(host, method, path, written, query)
    assert again is not None
    assert _facts(again) == _facts(call)
    assert all(isinstance(_at(document, each.path), str) for each in call.texts)
    for payload in call.payloads:
        _at(document, payload.path)
    _read_otherwise(call, written)
    _altered(call, host, path, query, written)
    _translated(call)
    assert strictjson.dumps(document) == written


def _facts(call: Call) -> tuple[Any, ...]:
    return (
        *(call.wire_name, call.provider, call.host, call.model, call.stream, call.document, call.max_output_tokens),
        *(call.choices, call.billable, call.texts, call.payloads, call.unbounded, call.added_input_tokens),
        *(call.least_output_tokens, call.hidden_output, call.provider_tools, call.price_options, call.wants_usage),
    )


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    """The value there; a reference may stand where nothing is."""
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _read_otherwise(call: Call, written: bytes) -> None:
    """Others read the same document: the trace, the classifier of tasks, what packs results."""
    request = said.request(call.document, len(written), written)
    heard = said.heard(request.items)
    assert all(end <= len(request.items) for _, end in heard)
    said_texts = [
        classifier.Said(each.role, value)
        for each in call.texts
        if isinstance(value := _at(call.document, each.path), str)
    ]
    classifier.assess(classifier.count(said_texts, request.tools, len(call.payloads), call.max_output_tokens))
    results = call.wire.results(call)
    for _, path in results:
        _at(call.document, path)
    packing.marks(call.document)
    continued.telling(copy.deepcopy(call.document), []) if call.wire_name == "openai_responses" else None


def _altered(call: Call, host: str, path: str, query: str, written: bytes) -> None:
    """Its limit and its model are changed as the broker changes them, and are read as changed."""
    limit = 0
    for act in ("limit", "model", "usage"):
        draft = registry.understand(host, "POST", path, written, query)
        assert draft is not None
        if act == "limit":
            limit = max(77, draft.least_output_tokens)
            draft.wire.limit_output(draft, limit)
        elif act == "model":
            draft.wire.set_model(draft, "another-model")
        else:
            draft.wire.ask_usage(draft)
        asked = draft.wire.path_of(draft, path)
        sent = registry.understand(host, "POST", asked, strictjson.dumps(draft.document), query)
        assert sent is not None
        assert sent.wire_name == call.wire_name
        assert sent.stream == call.stream
        if act == "limit" and call.wire_name != "openai_embeddings":
            assert sent.max_output_tokens == limit
        if act == "model":
            assert sent.model == "another-model"


def _translated(call: Call) -> None:
    """What it says, in every other format that can say it."""
    try:
        told = call.wire.conversation(call)
    except (Untranslatable, Unreadable) as error:
        has_words(error)
        return
    for wire in WIRES:
        if wire.framing == "none":
            continue
        try:
            composed = wire.compose(told, "some-model")
        except Untranslatable:
            continue
        draft = Call(wire, "", "h", "some-model", False, composed, None)
        other = wire.read("", "h", normal_path(wire.path_of(draft, "")), strictjson.loads(strictjson.dumps(composed)))
        try:
            again = wire.conversation(other)
        except (Untranslatable, Unreadable):
            continue  # a result of no call, an image of no bytes: the provider will say so
        assert again.system == told.system
        assert _spoken(again) == _spoken(told)


def _spoken(conversation: Any) -> list[Any]:
    """The words and calls of a conversation, whoever's turn they are in: formats cut turns otherwise."""
    return [
        (part.kind, part.text or (part.call and (part.call.name, part.call.arguments)))
        for message in conversation.messages
        for part in message.parts
        if part.kind in ("text", "tool_call") and (part.text or part.call)
    ]
