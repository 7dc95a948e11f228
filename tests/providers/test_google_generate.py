"""generateContent: what a call says, what its answer costs, how its tool calls are held; Google's SDK is the judge."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.providers import framings, translation
from akios_jail.providers.google_generate import GoogleGenerate
from akios_jail.providers.json_array import END
from akios_jail.providers.neutral import Call, Payload, Ruling, TextAt, ToolCall, Untranslatable, Usage
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

WIRE = GoogleGenerate()
SSE = GoogleGenerate("sse")
PATH = "/v1beta/models/gemini-2.5-flash:"


def read(document: Any, verb: str = "generatecontent", wire: GoogleGenerate = WIRE, path: str = PATH) -> Call:
    return wire.read("google", "generativelanguage.googleapis.com", path + verb, document)


def said(*parts: Any, role: str = "user") -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


def asked(text: str = "hi", **fields: Any) -> dict[str, Any]:
    return {"contents": [said({"text": text})], **fields}


def answered(*parts: Any, finish: str | None = "STOP", **fields: Any) -> dict[str, Any]:
    candidate = {"content": said(*parts, role="model"), "index": 0, **({"finishReason": finish} if finish else {})}
    return {"candidates": [candidate], "modelVersion": "gemini-2.5-flash-001", "responseId": "r", **fields}


def usage(prompt: int, candidates: int, **fields: Any) -> dict[str, Any]:
    return {"promptTokenCount": prompt, "candidatesTokenCount": candidates, "totalTokenCount": 0, **fields}


def asks(name: str, id: str | None = None, **args: Any) -> dict[str, Any]:
    return {"functionCall": {**({"id": id} if id else {}), "name": name, "args": args}}


@pytest.mark.parametrize(
    "path",
    [
        "/v1beta/models/gemini-2.5-flash:generatecontent",
        "/v1/models/m:streamgeneratecontent",
        "/v1/projects/p/locations/l/publishers/google/models/m:generatecontent",
        "/v1/publishers/google/models/m:streamgeneratecontent",
        "/v1beta1/projects/p/locations/l/endpoints/123:generatecontent",
        "/v1beta/tunedmodels/mine:generatecontent",
        "/v1beta/models/m:counttokens",
    ],
)
def test_its_paths(path: str) -> None:
    assert WIRE.speaks(path)


@pytest.mark.parametrize(
    "path",
    ["/v1beta/models", "/v1beta/models/m", "/v1beta/models/m:embedcontent", "/models/m:generatecontent/x", "/v1beta/m"],
)
def test_other_paths(path: str) -> None:
    assert not WIRE.speaks(path)


@pytest.mark.parametrize(
    ("query", "framing"),
    [
        ("alt=sse", "sse"),
        ("key=k&%24alt=sse", "sse"),
        ("", "json_array"),
        ("alt=json", "json_array"),
        ("x=alt=sse", "json_array"),
    ],
)
def test_the_query_says_how_a_stream_is_framed(query: str, framing: str) -> None:
    assert WIRE.asked_by(query).framing == framing


@pytest.mark.parametrize("query", ["alt=proto", "alt=", "alt=sse&alt=json", "$alt=media", "callback=f"])
def test_an_answer_of_another_form_is_not_asked_for(query: str) -> None:
    with pytest.raises(Unreadable):
        WIRE.asked_by(query)


@pytest.mark.parametrize(
    ("wire", "verb", "before", "after"),
    [
        (SSE, "streamgeneratecontent", "", "alt=sse"),
        (SSE, "streamgeneratecontent", "key=k&%24alt=json", "key=k&alt=sse"),
        (SSE, "generatecontent", "key=k&alt=sse", "key=k"),
        (WIRE, "streamgeneratecontent", "key=k&x", "key=k&x"),
    ],
)
def test_a_call_has_the_query_that_it_needs(wire: GoogleGenerate, verb: str, before: str, after: str) -> None:
    assert wire.query_of(read(asked(), verb, wire), before) == after


def test_texts_and_data_of_a_call() -> None:
    document = {
        "system_instruction": {"parts": {"text": "Be brief"}},
        "contents": [
            said({"text": "look"}, {"inlineData": {"mimeType": "image/png", "data": "aGk="}}),
            said({"text": "hm", "thought": True, "thoughtSignature": "c2ln"}, asks("f", q="a"), role="model"),
            said({"functionResponse": {"name": "f", "response": {"result": "b"}}}),
            said({"file_data": {"mime_type": "video/mp4", "file_uri": "gs://v"}}, {"inline_data": {"data": "YQ=="}}),
        ],
        "tools": [{"functionDeclarations": [{"name": "f", "description": "finds"}]}],
        "cachedContent": "cachedContents/1",
    }
    call = read(document)
    assert call.texts == (
        TextAt(("system_instruction", "parts", "text"), "system"),
        TextAt(("contents", 0, "parts", 0, "text"), "user"),
        TextAt(("contents", 1, "parts", 0, "text"), "assistant"),
        TextAt(("contents", 1, "parts", 1, "functionCall", "args", "q"), "assistant"),
        TextAt(("contents", 2, "parts", 0, "functionResponse", "response", "result"), "tool"),
        TextAt(("tools", 0, "functionDeclarations", 0, "name"), "definition"),
        TextAt(("tools", 0, "functionDeclarations", 0, "description"), "definition"),
    )
    assert call.payloads == (
        Payload(("contents", 0, "parts", 1, "inlineData", "data"), "image", "base64", "image/png"),
        Payload(("contents", 1, "parts", 0, "thoughtSignature"), "opaque", "base64", ""),
        Payload(("contents", 3, "parts", 0, "file_data", "file_uri"), "file", "reference", "video/mp4"),
        Payload(("contents", 3, "parts", 1, "inline_data", "data"), "file", "base64", ""),
        Payload(("cachedContent",), "file", "reference", ""),
    )
    assert WIRE.results(call) == [
        (ToolCall("", "f", None), ("contents", 2, "parts", 0, "functionResponse", "response", "result"))
    ]


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({"maxOutputTokens": 100}, 100),
        ({"max_output_tokens": "100"}, 100),
        ({"maxOutputTokens": 100.0}, 100),
        ({"maxOutputTokens": 0}, None),
        ({}, None),
    ],
)
def test_the_output_limit_in_all_its_spellings(settings: Any, limit: int | None) -> None:
    for name in ("generationConfig", "generation_config"):
        call = read(asked(**{name: dict(settings)}))
        assert call.max_output_tokens == limit
        WIRE.limit_output(call, 7)
        assert read(call.document).max_output_tokens == 7
        assert len(call.document[name]) == 1


def test_a_limit_goes_where_no_settings_are() -> None:
    call = read(asked())
    WIRE.limit_output(call, 7)
    assert call.document["generationConfig"] == {"maxOutputTokens": 7}


@pytest.mark.parametrize(
    "document",
    [
        asked(generationConfig={"maxOutputTokens": 5, "max_output_tokens": 50_000}),
        asked(generationConfig={}, generation_config={"maxOutputTokens": 9}),
        asked(GenerationConfig={"maxOutputTokens": 9}),
        asked(generationConfig={"MaxOutputTokens": 9}),
        asked(generationConfig={"maxOutputTokens": -1}),
        asked(generationConfig={"maxOutputTokens": "many"}),
        asked(generationConfig=[]),
        asked(model="models/gemini-2.5-pro"),
        {"contents": "hi"},
        {"contents": [["hi"]]},
        {"contents": [{"parts": "hi"}]},
        {"contents": [{"parts": [1]}]},
        {"contents": [], "Contents": []},
        asked(tools="x"),
    ],
)
def test_what_could_be_read_in_two_ways_is_unreadable(document: Any) -> None:
    with pytest.raises(Unreadable):
        read(document)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"tools": [{"googleSearch": {}}]}, "googleSearch"),
        ({"tools": [{"functionDeclarations": []}, {"code_execution": {}}]}, "code_execution"),
        ({"tools": {"urlContext": {}}}, "urlContext"),
        ({"generationConfig": {"routingConfig": {"autoMode": {}}}}, "routingConfig"),
        ({"serviceTier": "priority"}, "priority"),
    ],
)
def test_what_cannot_be_bounded_is_named(fields: Any, why: str) -> None:
    assert why in " ".join(read(asked(**fields)).unbounded)


def test_an_ordinary_call_is_bounded() -> None:
    call = read(asked(tools=[{"functionDeclarations": [{"name": "f"}]}, {"computerUse": {}}], serviceTier="flex"))
    assert (call.unbounded, call.provider_tools, call.price_options) == ((), (), {"service_tier": "flex"})


def test_counting_tokens_is_free_and_its_text_is_read() -> None:
    call = read({"generateContentRequest": {"model": "models/gemini-2.5-flash", **asked("x")}}, "counttokens")
    assert call.billable is False
    assert call.texts == (TextAt(("generateContentRequest", "contents", 0, "parts", 0, "text"), "user"),)
    reader = WIRE.answer(call)
    assert reader.whole(b'{"totalTokens":3}') == b'{"totalTokens":3}'
    assert reader.usage == Usage()


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("/v1beta/models/gemini-2.5-flash:generateContent", "/v1beta/models/gemini-2.5-pro:generateContent"),
        (
            "/v1/projects/p/locations/l/publishers/google/models/a%3AstreamGenerateContent",
            "/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-pro%3AgenerateContent",
        ),
        ("", "/v1beta/models/gemini-2.5-pro:generateContent"),
        ("/v1/chat/completions", "/v1beta/models/gemini-2.5-pro:generateContent"),
    ],
)
def test_another_model_is_another_path(path: str, new: str) -> None:
    call = read(asked(model="models/gemini-2.5-flash"))
    WIRE.set_model(call, "gemini-2.5-pro")
    assert call.document["model"] == "models/gemini-2.5-pro"
    assert WIRE.path_of(call, path) == new


def test_a_stream_has_its_usage_when_its_last_candidate_ends() -> None:
    call = read(asked(), "streamgeneratecontent")
    call.shown_model = "gemini-mine"
    reader = WIRE.answer(call)
    first = answered({"text": "Hello"}, finish=None, usageMetadata=usage(10, 1))
    shown = reader.event(Event().saying(first))
    assert (reader.usage, reader.known_input, reader.finished) == (None, 10, False)
    assert shown is not None
    assert shown.document == {**first, "modelVersion": "gemini-mine"}
    last = answered({"text": " you"}, usageMetadata=usage(10, 5, thoughtsTokenCount=20))
    reader.event(Event().saying(last))
    assert reader.finished
    assert reader.usage == Usage(input_tokens=10, output_tokens=25, reasoning_tokens=20)
    assert reader.flow.bytes == len("Hello you")


def test_data_and_signatures_are_not_counted_as_text() -> None:
    reader = WIRE.answer(read(asked()))
    image = {"inlineData": {"mimeType": "image/png", "data": "A" * 9_000}}
    reader.whole(json.dumps(answered(image, {"text": "x", "thoughtSignature": "B" * 900})).encode())
    assert reader.flow.bytes == 1


def test_a_refused_prompt_ends_the_stream() -> None:
    reader = WIRE.answer(read(asked(), "streamgeneratecontent"))
    reader.event(Event().saying({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": usage(10, 0)}))
    assert (reader.finished, reader.usage) == (True, Usage(input_tokens=10))


def test_an_early_end_is_what_a_reached_limit_looks_like() -> None:
    reader = WIRE.answer(read(asked(), "streamgeneratecontent"))
    reader.event(Event().saying(answered({"text": "Hel"}, finish=None, usageMetadata=usage(10, 1))))
    last, closing = reader.end(5)
    response = types.GenerateContentResponse.model_validate_json(last.data or "")
    assert response.candidates is not None
    assert response.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    assert response.usage_metadata is not None
    assert response.usage_metadata.candidates_token_count == 5
    assert closing == END
    assert len(SSE.answer(read(asked(), "streamgeneratecontent", SSE)).end(5)) == 1


@pytest.mark.parametrize(
    "body", [b"[]", b"x", b'{"candidates":{}}', b'{"usageMetadata":1}', b'{"candidates":[{"index":"a"}]}']
)
def test_what_is_no_answer_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        WIRE.answer(read(asked())).whole(body)


def ruled(*documents: Any, rulings: dict[str, Ruling]) -> list[Any]:
    """What the agent gets of these pieces."""
    gate = WIRE.gate(read(asked(), "streamgeneratecontent"))
    shown: list[Event] = []
    for document in documents:
        for out in gate.event(Event().saying(document)):
            shown += [out] if isinstance(out, Event) else gate.ruled(out, rulings[out.name])
    assert gate.end() == []
    return [event.document for event in shown]


ALLOW = Ruling("allow")


def test_allowed_calls_pass_as_they_came() -> None:
    pieces = [answered({"text": "a"}, finish=None), answered(asks("f", "1", x=1), asks("g"), {"text": "b"})]
    assert ruled(*pieces, rulings={"f": ALLOW, "g": ALLOW}) == pieces


def test_a_changed_and_a_refused_call() -> None:
    signed = {**asks("f", "1", limit=9), "thoughtSignature": "c2ln"}
    piece = answered({"text": "a"}, signed, asks("g"), usageMetadata=usage(1, 1))
    (shown,) = ruled(piece, rulings={"f": Ruling("modify", arguments={"limit": 5}), "g": Ruling("deny", "not now")})
    parts = shown["candidates"][0]["content"]["parts"]
    assert parts[:2] == [{"text": "a"}, {**asks("f", "1", limit=5), "thoughtSignature": "c2ln"}]
    assert "not now" in parts[2]["text"]
    assert {key: value for key, value in shown.items() if key != "candidates"} == {
        key: value for key, value in piece.items() if key != "candidates"
    }
    response = types.GenerateContentResponse.model_validate(shown)
    assert [call.name for call in response.function_calls or []] == ["f"]


def test_calls_of_a_whole_answer() -> None:
    gate = WIRE.gate(read(asked()))
    document = answered(asks("f", x=1), {"text": "t"}, asks("g"))
    assert gate.calls(document) == [ToolCall("", "f", {"x": 1}), ToolCall("", "g", {})]
    gate.ruled_whole(document, [Ruling("deny", "no"), ALLOW])
    assert list(document["candidates"][0]["content"]["parts"][0]) == ["text"]
    assert document["candidates"][0]["content"]["parts"][2] == asks("g")


@pytest.mark.parametrize(
    "part",
    [
        {"functionCall": {"args": {}}},
        {"functionCall": {"name": "f", "args": []}},
        {"functionCall": {"name": "f", "partialArgs": [{"jsonPath": "$.x"}]}},
        {"functionCall": {"name": "f", "willContinue": True}},
        {"functionCall": "f"},
        {"functionCall": {"name": "f"}, "function_call": {"name": "g"}},
        {"FunctionCall": {"name": "f"}},
        {"functionCall": {"name": "f", "Name": "g"}},
    ],
)
def test_a_call_that_cannot_be_read_does_not_reach_the_agent(part: Any) -> None:
    with pytest.raises(Unreadable):
        WIRE.gate(read(asked())).event(Event().saying(answered(part)))


def test_a_call_in_the_other_spelling_is_found() -> None:
    document = {"candidates": [{"content": {"parts": [{"function_call": {"name": "f"}}]}}]}
    assert WIRE.gate(read(asked())).calls(document) == [ToolCall("", "f", {})]


SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


def test_a_conversation_there_and_back() -> None:
    document = {
        "systemInstruction": {"parts": [{"text": "Be brief"}]},
        "contents": [
            said({"text": "refund?"}, {"inlineData": {"mimeType": "image/png", "data": "aGk="}}),
            said({"text": "well", "thought": True}, asks("find", of=1), asks("find", of=2), role="model"),
            said(
                {"functionResponse": {"name": "find", "response": {"result": "one"}}},
                {"functionResponse": {"name": "find", "response": {"error": "none"}}},
            ),
        ],
        "tools": [{"functionDeclarations": [{"name": "find", "description": "d", "parametersJsonSchema": SCHEMA}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "generationConfig": {"maxOutputTokens": 50, "temperature": 0.5, "topP": 1, "stopSequences": ["."]},
    }
    said_all = WIRE.conversation(read(document))
    assert [message.role for message in said_all.messages] == ["user", "assistant", "tool"]
    results = [part for part in said_all.messages[2].parts if part.call is not None]
    assert [(part.text, part.failed, part.call.id) for part in results if part.call] == [
        ("one", False, ""),
        ("none", True, ""),
    ]
    composed = WIRE.compose(said_all, "m")
    again = WIRE.conversation(read(composed))
    checked = translation.checked(said_all)
    thoughtless = [
        message._replace(parts=tuple(part for part in message.parts if part.kind != "reasoning"))
        for message in checked.messages
    ]
    assert again == checked._replace(messages=tuple(thoughtless))
    types.Content.model_validate(composed["contents"][1])
    assert types.Tool.model_validate(composed["tools"][0]).function_declarations is not None


def test_googles_schemas_become_json_schema() -> None:
    google = {"type": "OBJECT", "properties": {"type": {"type": "STRING", "nullable": True}}, "required": ["type"]}
    document = asked(tools=[{"functionDeclarations": [{"name": "f", "parameters": google}]}])
    (tool,) = WIRE.conversation(read(document)).tools
    assert tool.schema == {
        "type": "object",
        "properties": {"type": {"type": ["string", "null"]}},
        "required": ["type"],
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"cachedContent": "c"},
        {"tools": [{"googleSearch": {}}]},
        {"generationConfig": {"responseSchema": {"type": "OBJECT"}}},
        {"generationConfig": {"candidateCount": 2}},
        {"safetySettings": [{"category": "x"}]},
        {"contents": [said({"fileData": {"fileUri": "gs://x"}})]},
        {"contents": [said({"functionResponse": {"name": "f", "parts": [{"inlineData": {}}]}})]},
        {"contents": [said({"inlineData": {"mimeType": "audio/wav", "data": "aGk="}})]},
    ],
)
def test_what_other_formats_cannot_say(fields: Any) -> None:
    with pytest.raises(Untranslatable):
        WIRE.conversation(read({**asked(), **fields}))


@pytest.mark.parametrize("wire", [WIRE, SSE])
@pytest.mark.parametrize("verb", ["generatecontent", "streamgeneratecontent"])
def test_a_reply_is_what_it_was_rendered_from(wire: GoogleGenerate, verb: str) -> None:
    document = answered({"text": "hm", "thought": True}, {"text": "ok"}, asks("f", "1", x=1))
    document["usageMetadata"] = usage(10, 5, thoughtsTokenCount=2, cachedContentTokenCount=4)
    reply = wire.reply(json.dumps(document).encode())
    assert (reply.stop, reply.model, [part.kind for part in reply.parts]) == (
        "tool_calls",
        "gemini-2.5-flash-001",
        ["reasoning", "text", "tool_call"],
    )
    call = read(asked(), verb, wire)
    body = wire.render(call, reply)
    if call.stream:
        event, *end = framings.of(wire.framing).parser().feed(body)
        assert end == ([END] if wire is WIRE else [])
        body = (event.data or "").encode()
    assert wire.reply(body) == reply
    types.GenerateContentResponse.model_validate_json(body)


KEYS = ("contents", "parts", "text", "functionCall", "functionResponse", "name", "args", "response", "tools")
KEYS += ("generationConfig", "inlineData", "inline_data", "candidates", "content", "index", "usageMetadata")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(["f", "models/gemini-2.5-flash", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["contents", "tools", "generationConfig", "systemInstruction"]), json_values))
def test_any_document_is_a_call_or_unreadable(document: Any) -> None:
    with contextlib.suppress(Unreadable, Untranslatable):
        call = read(document)
        for at in [*(text.path for text in call.texts), *(path for _, path in WIRE.results(call))]:
            value: Any = call.document
            for step in at:
                value = value[step]
        WIRE.compose(WIRE.conversation(call), "m")


@given(json_values)
def test_any_answer_is_one_or_unreadable(document: Any) -> None:
    for use in (
        lambda: WIRE.answer(read(asked())).event(Event().saying(document)),
        lambda: WIRE.gate(read(asked())).event(Event().saying(document)),
        lambda: WIRE.reply(json.dumps(document).encode()),
    ):
        with contextlib.suppress(Unreadable, Untranslatable):
            use()
