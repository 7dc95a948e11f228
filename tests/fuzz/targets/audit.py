"""What the audit log is read from, by whoever was given a copy of it: the first line says what the rest is.

`journal`, `note`, `proof`, `key`, `leaf`, `bundle`: bytes of that kind. `log PATH`: a whole log in which one file is
this; what differs from what was signed is named, and nothing stops the examination.
"""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from akios_jail.audit import bundle, checkpoint, cosignature, damage, head, journal, leaf, merkle, note, proof
from akios_jail.audit.examine import NoLog, examine
from akios_jail.audit.note import BadKey, BadNote
from akios_jail.audit.numbers import Numbers
from akios_jail.audit.record import encode
from tests.audit.logs import entry, log_in, open_journal
from tests.fuzz.cutting import pieces
from tests.fuzz.words import has_words

TOKENS = (
    *(b"journal\n", b"note\n", b"proof\n", b"key\n", b"leaf\n", b"bundle\n", b"log checkpoint\n", b"log head.json\n"),
    *(b"log tile/0/000.p/3\n", b"log tile/entries/000.p/3\n", b"log key\n", b"log journal/ses_wait\n", b"\n\n"),
    *(b"\xe2\x80\x94 ", b"akios-audit/", b"extra ", b"index 0\n", b"c2sp.org/tlog-proof@v1\n", b'"n":1'),
    *(b'"before":1', b'"type":"log.pruned"', b"9223372036854775807", b"18446744073709551616", b'{"size":'),
    *(b'"journals":{}',),
)
_SEED, _MOMENT = bytes(range(32)), 1_700_000_000.0


def fuzz(data: bytes) -> None:
    """Read a part of a log."""
    first, _, rest = data.partition(b"\n")
    kind, _, name = first.decode("latin-1").partition(" ")
    reader = _READERS.get(kind)
    if reader is not None:
        reader(rest)
    elif kind == "log" and name in _log():
        _examined(name, rest)


def _journal(data: bytes) -> None:
    """Its lines, also as they are read while it grows."""
    whole = journal.parse(data, journal.START)
    position, entries, so_far = journal.START, [], b""
    for piece in pieces(data):
        so_far += piece
        part = journal.parse(so_far[position.size :], position)
        entries += part.entries
        position = part.position
        if part.wrong:
            break
    assert entries == whole.entries
    assert position == whole.position
    numbers = Numbers(whole=True)
    for index, each in enumerate(whole.entries):
        numbers.entry(index, each)
    assert numbers.records == len(whole.entries)


def _note(data: bytes) -> None:
    try:
        found = note.parse(data)
    except BadNote as error:
        has_words(error)
        return
    assert note.parse(note.compose(found.text, found.signatures)) == found
    for signature in found.signatures:
        cosignature.timestamp(signature.signature)
    try:
        read = checkpoint.parse(found.text)
    except BadNote as error:
        has_words(error)
    else:
        assert checkpoint.parse(read.text) == read
    for opened in (checkpoint.open_checkpoint, _merged):
        try:
            opened(data, _log_key())
        except BadNote as error:
            has_words(error)


def _merged(data: bytes, key: note.Verifier) -> object:
    return cosignature.merge(data, data, [cosignature.Witness(key.name, key.public)])


def _proof(data: bytes) -> None:
    try:
        found = proof.parse(data)
    except proof.BadFormat as error:
        has_words(error)
        return
    try:
        again = proof.parse(found.text.encode())
    except UnicodeDecodeError:
        again = found  # its checkpoint is no text, so that it proves nothing
    assert again == found
    try:
        proven = proof.check(found, found.extra, _log_key())
    except (BadNote, merkle.BadProof) as error:
        has_words(error)
        return
    assert proven.entry in _entries()


def _key(data: bytes) -> None:
    line = data.decode("utf-8", "replace")
    for read in (note.verifier, cosignature.witness):
        try:
            found = read(line)
        except BadKey as error:
            has_words(error)
        else:
            assert read(found.vkey) == found
    try:
        note.Signer.load(data, "name")
    except BadKey as error:
        has_words(error)


def _leaf(data: bytes) -> None:
    numbers = Numbers(whole=False)
    numbers.entry(0, data)
    try:
        found = leaf.decode(data)
    except leaf.Malformed as error:
        has_words(error)
        assert numbers.damages
        return
    if "before" not in found.fields and not found.fields.keys() & {"time", "session", "n", "type"}:
        written = encode(found.time, found.session, found.n, found.type, found.fields)
        assert leaf.decode(written) == found


def _bundle(data: bytes) -> None:
    """Entries in their frames, compared with those that stand there by right."""
    entries = _entries()
    hashes = [merkle.leaf_hash(each) for each in entries]
    named = damage.diagnose(data, hashes, 0, "tile/entries/000")
    assert bool(named) == (data != bundle.frame(entries))
    for count in range(6):
        try:
            found = bundle.unframe(data, count)
        except bundle.Framing as error:
            has_words(error)
        else:
            assert len(found) == count
            assert bundle.frame(found) == data


def _examined(name: str, data: bytes) -> None:
    files = _log()
    with tempfile.TemporaryDirectory(prefix="akios-fuzz-") as folder:
        for path, content in (files | {name: data}).items():
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        try:
            found = examine(folder, None if name == "key" else _log_key().vkey)
        except (NoLog, BadKey) as error:
            has_words(error)
            return
        changed = data != files[name]
        assert all(each.what for each in found.damages)
        if name.startswith("tile/") or not changed:
            assert bool(found.damages) == changed
        head.load(folder) if name != "head.json" else None


@functools.cache
def _log() -> dict[str, bytes]:
    """A small log, by the paths of its files: three records in the tree and two that wait in a journal. The same in
    every run."""
    with tempfile.TemporaryDirectory(prefix="akios-fuzz-") as name:
        folder = Path(name)
        private = folder / "keys" / "audit.pem"
        private.parent.mkdir(mode=0o700)
        private.touch(0o600)
        private.write_bytes(note.Signer("akios-audit/fuzz", Ed25519PrivateKey.from_private_bytes(_SEED)).pem())
        log = log_in(folder, clock=lambda: _MOMENT)
        for session, count in (("ses_done", 3), ("ses_wait", 2)):
            fd = open_journal(folder, session)
            try:
                journal.Journal(fd, lambda: _MOMENT).append_many([entry(number, session) for number in range(count)])
                if session == "ses_done":
                    log.finish(session, fd)
            finally:
                os.close(fd)
        audit = folder / "audit"
        found = {os.path.relpath(path, audit): path.read_bytes() for path in audit.rglob("*") if path.is_file()}
        return {path: data for path, data in found.items() if data}


@functools.cache
def _log_key() -> note.Verifier:
    return note.verifier(_log()["key"].decode())


@functools.cache
def _entries() -> list[bytes]:
    return bundle.unframe(_log()["tile/entries/000.p/3"], 3)


_READERS = {"journal": _journal, "note": _note, "proof": _proof, "key": _key, "leaf": _leaf, "bundle": _bundle}
