from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.audit import export
from akios_jail.audit.export_cef import cef
from akios_jail.audit.export_ocsf import event
from akios_jail.audit.leaf import Leaf, decode
from akios_jail.audit.moments import milliseconds, moment
from tests.audit.trees import POLICY, record

HTTP = {
    "action": "http",
    "request_id": "req_1",
    "decision": "deny",
    "code": "no_rule",
    "reason": "no rule allows this",
    "rule": None,
    "host": "evil.example",
    "port": 443,
    "protocol": "https",
    "method": "POST",
    "path": "/v1/messages",
}
#: One record of every kind that sessions write.
KINDS = {
    "http": ("verdict", HTTP, 4002, 6),
    "connect": ("verdict", {"action": "connect", "decision": "allow", "host": "db.example", "port": 5432}, 4001, 1),
    "packet": (
        "verdict",
        {"action": "network.connect", "decision": "deny", "address": "192.0.2.1", "port": 22},
        4001,
        5,
    ),
    "dns": ("verdict", {"action": "dns", "decision": "deny", "name": "x.example", "record_type": "A"}, 4003, 6),
    "tool": ("verdict", {"action": "tool_call", "decision": "hold", "tool": "delete", "server": "files"}, 6003, 99),
    "unknown": ("verdict", {"action": "exec", "decision": "allow"}, 0, 99),
    "attempt": ("attempt", {"request_id": "req_1", "host": "api.example", "request_bytes": 5}, 4002, 0),
    "settlement": (
        "settlement",
        {"request_id": "req_1", "status": 200, "response_bytes": 7, "duration_ms": 1.5},
        4002,
        0,
    ),
    "approval": ("approval.decided", {"decision": "deny", "who": "ann", "latency_ms": 3}, 6003, 99),
    "start": ("session.start", {"policy_name": "p"}, 6002, 3),
    "end": ("session.end", {"outcome": {}}, 6002, 4),
    "violation": ("session.violation", {"code": "credential_misplaced", "reason": "r"}, 2004, 1),
    "recovered": ("log.recovered", {"bytes": 5}, 0, 99),
}


def leaf_of(kind: str, fields: dict[str, Any]) -> Leaf:
    return Leaf("2026-01-31T12:00:00.250Z", "ses_a", 7, kind, {"policy_sha256": POLICY, **fields})


def parse_cef(line: str) -> tuple[list[str], dict[str, str]]:
    """As a collector reads it: seven header fields, then keys up to the last space before each bare equals sign."""
    header = re.split(r"(?<!\\)(?:\\\\)*\|", line, maxsplit=7)
    parts = re.split(r"(?:^| )([A-Za-z0-9]+)(?<!\\)=", header[7])
    pairs = dict(zip(parts[1::2], parts[2::2], strict=True))
    plain = {
        key: re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), value)
        for key, value in pairs.items()
    }
    return header[:7], plain


def test_json_lines_hold_the_record_with_its_index() -> None:
    document = json.loads(export.line("jsonl", 41, decode(record(7, "ses_a", host="h")), "log.example/x"))
    assert (document["index"], document["n"], document["session"], document["host"]) == (41, 7, "ses_a", "h")


def test_a_verdict_in_cef_has_the_keys_that_collectors_know() -> None:
    header, keys = parse_cef(cef(41, leaf_of("verdict", HTTP), "log.example/x", "1.2"))
    assert header == ["CEF:0", "AKIOS", "jail", "1.2", "verdict", "http deny", "6"]
    assert keys | {"cs6": ""} == {
        "rt": "1769860800250",
        "externalId": "41",
        "cat": "verdict",
        "dvchost": "log.example/x",
        "act": "deny",
        "dhost": "evil.example",
        "dpt": "443",
        "app": "https",
        "requestMethod": "POST",
        "request": "/v1/messages",
        "reason": "no rule allows this",
        "deviceExternalId": "req_1",
        "cs1Label": "session",
        "cs1": "ses_a",
        "cs2Label": "policy_sha256",
        "cs2": POLICY,
        "cs3Label": "code",
        "cs3": "no_rule",
        "cs6Label": "fields",
        "cs6": "",
    }
    assert json.loads(keys["cs6"]) == {"n": 7, "action": "http", "rule": None}


#: What somebody writes who wants to end a line, begin a field or a header, or move a terminal.
HOSTILE = st.lists(st.sampled_from([*"ab|\\= \n\r\t\x00\x1b\x85\u2028\u202e\ud800é", "act=allow "]), max_size=8).map(
    "".join
)


