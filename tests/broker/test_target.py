"""The request target has one spelling, the one that policy sees and upstream gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.broker.target import BadTarget, canonical_path, parse


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/", "/"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/models/", "/v1/models/"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/a/%2e%2e/b", "/b"),
        ("/a/%2E/b", "/a/b"),
        ("/../../etc", "/etc"),
        ("/a/..", "/"),
        ("/a/b/..", "/a/"),
        ("/a/.", "/a/"),
        ("/%41%7a", "/Az"),
        ("/%c3%a9", "/%C3%A9"),
        ("/a%2fb", "/a%2Fb"),
        ("/@scope%2Fname", "/@scope%2Fname"),
        ("/a b", "/a%20b"),
        ("/{id}|x", "/%7Bid%7D%7Cx"),
        ("/100%", "/100%25"),
        ("/a//b", "/a//b"),
        ("/.well-known/x", "/.well-known/x"),
        ("/a..b/...", "/a..b/..."),
    ],
)
def test_a_path_has_one_spelling(raw: str, path: str) -> None:
    assert canonical_path(raw) == path


@pytest.mark.parametrize(
    "raw",
    [
        "/public/..%2fadmin",
        "/public/%2e%2e%2fadmin",
        "/public/..%5cadmin",
        "/public\\..\\admin",
        "/public/..;/admin",
        "/public/..;x=1/admin",
        "/public/%252e%252e/admin",
        "/public/..%252fadmin",
        "/public/%25252e%25252e%25252f",
        "/a%00b",
        "/a%0d%0ab",
        "/a%7fb",
    ],
)
def test_a_path_that_servers_read_differently_is_refused(raw: str) -> None:
    with pytest.raises(BadTarget):
        canonical_path(raw)


@given(st.text(alphabet="/.%25eEfFcC;\\abA~ ", max_size=24))
def test_a_canonical_path_is_its_own_canonical_spelling(text: str) -> None:
    try:
        path = canonical_path("/" + text)
    except BadTarget:
        return
    assert canonical_path(path) == path
    assert not {".", ".."} & set(path.split("/"))


def test_the_query_is_kept_as_it_is_but_for_what_may_not_stand_there() -> None:
    assert parse("/x?a=1&b=/..%2f?c", "https", "h") == ("/x", "a=1&b=/..%2F?c")
    assert parse("/x?q=a b|c", "https", "h") == ("/x", "q=a%20b%7Cc")
    assert parse("/x?", "https", "h") == ("/x", "")


def test_an_absolute_target_must_name_this_very_connection() -> None:
    assert parse("https://h/x?y", "https", "h") == ("/x", "y")
    assert parse("HTTPS://H/x", "https", "h") == ("/x", "")
    assert parse("https://h?y", "https", "h") == ("/", "y")
    for raw in ("http://h/x", "https://other/x", "https://h@other/x", "ftp://h/x", "*", "h:443", ""):
        with pytest.raises(BadTarget):
            parse(raw, "https", "h")


def test_a_fragment_is_refused() -> None:
    with pytest.raises(BadTarget):
        parse("/x#y", "https", "h")
