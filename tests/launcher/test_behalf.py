"""Work in the brokers' folder is done with the brokers' rights, and what it finds is not believed."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from akios_jail.control.approvals import Store, Unavailable
from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher import behalf
from akios_jail.launcher.behalf import Told, in_broker_folder
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import State, open_state

pytestmark = pytest.mark.root


@pytest.fixture
def state(tmp_path: Path) -> State:
    opened = open_state(str(tmp_path / "state"))
    opened.broker_folder()
    return opened


def test_the_work_has_the_brokers_account_its_folder_and_nothing_else(state: State) -> None:
    def work(folder: str) -> dict[str, Any]:
        (Path(folder) / "made").write_text("x")
        return {
            "uid": os.getresuid(),
            "groups": os.getgroups(),
            "sees": os.listdir("/"),
            "capabilities": [line.split()[1] for line in status if line.startswith("Cap")],
        }

    status = Path("/proc/self/status").read_text().splitlines()
    told = in_broker_folder(state, work)
    assert told["uid"] == [BROKER_ID] * 3
    assert told["groups"] == []
    assert told["sees"] == ["made"]
    assert (Path(state.path) / "broker" / "made").stat().st_uid == BROKER_ID


def test_the_work_cannot_become_root_again_nor_leave_the_folder(state: State) -> None:
    def work(_: str) -> list[str]:
        refused = []
        for attempt in (lambda: os.setuid(0), lambda: os.chroot("/"), lambda: os.open("/etc/passwd", os.O_RDONLY)):
            try:
                attempt()
            except OSError as error:
                refused.append(type(error).__name__)
        return refused

    assert in_broker_folder(state, work) == ["PermissionError", "PermissionError", "FileNotFoundError"]


def test_expected_failures_keep_their_words_and_others_have_none(state: State) -> None:
    def work(_: str) -> None:
        raise Unavailable("in these words")

    with pytest.raises(Told, match="in these words"):
        in_broker_folder(state, work, Unavailable)
    with pytest.raises(LaunchError, match="could not be read"):
        in_broker_folder(state, work)


def test_a_folder_that_keeps_its_reader_waiting_does_not_for_long(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behalf, "_SECONDS", 1)
    begun = time.monotonic()
    with pytest.raises(LaunchError):
        in_broker_folder(state, lambda _: time.sleep(60))
    assert time.monotonic() - begun < 10


def test_an_answer_has_a_bound(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behalf, "_MOST", 1000)
    with pytest.raises(LaunchError, match="more than can be read"):
        in_broker_folder(state, lambda _: "x" * 100_000)


@pytest.mark.parametrize("kind", ["link", "fifo", "folder", "view"])
def test_whatever_lies_where_the_database_should_be_harms_nobody(state: State, tmp_path: Path, kind: str) -> None:
    path = Path(state.path) / "broker" / "approvals.db"
    treasure = tmp_path / "treasure"
    treasure.write_text("root's own")
    if kind == "link":
        path.symlink_to(treasure)
    elif kind == "fifo":
        os.mkfifo(path, 0o666)
    elif kind == "folder":
        path.mkdir()
    else:
        with sqlite3.connect(path) as db:
            db.execute("CREATE VIEW approvals AS SELECT load_extension('/x') AS id")
        db.close()
        os.chown(path, BROKER_ID, BROKER_ID)

    def work(folder: str) -> int:
        store = Store(f"{folder}approvals.db", create=False)
        return len(store.entries(waiting_only=True))

    with pytest.raises(Told):
        in_broker_folder(state, work, Unavailable)
    assert treasure.read_text() == "root's own"


def test_a_folder_that_is_a_link_is_not_entered(state: State, tmp_path: Path) -> None:
    folder = Path(state.path) / "broker"
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(LaunchError, match="no folder of brokers"):
        in_broker_folder(state, lambda _: 1)


def test_the_work_has_no_terminal_and_no_descriptor_of_roots(state: State) -> None:
    def work(_: str) -> list[int]:
        return [fd for fd in range(256) if _is_open(fd)]

    kept = os.open("/etc/passwd", os.O_RDONLY)
    try:
        found = in_broker_folder(state, work)
    finally:
        os.close(kept)
    assert found[:3] == [0, 1, 2]
    assert len(found) == 4, found  # and the pipe for the answer


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
