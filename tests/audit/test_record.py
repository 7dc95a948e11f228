from __future__ import annotations

import hashlib
import json

import pytest

from akios_jail.audit.record import GENESIS, MAX_LINE, Malformed, decode, encode, timestamp

FIELDS = {"policy_sha256": "ab" * 32, "host": "api.openai.com", "port": 443}


def test_a_line_decodes_to_the_record_it_was_made_from() -> None:
    line, record = encode(7, timestamp(0), "ses_1", "verdict", FIELDS, GENESIS)
    assert decode(line) == record
    assert record.fields == FIELDS
    assert record.sha256 == hashlib.sha256(line).hexdigest()


def test_a_line_is_plain_json_in_ascii_that_any_tool_reads() -> None:
    line, _ = encode(1, timestamp(0), "ses_1", "verdict", {"what": "naïve\n\ud800 \u2028"}, GENESIS)
    assert line.isascii()
    assert b"\n" not in line
    assert json.loads(line)["what"] == "naïve\n\ud800 \u2028"


def test_time_is_rfc_3339_in_utc_with_milliseconds() -> None:
    assert timestamp(0) == "1970-01-01T00:00:00.000Z"
    assert timestamp(1769860800.2501) == "2026-01-31T12:00:00.250Z"


@pytest.mark.parametrize("name", ["seq", "time", "session", "type", "prev", "digest"])
def test_fields_may_not_take_the_names_of_the_log_itself(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        encode(1, timestamp(0), "ses_1", "verdict", {name: 1}, GENESIS)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", object()])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        encode(1, timestamp(0), "ses_1", "verdict", {"value": value}, GENESIS)


def test_a_record_longer_than_a_writer_reads_back_is_refused() -> None:
    with pytest.raises(ValueError, match="digests, not payloads"):
        encode(1, timestamp(0), "ses_1", "verdict", {"body": "x" * MAX_LINE}, GENESIS)


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"null", b"not json at all", b'{"seq":1}', b"[1,2,3]" * 40],
)
def test_what_is_no_record_is_malformed(line: bytes) -> None:
    with pytest.raises(Malformed):
        decode(line)


def _with_digest(body: bytes) -> bytes:
    return body + b',"digest":"' + hashlib.sha256(body).hexdigest().encode() + b'"}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"seq":0,"time":"t","session":"s","type":"v","prev":"%s"' % (b"0" * 64),
        b'{"seq":true,"time":"t","session":"s","type":"v","prev":"%s"' % (b"0" * 64),
        b'{"seq":1,"time":"t","session":"s","type":"v","prev":"00"',
        b'{"seq":1,"time":"t","session":"s","type":7,"prev":"%s"' % (b"0" * 64),
        b"[1",
        b"garbage",
    ],
)
def test_a_fitting_digest_alone_does_not_make_a_record(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode(_with_digest(body))
