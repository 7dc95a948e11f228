"""One pass finds what a plain engine finds, pattern by pattern, at every place."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import re2  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.pii import encodings
from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.finding import BYTES, PHRASES
from akios_jail.pii.scanner import Scanner

TRIGGERS = sorted({pattern for one in detectors(DETECTORS) for pattern in one.triggers} | {*encodings.TRIGGERS})
SEEDS = [
    "jane@example.com",
    "+44 20 7946 0123",
    "(212) 555-0123",
    "123-45-6789",
    "4242 4242 4242 4242",
    "DE89370400440532013000",
    "tel: ",
    "SSN ",
    "%40",
    "&#64;",
    "=40",
    "amFuZUBleGFtcGxlLmNvbQ",
    "\u4f60\u597d",
    "\ud800",
]
TEXTS = st.lists(
    st.one_of(st.sampled_from(SEEDS), st.text(st.sampled_from("abXZ0159@.-+ %=&#;\n\u00e9"), max_size=5)), max_size=5
).map("".join)


def plainly(text: str, patterns: list[str]) -> Iterator[tuple[int, int, int]]:
    """Every place where a match of any of these ends, found by trying each place by itself."""
    sound = text.encode("utf-8", "replace").decode()
    for end in range(len(sound) + 1):
        for index, pattern in enumerate(patterns):
            if ends(pattern, sound, end):
                yield index, 0, end


def ends(pattern: str, text: str, end: int) -> bool:
    """Whether a match ends there. RE2 repeats at most a thousand times; texts here are shorter."""
    pattern = pattern if pattern not in TRIGGERS else pattern.replace(PHRASES, "")
    if not pattern.startswith(BYTES):
        return re2.fullmatch(f"(?s).*(?:{pattern})(?s:.{{{len(text) - end}}})", text) is not None
    data, rest = text.encode(), len(text[end:].encode())
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    whole = f"(?s).*(?:{pattern.removeprefix(BYTES)})(?s:.{{{rest}}})"
    return re2.compile(whole.encode(), options).fullmatch(data) is not None


@settings(max_examples=100)
@given(TEXTS, st.lists(st.sampled_from(TRIGGERS), min_size=1, max_size=4, unique=True))
def test_the_triggers_of_one_pass_are_those_of_a_plain_engine(text: str, patterns: list[str]) -> None:
    found = Scanner([[pattern] for pattern in patterns]).scan(text)
    assert sorted(found) == sorted(plainly(text, patterns))


def test_offsets_are_those_of_characters() -> None:
    assert list(Scanner([["@"], ["b"]]).scan("\u00e9@\u4f60b\ud800@")) == [(0, 0, 2), (1, 0, 4), (0, 0, 6)]


def test_phrases_in_any_script_are_found_where_they_end() -> None:
    scanner = Scanner([["Gr\u00fc\u00dfe|viele Gr\u00fc\u00dfe|\u4f60\u597d|gez\\."]])
    assert list(scanner.scan("viele Gr\u00fc\u00dfe, \u4f60\u597d gez. gezx")) == [(0, 0, 11), (0, 0, 15), (0, 0, 20)]


def test_phrases_that_are_compiled_a_few_at_a_time_are_found_as_all_at_once() -> None:
    phrases = "|".join(f"{first}{second}" for first in "abcdef" for second in ("nn", "no", "n\\.", "n o"))
    marked, plain = (rf"\b{mark}(?i:{phrases})[ :]{{1,2}}[A-Z]" for mark in (PHRASES, ""))
    text = "ann: X, fno Y; an. A bN O B cno: d zno E\u00e9 dnO  F"
    found = list(Scanner([[marked]]).scan(text))
    assert found == list(Scanner([[plain]]).scan(text))
    assert [text[end - 1] for _, _, end in found] == [*"XYABF"]


@pytest.mark.parametrize(
    "pattern", [r"x[(?#phrases)(?:ab|cd)]z", r"x(\(?#phrases)(?:ab|cd)z", r"x\Q(?#phrases)(?:ab|cd)\Ez"]
)
def test_letters_of_the_mark_in_a_policys_pattern_are_what_they_are_there(pattern: str) -> None:
    text = "xaz x#z x#phrasesabz x(#phrasescdz x(?#phrases)(?:ab|cd)z xabz"
    assert list(Scanner([[pattern]]).scan(text)) == list(plainly(text, [pattern]))


def test_a_dot_among_others_in_brackets_is_a_dot_and_any_character_elsewhere() -> None:
    scanner = Scanner([[r"a[.-]b"], ["a.c"], [r"a\.x"]])
    assert list(scanner.scan("a.b a\u00e9b a\u4f60c a.x")) == [(0, 0, 3), (1, 0, 11), (2, 0, 15)]


def test_a_pattern_that_cannot_be_compiled_is_an_error_and_not_one_without_findings() -> None:
    with pytest.raises(ValueError, match="a trigger cannot be compiled"):
        Scanner([["(?=a)"]]).prepare()


def test_several_threads_scan_with_one_scanner() -> None:
    scanner = Scanner([["@"]])
    counts: list[int] = []

    def scan() -> None:
        counts.append(sum(1 for _ in scanner.scan("a@b " * 20_000)))

    threads = [threading.Thread(target=scan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [20_000] * 4


def test_triggers_that_are_alike_are_one() -> None:
    text = "name: the name = x"
    apart = Scanner([["x"], ["name ?[:=]", "(?i)NAME ?[:=]"]]).scan(text)
    assert sorted(apart) == [(0, 0, 18), (1, 0, 5), (1, 0, 16), (1, 1, 5), (1, 1, 16)]
    alike = Scanner([["x"], ["name ?[:=]", "(?i)NAME ?[:=]"]], alike=(1,)).scan(text)
    assert {*alike} == {(index, 0, end) for index, _, end in apart}
