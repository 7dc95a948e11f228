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
FILE = "held" if sys.argv[1] == "both" else "/tmp/akios-attack-held"
QUEUE = b"/akios-attack-held"
#: Where a broker listens in its session's network.
TLS, RESOLVER = 61443, 61053
SEGMENT = {"x86_64": 29, "aarch64": 194}[os.uname().machine]
CREATE, ANYBODY, LIMIT = 0o1000, 0o666, 1024
LIBC = ctypes.CDLL(None, use_errno=True)


def segment(flags):
    if LIBC.syscall(ctypes.c_long(SEGMENT), ctypes.c_long(KEY), ctypes.c_long(4096), ctypes.c_long(flags)) < 0:
        raise OSError(ctypes.get_errno(), "")


def pass_on(channel, count):
    passed = array.array("i", [0] * count)
    channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])


def listening():
    """Where there is no jail there is no broker either: its ports are ours to listen on."""
    try:
        names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        names.bind(("127.0.0.1", RESOLVER))
        return [names, socket.create_server(("127.0.0.1", TLS))]
    except OSError:
        return []  # the broker's


def hold():
    """Everything is kept as long as the process lives: what is in flight, too, since nobody receives it."""
    held = [socket.create_server(("127.0.0.1", PORT)), socket.socket(socket.AF_UNIX), *listening()]
    with open(FILE, "w") as file:
        file.write("held")
    LIBC.mq_open(QUEUE, os.O_RDWR | os.O_CREAT, 0o666, None)
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


def asked(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.connect(("127.0.0.1", port))
        channel.send(b"\0" * 12)
        if channel.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(errno.ECONNREFUSED, "")


def by_list():
    """Sockets by the kernel's list of them: who else's would there be."""
    with open("/proc/net/unix") as file:
        names = [line.split()[7] for line in file.read().splitlines()[1:] if len(line.split()) > 7]
    for name in names:
        spoken(socket.AF_UNIX, "\0" + name[1:] if name.startswith("@") else name)
    if not names:
        raise OSError(errno.ENOENT, "")


def process():
    """What the other was started with."""
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if int(number) != os.getpid() and (b"hold" in words or b"both" in words):
            return "done"
    raise OSError(errno.ENOENT, "")


def queue():
    if LIBC.mq_open(QUEUE, os.O_RDWR) < 0:
        raise OSError(ctypes.get_errno(), "")


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
    "its message queue": queue,
    "its broker's port": lambda: spoken(socket.AF_INET, ("127.0.0.1", TLS)),
    "its broker's resolver": lambda: asked(RESOLVER),
    "its broker's sockets, by the kernel's list": by_list,
    "its processes": process,
    "its temporary files": lambda: open(FILE).close(),
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
        os.chmod(".", 0o777)
        read_end, write_end = os.pipe()
        drop_to_user()
        if os.fork() == 0:
            os.dup2(write_end, 1)
            hold()
        os.close(write_end)
        os.read(read_end, 100)
    print(json.dumps({name: attempt(act) for name, act in ATTEMPTS.items()}))
