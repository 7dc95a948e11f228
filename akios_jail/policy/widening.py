"""What one finding of a comparison of two policies says: see `wider`."""

from __future__ import annotations

from typing import NamedTuple

from akios_jail.policy.document import Path


class Wider(NamedTuple):
    """One thing that the new policy allows and the old one did not. `place`: where the new one says so; `limit`: what
    of the old one it goes beyond. `sure`: False where it could only not be shown that it allows no more."""

    place: Path
    limit: Path
    what: str
    sure: bool = True
