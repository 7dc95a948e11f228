"""`akios audit checkpoint`, `init`, `recover` and `prune`: keeping the log."""

from __future__ import annotations

import json
import os
import sys

import click

from akios_jail.cli import audit_log
from akios_jail.cli.style import paint, printable


@click.command(name="checkpoint", short_help="Print the signed checkpoint; add cosignatures of witnesses.")
@audit_log.which
@click.option("--add", metavar="FILE", help="The checkpoint as it came back from witnesses, - for stdin.")
@click.option("--witness", "witnesses", metavar="VKEY", multiple=True, help="Whose cosignatures are taken from it.")
@click.option("--json", "as_json", is_flag=True, help="What the checkpoint says, as JSON.")
def checkpoint_command(
    state_dir: str | None, log: str | None, add: str | None, witnesses: tuple[str, ...], as_json: bool
) -> int:
    """Print the log's checkpoint: how many records it has, and one hash that vouches for all of them, signed.

    Keep it elsewhere (mail it, commit it, hand it to a witness): `akios audit verify --from FILE` then shows whether
    the log still goes on from it. --add merges cosignatures that witnesses made for this very checkpoint.

    \b
    akios audit checkpoint > 2026-01-31.checkpoint
    akios audit checkpoint --add cosigned --witness "$(cat w1.vkey)"
    """
    from akios_jail.audit import checkpoint, note
    from akios_jail.audit.examine import NoLog, find_key
    from akios_jail.audit.tiles import DamagedTile, read_file

    folder = audit_log.folder_of(state_dir, log)
    if add is not None:
        _add(folder, state_dir, log, audit_log.given(add), witnesses)
    elif witnesses:
        raise click.UsageError("--witness goes with --add")
    try:
        data = read_file(folder, checkpoint.NAME, note.MAX_NOTE)
        head, signed = checkpoint.open_checkpoint(data, find_key(folder, None)[0])
    except (DamagedTile, NoLog, note.BadKey, note.BadNote) as error:
        raise click.ClickException(f"there is no checkpoint: {error}") from error
    if as_json:
        names = [signature.name for signature in signed.signatures]
        text = data.decode()
        root = signed.text.split("\n")[2]
        document = {"origin": head.origin, "size": head.size, "root": root, "signatures": names, "checkpoint": text}
        print(json.dumps(document, indent=2))
    else:
        sys.stdout.write(data.decode())
    return 0


def _add(folder: str, state_dir: str | None, log: str | None, other: bytes, witnesses: tuple[str, ...]) -> None:
    from akios_jail.audit import checkpoint, cosignature, note
    from akios_jail.audit.durable import Writing
    from akios_jail.audit.tiles import DamagedTile, read_file

    if log is not None:
        raise click.UsageError("--add goes to the log of a state folder, not to a copy")
    known, _ = audit_log.known(witnesses, 0)
    if not known:
        raise click.UsageError("--add: name whose cosignatures are to be taken with --witness")
    from akios_jail.audit.sequencer import Log

    with Log(folder, _key_path(state_dir)).locked():
        try:
            mine = read_file(folder, checkpoint.NAME, note.MAX_NOTE)
            merged, seen = cosignature.merge(mine, other, known)
        except (DamagedTile, note.BadNote) as error:
            raise click.ClickException(f"nothing was added: {error}") from error
        writing = Writing(folder)
        writing.write(checkpoint.NAME, merged)
        writing.settle()
    for each in seen:
        print(f"added: {printable(audit_log.seen_words(each))}", file=sys.stderr)


@click.command(short_help="Give the log its name and key before the first session.")
@click.option("--state-dir", metavar="DIR", help="The state folder whose log is meant.")
@click.option("--origin", metavar="NAME", help="The log's name, as a rule a URL without scheme: audit.example.com/ci.")
@click.option("--json", "as_json", is_flag=True, help="The name and the key as JSON.")
def init(state_dir: str | None, origin: str | None, as_json: bool) -> int:
    """Make the log's signing key, and print its public half: keep that elsewhere, to verify with.

    The first session does the same under a name of its own making. A log that has a key keeps it, and its name.

    \b
    akios audit init --origin audit.example.com/build-machine > audit.vkey
    """
    from akios_jail.audit import signing
    from akios_jail.audit.note import BadKey, check_name
    from akios_jail.audit.sequencer import Log
    from akios_jail.launcher.state import default_path, open_state

    if origin is not None:
        try:
            check_name(origin)
        except BadKey as error:
            raise click.UsageError(f"--origin: {error}") from error
    store = open_state(state_dir or default_path(os.geteuid(), dict(os.environ)))
    os.makedirs(store.audit_folder, mode=0o700, exist_ok=True)
    with Log(store.audit_folder, store.audit_key).locked():
        try:
            signer = signing.establish(store.audit_folder, store.audit_key, origin)
        except BadKey as error:
            raise click.ClickException(str(error)) from error
    print(json.dumps({"origin": signer.name, "key": signer.vkey}, indent=2) if as_json else signer.vkey)
    return 0


