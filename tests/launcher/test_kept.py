"""How many traces and recordings stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from akios_jail.launcher import kept
from akios_jail.launcher.kept import keep_newest


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_oldest_go_and_those_that_are_written_stay(tmp_path: Path) -> None:
    for number in range(6):
        path = tmp_path / f"ses_00000000000{number}.db"
        path.write_text("")
        os.utime(path, (number, number))
    (tmp_path / "ses_000000000000.db-wal").write_text("")
    keep_newest(str(tmp_path), 3, 1 << 30)
    left = [f"ses_00000000000{number}.db" for number in (0, 3, 4, 5)]
    assert names(tmp_path) == sorted([*left, "ses_000000000000.db-wal"])


def test_all_together_have_a_bound_in_bytes_too_and_nothing_stays_beside_what_is_gone(tmp_path: Path) -> None:
    for number in range(6):
        path = tmp_path / f"ses_00000000000{number}.db"
        path.write_bytes(bytes(1000))
        os.utime(path, (number, number))
    running, killed, gone = (tmp_path / f"ses_00000000000{each}.db-wal" for each in (0, 1, "a"))
    for path in (running, killed, gone, tmp_path / "ses_00000000000a.db-shm", tmp_path / "notes.db-wal"):
        path.write_bytes(bytes(10))
    for path in (killed, gone):
        os.utime(path, (1, 1))
    keep_newest(str(tmp_path), 100, 3_000)
    left = [f"ses_00000000000{number}.db" for number in (0, 3, 4, 5)]
    assert names(tmp_path) == sorted([*left, running.name, "notes.db-wal"])


def test_links_go_by_their_name_and_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    treasure = tmp_path / "precious" / "ses_000000000000.db"
    treasure.write_text("gold")
    folder = tmp_path / "traces"
    folder.mkdir()
    (folder / "ses_000000000001.db").symlink_to(treasure)
    (folder / "ses_000000000002.db").mkdir()
    keep_newest(str(folder), 0, 0)
    assert names(folder) == ["ses_000000000002.db"], "what is no file stays"
    assert treasure.read_text() == "gold"
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="link"):
        keep_newest(str(tmp_path / "link"), 0, 0)


def test_some_sessions_look_after_it_and_a_folder_that_is_gone_is_no_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "traces").mkdir()
    for number in range(3):
        path = tmp_path / "traces" / f"ses_00000000000{number}.db"
        path.touch()
        os.utime(path, (number, number))
    monkeypatch.setattr(kept, "KEPT", 1)
    kept.prune(str(tmp_path), "ses_0000000000f1")
    assert len(names(tmp_path / "traces")) == 3
    kept.prune(str(tmp_path), "ses_0000000000f0")
    assert names(tmp_path / "traces") == ["ses_000000000002.db"]
