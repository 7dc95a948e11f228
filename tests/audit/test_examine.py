from __future__ import annotations

import bisect
import itertools
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from akios_jail.audit import bundle, journal, sequencer
from akios_jail.audit.cosignature import Witness
from akios_jail.audit.examine import Examination, examine
from akios_jail.audit.note import Signer
from tests.audit.trees import Log, files, record, records

#: One size with a full tile, a partial one and a second level; grown in steps, so that narrower tiles lie beside.
SIZES = (200, 300, 310)
#: For examples that write a log, which waits for the disk.
ON_DISK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PARTS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Log:
    log = Log(tmp_path_factory.mktemp("log"))
    for size in SIZES:
        log.grow(records(size - log.tree.size, start=log.tree.size + 1))
    return log


@pytest.fixture
def copy(original: Log, tmp_path: Path) -> Callable[[], Path]:
    """A fresh copy of the log, as often as asked."""

    def fresh() -> Path:
        folder = tmp_path / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(original.folder, folder)
        return folder

    return fresh


def look(folder: Path, log: Log, **options: object) -> Examination:
    return examine(str(folder), log.signer.vkey, **options)  # type: ignore[arg-type]


def kinds(result: Examination) -> list[tuple[str, str, list[int]]]:
    return [(damage.kind, damage.file, list(damage.entries)) for damage in result.damages]


def rewrite(folder: Path, index: int, width: int, change: Callable[[list[bytes]], None]) -> str:
    """Change the entries of one bundle; its path."""
    path = bundle.tile_path("entries", index, width)
    entries = bundle.unframe((folder / path).read_bytes(), width)
    change(entries)
    (folder / path).write_bytes(bundle.frame(entries))
    return path


def test_a_whole_log_is_intact(original: Log) -> None:
    result = look(original.folder, original)
    assert result.intact
    assert (result.tree, result.read, result.key_from_folder) == (original.tree, range(310), False)
    assert examine(str(original.folder)).key_from_folder


@PARTS
@given(data=st.data())
def test_any_flipped_bit_of_any_file_is_found_and_named(
    original: Log, copy: Callable[[], Path], data: st.DataObject
) -> None:
    folder = copy()
    path = data.draw(st.sampled_from([*files(folder), folder / "checkpoint", folder / "head.json"]))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    result = look(folder, original)
    name = str(path.relative_to(folder))
    if name == "head.json" and result.notices:
        return  # a larger size is what a log that is being written to says, too
    assert result.damages, name
    assert {damage.file for damage in result.damages} == {name}
    if "entries" in name:
        first = 256 * int(Path(name).parts[2].split(".")[0])
        width = int(Path(name).parts[3]) if ".p" in name else 256
        entries = bundle.unframe((original.folder / name).read_bytes(), width)
        ends = list(itertools.accumulate(2 + len(entry) for entry in entries))
        hit = bisect.bisect(ends, place)
        assert [list(damage.entries) for damage in result.damages] == [[first + hit]]
        assert result.damages[0].kind == "altered"
    elif name.startswith("tile/0"):
        number = place // 32 + (256 if "001" in name else 0)
        assert number in result.damages[0].entries


@PARTS
@given(data=st.data())
def test_any_file_that_is_cut_short_or_gone_is_found_and_named(
    original: Log, copy: Callable[[], Path], data: st.DataObject
) -> None:
    folder = copy()
    needed = [path for path in files(folder) if path.name not in ("200", "44")]
    path = data.draw(st.sampled_from([*needed, folder / "checkpoint"]))
    content = path.read_bytes()
    length = data.draw(st.integers(-1, len(content) - 1))
    path.unlink() if length < 0 else path.write_bytes(content[:length])
    result = look(folder, original)
    name = str(path.relative_to(folder))
    assert result.damages
    assert {damage.file for damage in result.damages} <= {name, "tile/entries"}


@pytest.mark.parametrize(("index", "width"), [(0, 256), (1, 54)])
@PARTS
@given(data=st.data())
def test_a_dropped_entry_is_named(
    original: Log, copy: Callable[[], Path], index: int, width: int, data: st.DataObject
) -> None:
    folder = copy()
    place = data.draw(st.integers(0, width - 1))
    path = rewrite(folder, index, width, lambda entries: entries.remove(entries[place]))
    kind = "truncated" if place == width - 1 else "dropped"
    assert kinds(look(folder, original)) == [(kind, path, [256 * index + place])]


