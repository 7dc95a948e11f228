"""`budgets.db`, which brokers write and a broker that was taken over can have written: read by other brokers, and shown
by `akios budget`.

The first line says how its tables are declared (`strict`, as ours are, or `loose`), the rest is rows for them as JSON;
or `file`, and the SQLite file itself. It is read, or said to be unreadable, in words; what is shown of it is printable,
and nobody is granted more than the limit leaves.
"""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from akios_jail.cli import budget
from akios_jail.flux import queue, snapshots, store
from akios_jail.flux.day import Drawn, Held, Standing
from akios_jail.flux.ledger import Refusal, Spent
from akios_jail.policy.plans import Limit
from tests.fuzz.words import has_words

TOKENS = (
    *(b"strict\n", b"loose\n", b"file\n", b"SQLite format 3\x00", b'"days":[["p",20000,5,5,null,null]]', b'"raises":'),
    *(b'"reservations":[["ses_a.1","p",20000,"ses_a",1.5,5,5]]', b'"sessions":[["ses_a",1.5,"{}"]]', b"20000", b"-1"),
    *(
        b'"queue":[[1,"p","d","ses_a","a",5,5,1.5,1.5]]',
        b"9223372036854775807",
        b"1e300",
        b'"day"',
        b'{\\"limits\\":[]}',
    ),
    *(b"CREATE VIEW", b"CREATE TRIGGER", b'"base64:/w=="', b"\\u001b[2J", b"\\ud800"),
)
#: The moment at which all of it is looked at: 2024-10-04, day 20,000.
_NOW = 20_000 * 86_400 + 3_600.0
_LIMIT = Limit("day", 1_000, 1_000, "refuse", 0.0, "policy")
_SCHEMA = store._SCHEMA + queue.SCHEMA + snapshots.SCHEMA


def fuzz(data: bytes) -> None:
    """Read a file."""
    first, _, rest = data.partition(b"\n")
    if first not in (b"strict", b"loose", b"file"):
        return
    with tempfile.TemporaryDirectory(prefix="akios-fuzz-") as folder:
        path = Path(folder) / store.NAME
        if first == b"file":
            path.write_bytes(rest)
        elif not _filled(path, _SCHEMA if first == b"strict" else _SCHEMA.replace(" STRICT", " "), rest):
            return
        _shown(folder)
        _used(folder)


def _filled(path: Path, schema: str, rows: bytes) -> bool:
    """The file with these rows; False if they are none. `base64:` in a value is a blob."""
    import base64

    try:
        tables = json.loads(rows)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript(f"PRAGMA synchronous = OFF; {schema.replace(') , WITHOUT', ') WITHOUT')}")
            for name, told in tables.items():
                for row in told if isinstance(told, list) else ():
                    values = [
                        base64.b64decode(each[7:])
                        if isinstance(each, str) and each.startswith("base64:")
                        else each
                        if each is None or isinstance(each, (str, int, float))
                        else json.dumps(each)
                        for each in row
                    ]
                    marks = ", ".join("?" * len(values))
                    table = "".join(letter for letter in name if letter.isalpha())
                    with contextlib.suppress(sqlite3.Error, OverflowError, UnicodeEncodeError):
                        connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)
    except (ValueError, TypeError, AttributeError, RecursionError, sqlite3.Error):
        return False
    return True


def _shown(folder: str) -> None:
    """As `akios budget show` has it: read by a child, which sends it as JSON, and then made fit to be seen."""
    try:
        kept = store.Store(folder, now=lambda: _NOW, patience=0.1)
    except sqlite3.Error as error:
        has_words(error)
        return
    with contextlib.closing(kept):
        try:
            told = {
                "days": [[standing, limits] for standing, limits in kept.standings()],
                "sessions": kept.snapshots.read(),
                "queue": kept.queue.places(),
            }
        except sqlite3.Error as error:
            has_words(error)
            return
    found = budget._shaped(json.loads(json.dumps(told)), time.time())
    with redirect_stdout(io.StringIO()):
        for line in budget._lines(found):
            assert all(part.isprintable() for part in line.split("\n"))
    json.loads(json.dumps(found))


def _used(folder: str) -> None:
    """As brokers use it. Whatever was there, nobody gets more than the limit leaves."""
    try:
        kept = store.Store(folder, now=lambda: _NOW, patience=0.1)
    except sqlite3.Error:
        return
    with contextlib.closing(kept):
        _tried(kept.fold)
        standing = _tried(lambda: kept.standing("p"))
        granted: Any = _tried(lambda: kept.reserve("p", "ses_a", (_LIMIT,), Spent(600, 600)))
        if isinstance(standing, Standing) and isinstance(granted, Held):
            raised = standing.raised(_LIMIT)
            used = standing.spent.microusd + standing.reserved.microusd
            assert used + 600 <= (raised.microusd or 0), (standing, granted)
        if isinstance(granted, Held):
            _tried(lambda: kept.draw(Drawn(granted, Spent(1, 1), Spent(1, 1))))
            _tried(lambda: kept.settle(granted, Spent(5, 5)))
        assert granted is None or isinstance(granted, Held | Refusal)
        _tried(lambda: kept.raises(("ses_a", "p"), 0))
        _tried(lambda: kept.queue.take("p", "d", "ses_a", "a", Spent(1, 1)))
        _tried(lambda: kept.raise_to("somebody", "p", "day", 2_000, None))
        _tried(lambda: kept.snapshots.publish("ses_a", {"a": 1}))


def _tried(work: Any) -> Any:
    """What it returns; None where the file cannot be used for it, which has to be said."""
    try:
        return work()
    except sqlite3.Error as error:
        has_words(error)
        return None
