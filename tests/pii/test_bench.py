"""`scripts/bench pii` measures what is there, and says what is not."""

from __future__ import annotations

import importlib.util
import json
import os
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest

BENCH = str(Path(__file__).parents[2] / "scripts" / "bench")


def bench(*words: str, **environment: str) -> Any:
    command = [BENCH, "pii", *words]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in words else done.stdout


def test_accuracy_is_told_of_both_halves_of_each_corpus() -> None:
    told = bench("--only", "accuracy", "--rounds", "1", "--fields", "email,iban", "--json", "--presidio", "none")
    blind = {"blind_dev", "blind_heldout", "blind_dev2", "blind_heldout2", "blind_heldout3", "blind_heldout4"}
    assert told["accuracy"].keys() == {"development", "held_out", *blind, "blind_dev3"}
    for rows in told["accuracy"].values():
        assert [row["kind"] for row in rows] == ["email", "iban"]
        assert all(0 <= row[share] <= 1 for row in rows for share in ("recall", "precision", "f1"))
        assert all(row["recall_low"] <= row["recall"] <= row["recall_high"] for row in rows)


def test_hostile_texts_are_timed_as_they_grow() -> None:
    told = bench("--only", "linearity", "--sizes", "0.01,0.02", "--fields", "email", "--json")
    assert len(told["linearity"]) > 30
    assert all(row["seconds"].keys() == {"10000", "20000"} for row in told["linearity"])


def test_it_is_told_that_presidio_could_not_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    presidio = runpy.run_path(str(Path(BENCH).with_name("benchmarks") / "pii.py"))["_presidio"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    missing: list[str] = []
    assert presidio(None, tmp_path, missing) is None
    assert missing[0].startswith("presidio: left out")


def test_accuracy_may_be_told_of_one_corpus_alone() -> None:
    words = ("--only", "accuracy", "--rounds", "1", "--fields", "iban", "--presidio", "none")
    told = bench(*words, "--corpus", "blind", "--json")
    assert told["accuracy"].keys() == {"blind_dev", "blind_heldout", "blind_dev2", "blind_heldout2"}


def test_accuracy_may_be_told_of_what_is_held_out_whole_alone() -> None:
    words = ("--only", "accuracy", "--rounds", "1", "--fields", "iban", "--presidio", "none")
    assert bench(*words, "--corpus", "fourth", "--json")["accuracy"].keys() == {"blind_heldout4"}


def test_what_may_be_read_whole_is_told_without_a_half_that_is_held_out() -> None:
    words = ("--only", "accuracy", "--rounds", "1", "--fields", "iban", "--presidio", "none")
    assert bench(*words, "--corpus", "open", "--json")["accuracy"].keys() == {"blind_dev3"}


def test_what_is_missed_is_shown_only_of_the_halves_that_may_be_looked_at() -> None:
    from tests.pii.corpus import split
    from tests.pii.corpus.blind import corpus

    shown = bench("--misses", "--rounds", "1", "--fields", "email,phone")
    blind = (corpus.documents(half) for half in ("heldout", "heldout4"))
    held_out = {
        document.text[label.start : label.end]
        for documents in (split.documents("held_out"), *blind)
        for document in documents
        for label in document.labels
        if label.kinds[:1] == ("phone",)
    }
    assert not [value for value in held_out if value in shown and len(value) > 9]


def test_markdown_has_a_row_a_kind() -> None:
    shown = bench("--only", "accuracy", "--rounds", "1", "--fields", "iban", "--markdown", "--presidio", "none")
    assert shown.count("| iban | ") == 9
