"""The broker's process: `main` in an interpreter of its own, with the control socket as descriptor 3.

The order matters. The first message opens the first session and brings this process's walls, a Landlock ruleset and a
filter of system calls, which stand before anything that came from elsewhere is read. Then the session's start goes on
record, its CA is made, and the launcher is told that the agent may start. Only now a thread imports what HTTP needs, a
quarter of a second of work that the agent's own start hides; a session that is over sooner never waits for it.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import socket
import sys
import threading
from typing import NoReturn

from akios_jail import kernel
from akios_jail.broker import error_output
from akios_jail.broker.control import Control
from akios_jail.messages import Message, ProtocolError, read_blob

_CONTROL_FD = 3


def main() -> NoReturn:
    """Serve the launcher on the control socket until it is gone, then exit: never returns."""
    # Ctrl-C is for the agent, and the launcher's to act on; the broker lives exactly as long as its control socket.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    error_output.install()
    # Every connection of the agent needs up to three descriptors here.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    control = Control(socket.socket(fileno=_CONTROL_FD))
    try:
        first = control.receive()
        _confine(control, first)
        if control.open(first) is None:
            os._exit(1)
        _serve(control, _serve_while_importing(control))
    except ProtocolError as error:
        print(f"akios broker: {error}", file=sys.stderr, flush=True)
        control.abandoned()
    os._exit(1)


def _confine(control: Control, first: Message) -> None:
    """Raise the walls that came with the first message, before its other contents are read."""
    if first.type != "open":
        control.send("failed", {"code": "bad_message", "reason": f"the first message was {first.type!r}, not 'open'"})
        os._exit(1)
    try:
        # Whoever has the same number, in another jail, has no way into this process: execve made it open to them again.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        for wall in ("landlock", "seccomp"):
            if wall not in first.fds:
                raise ValueError(f"there is no {wall} in the first message")
        files = first.fds.pop("landlock")
        kernel.landlock_restrict_self(files)
        os.close(files)
        kernel.seccomp_load(read_blob(first.fds.pop("seccomp")))
    except (OSError, ValueError) as error:
        reason = f"the broker's own walls cannot be raised: {error}"
        control.send("failed", {"code": "not_confined", "reason": reason})
        os._exit(1)


def _serve_while_importing(control: Control) -> list[Message]:
    """Answer the launcher plainly until the heavy modules are there. What they are needed for is returned."""
    waiting: list[Message] = []
    done_reading, done_writing = os.pipe()
    importer = threading.Thread(target=_import, args=(control, done_writing), daemon=True)
    try:
        importer.start()
    except RuntimeError as error:  # there is no room for one
        _fail(control, error)
    poll = select.poll()
    poll.register(control.sock, select.POLLIN)
    poll.register(done_reading, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if control.sock.fileno() in ready:
            message = control.receive()
            if message.type == "end" and control.has_unread(message):
                waiting.append(message)
            else:
                _handle_plainly(control, message)
        elif done_reading in ready:
            break
    importer.join()
    os.close(done_reading)
    return waiting


def _handle_plainly(control: Control, message: Message) -> None:
    if message.type == "open":
        control.open(message)
    elif message.type == "listen":
        control.listen(message)
    elif message.type == "end":
        ended = control.ending(message)
        if ended is not None:
            control.finish(*ended)
    else:
        raise ProtocolError(f"the launcher sent {message.type!r}")


def _import(control: Control, done: int) -> None:
    try:
        from akios_jail.broker import service

        for hosted in list(control.sessions.values()):
            service.prepare(hosted)
    except Exception as error:
        _fail(control, error)
    os.close(done)


def _fail(control: Control, error: Exception) -> NoReturn:
    """Nothing can be served; the agent must not go on waiting for it."""
    try:
        reason = f"the broker cannot start: {type(error).__name__}: {error}"
        control.send("failed", {"code": "broker_broken", "reason": reason})
    finally:
        os._exit(1)  # also without a word: there may be no memory for one


def _serve(control: Control, waiting: list[Message]) -> NoReturn:
    from akios_jail.broker import service

    # What was imported stays for good: the collector need not look at it again.
    gc.freeze()
    gc.enable()
    service.run(control, waiting)


if __name__ == "__main__":
    main()
