"""`scripts/bench pii` measures what is there, and says what is not."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

BENCH = str(Path(__file__).parents[2] / "scripts" / "bench")


def bench(*words: str, **environment: str) -> Any:
    command = [BENCH, "pii", *words]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in words else done.stdout


def test_accuracy_is_told_of_both_halves_and_that_presidio_could_not_be_had() -> None:
    told = bench("--only", "accuracy", "--rounds", "1", "--fields", "email,iban", "--json", PIP_NO_INDEX="1")
    assert told["missing"][0].startswith("presidio: left out")
    assert told["accuracy"].keys() == {"development", "held_out"}
    for rows in told["accuracy"].values():
        assert [row["kind"] for row in rows] == ["email", "iban"]
        assert all(0 <= row[share] <= 1 for row in rows for share in ("recall", "precision", "f1"))


def test_hostile_texts_are_timed_as_they_grow() -> None:
    told = bench("--only", "linearity", "--sizes", "0.01,0.02", "--fields", "email", "--json")
    assert len(told["linearity"]) > 30
    assert all(row["seconds"].keys() == {"10000", "20000"} for row in told["linearity"])


def test_what_is_missed_is_shown_only_of_the_half_that_may_be_looked_at() -> None:
    from tests.pii.corpus.split import documents

    shown = bench("--misses", "--rounds", "1", "--fields", "email,phone")
    held_out = {
        document.text[label.start : label.end]
        for document in documents("held_out")
        for label in document.labels
        if label.kinds[:1] == ("phone",)
    }
    assert not [value for value in held_out if value in shown and len(value) > 9]


def test_markdown_has_a_row_a_kind() -> None:
    shown = bench("--only", "accuracy", "--rounds", "1", "--fields", "iban", "--markdown", "--presidio", "none")
    assert shown.count("| iban | ") == 2
