"""Rows of a file that another process reads are the rows that are in it, and nothing that it may say is believed."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from akios_jail.radar import reading, rows
from akios_jail.radar.rows import Elsewhere, Rows

LONGEST = 4 * 1024 * 1024
VALUES = (None, 0, -(1 << 63), 1.5, float("inf"), "", "half\x00 of it, \U0001f600", b"", b"\x00\xff", "z" * 2_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "file.db") as file:
        file.execute("CREATE TABLE thing (number INTEGER PRIMARY KEY, value)")
        file.executemany("INSERT INTO thing VALUES (?, ?)", enumerate(VALUES))
        file.execute("CREATE TABLE many (number INTEGER PRIMARY KEY)")
        file.executemany("INSERT INTO many VALUES (?)", ((number,) for number in range(1000)))
    file.close()
    return tmp_path


@contextmanager
def answered(answer: Callable[[int, int], None]) -> Iterator[Callable[[str, int], Rows]]:
    """Where `answer(requests, answers)` speaks for the other process."""
    theirs, requests = os.pipe()
    answers, ours = os.pipe()

    def work() -> None:
        try:
            answer(theirs, ours)
        except OSError:
            pass
        finally:
            os.close(ours)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield lambda path, longest: Elsewhere(path, longest, requests, answers)
    finally:
        os.close(requests)
        os.close(answers)
        thread.join()
        os.close(theirs)


def served(folder: Path) -> Callable[[int, int], None]:
    return lambda requests, answers: rows.serve(str(folder), requests, answers)


def test_every_value_comes_as_it_is(folder: Path) -> None:
    with answered(served(folder)) as opened:
        file = opened("file.db", LONGEST)
        found = list(file.ask("SELECT number, value FROM thing ORDER BY number"))
        assert found == list(enumerate(VALUES))
        assert [type(value) for _, value in found] == [type(value) for value in VALUES]
        assert list(file.ask("SELECT value FROM thing WHERE number = ? AND ? = 'x'", 3, "x")) == [(1.5,)]


def test_queries_within_each_other_do_not_mix_and_may_be_left(folder: Path) -> None:
    with answered(served(folder)) as opened:
        file = opened("file.db", LONGEST)
        for at, (number,) in enumerate(file.ask("SELECT number FROM many ORDER BY number")):
            assert number == at
            first = next(iter(file.ask("SELECT number FROM many WHERE number >= ? ORDER BY number", at)))
            assert first == (at,)
        assert at == 999


def test_what_is_longer_than_it_may_be_is_an_error(folder: Path) -> None:
    with answered(served(folder)) as opened:
        file = opened("file.db", 1_000_000)
        with pytest.raises(sqlite3.Error, match="too big"):
            list(file.ask("SELECT value FROM thing ORDER BY number"))


def test_a_file_that_is_none_and_a_query_that_is_none_are_errors(folder: Path) -> None:
    (folder / "nonsense.db").write_bytes(b"nonsense" * 1000)
    for name in ("nonsense.db", "none.db"):
        with answered(served(folder)) as opened, pytest.raises(sqlite3.Error):
            opened(name, LONGEST)
    with answered(served(folder)) as opened:
        file = opened("file.db", LONGEST)
        with pytest.raises(sqlite3.Error, match="no such table"):
            list(file.ask("SELECT 1 FROM nobody"))


def says(*answers: tuple[bytes, bytes]) -> Callable[[int, int], None]:
    """Says this to each request, one after the other, and then nothing any more."""

    def speak(requests: int, to: int) -> None:
        for head, data in answers:
            os.read(requests, 1 << 16)
            os.write(to, struct.pack(">IQ", len(head), len(data)) + head + data)

    return speak


@pytest.mark.parametrize(
    ("head", "data"),
    [
        (b"{", b""),
        (b"[]", b""),
        (b"[" * 100_000, b""),
        (b'{"rows": 5, "more": true}', b""),
        (b'{"rows": [5], "more": false}', b""),
        (b'{"rows": [[["text", 5]]], "more": false}', b"abc"),
        (b'{"rows": [[["blob", -1]]], "more": false}', b"abc"),
        (b'{"rows": [[["blob", true]]], "more": false}', b"abc"),
        (b'{"rows": [[["text", 1]]], "more": false}', b"\xff"),
        (b'{"rows": [[{"a": 1}]], "more": false}', b""),
        (b'{"rows": [[true]], "more": false}', b""),
        (b'{"more": false}', b""),
        (b'{"rows": [], "more": true}', b""),
        (b'{"rows": [[' + b"9" * 5000 + b"]]}", b""),
    ],
    ids=lambda part: part[:30].decode(errors="replace"),
)
def test_whatever_else_it_says_is_an_error_of_the_file(head: bytes, data: bytes) -> None:
    with answered(says((b"{}", b""), (head, data))) as opened:
        file = opened("file.db", LONGEST)
        with pytest.raises(sqlite3.Error):
            list(file.ask("SELECT 1"))


def test_an_answer_that_is_longer_than_any_is_not_waited_for() -> None:
    def endless(requests: int, answers: int) -> None:
        os.read(requests, 1 << 16)
        os.write(answers, struct.pack(">IQ", 2, 1 << 60))

    with answered(endless) as opened, pytest.raises(sqlite3.DatabaseError, match="too much at once"):
        opened("file.db", LONGEST)


def test_one_that_never_answers_and_one_that_ends_are_errors(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PATIENCE_S", 0.2)
    done = threading.Event()
    with answered(lambda requests, answers: done.wait(30) and None) as opened:
        with pytest.raises(sqlite3.OperationalError, match="no answer"):
            opened("file.db", LONGEST)
        done.set()
    with answered(lambda requests, answers: None) as opened, pytest.raises(sqlite3.OperationalError, match="ended"):
        opened("file.db", LONGEST)


def test_what_it_says_of_an_error_is_not_long() -> None:
    words = json.dumps({"error": "x" * 100_000}).encode()
    with answered(says((words, b""))) as opened, pytest.raises(sqlite3.DatabaseError) as caught:
        opened("file.db", LONGEST)
    assert len(str(caught.value)) == 500


def test_rows_without_an_end_are_read_as_far_as_was_asked_for(tmp_path: Path) -> None:
    """Whatever a reader that is somebody else's by now says to a query for a few of them."""

    def endless(requests: int, answers: int) -> None:
        os.read(requests, 1 << 16)
        os.write(answers, struct.pack(">IQ", 2, 0) + b"{}")
        head = b'{"rows": [[["text", 5], ["text", 4]]], "more": true}'
        while os.read(requests, 1 << 16):
            os.write(answers, struct.pack(">IQ", len(head), 9) + head + b"table" + b"step")

    (tmp_path / "ses_0123456789ab.db").touch()
    with answered(endless) as opened_elsewhere:

        @contextmanager
        def opened(path: str, longest: int) -> Iterator[Rows]:
            yield opened_elsewhere(path, longest)

        with pytest.raises(reading.Unavailable, match="not laid out"):
            reading.read(str(tmp_path), "ses_0123456789ab", opened)
