"""`akios budget`: figures as they are, in words that cannot harm, from a file that is believed in nothing."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from akios_jail.cli.main import run
from akios_jail.flux.day import DAY_S, Held
from akios_jail.flux.ledger import Spent
from akios_jail.flux.store import Store
from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher.behalf import in_broker_folder
from akios_jail.launcher.state import existing
from akios_jail.policy.plans import Limit

pytestmark = pytest.mark.root

DAY = (Limit("day", 1_000_000, 5_000, "refuse", 0.0, "flux"),)
SNAPSHOT: dict[str, Any] = {
    "name": "agent",
    "shared_by": "billing",
    "spent": {"microusd": 250_000, "tokens": 700},
    "reserved": {"microusd": 50_000, "tokens": 100},
    "waiting": 2,
    "limits": [
        {
            "scope": "session",
            "action": "refuse",
            "origin": "flux",
            "microusd": 2_000_000,
            "tokens": None,
            "spent": {"microusd": 250_000, "tokens": 700},
            "reserved": {"microusd": 50_000, "tokens": 100},
            "forecast": {"microusd": 300_000, "tokens": 800},
        },
        {
            "scope": "day",
            "microusd": 1_000_000,
            "tokens": 5_000,
            "spent": {"microusd": 250_000, "tokens": 700},
            "forecast": {"microusd": 400_000, "tokens": 900},
        },
    ],
}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with one session of the policy `billing` running, and one call waiting."""
    tmp_path.chmod(0o700)
    folder = tmp_path / "broker"
    folder.mkdir(mode=0o700)
    os.chown(folder, BROKER_ID, BROKER_ID)

    def work(folder: str) -> None:
        store = Store(folder)
        held = store.reserve("billing", "ses_1", DAY, Spent(400_000, 900))
        assert isinstance(held, Held)
        store.settle(held, Spent(250_000, 700))
        store.reserve("billing", "ses_1", DAY, Spent(50_000, 100))
        store.snapshots.publish("ses_1", SNAPSHOT)
        store.queue.take("billing", "d" * 64, "ses_1", "agent", Spent(900_000, 10))

    in_broker_folder(existing(str(tmp_path)), work)
    return tmp_path


