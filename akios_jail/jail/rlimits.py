"""Per-process limits (setrlimit(2)) that cgroups do not know: descriptors, file size, core dumps, locked memory."""

from __future__ import annotations

import resource


def apply(open_files: int, file_size_bytes: int) -> None:
    """Set soft and hard limits alike, never above the hard limit that the caller already has; no core dumps."""
    for kind, wanted in (
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_FSIZE, file_size_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (value, value))
