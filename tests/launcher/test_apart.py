"""What a broker wrote apart comes to where others' is, and nothing else that it made does."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from akios_jail.launcher.apart import Apart, gather
from akios_jail.launcher.state import KEPT_FOLDERS, State, open_state

ONE, OTHER = "ses_000000000001", "ses_000000000002"


@pytest.fixture
def store(tmp_path: Path) -> State:
    opened = open_state(str(tmp_path / "state"))
    for kind in KEPT_FOLDERS:
        (tmp_path / "state" / "broker" / kind).mkdir(parents=True)
    return opened


def shared(store: State) -> dict[str, str]:
    """What lies where commands look, by its path."""
    folder = Path(store.path) / "broker"
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.db*") if path.exists()}


def running(store: State) -> list[str]:
    return os.listdir(Path(store.path) / "running")


def killed(apart: Apart) -> None:
    """Its launcher is gone, and the lock with it."""
    os.close(apart._lock)


def test_a_session_that_runs_is_found_and_one_that_is_over_lies_with_the_others(store: State) -> None:
    apart = Apart(store, ONE)
    apart.show()
    assert shared(store) == {}
    (Path(apart.folders["traces"]) / f"{ONE}.db").write_text("steps")
    (Path(apart.folders["traces"]) / f"{ONE}.db-wal").write_text("more")
    assert shared(store) == {f"traces/{ONE}.db": "steps"}
    apart.close()
    assert shared(store) == {f"traces/{ONE}.db": "steps", f"traces/{ONE}.db-wal": "more"}
    assert not (Path(store.path) / "broker" / "traces" / f"{ONE}.db").is_symlink()
    assert not os.path.lexists(Path(store.path) / "broker" / "recordings" / f"{ONE}.db")
    assert running(store) == []


def test_nothing_else_that_a_broker_made_comes_there(store: State) -> None:
    """A journal names a file that SQLite deletes; another session's name would be that session's file."""
    (Path(store.path) / "broker" / "traces" / f"{OTHER}.db").write_text("the other's")
    apart = Apart(store, ONE)
    for name in (f"{ONE}.db", f"{ONE}.db-journal", f"{OTHER}.db", f"{OTHER}.db-wal", "..db", "-"):
        (Path(apart.folders["traces"]) / name).write_text("hostile")
    (Path(apart.folders["recordings"]) / f"{ONE}.db-wal").write_text("without a database")
    apart.close()
    assert shared(store) == {f"traces/{OTHER}.db": "the other's", f"traces/{ONE}.db": "hostile"}
    assert running(store) == []


def test_what_a_killed_launcher_left_is_kept_by_the_next_and_who_runs_is_left_alone(store: State) -> None:
    dead, alive = Apart(store, ONE), Apart(store, OTHER)
    for apart, session in ((dead, ONE), (alive, OTHER)):
        apart.show()
        (Path(apart.folders["recordings"]) / f"{session}.db").write_text(session)
    killed(dead)
    gather(store)
    assert running(store) == [OTHER]
    assert shared(store) == {f"recordings/{ONE}.db": ONE, f"recordings/{OTHER}.db": OTHER}
    assert (Path(store.path) / "broker" / "recordings" / f"{OTHER}.db").is_symlink()
    alive.close()
    assert running(store) == []


@pytest.mark.parametrize("step", ["no folders", "one folder", "half is there", "no place"])
def test_a_launcher_that_was_killed_at_any_step_keeps_nobody_from_starting(store: State, step: str) -> None:
    apart = Apart(store, ONE)
    file = Path(apart.folders["traces"]) / f"{ONE}.db"
    if step in ("no folders", "one folder"):
        for folder in list(apart.folders.values())[step == "one folder" :]:
            os.rmdir(folder)
    elif step == "half is there":
        file.write_text("steps")
        (Path(store.path) / "broker" / "traces" / f"{ONE}.db-wal").write_text("more")
    else:
        file.write_text("steps")
        shutil.rmtree(Path(store.path) / "broker")
    killed(apart)
    Apart(store, OTHER).close()
    if step == "half is there":
        assert shared(store) == {f"traces/{ONE}.db": "steps", f"traces/{ONE}.db-wal": "more"}
        assert running(store) == []
    if step == "no place":
        assert file.read_text() == "steps"


def test_the_lock_is_held_as_long_as_the_session_runs(store: State) -> None:
    apart = Apart(store, ONE)
    another = os.open(Path(store.path) / "running" / ONE, os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(another)
    apart.close()
