"""Framings: any chunking gives the same events, what is written reads back, and all errors are `Unreadable`."""

from __future__ import annotations

import base64
import itertools
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from anthropic._streaming import SSEDecoder as AnthropicDecoder
from google.genai._api_client import HttpResponse as GoogleResponse
from hypothesis import given
from hypothesis import strategies as st
from openai._streaming import SSEDecoder as OpenAIDecoder

from akios_jail.providers import framings
from akios_jail.providers.eventstream import EventStreamParser, Header, event_headers, is_failure, message
from akios_jail.providers.json_array import END, JsonArrayParser
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

NAMES = ("sse", "eventstream", "eventstream_chunks", "json_array")


def _google(data: bytes) -> list[Any]:
    # Google's own reader knows no event names.
    lines = b"\n".join(line for line in data.split(b"\n") if not line.startswith(b"event:"))
    return list(GoogleResponse({}, httpx.Response(200, stream=httpx.ByteStream(lines))).segments())


def _openai(data: bytes) -> list[Any]:
    return [event.json() for event in OpenAIDecoder().iter_bytes(iter([data]))]


def _anthropic(data: bytes) -> list[Any]:
    return [event.json() for event in AnthropicDecoder().iter_bytes(iter([data]))]


documents = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
    ),
    max_size=4,
).map(lambda document: json.dumps(document, ensure_ascii=False))


def parsed(name: str, data: bytes, cuts: list[int]) -> list[Event]:
    parser = framings.of(name).parser()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [event for start, end in itertools.pairwise(edges) for event in parser.feed(data[start:end])]


@given(st.lists(documents, max_size=5), st.lists(st.integers(0, 10_000), max_size=8))
@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_reads_back_wherever_it_is_cut(name: str, texts: list[str], cuts: list[int]) -> None:
    framing = framings.of(name)
    events = [Event("", data=text) for text in texts] + ([END] if name == "json_array" else [])
    data = b"".join(framing.encode(event) for event in events)
    read = parsed(name, data, cuts)
    assert [event.data for event in read] == [event.data for event in events]
    again = framings.of(name)
    assert b"".join(again.encode(event) for event in read) == data


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=4))
@pytest.mark.parametrize("name", NAMES)
def test_bytes_are_events_or_unreadable(name: str, data: bytes, cuts: list[int]) -> None:
    try:
        events = parsed(name, data, [])
    except Unreadable:
        with pytest.raises(Unreadable):
            parsed(name, data, cuts)
    else:
        assert parsed(name, data, cuts) == events


