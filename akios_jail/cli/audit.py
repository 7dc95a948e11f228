"""`akios audit`: is the log whole, and what does it say?"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from akios_jail.audit.record import Malformed, Record, decode
from akios_jail.audit.verify import Verification
from akios_jail.audit.verify import verify as verify_log
from akios_jail.cli.style import paint, printable


@click.group()
def command() -> None:
    """Verify and read the audit log: one record for every verdict, in a chain of hashes that shows any change."""


def _log_options(function: Callable[..., Any]) -> Callable[..., Any]:
    state_dir = click.option("--state-dir", metavar="DIR", help="The state folder whose log is meant.")
    log = click.option("--log", metavar="FILE", help="The log itself, wherever it was copied to.")
    return state_dir(log(function))


def _find_log(state_dir: str | None, log: str | None) -> Path:
    from akios_jail.launcher.state import State, default_path

    path = log or State(state_dir or default_path(os.geteuid(), dict(os.environ))).audit_log
    try:
        os.stat(path)
    except PermissionError:
        raise click.ClickException(
            f"{path} is not yours to read: the log belongs to who runs sessions; use sudo"
        ) from None
    except OSError:
        raise click.ClickException(
            f"there is no audit log at {path}: `akios run` makes one, --log names another"
        ) from None
    return Path(path)


@command.command()
@_log_options
@click.option("--head", metavar="SHA256", help="The digest of a record known to be there, as a run report gives it.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def verify(state_dir: str | None, log: str | None, head: str | None, as_json: bool) -> int:
    """Check that every record is there, unaltered and in its place.

    Exit status 0 when the log is whole, 1 when it is not; what is wrong is named. Records missing at the very end show
    only against a remembered --head: every run report has one.

    \b
    sudo akios audit verify
    sudo akios audit verify --head "$(jq -r .audit.head report.json)"
    """
    if head is not None and not re.fullmatch("[0-9a-f]{64}", head):
        raise click.UsageError(f"--head: {head!r} is no digest, which is 64 hexadecimal digits in lower case")
    path = _find_log(state_dir, log)
    result = verify_log(path, head)
    print(json.dumps(_document(path, result), indent=2) if as_json else _words(path, result))
    return 0 if result.intact else 1


def _document(path: Path, result: Verification) -> dict[str, Any]:
    damages = [
        {
            "kind": damage.kind,
            "line": damage.line,
            "first_record": damage.records[0] if damage.records else None,
            "last_record": damage.records[-1] if damage.records else None,
            "what": damage.what,
        }
        for damage in result.damages
    ]
    return {
        "path": str(path),
        "intact": result.intact,
        "records": result.records,
        "last_seq": result.last_seq,
        "head": result.head,
        "damages": damages,
    }


def _words(path: Path, result: Verification) -> str:
    if result.intact:
        head = f"\nhead: {result.head}" if result.head else ""
        return f"{paint('intact', 'good', sys.stdout)}: {result.records} records in {path}{head}"
    lines = [f"{paint('not intact', 'bad', sys.stdout)}: {path}"]
    lines += [f"  {paint(damage.kind, 'bad', sys.stdout)}: {damage.what}" for damage in result.damages]
    return "\n".join(lines)


@command.command()
@_log_options
@click.option("-n", "--lines", default=20, show_default=True, type=click.IntRange(1), help="How many records.")
@click.option("--session", metavar="ID", help="Only this session's records.")
@click.option("--json", "as_json", is_flag=True, help="The records as they stand in the log, one JSON object a line.")
def tail(state_dir: str | None, log: str | None, lines: int, session: str | None, as_json: bool) -> None:
    """Show the last records. It does not verify them: `akios audit verify` does.

    \b
    sudo akios audit tail -n 50
    sudo akios audit tail --session ses_7f3a9bc21d04 --json | jq 'select(.decision == "deny")'
    """
    last: deque[tuple[bytes, Record | None]] = deque(maxlen=lines)
    with _find_log(state_dir, log).open("rb") as file:
        for line in file:
            text = line.rstrip(b"\n")
            try:
                record = decode(text)
            except Malformed:
                record = None
            if session is None or (record is not None and record.session == session):
                last.append((text, record))
    if session is not None and not last:
        print(f"no record of the session {printable(session)}", file=sys.stderr)
    for text, record in last:
        if as_json:
            print(text.decode("utf-8", "replace"))
        elif record is None:
            print(paint("a damaged line", "bad", sys.stdout))
        else:
            print(_summary(record))


def _summary(record: Record) -> str:
    fields = {name: value for name, value in record.fields.items() if name != "policy_sha256"}
    words = " ".join(f"{name}={_value(value)}" for name, value in fields.items())
    meaning = {"deny": "bad", "hold": "warning"}.get(str(fields.get("decision")), "quiet")
    start = f"{record.seq:>6}  {record.time}  {record.session or '-'}  {record.type}"
    return f"{start}  {paint(printable(words), meaning, sys.stdout)}"


def _value(value: object) -> str:
    return value if isinstance(value, str) and value and not set(value) & set(' "=') else json.dumps(value)
