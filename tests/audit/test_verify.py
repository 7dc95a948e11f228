from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from akios_jail.audit.record import encode, timestamp
from akios_jail.audit.verify import Damage, verify
from tests.audit.logs import entry, written

COUNT = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def damages_of(path: Path, lines: list[bytes]) -> list[tuple[str, int, list[int]]]:
    path.write_bytes(b"".join(lines))
    return [(damage.kind, damage.line, list(damage.records)) for damage in verify(path).damages]


def test_a_whole_log_is_intact_and_gives_its_head(path: Path) -> None:
    written(path, COUNT)
    result = verify(path)
    assert result.intact
    assert (result.records, result.last_seq) == (COUNT, COUNT)
    assert verify(path, head=result.head).intact


def test_an_empty_log_is_intact(path: Path) -> None:
    path.touch()
    assert verify(path) == (0, 0, "", ())


def test_a_log_that_cannot_be_read_is_an_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        verify(path)


@pytest.mark.parametrize("record", range(1, COUNT + 1))
def test_an_altered_record_is_named(path: Path, record: int) -> None:
    lines = written(path, COUNT)
    lines[record - 1] = lines[record - 1].replace(b'"n":', b'"m":')
    assert damages_of(path, lines) == [("altered", record, [record])]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found_where_it_is(path: Path, position: int, bit: int) -> None:
    whole = bytearray(b"".join(written_once(path)))
    position %= len(whole)
    line = whole[:position].count(b"\n") + 1
    whole[position] ^= 1 << bit
    path.write_bytes(whole)
    damages = verify(path).damages
    assert damages
    assert all(damage.kind in ("altered", "torn") for damage in damages)
    assert damages[0].line == line


def written_once(path: Path) -> list[bytes]:
    """One log for all examples of a property: writing is durable, and so the slow part."""
    original = path.with_suffix(".original")
    if not original.exists():
        written(original, COUNT)
    return original.read_bytes().splitlines(keepends=True)


def test_every_bit_of_the_newlines_counts(path: Path) -> None:
    lines = written(path, COUNT)
    for number in range(1, COUNT):
        for bit in range(8):
            changed = bytes([ord("\n") ^ 1 << bit])
            merged = [*lines[: number - 1], lines[number - 1][:-1] + changed, *lines[number:]]
            # Behind the last sound record nothing says how many lines there were.
            records = [number, number + 1] if number + 1 < COUNT else [number]
            assert damages_of(path, merged) == [("altered", number, records)]


@pytest.mark.parametrize("record", range(1, COUNT))
def test_a_dropped_record_is_named(path: Path, record: int) -> None:
    lines = written(path, COUNT)
    del lines[record - 1]
    assert damages_of(path, lines) == [("dropped", record, [record])]


def test_several_gaps_are_each_named(path: Path) -> None:
    lines = written(path, COUNT)
    kept = [line for number, line in enumerate(lines, 1) if number not in (2, 3, 6)]
    assert damages_of(path, kept) == [("dropped", 2, [2, 3]), ("dropped", 4, [6])]


@pytest.mark.parametrize(("one", "other"), [(a, b) for a in range(COUNT) for b in range(a + 1, COUNT)])
def test_swapped_records_are_found(path: Path, one: int, other: int) -> None:
    lines = written(path, COUNT)
    lines[one], lines[other] = lines[other], lines[one]
    damages = damages_of(path, lines)
    assert {kind for kind, _, _ in damages} == {"reordered"}
    assert ("reordered", other + 1, [one + 1]) in damages


@pytest.mark.parametrize("place", range(1, COUNT + 1))
def test_a_copied_record_is_named(path: Path, place: int) -> None:
    lines = written(path, COUNT)
    assert damages_of(path, [*lines[:place], lines[0], *lines[place:]]) == [("inserted", place + 1, [1])]


def forged(after: bytes, seq: int, count: int = 1) -> list[bytes]:
    """Lines that a forger who knows the format would put after the line `after`."""
    from akios_jail.audit.record import decode

    lines, prev = [], decode(after[:-1]).sha256
    for number in range(seq, seq + count):
        line, record = encode(number, timestamp(0), "ses_forged", "verdict", entry(0).fields, prev)
        lines.append(line + b"\n")
        prev = record.sha256
    return lines


