"""What a process asks the kernel to execute: the filter that makes it wait, and reading it from its memory.

This observes and is no wall. What is read can be another thing than what the kernel reads a moment later, if another
thread of the agent writes there meanwhile; and whether the program was executed in the end is not told. Walls are the
mounts, Landlock and the filter of system calls. See seccomp_unotify(2) on both.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from akios_jail import kernel

#: What is kept of one argument, of all of them together, and how many of them.
ARGUMENT_BYTES: Final = 8192
ALL_BYTES: Final = 16384
ARGUMENTS: Final = 256
PATH_BYTES: Final = 4096
#: Read at once of a path and of each argument, and pointers to arguments: as a rule that is all of it.
_PATH_AT_FIRST: Final = 256
_ARGUMENT_AT_FIRST: Final = 128
_POINTERS_AT_FIRST: Final = 32
_PAGE: Final = 4096  # or a multiple
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


class _Strings(NamedTuple):
    texts: Sequence[bytes]
    cut: bool = False
    unread: bool = False


def read(asked: kernel.Notification) -> Execution:
    """What a call of execve or execveat that waits says."""
    at = asked.call == kernel.call_number("execveat")
    path_address, argv_address = asked.arguments[1:3] if at else asked.arguments[:2]
    pieces = [(path_address, _PATH_AT_FIRST), (argv_address, _POINTERS_AT_FIRST * _WORD)]
    data, first = b"", _up_to_page(*pieces[0])
    with contextlib.suppress(OSError):
        data = kernel.read_memory(asked.pid, [(address, _up_to_page(address, length)) for address, length in pieces])
    path = _text(asked.pid, path_address, data[:first])
    given = _arguments(asked.pid, argv_address, data[first:])
    program = path or b""
    if path is not None and not path.startswith(b"/"):
        place = struct.unpack("=i", struct.pack("=I", asked.arguments[0] & 0xFFFFFFFF))[0] if at else kernel.AT_FDCWD
        where = "cwd" if place == kernel.AT_FDCWD else f"fd/{place}"
        with contextlib.suppress(OSError):
            base = os.readlink(f"/proc/{asked.pid}/{where}".encode())
            program = b"/".join((base, program)) if program else base
    missing = bool(path) and _missing(asked.pid, program)
    return Execution(program, tuple(given.texts), missing, given.cut, given.unread or path is None)


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


def _text(pid: int, address: int, known: bytes) -> bytes | None:
    """A string that ends in a zero byte, up to `PATH_BYTES`; None if it cannot be read. `known`: its beginning."""
    found, end, _ = known.partition(b"\0")
    while not end and len(found) < PATH_BYTES:
        start = address + len(found)
        try:
            data = kernel.read_memory(pid, [(start, _up_to_page(start, PATH_BYTES - len(found)))])
        except OSError:
            return None
        text, end, _ = data.partition(b"\0")
        found += text
    return found


def _arguments(pid: int, address: int, known: bytes) -> _Strings:
    """The strings of an argument vector. `known`: its beginning."""
    if address == 0:  # Linux takes it for an empty one
        return _Strings(())
    vector = known[: len(known) // _WORD * _WORD]
    while not (found := _up_to_null(vector)).ended and len(found.pointers) <= ARGUMENTS:
        start = address + len(vector)
        left = (ARGUMENTS + 1) * _WORD - len(vector)
        # Two pieces, so that a word may lie across the end of a page.
        first = _up_to_page(start, left)
        pieces = [(start, first), (start + first, _up_to_page(start + first, left - first))]
        try:
            data = kernel.read_memory(pid, [piece for piece in pieces if piece[1]])
        except OSError:
            return _Strings((), unread=True)
        if len(data) < _WORD:
            return _Strings((), unread=True)
        vector += data[: len(data) // _WORD * _WORD]
    read = _strings(pid, found.pointers[:ARGUMENTS])
    return read._replace(cut=read.cut or len(found.pointers) > ARGUMENTS)


class _Vector(NamedTuple):
    pointers: Sequence[int]
    ended: bool


def _up_to_null(vector: bytes) -> _Vector:
    words = struct.unpack(f"={len(vector) // _WORD}Q", vector)
    return _Vector(words[: words.index(0)], True) if 0 in words else _Vector(words, False)


def _strings(pid: int, pointers: Sequence[int]) -> _Strings:
    """What these point at, each up to its zero byte, within all bounds: a piece of each in one call."""
    texts = [b""] * len(pointers)
    unfinished, most, total, cut = list(range(len(texts))), _ARGUMENT_AT_FIRST, 0, False
    while unfinished and total < ALL_BYTES:
        pieces = []
        for index in unfinished:
            start = pointers[index] + len(texts[index])
            pieces.append((start, _up_to_page(start, min(most, ARGUMENT_BYTES - len(texts[index])))))
        try:
            data = kernel.read_memory(pid, pieces)
        except OSError:
            return _bounded(texts, cut, unread=True)
        still, place = [], 0
        for index, (_, length) in zip(unfinished, pieces, strict=True):
            piece = data[place : place + length]
            place += length
            text, end, _ = piece.partition(b"\0")
            texts[index] += text
            total += len(text) + 1
            if not end and len(piece) < length:
                return _bounded(texts, cut, unread=True)
            if not end and len(texts[index]) < ARGUMENT_BYTES:
                still.append(index)
            cut = cut or (not end and len(texts[index]) >= ARGUMENT_BYTES)
        unfinished = still
        most = min(most * 4, max(_ARGUMENT_AT_FIRST, 2 * ALL_BYTES // max(1, len(still))))
    return _bounded(texts, cut or bool(unfinished), unread=False)


def _bounded(texts: Sequence[bytes], cut: bool, *, unread: bool) -> _Strings:
    kept: list[bytes] = []
    room = ALL_BYTES
    for text in texts:
        kept.append(text[:room])
        if len(text) > room:
            return _Strings(kept, True, unread)
        room -= len(text)
    return _Strings(kept, cut, unread)


def _up_to_page(address: int, length: int) -> int:
    """So much of it lies on one page, the next of which may not be there."""
    return min(length, _PAGE - address % _PAGE)
