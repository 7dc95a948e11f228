"""The summary of a session that its budget ended, as the launcher shapes, shows and keeps it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from akios_jail.launcher import summaries

TOLD: dict[str, Any] = {
    "reason": "this call could cost $0.02, and $0.01 of the session's $2.00 is left",
    "calls": {"gpt-4o": 3},
    "tools": {"lookup": 2},
    "hosts": {f"host{n}.test": n for n in range(1, 8)},
    "denials": {"budget_spent": 1},
    "pending": [{"what": "POST api.openai.com/v1/chat/completions", "seconds": 1.5}],
    "text": "It looked things up.\n\nNothing was left undone.",
}


def test_what_a_broker_says_is_kept_in_its_shape() -> None:
    shaped = summaries.shaped(TOLD)
    assert shaped is not None
    assert shaped == {**TOLD, "text_missing": None}


@pytest.mark.parametrize("told", [None, [], "x", 5])
def test_without_a_summary_there_is_none(told: object) -> None:
    assert summaries.shaped(told) is None


def test_nonsense_is_shaped_and_bounded() -> None:
    shaped = summaries.shaped(
        {"reason": 5, "calls": [], "tools": {"a": -1}, "pending": [1, {"what": {}}] * 50, "text": "x" * 10_000}
    )
    assert shaped is not None
    assert (shaped["reason"], shaped["calls"], shaped["tools"]) == ("", {}, {"a": 0})
    assert shaped["pending"] == [{"what": "", "seconds": 0}] * 20
    assert len(shaped["text"]) == 4_000


def test_a_person_reads_the_most_frequent_first() -> None:
    shaped = summaries.shaped(TOLD)
    assert shaped is not None
    assert summaries.lines(shaped) == [
        "model calls: gpt-4o 3",
        "tools: lookup 2",
        "hosts: host7.test 7, host6.test 6, host5.test 5, host4.test 4, host3.test 3, and 2 more",
        "denials: budget_spent 1",
        "pending: POST api.openai.com/v1/chat/completions for 1.5 s",
        "  It looked things up.",
        "  Nothing was left undone.",
    ]


def test_why_there_is_no_text_is_said() -> None:
    shaped = summaries.shaped({"text_missing": "the model did not answer in time"})
    assert shaped is not None
    assert summaries.lines(shaped) == ["no summary in words: the model did not answer in time"]


def test_it_is_kept_for_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    path = Path(summaries.keep(str(tmp_path), "ses_1", {"summary": TOLD}))
    assert json.loads(path.read_text()) == {"summary": TOLD}
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        summaries.keep(str(tmp_path), "ses_1", {})


@pytest.mark.root
def test_a_full_disk_leaves_no_half_of_a_summary(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(tmp_path)], check=True)
    try:
        with pytest.raises(OSError, match="space"):
            summaries.keep(str(tmp_path), "ses_1", {"text": "x" * 100_000})
        assert list((tmp_path / summaries.FOLDER).iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ({"path": "/state/summaries/s.json"}, "this summary is kept in /state/summaries/s.json"),
        ({"not_stored": "no space left"}, "this summary could not be kept: no space left"),
    ],
)
def test_a_person_is_told_where_it_is_kept(kept: dict[str, str], told: str) -> None:
    shaped = summaries.shaped(TOLD)
    assert shaped is not None
    assert summaries.lines(shaped | kept)[-1] == told
