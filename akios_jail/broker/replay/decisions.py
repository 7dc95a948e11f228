"""What people decided when a session was recorded is what they decide when it is replayed: nobody is asked again.

It counts for what is played. What a replay that goes on live really sends, or was really answered, is another deed than
the one that somebody said yes to, and there is nobody to ask: that is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from akios_jail.broker.tools.desk import Outcome
from akios_jail.control.action import Action

NOT_DECIDED: Final = "replay_not_decided"


class Decisions:
    """Answers as the desk of the recorded session did. `decided`: what was decided there, in order. `live`: whether an
    exchange was asked of the real network."""

    def __init__(self, decided: Callable[[], list[dict[str, Any]]], live: Callable[[str], bool]) -> None:
        self._decided = decided
        self._live = live
        self._left: list[dict[str, Any]] | None = None

    async def ask(self, action: Action, timeout_s: float) -> Outcome:
        """The recorded outcome of the first such action that is left; denied where there is none."""
        if self._live(action.request):
            return Outcome(False, NOT_DECIDED, "no person is asked in a replay that goes on live")
        if self._left is None:
            self._left = list(self._decided())
        wanted = action.named().items()
        for at, each in enumerate(self._left):
            if wanted <= each.items():
                del self._left[at]
                return Outcome(each.get("approval") == "approved", str(each.get("approval")), str(each.get("reason")))
        return Outcome(False, NOT_DECIDED, "no person decided about it when this session was recorded")

    def answered(self, identifier: str, approve: bool, who: str) -> None:
        """Nobody is asked."""

    def close(self) -> None:
        """There is nothing to close."""
