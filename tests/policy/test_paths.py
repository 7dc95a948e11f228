"""Path globs: what they match, what they never match, and that hostile paths cost nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy import paths


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("/**", "/", True),
        ("/**", "/a/b/c", True),
        ("/**", "/a/../b", True),
        ("/**", "/%2e%2e/", True),
        ("/**", "*", True),
        ("/v1/chat", "/v1/chat", True),
        ("/v1/chat", "/v1/chat/", False),
        ("/v1/chat", "/v1/chats", False),
        ("/v1/chat", "/V1/chat", False),
        ("/v1/*", "/v1/chat", True),
        ("/v1/*", "/v1/", False),
        ("/v1/*", "/v1/a/b", False),
        ("/v1/**", "/v1/", True),
        ("/v1/**", "/v1/a", True),
        ("/v1/**", "/v1/a/b/c", True),
        ("/v1/**", "/v1", False),
        ("/v1/**", "/v10/a", False),
        ("/*/info", "/a/info", True),
        ("/*/info", "/info", False),
        ("/**/info", "/info", True),
        ("/**/info", "/a/info", True),
        ("/**/info", "/a/b/info", True),
        ("/**/info", "/a/binfo", False),
        ("/**/info", "/info/a", False),
        ("/a/**/b", "/a/b", True),
        ("/a/**/b", "/a/x/y/b", True),
        ("/a/**/b", "/a/x/y/b/c", False),
        ("/a/**/b/**/c", "/a/1/b/2/b/3/c", True),
        ("/a/**/b/**/c", "/a/b/c", True),
        ("/a/**/b/**/c", "/a/c/b", False),
        ("/**/a/b", "/a/a/b", True),
        ("/**/a/*/c/**", "/a/a/x/c/d", True),
        ("/f*.json", "/f.json", True),
        ("/f*.json", "/file.json", True),
        ("/f*.json", "/file.json5", False),
        ("/f*.json", "/f/x.json", False),
        ("/*a*b*", "/xaxbx", True),
        ("/*a*b*", "/xbxax", False),
        ("/*ab", "/abab", True),
        ("/*ab", "/aba", False),
        ("/a*", "/a", True),
        ("/é", "/%C3%A9", True),
        ("/a b", "/a%20b", True),
        ("/a%20b", "/a%20b", True),
        ("/a", "/%61", True),
        ("/~me/*", "/%7Eme/x", True),
        ("/a.b", "/aXb", False),
        ("/a+b", "/aab", False),
        ("/", "/", True),
        ("/", "/a", False),
        ("/*", "/a;b=1", True),
        ("/v1/*:predict", "/v1/model:predict", True),
    ],
)
def test_a_glob_matches_what_it_says(glob: str, path: str, matches: bool) -> None:
    assert paths.matches((paths.check(glob),), path) is matches


@pytest.mark.parametrize(
    "path",
    [
        "/public/../admin",
        "/public/./x",
        "/public/..",
        "/public/.",
        "/public/%2e%2e/admin",
        "/public/.%2E/admin",
        "/public/..;/admin",
        "/public/..%3B/admin",
        "/public/..;a=1/admin",
        "/public/..%2fadmin",
        "/public/%2Fadmin",
        "/public/..%5cadmin",
        "/public/..\\admin",
        "/public//admin",
        "//public/x",
        "/public/%252e%252e/x",
        "/public/%252fx",
        "/public/%c0%ae%c0%ae/x",
        "/public/%ff",
        "/public/%",
        "/public/%zz",
        "/public/%2",
        "/public/%00",
        "/public/%0a",
        "/public/a b",
        "/public/\x00",
        "/public/x?y",
        "/public/x#y",
        "public/x",
        "",
        "*",
        "/public/%7f",
    ],
)
def test_a_path_that_servers_read_differently_matches_no_restricted_glob(path: str) -> None:
    assert paths.plain(path) is None
    for glob in ("/public/**", "/**/x", "/*", "/public/*", "/*/**"):
        assert paths.matches((glob,), path) is False


@pytest.mark.parametrize(
    "path", ["/", "/a/", "/a.b/..c/...", "/.well-known/x", "/a%25", "/%E2%82%AC", "/a%3Fb%23c", "/@a"]
)
def test_a_path_that_means_one_thing_everywhere_is_compared(path: str) -> None:
    assert paths.plain(path) is not None


@pytest.mark.parametrize(
    ("glob", "said"),
    [
        ("v1/**", "slash"),
        ("", "slash"),
        ("/v1?x=1", "query"),
        ("/v1#x", "fragment"),
        ("/v1**", "whole segments"),
        ("/v1/a**b", "whole segments"),
        ("/***", "whole segments"),
        ("/a/../b", "never match"),
        ("/a//b", "never match"),
        ("/a/%2e%2e/b", "never match"),
        ("/a%2Fb", "never match"),
        ("/a\\b", "never match"),
        ("/a%", "never match"),
        ("/a%2ab", "encoded star"),
        ("https://x/y", "slash"),
    ],
)
def test_a_glob_that_could_not_work_is_refused(glob: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        paths.check(glob)


@pytest.mark.parametrize(("glob", "canonical"), [("/**/**", "/**"), ("/a/**/**/**/b", "/a/**/b")])
def test_a_glob_has_one_spelling(glob: str, canonical: str) -> None:
    assert paths.check(glob) == canonical


def _by_definition(glob: list[str], path: list[str]) -> bool:
    """The definition of a match, segment by segment, without any thought of speed."""
    if not glob:
        return not path
    if glob[0] == "**":
        return any(_by_definition(glob[1:], path[number:]) for number in range(len(path) + 1)) and (
            len(glob) > 1 or bool(path)
        )
    return bool(path) and _segment_by_definition(glob[0], path[0]) and _by_definition(glob[1:], path[1:])


def _segment_by_definition(glob: str, text: str) -> bool:
    if glob == "*":
        return text != ""
    if not glob:
        return not text
    if glob[0] == "*":
        return any(_segment_by_definition(glob[1:] or "", text[number:]) for number in range(len(text) + 1)) or (
            glob[1:] == "*" and not text
        )
    return text[:1] == glob[0] and _segment_tail(glob[1:], text[1:])


def _segment_tail(glob: str, text: str) -> bool:
    """Like a segment, but a lone star may stand for nothing: something came before it."""
    return True if glob == "*" else _segment_by_definition(glob, text)


_GLOB_SEGMENTS = st.lists(
    st.one_of(st.just("**"), st.just("*"), st.text("ab*", min_size=1, max_size=4).filter(lambda s: "**" not in s)),
    min_size=1,
    max_size=5,
)
_PATH_SEGMENTS = st.lists(st.text("ab", min_size=1, max_size=4), max_size=6)


@given(_GLOB_SEGMENTS, _PATH_SEGMENTS, st.booleans())
def test_a_compiled_glob_is_its_definition(glob: list[str], path: list[str], slash: bool) -> None:
    segments = [*path, ""] if slash or not path else path
    canonical = paths.check("/" + "/".join(glob))
    expected = canonical == paths.ANY or _by_definition(canonical[1:].split("/"), segments)
    assert paths.matches((canonical,), "/" + "/".join(segments)) is expected


@given(st.text("/.%2eEfF5cC;ab\\", max_size=12))
def test_no_reading_of_a_compared_path_has_a_dot_segment(text: str) -> None:
    decoded = paths.plain("/" + text)
    if decoded is None:
        return
    assert "\\" not in decoded
    assert all(segment.partition(";")[0] not in (".", "..") for segment in decoded.split("/"))
    assert "//" not in decoded


@given(st.text(max_size=40))
def test_any_text_is_a_glob_or_refused(text: str) -> None:
    try:
        glob = paths.check(text)
    except ValueError:
        return
    assert paths.check(glob) == glob
    paths.compiled(glob)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("/**/a/**/a/**/a/**/a/**/b", "/a" * 20_000),
        ("/*a*a*a*a*a*a*b", "/" + "a" * 20_000),
        ("/**/*a*a*a*b/**/c", "/aaaaaaaa" * 2_000),
    ],
)
def test_a_hostile_path_cannot_make_a_glob_slow(glob: str, path: str) -> None:
    assert paths.matches((paths.check(glob),), path) is False
