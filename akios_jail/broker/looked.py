"""What only trace and record say of an agent, looked through for personal data before it is kept. Heavy to load."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from akios_jail.pii.document import redact_document, redact_text
from akios_jail.pii.form import redact_path
from akios_jail.pii.redactor import Redactor

if TYPE_CHECKING:
    from akios_jail.broker.exchange import Exchange
    from akios_jail.broker.session import Session

#: A path of which nobody knows what may be told.
_UNTOLD = "/…"
#: A segment of so many characters may be something in base64, of which a stroke before it would be a part.
_ENCODED = 12


async def looked_through(session: Session, document: Any, size: int) -> Any:
    """A JSON document without personal data, as the session's policy has it; None if it cannot be looked through, and
    so may not be kept. `size`: of its texts, in characters."""
    personal = session.personal
    if personal is None:
        return document
    try:
        redactor, _ = personal.tracing(())
        return (await personal.look(size, redact_document, redactor, document)).document
    except Exception:  # whatever it is: what was not looked through is not kept
        return None


async def path_of(session: Session, exchange: Exchange) -> str | None:
    """The path of a request into which nobody has looked, as it may be on record; None if it may be as it is."""
    personal = session.personal
    if personal is None:
        return None
    try:
        redactor, _ = personal.tracing(exchange.verdicts)
        return (await personal.look(0, in_path, redactor, exchange.request.path))[1]
    except Exception:  # as above
        return _UNTOLD


def in_path(redactor: Redactor, path: str) -> tuple[Counter[str], str | None]:
    """What a path holds, of each kind, and how it may be on record; None if as it is. What is in base64 is for the
    record alone: of a segment by itself nobody can be sure."""
    found: Counter[str] = Counter()
    redact_text(redactor, unquote_plus(path), found)
    if not found and all(len(segment) < _ENCODED for segment in path.split("/")):
        return found, None
    shown = redact_path(redactor.in_mode("redact_before_inference"), path)
    return found, shown.text if shown.counts else _UNTOLD if found else None
