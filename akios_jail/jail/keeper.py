"""The keeper: a tiny process that cleans up after a launcher that could not.

A launcher that is killed with SIGKILL cannot remove its session's cgroup, nor give a terminal back that it has changed.
The keeper is forked at the start, waits for the launcher's death by pidfd (which no inherited descriptor can hold up),
then restores the terminal's modes, kills the processes it was told of and the session's cgroup, and removes that. It
has a session of its own, blocks every signal that can be blocked, and holds no descriptor but those that it waits on,
those pidfds, and the terminal while that is changed.

Since it is there, idle and out of the agent's reach, it also hears what the agent executes (`observer`).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import termios
from typing import Any, Final, NamedTuple, NoReturn

from akios_jail import kernel
from akios_jail.jail.cgroups_model import Cgroup
from akios_jail.jail.errors import JailError
from akios_jail.jail.observer import Observer

_DISMISSED: Final = b"d"
_KILL_ALSO: Final = b"k"
_OBSERVE: Final = b"o"
_SETTLE: Final = b"s"
_TERMINAL: Final = b"t"
_MESSAGE_BYTES: Final = 4096
_DEATH_S: Final = 5.0
_SETTLE_S: Final = 1.0


class Keeper:
    """A running keeper. `pid`: its process, a child of this one."""

    def __init__(self, pid: int, sock: socket.socket) -> None:
        self.pid = pid
        self._sock = sock

    def kill_also(self, pidfd: int) -> None:
        """From here on, kill that process too when the launcher dies. The descriptor stays the caller's. `JailError` if
        there is no keeper any more."""
        try:
            socket.send_fds(self._sock, [_KILL_ALSO], [pidfd])
        except OSError as error:
            cause = f"the process that sees to it ended unexpectedly ({error.strerror})"
            raise JailError("have everything end with this process", cause) from error

    def observe(self, listener: int, broker: socket.socket) -> None:
        """From here on, hear this listener and tell that broker. Both stay the caller's, who should close them: with
        the keeper's, what the agent executes must end."""
        socket.send_fds(self._sock, [_OBSERVE], [listener, broker.fileno()])

    def settle(self) -> None:
        """Everybody in the jail is dead: return when the broker has been told what they executed."""
        self._sock.settimeout(2 * _SETTLE_S)
        with contextlib.suppress(OSError):  # a keeper that was killed: the session ends for it, and says so
            self._sock.send(_SETTLE)
            self._sock.recv(_MESSAGE_BYTES)
        self._sock.settimeout(None)

    def fileno(self) -> int:
        """Readable, before `settle`, only if the keeper cannot go on observing."""
        return self._sock.fileno()

    def terminal_taken(self, fd: int, found: list[Any]) -> None:
        """From here on, give the terminal at `fd` its modes back (as `tcgetattr` tells them) when the launcher dies.

        Only if it then still has those that it has now: a shell may have been quicker, and has modes of its own.
        """
        with contextlib.suppress(termios.error):
            modes = json.dumps([_plain(found), _plain(termios.tcgetattr(fd))]).encode()
            self._say(_TERMINAL + modes, [fd])

    def terminal_given_back(self) -> None:
        """The launcher has done so itself."""
        self._say(_TERMINAL, [])

    def _say(self, word: bytes, fds: list[int]) -> None:
        with contextlib.suppress(OSError):  # a keeper that was killed keeps nothing, which ends no session
            socket.send_fds(self._sock, [word], fds, socket.MSG_DONTWAIT)

    def dismiss(self) -> None:
        """The launcher has cleaned up itself: the keeper ends, and is gone when this returns. One that the kernel holds
        (reading memory of the agent that a dead network file system should give) goes when that lets it."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # somebody else has ended it already
            self._sock.send(_DISMISSED)
        self._sock.close()
        pidfd = os.pidfd_open(self.pid)
        try:
            if not _ended(pidfd, _DEATH_S):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            if _ended(pidfd, _DEATH_S):
                os.waitpid(self.pid, 0)
        finally:
            os.close(pidfd)


def start(*cgroups: Cgroup) -> Keeper:
    """Fork a keeper for a session's cgroups, which need not exist yet.

    Only for a process with one thread, and best early, while it is small. `OSError` when there can be no new process.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    launcher = os.pidfd_open(os.getpid())
    try:
        pid = os.fork()
        if pid == 0:
            try:
                _keep(cgroups, launcher, theirs)
            finally:
                os._exit(1)  # whatever happened, never the launcher's code in this process
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(launcher)
    return Keeper(pid, ours)


