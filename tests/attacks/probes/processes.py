"""Tries to read, write, steer and end another process: process TARGET, or with `own`, a fresh one of its own."""

import ctypes
import errno
import json
import os
import signal
import subprocess
import sys
import time

TARGET = sys.argv[1]
LIBC = ctypes.CDLL(None, use_errno=True)
SIZED = ctypes.c_size_t
NUMBERS = {
    "x86_64": {"ptrace": 101, "tgkill": 234, "process_vm_readv": 310},
    "aarch64": {"ptrace": 117, "tgkill": 131, "process_vm_readv": 270},
}[os.uname().machine] | {"pidfd_getfd": 438}
SEIZE = 0x4206


def target():
    if TARGET != "own":
        return int(TARGET)
    lives = "import time; print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", lives], stdout=subprocess.PIPE)
    process.stdout.readline()
    return process.pid


def call(name, *arguments):
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    if LIBC.syscall(ctypes.c_long(NUMBERS[name]), *words) < 0:
        raise OSError(ctypes.get_errno(), "")


def gone(pid):
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except ProcessLookupError:
        return True
    except OSError:
        return False


def killed(pid, send):
    send()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        if gone(pid):
            return "done"
        time.sleep(0.01)
    return "ignored"


def read(part):
    def act(pid):
        with open(f"/proc/{pid}/{part}", "rb") as file:
            return "done" if file.read(1) else "empty"

    return act


def listed(part):
    return lambda pid: os.listdir(f"/proc/{pid}/{part}") and None


def writable(pid):
    with open(f"/proc/{pid}/maps") as maps:
        return int(next(line for line in maps if " rw-p " in line).partition("-")[0], 16)


def copied(pid):
    try:
        address = writable(pid)
    except OSError:
        address = 0x400000
    data = ctypes.create_string_buffer(8)
    here = (SIZED * 2)(ctypes.addressof(data), 8)
    there = (SIZED * 2)(address, 8)
    call("process_vm_readv", pid, here, 1, there, 1, 0)


def memory(flags):
    def act(pid):
        start = writable(pid)
        fd = os.open(f"/proc/{pid}/mem", flags)
        data = os.pread(fd, 1, start) if flags == os.O_RDONLY else b"\0"
        if flags == os.O_RDWR:
            os.pwrite(fd, os.pread(fd, 1, start), start)
        os.close(fd)
        return "done" if len(data) == 1 else "empty"

    return act


def opened(path, flags):
    return lambda pid: os.close(os.open(f"/proc/{pid}/{path}", flags))


def by_pidfd(pid):
    pidfd = os.pidfd_open(pid)
    return killed(pid, lambda: signal.pidfd_send_signal(pidfd, signal.SIGKILL))


def descriptor(pid):
    call("pidfd_getfd", os.pidfd_open(pid), 0, 0)


ATTEMPTS = {
    "its environment": read("environ"),
    "its memory": memory(os.O_RDONLY),
    "writing its memory": memory(os.O_RDWR),
    "what it maps": read("maps"),
    "its root folder": listed("root"),
    "its working folder": listed("cwd"),
    "its descriptors": listed("fd"),
    "what it does in the kernel": read("syscall"),
    "its program, to read": opened("exe", os.O_RDONLY),
    "its namespaces": opened("ns/net", os.O_RDONLY),
    "writing how soon it is killed for memory": opened("oom_score_adj", os.O_WRONLY),
    "tracing it": lambda pid: call("ptrace", SEIZE, pid, 0, 0),
    "copying from its memory": copied,
    "taking one of its descriptors": descriptor,
    "ending it": lambda pid: killed(pid, lambda: os.kill(pid, signal.SIGKILL)),
    "ending it by a thread's signal": lambda pid: killed(pid, lambda: call("tgkill", pid, pid, int(signal.SIGKILL))),
    "ending it by pidfd": by_pidfd,
}


def attempt(act):
    try:
        return act(target()) or "done"
    except OSError as error:
        return errno.errorcode[error.errno]


print(json.dumps({name: attempt(act) for name, act in ATTEMPTS.items()}))
