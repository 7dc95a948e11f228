"""Times of records, as other systems count them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> datetime | None:
    """A time as records and people write it (RFC 3339, or a date alone, which begins at midnight UTC); None if none."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def milliseconds(text: str) -> int:
    """Milliseconds since 1970; 0 for a time that cannot be read or lies before."""
    when = moment(text)
    try:
        return max(0, int(when.timestamp() * 1000 + 0.5)) if when is not None else 0
    except OverflowError:
        return 0
