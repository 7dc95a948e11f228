"""What only the trace says of an agent, looked through for personal data before it is kept. Loads what is heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from akios_jail.pii.document import redact_document

if TYPE_CHECKING:
    from akios_jail.broker.session import Session


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
