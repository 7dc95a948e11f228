"""The terminal between a person and the jail: bytes copied both ways, modes set and given back, job control kept.

The person's terminal is in raw mode only while an agent runs and the session is in the foreground; what they type
goes to the jail's own terminal, whose line discipline turns Ctrl-C and Ctrl-Z into signals there, as it would have
without the jail.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import termios
import tty
from typing import Any

from akios_jail.jail import terminal
from akios_jail.jail.keeper import Keeper

_CHUNK = 65536
_STALLED_S = 5.0  # how long a terminal may take nothing before an ended agent's last words are given up


class Relay:
    """Relays between the person's terminal (standard input and output) and the jail's `master`."""

    def __init__(self) -> None:
        self._tty = 0
        self._output = 1
        self._saved: list[Any] | None = None
        self._to_agent = b""
        self._to_person = b""
        self._hung_up = False
        self._held = False
        self._begun = False
        self.master = -1
        self.keeper: Keeper | None = None  # gives the terminal back if this process cannot any more

    def attach(self, master: int) -> None:
        """The jail's terminal exists. Nothing is typed into it before `begin`: a Ctrl-C would find nobody there."""
        self.master = master
        os.set_blocking(master, False)
        # A description of its own, so that only this process does not wait: a terminal that is held (a stalled
        # connection, a paused screen) must not hold up whoever watches the session's limits.
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            self._output = os.open(f"/proc/self/fd/{self._output}", flags)
        self.resize()

    def begin(self) -> None:
        """The agent runs, and has the jail's terminal in the foreground: from here on what is typed is for it."""
        self._begun = True
        self.resume()

    @property
    def active(self) -> bool:
        return self.master >= 0

    def _in_foreground(self) -> bool:
        with contextlib.suppress(OSError):
            return os.tcgetpgrp(self._tty) == os.getpgrp()
        return False

    def resume(self) -> None:
        """Take the real terminal (raw mode), if the agent runs and the session is in the foreground."""
        ready = self._begun and self.active and not self._held
        if ready and self._saved is None and self._in_foreground():
            with contextlib.suppress(termios.error):
                self._saved = termios.tcgetattr(self._tty)
                tty.setraw(self._tty, termios.TCSADRAIN)
                if self.keeper is not None:
                    self.keeper.terminal_taken(self._tty, self._saved)
        self.resize()

    def suspend(self) -> None:
        """Give the real terminal back as it was found."""
        if self._saved is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._tty, termios.TCSADRAIN, self._saved)
            self._saved = None
            if self.keeper is not None:
                self.keeper.terminal_given_back()

    def hold(self) -> None:
        """The person's terminal is needed for something else: what is on its way still goes out, nothing follows."""
        self._held = True

    def release(self) -> None:
        """It is not needed any more."""
        if self._held:
            self._held = False
            self.resume()

    @property
    def idle(self) -> bool:
        """Nothing is on its way to the person."""
        return not self._to_person

    def resize(self) -> None:
        """The real terminal's size may have changed: tell the jail's."""
        if self.active:
            with contextlib.suppress(OSError):
                terminal.resize(self.master, *terminal.window(self._tty))

    def interests(self) -> dict[int, int]:
        """What to poll for."""
        wanted: dict[int, int] = {}
        if self.active:
            if self._to_person:  # first this; a hang-up of the jail's side is not looked at before all of it is read
                wanted[self._output] = select.POLLOUT
            elif self._begun and not self._held:  # who sees a first word may answer it: the terminal is raw by then
                wanted[self.master] = select.POLLIN | (select.POLLOUT if self._to_agent else 0)
            if self._saved is not None and not self._hung_up and len(self._to_agent) < _CHUNK:
                wanted[self._tty] = select.POLLIN
        return wanted

    def handle(self, fd: int, events: int) -> None:
        """Copy what is ready."""
        if fd == self._tty:
            self._read_person()
        elif fd == self._output:
            self._flush()
        elif fd == self.master and events & select.POLLIN:
            self._copy_out()
        elif fd == self.master and events & select.POLLHUP:
            self.close_master()
            return
        if self._to_agent and self.active:
            with contextlib.suppress(BlockingIOError):
                self._to_agent = self._to_agent[os.write(self.master, self._to_agent) :]

    def _read_person(self) -> None:
        data = b""
        with contextlib.suppress(OSError):  # EIO: the terminal has hung up; SIGHUP says so to the agent
            data = os.read(self._tty, _CHUNK)
        self._to_agent += data
        self._hung_up = not data

    def _flush(self) -> None:
        """Write what the terminal takes now; a terminal that is gone takes everything."""
        try:
            while self._to_person:
                self._to_person = self._to_person[os.write(self._output, self._to_person) :]
        except BlockingIOError:
            return
        except OSError:
            self._to_person = b""

    def _copy_out(self) -> bool:
        try:
            data = os.read(self.master, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:  # EIO: no process of the jail holds the terminal any more
            self.close_master()
            return False
        self._to_person += data
        self._flush()
        return bool(data)

    def drain(self) -> None:
        """The agent has ended: copy what it wrote last."""
        while self._to_person or (self.active and self._copy_out()):
            self._flush()
            if self._to_person and not select.select([], [self._output], [], _STALLED_S)[1]:
                break
        self.close_master()
        self.suspend()

    def close_master(self) -> None:
        if self.active:
            os.close(self.master)
            self.master = -1


def find_terminal() -> tuple[int, ...]:
    """Which of the standard descriptors the agent gets from a terminal of its own.

    Only when input and output both are terminals: in a pipeline the other programs use the person's terminal too (a
    pager reads keys from it), so nobody may read it on the agent's behalf; its descriptors are then passed as they are.
    """
    terminals = tuple(fd for fd in (0, 1, 2) if os.isatty(fd))
    return terminals if 0 in terminals and 1 in terminals else ()


def can_stop() -> bool:
    """Whether somebody is there who could continue this process: it has a controlling terminal, so a shell."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def stop_self() -> None:
    """Stop this process as a shell expects of a suspended job; returns when it is continued.

    By SIGTSTP and not SIGSTOP: where no shell would ever continue it (an orphaned process group), the kernel drops it.
    """
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
    os.kill(os.getpid(), signal.SIGTSTP)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
