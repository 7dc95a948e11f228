"""`akios audit verify`: is the log whole, is it the one that was there before, and who else has seen it?"""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from akios_jail.cli import audit_log
from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from akios_jail.audit.examine import Examination

#: Damages that are printed for people; JSON has them all.
_SHOWN = 50


@click.command(short_help="Check that every record is there, unaltered, in its place.")
@click.argument("folder", required=False, metavar="[FOLDER]")
@audit_log.which
@click.option("--key", metavar="VKEY", help="The log's public key, as you keep it: name+hash+base64.")
@click.option(
    "--from",
    "older",
    metavar="FILE",
    multiple=True,
    help="An older checkpoint of this log, or a run report that holds one (- for stdin): the log must go on from it.",
)
@click.option("--new", is_flag=True, help="Read only what came after the newest --from.")
@audit_log.witnessed
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def verify(
    folder: str | None,
    state_dir: str | None,
    log: str | None,
    key: str | None,
    older: tuple[str, ...],
    new: bool,
    witnesses: tuple[str, ...],
    quorum: int | None,
    as_json: bool,
) -> int:
    """Check that every record is there, unaltered and in its place, and that the checkpoint vouches for all of them.

    Works on a copied FOLDER, with the log's public key alone, and changes nothing in it. Exit status 0 when the log is
    whole, 1 when it is not; what is wrong is named.

    Without --key the key is taken from the folder, which whoever rewrote the log may have replaced, too. A log that
    was rewritten by someone who has its private key, or whose end was cut off, shows against an older checkpoint
    (--from; every run report has one), or by the cosignatures of witnesses.

    \b
    akios audit verify
    akios audit verify copy/audit --key "$(cat audit.vkey)"
    akios audit verify --from report.json --from last-month.checkpoint
    akios audit verify --witness "$(cat w1.vkey)" --witness "$(cat w2.vkey)" --quorum 1
    """
    from akios_jail.audit.examine import NoLog, examine
    from akios_jail.audit.note import BadKey

    if folder is not None and (state_dir is not None or log is not None):
        raise click.UsageError("name the log once: as FOLDER, with --log or with --state-dir")
    if new and not older:
        raise click.UsageError("--new: what is new shows against an older checkpoint; give it with --from")
    path = audit_log.folder_of(state_dir, folder or log)
    known, wanted = audit_log.known(witnesses, quorum)
    checkpoints = [_checkpoint(place) for place in older]
    try:
        result = examine(path, key, checkpoints, known, wanted, only_new=new)
    except NoLog as error:
        raise click.ClickException(str(error)) from error
    except BadKey as error:
        raise click.UsageError(f"--key: {error}") from error
    print(json.dumps(_document(path, result), indent=2) if as_json else _words(path, result, len(known)))
    return 0 if result.intact else 1


def _checkpoint(place: str) -> bytes:
    """A checkpoint from a file: the signed note itself, or the one that a run report holds."""
    data = audit_log.given(place)
    if not data.lstrip().startswith(b"{"):
        return data
    try:
        text = json.loads(data)["audit"]["checkpoint"]
    except (ValueError, LookupError, TypeError, RecursionError):
        text = None
    if not isinstance(text, str) or not text:
        raise click.UsageError(f"--from: {place} is neither a checkpoint nor a run report that holds one")
    return text.encode("utf-8", "replace")


def _document(path: str, result: Examination) -> dict[str, Any]:
    return {
        "path": path,
        "intact": result.intact,
        "origin": result.origin,
        "key": result.vkey,
        "key_from_folder": result.key_from_folder,
        "size": result.tree.size,
        "root": base64.b64encode(result.tree.root).decode("ascii"),
        "read": {"first": result.read.start, "count": len(result.read)},
        "pruned_before": result.pruned,
        "goes_on_from": list(result.since),
        "witnesses": [{"name": seen.witness, "time": audit_log.seen_time(seen)} for seen in result.seen],
        "damages": [
            {
                "kind": damage.kind,
                "file": damage.file,
                "first_entry": damage.entries[0] if damage.entries else None,
                "last_entry": damage.entries[-1] if damage.entries else None,
                "what": damage.what,
            }
            for damage in result.damages
        ],
        "notices": list(result.notices),
    }


def _words(path: str, result: Examination, witnesses: int) -> str:
    size = result.tree.size
    state = paint("intact", "good", sys.stdout) if result.intact else paint("not intact", "bad", sys.stdout)
    lines = [f"{state}: {size} records in {path}"]
    for damage in result.damages[:_SHOWN]:
        lines.append(f"  {paint(damage.kind, 'bad', sys.stdout)}: {printable(f'{damage.file}: {damage.what}')}")
    if len(result.damages) > _SHOWN:
        lines.append(f"  … and {len(result.damages) - _SHOWN} more (--json has them all)")
    rows = [
        ("log", result.origin),
        ("root", f"{base64.b64encode(result.tree.root).decode('ascii')} of {size} records"),
        ("key", result.vkey),
    ]
    if result.key_from_folder:
        rows.append(("", "taken from the log's own folder: it says more if you keep it elsewhere and give it as --key"))
    if len(result.read) < size:
        rows.append(("read", f"records {result.read.start} to {size - 1}; the older ones the checkpoint vouches for"))
    if result.pruned:
        rows.append(("pruned", f"records below {result.pruned} were removed, as the log records; their hashes hold"))
    rows += [("goes on from", f"the checkpoint of {before} records") for before in result.since]
    if witnesses:
        shown = ", ".join(map(audit_log.seen_words, result.seen)) or "nobody"
        rows.append(("cosigned by", f"{shown} ({len(result.seen)} of {witnesses})"))
    rows += [("note", notice) for notice in result.notices]
    width = max(len(name) for name, _ in rows)
    lines += [printable(f"  {name:{width}}  {value}") for name, value in rows]
    return "\n".join(lines)
