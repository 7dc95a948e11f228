"""Tries to change the jail's network and to speak to sockets of the host.

Called with the name of the host's sockets (abstract ones, and a file of that path), or with `own`, to make its own.
"""

import errno
import json
import os
import socket
import struct
import subprocess
import sys

REQUEST, ACK, EXCLUSIVE, CREATE = 1, 4, 0x200, 0x400
NEWLINK, NEWADDRESS, NEWROUTE, DELROUTE, NEWRULE = 16, 20, 24, 25, 32
LOOPBACK, UP, LOCAL_TABLE = 1, 1, 255
LOCAL_DEFAULT = struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, LOCAL_TABLE, 4, 254, 2, 0)


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def netlink(kind, body, flags=0):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as channel:
        header = struct.pack("=IHHII", 16 + len(body), kind, REQUEST | ACK | flags, 1, 0)
        channel.sendto(header + body, (0, 0))
        error = -struct.unpack_from("=i", channel.recv(4096), 16)[0]
        if error:
            raise OSError(error, "")


def loopback(flags):
    netlink(NEWLINK, struct.pack("=BxHiII", 0, 0, LOOPBACK, flags, UP))


def interface():
    body = struct.pack("=BxHiII", 0, 0, 0, 0, 0) + attribute(3, b"atk0\0") + attribute(18, attribute(1, b"dummy"))
    netlink(NEWLINK, body, CREATE | EXCLUSIVE)


def address():
    body = struct.pack("=BBBBi", socket.AF_INET, 32, 0, 0, LOOPBACK)
    netlink(NEWADDRESS, body + attribute(2, bytes([10, 9, 8, 7])), CREATE)


def rule():
    netlink(NEWRULE, struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, 254, 0, 0, 1, 0), CREATE)


def flush():
    words = [next(path for path in ("/usr/sbin/nft", "/sbin/nft") if os.path.exists(path)), "flush", "ruleset"]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        raise OSError(errno.EPERM, "")


def bound(host, port, kind=socket.SOCK_STREAM):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        channel.bind((host, port))


def spoken(kind, name):
    with socket.socket(socket.AF_UNIX, kind) as channel:
        channel.connect(name)
        channel.send(b"x")


NAME = sys.argv[1]
HELD = []
if NAME == "own":
    NAME = os.path.abspath("listener")
    loopback(UP)
    for kind, where in ((1, "\0" + NAME + "1"), (2, "\0" + NAME + "2"), (5, "\0" + NAME + "5"), (1, NAME)):
        HELD.append(socket.socket(socket.AF_UNIX, kind))
        HELD[-1].bind(where)
        if kind != socket.SOCK_DGRAM:
            HELD[-1].listen()

ATTEMPTS = {
    "an abstract stream socket of the host": lambda: spoken(socket.SOCK_STREAM, "\0" + NAME + "1"),
    "an abstract datagram socket of the host": lambda: spoken(socket.SOCK_DGRAM, "\0" + NAME + "2"),
    "an abstract packet socket of the host": lambda: spoken(socket.SOCK_SEQPACKET, "\0" + NAME + "5"),
    "a socket file of the host": lambda: spoken(socket.SOCK_STREAM, NAME),
    "an interface of its own": interface,
    "another address": address,
    "another route": lambda: netlink(NEWROUTE, LOCAL_DEFAULT + attribute(4, struct.pack("=i", LOOPBACK)), CREATE),
    "removing the route to the broker": lambda: netlink(DELROUTE, LOCAL_DEFAULT),
    "a rule about routes": rule,
    "emptying the firewall": flush,
    "listening in the broker's place": lambda: bound("127.0.0.1", 61443),
    "listening in the broker's place, IPv6": lambda: bound("::1", 61443),
    "answering in the resolver's place": lambda: bound("127.0.0.1", 61053, socket.SOCK_DGRAM),
    "listening where only root may": lambda: bound("0.0.0.0", 53, socket.SOCK_DGRAM),
    "taking the loopback down": lambda: loopback(0),
}


def attempt(act):
    try:
        act()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"


print(json.dumps({name: attempt(act) for name, act in ATTEMPTS.items()}))
