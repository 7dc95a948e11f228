"""How a record is spelled, and what is refused as one."""

from __future__ import annotations

import json

import pytest

from akios_jail.audit import leaf
from akios_jail.audit.bundle import MAX_ENTRY
from akios_jail.audit.record import encode, timestamp

FIELDS = {"policy_sha256": "ab" * 32, "host": "api.openai.com", "port": 443}


def test_an_entry_decodes_to_the_record_it_was_made_from() -> None:
    entry = encode(timestamp(0), "ses_1", 7, "verdict", FIELDS)
    assert leaf.decode(entry) == leaf.Leaf("1970-01-01T00:00:00.000Z", "ses_1", 7, "verdict", FIELDS)


def test_an_entry_is_plain_json_in_one_line_of_ascii_that_any_tool_reads() -> None:
    entry = encode(timestamp(0), "ses_1", 1, "verdict", {"what": "naïve\n\ud800 \u2028"})
    assert entry.isascii()
    assert b"\n" not in entry
    assert json.loads(entry)["what"] == "naïve\n\ud800 \u2028"


def test_time_is_rfc_3339_in_utc_with_milliseconds() -> None:
    assert timestamp(0) == "1970-01-01T00:00:00.000Z"
    assert timestamp(1769860800.2501) == "2026-01-31T12:00:00.250Z"


@pytest.mark.parametrize("name", ["time", "session", "n", "type"])
def test_fields_may_not_take_the_names_of_the_log_itself(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        encode(timestamp(0), "ses_1", 1, "verdict", {name: 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", object()])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        encode(timestamp(0), "ses_1", 1, "verdict", {"value": value})


def test_a_record_is_as_long_as_an_entry_may_be_and_no_longer() -> None:
    room = MAX_ENTRY - len(encode(timestamp(0), "ses_1", 1, "verdict", {"body": ""}))
    assert len(encode(timestamp(0), "ses_1", 1, "verdict", {"body": "x" * room})) == MAX_ENTRY
    with pytest.raises(ValueError, match="digests, not payloads"):
        encode(timestamp(0), "ses_1", 1, "verdict", {"body": "x" * (room + 1)})
