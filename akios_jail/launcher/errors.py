"""A session that could not start, or not go on: what happened, what to do, and the exit status."""

from __future__ import annotations

from typing import Final

USAGE: Final = 2
GOVERNED: Final = 120
SETUP: Final = 125


class LaunchError(Exception):
    """`message` says what happened and where; `remedy` what the person can do, or ""; `status` is the exit status."""

    def __init__(self, message: str, remedy: str = "", status: int = SETUP) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.status = status
