"""Errors of providers, read in any format and written in any."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.providers import troubles
from akios_jail.providers.registry import WIRES
from akios_jail.providers.sse import Event


@pytest.mark.parametrize(
    ("name", "document", "status"),
    [
        ("error", {"type": "error", "error": {"type": "overloaded_error", "message": "m"}}, 529),
        ("", {"error": {"message": "m", "type": "server_error", "code": None}}, 500),
        ("", {"error": {"message": "m", "type": "x", "code": "rate_limit_exceeded"}}, 429),
        ("", {"error": {"message": "m", "code": 502}}, 502),
        ("", {"error": {"message": "m", "code": 503, "status": "UNAVAILABLE"}}, 503),
        ("", {"error": {"message": "m", "code": True, "status": ["UNAVAILABLE"]}}, 500),
        ("", {"error": "m"}, 500),
        ("error", {"type": "error", "code": "server_error", "message": "m"}, 500),
        ("throttlingException", {"message": "m"}, 429),
        ("message_start", {"type": "message_start", "message": {}}, None),
        ("", {"id": "c", "choices": [], "error": None}, None),
        ("", ["error"], None),
    ],
)
def test_an_event_that_is_an_error_is_known_with_the_status_that_says_the_same(
    name: str, document: Any, status: int | None
) -> None:
    found = troubles.of_event(Event(name, json.dumps(document)))
    assert found == (None if status is None else troubles.Trouble(status, "m"))


@pytest.mark.parametrize("event", [Event("", "no json"), Event("", None), Event(comment="hi")])
def test_what_cannot_be_read_is_no_error(event: Event) -> None:
    assert troubles.of_event(event) is None


@pytest.mark.parametrize("wire", [wire.name for wire in WIRES])
def test_what_is_written_in_a_format_is_read_from_it(wire: str) -> None:
    assert troubles.message_of(troubles.written(wire, 429, "Come back later")) == "Come back later"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"[1]", b'{"error": 7}', b'"x'])
def test_an_error_without_words_has_none(body: bytes) -> None:
    assert troubles.message_of(body) == ""
