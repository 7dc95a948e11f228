"""`akios audit tail` and `export`: what the log says, for people and for other systems."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from akios_jail.cli import audit_log
from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from datetime import datetime

    from akios_jail.audit.leaf import Leaf

#: How often `tail -f` looks for new records, in seconds. They come into the tree about once a second.
_LOOK_S: Final = 0.3


class _Row(NamedTuple):
    """One entry as it was read: `record` is None where it is none, or is not what the tree has there."""

    place: int
    entry: bytes
    record: Leaf | None


@click.command(short_help="Show the last records, and the next as they come.")
@audit_log.which
@click.option(
    "-n", "--lines", default=20, show_default=True, type=click.IntRange(0), metavar="N", help="How many records."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is recorded from now on, until Ctrl-C.")
@click.option("--session", metavar="ID", help="Only this session's records.")
@click.option("--json", "as_json", is_flag=True, help="Each record as JSON, with its index, one a line.")
def tail(state_dir: str | None, log: str | None, lines: int, follow: bool, session: str | None, as_json: bool) -> int:
    """Show the last records: index, time, session, type, and what was decided.

    A session's records come into the log within a second or two. This does not verify the log: `akios audit verify`
    does.

    \b
    akios audit tail -n 50
    akios audit tail -f --session ses_7f3a9bc21d04
    akios audit tail --json -n 1000 | jq 'select(.decision == "deny")'
    """
    folder = audit_log.folder_of(state_dir, log)
    size = _size(folder)
    last = _last(folder, size, lines, session)
    if session is not None and not last and not follow:
        print(f"no record of the session {printable(session)}", file=sys.stderr)
    for row in last:
        print(_line(row, as_json))
    while follow:
        sys.stdout.flush()
        time.sleep(_LOOK_S)
        grown = _size(folder)
        for row in _rows(folder, size, grown):
            if session is None or (row.record is not None and row.record.session == session):
                print(_line(row, as_json))
        size = max(size, grown)
    return 0


@click.command(short_help="Give records to other systems: JSON lines, CEF, OCSF.")
@audit_log.which
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "cef", "ocsf"]),
    default="jsonl",
    show_default=True,
    help="JSON lines, ArcSight's Common Event Format, or events of the OCSF schema 1.6.0.",
)
@click.option("--session", metavar="ID", help="Only this session's records.")
@click.option("--since", metavar="TIME", help="Only records of this time or later: 2026-01-31, 2026-01-31T12:00:00Z.")
@click.option("--until", metavar="TIME", help="Only records before this time.")
@click.option("--start", default=0, type=click.IntRange(0), metavar="INDEX", help="Begin at this record of the log.")
def export(
    state_dir: str | None,
    log: str | None,
    form: str,
    session: str | None,
    since: str | None,
    until: str | None,
    start: int,
) -> int:
    """Print records for other systems, one a line. Each bears its index in the log, so that it can be proven.

    Every entry is compared with its hash; one that does not fit is left out, named on stderr, and the exit status is 1.

    \b
    akios audit export --format ocsf --since 2026-01-31 > events.jsonl
    akios audit export --format cef --session ses_7f3a9bc21d04
    akios audit export --start "$(cat next)" | tee batch | wc -l
    """
    from akios_jail.audit import export as formats

    first, last = _moment("--since", since), _moment("--until", until)
    folder = audit_log.folder_of(state_dir, log)
    origin, wrong = _origin(folder), 0
    for row in _rows(folder, start, _size(folder)):
        if row.record is None:
            wrong += 1
            print(f"record {row.place} is damaged and left out; `akios audit verify` says more", file=sys.stderr)
        elif formats.wanted(row.record, session, first, last):
            print(formats.line(form, row.place, row.record, origin))
    return 1 if wrong else 0


def _moment(option: str, text: str | None) -> datetime | None:
    from akios_jail.audit.moments import moment

    if text is None:
        return None
    when = moment(text)
    if when is None:
        raise click.UsageError(f"{option}: {text!r} is no time; write 2026-01-31 or 2026-01-31T12:00:00Z")
    return when


def _origin(folder: str) -> str:
    """The log's name, as its checkpoint has it; "" before the first."""
    from akios_jail.audit import checkpoint, note
    from akios_jail.audit.tiles import DamagedTile, MissingTile, read_file

    try:
        return checkpoint.parse(note.parse(read_file(folder, checkpoint.NAME, note.MAX_NOTE)).text).origin
    except MissingTile:
        return ""
    except (DamagedTile, note.BadNote) as error:
        raise click.ClickException(f"the log cannot be read: {error}; `akios audit verify` says more") from error


