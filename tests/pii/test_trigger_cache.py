"""Compiled triggers that are kept: used where they can be believed, and never otherwise."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hyperscan  # type: ignore[import-untyped,unused-ignore]
import pytest

from akios_jail.pii import scanner, trigger_cache, trigger_databases
from akios_jail.pii.scanner import Scanner
from akios_jail.pii.trigger_cache import TriggerCache, name_of
from akios_jail.pii.trigger_databases import Patterns

PATTERNS = Patterns(0, ("abc", "(?i)d[e\u00e9]f", "[^0-9]9"))
TEXT = "xabc DEF d\u00e9f 9 -9"
FOUND = sorted([(0, 0, 4), (0, 1, 8), (0, 1, 12), (0, 2, 14), (0, 2, 17)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "triggers"
    place.mkdir(mode=0o710)
    return place


@pytest.fixture
def cache(folder: Path) -> TriggerCache:
    return TriggerCache(str(folder), os.geteuid())


@pytest.fixture(autouse=True)
def _of_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process has compiled already does not count."""
    monkeypatch.setattr(scanner, "_known", {})


def fill(cache: TriggerCache, patterns: Patterns = PATTERNS) -> None:
    with cache.writing() as writer:
        assert writer is not None
        writer.store(patterns, trigger_databases.compiled(patterns))


