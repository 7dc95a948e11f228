"""A session's records, from the log and from its journal, for `akios report SESSION`."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from akios_jail.incidents.records import Record, document

if TYPE_CHECKING:
    from akios_jail.audit.leaf import Leaf

#: What is taken for a session and not for a file.
SESSION: Final = re.compile(r"ses_[0-9A-Za-z_]{1,64}", re.ASCII)
#: Most bytes of what waits in a journal that are read.
_WAITING: Final = 64 * 1024 * 1024


def report(session: str, state_dir: str, policy: str) -> dict[str, Any]:
    """What the log says of a session, as a run report. `click.UsageError` if it knows none of this name."""
    from akios_jail.cli.sessions import state

    folder = state(state_dir).audit_folder
    records = [*_in_tree(folder, session), *_in_journal(folder, session)]
    if not records:
        raise click.UsageError(f"the log in {folder} knows no session {session}")
    # What comes into the tree between the two readings is met twice.
    numbered = {record.n: Record(record.time, record.type, record.fields) for record in records}
    return document(session, [numbered[n] for n in sorted(numbered)], os.path.abspath(policy) if policy else "")


def _in_tree(folder: str, session: str) -> Iterator[Leaf]:
    """From the newest back to the session's start. What is not what was signed for is an error."""
    from akios_jail.audit import head, leaf
    from akios_jail.audit.bundle import WIDTH
    from akios_jail.audit.merkle import HASH, leaf_hash
    from akios_jail.audit.tiles import DamagedTile, MissingTile, Tiles

    tiles, name = Tiles(folder), session.encode()
    try:
        size = head.load(folder).tree.size
        for index in range((size - 1) // WIDTH if size else -1, -1, -1):
            entries, hashes = tiles.entries(index, size), tiles.tile(0, index, size)
            began = False
            for place, entry in enumerate(entries):
                if name not in entry:
                    continue
                if leaf_hash(entry) != hashes[place * HASH : (place + 1) * HASH]:
                    raise DamagedTile(str(index * WIDTH + place), "this entry was altered")
                record = leaf.decode(entry)
                if record.session == session:
                    began = began or record.type == "session.start"
                    yield record
            if began:
                return
    except MissingTile:
        return  # what is older was pruned
    except (DamagedTile, leaf.Malformed) as error:
        raise click.ClickException(f"the log cannot be read: {error}; `akios audit verify` says more") from error


def _in_journal(folder: str, session: str) -> Iterator[Leaf]:
    """What waits to come into the tree: of a session that runs, or that was killed a moment ago."""
    from akios_jail.audit import journal, leaf
    from akios_jail.audit.sequencer import JOURNALS

    try:
        fd = os.open(
            os.path.join(folder, JOURNALS, session), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return
    try:
        entries = journal.read(fd, journal.START, _WAITING).entries
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # who holds it lives
    except BlockingIOError:
        raise click.UsageError(f"{session} still runs: its end is not known yet") from None
    except OSError:
        return
    finally:
        os.close(fd)
    for entry in entries:
        try:
            record = leaf.decode(entry)
        except leaf.Malformed:
            continue
        if record.session == session:
            yield record