def _size(folder: str) -> int:
    """How many records are committed; in a copy without `head.json`, how many are signed for."""
    from akios_jail.audit import checkpoint, head, note
    from akios_jail.audit.tiles import DamagedTile, MissingTile, read_file

    try:
        committed = head.load(folder)
        if committed != head.NO_HEAD:
            return committed.tree.size
        return checkpoint.parse(note.parse(read_file(folder, checkpoint.NAME, note.MAX_NOTE)).text).size
    except MissingTile:
        return 0
    except (DamagedTile, note.BadNote) as error:
        raise click.ClickException(f"the log cannot be read: {error}; `akios audit verify` says more") from error


def _last(folder: str, size: int, lines: int, session: str | None) -> list[_Row]:
    """The last so many records, of this session alone if one is named: read from the end on."""
    from akios_jail.audit.bundle import WIDTH

    found: list[_Row] = []
    stop = size
    while stop > 0 and len(found) < lines:
        start = (stop - 1) // WIDTH * WIDTH
        part = [
            row
            for row in _rows(folder, start, stop, size)
            if session is None or (row.record is not None and row.record.session == session)
        ]
        if not part and not _there(folder, start // WIDTH, size):
            break  # from here on back everything was pruned
        found = [*part, *found]
        stop = start
    return found[max(0, len(found) - lines) :]


def _there(folder: str, index: int, size: int) -> bool:
    from akios_jail.audit.tiles import DamagedTile, MissingTile, Tiles

    try:
        Tiles(folder).bundle(index, size)
    except MissingTile:
        return False
    except DamagedTile:
        return True
    return True


def _rows(folder: str, start: int, stop: int, size: int | None = None) -> Iterator[_Row]:
    """The records from `start` to before `stop`, each compared with its hash; pruned bundles are passed over."""
    from akios_jail.audit import leaf
    from akios_jail.audit.bundle import WIDTH
    from akios_jail.audit.merkle import HASH, leaf_hash
    from akios_jail.audit.tiles import DamagedTile, MissingTile, Tiles

    tiles, size = Tiles(folder), stop if size is None else size
    for index in range(start // WIDTH, -(-stop // WIDTH)):
        first = index * WIDTH
        try:
            entries = tiles.entries(index, size)
            hashes = tiles.tile(0, index, size)
        except MissingTile:
            continue
        except DamagedTile as trouble:
            raise click.ClickException(f"{trouble}; `akios audit verify` says more") from trouble
        for place, entry in enumerate(entries):
            if not start <= first + place < stop:
                continue
            record = None
            if leaf_hash(entry) == hashes[place * HASH : (place + 1) * HASH]:
                try:
                    record = leaf.decode(entry)
                except leaf.Malformed:
                    record = None
            yield _Row(first + place, entry, record)


def _line(row: _Row, as_json: bool) -> str:
    record = row.record
    if record is None:
        if as_json:
            return json.dumps({"index": row.place, "damaged": True})
        return f"{row.place:>6}  {paint('a damaged record: `akios audit verify` says more', 'bad', sys.stdout)}"
    if as_json:
        from akios_jail.audit.export import jsonl

        return jsonl(row.place, record, "", "")
    fields = {name: value for name, value in record.fields.items() if name != "policy_sha256"}
    words = " ".join(f"{name}={_value(value)}" for name, value in fields.items())
    meaning = {"deny": "bad", "hold": "warning"}.get(str(fields.get("decision")), "quiet")
    start = printable(f"{row.place:>6}  {record.time}  {record.session or '-'}  {record.type}").replace("\n", "\\x0a")
    return f"{start}  {paint(printable(words).replace(chr(10), chr(92) + 'x0a'), meaning, sys.stdout)}"


def _value(value: object) -> str:
    return value if isinstance(value, str) and value and not set(value) & set(' "=\n\t') else json.dumps(value)
