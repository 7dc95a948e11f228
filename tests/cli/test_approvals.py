"""`akios approvals` where there is little to say: each ends with words and a status, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from akios_jail.cli.main import run
from akios_jail.control.action import Action
from akios_jail.control.approvals import Store
from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher.behalf import in_broker_folder
from akios_jail.launcher.state import State, open_state

pytestmark = pytest.mark.root

NAMED = {"tool_call": "issue_refund", "http": "POST https://pay.test:443/v1/refunds"}


@pytest.fixture
def state(tmp_path: Path) -> State:
    opened = open_state(str(tmp_path / "state"))
    opened.broker_folder()
    return opened


def ask(state: State, kind: str = "tool_call") -> str:
    """A broker puts an action there; its id."""
    content = {"amount_usd": 15000} if kind == "tool_call" else {"headers": [["A", "b"]], "body": "x=\u202e"}
    asked = Action("ses_1", "billing", "req_1", kind, NAMED[kind], "somewhere", content, 1, "why", "0" * 16)

    def work(folder: str) -> str:
        store = Store(f"{folder}approvals.db")
        try:
            return store.request(asked, 60).id
        finally:
            store.close()

    return str(in_broker_folder(state, work))


def akios(state: State, *arguments: str) -> int:
    return run(["approvals", *arguments, "--state-dir", state.path])


def test_where_nothing_ever_waited_nothing_waits(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    assert akios(state, "list") == 0
    assert capsys.readouterr().out == "nothing waits\n"
    assert akios(state, "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
    assert akios(state, "approve", "apr_1") == 1
    assert "there is no approval apr_1" in capsys.readouterr().err


def test_a_store_that_is_just_being_made_is_an_empty_one(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    in_broker_folder(state, lambda folder: (Path(folder) / "approvals.db").touch())
    assert akios(state, "list") == 0
    assert capsys.readouterr().out == "nothing waits\n"


def test_without_a_state_folder_it_says_who_makes_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["approvals", "list", "--state-dir", str(tmp_path / "none")]) == 2
    assert "there is no state folder" in capsys.readouterr().err
    open_state(str(tmp_path / "new"))
    assert run(["approvals", "list", "--state-dir", str(tmp_path / "new")]) == 1
    assert "`akios run` makes it" in capsys.readouterr().err


@pytest.mark.parametrize("kind", NAMED)
def test_what_waits_is_listed_shown_and_decided(
    state: State, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("SUDO_UID", "1")  # daemon, on every machine
    identifier = ask(state, kind)
    assert akios(state, "list") == 0
    listed = capsys.readouterr().out
    assert identifier in listed
    assert NAMED[kind] in listed
    assert akios(state, "show", identifier) == 0
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.splitlines())
    assert ('"amount_usd": 15000' if kind == "tool_call" else "x=\\u{202e}") in shown
    assert akios(state, "deny", identifier, "--note", "no\x1b[2J", "--json") == 0
    decided = json.loads(capsys.readouterr().out)
    assert (decided["state"], decided["who"], decided["note"]) == ("denied", "daemon", "no\x1b[2J")
    assert akios(state, "approve", identifier) == 1
    assert "denied already by daemon" in capsys.readouterr().err
    assert akios(state, "list", "--all") == 0
    assert "denied" in capsys.readouterr().out
    assert akios(state, "show", identifier) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert {path.stat().st_uid for path in (Path(state.path) / "broker").iterdir()} == {BROKER_ID}


def test_only_the_whole_identifier_names_an_action(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    identifier = ask(state)
    for other in (identifier[:-1], identifier.upper(), "apr_%", "' OR 1=1 --", ""):
        assert akios(state, "approve", other) == 1
    assert "no approval" in capsys.readouterr().err
    assert akios(state, "approve", identifier) == 0
