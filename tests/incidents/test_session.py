"""A report becomes incidents: nothing that was refused is missing, and what is no report is said to be none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.incidents.session import MAX_BYTES, NoReport, read, session
from akios_jail.incidents.words import plain
from akios_jail.launcher.report import Ending
from tests.incidents.reports import HOSTILE, denial, denied, document, everything


def ids(report: dict[str, Any]) -> list[str]:
    return [incident.kind.id for incident in session(report).incidents]


def test_a_session_without_incidents_has_none() -> None:
    told = session(document())
    assert (told.incidents, told.worst, told.status, told.ended_by) == ((), "", 0, "")


def test_an_agent_that_fails_by_itself_is_no_incident() -> None:
    assert ids(document(ending=Ending(3))) == []
    assert ids(document(ending=Ending(137, 9))) == []


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        (
            {"denials": [denial("host_not_allowed", "DNS evil.example")], "verdicts": {"deny": 1}},
            {},
            "host_not_allowed",
        ),
        ({"verdicts": {"deny": 7}}, {}, "report_partial"),
        ({"violations": 1}, {}, "violation"),
        ({"overruns": {"calls": 1}}, {}, "overrun"),
        ({"broker_error": "gone"}, {}, "broker_error"),
        ({}, {"ending": Ending(120, None, "budget_spent", "spent")}, "session_ended"),
        ({}, {"ending": Ending(120, None, "wall_time", "late", ("wall_time",))}, "wall_time"),
        ({}, {"ending": Ending(0, None, "", "", ("memory",))}, "limit_hit"),
        ({}, {"missing": ("no memory limit: no cgroup",)}, "limit_missing"),
        ({}, {"audit": {"error": "disk full"}}, "audit_unavailable"),
        ({}, {"replaced": ("/work/akios.sarif",)}, "output_replaced"),
    ],
)
def test_whatever_governance_had_to_say_is_an_incident(told: Any, known: Any, expected: str) -> None:
    assert ids(document(told, **known)) == [expected]


def test_equal_refusals_are_counted_and_different_ones_kept_apart() -> None:
    told = denied(
        denial("host_not_allowed", "DNS a.example", "no rule names it"),
        denial("host_not_allowed", "DNS b.example", "no rule names it"),
        denial("host_not_allowed", "DNS a.example", "no rule names it"),
    )
    assert [(each.what, each.times) for each in told.incidents] == [("DNS a.example", 2), ("DNS b.example", 1)]
    first, second = (each.fingerprint for each in told.incidents)
    assert first != second
    again = denied(denial("host_not_allowed", "DNS a.example", "said otherwise"), session_id="ses_ffffffffffff")
    assert again.incidents[0].fingerprint == first


def test_a_refusal_nobody_has_heard_of_is_one_of_its_family() -> None:
    (each,) = denied(denial("pii_in_a_new_place", "x", "y")).incidents
    assert (each.kind.id, each.kind.family.name, each.kind.level) == ("pii_in_a_new_place", "personal-data", "warning")
    (each,) = denied(denial("<b>no code</b>", "x", "y")).incidents
    assert each.kind.id == "refused"


def test_the_gravest_level_counts() -> None:
    assert denied(denial("host_not_allowed", "x")).worst == "warning"
    assert denied(denial("host_not_allowed", "x"), denial("credential_misplaced", "y")).worst == "error"
    assert session(document(missing=("no limit",))).worst == "note"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"7", b"{}", b'{"session_id": "ses_1"}', b'{"session_id": 5, "exit": {"status": 0}}',
     b'{"session_id": "ses_<b>", "exit": {"status": 0}}', b'{"session_id": "ses_1", "exit": {"status": "0"}}',
     b"[" * 100_000, b" " * (MAX_BYTES + 1), b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_report_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NoReport):
        read(data)


@pytest.mark.parametrize(
    "nonsense", [None, 7, -1, 1e999, "text", [], {}, [[]], [None], {"deny": "x"}, {"deny": -5}, True, 10**30, [[{}]]]
)
def test_nonsense_in_a_report_is_no_trouble(nonsense: Any) -> None:
    report = dict.fromkeys(document(), nonsense) | {"denials": [nonsense, {"code": nonsense, "what": nonsense}]}
    report |= {"session_id": "ses_1", "exit": {"status": 0, "limits": nonsense, "code": nonsense, "signal": nonsense}}
    told = read(json.dumps(report).encode())
    assert told.id == "ses_1"
    assert told.started == "1970-01-01T00:00:00.000Z"


def test_hostile_words_are_on_one_line_and_nothing_in_them_acts() -> None:
    text = plain(HOSTILE)
    assert text.isprintable()
    assert "##" not in text
    assert "\\x1b]0;owned\\x07" in text
    assert "\\u202ereversed" in text
    told = everything(HOSTILE)
    assert all((each.what + each.reason).isprintable() for each in told.incidents)
    assert told.name.isprintable()


def test_a_crowd_of_incidents_is_bounded_and_says_so() -> None:
    crowd = [denial("host_not_allowed", f"DNS h{number}.example") for number in range(1_500)]
    told = denied(*crowd)
    assert len(told.incidents) == 1_001
    assert (told.incidents[-1].kind.id, told.incidents[-1].times) == ("host_not_allowed", 500)
    kinds = denied(*crowd, *(denial(f"never_heard_of_{number:x}".replace("0", "g"), "x") for number in range(1_000)))
    assert len(kinds.incidents) == 1_201
    assert kinds.incidents[-1].reason == "801 further incidents are not told here"


def test_no_crowd_of_small_refusals_hides_a_grave_one() -> None:
    crowd = [denial("host_not_allowed", f"DNS h{number}.example") for number in range(1_000)]
    assert denied(*crowd).worst == "warning"
    assert denied(*crowd, denial("credential_misplaced", "GET https://evil.example/")).worst == "error"


def test_what_a_report_has_no_room_for_is_known_by_its_kind() -> None:
    listed = [denial("host_not_allowed", f"DNS h{number}.example") for number in range(200)]
    codes = {"host_not_allowed": 250, "credential_misplaced": 2}
    told = session(document({"denials": listed, "denied": codes, "verdicts": {"deny": 252}}))
    assert told.worst == "error"
    assert [(each.kind.id, each.times) for each in told.incidents[200:]] == [
        ("host_not_allowed", 50),
        ("credential_misplaced", 2),
    ]
    one_more = session(document({"denials": listed, "denied": codes, "verdicts": {"deny": 253}}))
    assert one_more.incidents[-1].kind.id == "report_partial"


def test_long_words_are_cut() -> None:
    assert plain("x" * 2000) == "x" * 1000 + "…"


def test_arguments_of_the_agent_are_not_told() -> None:
    assert "argument-of-the-agent" not in repr(session(document()))