@pytest.mark.parametrize("place", range(1, COUNT))
def test_an_inserted_record_is_named_even_when_it_is_linked_as_it_should_be(path: Path, place: int) -> None:
    lines = written(path, COUNT)
    extra = forged(lines[place - 1], place + 1)
    assert damages_of(path, [*lines[:place], *extra, *lines[place:]]) == [("inserted", place + 1, [place + 1])]


def test_several_inserted_records_are_each_named(path: Path) -> None:
    lines = written(path, COUNT)
    extra = forged(lines[1], 3, count=2)
    expected = [("inserted", 3, [3]), ("inserted", 4, [4])]
    assert damages_of(path, [*lines[:2], *extra, *lines[2:]]) == expected


def test_a_record_with_a_forged_link_and_a_huge_number_is_named(path: Path) -> None:
    lines = written(path, COUNT)
    line, _ = encode(10**15, timestamp(0), "ses_forged", "verdict", {}, "7" * 64)
    assert damages_of(path, [*lines[:3], line + b"\n", *lines[3:]]) == [("inserted", 4, [10**15])]


@pytest.mark.parametrize("record", range(1, COUNT))
def test_a_rewritten_record_with_a_new_digest_is_found_by_its_successor(path: Path, record: int) -> None:
    lines = written(path, COUNT)
    if record == 1:
        line, _ = encode(1, timestamp(0), "ses_forged", "verdict", {}, "0" * 64)
        lines[0] = line + b"\n"
    else:
        lines[record - 1] = forged(lines[record - 2], record)[0]
    assert damages_of(path, lines) == [("altered", record, [record, record + 1])]


def test_garbage_between_records_is_named(path: Path) -> None:
    lines = written(path, COUNT)
    assert damages_of(path, [*lines[:2], b"\0\0\0\n", *lines[2:]]) == [("altered", 3, [])]


def test_a_cut_end_shows_only_against_a_remembered_head(path: Path) -> None:
    lines = written(path, COUNT)
    head = verify(path).head
    path.write_bytes(b"".join(lines[:5]))
    assert verify(path).intact
    (damage,) = verify(path, head=head).damages
    assert (damage.kind, damage.line) == ("truncated", 6)


def test_damages_read_as_sentences(path: Path) -> None:
    lines = written(path, COUNT)
    del lines[4:6]
    lines[1] = lines[1].replace(b'"n":2', b'"n":9')
    path.write_bytes(b"".join(lines))
    assert verify(path).damages == (
        Damage("altered", 2, range(2, 3), "line 2 was altered: record 2 stood there"),
        Damage("dropped", 5, range(5, 7), "missing before line 5: records 5 to 6"),
    )


def test_a_large_badly_damaged_log_is_diagnosed_in_reasonable_time(path: Path) -> None:
    lines = written(path, 4000)
    lines[::2] = [line.replace(b'"n":', b'"m":') for line in lines[::2]]
    assert len(damages_of(path, lines)) == 2000


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "copy", "swap", "flip", "garbage", "forge"]), st.integers(0, 50), st.integers(0, 2000)
    ),
    min_size=1,
    max_size=6,
)


def edited(lines: list[bytes], edits: list[tuple[str, int, int]]) -> list[bytes]:
    for kind, where, detail in edits:
        if not lines:
            break
        place, other = where % len(lines), detail % len(lines)
        if kind == "drop":
            del lines[place]
        elif kind == "copy":
            lines.insert(other, lines[place])
        elif kind == "swap":
            lines[place], lines[other] = lines[other], lines[place]
        elif kind == "flip":
            changed = bytearray(lines[place])
            changed[detail % len(changed)] ^= 1 << where % 8
            lines[place] = bytes(changed)
        elif kind == "garbage":
            lines.insert(place, b"x" * detail + b"\n")
        else:
            line, _ = encode(detail + 1, timestamp(0), "ses_forged", "verdict", {}, "7" * 64)
            lines.insert(place, line + b"\n")
    return lines


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_whatever_is_done_to_a_log_is_found_unless_only_its_end_is_gone(
    path: Path, edits: list[tuple[str, int, int]]
) -> None:
    original = written_once(path)
    left = b"".join(edited(list(original), edits))
    path.write_bytes(left)
    whole_beginnings = {b"".join(original[:count]) for count in range(COUNT + 1)}
    assert verify(path).intact == (left in whole_beginnings)
