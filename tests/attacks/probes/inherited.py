"""Tries the descriptors that whoever called had open: their numbers, by name, are the first argument."""

import errno
import json
import os
import socket
import sys

FDS = json.loads(sys.argv[1])


def from_folder():
    with os.fdopen(os.open("secret.txt", os.O_RDONLY, dir_fd=FDS["folder"])) as file:
        return "done" if file.read() == "top secret" else "another"


def above_folder():
    os.close(os.open("..", os.O_RDONLY, dir_fd=FDS["folder"]))


def entered():
    os.fchdir(FDS["folder"])


def read():
    return "done" if os.pread(FDS["file"], 100, 0) == b"top secret" else "another"


def reopened():
    os.close(os.open(f"/proc/self/fd/{FDS['file']}", os.O_WRONLY))


def accepted():
    with socket.socket(fileno=os.dup(FDS["listener"])) as listener:
        listener.listen()


def piped():
    os.write(FDS["pipe"], b"x")


def signalled():
    os.stat(f"/proc/self/fdinfo/{FDS['process']}")


def joined():
    os.stat(f"/proc/self/fd/{FDS['namespace']}")


ATTEMPTS = {
    "a file beneath a folder that was open": from_folder,
    "what lies above such a folder": above_folder,
    "such a folder to stand in": entered,
    "a file that was open": read,
    "such a file opened again, to write": reopened,
    "a socket that listens": accepted,
    "a pipe to another program": piped,
    "another process (pidfd)": signalled,
    "the host's namespace": joined,
}


def attempt(act):
    try:
        return act() or "done"
    except OSError as error:
        return errno.errorcode[error.errno]


print(json.dumps({name: attempt(act) for name, act in ATTEMPTS.items()}))
