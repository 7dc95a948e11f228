"""`akios audit proof` and `verify-proof`: that one record is in the log, shown to somebody who has only the key."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import click

from akios_jail.cli import audit_log, failures
from akios_jail.cli.style import paint, printable


@click.command(short_help="Prove that one record is in the log.")
@click.argument("index", type=click.IntRange(0), metavar="INDEX")
@audit_log.which
@click.option("--key", metavar="VKEY", help="The log's public key; the one in the log's folder unless given.")
@click.option(
    "-o", "--output", metavar="FILE", help="Write the proof there (as a rule *.tlog-proof); stdout unless given."
)
def proof(index: int, state_dir: str | None, log: str | None, key: str | None, output: str | None) -> int:
    """Make a proof that record INDEX is in the log, for somebody who has the log's public key and nothing else.

    The proof is a text in the public format tlog-proof: the record, its path in the tree, and the signed checkpoint.
    `akios audit verify-proof` checks it offline, and so do the tools of others. INDEX is the number that `akios audit
    tail` shows first.

    \b
    akios audit proof 73 -o 73.tlog-proof
    akios audit verify-proof 73.tlog-proof --key "$(cat audit.vkey)"
    """
    from akios_jail.audit import checkpoint, note, prune
    from akios_jail.audit import proof as proofs
    from akios_jail.audit.bundle import WIDTH
    from akios_jail.audit.examine import NoLog, find_key
    from akios_jail.audit.merkle import BadProof
    from akios_jail.audit.tiles import DamagedTile, Tiles, read_file

    folder = audit_log.folder_of(state_dir, log)
    tiles = Tiles(folder)
    try:
        trusted, _ = find_key(folder, key)
        signed = read_file(folder, checkpoint.NAME, note.MAX_NOTE)
        head, _ = checkpoint.open_checkpoint(signed, trusted)
        if index >= head.size:
            raise click.ClickException(f"the log has {head.size} signed records: the last one is {head.size - 1}")
        if index < (kept := prune.first_kept(tiles, head.size)):
            raise click.ClickException(f"the records below {kept} were removed from this log (`akios audit prune`)")
        entry = tiles.entries(index // WIDTH, head.size)[index % WIDTH]
        made = proofs.prove(index, head.size, entry, tiles.hashes(head.size), signed)
        proofs.check(made, entry, trusted)
    except (DamagedTile, NoLog, note.BadKey, note.BadNote, BadProof) as error:
        raise click.ClickException(f"there is no proof: {error}; `akios audit verify` says what is wrong") from error
    if output is None:
        sys.stdout.write(made.text)
    else:
        with failures.told_of(output):
            Path(output).write_text(made.text)
    return 0


@click.command(name="verify-proof", short_help="Check such a proof, offline.")
@click.argument("file", metavar="FILE")
@click.option("--key", required=True, metavar="VKEY", help="The log's public key: name+hash+base64.")
@click.option("--entry", metavar="FILE", help="The record's bytes, if the proof does not hold them.")
@audit_log.witnessed
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def verify_proof(
    file: str, key: str, entry: str | None, witnesses: tuple[str, ...], quorum: int | None, as_json: bool
) -> int:
    """Check a proof that a record is in a log. FILE is a tlog-proof, - stdin. Needs no log and no network.

    Exit status 0 when it is proven, 1 when it is not.

    \b
    akios audit verify-proof 73.tlog-proof --key "akios-audit/…+1a2b3c4d+AZ…"
    """
    from akios_jail.audit import cosignature, merkle, note
    from akios_jail.audit import proof as proofs

    known, wanted = audit_log.known(witnesses, quorum)
    try:
        trusted = note.verifier(key)
    except note.BadKey as error:
        raise click.UsageError(f"--key: {error}") from error
    data = audit_log.given(file)
    try:
        read = proofs.parse(data)
        record = read.extra if entry is None else audit_log.given(entry)
        if not record:
            raise click.UsageError("the proof does not hold the record: give its bytes with --entry")
        proven = proofs.check(read, record, trusted)
        seen = cosignature.seen_by(proven.signed, known)
    except (proofs.BadFormat, note.BadNote, merkle.BadProof) as error:
        if as_json:
            print(json.dumps({"proven": False, "what": str(error)}, indent=2))
        else:
            print(f"{paint('not proven', 'bad', sys.stdout)}: {printable(str(error))}")
        return 1
    enough = len(seen) >= wanted
    head = proven.checkpoint
    root = base64.b64encode(head.root).decode("ascii")
    shown = record.decode("utf-8", "replace")
    if as_json:
        document = {
            "proven": enough,
            "origin": head.origin,
            "index": proven.index,
            "size": head.size,
            "root": root,
            "witnesses": [{"name": each.witness, "time": audit_log.seen_time(each)} for each in seen],
            "record": shown,
            **({} if enough else {"what": f"{len(seen)} of the witnesses cosigned it, and {wanted} must have"}),
        }
        print(json.dumps(document, indent=2))
        return 0 if enough else 1
    if not enough:
        words = f"{len(seen)} of the witnesses cosigned the checkpoint, and {wanted} must have"
        print(f"{paint('not proven', 'bad', sys.stdout)}: {words}")
        return 1
    print(f"{paint('proven', 'good', sys.stdout)}: this is record {proven.index} of the log {printable(head.origin)}")
    print(f"  root         {root} of {head.size} records")
    for each in seen:
        print(f"  cosigned by  {printable(audit_log.seen_words(each))}")
    print(f"  record       {printable(shown)}")
    return 0
