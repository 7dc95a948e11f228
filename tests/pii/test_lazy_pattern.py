"""Patterns that wait for their first use: each can be compiled, and is what `re` makes of it."""

from __future__ import annotations

import gc
import re

import pytest

from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.lazy_pattern import LazyPattern


def test_every_pattern_of_the_detectors_can_be_compiled() -> None:
    made = detectors(DETECTORS)
    waiting = [one for one in gc.get_objects() if isinstance(one, LazyPattern)]
    assert made
    assert len(waiting) > 100
    for pattern in waiting:
        assert pattern.compiled.pattern == pattern.pattern


def test_it_finds_what_the_pattern_itself_finds() -> None:
    lazy, plain = LazyPattern("[a-c]+", re.IGNORECASE), re.compile("[a-c]+", re.IGNORECASE)
    text = "-aB-Ca-"
    assert [m.span() for m in lazy.finditer(text, 1, 6)] == [m.span() for m in plain.finditer(text, 1, 6)]
    for found in (lazy.search(text, 3, 7), lazy.match(text, 4, 7)):
        assert found is not None
        assert found.span() == (4, 6)
    assert lazy.match(text, 0, 7) is None


def test_one_that_cannot_be_compiled_is_an_error_and_not_one_without_matches() -> None:
    with pytest.raises(re.error):
        LazyPattern("(").search("(", 0, 1)
