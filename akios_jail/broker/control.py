"""The broker's side of the control socket: sessions are opened, served and closed on the launcher's word.

A session is open as soon as its start is on record and its CA exists; its gateway follows when the heavy modules are
there. So the control socket is served twice: plainly, while a thread imports, and then in the event loop. Sessions are
kept in a table; nothing here assumes that there is only one.
"""

from __future__ import annotations

import json
import os
import select
import socket
import threading
from typing import TYPE_CHECKING, Any

from akios_jail import messages
from akios_jail.audit.journal import AuditUnavailable, Journal
from akios_jail.broker.ca import Authority
from akios_jail.broker.opening import read_opening
from akios_jail.broker.session import Session
from akios_jail.credentials import keys
from akios_jail.messages import Message, ProtocolError

if TYPE_CHECKING:
    from akios_jail.broker.gateway import Gateway

_SYSTEM_CAS = "/etc/ssl/certs/ca-certificates.crt"
#: How long the records of sessions that the launcher left behind may take, in seconds.
_LAST_WORDS = 1.0


class Hosted:
    """One open session: what it needs to get its gateway, and the gateway once it is there."""

    def __init__(self, session: Session, authority: Authority, journal_fd: int) -> None:
        self.session = session
        self.authority = authority
        self.journal_fd = journal_fd
        self.fds: dict[str, int] = {}  # not yet served
        self.changed = b""  # what it did to files, once it is over
        self.gateway: Gateway | None = None


class Control:
    """Speaks with the launcher and keeps the table of sessions."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sessions: dict[str, Hosted] = {}
        self._sending = threading.Lock()

    def receive(self) -> Message:
        """The next message. `ProtocolError` when the launcher is gone or speaks nonsense."""
        return messages.receive(self.sock)

    def send(self, kind: str, fields: dict[str, Any], fds: dict[str, int] | None = None) -> None:
        """Send a message, from any thread. A launcher that is gone is noticed where its messages are read."""
        with self._sending:
            try:
                messages.send(self.sock, kind, fields, fds)
            except OSError:
                return

    def open(self, message: Message) -> Hosted | None:
        """Open a session: its start is durably on record when `ready` goes out. None if that failed, and was told."""
        fds = message.fds
        for wall in ("landlock", "seccomp"):  # a later session's: the first one's are for good
            if wall in fds:
                os.close(fds.pop(wall))
        try:
            opening = read_opening(messages.read_blob(fds.pop("plan")))
            if opening.id in self.sessions:
                raise ValueError(f"the session {opening.id!r} is open already")
            secrets = messages.read_blob(fds.pop("secrets")) if "secrets" in fds else b""
            held = keys.read(secrets, opening.plan.credentials)
            session = Session(opening, Journal(fds["journal"]), self.send, held)
            session.start()
        except (KeyError, ValueError, ProtocolError, AuditUnavailable) as error:
            code = "audit_unavailable" if isinstance(error, AuditUnavailable) else "bad_session"
            messages.close_all(fds)
            self.send("failed", {"code": code, "reason": str(error)})
            return None
        hosted = Hosted(session, Authority(opening.id), fds.pop("journal"))
        hosted.fds = fds
        self.sessions[opening.id] = hosted
        self._ready(hosted)
        return hosted

    def listen(self, message: Message) -> Hosted | None:
        """Take more listeners for an open session; None if there is no such session."""
        hosted = self.sessions.get(str(message.fields.get("session")))
        if hosted is None:
            messages.close_all(message.fds)
            return None
        hosted.fds |= message.fds
        return hosted

    def has_unread(self, message: Message) -> bool:
        """Whether the session that `message` ends did something that only its gateway can read, and that is not there
        yet."""
        hosted = self.sessions.get(str(message.fields.get("session")))
        if hosted is None:
            return False
        if "files" in message.fds and hosted.session.plan.pii.mode != "off":
            return True
        # What it executed is read without the rest, if nothing has to be looked for in it.
        plainly = ("executions",) if hosted.session.plan.pii.mode == "off" else ()
        return _readable(*(fd for name, fd in hosted.fds.items() if name not in plainly))

    def ending(self, message: Message) -> tuple[Hosted, dict[str, Any]] | None:
        """The session that an `end` message ends, and its outcome; None if there is no such session."""
        hosted = self.sessions.pop(str(message.fields.get("session")), None)
        if hosted is not None and "files" in message.fds:
            hosted.changed = messages.read_blob(message.fds.pop("files"))
        outcome = message.fields.get("outcome")
        return None if hosted is None else (hosted, outcome if isinstance(outcome, dict) else {})

    def answered(self, message: Message) -> None:
        """A person has said at the launcher's terminal what becomes of an action that waits. In the event loop."""
        hosted = self.sessions.get(message.text("session"))
        if hosted is not None and "desk" in hosted.session.__dict__:  # nobody was asked before it was made
            hosted.session.desk.answered(message.text("id"), message.text("decision") == "approve", message.text("who"))

    def finish(self, hosted: Hosted, outcome: dict[str, Any]) -> None:
        """Put the end on record and answer `closed` with the report. The gateway, if any, is closed already."""
        session = hosted.session
        if "executions" in hosted.fds and _readable(hosted.fds["executions"]):
            from akios_jail.broker import executed  # most sessions that come here executed nothing

            executed.drain(session, socket.socket(fileno=hosted.fds.pop("executions")))
        if hosted.changed:
            from akios_jail.broker import files

            files.keep(session, hosted.changed)
        try:
            report = session.finish(outcome)
        except AuditUnavailable as error:
            self.send("failed", {"code": "audit_unavailable", "reason": str(error)})
            return
        finally:
            messages.close_all(hosted.fds)
            os.close(hosted.journal_fd)
        fd = messages.blob("report", json.dumps(report).encode())
        self.send("closed", {"session": session.id}, {"report": fd})
        os.close(fd)

    def abandoned(self) -> None:
        """The launcher is gone, so there is nobody to serve for: say so on record, if that goes quickly, and exit."""
        writer = threading.Thread(target=self._last_words, daemon=True)
        writer.start()
        writer.join(_LAST_WORDS)
        os._exit(1 if self.sessions else 0)

    def _last_words(self) -> None:
        for hosted in self.sessions.values():
            try:
                hosted.session.finish({"reason": "launcher_died"}, patience_s=0.1)
            except AuditUnavailable:
                return

    def _ready(self, hosted: Hosted) -> None:
        fields = {"session": hosted.session.id, "ca_pem": hosted.authority.pem}
        if hosted.session.opening.options.java_truststore is not True:
            self.send("ready", fields)
            return
        fd = messages.blob("java_truststore", hosted.authority.java_truststore(_system_cas(hosted.session)))
        self.send("ready", fields, {"java_truststore": fd})
        os.close(fd)


def _readable(*fds: int) -> bool:
    """Whether there is something to be read on one of these."""
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _system_cas(session: Session) -> bytes:
    """The system's CAs, for a store that replaces the JVM's own: needed where TLS is passed through."""
    if not any(rule.tls == "passthrough" for rule in session.plan.rules):
        return b""
    try:
        with open(_SYSTEM_CAS, "rb") as file:
            return file.read()
    except OSError:
        return b""