@click.command(short_help="Bring what dead sessions left into the log.")
@click.option("--state-dir", metavar="DIR", help="The state folder whose log is meant.")
@click.option("--json", "as_json", is_flag=True, help="The sessions as JSON.")
def recover(state_dir: str | None, as_json: bool) -> int:
    """Put the records of sessions that died (kill -9, a power failure) into the log, and sign it.

    The next `akios run` does so, too. A record that was acknowledged is never lost; a line that was torn off in the
    middle is cut, and the log says so.

    \b
    akios audit recover
    """
    from akios_jail.audit.sequencer import Log

    folder = audit_log.folder_of(state_dir, None)
    sessions = Log(folder, _key_path(state_dir)).recover()
    if as_json:
        print(json.dumps({"recovered": sessions}, indent=2))
    elif sessions:
        print(f"recovered: {printable(', '.join(sessions))}")
    else:
        print("nothing to recover: no session left records behind")
    return 0


@click.command(short_help="Remove old records; the tree and all proofs stay whole.")
@click.option("--state-dir", metavar="DIR", help="The state folder whose log is meant.")
@click.option("--before", metavar="TIME", help="Remove records of before this time: 2026-01-31, 2026-01-31T12:00:00Z.")
@click.option("--keep", type=click.IntRange(0), metavar="N", help="Remove all but the last N records.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@click.option("--json", "as_json", is_flag=True, help="What was removed, as JSON.")
def prune(state_dir: str | None, before: str | None, keep: int | None, dry_run: bool, as_json: bool) -> int:
    """Remove old records from the log, in whole bundles of 256. The log records that, and by whom, before they go.

    All hashes stay: the log still verifies, goes on from every older checkpoint, and proves a record that somebody
    kept. What was removed cannot be had back: export it first.

    \b
    akios audit export --until 2026-01-01 > 2025.jsonl
    akios audit prune --before 2026-01-01
    """
    from akios_jail.audit import prune as retention
    from akios_jail.audit.moments import moment
    from akios_jail.audit.sequencer import Log
    from akios_jail.audit.tiles import DamagedTile, Tiles

    if (before is None) == (keep is None):
        raise click.UsageError("say what is to go: --before TIME, or --keep N")
    when = moment(before) if before is not None else None
    if before is not None and when is None:
        raise click.UsageError(f"--before: {before!r} is no time; write 2026-01-31 or 2026-01-31T12:00:00Z")
    folder = audit_log.folder_of(state_dir, None)
    log, tiles = Log(folder, _key_path(state_dir)), Tiles(folder)
    with log.locked() as head:
        size = head.tree.size
    try:
        start = retention.first_kept(tiles, size)
        stop = retention.keeping(size, keep) if keep is not None else 0
        stop = retention.before(tiles, size, when) if when is not None else stop
    except DamagedTile as error:
        raise click.ClickException(f"nothing was removed: {error}; `akios audit verify` says more") from error
    if stop > start and not dry_run:
        fields = {"before": stop, "first": start, "by": _who()}
        log.record(retention.TYPE, fields)
        with log.locked():
            retention.remove(tiles, start, stop)
    removed = max(0, stop - start)
    if as_json:
        print(
            json.dumps({"removed": removed, "first": start, "before": max(start, stop), "dry_run": dry_run}, indent=2)
        )
    elif not removed:
        print("nothing to remove: records go in whole bundles of 256")
    else:
        word = "would remove" if dry_run else paint("removed", "warning", sys.stdout)
        print(f"{word}: {removed} records ({start} to {stop - 1}); {size - stop} stay")
    return 0


def _key_path(state_dir: str | None) -> str:
    from akios_jail.launcher.state import State, default_path

    return State(state_dir or default_path(os.geteuid(), dict(os.environ))).audit_key


def _who() -> str:
    """Who prunes: the account, and whoever became it by sudo."""
    asked = os.environ.get("SUDO_UID", "")
    return f"uid {os.getuid()}" + (f" (for uid {asked})" if asked.isascii() and asked.isdigit() else "")
