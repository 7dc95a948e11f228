"""Messages as hypothesis draws them: a seed with a few changes, or any bytes."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.fuzz import corpus_files
from tests.fuzz.corpus_files import Target
from tests.fuzz.mutations import Change, changed

_CHANGES = st.lists(
    st.builds(Change, st.integers(0, 99), st.integers(0, 1 << 16), st.integers(1, 64), st.integers(0, 999)),
    min_size=1,
    max_size=6,
)


def messages(target: Target) -> st.SearchStrategy[bytes]:
    """For one target."""
    seeds = [path.read_bytes() for path in corpus_files.seeds(target.name)]
    mutated = st.builds(
        lambda seed, changes: changed(seed, changes, target.tokens, seeds), st.sampled_from(seeds), _CHANGES
    )
    return mutated | st.binary(max_size=64)
