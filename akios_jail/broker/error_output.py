"""The broker's error output, which never fails: what it does not take is lost.

It is a file in the state folder. Whoever says there that something broke has more to do than that, such as ending the
session, and one thing that breaks is the disk on which that file lies.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STDERR: Final = 2


class _Lossy(io.FileIO):
    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data) or 0
        except OSError:
            return memoryview(data).nbytes


def install() -> None:
    """From here on, `sys.stderr` takes everything."""
    lossy = _Lossy(_STDERR, "w", closefd=False)
    sys.stderr = io.TextIOWrapper(lossy, "utf-8", "backslashreplace", write_through=True)
