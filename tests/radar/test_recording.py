"""A recording's file is read as data: whatever stands in it, the reader says what is wrong or gives what is there."""

from __future__ import annotations

import os
import sqlite3
import zlib
from pathlib import Path

import pytest

from akios_jail.radar import recorded, recording, store
from akios_jail.radar.recorded import Attempt, Exchange
from akios_jail.radar.recording import Unavailable, opened
from akios_jail.radar.tape import Writer

SESSION = "ses_0123456789ab"
ATTEMPT = Attempt(
    1, 2.0, "api.example", 443, "https", "POST", "/v1", "a=b", (("A", "1"),), b"asked", "", 200, "OK", (("B", "2"),),
    b"answered", "", {"status": 502, "code": "upstream_cut", "reason": "it broke off"},
)  # fmt: skip
EXCHANGE = Exchange(
    1, 1.5, "http", "req_1", "api.example", 443, "https", "POST", "/v1", "a=b", (("A", "1"),), b"asked", "",
    {"provider": "openai", "model": "gpt-4o"}, {"decision": "allow", "code": "allowed", "reason": "", "rule": 1},
    ({"tool": "t"},), 200, (ATTEMPT, ATTEMPT._replace(number=2, request=b"otherwise", status=None, response=None,
                                                      response_unkept="there was no answer")),
)  # fmt: skip


def written(folder: Path, session: str = SESSION) -> Path:
    writer = Writer(str(folder), session)
    writer.facts({"agent": "clerk"})
    writer.add(EXCHANGE)
    writer.close()
    return folder / f"{session}.db"


def read(folder: Path) -> list[Exchange]:
    with opened(str(folder), SESSION) as kept:
        return list(kept.exchanges())


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert read(tmp_path) == [EXCHANGE]
    assert os.stat(path).st_mode & 0o777 == 0o600
    with opened(str(tmp_path), SESSION) as kept:
        assert kept.facts == {"agent": "clerk"}
        assert list(kept.exchanges(2)) == []
        assert list(kept.exchanges(1)) == [EXCHANGE]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW more AS SELECT 1",
        "CREATE TABLE more (a)",
        "DROP TABLE attempt",
        "UPDATE exchange SET kind = 'letter'",
        "UPDATE exchange SET number = -1",
        "UPDATE exchange SET time = 1e300",
        "UPDATE exchange SET fields = '{}'",
        "UPDATE exchange SET fields = '[' || fields || ']'",
        "UPDATE exchange SET fields = replace(fields, '443', '70000')",
        "UPDATE exchange SET body = x'00'",
        "UPDATE exchange SET body = 'text'",
        "UPDATE attempt SET fields = replace(fields, '200', '20000')",
        "UPDATE attempt SET response = x'789c'",
    ],
)
def test_what_is_not_of_its_shape_is_refused(tmp_path: Path, statement: str) -> None:
    path = written(tmp_path)
    with sqlite3.connect(path) as file:
        file.execute(statement)
    file.close()
    with pytest.raises(Unavailable):
        read(tmp_path)


def test_a_body_that_unpacks_to_more_than_is_kept_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE exchange SET body = ?", (zlib.compress(bytes(recorded.MAX_BODY + 1)),))
    file.close()
    with pytest.raises(Unavailable, match="longer than is kept"):
        read(tmp_path)


@pytest.mark.parametrize("session", ["", "../x", "ses_0123456789ax", "ses_aaaaaaaaaaaa"])
def test_what_is_no_session_has_none(tmp_path: Path, session: str) -> None:
    with pytest.raises(Unavailable), opened(str(tmp_path), session):
        pass


def test_links_and_pipes_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "elsewhere").rename(tmp_path / "file")
    for make in (lambda path: path.symlink_to(tmp_path / "file"), os.mkfifo, lambda path: path.mkdir()):
        path = tmp_path / f"{SESSION}.db"
        make(path)
        with pytest.raises(Unavailable), opened(str(tmp_path), SESSION):
            pass
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def test_without_room_bodies_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "MAX_BODIES", 10)
    writer = Writer(str(tmp_path), SESSION)
    writer.add(EXCHANGE)
    writer.close()
    assert writer.left_out == 3
    (kept,) = read(tmp_path)
    why = "the session's recording has no room for it"
    assert (kept.body, kept.unkept) == (None, why)
    assert (kept.attempts[0].request, kept.attempts[0].request_unkept) == (None, why)


def test_header_fields_have_a_bound_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "MAX_ALL_FIELDS", 5_000)
    writer = Writer(str(tmp_path), SESSION)
    for number in range(1, 10):
        writer.add(EXCHANGE._replace(number=number))
    writer.close()
    kept = [each.number for each in read(tmp_path)]
    assert kept == list(range(1, len(kept) + 1))
    assert (0 < len(kept) < 9, writer.left_out) == (True, 9 - len(kept))


def test_on_a_disk_that_is_nearly_full_bodies_are_left_out_and_then_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = {1: 0, 2: 1}
    monkeypatch.setattr(store, "spare", lambda folder, share=1: free[share])
    writer = Writer(str(tmp_path), SESSION)
    writer.add(EXCHANGE)
    free[2] = -1
    writer.add(EXCHANGE._replace(number=2))
    writer.close()
    (only,) = read(tmp_path)
    assert (only.number, only.body, only.unkept) == (1, None, "the disk was nearly full")
    assert writer.left_out == 4


def test_bodies_that_come_to_more_than_is_read_at_once_are_taken_for_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "MAX_BODY", 1000)
    monkeypatch.setattr(recording, "_UNPACKED", 2500)
    writer = Writer(str(tmp_path), SESSION)
    attempts = [ATTEMPT._replace(number=number, request=bytes(1000), response=bytes(900)) for number in (1, 2)]
    writer.add(EXCHANGE._replace(body=bytes(1000), attempts=tuple(attempts)))
    writer.close()
    (only,) = read(tmp_path)
    assert len(only.body or b"") == len(only.attempts[0].request or b"") == 1000
    why = "the bodies of its exchange are more than is read at once"
    assert [(each.response is None, each.response_unkept) for each in only.attempts] == [(False, ""), (True, why)]


def test_a_fact_and_fields_that_are_longer_than_any_are_refused(tmp_path: Path) -> None:
    for statement in (
        """UPDATE session SET value = '"' || printf('%.*c', 70000, 'x') || '"'""",
        """UPDATE exchange SET fields = '{"a": ["' || printf('%.*c', 9000000, 'x') || '"]}'""",
    ):
        path = written(tmp_path)
        with sqlite3.connect(path) as file:
            file.execute(statement)
        file.close()
        with pytest.raises(Unavailable, match="longer than any"):
            read(tmp_path)
        path.unlink()
