"""Form-encoded bodies: read in the one way that every server shares, or not at all, and sent as they were read."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy import conditions, forms
from akios_jail.policy.conditions import Inputs, Unknown, compile_condition
from akios_jail.policy.forms import Unreadable

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("", {}),
        ("amount=1500&currency=usd", {"amount": "1500", "currency": "usd"}),
        ("note=a+b%20%26+c%3Dd", {"note": "a b & c=d"}),
        ("metadata[order]=7&metadata%5Bwho%5D=Ada", {"metadata": {"order": "7", "who": "Ada"}}),
        ("expand[]=a&expand[]=b", {"expand": ["a", "b"]}),
        ("items[0][price]=x&items[0][tags][]=y", {"items": {"0": {"price": "x", "tags": ["y"]}}}),
        ("expand[0]=a&expand[1]=b&x[y][0]=c", {"expand": ["a", "b"], "x": {"y": ["c"]}}),
        ("to[0]=a&to[1][x]=b", {"to": ["a", {"x": "b"}]}),
        ("0=a", {"0": "a"}),
        ("a=1&&b=2&", {"a": "1", "b": "2"}),
        ("a=x;b=2", {"a": "x;b=2"}),
        ("a=", {"a": ""}),
        ("name=Ünal", {"name": "Ünal"}),
    ],
)
def test_a_form_is_read(body: str, value: dict[str, Any]) -> None:
    form = forms.read(body.encode())
    assert form.value == value
    again = forms.read(form.encoded)
    assert again == form
    assert b";" not in form.encoded


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("amount=5&amount=1500000", "occurs twice"),
        ("amount=5&%61mount=1500000", "occurs twice"),
        ("a=1&a[b]=2", "is inside what is a value"),
        ("a[b]=2&a=1", "occurs twice"),
        ("a[]=2&a=1", "occurs twice"),
        ("a[x]=2&a[]=1", "is a list and something else"),
        ("items[][price]=x", "different things"),
        ("roles[1]=admin", "not numbered from 0"),
        ("roles[1]=admin&roles[0]=user", "not numbered from 0"),
        ("roles[00]=admin", "not numbered from 0"),
        ("roles[who]=user&roles[0]=admin", "not numbered from 0"),
        ("roles[0]=admin&roles[0][x]=y", "inside what is a value"),
        ("a[b=1", "different things"),
        ("a]=1", "different things"),
        ("=1", "different things"),
        ("%5Ba]=1", "different things"),
        ("a.b=1", "different things"),
        ("+amount=1", "different things"),
        ("amount%00=1", "different things"),
        ("_charset_=utf-7", "different things"),
        ("a" + "[b]" * 40 + "=1", "different things"),
        ("amount", "has no value"),
        ("a=%zz", "escapes nothing"),
        ("a=5%", "escapes nothing"),
        ("a=%ff", "not UTF-8"),
        ("a=1\nb=2", "control character"),
        ("a=5%00", "zero byte"),
        ('{"amount": 5}', "looks like JSON"),
        ("&".join(f"a{n}=1" for n in range(1001)), "more than 1000 fields"),
        ("a=" + "x" * forms.MAX_BYTES, "larger than"),
    ],
)
def test_what_servers_read_differently_is_not_read(body: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        forms.read(body.encode("utf-8", "surrogateescape"))


@given(st.binary(max_size=60) | st.text("a=&[]%+;.1_", max_size=40).map(str.encode))
def test_what_is_sent_says_what_was_read_to_other_readers_too(body: bytes) -> None:
    try:
        form = forms.read(body)
    except Unreadable:
        return
    assert parse_qsl(form.encoded.decode(), keep_blank_values=True, strict_parsing=bool(form.pairs)) == list(form.pairs)
    assert forms.read(form.encoded) == form


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ([], ""),
        ([FORM], "form"),
        ([f"{FORM}; charset=UTF-8"], "form"),
        (["Application/X-WWW-Form-Urlencoded"], "form"),
        ([f"{FORM}; charset=utf-7"], "doubtful"),
        ([f"text/plain; a={FORM}"], "doubtful"),
        (["application/json", FORM], "doubtful"),
        (["multipart/form-data; boundary=x"], "multipart"),
        (["application/json"], "other"),
    ],
)
def test_a_body_is_a_form_by_what_is_stated(stated: list[str], kind: str) -> None:
    assert forms.kind([("Content-Type", value) for value in stated]) == kind


@pytest.mark.parametrize(
    "body",
    [
        "_method=delete",
        "a=1&_method=DELETE",
        "a=1;_method=Delete",
        "%5fmethod=DELETE",
        "_%4Dethod=%44ELETE",
        "a=1&+_METHOD=delete+",
        "a=1&%0A_method=DELETE",
        ".method=DELETE",
        "a=1&%2Emethod=DELETE",
        "_method%00=DELETE",
        "_method%00x%5B=DELETE",
    ],
)
def test_a_method_in_a_form_is_found_however_it_is_written(body: str) -> None:
    assert forms.overriding(body.encode()) == ["DELETE"]
    assert forms.overriding(b"method=DELETE&a_method=DELETE&a=_method") == []


def ask(source: str, body: bytes, *stated: str) -> bool:
    headers = tuple(("Content-Type", value) for value in stated)
    given = Inputs("POST", "api.example.com", 443, "/v1/x", "", headers, body, "ses_1", "billing")
    return compile_condition(source).holds(given)


def test_a_condition_reads_a_form_as_it_reads_json() -> None:
    source = "int(request.body.amount) > 1000 && request.body.metadata.order == '7'"
    assert ask(source, b"amount=1500&metadata[order]=7", FORM)
    assert not ask(source, b"amount=900&metadata[order]=7", FORM)
    assert ask(source, b'{"amount": 1500, "metadata": {"order": "7"}}', "application/json")


@pytest.mark.parametrize(
    ("source", "body", "stated", "said"),
    [
        ("request.body.amount > 1000", b"amount=5", [FORM], "a string and an int: int(…) makes an int of a string"),
        ("request.body.amount > 1000", b"a=5", [FORM], 'there is no "amount"'),
        ("request.body.amount > 1000", b"amount=5&amount=6", [FORM], "occurs twice"),
        ("request.body.amount > 1000", b"amount=5", [], "a form is read as one if its Content-Type says so"),
        ("request.body.amount > 1000", b'{"amount": 5}', [FORM], "should be application/json"),
        ("request.body.amount > 1000", b'{"amount": 5}', ["multipart/form-data; boundary=x"], "is not read"),
        ("request.body.amount > 1000", b'{"amount": 5}', [FORM, "application/json"], "is not read"),
    ],
)
def test_what_has_no_answer_says_why(source: str, body: bytes, stated: list[str], said: str) -> None:
    with pytest.raises(Unknown) as unknown:
        ask(source, body, *stated)
    assert said in str(unknown.value)


@pytest.mark.parametrize("body", [b"roles[]=user&roles[]=admin", b"roles[0]=user&roles[1]=admin"])
def test_one_of_a_list_is_found_however_the_list_is_written(body: bytes) -> None:
    assert ask('"admin" in request.body.roles', body, FORM)
    assert ask('request.body.roles.exists(role, role == "admin")', body, FORM)


def test_json_that_is_a_form_too_is_never_read_as_json() -> None:
    """Rack and PHP would find an amount of 15,000 in it."""
    body = b'{"amount":5,"x":"&amount=15000&"}'
    assert conditions.read_document((), body)["amount"] == 5  # and is sent as JSON by name, see the broker's tests
    with pytest.raises(Unknown):
        conditions.read_document((("content-type", FORM),), body)
