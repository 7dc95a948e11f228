"""What is known of one country's number: how it is written, what proves it, which words announce it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

#: Two digits of a month and of a day, for patterns.
MM = r"(?:0[1-9]|1[0-2])"
DD = r"(?:0[1-9]|[12][0-9]|3[01])"
YYMMDD = rf"[0-9]{{2}}{MM}{DD}"
DDMMYY = rf"{DD}{MM}[0-9]{{2}}"


class Rule(NamedTuple):
    """`country` is an ISO 3166 code, `name` what the number is called there.

    `valid` gets the digits and capital letters of a candidate. `words` announce it (see `Announcement`); after them it
    may be written as `written`, a pattern of Python's. `alone` are forms that count without words: a pattern in the
    syntax of the engine that matches all of it, specific enough that with `valid_alone` (by default `valid`) fewer than
    one in twenty strings of that form passes by chance. `tight`: with no check digit, the words must stand right
    before it.
    """

    country: str
    name: str
    words: tuple[str, ...]
    written: str
    valid: Callable[[str], bool]
    alone: tuple[str, ...] = ()
    valid_alone: Callable[[str], bool] | None = None
    tight: bool = False