@pytest.mark.parametrize(("index", "width"), [(0, 256), (1, 54)])
@PARTS
@given(data=st.data())
def test_an_inserted_entry_is_named(
    original: Log, copy: Callable[[], Path], index: int, width: int, data: st.DataObject
) -> None:
    folder = copy()
    place = data.draw(st.integers(0, width))
    forged = data.draw(st.sampled_from([record(9999), original.entries[256 * index], b"", b"{}"]))
    path = rewrite(folder, index, width, lambda entries: entries.insert(place, forged))
    damages = kinds(look(folder, original))
    assert [(kind, file) for kind, file, _ in damages] == [("inserted", path)]


@pytest.mark.parametrize(("index", "width"), [(0, 256), (1, 54)])
@PARTS
@given(data=st.data())
def test_a_moved_entry_is_named(
    original: Log, copy: Callable[[], Path], index: int, width: int, data: st.DataObject
) -> None:
    folder = copy()
    source = data.draw(st.integers(0, width - 1))
    target = data.draw(st.integers(0, width - 1).filter(lambda place: place != source))
    path = rewrite(folder, index, width, lambda entries: entries.insert(target, entries.pop(source)))
    damages = kinds(look(folder, original))
    moved = [256 * index + source] if abs(source - target) > 1 else [256 * index + min(source, target)]
    assert damages in ([("reordered", path, moved)], [("reordered", path, [moved[0] + 1])])


@ON_DISK
@given(place=st.integers(0, 309), session=st.sampled_from(["ses_test", "ses_other"]))
def test_a_changed_record_with_all_its_hashes_rewritten_does_not_fit_the_signed_root(
    original: Log, tmp_path: Path, place: int, session: str
) -> None:
    forger = Log(tmp_path / f"forged{place}{session}", Signer.generate("log.example/test"))
    entries = [*original.entries]
    entries[place] = record(place + 1, session, decision="deny")
    forger.grow(entries)
    (forger.folder / "checkpoint").write_bytes(original.signed())
    for name in ("head.json", "key"):
        (forger.folder / name).unlink()
    result = look(forger.folder, original)
    assert result.damages[0].kind == "forged"
    shutil.rmtree(forger.folder)


@ON_DISK
@given(place=st.integers(0, 308))
def test_a_dropped_record_is_named_even_if_the_whole_log_was_written_and_signed_anew(
    original: Log, tmp_path: Path, place: int
) -> None:
    forger = Log(tmp_path / f"forged{place}", original.signer)
    forger.grow([*original.entries[:place], *original.entries[place + 1 :]])
    result = look(forger.folder, original)
    assert kinds(result) == [("dropped", f"tile/entries/{place // 256:03d}", [place])]
    assert f"record {place + 1} of the session ses_test" in result.damages[0].what
    assert look(forger.folder, original, older=[original.signed()]).damages[0].kind == "truncated"
    shutil.rmtree(forger.folder)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log").grow(records(70, "ses_a")).grow(records(600, "ses_b"))


def test_an_older_checkpoint_of_the_same_log_is_gone_on_from(tmp_path: Path) -> None:
    log = Log(tmp_path)
    older = [log.signed()]
    for count in (1, 255, 1, 300):
        older.append(log.grow(records(count, start=log.tree.size + 1)).signed())
    result = look(tmp_path, log, older=older)
    assert result.intact
    assert result.since == (0, 1, 256, 257, 557)


def test_from_an_older_checkpoint_on_only_what_is_new_is_read(log: Log) -> None:
    older = log.signed()
    log.grow(records(400, "ses_c"))
    (log.folder / "tile/entries/000").write_bytes(b"")
    result = look(log.folder, log, older=[older], only_new=True)
    assert result.intact
    assert result.read == range(670, 1070)
    path = rewrite(log.folder, 3, 256, lambda entries: entries.reverse())
    assert {file for _, file, _ in kinds(look(log.folder, log, older=[older], only_new=True))} == {path}