def shown(state: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run(["budget", "show", "--json", "--state-dir", str(state), *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_shows_the_day_the_sessions_and_the_queue(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(state, capsys)
    [day] = found["days"]
    assert (day["name"], day["spent"]["microusd"], day["reserved"]["tokens"]) == ("billing", 250_000, 100)
    assert day["left"] == {"microusd": 700_000, "tokens": 4_200}
    assert day["forecast"] == {"microusd": 400_000, "tokens": 900}
    [session] = found["sessions"]
    assert (session["id"], session["running"], session["waiting"]) == ("ses_1", True, 2)
    assert session["limits"][0]["left"] == {"microusd": 1_700_000, "tokens": None}
    assert [place["session_name"] for place in found["queue"]] == ["agent"]


def test_it_says_so_in_words(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["budget", "show", "--state-dir", str(state)]) == 0
    text = capsys.readouterr().out
    assert "day      $0.25 of $1.00 spent, $0.05 reserved, $0.70 left; forecast $0.40" in text
    assert "session  $0.25 of $2.00 spent, $0.05 reserved, $1.70 left; forecast $0.30" in text
    assert "ses_1 (agent): $0.25 and 700 tokens spent, 2 calls wait" in text
    assert text.count("  day ") == 2  # money and tokens, once: of the day, not of each session again
    assert "agent dddddddddddd: up to $0.90, 10 tokens" in text


def test_a_clock_that_was_ahead_is_told_and_a_raise_makes_the_day_today(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(folder: str) -> None:
        ahead = Store(folder, lambda: time.time() + 1_000 * DAY_S)
        assert isinstance(ahead.reserve("billing", "ses_2", DAY, Spent(300_000, 900)), Held)

    in_broker_folder(existing(str(state)), work)
    assert run(["budget", "show", "--state-dir", str(state)]) == 0
    assert "the clock was ahead once" in capsys.readouterr().out
    assert run(["budget", "raise", "billing", "--per-day", "5", "--state-dir", str(state)]) == 0
    capsys.readouterr()
    assert run(["budget", "show", "--state-dir", str(state)]) == 0
    text = capsys.readouterr().out
    assert "the clock was ahead once" not in text
    assert f"billing, {time.strftime('%Y-%m-%d', time.gmtime())} (UTC)" in text
    assert "of $5.00 spent" in text


@pytest.mark.parametrize(("which", "counts"), [("billing", (1, 1, 1)), ("agent", (0, 1, 1)), ("other", (0, 0, 0))])
def test_it_shows_what_is_asked_for(
    state: Path, capsys: pytest.CaptureFixture[str], which: str, counts: tuple[int, int, int]
) -> None:
    found = shown(state, capsys, which)
    assert tuple(len(found[kind]) for kind in ("days", "sessions", "queue")) == counts


def test_a_raise_is_seen_by_the_next_reservation_and_is_never_a_lowering(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["budget", "raise", "billing", "--per-day", "3.50", "--state-dir", str(state)]) == 0
    assert capsys.readouterr().out == "billing: at least $3.50 a day\n"
    assert shown(state, capsys)["days"][0]["limit"] == {"microusd": 3_500_000, "tokens": 5_000}
    assert run(["budget", "raise", "billing", "--per-day", "0.01", "--state-dir", str(state)]) == 1
    assert "billing has $3.50 a day already: a budget is never lowered" in capsys.readouterr().err
    assert run(["budget", "raise", "billing", "--tokens-per-day", "4999", "--state-dir", str(state)]) == 1
    assert "5,000 tokens a day already" in capsys.readouterr().err
    assert run(["budget", "raise", "billing", "--per-day", "3.50", "--state-dir", str(state)]) == 0
    capsys.readouterr()
    assert shown(state, capsys)["days"][0]["limit"]["microusd"] == 3_500_000


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["billing"], 2, "say which budget"),
        (["billing", "--per-day", "much"], 2, "--per-day"),
        (["billing", "--per-session", "1"], 2, "by the session's id"),
        (["ses_1", "--per-day", "1"], 2, "by the policy's name"),
        (["biling", "--per-day", "1"], 1, "there is: billing, ses_1"),
        (["ses_1", "--tokens-per-session", "9"], 1, "ses_1 has no limit of tokens a session"),
        (["ses_1", "--per-minute", "9"], 1, "ses_1 has no limit of money a minute"),
    ],
)
def test_what_cannot_be_raised_is_said(
    state: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, says: str
) -> None:
    assert run(["budget", "raise", *arguments, "--state-dir", str(state)]) == status
    assert says in " ".join(capsys.readouterr().err.split())


def test_what_root_does_leaves_nothing_that_brokers_cannot_write(state: Path) -> None:
    assert run(["budget", "raise", "billing", "--per-day", "3.50", "--state-dir", str(state)]) == 0
    assert {entry.stat().st_uid for entry in (state / "broker").iterdir()} == {BROKER_ID}


def test_a_link_in_the_brokers_folder_leads_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o700)
    target = tmp_path / "precious.db"
    sqlite3.connect(target).execute("CREATE TABLE t (x)").connection.commit()
    before = target.read_bytes()
    folder = tmp_path / "broker"
    folder.mkdir()
    os.chown(folder, BROKER_ID, BROKER_ID)
    (folder / "budgets.db").symlink_to(target)
    assert run(["budget", "show", "--state-dir", str(tmp_path)]) == 1
    assert "cannot be used" in capsys.readouterr().err
    assert target.read_bytes() == before


def test_nonsense_in_the_file_is_shown_as_nothing_and_control_characters_are_not_obeyed(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(folder: str) -> None:
        store = Store(folder)
        store.snapshots.publish(
            "ses_\x1b[2J", {"name": "\x1b[31mred", "limits": [5, {"microusd": "x", "spent": []}], "waiting": -1}
        )
        store.snapshots.publish("ses_3", {"limits": {}, "spent": {"microusd": 1 << 70}})

    in_broker_folder(existing(str(state)), work)
    assert run(["budget", "show", "--state-dir", str(state)]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "ses_\\x1b[2J (\\x1b[31mred)" in text


def test_without_any_session_there_is_nothing_to_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o700)
    assert run(["budget", "show", "--state-dir", str(tmp_path)]) == 1
    assert "there is no folder of brokers" in capsys.readouterr().err


def test_nothing_is_raised_where_nothing_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "broker").mkdir(mode=0o700)
    os.chown(tmp_path / "broker", BROKER_ID, BROKER_ID)
    assert run(["budget", "raise", "billing", "--per-day", "5", "--state-dir", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert not said.out
    assert "nothing runs under a budget" in said.err


def test_a_name_that_nobody_has_is_said_to_be_unknown(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["budget", "show", "biling", "--state-dir", str(state)]) == 0
    assert capsys.readouterr().out == "nothing runs or was spent today under the name biling\n"
