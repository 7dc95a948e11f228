"""Which sessions a log knows: those that ended, those that run, and those that somebody killed."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from akios_jail.audit.bundle import tile_path
from akios_jail.audit.journal import Journal
from akios_jail.audit.record import Entry
from akios_jail.audit.sessions import Known, listing
from tests.audit.logs import POLICY, log_in, open_journal, session_of


def start(session: str, name: str = "clerk") -> Entry:
    return Entry("session.start", session, {"policy_sha256": POLICY, "name": name})


def end(session: str, **fields: Any) -> Entry:
    return Entry("session.end", session, {"policy_sha256": POLICY, "outcome": {"status": 0}, **fields})


def verdict(session: str) -> Entry:
    return Entry("verdict", session, {"policy_sha256": POLICY, "what": '"type":"session.end"', "type_": "session.end"})


def violation(session: str) -> Entry:
    return Entry("session.violation", session, {"policy_sha256": POLICY, "code": "probe"})


_seconds = itertools.count(1_700_000_000)


def over(folder: Path, session: str, *between: Entry) -> None:
    """A session that began and ended, and is in the tree."""
    with session_of(folder, session) as (fd, _):
        journal = Journal(fd, lambda: next(_seconds))
        journal.append_many([start(session), *between, end(session)])
        log_in(folder).finish(session, fd)


def found(folder: Path, most: int = 20, **options: Any) -> list[tuple[str, str]]:
    return [(known.session, known.state) for known in sessions(folder, most, **options)]


def sessions(folder: Path, most: int = 20, **options: Any) -> list[Known]:
    return listing(str(folder / "audit"), most, **options).sessions


def test_there_is_no_log_and_there_is_no_session(tmp_path: Path) -> None:
    assert listing(str(tmp_path / "audit"), 20) == ([], True, 0)


def test_sessions_are_listed_from_the_newest_back(tmp_path: Path) -> None:
    for number in range(5):
        over(tmp_path, f"ses_{number}")
    assert found(tmp_path) == [(f"ses_{number}", "ended") for number in (4, 3, 2, 1, 0)]
    assert found(tmp_path, 2) == [("ses_4", "ended"), ("ses_3", "ended")]
    assert found(tmp_path, 2, keep=lambda name: name in ("ses_0", "ses_3")) == [("ses_3", "ended"), ("ses_0", "ended")]


def test_one_that_runs_is_told_from_one_that_was_killed(tmp_path: Path) -> None:
    over(tmp_path, "ses_over")
    for name in ("ses_half", "ses_dead", "ses_kept"):
        fd = open_journal(tmp_path, name)
        Journal(fd).append_many([start(name), violation(name)])
        if name == "ses_half":  # its start is in the tree already
            log_in(tmp_path).advance(name, fd)
        if name == "ses_dead":
            os.close(fd)
        elif name == "ses_kept":
            kept = fd
        else:
            half = fd
    try:
        states = dict(found(tmp_path))
        assert states == {"ses_over": "ended", "ses_half": "running", "ses_kept": "running", "ses_dead": "killed"}
        assert [known.violations for known in sessions(tmp_path)] == [1, 1, 1, 0]
    finally:
        os.close(kept)
        os.close(half)
    log_in(tmp_path).recover()
    assert dict(found(tmp_path)) == {
        "ses_over": "ended",
        "ses_half": "killed",
        "ses_kept": "killed",
        "ses_dead": "killed",
    }


def test_an_end_that_waits_in_a_dead_journal_is_an_end(tmp_path: Path) -> None:
    with session_of(tmp_path, "ses_late") as (fd, journal):
        journal.append_many([start("ses_late")])
        log_in(tmp_path).advance("ses_late", fd)
        journal.append_many([violation("ses_late"), end("ses_late", violations=1)])
    assert found(tmp_path) == [("ses_late", "ended")]
    assert sessions(tmp_path)[0].violations == 1


def test_looking_does_not_hinder_who_begins_a_session(tmp_path: Path) -> None:
    """A journal without a record is passed over: who has just made it must find it free."""
    fd = open_journal(tmp_path, "ses_new")
    try:
        assert found(tmp_path) == []
    finally:
        os.close(fd)


def test_other_records_say_nothing_of_starts_and_ends(tmp_path: Path) -> None:
    over(tmp_path, "ses_one", *[verdict("ses_one") for _ in range(600)])
    (known,) = sessions(tmp_path)
    assert (known.state, known.start["name"], known.violations) == ("ended", "clerk", 0)


def test_the_look_back_is_bounded_and_says_so(tmp_path: Path) -> None:
    over(tmp_path, "ses_old")
    over(tmp_path, "ses_new", *[verdict("ses_new") for _ in range(1000)])
    told = listing(str(tmp_path / "audit"), 20, bundles=1)
    assert (told.sessions, told.complete) == ([], False)
    assert found(tmp_path, bundles=None) == [("ses_new", "ended"), ("ses_old", "ended")]


def test_pruned_records_end_the_look(tmp_path: Path) -> None:
    over(tmp_path, "ses_old", *[verdict("ses_old") for _ in range(600)])
    over(tmp_path, "ses_new")
    (tmp_path / "audit" / tile_path("entries", 0)).unlink()
    told = listing(str(tmp_path / "audit"), 20)
    assert [known.session for known in told.sessions] == ["ses_new"]
    assert told.complete is True


@pytest.mark.parametrize("spoil", [lambda data: data.replace(b'"clerk"', b'"thief"'), lambda data: data[:-40], len])
def test_a_record_that_was_altered_is_counted_and_not_believed(tmp_path: Path, spoil: Any) -> None:
    over(tmp_path, "ses_one")
    path = next((tmp_path / "audit" / "tile" / "entries").rglob("2"))
    spoilt = spoil(path.read_bytes())
    path.write_bytes(spoilt if isinstance(spoilt, bytes) else b"")
    told = listing(str(tmp_path / "audit"), 20)
    assert told.damaged >= 1
    assert told.sessions == []


def test_what_is_no_journal_is_not_waited_for(tmp_path: Path) -> None:
    over(tmp_path, "ses_one")
    folder = tmp_path / "audit" / "journal"
    os.mkfifo(folder / "ses_pipe")
    (folder / "ses_link").symlink_to("/etc/passwd")
    (folder / "ses_text").write_text("no journal at all\n" * 10)
    told = listing(str(tmp_path / "audit"), 20)
    assert ([known.session for known in told.sessions], told.damaged) == (["ses_one"], 2)


def test_a_journal_speaks_for_its_own_session_only(tmp_path: Path) -> None:
    with session_of(tmp_path, "ses_liar") as (_, journal):
        journal.append_many([start("ses_liar"), end("ses_other"), start("ses_third"), end("ses_third")])
        assert found(tmp_path) == [("ses_liar", "running")]
