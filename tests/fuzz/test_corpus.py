"""Every seed: small real messages, and what once was a defect, named for what it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import corpus_files
from tests.fuzz.mutations import LONGEST

SEEDS = [(name, path) for name in corpus_files.names() for path in corpus_files.seeds(name)]


@pytest.mark.parametrize(("name", "path"), SEEDS, ids=[f"{name}-{path.name}" for name, path in SEEDS])
def test_a_seed_passes(name: str, path: Path) -> None:
    corpus_files.target(name).fuzz(path.read_bytes())


@pytest.mark.parametrize("name", corpus_files.names())
def test_a_target_has_seeds_that_are_small(name: str) -> None:
    assert len(corpus_files.seeds(name)) >= 2
    assert all(path.stat().st_size <= LONGEST for path in corpus_files.seeds(name))
