"""Records for other systems: as they are (JSON lines), as CEF, or as events of the OCSF schema. Pure.

What stands in a record may be an agent's words or a stranger's. Each format is one line a record, whatever a field
holds: nothing in it can end the line, begin another field, or move a reader's terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from akios_jail import __version__
from akios_jail.audit.export_cef import cef
from akios_jail.audit.export_ocsf import ocsf
from akios_jail.audit.leaf import Leaf
from akios_jail.audit.moments import moment

#: Gives the line of a record: from its index, the record, the log's origin, and this program's version.
Format = Callable[[int, Leaf, str, str], str]


def jsonl(index: int, record: Leaf, origin: str, version: str) -> str:
    """The record as JSON, with its index in the log."""
    own = {"index": index, "time": record.time, "session": record.session, "n": record.n, "type": record.type}
    return json.dumps({**own, **record.fields}, separators=(",", ":"))


#: The formats by the names that people give them.
FORMATS: dict[str, Format] = {"jsonl": jsonl, "cef": cef, "ocsf": ocsf}


def line(form: str, index: int, record: Leaf, origin: str) -> str:
    """One record in one of the FORMATS, without a newline."""
    return FORMATS[form](index, record, origin, __version__)


def wanted(record: Leaf, session: str | None, since: datetime | None, until: datetime | None) -> bool:
    """Whether a record is one of this session and of the time from `since` to before `until`.

    A record whose time cannot be read is not left out: whoever asks for a time must not miss it.
    """
    if session is not None and record.session != session:
        return False
    when = moment(record.time)
    if when is None:
        return True
    return (since is None or when >= since) and (until is None or when < until)
