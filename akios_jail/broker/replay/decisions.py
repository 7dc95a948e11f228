"""What people decided when a session was recorded is what they decide when it is replayed: nobody is asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from akios_jail.broker.tools.desk import Outcome
from akios_jail.control.action import Action


class Decisions:
    """Answers as the desk of the recorded session did. `decided`: what was decided there, in order."""

    def __init__(self, decided: Callable[[], list[dict[str, Any]]]) -> None:
        self._decided = decided
        self._left: list[dict[str, Any]] | None = None

    async def ask(self, action: Action, timeout_s: float) -> Outcome:
        """The recorded outcome of the first such action that is left; denied where there is none."""
        if self._left is None:
            self._left = list(self._decided())
        wanted = action.named().items()
        for at, each in enumerate(self._left):
            if wanted <= each.items():
                del self._left[at]
                return Outcome(each.get("approval") == "approved", str(each.get("approval")), str(each.get("reason")))
        return Outcome(False, "replay_not_decided", "no person decided about it when this session was recorded")

    def answered(self, identifier: str, approve: bool, who: str) -> None:
        """Nobody is asked."""

    def close(self) -> None:
        """There is nothing to close."""
