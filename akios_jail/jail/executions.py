"""What the agent executes, seen from outside of its jail.

A filter of two calls (execve, execveat) sends each to a listener, which lets it go on. The listener is not in the
jail: the keeper has it, which is idle otherwise, and which no agent can reach. It reads the path and the arguments from
the memory of the process that waits, and passes them to the broker, who writes them down.

This observes and is no wall. What is read can be another thing than what the kernel reads a moment later, if another
thread of the agent writes there meanwhile; and whether the program was executed in the end is not told. Walls are the
mounts, Landlock and the filter of system calls. See seccomp_unotify(2) on both.

Nobody waits for the observer but who executes: a process whose keeper is gone gets ENOSYS at its next execve, and does
not hang. An agent that executes more than `PER_SECOND` is slowed down by it, so that it cannot keep it busy.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import select
import socket
import struct
import time
from collections import OrderedDict, deque
from typing import Final, NamedTuple

from akios_jail import kernel, messages

#: What is kept of one argument, of all of them together, and how many of them.
ARGUMENT_BYTES: Final = 8192
ALL_BYTES: Final = 16384
ARGUMENTS: Final = 256
PATH_BYTES: Final = 4096
#: Executions that are let go on in a second, after a first burst. More wait for their turn.
PER_SECOND: Final = 1_000
BURST: Final = 2_000
#: Executions that wait for a broker that is busy. Of more, only the number is known.
BACKLOG: Final = 1_000
#: Bytes of them in the socket to the broker.
_IN_SOCKET: Final = 1 << 20
#: Processes whose program is remembered, and how far up from a new one it is looked for.
_REMEMBERED: Final = 10_000
_GENERATIONS: Final = 4
_PAGE: Final = 4096
_POLLIN: Final = select.POLLIN
_POLLOUT: Final = select.POLLOUT
_WORD: Final = 8  # foreign and 32-bit ABIs never come this far: the agent's filter kills them

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQ: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K
_RET_USER_NOTIF: Final = 0x7FC00000
_RET_ALLOW: Final = 0x7FFF0000


def listen() -> int:
    """Have every execve from here on, of this process and its children, seen by the returned listener; irreversible.

    Needs no_new_privs. Whoever calls this hands the descriptor over before it executes anything.
    """
    numbers = (kernel.call_number("execve"), kernel.call_number("execveat"))
    program = b"".join(
        struct.pack("=HBBI", *instruction)
        for instruction in (
            (_LOAD, 0, 0, 0),  # seccomp_data.nr
            (_IF_EQ, 1, 0, numbers[0]),
            (_IF_EQ, 0, 1, numbers[1]),
            (_RETURN, 0, 0, _RET_USER_NOTIF),
            (_RETURN, 0, 0, _RET_ALLOW),
        )
    )
    flags = kernel.SECCOMP_FILTER_FLAG_NEW_LISTENER
    try:
        # A process that is heard is then interrupted by nothing but its death: no signal starts the call anew.
        return kernel.seccomp_load(program, flags | kernel.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return kernel.seccomp_load(program, flags)  # before Linux 5.19


class Execution(NamedTuple):
    """What a process asked the kernel to execute. `program`: the path, behind the folder that it starts from;
    `missing`: there was nothing at that path; `cut`: there was more than is kept; `unread`: some could not be read."""

    program: bytes
    argv: tuple[bytes, ...]
    missing: bool
    cut: bool
    unread: bool


def read(asked: kernel.Notification) -> Execution:
    """What a call of execve or execveat that waits says."""
    at = asked.call == kernel.call_number("execveat")
    path_address, argv_address = asked.arguments[1:3] if at else asked.arguments[:2]
    path = _text(asked.pid, path_address, PATH_BYTES)
    argv, cut, unread = _arguments(asked.pid, argv_address)
    program = path or b""
    if not program.startswith(b"/"):
        place = struct.unpack("=i", struct.pack("=I", asked.arguments[0] & 0xFFFFFFFF))[0] if at else kernel.AT_FDCWD
        where = "cwd" if place == kernel.AT_FDCWD else f"fd/{place}"
        with contextlib.suppress(OSError):
            base = os.readlink(f"/proc/{asked.pid}/{where}".encode())
            program = b"/".join((base, program)) if program else base
    return Execution(program, argv, bool(path) and _missing(asked.pid, program), cut, unread or path is None)


def _missing(pid: int, program: bytes) -> bool:
    """Whether it cannot be executed for want of it, as when a search along PATH asks for what is not there.

    Not said of what lies behind a link, which can lead elsewhere for the process than for this one (/proc/self)."""
    if not program.startswith(b"/"):
        return False
    try:
        root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.close(kernel.open_beneath(root, program))
    except OSError as error:
        return error.errno in (errno.ENOENT, errno.ENOTDIR)
    finally:
        os.close(root)
    return False


def _text(pid: int, address: int, most: int) -> bytes | None:
    """A string that ends in a zero byte, up to so many bytes; None if it cannot be read."""
    found = b""
    while len(found) < most:
        piece = _up_to_page(address + len(found), 256 if not found else most - len(found))
        try:
            data = kernel.read_memory(pid, [(address + len(found), piece)])
        except OSError:
            return None
        text, end, _ = data.partition(b"\0")
        found += text
        if end:
            return found
    return found


def _arguments(pid: int, address: int) -> tuple[tuple[bytes, ...], bool, bool]:
    """The strings of an argument vector, whether there are more than are kept, and whether some cannot be read."""
    if address == 0:  # Linux takes it for an empty one
        return (), False, False
    pointers: list[int] = []
    while len(pointers) <= ARGUMENTS:
        start = address + len(pointers) * _WORD
        words = min(32 if not pointers else ARGUMENTS + 1 - len(pointers), ARGUMENTS + 1 - len(pointers))
        # Two pieces, so that a word may lie across the end of a page.
        first = _up_to_page(start, words * _WORD)
        pieces = [(start, first)] + ([(start + first, words * _WORD - first)] if first < words * _WORD else [])
        try:
            data = kernel.read_memory(pid, pieces)
        except OSError:
            return (), False, True
        found = struct.unpack(f"={len(data) // _WORD}Q", data[: len(data) // _WORD * _WORD])
        if 0 in found:
            pointers += found[: found.index(0)]
            break
        pointers += found
        if len(found) < words and not found:
            return (), False, True
    return _strings(pid, pointers)


def _strings(pid: int, pointers: list[int]) -> tuple[tuple[bytes, ...], bool, bool]:
    cut, unread = len(pointers) > ARGUMENTS, False
    texts = [b""] * min(len(pointers), ARGUMENTS)
    unfinished, step, total = list(range(len(texts))), 128, 0
    while unfinished and total < ALL_BYTES:
        pieces = []
        for index in unfinished:
            at = pointers[index] + len(texts[index])
            pieces.append((at, _up_to_page(at, min(step, ARGUMENT_BYTES - len(texts[index])))))
        try:
            data = kernel.read_memory(pid, pieces)
        except OSError:
            unread = True
            break
        left, place = [], 0
        for index, (_, length) in zip(unfinished, pieces, strict=True):
            chunk = data[place : place + length]
            place += length
            text, end, _ = chunk.partition(b"\0")
            texts[index] += text
            total += len(text) + 1
            if end:
                continue
            if len(chunk) < length:
                unread = True
            elif len(texts[index]) < ARGUMENT_BYTES:
                left.append(index)
            else:
                cut = True
        if unread:
            break
        unfinished = left
        step = min(step * 4, max(128, 2 * ALL_BYTES // max(1, len(left))))
    cut = cut or bool(unfinished and not unread)
    kept, room = [], ALL_BYTES
    for text in texts:
        if len(text) > room:
            cut = True
            kept.append(text[:room])
            break
        kept.append(text)
        room -= len(text)
    return tuple(kept), cut, unread


def _up_to_page(address: int, length: int) -> int:
    """So much of it lies on one page, the next of which may not be there."""
    return min(length, _PAGE - address % _PAGE)


class Observer:
    """Hears the listener of one jail, and tells the broker. Never raises what an agent could cause, and never waits.

    `listener` and `broker` belong to it. `broker`: a SOCK_SEQPACKET socket.
    """

    def __init__(self, listener: int, broker: socket.socket) -> None:
        self.listener = listener
        self._broker = broker
        broker.setblocking(False)
        broker.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _IN_SOCKET)
        self._count = 0
        self._waiting: deque[dict[str, object]] = deque()
        self._missed = 0
        self._gone = False  # the broker is, so that there is nobody to tell
        self._processes: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._tokens, self._last = float(BURST), time.monotonic()

    def interests(self) -> dict[int, int]:
        """What to poll for, by descriptor."""
        wanted = {self.listener: _POLLIN} if self.listener >= 0 and self.pause_s() == 0 else {}
        return wanted | ({self._broker.fileno(): _POLLOUT} if self._waiting and not self._gone else {})

    def pause_s(self) -> float:
        """For so long nobody is heard: the agent has executed too much."""
        now = time.monotonic()
        self._tokens = min(float(BURST), self._tokens + (now - self._last) * PER_SECOND)
        self._last = now
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) / PER_SECOND

    def handle(self, fd: int, events: int) -> None:
        """A descriptor is ready."""
        if fd != self.listener:
            self._send()
        elif events & _POLLIN:
            self._hear()
        else:  # nobody is left who could be heard
            os.close(self.listener)
            self.listener = -1

    def settle(self, patience_s: float) -> None:
        """Everybody in the jail is dead: tell the broker what it has not heard yet, as far as it listens."""
        deadline = time.monotonic() + patience_s
        if self._missed and not self._waiting:
            self._waiting.append({"n": 0})
        self._send()
        while self._waiting and not self._gone and (left := deadline - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(self._broker, _POLLOUT)
            poll.poll(left * 1000)
            self._send()

    def close(self) -> None:
        """Hear nobody any more: who executes gets ENOSYS."""
        if self.listener >= 0:
            os.close(self.listener)
        self.listener = -1
        self._broker.close()

    def _hear(self) -> None:
        try:
            asked = kernel.seccomp_receive(self.listener)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # it was killed, or interrupted and will ask again
                return
            raise
        now = time.time()
        try:
            found = read(asked)
            process, parent = self._lineage(asked.pid)
            # Only of a call that has been waiting all the time is it sure that this is what was read.
            alive = kernel.seccomp_still_waits(self.listener, asked.id)
        finally:
            with contextlib.suppress(FileNotFoundError):
                kernel.seccomp_continue(self.listener, asked.id)
        self._tokens -= 1
        if not alive:
            return
        self._count += 1
        if process is not None:
            self._processes[process] = self._count
            self._processes.move_to_end(process)
            if len(self._processes) > _REMEMBERED:
                self._processes.popitem(last=False)
        if self._count > 1:  # the first is the agent itself, which the launcher named already
            self._tell(asked.pid, now, parent, found)

    def _lineage(self, pid: int) -> tuple[tuple[int, int] | None, int]:
        """This process, as its number and the time of its start, and the number of the execution that it, or the
        nearest process above it, goes back to: 0 if that is not known."""
        own: tuple[int, int] | None = None
        for _ in range(_GENERATIONS):
            try:
                with open(f"/proc/{pid}/stat", "rb") as file:
                    fields = file.read(4096).rpartition(b") ")[2].split()
                process = pid, int(fields[19])  # starttime, field 22
                parent = int(fields[1])
            except (OSError, ValueError, IndexError):
                break
            own = own or process
            if process in self._processes:
                return own, self._processes[process]
            if parent <= 1:
                break
            pid = parent
        return own, 0

    def _tell(self, pid: int, now: float, parent: int, found: Execution) -> None:
        if len(self._waiting) >= BACKLOG or self._gone:
            self._missed += 1
            return
        self._waiting.append(
            {
                "n": self._count,
                "parent": parent,
                "pid": pid,
                "time": now,
                "strings": base64.b64encode(b"".join(each + b"\0" for each in (found.program, *found.argv))).decode(),
                "missing": found.missing,
                "cut": found.cut,
                "unread": found.unread,
                "missed": 0,
            }
        )
        self._send()

    def _send(self) -> None:
        while self._waiting and not self._gone:
            self._waiting[0]["missed"], missed = self._missed, self._missed
            try:
                messages.send(self._broker, "executed", self._waiting[0], wait=False)
            except BlockingIOError:
                return
            except OSError:
                self._gone = True  # which ends the session; its launcher hears of it, too
                return
            self._missed -= missed
            self._waiting.popleft()
