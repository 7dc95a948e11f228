"""Budgets that cannot be kept let nothing pass: the state folder as a careless person, or a hostile one, leaves it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from akios_jail.demo.answer import Behaviour
from akios_jail.flux.store import Store
from akios_jail.jail.identity import BROKER_ID
from tests.e2e.conftest import AKIOS, Akios
from tests.e2e.test_bad_input import in_own_mounts
from tests.e2e.test_budget import dollars
from tests.e2e.test_flux_budgets import ASK, flux

pytestmark = pytest.mark.root


@pytest.fixture
def governed(akios: Akios) -> Akios:
    """A day's budget, of which a call was made already."""
    flux(akios, budgets={"per_day": {"max_cost_usd": 1.0}})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=100)
    assert akios.python(ASK, "1").said[0] == 200
    return akios


def a_link_to_something_precious(book: Path) -> None:
    precious = book.parents[2] / "precious.db"
    sqlite3.connect(precious).execute("CREATE TABLE t (x)").connection.commit()
    precious.chmod(0o666)
    book.unlink()
    book.symlink_to(precious)


def a_link_to_itself(book: Path) -> None:
    book.unlink()
    book.symlink_to(book.name)


def a_folder(book: Path) -> None:
    book.unlink()
    book.mkdir()


def a_pipe(book: Path) -> None:
    book.unlink()
    os.mkfifo(book)
    os.chown(book, BROKER_ID, BROKER_ID)


def garbage(book: Path) -> None:
    book.write_bytes(b"no database" * 1000)


def cut_in_the_middle(book: Path) -> None:
    book.write_bytes(book.read_bytes()[: 4096 + 100])


def another_schema(book: Path) -> None:
    with sqlite3.connect(book) as database:
        database.execute("DROP TABLE days")
        database.execute("CREATE TABLE days (x TEXT)")
    database.close()


def somebody_elses(book: Path) -> None:
    os.chown(book, 0, 0)
    book.chmod(0o600)


def readable_alone(book: Path) -> None:
    os.chown(book, 0, 0)
    book.chmod(0o644)


DAMAGES = [
    a_link_to_something_precious,
    a_link_to_itself,
    a_folder,
    a_pipe,
    garbage,
    cut_in_the_middle,
    another_schema,
    somebody_elses,
    readable_alone,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_what_is_no_book_of_budgets_lets_nothing_pass_and_is_said(
    governed: Akios, damage: Callable[[Path], None]
) -> None:
    book = governed.state / "broker" / "budgets.db"
    for log in ("budgets.db-wal", "budgets.db-shm"):
        (book.parent / log).unlink(missing_ok=True)
    damage(book)
    before = len(governed.upstream.requests())
    run = governed.python(ASK, "1")
    assert run.said[::2] == [403, "budget_unavailable"], str(run)
    assert len(governed.upstream.requests()) == before, "nothing was sent"
    [denied] = run.denials()
    assert "budgets.db in the state folder cannot be used" in denied["reason"]
    assert "budgets.db" in run.stderr, str(run)
    shown = subprocess.run(
        [AKIOS, "budget", "show", "--state-dir", str(governed.state)], capture_output=True, text=True, timeout=30
    )
    assert "Traceback" not in shown.stderr
    if damage is readable_alone:
        assert "of $1.00 spent" in shown.stdout
    else:
        assert (shown.returncode, "cannot be used" in shown.stderr) == (1, True)
    precious = governed.folder / "precious.db"
    if precious.exists():
        with sqlite3.connect(precious) as database:
            assert [name for (name,) in database.execute("SELECT name FROM sqlite_schema")] == ["t"]
        database.close()


@pytest.mark.parametrize("limits", [{"max_cost_usd": 1.0}, {"max_tokens": 1_000_000}], ids=["money", "tokens"])
def test_a_folder_that_can_only_be_read_lets_nothing_pass_and_is_said(akios: Akios, limits: dict[str, float]) -> None:
    flux(akios, budgets={"per_day": limits})
    assert akios.python(ASK, "1").said[0] == 200
    broker = akios.state / "broker"
    read_only = f"mount --bind {broker} {broker}; mount -o remount,bind,ro {broker}"
    run = in_own_mounts(akios, read_only, agent=["--python", sys.executable, "agent.py", "1"])
    assert run.said[::2] == [403, "budget_unavailable"], str(run)
    assert len(akios.upstream.requests()) == 1
    assert "budgets.db in the state folder cannot be used" in run.stderr
    again = akios.run("agent.py", "1", options=["--python", sys.executable])
    assert again.said[0] == 200, str(again)


MANY = """
import http.client, json
question = {"model": "gpt-4o", "max_tokens": 16, "messages": [{"role": "user", "content": "x" * 20}]}
statuses = []
for _ in range(4000):
    try:
        connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
        connection.request("POST", "/v1/chat/completions", json.dumps(question), {"Content-Type": "application/json"})
        statuses.append(connection.getresponse().status)
    except OSError:
        break
    if statuses[-1] != 200:
        break
print(json.dumps([statuses.count(200), statuses[-1]]), flush=True)
"""


def test_a_disk_that_fills_up_ends_in_words_and_its_day_holds_all_that_was_billed(akios: Akios) -> None:
    flux(akios, budgets={"per_day": {"max_cost_usd": 5.0}})
    akios.upstream.behaviour = Behaviour(text="yes", input_tokens=20, output_tokens=16)
    akios.file("agent.py", MANY)
    saved = akios.folder / "saved"
    run = in_own_mounts(
        akios,
        f"mount -t tmpfs -o size=1m,mode=0700 none {akios.state}",
        f"cp -r {akios.state}/broker {saved}",
        agent=["--python", sys.executable, "agent.py"],
    )
    assert run.status == 120, str(run)
    assert any(words in run.stderr for words in ("space left", "disk is full", "free some space")), str(run)
    assert akios.upstream.usages, "something went before"
    os.chown(saved, 0, 0)
    standing = Store(str(saved)).standing("test")
    used = standing.spent.microusd + standing.reserved.microusd
    assert dollars(akios.upstream) * 1_000_000 <= used <= 5_000_000
