"""The words between launcher and broker: JSON objects on a SOCK_SEQPACKET socket, file descriptors beside them.

Each message is one packet: `{"type": …, "fds": [names], …}`. Every name in `fds` is one passed descriptor, in order.
Anything larger than a packet (a plan, a report) travels as a sealed memfd. The launcher reads only what a broker says,
never what an agent said; both sides refuse a message of a shape that is not listed here.

launcher → broker
    open    fds: plan (JSON: broker, a BrokerPlan; egress, an EgressPlan;
                 session {id, name, argv, policy_name, policy_sha256, flux_sha256, uid, started (unix seconds),
                 replay {of, folder, until, live_from} only for a recorded session that runs again};
                 options {connect_to: [[host, port, host2, port2]], upstream_ca_pem: str, java_truststore: bool,
                 state_folder: str, the broker's writable folder as it sees it, trigger_folder: str, the folder
                 with compiled triggers, "" without one}),
                 journal (the session's own, empty, O_RDWR|O_APPEND: its records before they are in the log),
                 landlock (a ruleset) and seccomp (a filter as BPF): the broker's own walls, raised before anything
                 else happens,
                 secrets (only with credentials in the plan; their keys, nowhere else to be found: for every secret, in
                 the plan's order, credential, role, placeholder and value, each ending in a zero byte),
                 steps (only for a replay step by step: a socket; a line of text asks on it, `go` or `stop` answers),
                 listen.https.4 listen.https.6 listen.http.4 listen.http.6 listen.tcp.4 listen.tcp.6,
                 dns.udp.4 dns.udp.6 dns.tcp.4 dns.tcp.6, nflog
            The `listen.*`, `dns.*` and `nflog` descriptors may follow in a later `listen` message.
    listen  session (id); fds: listen.* dns.* nflog, and executions: a socket with messages of the keeper
    answer  session (id), id (of an `ask`), decision (approve or deny), who: what a person said at the terminal
    end     session (id), outcome {status, signal, reason, limits: [..], wall_s, cpu_s, memory_peak_bytes};
            fds: files (only if its agent changed any: JSON {counts: {kind: number}, sha256, changes: [[kind, type,
            path, size]]}, the kinds as in `akios diff`; sha256 of a line "kind path" for each that was counted)

keeper → broker, on that socket
    executed
            n (counts executions), parent (the n above it, 0 for none), pid, time (Unix seconds), strings (the program
            and its arguments, each ending in a zero byte, in base64), missing, cut and unread (booleans), missed
            (executions before it of which only the number is known); n is 0 in one that says only how many

broker → launcher
    ready   session (id), ca_pem (the session's CA certificate); fds: java_truststore (only when asked for)
            The session's start is durably on record when this is sent.
    ask     session (id), id, text [lines, printable], expires_s: a person is asked, at the terminal if there is one
    asked   session (id), id: nobody need be asked about it any more
    compiled
            session (id), once: the triggers of its policy were not in the folder, and had to be compiled
    end     session (id), code, reason: governance ends the session; the launcher kills the agent
    closed  session (id); fds: report (JSON: what the broker adds to the run report)
            The session's end is durably on record when this is sent.
    failed  code, reason: the broker cannot serve (a journal that cannot be written, a plan it cannot read); remedy,
            too, if its root could not be made (code broker_setup)
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any, NamedTuple

MAX_PACKET = 64 * 1024
MAX_FDS = 24
MAX_BLOB = 16 * 1024 * 1024


class Message(NamedTuple):
    """One received message: its `type`, its other fields, and the descriptors by name (now the receiver's to close)."""

    type: str
    fields: dict[str, Any]
    fds: dict[str, int]

    def text(self, name: str) -> str:
        """The field `name`, which must be a string: `ProtocolError` otherwise."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            raise ProtocolError(f"message {self.type!r} lacks the text {name!r}")
        return value

    def number(self, name: str) -> int:
        """The field `name`, which must be an integer that fits 32 bits: `ProtocolError` otherwise."""
        value = self.fields.get(name)
        if type(value) is not int or abs(value) >= 1 << 31:
            raise ProtocolError(f"message {self.type!r} lacks the number {name!r}")
        return value

    def take(self, name: str) -> int:
        """The descriptor `name`, from now on the caller's to close: `ProtocolError` if it did not come along."""
        if name not in self.fds:
            raise ProtocolError(f"message {self.type!r} lacks the descriptor {name!r}")
        return self.fds.pop(name)


class ProtocolError(Exception):
    """The peer sent something that is not one of the messages of this module, or went away."""


def send(
    sock: socket.socket, kind: str, fields: dict[str, Any], fds: dict[str, int] | None = None, *, wait: bool = True
) -> None:
    """Send one message; blocks until the packet is queued. `OSError` if the peer is gone.

    Without `wait`, a peer that does not keep up is an `OSError` too (`BlockingIOError`): nothing was sent then.
    """
    fds = fds or {}
    data = json.dumps({"type": kind, "fds": list(fds), **fields}, separators=(",", ":")).encode()
    if len(data) > MAX_PACKET or len(fds) > MAX_FDS:
        raise ProtocolError(f"message {kind!r} is too large: {len(data)} bytes, {len(fds)} descriptors")
    socket.send_fds(sock, [data], list(fds.values()), 0 if wait else socket.MSG_DONTWAIT)


def receive(sock: socket.socket) -> Message:
    """Receive one message. `ProtocolError` on end of file or on anything malformed; its descriptors are closed then."""
    try:
        data, received, flags, _ = socket.recv_fds(sock, MAX_PACKET + 1, MAX_FDS, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        # Said once when the peer went away with messages unread; what it sent before is still there to be read.
        data, received, flags, _ = socket.recv_fds(sock, MAX_PACKET + 1, MAX_FDS, socket.MSG_CMSG_CLOEXEC)
    try:
        if not data:
            raise ProtocolError("the peer closed the control socket")
        if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC) or len(data) > MAX_PACKET:
            raise ProtocolError("a control message was too large")
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ProtocolError("a control message was not JSON") from error
        if not isinstance(document, dict):
            raise ProtocolError("a control message was not a JSON object")
        kind = document.pop("type", None)
        names = document.pop("fds", None)
        if not isinstance(kind, str) or not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise ProtocolError("a control message lacked its type or its list of descriptors")
        if len(names) != len(received) or len(set(names)) != len(names):
            raise ProtocolError(f"message {kind!r} names {len(names)} descriptors and carries {len(received)}")
    except ProtocolError:
        for fd in received:
            os.close(fd)
        raise
    return Message(kind, document, dict(zip(names, received, strict=True)))


def close_all(fds: dict[str, int]) -> None:
    """Close descriptors that came with a message, or that were sent with one, and forget them: never twice."""
    while fds:
        os.close(fds.popitem()[1])


def blob(name: str, data: bytes | bytearray) -> int:
    """A sealed memfd with `data`, to pass what does not fit a packet. The caller closes it after sending."""
    import fcntl

    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    except BaseException:
        os.close(fd)
        raise
    return fd


def read_blob(fd: int) -> bytes:
    """The bytes of a memfd made by `blob`; closes it. `ProtocolError` if it is anything else, or larger than MAX_BLOB.

    A sealed memfd is the one kind of file that cannot keep its reader waiting, nor change or shrink while it is read.
    """
    import fcntl

    try:
        wanted = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        try:
            sealed = fcntl.fcntl(fd, fcntl.F_GET_SEALS) & wanted == wanted
        except OSError:
            sealed = False
        if not sealed:
            raise ProtocolError("a passed descriptor is not a sealed memfd")
        size = os.fstat(fd).st_size
        if size > MAX_BLOB:
            raise ProtocolError(f"a passed memfd has {size} bytes, more than {MAX_BLOB}")
        return os.pread(fd, size, 0) if size else b""
    finally:
        os.close(fd)
