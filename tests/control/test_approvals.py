"""An approval is for one action, counts once, and only in time; a store that lies is not believed."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.control import action as actions
from akios_jail.control.action import Action, digest, identifier, lines, short
from akios_jail.control.approvals import (
    GONE_AFTER_S,
    GRACE_S,
    MAX_WAITING,
    MAX_WAITING_ALL,
    Absent,
    Entry,
    Flood,
    Refused,
    Store,
    Unavailable,
)

NOW = 1_800_000_000.0


def action(**fields: Any) -> Action:
    given: dict[str, Any] = {
        "session": "ses_1", "session_name": "billing", "request": "req_1", "kind": "tool_call",
        "name": "issue_refund", "where": "asked for by the model of api.openai.com",
        "content": {"amount_usd": 15000}, "rule": 1, "reason": "Refunds are a person's decision", "nonce": "0" * 16,
    }  # fmt: skip
    return Action(**(given | fields))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "approvals.db")


@pytest.fixture
def store(path: str) -> Iterator[Store]:
    opened = Store(path)
    yield opened
    opened.close()


def ask(store: Store, timeout: float = 60, **fields: Any) -> Entry:
    return store.request(action(**fields), timeout, NOW)


def alter(path: str, what: str, *values: object) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"UPDATE approvals SET {what}", values)
    db.close()


def test_an_approval_is_given_once_and_to_whoever_asked(store: Store, path: str) -> None:
    entry = ask(store)
    assert store.outcome(entry.id, entry.digest, NOW) is None
    person = Store(path, create=False)
    assert person.entries(waiting_only=True, now=NOW)[0].action == action()
    person.decide(entry.id, True, "alice", "looks right", now=NOW + 1)
    person.close()
    outcome = store.outcome(entry.id, entry.digest, NOW + 2)
    assert outcome is not None
    assert (outcome.state, outcome.who, outcome.note) == ("approved", "alice", "looks right")
    again = store.outcome(entry.id, entry.digest, NOW + 2)
    assert again is not None
    assert again.state == "used"


def test_a_denial_is_final(store: Store) -> None:
    entry = ask(store)
    store.decide(entry.id, False, "bob", now=NOW)
    with pytest.raises(Refused, match="denied already by bob"):
        store.decide(entry.id, True, "alice", now=NOW)
    assert (outcome := store.outcome(entry.id, entry.digest, NOW)) is not None
    assert outcome.state == "denied"


def test_the_identifier_names_this_action_and_no_other(store: Store) -> None:
    first, second = ask(store), ask(store, content={"amount_usd": 15})
    assert first.id != second.id
    assert first.id == identifier(digest(action().canonical()))
    with pytest.raises(Refused, match="another action"):
        store.decide(second.id, True, "alice", digest=first.digest, now=NOW)


@pytest.mark.parametrize(
    "field",
    ["session", "session_name", "request", "kind", "name", "where", "content", "rule", "reason", "nonce"],
)
def test_every_fact_is_in_the_digest(field: str) -> None:
    other: Any = {"kind": "http", "rule": 2, "content": {"amount_usd": 15000.0}}.get(field, "other")
    assert digest(action(**{field: other}).canonical()) != digest(action().canonical())


def test_half_of_a_surrogate_pair_has_a_digest_and_is_shown() -> None:
    read = actions.read(action(name="pay \ud800", content={"to": "\udfff"}).canonical())
    assert len(read._replace(kind="http").named()["name"]) == 64
    assert all(line.isprintable() for line in lines(read))


def test_nothing_is_approved_after_its_time(store: Store) -> None:
    entry = ask(store, timeout=10)
    store.still_waiting([entry.id], NOW + 10)
    with pytest.raises(Refused, match="expired"):
        store.decide(entry.id, True, "alice", now=NOW + 10)
    outcome = store.outcome(entry.id, entry.digest, NOW + 10)
    assert outcome is not None
    assert outcome.state == "expired"


def test_an_approval_that_nobody_used_in_time_is_none(store: Store) -> None:
    entry = ask(store, timeout=10)
    store.decide(entry.id, True, "alice", now=NOW + 9)
    outcome = store.outcome(entry.id, entry.digest, NOW + 10 + GRACE_S)
    assert outcome is not None
    assert outcome.state == "expired"


def test_nothing_is_approved_once_the_broker_that_asked_is_gone(store: Store) -> None:
    entry = ask(store, timeout=3600)
    with pytest.raises(Refused, match="expired"):
        store.decide(entry.id, True, "alice", now=NOW + GONE_AFTER_S)
    assert store.entries(waiting_only=True, now=NOW + GONE_AFTER_S) == []
    other = ask(store, nonce="1" * 16, timeout=3600)
    store.still_waiting([other.id], NOW + GONE_AFTER_S)
    store.decide(other.id, True, "alice", now=NOW + GONE_AFTER_S)


def test_what_is_withdrawn_cannot_be_approved(store: Store) -> None:
    entry = ask(store)
    store.withdraw(entry.id)
    with pytest.raises(Refused, match="nobody waits"):
        store.decide(entry.id, True, "alice", now=NOW)


def test_a_flood_is_refused_and_room_comes_back(store: Store) -> None:
    entries = [ask(store, nonce=f"{number:016}") for number in range(MAX_WAITING)]
    with pytest.raises(Flood):
        ask(store, nonce="x" * 16)
    ask(store, session="ses_2")
    store.withdraw(entries[0].id)
    ask(store, nonce="x" * 16)


def test_all_sessions_together_have_a_bound(store: Store) -> None:
    for number in range(MAX_WAITING_ALL):
        ask(store, session=f"ses_{number % 100}", nonce=f"{number:016}")
    with pytest.raises(Flood):
        ask(store, session="ses_new")


def test_what_cannot_be_shown_is_not_asked(store: Store) -> None:
    with pytest.raises(ValueError, match="is the most"):
        ask(store, content={"text": "x" * actions.MAX_BYTES})
    with pytest.raises(ValueError, match="JSON"):
        ask(store, content=float("inf"))


def test_a_look_sees_what_others_wrote_and_only_that(store: Store, path: str) -> None:
    entry = ask(store)
    store.changed()
    assert not store.changed()
    store.still_waiting([entry.id], NOW)
    assert not store.changed()
    other = Store(path)
    other.decide(entry.id, True, "alice", now=NOW)
    other.close()
    assert store.changed()
    assert not store.changed()


@pytest.mark.parametrize(
    ("lie", "values"),
    [
        ("action = replace(action, '15000', '15')", ()),
        ("action = ?", ("{}",)),
        ("action = ?", ("[" * 100_000,)),
        ("action = ?", ("x" * (actions.MAX_BYTES + 1),)),
        ("action = replace(action, '{', '{ ')", ()),
        ("digest = ?", ("0" * 64,)),
        ("session = ?", ("ses_2",)),
        ("state = ?", ("fine",)),
        ("state = ?", ("\x1b[2J",)),
    ],
)
def test_a_store_that_lies_is_not_believed(store: Store, path: str, lie: str, values: tuple[object, ...]) -> None:
    entry = ask(store)
    alter(path, lie, *values)
    with pytest.raises(Refused):
        store.decide(entry.id, True, "alice", now=NOW)
    assert store.entries(waiting_only=True, now=NOW) == []
    with pytest.raises((Refused, Unavailable)):
        store.outcome(entry.id, entry.digest, NOW)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "approvals.db"
    with pytest.raises(Unavailable, match="no approvals"):
        Store(str(path), create=False)
    path.write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(Unavailable):
        Store(str(path))
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE approvals (id)")
    other.close()
    with pytest.raises(Unavailable):
        Store(str(tmp_path / "other.db"))


def test_a_store_that_is_just_being_made_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "approvals.db").touch()
    with pytest.raises(Absent):
        Store(str(tmp_path / "approvals.db"), create=False)
    with sqlite3.connect(tmp_path / "half.db") as half:
        half.execute("PRAGMA journal_mode = WAL")
    half.close()
    with pytest.raises(Absent):
        Store(str(tmp_path / "half.db"), create=False)


def test_of_forty_who_decide_at_once_one_does(store: Store, path: str) -> None:
    entry = ask(store)
    done: list[bool] = []

    def decide(number: int) -> None:
        mine = Store(path)
        try:
            mine.decide(entry.id, number % 2 == 0, f"person {number}", now=NOW)
            done.append(number % 2 == 0)
        except Refused:
            pass
        finally:
            mine.close()

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome = store.outcome(entry.id, entry.digest, NOW)
    assert len(done) == 1
    assert outcome is not None
    assert (outcome.state == "approved") is done[0]


def _decide_and_die(path: str, identifier: str) -> None:
    store = Store(path)
    store._db.execute("BEGIN IMMEDIATE")
    store._db.execute("UPDATE approvals SET state = 'approved' WHERE id = ?", (identifier,))
    os.kill(os.getpid(), signal.SIGKILL)


def test_whoever_is_killed_while_deciding_has_decided_nothing(store: Store, path: str) -> None:
    entry = ask(store)
    child = multiprocessing.get_context("spawn").Process(target=_decide_and_die, args=(path, entry.id))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert store.outcome(entry.id, entry.digest, NOW) is None
    store.decide(entry.id, False, "alice", now=NOW)


def test_what_is_shown_says_everything_and_a_short_form_says_what_it_leaves_out() -> None:
    long = action(content={"note": "x" * 5000, "lines": list(range(100)), "amount_usd": 15000})
    everything = lines(long)
    assert "x" * 5000 in "\n".join(everything)
    assert "      99" in everything
    few = short(everything, "akios approvals show apr_1")
    assert len(few) <= actions.SHORT_LINES + 1
    assert all(len(line) < actions.SHORT_WIDTH + 60 for line in few[:-1])
    assert few[-1].startswith("NOT ALL IS SHOWN: ")
    assert few[-1].endswith("akios approvals show apr_1")
    left = sum(map(len, everything)) - sum(
        min(len(line), actions.SHORT_WIDTH) for line in everything[: actions.SHORT_LINES]
    )
    assert f" {left} more characters" in few[-1]
    assert short(lines(action()), "") == lines(action())


@pytest.mark.parametrize("field", ["session", "session_name", "name", "where", "reason", "content"])
def test_no_word_of_an_agent_acts_on_a_terminal(field: str) -> None:
    evil = "\x1b[1A\x1b[2Kharmless\r\n\u202e"
    shown = lines(action(**{field: evil}))
    assert all(line.isprintable() for line in shown)
    assert "\u202e" not in "".join(shown)
    assert "harmless" in "".join(shown)


def test_a_request_shows_its_fields_and_body() -> None:
    content = {"headers": [["Stripe-Account", "acct_1\x1b"]], "body": "amount=1500000\ncharge=ch_1"}
    shown = lines(action(kind="http", name="POST https://api.stripe.com:443/v1/refunds", content=content))
    assert '  ["Stripe-Account", "acct_1\\u001b"]' in shown
    assert "  amount=1500000" in shown
    assert "  charge=ch_1" in shown
    assert shown.index("body") < shown.index("headers")  # a screen may end before the last field
    other = lines(action(kind="http", content={"headers": [], "body": {"amount": 1}, "extra": 1}))
    assert any("extra" in line for line in other)


def test_an_action_that_is_stored_in_another_form_is_not_read() -> None:
    canonical = action().canonical()
    assert actions.read(canonical) == action()
    for other in (
        json.dumps(json.loads(canonical)),
        canonical.replace('"rule":1', '"rule":true'),
        canonical.replace('"nonce"', '"nonse"'),
        canonical.replace('"tool_call"', '"other"'),
        canonical.replace('"billing"', "5"),
        "[]",
        "",
    ):
        with pytest.raises(actions.Unreadable):
            actions.read(other)


def _open(path: str, begin: Any, done: Any) -> None:
    begin.wait()
    Store(path).close()
    done.put(True)


def test_brokers_that_make_the_store_at_the_same_moment_all_get_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        begin, done = context.Event(), context.Queue()
        path = str(tmp_path / f"{attempt}.db")
        children = [context.Process(target=_open, args=(path, begin, done)) for _ in range(8)]
        for child in children:
            child.start()
        begin.set()
        for child in children:
            child.join()
        assert [child.exitcode for child in children] == [0] * 8
