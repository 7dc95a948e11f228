"""When a request is the one that was recorded: by what it means, and by nothing that a run draws anew."""

from __future__ import annotations

import json

import pytest

from akios_jail.broker.replay import spelled as module
from akios_jail.broker.replay.names import Names
from akios_jail.broker.replay.spelled import difference, spelled
from akios_jail.radar.recorded import MASK, Attempt

KINDS = {"EMAIL", "PSEUDONYM"}
MULTIPART = "multipart/form-data; boundary="


def asked(
    body: bytes | str = b"", *headers: tuple[str, str], method: str = "POST", path: str = "/v1", query: str = ""
) -> Attempt:
    data = body.encode() if isinstance(body, str) else body
    return Attempt(
        1, 0.0, "api.example", 443, "https", method, path, query, headers, data, "", None, "", (), None, "", None
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (asked('{"a": 1, "b": [2]}'), asked('{"b":[2],"a":1}')),
        (asked("", ("User-Agent", "a/1")), asked("", ("user-agent", "b/2"))),
        (asked("", ("Idempotency-Key", "1")), asked("", ("Idempotency-Key", "2"))),
        (asked("", ("x-stainless-os", "Linux")), asked("")),
        (asked("", ("Authorization", MASK)), asked("")),
        (asked("", ("A", "1"), ("B", "2")), asked("", ("b", "2"), ("a", "1"))),
        (asked("[EMAIL_1] and [EMAIL_2]"), asked("[EMAIL_7] and [EMAIL_3]")),
        (asked("a=%5BEMAIL_1%5D", query="b=%5BEMAIL_2%5D"), asked("a=%5BEMAIL_7%5D", query="b=%5BEMAIL_3%5D")),
        (
            asked("--xx\r\na\r\n--xx--", ("Content-Type", MULTIPART + "xx")),
            asked("--yy\r\na\r\n--yy--", ("Content-Type", MULTIPART + "yy")),
        ),
        (asked(b"\xff\x00"), asked(b"\xff\x00")),
    ],
)
def test_the_same(one: Attempt, other: Attempt) -> None:
    assert spelled(one, KINDS).digest == spelled(other, KINDS).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (asked('{"a": 1}'), asked('{"a": 1.5}')),
        (asked('{"a": [1, 2]}'), asked('{"a": [2, 1]}')),
        (asked("", method="GET"), asked("")),
        (asked("", path="/v2"), asked("")),
        (asked("", query="a=1"), asked("", query="a=2")),
        (asked("", ("anthropic-beta", "x")), asked("")),
        (asked("", ("x-stainless-retry-count", "0")), asked("", ("x-stainless-retry-count", "1"))),
        (asked("[EMAIL_1] and [EMAIL_2]"), asked("[EMAIL_1] and [EMAIL_1]")),
        (asked("[EMAIL_1]"), asked("[PSEUDONYM_1]")),
        (asked("[STEP_1]"), asked("[STEP_2]")),
        (asked(b"\xff\x00"), asked(b"\xff\x01")),
        (asked("[" * 100_000), asked("[" * 100_001)),
    ],
)
def test_not_the_same(one: Attempt, other: Attempt) -> None:
    assert spelled(one, KINDS).digest != spelled(other, KINDS).digest


def test_what_is_somebody_stays_somebody() -> None:
    names = Names(None, None)
    assert names.fit(("[EMAIL_1]", "[EMAIL_2]"), ("[EMAIL_5]", "[EMAIL_4]"))
    names.learn(("[EMAIL_1]", "[EMAIL_2]"), ("[EMAIL_5]", "[EMAIL_4]"))
    assert names.fit(("[EMAIL_2]",), ("[EMAIL_4]",))
    assert not names.fit(("[EMAIL_2]",), ("[EMAIL_5]",))
    assert not names.fit(("[EMAIL_3]",), ("[EMAIL_5]",))
    assert names.recorded("to [EMAIL_5]") == "to [EMAIL_1]"
    assert names.recorded("?to=%5BEMAIL_5%5D") == "?to=%5BEMAIL_1%5D"


def test_a_difference_is_told_from_where_it_begins_and_within_bounds() -> None:
    same = [f"line {number}" for number in range(50_000)]
    told = difference("\n".join([*same, "tea", "end"]), "\n".join([*same, "coffee", "end"]))
    assert told[3:] == [" line 49997", " line 49998", " line 49999", "-tea", "+coffee", " end"]
    told = difference("\n".join(f"a{number}" for number in range(9_999)), "b" * 9_999)
    assert len(told) == module.MAX_LINES + 1
    assert max(map(len, told)) <= module.MAX_LINE + 1


def test_too_many_placeholders_are_compared_as_they_are() -> None:
    many = json.dumps([f"[EMAIL_{number}]" for number in range(module.MAX_TOKENS + 1)])
    assert spelled(asked(many), KINDS).tokens == ()
