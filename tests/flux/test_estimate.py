"""How much a call can use at most, and what it is guessed to use."""

from __future__ import annotations

from decimal import Decimal

import pytest

from akios_jail.flux.estimate import (
    DEFAULT_OUTPUT,
    FRAME_TOKENS,
    IMAGE_TOKENS,
    LEAST_OUTPUT,
    MINI_IMAGE_TOKENS,
    Content,
    Unbounded,
    affordable_output,
    count_media,
    input_bound,
    input_guess,
    minute_want,
    want,
)
from akios_jail.flux.ledger import Headroom, Want
from akios_jail.flux.prices import Rates

RATES = Rates(Decimal("2.5"), Decimal(10), Decimal(0), 128_000)


def test_text_has_at_most_as_many_tokens_as_bytes() -> None:
    assert input_bound(Content(b"x" * 500, "m"), None) == 500 + FRAME_TOKENS
    assert input_bound(Content("\u00e9".encode() * 500, "m"), None) == 1000 + FRAME_TOKENS


def test_what_the_provider_adds_for_tools_counts() -> None:
    assert input_bound(Content(b"", "m", added=2048), None) == 2048 + FRAME_TOKENS


def test_a_character_that_normalisation_makes_longer_counts_as_long() -> None:
    ligature = "\ufdfa".encode()
    assert len(ligature) == 3
    assert input_bound(Content(ligature * 10, "m"), None) == 330 + FRAME_TOKENS


def test_images_have_a_bound_of_their_own() -> None:
    assert input_bound(Content(b"", "gpt-4o", images=2), None) == 2 * IMAGE_TOKENS + FRAME_TOKENS
    assert input_bound(Content(b"", "gpt-4o-mini", images=1), None) == MINI_IMAGE_TOKENS + FRAME_TOKENS


def test_what_is_only_named_is_bounded_by_the_context_window() -> None:
    assert input_bound(Content(b"x", "m", references=1), 128_000) == 128_000
    with pytest.raises(Unbounded, match="context window"):
        input_bound(Content(b"x", "m", references=1), None)


def test_the_guess_is_near_what_tokenizers_make_of_text() -> None:
    assert input_guess(Content(b"a" * 3500, "m"), 0) == 1000
    assert input_guess(Content("\u4f60".encode() * 100, "m"), 0) == 100
    assert input_guess(Content(b"a" * 3500, "m"), 3500) == 0


@pytest.mark.parametrize(
    ("headroom", "choices", "limit"),
    [
        (Headroom(None, None, None), 1, DEFAULT_OUTPUT),
        (Headroom(10**9, None, None), 1, DEFAULT_OUTPUT),
        (Headroom(12_500, None, None), 1, 1000),  # $0.0125: 1,000 in for $0.0025, 1,000 out for $0.01
        (Headroom(12_500, None, None), 2, 500),
        (Headroom(0, None, None), 1, LEAST_OUTPUT),
        (Headroom(None, 3000, None), 1, 2000),
        (Headroom(None, None, 3000), 1, 2700),
        (Headroom(12_500, 3000, 10**6), 1, 1000),
    ],
)
def test_a_call_without_a_limit_gets_what_the_budget_affords(headroom: Headroom, choices: int, limit: int) -> None:
    assert affordable_output(headroom, RATES, 1000, 300, choices) == limit


def test_a_free_model_is_bounded_by_the_default() -> None:
    free = Rates(Decimal(0), Decimal(0), Decimal(0), None)
    assert affordable_output(Headroom(1, None, None), free, 1000, 300, 1) == DEFAULT_OUTPUT


def test_what_is_wanted_is_the_bound_in_money_and_tokens() -> None:
    assert want(RATES, 1000, 2000, 700) == Want(22_500, 3000, 700)
    assert want(None, 1000, 50, 700) == Want(0, 1050, 700)


@pytest.mark.parametrize(
    ("limit", "output", "stated", "minute"),
    [
        (None, 4_000, True, 300),
        (10_000, 4_000, True, 4_300),
        (10_000, 64_000, True, 10_000),
        (10_000, 9_700, False, 2_800),
        (10_000, 500, False, 800),
        (100_000, 16_384, False, 16_684),
        (1_000, 700, False, 1_000),
        (200, 700, True, 556),  # more than any minute: the ledger refuses it
    ],
)
def test_a_call_asks_of_the_minute_what_its_output_limit_says(
    limit: int | None, output: int, stated: bool, minute: int
) -> None:
    assert minute_want(limit, 300, output, stated) == minute


def test_media_are_counted_by_how_they_can_be_bounded() -> None:
    payloads = [
        ("image", "data_url"),
        ("image", "reference"),
        ("file", "base64"),
        ("audio", "base64"),
        ("opaque", "base64"),
    ]
    assert count_media([*payloads, ("audio", "reference")]) == (2, 2)
