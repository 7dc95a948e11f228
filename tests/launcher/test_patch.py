"""Unified diffs: the words of POSIX patch are the oracle, and hostile texts take no longer than others."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.launcher.patch import unified

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "d \t\n"]), max_size=30).map("".join)
TEXTS = st.builds(lambda text, last: (text + last).encode(), LINES, st.sampled_from(["", "end"]))


def patched(folder: Path, old: bytes, diff: list[str]) -> bytes:
    """What git makes of `old` by the diff."""
    (folder / "file").write_bytes(old)
    text = "".join(f"{line}\n" for line in diff)
    subprocess.run(
        ["git", "apply", "--unidiff-zero", "--whitespace=nowarn", "-"], input=text, text=True, cwd=folder, check=True
    )
    return (folder / "file").read_bytes()


@given(old=TEXTS.filter(bool), new=TEXTS.filter(bool))
def test_git_makes_the_new_text_of_the_old_by_the_diff(
    tmp_path_factory: pytest.TempPathFactory, old: bytes, new: bytes
) -> None:
    diff = unified(old, new, "a/file", "b/file")
    assert diff is not None
    if old == new:
        assert diff == []
    else:
        assert patched(tmp_path_factory.mktemp("patch"), old, diff) == new


def test_a_change_shows_with_three_lines_of_context() -> None:
    old = b"".join(b"%d\n" % n for n in range(20))
    assert unified(old, old.replace(b"\n9\n", b"\nnine\n"), "a", "b") == [
        "--- a", "+++ b", "@@ -7,7 +7,7 @@", " 6", " 7", " 8", "-9", "+nine", " 10", " 11", " 12",
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a\0b", b"\x89PNG\r\n"])
def test_what_is_no_text_has_no_diff(data: bytes) -> None:
    assert unified(b"text\n", data, "a", "b") is None
    assert unified(data, b"text\n", "a", "b") is None


def test_texts_made_to_be_hard_to_compare_are_given_as_replaced(tmp_path: Path) -> None:
    old = b"head\n" + b"a\nb\n" * 20_000 + b"tail\n"
    new = b"head\n" + b"b\na\nc\n" * 20_000 + b"tail\n"
    begun = time.monotonic()
    diff = unified(old, new, "a/file", "b/file")
    assert time.monotonic() - begun < 5
    assert diff is not None
    assert diff[2] == "@@ -1,40002 +1,60002 @@"
    assert patched(tmp_path, old, diff) == new


@pytest.mark.parametrize("unit", [b"a\n", b"a\nb\n", b"a\nb\nc\n"])
def test_repetition_below_the_limit_is_quick(unit: bytes) -> None:
    begun = time.monotonic()
    assert unified(b"x\n" + unit * 199, unit * 198 + b"y\n" + unit, "a", "b")
    assert time.monotonic() - begun < 5
