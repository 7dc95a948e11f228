"""A file that many make and open at the same moment is opened by all of them."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from akios_jail import database

SCHEMA = "CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY) STRICT;"


def _open_all(folder: str, begin: float, threads: int) -> None:
    import time

    failures: list[str] = []

    def each() -> None:
        for number in range(10):
            time.sleep(max(0.0, begin + number * 0.1 - time.time()))
            try:
                file = database.opened(os.path.join(folder, f"{number}.db"), SCHEMA)
                file.execute("INSERT INTO things DEFAULT VALUES")
                file.close()
            except sqlite3.Error as error:
                failures.append(str(error))

    all_threads = [threading.Thread(target=each) for _ in range(threads)]
    for thread in all_threads:
        thread.start()
    for thread in all_threads:
        thread.join()
    (Path(folder) / f"{os.getpid()}.failures").write_text("\n".join(failures))


def test_two_processes_with_six_threads_each_make_ten_new_files_together(tmp_path: Path) -> None:
    import time

    context = multiprocessing.get_context("spawn")
    begin = time.time() + 1.5
    processes = [context.Process(target=_open_all, args=(str(tmp_path), begin, 6)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    told = [path.read_text() for path in tmp_path.glob("*.failures")]
    assert told == ["", ""]
    for number in range(10):
        file = database.opened(str(tmp_path / f"{number}.db"))
        assert file.execute("SELECT count(*) FROM things").fetchone() == (12,)
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        file.close()


def test_without_a_schema_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="there is no file"):
        database.opened(str(tmp_path / "none.db"))
    (tmp_path / "empty.db").touch()
    database.opened(str(tmp_path / "empty.db")).close()
    assert (tmp_path / "empty.db").read_bytes() == b""


def test_what_is_no_file_or_no_database_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nonsense").write_bytes(b"nonsense" * 1000)
    for name in ("pipe", "nonsense"):
        for schema in ("", SCHEMA):
            with pytest.raises(sqlite3.DatabaseError):
                database.opened(str(tmp_path / name), schema)