def _keep(cgroups: tuple[Cgroup, ...], launcher: int, sock: socket.socket) -> NoReturn:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.setsid()
    os.chdir("/")
    kernel.set_process_name("akios-keeper")
    kernel.close_all_but((launcher, sock.fileno()))
    condemned = _wait(launcher, sock)
    if condemned is None:
        os._exit(0)
    if condemned.terminal is not None:
        condemned.terminal.restore()
    for pidfd in condemned.processes:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    for cgroup in cgroups:
        cgroup.kill()
        cgroup.remove()
    for pidfd in condemned.processes:
        _ended(pidfd, _DEATH_S)
    os._exit(0)


def _ended(pidfd: int, patience_s: float) -> bool:
    """Whether a process has ended by then."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(patience_s * 1000))


class _Terminal(NamedTuple):
    """A terminal that the launcher has changed: its modes before and since."""

    fd: int
    found: list[Any]
    made: list[Any]

    def restore(self) -> None:
        """Make its modes what they were, unless somebody else has changed them."""
        with contextlib.suppress(termios.error, OSError):
            if _plain(termios.tcgetattr(self.fd)) == self.made:
                termios.tcsetattr(self.fd, termios.TCSANOW, self.found)


class _Left(NamedTuple):
    """What a launcher that died has left behind beside its cgroup: pidfds of processes, and a terminal."""

    processes: list[int]
    terminal: _Terminal | None


def _wait(launcher: int, sock: socket.socket) -> _Left | None:
    """What to clean up, once the launcher is dead; None when it says that nothing is to be done."""
    processes: list[int] = []
    terminal: _Terminal | None = None
    observer: Observer | None = None
    watched = {launcher: select.POLLIN, sock.fileno(): select.POLLIN}
    while True:
        wanted, pause_s = observer.interests() if observer is not None else ({}, None)
        poll = select.poll()
        for fd, events in (watched | wanted).items():
            poll.register(fd, events)
        ready = dict(poll.poll(None if pause_s is None else pause_s * 1000 + 1))
        if sock.fileno() in ready:
            word, fds = _heard(sock)
            if word == _DISMISSED:
                return None
            if not word:  # closed without a word: other than by death that cannot be meant, so wait for the death
                del watched[sock.fileno()]
            elif word == _KILL_ALSO:
                processes += fds
            elif word == _OBSERVE:
                observer = Observer(fds[0], socket.socket(fileno=fds[1]))
            elif word == _SETTLE:
                if observer is not None:
                    observer.settle(_SETTLE_S)
                _answer(sock, _SETTLE)
            else:
                if terminal is not None:
                    os.close(terminal.fd)
                terminal = _Terminal(fds[0], *json.loads(word[1:])) if fds else None
        elif launcher in ready:
            return _Left(processes, terminal)
        elif observer is not None:
            observer = _observed(observer, ready, sock)


def _heard(sock: socket.socket) -> tuple[bytes, list[int]]:
    """The launcher's next word, with descriptors; no word if there will be none."""
    try:
        word, fds, _, _ = socket.recv_fds(sock, _MESSAGE_BYTES, 2)
    except ConnectionResetError:
        # Said once, when the launcher has gone without reading what it was told. Its own last word is still there.
        word, fds, _, _ = socket.recv_fds(sock, _MESSAGE_BYTES, 2)
    return word, fds


def _answer(sock: socket.socket, word: bytes) -> None:
    """Tell the launcher, if it lives: if not, there is more to do than that."""
    with contextlib.suppress(OSError):
        sock.send(word[:_MESSAGE_BYTES], socket.MSG_DONTWAIT)


def _observed(observer: Observer, ready: dict[int, int], sock: socket.socket) -> Observer | None:
    """Let it handle what is ready. What it cannot go on after is told the launcher: this process has more to do."""
    try:
        for fd, events in ready.items():
            observer.handle(fd, events)
    except Exception as error:
        observer.close()
        _answer(sock, f"{type(error).__name__}: {error}".encode())
        return None
    return observer


def _plain(modes: list[Any]) -> list[Any]:
    """A terminal's modes as JSON has them: control characters are numbers."""
    return [*modes[:6], [value[0] if isinstance(value, bytes) else value for value in modes[6]]]