def entries(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


def unused(cache: TriggerCache) -> bool:
    """Whether a scanner compiles although there is an entry, and finds the same."""
    scanner._known.clear()
    fresh = Scanner([PATTERNS.texts])
    return fresh.prepare(cache) is True and sorted(fresh.scan(TEXT)) == FOUND


def test_what_is_kept_is_used_and_finds_the_same(
    cache: TriggerCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Scanner([PATTERNS.texts])
    assert first.prepare(cache) is True
    with cache.writing() as writer:
        assert writer is not None
        first.keep(writer)
    assert entries(folder) == [name_of(PATTERNS)]
    scanner._known.clear()
    monkeypatch.setattr(scanner, "compiled", None)  # whoever compiles now fails
    second = Scanner([PATTERNS.texts])
    assert second.prepare(cache) is False
    assert sorted(second.scan(TEXT)) == sorted(first.scan(TEXT)) == FOUND


def test_one_process_asks_once(cache: TriggerCache) -> None:
    assert Scanner([PATTERNS.texts]).prepare(cache) is True
    assert Scanner([PATTERNS.texts]).prepare(cache) is False


def test_a_policy_s_own_patterns_are_kept_apart_from_those_that_many_have(cache: TriggerCache, folder: Path) -> None:
    common, sparse = ["abc", "b"], ["x+"]
    first = Scanner([["own"], common, sparse], 1, 1)
    assert first.prepare(cache) is True
    with cache.writing() as writer:
        assert writer is not None
        first.keep(writer)
    assert len(entries(folder)) == 2
    scanner._known.clear()
    second = Scanner([["other"], common, sparse], 1, 1)
    assert second.prepare(cache) is True
    with cache.writing() as writer:
        assert writer is not None
        second.keep(writer)
    assert len(entries(folder)) == 3
    text = "other abc own xx x"
    assert list(second.scan(text)) == [(0, 0, 5), (1, 1, 8), (1, 0, 9), (2, 0, 15)]
    assert list(first.scan(text)) == [(1, 1, 8), (1, 0, 9), (0, 0, 13), (2, 0, 15)]


def test_other_patterns_have_another_entry(cache: TriggerCache) -> None:
    fill(cache)
    assert cache.load(PATTERNS) is not None
    texts = PATTERNS.texts
    for other in (texts[:2], texts[::-1], (*texts, "g"), ("abc(?i)d[e\u00e9]f", "[^0-9]9")):
        assert cache.load(Patterns(0, other)) is None
    assert cache.load(Patterns(1, texts)) is None


@pytest.mark.parametrize("part", ["hyperscan.__version__", "info", "machine"])
def test_another_library_or_processor_has_another_entry(
    cache: TriggerCache, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    fill(cache)
    before = trigger_databases.platform()
    trigger_databases.platform.cache_clear()
    try:
        if part == "info":
            features = SimpleNamespace(info=lambda: b"Version: 5.4.12 Features: AVX2 Mode: BLOCK")
            monkeypatch.setattr(trigger_databases, "_database", lambda *_: features)
        elif part == "machine":
            monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="another"))
        else:
            monkeypatch.setattr(hyperscan, "__version__", "0")
        assert trigger_databases.platform() != before
        assert cache.load(PATTERNS) is None
    finally:
        trigger_databases.platform.cache_clear()


def test_what_another_version_wrote_is_not_read(cache: TriggerCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trigger_cache, "_FORMAT", 0)
    fill(cache)
    monkeypatch.undo()
    assert cache.load(PATTERNS) is None


def _foreign_database(entry: Path) -> None:
    """An entry that is whole, of a database that Hyperscan says another version compiled."""
    head, _, body = entry.read_bytes().partition(b"\n")
    told = json.loads(head)
    parts, at = [], 0
    for size in told["sizes"]:
        part = bytearray(body[at : at + size])
        part[4] ^= 0xFF  # the version, after the magic number
        parts.append(bytes(part))
        at += size
    told["sha256"] = trigger_cache._digest(parts)
    entry.write_bytes(json.dumps(told).encode() + b"\n" + b"".join(parts))


def _swapped_head(entry: Path) -> None:
    head, _, body = entry.read_bytes().partition(b"\n")
    entry.write_bytes(
        json.dumps({**json.loads(head), "entry": name_of(Patterns(0, ("other",)))}).encode() + b"\n" + body
    )


def _changed(at: int) -> Callable[[Path], Any]:
    def change(entry: Path) -> None:
        data = bytearray(entry.read_bytes())
        data[at] ^= 1
        entry.write_bytes(data)

    return change


def _instead(make: Callable[[Path], None]) -> Callable[[Path], None]:
    def change(entry: Path) -> None:
        entry.rename(entry.with_name("real"))
        make(entry)

    return change


POISON: dict[str, Callable[[Path], Any]] = {
    "empty": lambda entry: entry.write_bytes(b""),
    "garbage": lambda entry: entry.write_bytes(os.urandom(5000)),
    "garbage after a head": lambda entry: entry.write_bytes(b'{"sizes": [4], "sha256": ""}\n\0\0\0\0'),
    "sizes that are none": lambda entry: entry.write_bytes(b'{"sizes": [-1, true, "4"]}\n\0\0\0\0'),
    "a list": lambda entry: entry.write_bytes(b"[]\n"),
    "deeply nested": lambda entry: entry.write_bytes(b"[" * 100_000 + b"\n"),
    "cut off": lambda entry: os.truncate(entry, entry.stat().st_size - 1),
    "cut off in its head": lambda entry: os.truncate(entry, 20),
    "longer": lambda entry: entry.write_bytes(entry.read_bytes() + b"\0"),
    "a bit at its end changed": _changed(-5),
    "a bit in the middle changed": _changed(2000),
    "another's": _swapped_head,
    "of another version of the library": _foreign_database,
    "writable for its group": lambda entry: entry.chmod(0o660),
    "writable for all": lambda entry: entry.chmod(0o646),
    "too large": lambda entry: os.truncate(entry, trigger_cache.MAX_ENTRY + 1),
    "a folder": _instead(lambda entry: entry.mkdir()),
    "a pipe": _instead(lambda entry: os.mkfifo(entry, 0o600)),
    "a link": _instead(lambda entry: entry.symlink_to("real")),
}


@pytest.mark.parametrize("what", POISON)
def test_an_entry_that_is_not_as_it_was_written_is_compiled_anew(cache: TriggerCache, folder: Path, what: str) -> None:
    fill(cache)
    POISON[what](folder / name_of(PATTERNS))
    assert unused(cache)


@pytest.mark.root
def test_an_entry_or_a_folder_of_somebody_else_is_compiled_anew(cache: TriggerCache, folder: Path) -> None:
    fill(cache)
    os.chown(folder / name_of(PATTERNS), 1000, 0)
    assert unused(cache)
    os.chown(folder / name_of(PATTERNS), 0, 1000)
    assert not unused(cache)
    os.chown(folder, 1000, 0)
    assert unused(cache)
    with cache.writing() as writer:
        assert writer is None


@pytest.mark.parametrize("mode", [0o770, 0o777, 0o702])
def test_a_folder_that_others_may_write_is_not_used(cache: TriggerCache, folder: Path, mode: int) -> None:
    fill(cache)
    folder.chmod(mode)
    assert unused(cache)
    with cache.writing() as writer:
        assert writer is None


def test_without_a_folder_there_is_only_compiling(tmp_path: Path) -> None:
    for place in ("missing", "file", "link"):
        cache = TriggerCache(str(tmp_path / place), os.geteuid())
        (tmp_path / "file").touch()
        (tmp_path / "real").mkdir(exist_ok=True)
        if place == "link":
            (tmp_path / "link").symlink_to("real")
        assert unused(cache)
        with cache.writing() as writer:
            assert writer is None
    assert os.listdir(tmp_path / "real") == []


def test_an_entry_is_its_owner_s_to_write_and_its_folder_s_group_s_to_read(cache: TriggerCache, folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, -1, 4321)
    fill(cache)
    status = (folder / name_of(PATTERNS)).stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (os.geteuid(), folder.stat().st_gid, 0o640)
    assert (folder / ".lock").stat().st_mode & 0o7777 == 0o600


def test_nothing_is_written_that_may_not_or_cannot_be(
    cache: TriggerCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger_cache, "MAX_ENTRY", 100)
    fill(cache)
    assert entries(folder) == []
    monkeypatch.undo()
    monkeypatch.setattr(trigger_cache, "ROOM", 1 << 80)
    with cache.writing() as writer:
        assert writer is None


def test_a_folder_that_vanishes_beneath_a_writer_is_no_error(cache: TriggerCache, folder: Path) -> None:
    with cache.writing() as writer:
        assert writer is not None
        (folder / ".lock").unlink()
        folder.rmdir()
        writer.store(PATTERNS, trigger_databases.compiled(PATTERNS))
    assert not folder.exists()


def test_only_the_newest_entries_stay_and_nothing_unfinished(cache: TriggerCache, folder: Path) -> None:
    (folder / ".0123456789abcdef").write_bytes(b"unfinished")
    for number in range(trigger_cache.KEPT + 3):
        fill(cache, Patterns(number, ("a",)))
        os.utime(folder / name_of(Patterns(number, ("a",))), (number, number))
    assert entries(folder) == sorted(name_of(Patterns(number, ("a",))) for number in range(3, trigger_cache.KEPT + 3))
    assert not (folder / ".0123456789abcdef").exists()


def _write(folder: str, started: Any, go: Any) -> None:
    with TriggerCache(folder, os.geteuid()).writing() as writer:
        started.put(writer is not None)
        go.wait(30)
        if writer is not None:
            writer.store(PATTERNS, trigger_databases.compiled(PATTERNS))


def test_of_writers_at_once_one_writes(cache: TriggerCache, folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    started, go = context.Queue(), context.Event()
    writers = [context.Process(target=_write, args=(str(folder), started, go)) for _ in range(2)]
    for writer in writers:
        writer.start()
    assert sorted(started.get(timeout=30) for _ in writers) == [False, True]
    go.set()
    for writer in writers:
        writer.join(30)
        assert writer.exitcode == 0
    assert entries(folder) == [name_of(PATTERNS)]
    assert not unused(cache)


def test_the_lock_ends_with_the_writing(cache: TriggerCache, folder: Path) -> None:
    fill(cache)
    with (folder / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with cache.writing() as writer:
            assert writer is None
    fill(cache)


def test_all_kinds_are_looked_for_by_the_same_patterns_in_every_process() -> None:
    """Otherwise no session would find what another has kept."""
    program = (
        "from akios_jail.pii.catalogue import KINDS\n"
        "from akios_jail.pii.detectors import detectors\n"
        "from akios_jail.pii.engine import Engine\n"
        "from akios_jail.pii.trigger_cache import name_of\n"
        "for kind in KINDS:\n"
        "    scanner = Engine(detectors((kind.name,))).triggered.scanner\n"
        "    print(kind.name, *(name_of(patterns) for patterns in scanner._sets if patterns.texts))\n"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert len(told[0]) > 15
    assert told[0] == told[1]
