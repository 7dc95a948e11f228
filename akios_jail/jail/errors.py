"""The jail could not be set up: which step, what the kernel said, what the person can do."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"\[Errno \d+\] ")


class JailError(Exception):
    """`step` fits after "could not"; `cause` is the kernel's word; `remedy` is an instruction, or "".

    The text of an `OSError` may be the cause: its number, which says nothing to people, is left out.
    """

    def __init__(self, step: str, cause: str, remedy: str = "") -> None:
        cause = _NUMBER.sub("", cause)
        super().__init__(f"could not {step}: {cause}" + (f"\n{remedy}" if remedy else ""))
        self.step = step
        self.cause = cause
        self.remedy = remedy
