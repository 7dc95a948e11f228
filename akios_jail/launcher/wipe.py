"""Forgetting a key: its bytes are overwritten where this process is known to have them.

Process 1 of the jail is a fork of the launcher. It cannot be traced or read from inside, but what it does not have
needs no protection. A key from the invoking environment lies in this process three times from its first instruction
on: in the block that the kernel laid out at the top of the stack, in `os.environ`, and in the copy that is handed down
as the host's environment. Python cannot overwrite a str or bytes, so that it is done behind its back: only in the
versions of CPython in which it was tried, only where nothing else refers to the object, and only over bytes that are
seen to be the text's. Where one of these does not hold the text stays: a copy in a process that nobody can read is no
leak, and somebody else's object overwritten is a crash.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from typing import Final

#: References to an object that only its caller's variable still holds: that, the parameter, and getrefcount's own.
_UNSHARED: Final = 3
#: Later ones count references in another way, and would not show that somebody else has one.
_TRIED: Final = sys.implementation.name == "cpython" and (3, 11) <= sys.version_info[:2] <= (3, 13)
#: Python keeps short texts for itself and hands them out again.
_SHORTEST: Final = 8


def variable(host: dict[str, str], name: str) -> None:
    """Forget the variable `name` of the invoking environment, in `host` and wherever it came from."""
    value = host.pop(name, None)
    if value is None:
        return
    stored = _from_environ(name, value)
    if stored is not None:
        _block(os.fsencode(name))
        text(stored)
    text(value)


def buffer(data: bytearray) -> None:
    """Forget what is in this buffer."""
    data[:] = bytes(len(data))


def text(value: str | bytes) -> None:
    """Zeros in the place of the characters of an ASCII str, or of bytes, that only a variable of the caller's holds."""
    size = len(value)
    if not _TRIED or size < _SHORTEST or sys.getrefcount(value) > _UNSHARED or type(value) not in (str, bytes):
        return
    if isinstance(value, str) and not value.isascii():
        return
    plain = value if isinstance(value, bytes) else value.encode("ascii")
    # Both lie at the object's end, before a NUL.
    characters = (ctypes.c_char * size).from_address(id(value) + sys.getsizeof(value) - size - 1)
    if memoryview(characters).cast("B") == plain:
        ctypes.memset(characters, 0, size)
    if plain is not value:
        text(plain)


def _from_environ(name: str, value: str) -> bytes | None:
    """Take the variable out of os.environ if it has this value: the object that was stored there."""
    kept: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
    key, copy = os.fsencode(name), os.fsencode(value)
    same = kept.get(key) == copy
    text(copy)
    return kept.pop(key) if same else None


def _block(name: bytes) -> None:
    """Zeros over the variable in the kernel's block (proc_pid_stat(5), fields 50 and 51)."""
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    start, end = int(fields[47]), int(fields[48])
    if not 0 < start < end:
        return
    block = (ctypes.c_char * (end - start)).from_address(start)
    for match in re.finditer(rb"(?:\A|\x00)" + re.escape(name) + rb"=([^\x00]*)", memoryview(block)):
        ctypes.memset(start + match.start(1), 0, match.end(1) - match.start(1))
