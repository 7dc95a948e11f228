"""`hold` uses up what it can of what the kernel counts by user, and offers what another session might reach; `try` is
that other session. `both` is one after the other, without a jail between them.
"""

import array
import ctypes
import errno
import json
import os
import resource
import signal
import socket
import subprocess
import sys

PORT, KEY, NAME = 7411, 0x7411, "\0akios-attack-held"
SEGMENT = {"x86_64": 29, "aarch64": 194}[os.uname().machine]
CREATE, ANYBODY, LIMIT = 0o1000, 0o666, 1024
LIBC = ctypes.CDLL(None, use_errno=True)


def segment(flags):
    if LIBC.syscall(ctypes.c_long(SEGMENT), ctypes.c_long(KEY), ctypes.c_long(4096), ctypes.c_long(flags)) < 0:
        raise OSError(ctypes.get_errno(), "")


def pass_on(channel, count):
    passed = array.array("i", [0] * count)
    channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])


def hold():
    """Everything is kept as long as the process lives: what is in flight, too, since nobody receives it."""
    held = [socket.create_server(("127.0.0.1", PORT)), socket.socket(socket.AF_UNIX)]
    held[1].bind(NAME)
    held[1].listen()
    segment(CREATE | ANYBODY)
    try:
        while True:
            held += socket.socketpair()
            for _ in range(10):
                pass_on(held[-1], 100)
    except OSError as error:
        print(json.dumps(errno.errorcode[error.errno]), flush=True)
    signal.pause()


def spoken(family, place):
    with socket.socket(family) as channel:
        channel.connect(place)


def in_flight():
    """The attack is the other's; done if this session cannot pass on a single descriptor."""
    first, second = socket.socketpair()
    with first, second:
        try:
            pass_on(first, 1)
        except OSError as error:
            return "done" if error.errno == errno.ETOOMANYREFS else errno.errorcode[error.errno]
    return "unharmed"


ATTEMPTS = {
    "its listener on the loopback": lambda: spoken(socket.AF_INET, ("127.0.0.1", PORT)),
    "its abstract socket": lambda: spoken(socket.AF_UNIX, NAME),
    "its shared memory (System V)": lambda: segment(0),
    "using up the descriptors that may be in flight": in_flight,
}


def attempt(act):
    try:
        return act() or "done"
    except OSError as error:
        return errno.errorcode[error.errno]


def drop_to_user():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    os.setgroups([])
    os.setresgid(12345, 12345, 12345)
    os.setresuid(12345, 12345, 12345)


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        hold()
    if sys.argv[1] == "both":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        read_end, write_end = os.pipe()
        drop_to_user()
        if os.fork() == 0:
            os.dup2(write_end, 1)
            hold()
        os.read(read_end, 100)
    print(json.dumps({name: attempt(act) for name, act in ATTEMPTS.items()}))
