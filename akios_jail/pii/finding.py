"""What a detector is and what it says: a `Finding`, one piece of personal data in a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from akios_jail.pii.view import View as View

#: How far from the end of its trigger a detector looks, in characters, to either side.
REACH = 256
#: A trigger that ends at the first digit of a text that begins with a value, and counts only where the text stands
#: under a name: for values that nothing but a name announces.
KEYED = r"^[^0-9]{0,12}[0-9]"
#: A trigger that begins with this comment is a pattern over bytes, and ends where a character does.
BYTES = "(?#bytes)"
#: Before a group that is a choice of phrases and nothing else, of which there are dozens: the pattern is compiled with
#: a few of them at a time. All at once, nothing tells soon that none of them stands there, and each character of a text
#: costs as much as if one began.
PHRASES = "(?#phrases)"


class Finding(NamedTuple):
    """One piece of personal data.

    `kind` is a name of the catalogue; `start` and `end` are where it lies in the text; `key` is its normal form: two
    spellings of one telephone number have the same key. `confidence`, 0 to 1, is what the detector's documentation says
    of findings like this one; `reason` says what speaks for it ("Luhn-valid, Visa range"), never the value.
    """

    kind: str
    start: int
    end: int
    key: str
    confidence: float
    reason: str


class Detector(Protocol):
    """Finds one kind of personal data, or a few that share their form.

    The engine finds the triggers of all detectors in one pass and tells each where its own end. So `triggers` must be
    rare in ordinary text, and whatever a detector is to find must have one within `reach`.

    One with an attribute `alike` that is true gets number 0 for all its triggers, once for each place.

    One with the trigger KEYED may have a method `keyed(context)`: whether it finds anything from there under a name of
    these words, if no word stands before the digit.
    """

    @property
    def kind(self) -> str:
        """A name of the catalogue; of a detector of several kinds, the one that it is listed under."""

    @property
    def triggers(self) -> tuple[str, ...]:
        """Patterns over the UTF-8 of the folded text, in the syntax that Hyperscan and RE2 share (`(?i)` allowed)."""

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        """Findings, with their place in `view.folded`, around the trigger number `trigger` that ends at `end`.

        Looks only at `view.folded[end - REACH : end + REACH]` (a detector with an attribute `reach`: as far after it).
        The same value may be found from several triggers; what is said twice counts once.
        """
