"""A recording is copied for a replay as it is at one moment, and whatever else lies in its place is not."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher import replay_copy
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import State, open_state
from akios_jail.radar.recording import opened
from akios_jail.radar.tape import Writer
from tests.radar.test_recording import EXCHANGE

pytestmark = pytest.mark.root

SESSION = "ses_0123456789ab"


@pytest.fixture
def store(tmp_path: Path) -> State:
    state = open_state(str(tmp_path / "state"))
    state.broker_folder()
    return state


@pytest.fixture
def shared(tmp_path: Path) -> State:
    return open_state(str(tmp_path / "thrown-away"))


def recordings(store: State) -> Path:
    return Path(store.path) / "broker" / "recordings"


def copied(shared: State) -> Path:
    return Path(shared.path) / "broker" / "replayed"


def test_a_copy_is_the_brokers_and_has_what_is_in_the_log(store: State, shared: State) -> None:
    writer = Writer(str(recordings(store)), SESSION)
    writer.add(EXCHANGE)
    replay_copy.copy(store, shared, SESSION)  # while it is open, and all of it stands in the log
    writer.close()
    with opened(str(copied(shared)), SESSION) as kept:
        assert list(kept.exchanges()) == [EXCHANGE]
    assert {path.stat().st_uid for path in copied(shared).glob("*.db")} == {BROKER_ID}


def test_without_a_recording_there_is_no_copy(store: State, shared: State) -> None:
    replay_copy.copy(store, shared, SESSION)
    assert list(copied(shared).iterdir()) == []


def a_link(path: Path, treasure: Path) -> None:
    path.symlink_to(treasure)


def a_pipe(path: Path, treasure: Path) -> None:
    os.mkfifo(path)


def a_folder(path: Path, treasure: Path) -> None:
    path.mkdir()


def endless(path: Path, treasure: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize("part", ["", "-wal"])
@pytest.mark.parametrize("trap", [a_link, a_pipe, a_folder, endless])
def test_what_is_no_recording_is_not_copied(
    store: State, shared: State, tmp_path: Path, part: str, trap: Callable[[Path, Path], None]
) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("root's own")
    recordings(store).mkdir()
    trap(recordings(store) / f"{SESSION}.db{part}", treasure)
    with pytest.raises(LaunchError):
        replay_copy.copy(store, shared, SESSION)
    assert all(b"root's" not in path.read_bytes() for path in copied(shared).iterdir())


def test_a_link_in_the_place_of_the_folder_is_not_followed(store: State, shared: State, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"{SESSION}.db").write_text("root's own")
    recordings(store).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LaunchError, match="cannot read"):
        replay_copy.copy(store, shared, SESSION)
    assert list(copied(shared).iterdir()) == []


def test_a_recording_that_is_written_to_meanwhile_is_copied_whole(store: State, shared: State) -> None:
    """What stands in the log is written to the database again and again, and the log begins anew."""
    done = threading.Event()

    def write() -> None:
        writer = Writer(str(recordings(store)), SESSION)
        for number in range(1, 100_000):
            if done.is_set():
                break
            writer.add(EXCHANGE._replace(number=number, body=os.urandom(20_000)))
        writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for attempt in range(10):
            target = State(f"{shared.path}/{attempt}")
            os.mkdir(target.path)
            with contextlib.suppress(LaunchError):  # it may be written to all the time
                replay_copy.copy(store, target, SESSION)
                if not list(copied(target).glob("*.db")):
                    continue
                file = sqlite3.connect(copied(target) / f"{SESSION}.db")
                assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                file.close()
    finally:
        done.set()
        thread.join()
