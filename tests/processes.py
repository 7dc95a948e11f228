"""What tests ask of processes that may end while they are asked."""

from __future__ import annotations

import psutil


def lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended and was not waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
