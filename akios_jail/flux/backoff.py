"""When a call that failed is sent again, and how long that waits.

Only what the provider itself calls passing is tried again: 408, 409, 429 and 5xx except 501, and connections that came
to nothing. The wait doubles from one retry to the next, and half of it is left to chance, so that agents which failed
together do not come back together. A provider that says when to come back is obeyed, up to a bound; beyond it the wait
would be longer than agents have patience, and the answer goes to the agent with the provider's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

#: The first wait, in seconds, before chance takes its half ...
FIRST_S = 0.5
#: ... and the longest that doubling comes to.
LONGEST_S = 8.0
#: A provider may ask for so many seconds; if it asks for more, the call is not sent again.
OBEYED_S = 30
#: All waits for one call together.
ALL_S = 60

#: Ways in which an upstream fails to answer that may be passing.
_PASSING = frozenset(("upstream_unreachable", "upstream_unresolvable", "upstream_closed", "upstream_timeout"))
#: Answers that say that this model cannot be had here, whatever is asked.
_NOT_HERE = frozenset((402, 404, 410, 501))


class Outcome(NamedTuple):
    """What came of an attempt. `status` is None where nothing was answered, `failure` then says why.

    Both: the answer began with an error that says what this status says. `retry_after`: seconds, None if the provider
    names no time. `told_not_to`: it says that a retry is of no use.
    """

    status: int | None
    failure: str | None = None
    retry_after: float | None = None
    told_not_to: bool = False

    @property
    def good(self) -> bool:
        """Whether this is an answer for the agent."""
        return self.status is not None and self.status < 400

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed a little later."""
        if self.status is None:
            return self.failure in _PASSING
        if self.told_not_to:
            return False
        return self.status in (408, 409, 429) or (self.status >= 500 and self.status != 501)

    @property
    def elsewhere(self) -> bool:
        """Whether another model or host may succeed where this one did not. What is wrong with the call itself, or
        with the key, stays wrong, and is for people to see."""
        if self.status is None:
            return True
        return self.status in (408, 409, 429) or self.status in _NOT_HERE or self.status >= 500

    @property
    def told(self) -> str:
        """In a clause."""
        if self.status is None:
            return str(self.failure)
        return f"status {self.status}" if self.failure is None else f"an error that stands for status {self.status}"


class Waits:
    """The waits of one call. `chance` gives numbers from 0 up to, not including, 1."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._retries = 0
        self._waited = 0.0

    def next(self, retry_after: float | None) -> float | None:
        """Seconds to wait before the next retry; None if it would be too long, so that there is none."""
        ceiling = min(LONGEST_S, FIRST_S * (1 << self._retries))
        wait = ceiling * (0.5 + 0.5 * self._chance())
        if retry_after is not None:
            if retry_after > OBEYED_S:
                return None
            # Never before the time that was named; a little after it, each caller at another moment.
            wait = max(wait, retry_after + FIRST_S * self._chance())
        if self._waited + wait > ALL_S:
            return None
        self._retries += 1
        self._waited += wait
        return wait


def outcome_of(status: int, headers: Iterable[tuple[str, str]], now: datetime) -> Outcome:
    """What an answer with this head says. The first field of each name counts."""
    fields: dict[str, str] = {}
    for name, value in headers:
        fields.setdefault(name.lower(), value.strip())
    told_not_to = fields.get("x-should-retry", "").lower() == "false"  # what OpenAI's and Anthropic's clients obey
    return Outcome(status, None, _retry_after(fields, now), told_not_to)


def _retry_after(fields: dict[str, str], now: datetime) -> float | None:
    """Seconds, from `retry-after-ms` (Azure) or `Retry-After` (RFC 9110 section 10.2.3: seconds, or a date)."""
    milliseconds = _number(fields.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    told = fields.get("retry-after", "")
    seconds = _number(told)
    if seconds is not None or not told:
        return seconds
    from email.utils import parsedate_to_datetime  # only where a provider writes a date: few do

    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)


def _number(text: str) -> float | None:
    """A plain decimal number, not negative; None for anything else."""
    whole, _, part = text.partition(".")
    digits = whole + part
    return float(text) if text.isascii() and whole.isdigit() and digits.isdigit() and len(digits) < 16 else None
