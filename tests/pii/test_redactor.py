"""Texts and documents without their personal data."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akios_jail.pii.detectors import detectors
from akios_jail.pii.document import Data, redact_document
from akios_jail.pii.finding import Finding
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault, VaultFull
from akios_jail.pii.view import View

PNG = base64.b64encode(bytes.fromhex("89504e470d0a1a0a0000000d49484452ffd8fe")).decode()


def redactor() -> Redactor:
    return Redactor(detectors(["email", "phone", "ssn"]), Vault())


def redacted(document: Any, *paths: tuple[str | int, ...]) -> Any:
    return redact_document(redactor(), document, [Data(path) for path in paths]).document


def test_each_value_has_one_placeholder_in_a_session_however_it_is_spelt() -> None:
    session = redactor()
    assert session.redact("Jane@Example.com, jane@example.com").text == "[EMAIL_1], [EMAIL_1]"
    assert session.redact("(212) 555-0123 or +1 212.555.0123").text == "[PHONE_1] or [PHONE_1]"
    assert session.redact("joe@example.com; jane@example.com").text == "[EMAIL_2]; [EMAIL_1]"
    assert session.redact("ssn 123456789 = 123-45-6789").text == "ssn [SSN_1] = [SSN_1]"


def test_the_vault_knows_what_a_placeholder_stands_for_as_first_spelt() -> None:
    vault = Vault()
    Redactor(detectors(["phone"]), vault).redact("(212) 555-0123, 2125550123")
    assert vault.value("[PHONE_1]") == "(212) 555-0123"
    assert vault.value("[PHONE_2]") is None


def test_a_full_vault_refuses_new_values_and_keeps_the_old() -> None:
    vault = Vault(max_values=1)
    session = Redactor(detectors(["email"]), vault)
    session.redact("a@example.com")
    assert session.redact("a@example.com").text == "[EMAIL_1]"
    with pytest.raises(VaultFull):
        session.redact("b@example.com")


class Fixed:
    """A detector that finds what it is told, in one text."""

    triggers = ("0123456789",)

    def __init__(self, kind: str, *spans: tuple[int, int]) -> None:
        self.kind = kind
        self._spans = spans

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        return [Finding(self.kind, start, stop, f"{start}", 1.0, "told") for start, stop in self._spans]


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ([(0, 4)], [(0, 4)], "[A_1]456789"),
        ([(0, 4)], [(0, 5)], "[B_1]56789"),
        ([(2, 4)], [(0, 8)], "[B_1]89"),
        ([(0, 4)], [(3, 9)], "[B_1]9"),
        ([(0, 4)], [(4, 6)], "[A_1][B_1]6789"),
        ([(0, 3), (5, 8)], [(2, 6)], "[B_1]89"),
    ],
)
def test_of_overlapping_findings_no_part_stays_and_the_longest_names_them(
    first: list[tuple[int, int]], second: list[tuple[int, int]], text: str
) -> None:
    assert Redactor([Fixed("a", *first), Fixed("b", *second)], Vault()).redact("0123456789").text == text


def test_every_string_of_a_document_is_redacted_and_nothing_else_changes() -> None:
    document = {
        "model": "gpt-4o",
        "temperature": 0.5,
        "seed": 2125550123,
        "user": "jane@example.com",
        "metadata": {"jane@example.com": True, "customer_ssn": 123456789, "order": 123456789},
        "messages": [{"role": "user", "content": [{"type": "text", "text": "SSN 123-45-6789"}, None, 3]}],
    }
    assert redacted(document) == {
        "model": "gpt-4o",
        "temperature": 0.5,
        "seed": 2125550123,
        "user": "[EMAIL_1]",
        "metadata": {"[EMAIL_1]": True, "customer_ssn": "[SSN_1]", "order": 123456789},
        "messages": [{"role": "user", "content": [{"type": "text", "text": "SSN [SSN_1]"}, None, 3]}],
    }


def test_two_keys_that_are_one_value_stay_two_keys() -> None:
    assert redacted({"a@example.com": 1, "A@example.com": 2}) == {"[EMAIL_1]": 1, "[EMAIL_1]'": 2}


def test_json_within_a_string_stays_json_and_hides_nothing() -> None:
    arguments = '{"to": "jane\\u0040example.com", "ssn": 123456789, "inner": "{\\"cell\\":\\"2125550123\\"}"}'
    result = redacted({"arguments": arguments})["arguments"]
    assert json.loads(result) == {"to": "[EMAIL_1]", "ssn": "[SSN_1]", "inner": '{"cell":"[PHONE_1]"}'}


def test_json_within_a_string_keeps_its_lines_and_all_else_that_holds_nothing() -> None:
    marks = r'"caf\u00e9": "a\/b \"x\" {[:,", "none": [ ], "big": 1E400'
    text = f'{{\n  "author": "%s",\n\t"price" : 1.50, {marks}\n}}\n'
    assert redacted([text % "jane@example.com"]) == [text % "[EMAIL_1]"]
    within = text % json.dumps('{"to" : "jane@example.com" }')[1:-1]
    assert redacted([within]) == [within.replace("jane@example.com", "[EMAIL_1]")]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "jane@example.com", "a": 1}',
        '{"a": jane@example.com}',
        '{"a": "jane@example.com", "b": NaN}',
        '{"a": "jane@example.com", "b": "\\ud800"}',
        "[" * 5000 + "jane@example.com" + "]" * 5000,
    ],
)
def test_what_only_looks_like_json_is_redacted_as_text(text: str) -> None:
    assert redacted([text]) == [text.replace("jane@example.com", "[EMAIL_1]")]


def test_json_in_a_string_without_personal_data_is_left_as_it_was() -> None:
    text = '{ "b" :1,\n "a": 1.50 }'
    assert redacted([text]) == [text]


def test_base64_data_is_left_alone_only_where_data_belongs_and_only_if_it_is_data() -> None:
    hidden = base64.b64encode(b"mail jane@example.com").decode()
    document = {"image": PNG, "url": f"data:image/png;base64,{PNG}", "data": hidden, "not64": "jane@example.com"}
    result = redacted(document, ("image",), ("url",), ("data",), ("not64",))
    assert result["image"] == PNG
    assert result["url"] == f"data:image/png;base64,{PNG}"
    assert base64.b64decode(result["data"]) == b"mail [EMAIL_1]"
    assert result["not64"] == "[EMAIL_1]"


def test_findings_are_counted_by_field() -> None:
    counts = redact_document(redactor(), ["a@example.com b@example.com", "123-45-6789"]).counts
    assert counts == {"email": 2, "ssn": 1}


TEXT = st.text(st.sampled_from("ab1259@.-+() \u200b\uff11\u00e9{}[]\"'\\:,/"), max_size=60)
SEEDED = st.lists(
    st.one_of(
        TEXT, st.sampled_from(["jane@example.com", "212-555-0123", "+1 212 555 0123", "123-45-6789", " ", "ssn "])
    ),
    max_size=8,
).map("".join)


@given(SEEDED)
@example("212-555-0123/+1 212 555 0123")
@example("212-555-0123/(212) 555-0123")
def test_redacting_twice_is_redacting_once(text: str) -> None:
    session = redactor()
    once = session.redact(text).text
    assert session.redact(once).text == once


@given(SEEDED)
def test_findings_lie_in_the_text_in_order_without_overlap(text: str) -> None:
    end = 0
    for finding in redactor().find(text):
        assert end <= finding.start < finding.end <= len(text)
        end = finding.end


@given(SEEDED)
def test_a_redacted_json_string_is_still_json(text: str) -> None:
    arguments = json.dumps({"a": text, text: [text]})
    result = redacted([arguments, arguments[:-1]])
    json.loads(result[0])
    assert "jane@example.com" not in result[0]


@given(SEEDED)
def test_redacting_inside_json_text_never_breaks_it(text: str) -> None:
    """Even as plain text: a placeholder has no character that means anything inside a JSON string."""
    as_json = json.dumps({"a": text})
    json.loads(redactor().redact(as_json).text)


def test_what_a_schema_gives_as_examples_stands_under_the_name_of_its_property() -> None:
    redactor = Redactor(detectors(["email", "phone", "ssn", "person_name", "date_of_birth"]), Vault())
    fields = {
        "patient_name": {"type": "string", "examples": ["Ottoline Ferrars"], "description": "The name"},
        "dob": {"type": "string", "default": "the third of May 1957", "title": "Day"},
        "customer_names": {"type": "array", "items": {"type": "string", "enum": ["Ada Lovelace"]}},
        "born": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "patient": {"type": "object", "properties": {"name": {"const": "Grace Hopper"}}},
    }
    tool = {"name": "find", "parameters": {"type": "object", "properties": fields}}
    told = json.dumps(redact_document(redactor, tool).document)
    assert [name for name in ("Ferrars", "May", "Lovelace", "Hopper") if name in told] == []
    assert '"description": "The name"' in told
    assert '"title": "Day"' in told


def test_what_is_no_text_in_a_place_of_data_is_counted_by_its_type_unless_it_is_sealed() -> None:
    places = [Data(("a",), "image/jpeg"), Data(("b",), sealed=True), Data(("c",), "x/+12125550123")]
    data = base64.b64encode(b"\xff\xfe\xfd\x00\x01").decode()
    found = redact_document(redactor(), {"a": PNG, "b": PNG, "c": data}, places)
    assert found.unread == {"image/png": 1, "unknown": 1}


def test_a_value_has_the_same_placeholder_under_its_name_and_anywhere_else() -> None:
    redactor = Redactor(detectors(["national_id", "coordinates", "secret", "phone"]), Vault())
    token = "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a"
    values = {
        "national_id": "529.982.247-25",
        "coordinates": "48.858370, 2.294481",
        "phone": "+44 20 7946 0958",
        "token": token,
    }
    document = {"said": [*values.values()], **values}
    told = redact_document(redactor, document).document
    assert (
        told["said"]
        == [told[kind] for kind in values]
        == ["[NATIONAL_ID_1]", "[COORDINATES_1]", "[PHONE_1]", "[SECRET_1]"]
    )
