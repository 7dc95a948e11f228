"""`akios audit`: is the log whole, what does it say, and how is that shown to somebody else?"""

from __future__ import annotations

import click

from akios_jail.cli import audit_keep, audit_proof, audit_read, audit_verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Verify, read, prove, export and keep the audit log.

    One record for every verdict, in a transparency log of the public C2SP formats: outsiders verify it with the log's
    public key alone.

    \b
    akios audit verify
    akios audit tail -f
    akios audit proof 73 -o 73.tlog-proof
    """


for each in (
    audit_verify.verify,
    audit_read.tail,
    audit_proof.proof,
    audit_proof.verify_proof,
    audit_read.export,
    audit_keep.checkpoint_command,
    audit_keep.init,
    audit_keep.recover,
    audit_keep.prune,
):
    command.add_command(each)
