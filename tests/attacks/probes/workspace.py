"""Tries to get from a folder that it may write to what lies outside of it, or governs it.

Called with the path of a secret file beside the folder and with `jail` or `own`: then each attempt gets a fresh copy of
`conf`, since there each of them works.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import shutil
import struct
import sys

SECRET, WHERE = sys.argv[1:] if __name__ == "__main__" else ("", "")
POLICY = "conf/policy.yaml"
START = os.getcwd()
EXCHANGE, HERE, TERABYTE = 2, -100, 1 << 40
RENAMEAT2 = {"x86_64": 316, "aarch64": 276}[os.uname().machine]
LIBC = ctypes.CDLL(None, use_errno=True)


def read(path, dir_fd=None):
    fd = os.open(path, os.O_RDONLY, dir_fd=dir_fd)
    data = os.read(fd, 100)
    os.close(fd)
    return "done" if data == b"top secret" else "another"


def linked(target):
    os.symlink(target, "link")
    try:
        return read("link")
    finally:
        os.unlink("link")


def hard(path):
    os.link(path, "mine")
    os.unlink("mine")


def exchange(first, second):
    open(second, "w").close()
    words = (ctypes.c_long(HERE), first.encode(), ctypes.c_long(HERE), second.encode(), ctypes.c_long(EXCHANGE))
    if LIBC.syscall(ctypes.c_long(RENAMEAT2), *words) < 0:
        raise OSError(ctypes.get_errno(), "")


def over(path):
    with open("other", "w") as file:
        file.write("x")
    os.rename("other", path)


def mapped(path):
    fd = os.open(path, os.O_RDWR)
    with mmap.mmap(fd, 1) as memory:
        memory[0:1] = b"x"


def reopened(path):
    """By the descriptor of a file that was opened to read."""
    os.close(os.open(f"/proc/self/fd/{os.open(path, os.O_RDONLY)}", os.O_WRONLY))


def linked_and_written(path):
    os.link(path, "alias")
    os.close(os.open("alias", os.O_WRONLY))


def huge():
    with open("huge", "wb") as file:
        try:
            os.truncate(file.fileno(), TERABYTE)
        finally:
            os.unlink("huge")


def filled():
    fd = os.open("filled", os.O_WRONLY | os.O_CREAT)
    try:
        os.pwrite(fd, b"x", TERABYTE)
    finally:
        os.unlink("filled")


def leased():
    with open("plain", "w"):
        pass
    fcntl.fcntl(os.open("plain", os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_WRLCK)


def attribute(name, value):
    with open("plain", "w"):
        pass
    os.setxattr("plain", name, value)


def given():
    with open("plain", "w"):
        pass
    os.chown("plain", 0, 0)
    os.chown("plain", 12345, 12345)


READING = {
    "the folder above (..)": lambda: read("../" + os.path.basename(SECRET)),
    "far above (../../…)": lambda: read("../" * 40 + SECRET.lstrip("/")),
    "the root of its process (/proc/self/root)": lambda: read("/proc/self/root" + SECRET),
    "above its working folder (/proc/self/cwd/..)": lambda: read("/proc/self/cwd/../" + os.path.basename(SECRET)),
    "above a descriptor of its folder": lambda: read("../" + os.path.basename(SECRET), os.open(".", os.O_PATH)),
    "a symbolic link upwards": lambda: linked("../" + os.path.basename(SECRET)),
    "a symbolic link to an absolute path": lambda: linked(SECRET),
    "a symbolic link through /proc/self/root": lambda: linked("/proc/self/root" + SECRET),
    "a hard link to a file outside": lambda: hard(SECRET),
}
GOVERNING = {
    "writing the policy": lambda: os.close(os.open(POLICY, os.O_WRONLY)),
    "emptying the policy": lambda: os.truncate(POLICY, 0),
    "removing the policy": lambda: os.unlink(POLICY),
    "renaming the policy": lambda: os.rename(POLICY, "old"),
    "renaming the folder that it lies in": lambda: os.rename("conf", "old"),
    "laying another over it by rename": lambda: over(POLICY),
    "exchanging it with another": lambda: exchange(POLICY, "other"),
    "exchanging its folder with another file": lambda: exchange("conf", "other"),
    "writing it by another name (hard link)": lambda: linked_and_written(POLICY),
    "writing it by memory": lambda: mapped(POLICY),
    "writing it by a descriptor that was opened to read": lambda: reopened(POLICY),
    "its mode": lambda: os.chmod(POLICY, 0o666),
    "its owner": lambda: os.chown(POLICY, os.getuid(), os.getgid()),
    "its attributes": lambda: os.setxattr(POLICY, "user.x", b"1"),
    "its times": lambda: os.utime(POLICY, (1, 1)),
}
DISK = {
    "a file of a terabyte, all holes": huge,
    "a byte at the end of a terabyte": filled,
    "a lease, so that whoever opens the file waits": leased,
    "capabilities on a file": lambda: attribute(
        "security.capability", struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)
    ),
    "an attribute that only root may set": lambda: attribute("trusted.akios", b"1"),
    "giving a file to another user": given,
    "the C library that the whole machine maps": lambda: os.close(os.open(library(), os.O_WRONLY)),
}


def library():
    with open("/proc/self/maps") as maps:
        return next(line.split()[-1] for line in maps if "/libc" in line)


def attempt(number, act):
    if WHERE == "own":
        os.makedirs(os.path.join(START, "fresh"), exist_ok=True)
        shutil.copy(SECRET, os.path.join(START, "fresh"))
        shutil.copytree(os.path.join(START, "conf"), os.path.join(START, f"fresh/{number}/conf"))
        os.chdir(os.path.join(START, f"fresh/{number}"))
    try:
        return act() or "done"
    except OSError as error:
        return errno.errorcode[error.errno]


ATTEMPTS = {**READING, **GOVERNING, **DISK}
if __name__ == "__main__":
    print(json.dumps({name: attempt(number, act) for number, (name, act) in enumerate(ATTEMPTS.items())}))
