"""The log's own key: made at its first use, kept beside the log, and never made a second time.

The private key is `keys/audit.pem` in the state folder, for its owner alone; brokers never hold it. Its public half, in
the one line that people pass on, is the file `key` in the log's folder. A log whose key is gone is not given another:
whoever has checked its checkpoints so far could not tell that from a forgery.
"""

from __future__ import annotations

import hashlib
import os
import stat

from akios_jail.audit import checkpoint, head, note
from akios_jail.audit.durable import Writing
from akios_jail.audit.journal import AuditUnavailable
from akios_jail.audit.note import BadKey, BadNote, Signer, Verifier
from akios_jail.audit.tiles import DamagedTile, MissingTile, read_file

#: The public key's file in the log's folder.
NAME = "key"
_MOST = 4096


def verifier(folder: str) -> Verifier | None:
    """The public key in the log's folder; None if there is none. `BadKey` if it is not what it must be."""
    try:
        return note.verifier(read_file(folder, NAME, _MOST).decode())
    except MissingTile:
        return None
    except (DamagedTile, UnicodeDecodeError) as error:
        raise BadKey(f"the log's public key cannot be read: {error}") from error


def establish(folder: str, pem_path: str, name: str | None = None) -> Signer:
    """The log's key, made if this log has none yet and no record. The caller holds the log's lock.

    `name`: what a new key shall be called; without it, it is called after itself. `BadKey` if the key that is there
    cannot be used or has another name, `AuditUnavailable` if it is gone, `OSError` if it cannot be read or written.
    """
    pem, public = _private(pem_path), verifier(folder)
    if pem is None:
        if public is not None or head.load(folder).tree.size:
            raise AuditUnavailable(
                f"the audit log's private key {pem_path} is gone: put it back, "
                "or move the audit folder aside to begin a new log under a new key"
            )
        signer = Signer.generate(name)
        _keep_private(pem_path, signer.pem())
    else:
        signer = Signer.load(pem, public.name if public else name or _signed_name(folder) or _own_name(pem))
        if public is not None and public.vkey != signer.vkey:
            raise BadKey(f"the private key {pem_path} is not that of the log's public key, {public.name}")
    if name is not None and signer.name != name:
        raise BadKey(f"the log is called {signer.name} already, and keeps its name")
    if public is None:
        writing = Writing(folder)
        writing.write(NAME, signer.vkey.encode() + b"\n")
        writing.settle()
    return signer


def _private(path: str) -> bytes | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise BadKey(f"{path} is not a regular file that only its owner, you, can read (chmod 600)")
        return file.read(_MOST)


def _keep_private(path: str, pem: bytes) -> None:
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    writing = Writing(folder)
    writing.write(os.path.basename(path), pem)
    writing.settle()


def _signed_name(folder: str) -> str | None:
    """The name under which the log's last checkpoint was signed, if there is one."""
    try:
        return checkpoint.parse(note.parse(read_file(folder, checkpoint.NAME, note.MAX_NOTE)).text).origin
    except (DamagedTile, BadNote):
        return None


def _own_name(pem: bytes) -> str:
    """What a key without a name is called."""
    return note.ORIGIN_PREFIX + hashlib.sha256(Signer.load(pem, "unnamed").verifier.public).hexdigest()[:16]
