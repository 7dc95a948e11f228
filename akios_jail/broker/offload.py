"""Work on one document, beside the event loop if it is large.

A call of megabytes takes tens of milliseconds, and up to seconds, to read or to look through. In a thread it still
takes them, but names are answered and other exchanges go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

#: From this many bytes on a document is large.
LARGE = 256 * 1024

P = ParamSpec("P")
T = TypeVar("T")


async def offload(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `work`, which is about a document of `size` bytes."""
    if size < LARGE:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
