"""A session's journal: new, the session's alone, and held as alive by launcher and broker each."""

from __future__ import annotations

import fcntl
import os
import stat
import threading
from pathlib import Path

import pytest

from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.journals import Journal, open_journal
from akios_jail.launcher.state import State, open_state


@pytest.fixture
def store(tmp_path: Path) -> State:
    return open_state(str(tmp_path / "state"))


def closed(journal: Journal) -> None:
    os.close(journal.fd)
    os.close(journal.broker_fd)


def is_dead(path: str) -> bool:
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(fd)


def test_it_is_private_and_what_the_broker_writes_the_launcher_reads(store: State) -> None:
    journal = open_journal(store, "ses_1")
    os.write(journal.broker_fd, b"one")
    os.write(journal.broker_fd, b"two")
    assert os.pread(journal.fd, 10, 0) == b"onetwo"
    assert stat.S_IMODE(os.fstat(journal.fd).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(journal.path)).st_mode) == 0o700
    with pytest.raises(OSError):
        os.write(journal.fd, b"x")
    closed(journal)


@pytest.mark.parametrize("first", ["launcher", "broker"])
def test_it_is_alive_until_launcher_and_broker_have_let_go(store: State, first: str) -> None:
    journal = open_journal(store, "ses_1")
    fds = [journal.fd, journal.broker_fd] if first == "launcher" else [journal.broker_fd, journal.fd]
    assert not is_dead(journal.path)
    os.close(fds[0])
    assert not is_dead(journal.path)
    os.close(fds[1])
    assert is_dead(journal.path)


def test_a_broker_that_lets_go_of_the_lock_does_not_make_its_session_a_dead_one(store: State) -> None:
    journal = open_journal(store, "ses_1")
    fcntl.flock(journal.broker_fd, fcntl.LOCK_UN)
    assert not is_dead(journal.path)
    closed(journal)


@pytest.mark.parametrize("kind", ["file", "link", "folder", "fifo"])
def test_what_is_there_already_is_not_taken_for_a_new_one(store: State, kind: str, tmp_path: Path) -> None:
    closed(open_journal(store, "ses_1"))
    path = Path(store.audit_folder, "journal", "ses_2")
    made = {
        "file": path.touch,
        "link": lambda: path.symlink_to(tmp_path / "elsewhere"),
        "folder": path.mkdir,
        "fifo": lambda: os.mkfifo(path),
    }
    made[kind]()
    with pytest.raises(LaunchError) as error:
        open_journal(store, "ses_2")
    assert error.value.status == 125
    assert "Nothing runs that cannot be recorded" in error.value.remedy
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o770, 0o722])
@pytest.mark.parametrize("name", ["audit", "audit/journal"])
def test_folders_that_others_can_write_are_refused(store: State, name: str, mode: int) -> None:
    closed(open_journal(store, "ses_1"))
    Path(store.path, name).chmod(mode)
    with pytest.raises(LaunchError, match="only its owner"):
        open_journal(store, "ses_2")


def test_a_folder_that_is_a_link_is_refused(store: State, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    Path(store.audit_folder).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LaunchError, match="not a folder"):
        open_journal(store, "ses_1")


def test_who_recovers_and_takes_a_new_one_for_dead_does_not_get_it(store: State) -> None:
    """As recovery does it: whatever nobody holds is held and removed, over and over, while sessions begin."""
    folder = Path(store.audit_folder, "journal")
    closed(open_journal(store, "ses_0"))
    stop = threading.Event()

    def recover() -> None:
        while not stop.is_set():
            for path in folder.iterdir():
                fd = os.open(path, os.O_RDONLY)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                except BlockingIOError:
                    pass
                finally:
                    os.close(fd)

    thread = threading.Thread(target=recover)
    thread.start()
    try:
        journals = [open_journal(store, f"ses_{number}") for number in range(1, 200)]
    finally:
        stop.set()
        thread.join()
    for journal in journals:
        assert os.path.samestat(os.stat(journal.path), os.fstat(journal.broker_fd))
        closed(journal)