def test_a_log_that_was_written_anew_does_not_go_on_from_an_older_checkpoint(log: Log, tmp_path: Path) -> None:
    rewritten = Log(tmp_path / "anew", log.signer).grow([record(1, "ses_b")]).grow(records(900, "ses_a"))
    result = look(rewritten.folder, log, older=[log.signed()])
    assert [damage.kind for damage in result.damages] == ["forged"]
    assert result.since == ()


def test_a_log_whose_end_was_cut_off_shows_against_an_older_checkpoint(log: Log, tmp_path: Path) -> None:
    short = Log(tmp_path / "short", log.signer).grow(log.entries[:100])
    assert look(short.folder, log).intact
    result = look(short.folder, log, older=[log.signed()])
    assert kinds(result) == [("truncated", "checkpoint", list(range(100, 670)))]


def test_an_older_checkpoint_of_another_log_is_none(log: Log, tmp_path: Path) -> None:
    other = Log(tmp_path / "other", Signer.generate("log.example/other")).grow(records(3))
    assert look(log.folder, log, older=[other.signed()]).damages[0].kind == "altered"


def test_a_checkpoint_that_another_key_signed_is_named(log: Log) -> None:
    (log.folder / "checkpoint").write_bytes(Log(log.folder / "x", Signer.generate("log.example/test")).signed())
    result = look(log.folder, log)
    assert kinds(result) == [("altered", "checkpoint", [])]
    assert "trusted" in result.damages[0].what


def test_pruned_entries_are_no_damage_where_the_log_records_it(log: Log) -> None:
    for index in (0, 1):
        (log.folder / bundle.tile_path("entries", index)).unlink()
    assert kinds(look(log.folder, log)) == [("dropped", "tile/entries", list(range(512)))]
    pruning = {"type": "log.pruned", "before": 256}
    log.grow([record(1, "", **pruning)])
    assert kinds(look(log.folder, log)) == [("dropped", "tile/entries", list(range(256, 512)))]
    log.grow([record(2, "", **pruning | {"before": 512})])
    result = look(log.folder, log)
    assert result.intact
    assert result.pruned == 512


def test_no_record_can_say_that_what_comes_after_it_was_pruned(log: Log) -> None:
    log.grow([record(1, "", type="log.pruned", before=2000)]).grow(records(300, "ses_c"))
    (log.folder / bundle.tile_path("entries", 2)).unlink()
    assert [damage.kind for damage in look(log.folder, log).damages] == ["dropped"]


def test_an_agent_cannot_say_that_something_was_pruned(log: Log) -> None:
    log.grow([record(601, "ses_b", type="log.pruned", before=512)])
    (log.folder / bundle.tile_path("entries", 0)).unlink()
    assert not look(log.folder, log).intact


def test_an_entry_that_is_no_record_is_named(log: Log) -> None:
    log.grow([b"not JSON"])
    assert kinds(look(log.folder, log)) == [("altered", "tile/entries/002", [670])]


def test_more_than_one_thing_wrong_is_each_named(log: Log) -> None:
    def change(entries: list[bytes]) -> None:
        entries[3] = record(4, "ses_forged")
        del entries[100]
        entries.insert(150, record(1, "ses_forged"))

    path = rewrite(log.folder, 0, 256, change)
    tile = log.folder / "tile/0/001"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert kinds(look(log.folder, log)) == [
        ("altered", path, [3]),
        ("dropped", path, [100]),
        ("inserted", path, []),
        ("altered", "tile/0/001", [256]),
    ]


def test_a_link_in_place_of_a_file_is_not_followed(log: Log, tmp_path: Path) -> None:
    tile = log.folder / "tile/0/000"
    tile.rename(tmp_path / "elsewhere")
    tile.symlink_to(tmp_path / "elsewhere")
    assert kinds(look(log.folder, log)) == [("altered", "tile/0/000", list(range(256)))]


def test_a_pipe_in_place_of_a_file_is_not_waited_for(log: Log) -> None:
    for name in ("tile/0/000", "checkpoint", "head.json"):
        (log.folder / name).unlink()
        os.mkfifo(log.folder / name)
    assert {file for _, file, _ in kinds(look(log.folder, log))} >= {"checkpoint", "head.json"}


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_place_of_a_file_is_named_and_never_an_error(log: Log, content: bytes) -> None:
    for path in [log.folder / "checkpoint", log.folder / "head.json", *files(log.folder)]:
        path.write_bytes(content)
    assert not look(log.folder, log).intact


