"""What a session did to its files, as the launcher found it when the agent was dead: on record by numbers and a digest,
and a step of the trace with the paths, looked through like all that the trace keeps.

The launcher is trusted and what it passes on is not: paths are the agent's. Light to import, as `executed` is.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from akios_jail.broker import limits
from akios_jail.radar.steps import FILE_CHANGES

if TYPE_CHECKING:
    from akios_jail.broker.session import Session


class Changed(NamedTuple):
    """`counts`: how many there are, by kind; `digest`: of all that were counted; `changes`: the first of them."""

    counts: dict[str, int]
    digest: str
    changes: list[dict[str, Any]]


def parse(data: bytes) -> Changed:
    """What the launcher says. `ValueError` if it is anything else."""
    try:
        document = json.loads(data)
        counts = {kind: int(document["counts"].get(kind, 0)) for kind in FILE_CHANGES}
        changes = [
            {"kind": str(kind), "type": str(type_), "path": _text(path), "size": int(size)}
            for kind, type_, path, size in document["changes"]
        ]
        return Changed({kind: count for kind, count in counts.items() if count}, str(document["sha256"]), changes)
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not the changes of a session: {error}") from error


def keep(session: Session, data: bytes) -> None:
    """Put it on record and into the trace, where nothing is looked for in it."""
    _ = session.scrubber  # loaded by now only where a session is served
    found = parse(data)
    _keep(session, found, found.changes)


async def keep_clean(session: Session, data: bytes) -> None:
    """Put it on record, and into the trace without personal data. In the event loop."""
    import asyncio

    from akios_jail.broker.looked import looked_through

    found = parse(data)
    size = sum(len(change["path"]) for change in found.changes)
    changes = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limits.LOOKED_THROUGH_AT_END.value):
            changes = await looked_through(session, found.changes, size)
    _keep(session, found, changes)


def _keep(session: Session, found: Changed, changes: list[dict[str, Any]] | None) -> None:
    session.tally.files.update(found.counts)
    session.note("files", {**found.counts, "changes_sha256": found.digest})
    unread = {} if changes is not None else {"unread": "it could not be looked through"}
    session.tracer.noted("file", "", {**found.counts, **unread}, {"changes": changes} if changes is not None else None)


def _text(path: Any) -> str:
    """What an agent named, which need not be text."""
    if not isinstance(path, str):
        raise TypeError("a path is no text")
    return os.fsencode(path).decode("utf-8", "backslashreplace")
