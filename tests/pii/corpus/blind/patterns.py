"""Numbers by a pattern: what stands for a digit, a letter or a date is drawn, the rest stands as it is.

`#` a digit, `^` a digit but 0, `@` a capital, `&` a consonant, `~` a small letter or a digit, `*` a capital or a digit,
`{dd}` `{mm}` `{yy}` `{yyyy}` the parts of one day of birth.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from datetime import date, timedelta

_DRAWN = {
    "#": string.digits,
    "^": "123456789",
    "@": string.ascii_uppercase,
    "&": "BCDFGLMNPRSTV",
    "~": string.ascii_lowercase + string.digits,
    "*": string.ascii_uppercase + string.digits,
}
_PART = re.compile(r"\{(dd|mm|yyyy|yy)\}")
_FORMS = {"dd": "%d", "mm": "%m", "yy": "%y", "yyyy": "%Y"}
_TRIES = 20_000


def birthday(rng: random.Random) -> date:
    """A day of birth of somebody who may well be asked for it."""
    return date(1938, 1, 1) + timedelta(days=rng.randrange(24_500))


def drawn(rng: random.Random, pattern: str) -> str:
    """One text of the pattern."""
    day = birthday(rng)
    dated = _PART.sub(lambda match: day.strftime(_FORMS[match[1]]), pattern)
    return "".join(rng.choice(_DRAWN[char]) if char in _DRAWN else char for char in dated)


def valid(rng: random.Random, pattern: str, check: Callable[[str], bool]) -> str:
    """One text of the pattern that its check digits fit."""
    for _ in range(_TRIES):
        text = drawn(rng, pattern)
        if check(text):
            return text
    raise ValueError(f"no number of the pattern {pattern!r} is valid")
