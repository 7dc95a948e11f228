"""Answers lose their keys and keep their length, in whatever pieces they come."""

from __future__ import annotations

import base64
import json
import string
import time
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.credentials.scrub import Scrubber
from tests.credentials.held import PLACEHOLDER, VALUE, key
from tests.credentials.test_find import SPELLED

SCRUBBER = Scrubber([key()])
LONG = "".join(Random(5).choices(string.ascii_letters + "+/=", k=8192))
ODD = 'k/+="\\&<%' + "aB3/+" * 6


@pytest.mark.parametrize("spelling", SPELLED)
def test_a_key_in_any_spelling_gives_way_at_the_same_length(spelling: str) -> None:
    spelled = SPELLED[spelling](VALUE).encode("latin-1")
    clean, last = SCRUBBER.clean(b"<" + spelled + b">")
    assert spelled not in clean
    assert len(clean) == len(spelled) + 2
    assert clean[:1] + clean[-1:] == b"<>"
    assert 0 < last <= len(spelled) + 1


@pytest.mark.parametrize("spelling", ["plain", "base64", "hex", "utf-16"])
def test_what_stands_there_instead_is_the_placeholder_in_the_same_spelling(spelling: str) -> None:
    clean, _ = SCRUBBER.clean(SPELLED[spelling](VALUE).encode("latin-1"))
    assert clean == SPELLED[spelling](PLACEHOLDER).encode("latin-1")


@pytest.mark.parametrize("shift", range(3))
def test_of_base64_only_what_a_key_shares_with_its_neighbours_stays(shift: int) -> None:
    before = b"xyz"[:shift]
    text = base64.b64encode(before + VALUE.encode() + b"rest of it")
    clean = base64.b64decode(SCRUBBER.clean(text)[0])
    assert VALUE[1:-1].encode() not in clean
    assert PLACEHOLDER[1:-1].encode() in clean


@pytest.mark.parametrize("length", [10, 24, 200])
def test_a_placeholder_of_another_length_is_cut_or_filled_up(length: int) -> None:
    value = "V" * 7 + "w" * (length - 7)
    clean, _ = Scrubber([key(value)]).clean(f"[{value}]".encode())
    assert clean == b"[" + PLACEHOLDER[:length].ljust(length, "*").encode() + b"]"


@pytest.mark.parametrize(
    "spelled",
    [ODD, json.dumps(ODD)[1:-1], json.dumps(ODD)[1:-1].replace("/", "\\/"), quote(ODD, safe=""), quote(ODD),
     base64.b64encode(ODD.encode()).decode(), base64.urlsafe_b64encode(ODD.encode()).decode(),
     quote(base64.b64encode(ODD.encode()).decode(), safe="")],
)  # fmt: skip
def test_a_key_of_odd_characters_is_found_as_programs_write_it(spelled: str) -> None:
    clean, last = Scrubber([key(ODD)]).clean(spelled.encode())
    assert last
    assert len(clean) == len(spelled)
    assert b"aB3" not in clean


def test_a_long_token_is_found_as_it_stands_and_in_base64() -> None:
    value = "".join(chr(33 + i * 7 % 94) for i in range(2000))
    scrubber = Scrubber([key(value)])
    for text in (value, quote(value), base64.b64encode(value.encode()).decode()):
        assert scrubber.clean(text.encode())[1]


def test_text_without_a_key_stays_the_same_object() -> None:
    assert SCRUBBER.text("plain") == "plain"
    data = b"x" * 1000
    assert SCRUBBER.clean(data)[0] is data


@given(st.data())
def test_a_stream_is_as_clean_as_the_whole_wherever_it_is_cut(data: st.DataObject) -> None:
    pieces = st.one_of(
        st.binary(max_size=40), st.sampled_from([SPELLED[name](VALUE).encode("latin-1") for name in sorted(SPELLED)])
    )
    body = b"\n".join(data.draw(st.lists(pieces, max_size=6)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=60)))
    stream = SCRUBBER.stream()
    out = b""
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        out += stream.feed(body[start:end])
    out += stream.finish()
    assert out == SCRUBBER.clean(body)[0]


ALIKE = Scrubber([key("aabaabaabaab", "Z" * 12), key("baabaaba61", "Y" * 12, name="b")])
WRITTEN = [SPELLED[name]("aabaabaabaab").encode("latin-1") for name in sorted(SPELLED)]


@given(
    body=st.lists(
        st.one_of(
            st.builds(lambda text, end: text[:end], st.sampled_from(WRITTEN), st.integers(0, 80)),
            st.builds(lambda text, start: text[start:], st.sampled_from(WRITTEN), st.integers(0, 80)),
            st.text("ab\\%u0061&#;", max_size=12).map(str.encode),
        ),
        max_size=8,
    ).map(b"".join),
    data=st.data(),
)
def test_beginnings_and_ends_of_keys_one_after_the_other_change_nothing(body: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=12)))
    stream = ALIKE.stream()
    out = b"".join(stream.feed(body[start:end]) for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True))
    assert out + stream.finish() == ALIKE.clean(body)[0]


def test_an_event_is_not_held_back() -> None:
    stream = SCRUBBER.stream()
    event = b'data: {"choices":[{"delta":{"content":"sk-"}}]}\n\n'
    assert stream.feed(event) == event


def test_a_word_that_no_key_begins_within_is_not_held_back() -> None:
    assert not set(b"xq1XQ") & {VALUE.encode()[0]}
    stream = SCRUBBER.stream()
    assert stream.feed(b"xqXQ") == b"xqXQ"
    assert stream.feed(b"xqs") == b"xq"
    assert stream.feed(b"XQ\n") == b"sXQ\n"


def test_of_an_endless_word_only_so_much_is_held_back_as_a_key_can_have() -> None:
    stream = SCRUBBER.stream()
    came = sum(len(stream.feed(b"s" * 1000)) for _ in range(10))
    assert 10_000 - SCRUBBER.longest <= came < 10_000
    assert came + len(stream.finish()) == 10_000


@pytest.mark.parametrize("spelling", ["plain", "json escapes", "base64 after one", "hex"])
def test_the_longest_key_goes_too(spelling: str) -> None:
    data = b"\0" + SPELLED[spelling](LONG[-256:] if spelling == "json escapes" else LONG).encode("latin-1") + b"\n"
    scrubber = Scrubber([key(LONG[-256:] if spelling == "json escapes" else LONG, "p" * 1024)])
    clean, _ = scrubber.clean(data)
    assert len(clean) == len(data)
    assert clean[3:40] not in data
    before = time.process_time()
    scrubber.clean(Random(6).randbytes(4 << 20))
    assert time.process_time() - before < 0.25


def test_hardly_any_text_waits_for_what_comes_next() -> None:
    text = "The quick brown fox jumps over a lazy dog, so we can see what is held back (nothing) of 12 words"
    words = text.split()
    waiting = [word for word in words if len(SCRUBBER.stream().feed(b"hello " + word.encode())) < 6 + len(word)]
    assert len(waiting) < len(words) / 4, waiting


def test_what_no_utf_8_can_hold_hides_no_key() -> None:
    told = {"a\udcff": ["\ud800" + VALUE], "b": "\udfff"}
    clean = SCRUBBER.everything(told)
    assert clean == {"a\udcff": ["\ud800" + PLACEHOLDER], "b": "\udfff"}
    assert SCRUBBER.fields([("X-A", "\udcff" + VALUE)]) == [("X-A", "\udcff" + PLACEHOLDER)]
