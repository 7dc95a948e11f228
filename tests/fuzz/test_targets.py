"""A short run over every target, the same each time; `scripts/fuzz` has the long ones."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz import corpus_files, drawing

#: Messages for each target, fewer where one takes longer.
COUNT = 150
FEWER = {"recordings": 50, "policy": 60, "audit": 80, "model_answers": 80, "personal_data": 60}


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
