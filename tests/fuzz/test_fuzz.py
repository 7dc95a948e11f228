"""Every target: its seeds, a short run of changed messages, and that no message makes its reading superlinear.

In one file, because one process then makes what all of them need; `scripts/fuzz` has the long runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz import corpus_files, drawing
from tests.fuzz.mutations import LONGEST
from tests.fuzz.repeated import REPEATED

SEEDS = [(name, path) for name in corpus_files.names() for path in corpus_files.seeds(name)]
#: Messages for each target in the short run, fewer where one takes longer.
COUNT = 150
FEWER = {"recordings": 50, "budgets": 40, "policy": 60, "audit": 80, "model_answers": 80, "personal_data": 60}
#: Times that a part is there, and how many times more often; what some calls more or less are.
SHORT, TIMES, SOME = 200, 4, 5000


@pytest.mark.parametrize(("name", "path"), SEEDS, ids=[f"{name}-{path.name}" for name, path in SEEDS])
def test_a_seed_passes(name: str, path: Path) -> None:
    corpus_files.target(name).fuzz(path.read_bytes())


@pytest.mark.parametrize("name", corpus_files.names())
def test_a_target_has_seeds_that_are_small(name: str) -> None:
    assert len(corpus_files.seeds(name)) >= 2
    assert all(path.stat().st_size <= LONGEST for path in corpus_files.seeds(name))


@pytest.mark.parametrize("name", corpus_files.names())
def test_changed_messages_pass(name: str) -> None:
    target = corpus_files.target(name)

    @settings(
        max_examples=FEWER.get(name, COUNT),
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(drawing.messages(target))
    def passes(data: bytes) -> None:
        target.fuzz(data)

    passes()


def calls(fuzz: Callable[[bytes], None], data: bytes) -> int:
    """How many functions are called, in Python and below it."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        fuzz(data)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", corpus_files.names())
def test_four_times_a_message_is_at_most_four_times_the_work(name: str) -> None:
    fuzz = corpus_files.target(name).fuzz
    for before, part, behind in REPEATED[name]:
        short, long = (before + part * count + behind for count in (SHORT, TIMES * SHORT))
        fuzz(short)  # what is made at first use is there afterwards
        little, much = calls(fuzz, short), calls(fuzz, long)
        assert much <= TIMES * 1.1 * little + SOME, (part, little, much)