@settings(max_examples=300)
@given(reason=HOSTILE, tool=HOSTILE, session=HOSTILE, kind=HOSTILE)
def test_no_field_ends_its_line_or_begins_another_field(reason: str, tool: str, session: str, kind: str) -> None:
    fields = {"decision": "deny", "reason": reason, "tool": tool, "other": reason, "action": tool}
    hostile = Leaf("2026-01-31T12:00:00Z", session, 7, kind, fields)
    for form in export.FORMATS:
        line = export.line(form, 1, hostile, "log.example/x")
        assert len(line.splitlines()) == 1
        assert all(char.isprintable() for char in line)
        line.encode()
    header, keys = parse_cef(export.line("cef", 1, hostile, "log.example/x"))
    assert len(header) == 7
    assert header[6] == "6"
    assert keys["act"] == "deny"
    assert set(keys) <= {
        *("rt", "externalId", "cat", "dvchost", "act", "reason"),
        *(f"cs{number}{label}" for number in range(1, 7) for label in ("", "Label")),
    }
    plain = "".join(char for char in reason if char.isprintable() or char in "\n\r")
    if plain == reason and not reason.endswith(" "):
        assert keys["reason"] == reason


@pytest.mark.parametrize("name", KINDS)
def test_an_event_has_what_its_class_requires(name: str) -> None:
    kind, fields, number, activity = KINDS[name]
    document = event(41, leaf_of(kind, fields), "log.example/x", "1.2")
    assert (document["class_uid"], document["activity_id"]) == (number, activity)
    assert document["category_uid"] == number // 1000
    assert document["type_uid"] == number * 100 + activity
    assert document["severity_id"] in (1, 3, 4)
    assert document["time"] == 1769860800250
    assert document["metadata"]["version"] == "1.6.0"
    assert document["metadata"]["product"]["name"]
    required = {
        0: set(),
        2004: {"finding_info"},
        4001: {"dst_endpoint", "src_endpoint"},
        4002: {"http_request", "src_endpoint"},
        4003: {"query", "src_endpoint"},
        6002: {"app"},
        6003: {"actor", "api", "src_endpoint"},
    }[number]
    assert required <= document.keys()
    if number == 2004:
        assert document["finding_info"]["uid"] == "log.example/x/41"
        assert document["finding_info"]["title"]
    if number == 6003:
        assert document["api"]["operation"]
    if "decision" in fields:
        assert document["metadata"]["profiles"] == ["security_control"]
        assert document["action_id"] == {"allow": 1, "deny": 2, "hold": 0}[fields["decision"]]


@pytest.mark.parametrize("name", KINDS)
def test_nothing_that_a_record_says_is_lost_in_an_event(name: str) -> None:
    kind, fields, _, _ = KINDS[name]
    text = json.dumps(event(41, leaf_of(kind, fields), "log.example/x", "1.2"))
    for key, value in fields.items():
        if value not in (None, "hold", "allow", "deny", "http", "connect", "network.connect", "dns", "tool_call", 1.5):
            assert json.dumps(value) in text, key


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
NAMES = st.sampled_from([*HTTP, "tool", "server", "who", "name", "record_type", "status", "duration_ms", "address"])


@settings(max_examples=200)
@given(fields=st.dictionaries(NAMES, JSON), kind=st.sampled_from([kind for kind, *_ in KINDS.values()]), time=st.text())
def test_a_record_of_any_shape_has_a_line_in_every_format(fields: dict[str, Any], kind: str, time: str) -> None:
    for form in export.FORMATS:
        line = export.line(form, 1, Leaf(time, "ses_a", 1, kind, fields), "log.example/x")
        assert len(line.splitlines()) == 1


def test_times_are_read_as_people_and_records_write_them() -> None:
    assert moment("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert moment("2026-01-31T12:00:00.250Z") == datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
    assert moment("2026-01-31T13:00:00+01:00") == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert moment("yesterday") is None
    assert milliseconds("0001-01-01T00:00:00Z") == milliseconds("never") == 0


def test_records_are_chosen_by_session_and_time() -> None:
    read = leaf_of("verdict", HTTP)
    day, next_day = moment("2026-01-31"), moment("2026-02-01")
    assert export.wanted(read, "ses_a", day, next_day)
    assert not export.wanted(read, "ses_b", None, None)
    assert not export.wanted(read, None, next_day, None)
    assert not export.wanted(read, None, None, day)
    assert export.wanted(read._replace(time="never"), None, next_day, None)
