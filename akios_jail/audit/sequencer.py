"""Sequencing: what sessions have put into their journals becomes part of the one log, in one order, and is signed.

Done by whoever holds the log's lock, one process at a time. The order of a turn is what makes a crash at any moment
harmless: tiles first, then `head.json`, which is the commit, then the checkpoint, then a journal that is wholly in the
tree goes. Tiles beyond the head are what a crash left and are written over; a checkpoint behind the head is signed
again by the next turn; a journal that the head calls done is put away by the next turn.

A journal is held by LOCK_SH on its open files as long as its session or its broker lives. Who gets LOCK_EX knows both
to be dead, and recovers it: every whole line comes into the tree, what was torn off is cut and said to be.

Nothing in an entry is looked at. Entries come from brokers, which read hostile bytes; this process has the signing key.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from akios_jail.audit import checkpoint, head, journal, note, signing
from akios_jail.audit.checkpoint import Checkpoint
from akios_jail.audit.durable import Writing
from akios_jail.audit.head import Head, Progress
from akios_jail.audit.journal import START, AuditUnavailable
from akios_jail.audit.note import BadKey, BadNote, Signer
from akios_jail.audit.record import encode, timestamp
from akios_jail.audit.tiles import DamagedTile, MissingTile, Tiles, Tree, read_file

#: Where the journals stand in the log's folder, and those that did not hold, which nobody removes.
JOURNALS, DAMAGED = "journal", "damaged"
#: How long to wait for another process that sequences, in seconds. It works in turns of some milliseconds.
LOCK_WAIT_S = 30.0
#: About how many bytes of a journal come into the tree with one commit.
_BATCH = 4 * 1024 * 1024
#: What the name of every journal begins with: a session's id. Others' files are not the log's.
_SESSION = "ses_"


class Added(NamedTuple):
    """What came into the tree: the index of the first entry and of the last (None: there was none), and how many."""

    first: int | None
    last: int | None
    entries: int

    def plus(self, more: Added) -> Added:
        """This, and what came later."""
        first = more.first if self.first is None else self.first
        return Added(first, self.last if more.last is None else more.last, self.entries + more.entries)


NOTHING = Added(None, None, 0)


class Log:
    """The log in `folder`, signed with the key in the file `pem_path`. `clock` gives Unix seconds.

    Everything here raises `AuditUnavailable` when it cannot be done; what was committed before stays so.
    """

    def __init__(self, folder: str, pem_path: str, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.pem_path = pem_path
        self._clock = clock
        self._signer: Signer | None = None

    def check(self) -> None:
        """See that what is on disk is what was committed and signed: only then can anything be added to it."""
        with self._turn() as turn:
            turn.check()

    def advance(self, session: str, fd: int) -> Added:
        """Put what is new in the journal `fd` of a session that goes on into the tree, and sign it."""
        with self._turn() as turn:
            signer = self.signer()
            added, wrong = turn.take(session, fd)
            turn.sign(signer)
        if wrong:
            raise AuditUnavailable(f"the journal of {session} does not hold: {wrong}")
        return added

    def finish(self, session: str, fd: int, last: Sequence[tuple[str, dict[str, Any]]] = ()) -> Added:
        """Put all that the journal `fd` holds into the tree, behind it the records `last` (type and fields), sign it.

        For a session whose broker writes no more. The journal is removed, or put aside if not all of it holds.
        """
        with self._turn() as turn:
            signer = self.signer()
            added = turn.finish(session, fd, last, left=False)
            turn.sign(signer)
            turn.remove_done()
        return added

    def recover(self) -> list[str]:
        """Do the same for every journal whose session and broker are dead; the sessions for which it was to be done."""
        recovered = []
        with self._turn() as turn:
            signer = self.signer()
            for session in self._journals():
                fd = os.open(self._journal(session), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    turn.finish(session, fd, (), left=True)
                    recovered.append(session)
                except BlockingIOError:
                    continue  # it is alive
                finally:
                    os.close(fd)
            turn.sign(signer)
            turn.remove_done()
        return recovered

    def checkpoint(self) -> tuple[int, str]:
        """How many entries the signed checkpoint vouches for, and the checkpoint itself."""
        try:
            data = read_file(self.folder, checkpoint.NAME, note.MAX_NOTE)
            return checkpoint.parse(note.parse(data).text).size, data.decode()
        except (OSError, DamagedTile, BadNote) as error:
            raise AuditUnavailable(f"the log's checkpoint cannot be read: {error}") from error

    def record(self, kind: str, fields: dict[str, Any]) -> int:
        """Record something of the log itself; the entry's index. It is in the tree and signed when this returns."""
        with self._turn() as turn:
            signer = self.signer()
            index = turn.record(kind, fields)
            turn.sign(signer)
        return index

    def signer(self) -> Signer:
        """The log's key, which the first session makes. Call it with the log's lock held."""
        if self._signer is None:
            self._signer = signing.establish(self.folder, self.pem_path)
        return self._signer

    @contextmanager
    def locked(self) -> Iterator[Head]:
        """Hold the log's lock: nobody else changes the tree meanwhile. What is committed."""
        with self._turn() as turn:
            yield turn.head

    @contextmanager
    def _turn(self) -> Iterator[_Turn]:
        try:
            fd = os.open(
                os.path.join(self.folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            try:
                self._lock(fd)
                yield _Turn(self.folder, self._clock)
            finally:
                os.close(fd)
        except OSError as error:
            raise AuditUnavailable(
                f"the audit log cannot be written: {error.strerror or error}; {journal.remedy(error)}"
            ) from error
        except (DamagedTile, BadKey, BadNote) as error:
            raise AuditUnavailable(
                f"the audit log is damaged: {error}; check it with `akios audit verify`, "
                "and move the audit folder aside to begin a new one"
            ) from error

    def _lock(self, fd: int) -> None:
        """Take the lock. Who holds it and hangs must not hang the others for ever, so the wait has an end."""
        deadline, pause = time.monotonic() + LOCK_WAIT_S, 0.0005
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() > deadline:
                raise AuditUnavailable(
                    f"another process has held the audit log's lock for {LOCK_WAIT_S:g} s; "
                    "find it with `fuser` on audit/lock and end it"
                )
            time.sleep(pause)
            pause = min(pause * 2, 0.02)
        here = os.stat(os.path.join(self.folder, "lock"))
        if (here.st_dev, here.st_ino) != (os.fstat(fd).st_dev, os.fstat(fd).st_ino):
            raise AuditUnavailable("the audit log was replaced by another while this was waiting for it")

    def _journal(self, session: str) -> str:
        return os.path.join(self.folder, JOURNALS, session)

    def _journals(self) -> list[str]:
        try:
            names = os.listdir(os.path.join(self.folder, JOURNALS))
        except FileNotFoundError:
            return []
        return sorted(name for name in names if name.startswith(_SESSION))


class _Turn:
    """What the holder of the lock does, on what is committed."""

    def __init__(self, folder: str, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._tiles = Tiles(folder)
        self._signed = _signed(folder)
        self.head = head.load(folder)
        if self._signed is not None and not _may_follow(self._signed, self.head.tree):
            raise DamagedTile(
                head.NAME,
                f"it says {self.head.tree.size} entries, and the checkpoint was signed for {self._signed.size}: "
                "an older log was put back, or this one was changed",
            )
        self.forget_done()

    def check(self) -> None:
        """`DamagedTile` if the tiles do not give the root of the committed tree."""
        self._tiles.append(self.head.tree, [])

    def take(self, session: str, fd: int) -> tuple[Added, str]:
        """Put the whole lines of a journal into the tree; what was added, and what is wrong behind them, or ""."""
        added, rest, position, wrong = self._take(session, fd)
        if rest:
            added = added.plus(self._put(rest, session, Progress(position, False)))
        return added, wrong

    def finish(self, session: str, fd: int, last: Sequence[tuple[str, dict[str, Any]]], *, left: bool) -> Added:
        """Take all of a journal, add records to it, and call it done. `left`: nobody has ended its session."""
        if session in self.head.journals and self.head.journals[session].done:
            return NOTHING  # a crash came before its file could go
        added, rest, position, wrong = self._take(session, fd)
        cut, digest = _rest(fd, position.size)
        found: list[tuple[str, dict[str, Any]]] = []
        if cut or wrong or (left and position.entries):
            lost = {"bytes": cut, "sha256": digest} if cut else {"bytes": 0}
            found = [("log.recovered", {"records": position.entries, **lost, **({"wrong": wrong} if wrong else {})})]
        entries = [*rest, *self._encoded(session, position.entries, [*found, *last])]
        progress = Progress(position, True)
        if entries:
            return added.plus(self._put(entries, session, progress))
        done = self.head._replace(journals={**self.head.journals, session: progress})
        if session in self.head.journals:
            self._commit(done)
        else:
            self.head = done  # it never held anything, and needs no commit to go
        return added

    def _take(self, session: str, fd: int) -> tuple[Added, list[bytes], journal.Position, str]:
        """Put whole lines of a journal into the tree, but for the last of them: those, and the position behind them.

        They are on stable storage before that: the tree must not hold what a broker could still lose.
        """
        added, rest, wrong = NOTHING, list[bytes](), ""
        position = self.position(session)
        status = os.fstat(fd)
        if status.st_nlink == 0:
            return added, rest, position, "it was removed while its session ran"
        if status.st_size < position.size:
            lacks = f"it has {status.st_size} bytes, fewer than the {position.size} that were read from it before"
            return added, rest, position, lacks
        os.fdatasync(fd)
        while position.size < status.st_size and not wrong:  # and not for ever, while a broker writes on and on
            found = journal.read(fd, position, _BATCH)
            if found.wrong:
                wrong = f"{found.wrong} (at byte {found.position.size})"
            if not found.entries:
                break
            if rest:
                added = added.plus(self._put(rest, session, Progress(position, False)))
            rest, position = found.entries, found.position
        return added, rest, position, wrong

    def record(self, kind: str, fields: dict[str, Any]) -> int:
        """Put a record of the log itself into the tree."""
        index = self.head.tree.size
        entries = self._encoded("", self.head.own, [(kind, fields)])
        tree = self._tiles.append(self.head.tree, entries)
        self._commit(self.head._replace(tree=tree, own=self.head.own + 1))
        return index

    def position(self, session: str) -> journal.Position:
        """How far a session's journal is in the tree."""
        return self.head.journals[session].position if session in self.head.journals else START

    def sign(self, signer: Signer) -> None:
        """Sign a checkpoint of what is committed, unless there is one; the old one's cosignatures go with it."""
        tree = self.head.tree
        if tree.size == 0 or (self._signed is not None and self._signed[1:3] == tree):
            return
        if self._signed is not None and self._signed.origin != signer.name:
            raise BadNote(f"the checkpoint is of the log {self._signed.origin}, and the key is {signer.name}'s")
        self._signed = Checkpoint(signer.name, tree.size, tree.root)
        writing = Writing(self._folder)
        writing.write(checkpoint.NAME, checkpoint.sign(self._signed, signer))
        writing.settle()

    def remove_done(self) -> None:
        """Remove the journals that are done."""
        for session, progress in self.head.journals.items():
            if progress.done:
                self._put_away(os.path.join(self._folder, JOURNALS, session), session)

    def forget_done(self) -> None:
        """Leave out of the head, with its next commit, the journals that are done and gone for good."""
        if not any(progress.done for progress in self.head.journals.values()):
            return
        self.remove_done()
        with suppress(FileNotFoundError):
            fd = os.open(os.path.join(self._folder, JOURNALS), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        journals = {session: progress for session, progress in self.head.journals.items() if not progress.done}
        self.head = self.head._replace(journals=journals)

    def _put_away(self, path: str, session: str) -> None:
        """Remove one journal; one in which whole lines do not hold is kept aside, for people to look at."""
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            wrong = journal.read(fd, self.position(session), 0).wrong
        finally:
            os.close(fd)
        if wrong:
            aside = os.path.join(self._folder, DAMAGED)
            os.makedirs(aside, mode=0o700, exist_ok=True)
            os.rename(path, os.path.join(aside, session))
        else:
            os.unlink(path)

    def _encoded(self, session: str, number: int, records: Sequence[tuple[str, dict[str, Any]]]) -> list[bytes]:
        when = timestamp(self._clock())
        return [encode(when, session, number + at, kind, fields) for at, (kind, fields) in enumerate(records, 1)]

    def _put(self, entries: Sequence[bytes], session: str, progress: Progress) -> Added:
        first = self.head.tree.size
        tree = self._tiles.append(self.head.tree, entries)
        self._commit(self.head._replace(tree=tree, journals={**self.head.journals, session: progress}))
        return Added(first, tree.size - 1, len(entries))

    def _commit(self, to: Head) -> None:
        writing = Writing(self._folder)
        writing.write(head.NAME, head.encode(to))
        writing.settle()
        before, self.head = self.head.tree.size, to
        self._tiles.tidy(before, to.tree.size)


def _signed(folder: str) -> Checkpoint | None:
    """What the checkpoint says, whoever signed it: only the log's owner can write there, and `verify` checks it."""
    try:
        return checkpoint.parse(note.parse(read_file(folder, checkpoint.NAME, note.MAX_NOTE)).text)
    except MissingTile:
        return None


def _may_follow(signed: Checkpoint, tree: Tree) -> bool:
    """Whether the committed tree may be the one that was signed, or one that goes on from it."""
    return signed.size < tree.size or (signed.size, signed.root) == tree


def _rest(fd: int, place: int) -> tuple[int, str]:
    """How many bytes stand in an open file from `place` on, and their SHA-256."""
    digest, length = hashlib.sha256(), 0
    while data := os.pread(fd, 1 << 20, place + length):
        digest.update(data)
        length += len(data)
    return length, digest.hexdigest()
