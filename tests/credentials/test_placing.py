"""A key goes into its place and nowhere else."""

from __future__ import annotations

import base64

import pytest

from akios_jail.credentials.find import Finder
from akios_jail.credentials.placing import Head, place, stray
from tests.credentials.held import PLACEHOLDER as P
from tests.credentials.held import VALUE as V
from tests.credentials.held import key


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def head(query: str = "", path: str = "/v1", host: str = "api.test", **headers: str) -> Head:
    return Head(host, "POST", path, query, [(name.replace("_", "-"), value) for name, value in headers.items()])


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (P, V),
        (f"Bearer {P}", f"Bearer {V}"),
        (f"token {P}", f"token {V}"),
        (f'Token token="{P}", x=1', f'Token token="{V}", x=1'),
        (basic(f"git:{P}"), basic(f"git:{V}")),
        (basic(f"{P}:"), basic(f"{V}:")),
        ("Bearer own-key", "Bearer own-key"),
        (basic("a:b"), basic("a:b")),
        ("Basic %%%", "Basic %%%"),
        (f"Bearer {V}", f"Bearer {V}"),
        (basic(f"git:{V}"), basic(f"git:{V}")),
    ],
)
def test_in_its_field_a_placeholder_becomes_the_key(value: str, sent: str) -> None:
    held = key()
    placed = place(head(authorization=value, Accept="*/*"), [held])
    assert placed.headers == [("authorization", sent), ("Accept", "*/*")]
    assert stray(placed.rest, Finder([held])) is None


@pytest.mark.parametrize(
    ("query", "sent"),
    [(f"key={P}", f"key={V}"), (f"a=1&key={P}&b=%20", f"a=1&key={V}&b=%20"),
     (f"k%65y={P.replace('-', '%2D')}", f"k%65y={V}"),
     ("key=own", "key=own"), ("", "")],
)  # fmt: skip
def test_in_its_parameter_too(query: str, sent: str) -> None:
    held = key(place="query", field="key")
    placed = place(head(query), [held])
    assert placed.query == sent
    assert stray(placed.rest, Finder([held])) is None


def test_a_key_that_is_not_plain_is_escaped_in_a_query() -> None:
    placed = place(head(f"key={P}"), [key("a&b=c+d/e f%", place="query", field="key")])
    assert placed.query == "key=a%26b%3Dc%2Bd%2Fe%20f%25"


@pytest.mark.parametrize(
    ("request_head", "where"),
    [
        (head(User_Agent=P), "header User-Agent"),
        (head(**{P: "1"}), f"header {P}"),
        (head(Authorization=f"Bearer {P} {P}"), "header Authorization"),
        (head(Authorization=basic(f"{P}:{P}")), "header Authorization"),
        (head(Cookie=basic(f"x:{P}")), "header Cookie"),
        (head(path=f"/v1/{P}"), "path"),
        (head(path="/" + "".join(f"%{ord(c):02X}" for c in P)), "path"),
        (head(f"q={P}"), "query"),
        (head(host=f"{P.lower()}.wild.test"), "host"),
        (head(Authorization=f"Bearer {P}")._replace(method=P), "method"),
        (head(X_Leak=V), "header X-Leak"),
    ],
)
def test_anywhere_else_it_is_found(request_head: Head, where: str) -> None:
    held = key()
    found = stray(place(request_head, [held]).rest, Finder([held]))
    assert found is not None
    assert found.where == where


def test_for_a_host_without_the_credential_its_own_field_is_no_place_either() -> None:
    held = key()
    placed = place(head(Authorization=f"Bearer {P}"), [])
    assert placed.headers == [("Authorization", f"Bearer {P}")]
    assert stray(placed.rest, Finder([held])) is not None


def test_two_credentials_of_one_host_share_a_field() -> None:
    first, second = key(), key("other-key-0123456789", "other-placeholder-01", name="b", field="x-api-key")
    placed = place(head(Authorization=f"Bearer {P}", X_Api_Key="other-placeholder-01"), [first, second])
    assert placed.headers == [("Authorization", f"Bearer {V}"), ("X-Api-Key", "other-key-0123456789")]
    assert placed.used == ("model", "b")


@pytest.mark.parametrize("fields", [{"X_Api_Key": P}, {"authorization": f"Bearer {P}"}])
def test_of_several_fields_any_may_hold_it(fields: dict[str, str]) -> None:
    held = key(field="x-api-key", others=("Authorization",))
    asked = head(**fields)
    placed = place(asked, [held])
    assert placed.headers == [(name, value.replace(P, V)) for name, value in asked.headers]
    assert stray(placed.rest, Finder([held])) is None
    assert stray(place(head(cookie=P), [held]).rest, Finder([held])) is not None


def test_two_keys_may_share_one_basic() -> None:
    held = [key(), key("other-key-0123456789", "other-placeholder-01", name="b")]
    placed = place(head(authorization=basic(f"{P}:other-placeholder-01")), held)
    assert placed.headers == [("authorization", basic(f"{V}:other-key-0123456789"))]
    assert placed.used == ("model", "b")
    assert stray(placed.rest, Finder(held)) is None
    assert stray(place(head(authorization=basic(f"{P}:{P}")), held).rest, Finder(held)) is not None
