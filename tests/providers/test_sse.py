"""Server-sent events: what is parsed, what is refused, and that chunk borders never show."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.providers.sse import Event, SseError, SseParser


def parse(data: bytes) -> list[Event]:
    return SseParser().feed(data)


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: a\n\n", [Event(data="a")]),
        (b"data:a\n\n", [Event(data="a")]),
        (b"data:  a\n\n", [Event(data=" a")]),
        (b"data: a\ndata: b\n\n", [Event(data="a\nb")]),
        (b"data\n\n", [Event(data="")]),
        (b"data: a\r\n\r\n", [Event(data="a")]),
        (b"data: a\r\r", [Event(data="a")]),
        (b"data: a\r\n\n", [Event(data="a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event(data="a")]),
        (b"event: ping\ndata: {}\nid: 7\nretry: 100\n\n", [Event("ping", "{}", "7", "100")]),
        (b": keep-alive\n\ndata: a\n\n", [Event(comment=" keep-alive"), Event(data="a")]),
        (b"data: a\n: in between\ndata: b\n\n", [Event(comment=" in between"), Event(data="a\nb")]),
        (b"unknown: x\n\n", []),
        (b"retry: soon\nid: a\0b\ndata: x\n\n", [Event(data="x")]),
        (b"\n\n\n", []),
        (b"data: unfinished\n", []),
        ("data: \u2028 is no line end\n\n".encode(), [Event(data="\u2028 is no line end")]),
    ],
)
def test_a_stream_is_parsed_as_the_standard_says(data: bytes, events: list[Event]) -> None:
    assert parse(data) == events


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(SseError, match="UTF-8"):
        parse(b"data: \xff\n\n")


@pytest.mark.parametrize("data", [b"data: " + b"x" * 100, b"data: aaaaaaaaaa\n" * 10, b"other: aaaaaaaaaa\n" * 10])
def test_an_event_over_the_bound_is_refused_before_it_ends(data: bytes) -> None:
    with pytest.raises(SseError, match="larger than 64"):
        SseParser(max_event=64).feed(data)


def test_many_small_events_are_not_one_large_one() -> None:
    assert len(SseParser(max_event=64).feed(b"data: aaaaaaaaaa\n\n" * 100)) == 100


def test_an_unfinished_event_is_known_as_such() -> None:
    parser = SseParser()
    parser.feed(b"data: a\n\n")
    assert parser.incomplete is False
    parser.feed(b"data: b\n")
    assert parser.incomplete is True


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [b"data: x", b"data:", b"event: e", b": c", b"id: 1", b"\n", b"\r", b"\r\n", b"\n\n", b"\xef\xbb\xbf"]
        ),
        st.text(max_size=6).map(str.encode),
    ),
    max_size=30,
).map(b"".join)


@given(data=PIECES, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_chunk_borders_never_show(data: bytes, cuts: list[int]) -> None:
    borders = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    parser = SseParser()
    chunked = [event for a, b in pairwise(borders) for event in parser.feed(data[a:b])]
    assert chunked == parse(data)


@given(data=PIECES)
def test_single_bytes_give_the_same_events(data: bytes) -> None:
    parser = SseParser()
    assert [event for byte in data for event in parser.feed(bytes([byte]))] == parse(data)


@given(data=PIECES)
def test_what_is_written_out_reads_back_the_same(data: bytes) -> None:
    events = parse(data)
    assert parse(b"".join(event.encode() for event in events)) == events


LINES = ["data: x\n\n", "data: é\n\n", "data:  \n\n", "data: \n\n", "data: a\ndata: b\n\n", ": c\n", "id: 1\n"]
LINES += ["data: x\r\n\r\n", "data: x\r", "\n", "event: e\n", "data: x\n"]


@given(data=st.lists(st.sampled_from(LINES), max_size=12))
def test_lines_fed_one_by_one_are_the_same_as_all_at_once(data: list[str]) -> None:
    one_by_one = SseParser()
    events = [event for piece in data for event in one_by_one.feed(piece.encode())]
    assert events == SseParser().feed("".join(data).encode())


_PIECES = [b"data: a", b"data:b", b"data: ", b": c", b"\n", b"\n\n", b"\r\n\r\n", "é".encode(), b"x"]


@given(st.lists(st.sampled_from(_PIECES)))
def test_what_comes_together_between_events_is_what_comes_byte_by_byte(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    together, single = SseParser(), SseParser()
    begun = b"data: first\n\n"
    assert together.feed(begun) == single.feed(begun)
    events = [event for byte in data for event in single.feed(bytes([byte]))]
    assert together.feed(data) == events
    assert together.feed(b"\n\ndata: last\n\n") == single.feed(b"\n\ndata: last\n\n")
