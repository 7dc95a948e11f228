"""What is said of a message that is refused: a reader gets words."""

from __future__ import annotations


def has_words(error: Exception) -> None:
    """The error says something."""
    assert str(error).strip(), error
