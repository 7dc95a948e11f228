"""The process beside a session that brings its records from the journal into the log, and signs the log's head.

It is forked while the launcher waits for the broker, so that nobody waits for its libraries, and it works on its own,
so that a slow disk never holds up the launcher, who watches the session. It holds the journal (for reading) and a
socket to the launcher, nothing else of the session's, and it looks at no byte of a record. When it cannot go on, it
says so, and the session ends; when the launcher is gone it ends at once, and the next session recovers what it leaves.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import time
import traceback
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from akios_jail import kernel, messages
from akios_jail.jail.errors import JailError
from akios_jail.jail.keeper import Keeper
from akios_jail.launcher.journals import Journal
from akios_jail.launcher.state import State

if TYPE_CHECKING:
    from akios_jail.audit.sequencer import Added, Log

#: How often new records come into the log, in seconds; and how many times as long as one turn took, at least, passes
#: before the next: a disk that is slow, or that many sessions share, is not kept busy with this.
EVERY_S: Final = 1.0
#: How long after its own start the first come, in seconds: most of what is over sooner needs one turn, not two.
FIRST_S: Final = 0.5
_SHARE: Final = 20
#: For the last records to come into the log. What does not make it is recovered by the next session.
SEALING_S: Final = 10.0

#: A record to be: its type and its fields.
Last = tuple[str, dict[str, Any]]


class Sealed(NamedTuple):
    """What the report says of a session's records.

    `first`, `last`: indices in the log's tree (None: nothing came into it). `size`: of the tree that `checkpoint`, a
    signed note, vouches for. `error`: why not everything is in the log yet, "" if it is; the journal then has the rest.
    """

    first: int | None = None
    last: int | None = None
    records: int = 0
    size: int | None = None
    checkpoint: str | None = None
    error: str = ""


class Sequencing:
    """The launcher's hold on that process: begun when there is something to do for it."""

    def __init__(self, store: State, session_id: str, policy_sha256: str, journal: Journal, log_fd: int) -> None:
        self._store = store
        self._session = session_id
        self._policy_sha256 = policy_sha256
        self._journal = journal
        self._log_fd = fcntl.fcntl(log_fd, fcntl.F_DUPFD_CLOEXEC, 0)
        self._pid = self._pidfd = -1
        self._sock: socket.socket | None = None
        self.keeper: Keeper | None = None  # ends the process if this one cannot
        self.sealed = Sealed()

    @property
    def fd(self) -> int:
        """Readable when `failure` has something to say; -1 while there is no such process."""
        return -1 if self._sock is None else self._sock.fileno()

    def begin(self) -> None:
        """Start the process. `OSError` when there can be none. Only for a process with one thread."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._pid = os.fork()
            if self._pid == 0:
                _become_sequencer(self._store, self._session, self._journal.fd, theirs, self._log_fd)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._sock = ours
        self._pidfd = os.pidfd_open(self._pid)
        if self.keeper is not None:
            with contextlib.suppress(JailError):  # a keeper that is gone is noticed where it is listened to
                self.keeper.kill_also(self._pidfd)

    def failure(self) -> str:
        """Why the session's records cannot come into the log. Call it when `fd` is readable."""
        try:
            return self._receive("unavailable").text("reason")
        except (messages.ProtocolError, OSError) as error:
            self._end()
            return f"the process that writes the audit log ended unexpectedly ({error})"

    def seal(self, end: dict[str, Any] | None) -> None:
        """Bring what is left into the log: for a session whose broker writes no more.

        `end`: the session's end in the launcher's words, where the broker's are not to be had.
        """
        if self._sock is None and not self._has_records:
            return
        last: list[Last] = []
        if end is not None:
            last = [("session.end", {"policy_sha256": self._policy_sha256, "recorded_by": "launcher", **end})]
        try:
            if self._sock is None:
                self.begin()
            assert self._sock is not None
            self._sock.settimeout(SEALING_S)
            messages.send(self._sock, "seal", {"last": last})
            told = self._receive("sealed").fields
            self.sealed = Sealed(**told)
        except (messages.ProtocolError, OSError, TypeError) as error:
            self.sealed = Sealed(error=f"the process that writes the audit log gave no answer: {error}")

    def close(self) -> None:
        """End the process if there is one, and let go of the journal, which goes if nothing was ever in it."""
        self._end()
        if not self._has_records:
            with contextlib.suppress(OSError):
                os.unlink(self._journal.path)
        os.close(self._log_fd)
        os.close(self._journal.fd)

    @property
    def _has_records(self) -> bool:
        return os.fstat(self._journal.fd).st_size > 0

    def _receive(self, kind: str) -> messages.Message:
        """The next message of that kind: what failed may have been said before it was asked to seal."""
        assert self._sock is not None
        while (message := messages.receive(self._sock)).type != kind:
            continue
        return message

    def _end(self) -> None:
        if self._sock is None:
            return
        self._sock.close()
        self._sock = None
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._pidfd)


def _become_sequencer(
    store: State, session: str, journal_fd: int, sock: socket.socket, log_fd: int
) -> NoReturn:  # pragma: no cover - in a process of its own
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        os.setsid()
        os.chdir("/")
        kernel.set_process_name("akios-sequence")
        os.dup2(log_fd, 2)
        kernel.close_all_but((2, journal_fd, sock.fileno()))
        from akios_jail.audit.sequencer import Log

        _sequence(Log(store.audit_folder, store.audit_key), session, journal_fd, sock)
    except messages.ProtocolError:
        pass  # the launcher is gone
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _sequence(log: Log, session: str, journal_fd: int, sock: socket.socket) -> None:
    """Serve the launcher until the session is sealed."""
    import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401 - what signing needs, while there is time

    from akios_jail.audit.journal import AuditUnavailable
    from akios_jail.audit.sequencer import NOTHING

    done, size, wait, recovered, failed = NOTHING, 0, FIRST_S, False, False
    try:
        log.check()  # the sooner the better: as a rule the agent does not run yet
    except AuditUnavailable as error:
        failed = True
        messages.send(sock, "unavailable", {"reason": str(error)})
    while True:
        asked, _, _ = select.select([sock], [], [], None if failed else wait)
        if asked:
            message = messages.receive(sock)
            last = [(str(kind), dict(fields)) for kind, fields in message.fields["last"]]
            sealed = _sealed(log, session, journal_fd, last, done, recover=not recovered)
            messages.send(sock, "sealed", sealed._asdict())
            return
        began = time.monotonic()
        try:
            now = os.fstat(journal_fd)
            if now.st_size != size or now.st_nlink == 0:
                done = done.plus(log.advance(session, journal_fd))
                size = now.st_size
            if not recovered:
                log.recover()
                recovered = True
        except AuditUnavailable as error:
            failed = True  # until the launcher, who ends the session for it, asks for the rest
            messages.send(sock, "unavailable", {"reason": str(error)})
        wait = max(EVERY_S, _SHARE * (time.monotonic() - began))


def _sealed(log: Log, session: str, journal_fd: int, last: list[Last], done: Added, *, recover: bool) -> Sealed:
    from akios_jail.audit.journal import AuditUnavailable

    try:
        done = done.plus(log.finish(session, journal_fd, last))
        if recover:
            log.recover()
        size, text = log.checkpoint()
    except AuditUnavailable as error:
        return Sealed(done.first, done.last, done.entries, error=str(error))
    return Sealed(done.first, done.last, done.entries, size, text)