def test_a_log_that_says_it_is_enormous_and_holds_nothing_is_not_looked_for_in_earnest(tmp_path: Path) -> None:
    log = Log(tmp_path).grow(records(3))
    for size in (2**40, 2**62, 2**63 - 1):
        log.tree = log.tree._replace(size=size)
        log.commit()
        result = look(tmp_path, log)
        assert "was not examined" in result.damages[-1].what
        (tmp_path / "checkpoint").unlink()
        assert not look(tmp_path, log).intact


def test_a_log_all_of_which_is_damaged_is_named_up_to_a_bound(tmp_path: Path) -> None:
    log = Log(tmp_path).grow(records(12_000))
    for path in files(tmp_path):
        if "entries" in str(path):
            path.write_bytes(path.read_bytes().replace(b".example", b".EXAMPLE"))
    result = look(tmp_path, log)
    assert len(result.damages) < 12_000
    path = tmp_path / bundle.tile_path("entries", 1)
    path.write_bytes(b"\xff\xff{" * 60_000)  # every place looks like an entry's beginning
    assert not look(tmp_path, log).intact


def test_an_older_checkpoint_that_was_put_back_leaves_entries_behind_it(log: Log) -> None:
    old = [(name, (log.folder / name).read_bytes()) for name in ("checkpoint", "head.json")]
    assert look(log.folder, log).notices == ()
    log.grow(records(3, "ses_c"))
    newer = log.signed()
    for name, content in old:
        (log.folder / name).write_bytes(content)
    result = look(log.folder, log)
    assert result.intact
    assert "entries stand behind the 670 that are signed for" in result.notices[0]
    assert look(log.folder, log, older=[newer]).damages[0].kind == "truncated"


def test_another_key_in_the_folder_than_the_one_that_was_given_is_named(log: Log) -> None:
    (log.folder / "key").write_text(Signer.generate("log.example/test").vkey)
    assert kinds(look(log.folder, log)) == [("altered", "key", [])]


def test_a_tile_with_something_behind_its_hashes_is_named(log: Log) -> None:
    for index, width in ((0, 256), (2, 158)):
        path = log.folder / bundle.tile_path(0, index, width)
        whole = path.read_bytes()
        path.write_bytes(whole + bytes(32))
        assert [file for _, file, _ in kinds(look(log.folder, log))] == [bundle.tile_path(0, index, width)]
        path.write_bytes(whole)


def test_a_log_without_a_checkpoint_has_no_witness(log: Log) -> None:
    (log.folder / "checkpoint").unlink()
    witness = Witness(*Signer.generate("witness.example/w1").verifier)
    result = look(log.folder, log, witnesses=[witness], quorum=1)
    assert {damage.kind for damage in result.damages} == {"missing", "unwitnessed"}


def test_a_log_that_is_being_written_to_is_intact_at_every_moment(tmp_path: Path) -> None:
    """Sessions come, record and end, as fast as the disk lets them, and every look finds a whole log."""
    folder = tmp_path / "audit"
    (folder / "journal").mkdir(parents=True)
    writer = sequencer.Log(str(folder), str(tmp_path / "audit.pem"))
    writer.record("log.begun", {})
    stop = threading.Event()

    def write() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            session = f"ses_{number}"
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            fd = os.open(folder / "journal" / session, flags, 0o600)
            try:
                session_journal = journal.Journal(fd)
                for _ in range(3):
                    session_journal.append_many([journal.Entry("verdict", session, {"policy_sha256": "a"})] * 40)
                    writer.advance(session, fd)
                writer.finish(session, fd)
            finally:
                os.close(fd)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        sizes = set()
        deadline = time.monotonic() + 20
        while len(sizes) < 15 and time.monotonic() < deadline:
            result = examine(str(folder))
            assert result.intact, result.damages
            sizes.add(result.tree.size)
    finally:
        stop.set()
        thread.join()
    assert len(sizes) > 1
    assert examine(str(folder)).notices == ()
