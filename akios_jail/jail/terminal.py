"""A pseudo-terminal of the jail's own: the agent never holds a descriptor of the person's real one.

So nothing the agent does to its terminal (TIOCSTI, modes, process groups) touches the shell that started AKIOS. The
launcher relays bytes; window size and job control are relayed by message. See pty(7), ioctl_tty(2), credentials(7).
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios


def open_pair(rows: int, columns: int) -> tuple[int, int]:
    """A new master and slave in the calling process's own devpts, with the window size set. Both close on exec."""
    master, slave = os.openpty()
    resize(master, rows, columns)
    return master, slave


def resize(fd: int, rows: int, columns: int) -> None:
    """Tell the terminal behind `fd` its size in characters; its foreground process group gets SIGWINCH."""
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))


def window(fd: int) -> tuple[int, int]:
    """Rows and columns of the terminal behind `fd`."""
    rows, columns, _, _ = struct.unpack("4H", fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8)))
    return rows, columns


def take_control(slave: int) -> None:
    """Make `slave` the controlling terminal of the calling session leader."""
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
