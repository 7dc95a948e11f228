"""Bodies of all types without their personal data: by name, by form, in place."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qsl, quote

import pytest

from akios_jail.pii.body import redact_body
from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.form import redact_path
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Unredactable, Vault

KINDS = (*DETECTORS, "person_name", "street_address", "date_of_birth")
FORM = "application/x-www-form-urlencoded"
PARTS = 'multipart/form-data; boundary="cut here"'


def redactor() -> Redactor:
    return Redactor(detectors(DETECTORS), Vault(), kinds=KINDS)


def redacted(body: str, kind: str) -> str:
    return redact_body(redactor(), body.encode(), kind).body.decode()


def test_a_value_is_personal_by_the_name_of_its_key_whatever_it_looks_like() -> None:
    body = {
        "patient": {"name": "Nguyen", "dob": "the third of May"},
        "shipping_address": {"line1": "Rose Cottage", "city": "Ambleside"},
        "order": "Rose Cottage",
        "customer_email": "jane at work",
        "count": 3,
    }
    out = json.loads(redacted(json.dumps(body), "application/json"))
    assert out["patient"]["name"] == "[PERSON_NAME_1]"
    assert out["shipping_address"] == {"line1": "[STREET_ADDRESS_1]", "city": "[STREET_ADDRESS_2]"}
    assert (out["order"], out["count"]) == ("Rose Cottage", 3)
    assert out["customer_email"] == "[EMAIL_1]"


def test_a_form_is_redacted_field_by_field_and_the_rest_keeps_its_spelling() -> None:
    body = "a=1%202&customer_email=jane%40example.com&first_name=Jane&note=call+(212)+555-0123&b=x+y"
    out = redacted(body, FORM)
    assert out.startswith("a=1%202&")
    assert out.endswith("&b=x+y")
    assert dict(parse_qsl(out)) == {
        "a": "1 2",
        "customer_email": "[EMAIL_1]",
        "first_name": "[PERSON_NAME_1]",
        "note": "call [PHONE_1]",
        "b": "x y",
    }


def test_the_path_of_an_address_is_redacted_by_segment() -> None:
    out = redact_path(redactor(), "/users/" + quote("jane@example.com", safe="") + "/a%20b")
    assert out.text == "/users/%5BEMAIL_1%5D/a%20b"
    assert out.counts == {"email": 1}


def parts(*pieces: tuple[str, str]) -> str:
    return "".join(f"--cut here\r\n{head}\r\n\r\n{content}\r\n" for head, content in pieces) + "--cut here--\r\n"


def test_the_parts_of_an_upload_are_redacted_each_by_its_type_and_name() -> None:
    disposition = "Content-Disposition: form-data; name="
    body = parts(
        (f'{disposition}"last_name"', "Doe"),
        (
            f'{disposition}"file"; filename="of jane@example.com.csv"\r\nContent-Type: text/csv',
            "id,email\r\n1,a@example.com",
        ),
        (f'{disposition}"meta"\r\nContent-Type: application/json', '{"ssn": 123456789}'),
        (f'{disposition}"image"; filename="x.png"\r\nContent-Type: image/png', "\x00a@example.com"),
    )
    out = redacted(body, PARTS)
    assert 'name="last_name"\r\n\r\n[PERSON_NAME_1]\r\n' in out
    assert 'filename="of [EMAIL_1].csv"' in out
    assert "id,email\r\n1,[EMAIL_2]\r\n" in out
    assert '{"ssn": "[SSN_1]"}' in out
    assert "\x00a@example.com" in out
    assert out.count("--cut here") == 5


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("--cut here\r\nno head", PARTS),
        (parts(("A: b", "c")) + "more", PARTS),
        (parts(("A: b", "c")), "multipart/form-data"),
        (parts(("Content-Transfer-Encoding: base64", "amFuZUBleGFtcGxlLmNvbQ==")), PARTS),
        ("x\r\n" + parts(("A: b", "c")), PARTS),
    ],
)
def test_a_body_whose_parts_cannot_be_told_apart_is_refused(body: str, kind: str) -> None:
    with pytest.raises(Unredactable):
        redacted(body, kind)


@pytest.mark.parametrize(
    "text",
    [
        "id,first_name,email,total\n1,Jane,jane@example.com,3.5\n2,Bob,bob@example.com,4\n",
        "id;first_name;email;total\r\n1;Jane;jane@example.com;3.5\r\n2;Bob;bob@example.com;4\r\n",
        'id\tfirst_name\temail\ttotal\n1\t"Jane"\tjane@example.com\t3.5\n2\tBob\t"bob@example.com"\t4',
    ],
)
def test_the_cells_of_a_table_are_personal_by_the_name_of_their_column(text: str) -> None:
    out = redacted(text, "text/csv")
    want = text.replace("jane@example.com", "[EMAIL_1]").replace("bob@example.com", "[EMAIL_2]")
    assert out == want.replace("Jane", "[PERSON_NAME_1]").replace("Bob", "[PERSON_NAME_2]")


def test_what_is_no_text_is_left_as_it_is_and_counted() -> None:
    data = b"\xff\xfa\x00a@example.com"
    for kind, told in [("application/octet-stream", "application/octet-stream"), ("", "unknown"), ("x/1", "unknown")]:
        found = redact_body(redactor(), data, kind)
        assert (found.body, found.unread, found.counts) == (data, {told: 1}, {})


@pytest.mark.parametrize(
    "name",
    [
        'filename="jane@corp.test.csv"',
        "filename=jane@corp.test.csv",
        'filename = "jane@corp.test.csv"',
        "filename*=UTF-8''jane%40corp.test.csv",
        "filename*=iso-8859-1'en'jane%40corp.test.csv",
    ],
)
def test_the_name_of_a_file_is_redacted_however_it_is_written(name: str) -> None:
    part = f'Content-Disposition: form-data; name="of jane@corp.test"; {name}\r\nX-Owner: jane@corp.test\r\n\r\nhi'
    found = redact_body(redactor(), f"--x\r\n{part}\r\n--x--\r\n".encode(), "multipart/form-data; boundary=x")
    head = 'form-data; name="of [EMAIL_1]"; filename="[EMAIL_1].csv"\r\nX-Owner: [EMAIL_1]'
    assert found.body == f"--x\r\nContent-Disposition: {head}\r\n\r\nhi\r\n--x--\r\n".encode()


@pytest.mark.parametrize(
    ("kind", "body", "want"),
    [
        ("application/x-www-form-urlencoded", b"town=K\xf6ln&mail=jane@corp.test", b"town=K\xf6ln&mail=%5BEMAIL_1%5D"),
        ("application/soap+xml", b"<town>K\xf6ln</town> jane@corp.test", b"<town>K\xf6ln</town> [EMAIL_1]"),
        (
            "text/plain; charset=windows-1251",
            b"\xcf\xf0\xe8\xe2\xe5\xf2 jane@corp.test",
            b"\xcf\xf0\xe8\xe2\xe5\xf2 [EMAIL_1]",
        ),
        ("text/plain; charset=utf-7", b"mail jane+AEA-corp.test", "mail [EMAIL_1]".encode("utf-7")),
        ("text/plain; charset=cp037", "mail jane@corp.test".encode("cp037"), "mail [EMAIL_1]".encode("cp037")),
        ("", "mail jane@corp.test".encode("utf-16-le"), "mail [EMAIL_1]".encode("utf-16-le")),
        ("application/json", '{"a": "jane@corp.test"}'.encode("utf-16-be"), '{"a": "[EMAIL_1]"}'.encode("utf-16-be")),
        ("application/json", b'\xef\xbb\xbf{"a":"jane\\u0040corp.test"}', b'\xef\xbb\xbf{"a":"[EMAIL_1]"}'),
    ],
)
def test_text_is_read_in_whatever_coding_it_is(kind: str, body: bytes, want: bytes) -> None:
    assert redact_body(redactor(), body, kind).body == want


def test_the_name_of_a_file_may_have_bytes_that_are_no_utf_8() -> None:
    part = b'Content-Disposition: form-data; name="f"; filename="K\xf6ln of jane@corp.test"\r\n\r\nhi'
    found = redact_body(redactor(), b"--x\r\n" + part + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")
    assert b'filename="K%F6ln of [EMAIL_1]"' in found.body


def test_parts_that_are_none_are_refused() -> None:
    with pytest.raises(Unredactable):
        redact_body(redactor(), b"no parts \xf6 jane@corp.test", "multipart/mixed; boundary=y")


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/png", "application/zip", "application/pdf"])
def test_text_is_read_whatever_it_says_that_it_is(kind: str) -> None:
    body = b"<svg><text>jane@corp.test</text></svg>"
    assert redact_body(redactor(), body, kind).body == b"<svg><text>[EMAIL_1]</text></svg>"


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", ""])
def test_a_pdf_is_unread_even_if_it_is_all_text_and_whatever_it_says_that_it_is(kind: str) -> None:
    body = b"%PDF-1.7\n1 0 obj (jane@corp.test)"
    found = redact_body(redactor(), body, kind)
    assert (found.body, found.unread) == (body, {"application/pdf": 1})


@pytest.mark.parametrize(
    "body",
    [
        '{"a":"jane\\u0040corp.test"}\n\n{"a":"bob\\u0040corp.test"}\n',
        '{"a":"jane\\u0040corp.test","a":"bob\\x40corp.test"}',
        'print("jane\\u0040corp.test", "bob\\u0040corp\\u002etest")',
    ],
    ids=["lines", "a key twice", "source code"],
)
@pytest.mark.parametrize("kind", ["application/octet-stream", "application/json", ""])
def test_an_escape_hides_nothing_where_json_is_not_parsed(kind: str, body: str) -> None:
    out = redacted(body, kind)
    assert "[EMAIL_1]" in out
    assert "[EMAIL_2]" in out
    assert "corp" not in out


def test_a_document_in_base64_is_unread_wherever_it_stands() -> None:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(90)).decode()
    body = json.dumps({"a": [picture, f"data:image/png;base64,{picture}"], "b": json.dumps({"c": picture})})
    found = redact_body(redactor(), body.encode(), "application/json")
    assert (found.body, found.unread) == (body.encode(), {"image/png": 3})
    hidden = base64.b64encode(b"x" * 90_000 + b" jane@corp.test").decode()
    for value in (hidden, f"data:text/plain;base64,{hidden}"):
        found = redact_body(redactor(), json.dumps({"a": value}).encode(), "application/json")
        assert found.counts == {"email": 1}


def test_many_spellings_of_one_value_as_keys_take_time_in_proportion() -> None:
    name = "janedoesmithxyz"
    spellings = ["".join(c.upper() if n >> at & 1 else c for at, c in enumerate(name)) for n in range(8000)]
    body = json.dumps({f"{spelling}@corp.test": 1 for spelling in spellings}).encode()
    found = redact_body(redactor(), body, "application/json")
    assert len(json.loads(found.body)) == len(spellings)
    assert len(found.body) < len(body)


def test_text_in_utf_16_is_read() -> None:
    body = "mail jane@example.com".encode("utf-16")
    assert redact_body(redactor(), body, "text/plain").body.decode("utf-16") == "mail [EMAIL_1]"


def test_a_body_without_findings_is_the_same_object() -> None:
    body = b'{ "a" : 1 }'
    assert redact_body(redactor(), body, "application/json").body is body


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ('{"patient_name":"Ottoline","to":"jane@corp.test"}', '{"patient_name":"[PERSON_NAME_1]","to":"[EMAIL_1]"}'),
        (
            "payload=" + quote('{"patient_name":"Ottoline","to":"jane\\u0040corp.test"}'),
            "payload=" + quote('{"patient_name":"[PERSON_NAME_1]","to":"[EMAIL_1]"}'),
        ),
    ],
)
def test_json_is_read_as_json_where_it_is_called_a_form_or_stands_in_one(body: str, want: str) -> None:
    assert redacted(body, FORM) == want


def test_what_is_no_text_in_a_form_is_counted_and_its_label_is_read() -> None:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(90)).decode()
    url = f"data:image/png;name=jane@corp.test;base64,{picture}"
    found = redact_body(redactor(), f"a={quote(url)}".encode(), FORM)
    assert (found.counts, found.unread) == ({"email": 1}, {"image/png": 1})
    assert quote("name=[EMAIL_1];base64,", safe="").encode() in found.body