@given(documents, st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_of_a_message_is_noticed(text: str, at: int, change: int) -> None:
    data = bytearray(framings.of("eventstream").encode(Event("contentBlockDelta", text)))
    data[at % len(data)] ^= change
    parser = EventStreamParser()
    try:
        events = parser.feed(bytes(data))
    except Unreadable:
        return
    assert events == []
    assert parser.incomplete


@pytest.mark.parametrize(
    ("data", "texts", "incomplete"),
    [
        (b"[]", [], False),
        (b'[{"a":1}]', ['{"a":1}'], False),
        (b' [ {"a":[1,{"b":"]}\\""}]} \r\n,\r\n {}\n]\n', ['{"a":[1,{"b":"]}\\""}]}', "{}"], False),
        (b'[{"a":1},', ['{"a":1}'], True),
        (b'[{"a":', [], True),
        (b"[", [], True),
        (b"", [], False),
    ],
)
def test_objects_of_an_array_are_given_out_as_they_are_complete(
    data: bytes, texts: list[str], incomplete: bool
) -> None:
    parser = JsonArrayParser()
    assert [event.data for event in parser.feed(data) if event != END] == texts
    assert parser.incomplete is incomplete


@pytest.mark.parametrize(
    "data", [b"{}", b"[1]", b"[{}{}]", b"[{},]", b"[,{}]", b"[{}]]", b"[{}][", b'[{"a":"\xff"}]', b"[["]
)
def test_what_is_not_an_array_of_objects_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        JsonArrayParser().feed(data)


def test_an_array_is_closed_even_if_nothing_was_shown() -> None:
    assert framings.of("json_array").encode(END) == b"[]\n"


@pytest.mark.parametrize("name", ["sse", "json_array"])
def test_an_event_without_fields_says_nothing(name: str) -> None:
    framing = framings.of(name)
    objects = [Event(data='{"a":1}'), Event(), Event(), Event(data='{"b":2}'), Event()]
    data = b"".join(framing.encode(event) for event in [Event(), *objects])
    assert [event.data for event in parsed(name, data, [])] == ['{"a":1}', '{"b":2}']


@pytest.mark.parametrize("read", [_google, _openai, _anthropic])
def test_clients_skip_an_event_without_fields(read: Callable[[bytes], list[Any]]) -> None:
    events = [Event("x", '{"a":1}'), Event(), Event(), Event("x", '{"b":2}')]
    assert read(b"".join(event.encode() for event in events)) == [{"a": 1}, {"b": 2}]


def test_objects_beyond_the_bound_are_unreadable() -> None:
    parser = JsonArrayParser(max_event=100)
    assert parser.feed(b'[{"' + b"a" * 98) == []
    with pytest.raises(Unreadable):
        parser.feed(b"a")


def frame(block: bytes, payload: bytes = b"{}", headers: int | None = None, total: int | None = None) -> bytes:
    """A message with right checksums around wrong contents."""
    size = 16 + len(block) + len(payload) if total is None else total
    prelude = struct.pack(">II", size, len(block) if headers is None else headers)
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + block + payload
    return body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (frame(b"", total=15), "contradict"),
        (frame(b"", headers=200), "contradict"),
        (frame(b"", headers=0x7FFFFFFF), "contradict"),
        (frame(b"", total=0x7FFFFFFF), "larger"),
        (frame(b"\x00\x07"), "without a name"),
        (frame(b"\x01a\x0a"), "without a name or a type"),
        (frame(b"\x01a"), "without a name or a type"),
        (frame(b"\x01a\x07\x00\x09abc"), "beyond"),
        (frame(b"\x09a\x00"), "type|beyond"),
        (frame(b"\x01a\x00\x01a\x00"), "twice"),
        (frame(b"\x01\xff\x00"), "UTF-8"),
        (frame(b"", b"\xff"), "UTF-8"),
    ],
)
def test_malformed_messages_are_unreadable(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        EventStreamParser().feed(data)


def test_headers_of_every_type_pass_through() -> None:
    headers = [
        Header("t", 0, b""),
        Header("f", 1, b""),
        Header("byte", 2, b"\x01"),
        Header("short", 3, b"\x01\x02"),
        Header("int", 4, b"\x00" * 4),
        Header("long", 5, b"\x00" * 8),
        Header("bytes", 6, b"\xff\xfe"),
        Header("string", 7, "é".encode()),
        Header("time", 8, b"\x00" * 8),
        Header("uuid", 9, b"\x00" * 16),
        *event_headers("messageStart"),
    ]
    data = message(headers, b'{"role":"assistant"}')
    (event,) = EventStreamParser().feed(data)
    assert (event.event, event.data) == ("messageStart", '{"role":"assistant"}')
    assert framings.of("eventstream").encode(event) == data


def test_exceptions_in_a_stream_are_told_apart() -> None:
    headers = [Header(":exception-type", 7, b"throttlingException"), Header(":message-type", 7, b"exception")]
    (event,) = EventStreamParser().feed(message(headers, b'{"message":"slow down"}'))
    assert event.event == "throttlingException"
    assert is_failure(event)
    assert not is_failure(Event("messageStart", "{}"))


def test_a_chunk_holds_the_models_own_event_and_what_surrounds_it_stays() -> None:
    inner = b'{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3}}'
    outer = json.dumps({"bytes": base64.b64encode(inner).decode(), "p": "abcd"}, separators=(",", ":")).encode()
    framing = framings.of("eventstream_chunks")
    (event,) = framing.parser().feed(message(event_headers("chunk"), outer))
    assert (event.event, event.data) == ("message_stop", inner.decode())
    (again,) = EventStreamParser().feed(framing.encode(event))
    assert json.loads(again.data or "") == json.loads(outer)


@pytest.mark.parametrize(
    "payload", [b"{}", b"[]", b'{"bytes":1}', b'{"bytes":"%"}', b'{"bytes":"/w=="}', b'{"bytes":"e30"}']
)
def test_a_chunk_without_an_event_is_unreadable(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        framings.of("eventstream_chunks").parser().feed(message(event_headers("chunk"), payload))


@pytest.mark.parametrize(
    ("expected", "streamed", "kind", "framing"),
    [
        ("sse", True, "text/event-stream; charset=utf-8", "sse"),
        ("sse", True, "application/json", None),
        ("sse", False, "Text/Event-Stream", "sse"),
        ("json_array", True, "text/event-stream", "sse"),
        ("json_array", True, "application/json; charset=UTF-8", "json_array"),
        ("json_array", False, "application/json", None),
        ("eventstream", True, "application/vnd.amazon.eventstream", "eventstream"),
        ("eventstream_chunks", True, "application/vnd.amazon.eventstream", "eventstream_chunks"),
        ("none", False, "application/json", None),
    ],
)
def test_an_answer_tells_its_framing(expected: str, streamed: bool, kind: str, framing: str | None) -> None:
    assert framings.of_answer(expected, streamed, kind) == framing
