"""The few netlink messages that a jail's network needs, written by hand.

A netlink library costs more time to import than a whole jail takes to start, and a jail needs only this: its loopback
up, an address, two routes, and a socket on which nftables logs what it refused. Message layouts are from
linux/netlink.h, linux/rtnetlink.h and linux/netfilter/nfnetlink_log.h; attributes are padded to four bytes.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import NamedTuple

from akios_jail.jail.errors import JailError

IFA_ADDRESS = 1
IFA_LOCAL = 2
IFF_UP = 1
IFINDEX_LOOPBACK = 1  # the first interface of every network namespace
NETLINK_NETFILTER = 12
NETLINK_ROUTE = 0
NFNL_SUBSYS_ULOG = 4
NFULA_CFG_CMD = 1
NFULA_CFG_FLAGS = 6
NFULA_CFG_MODE = 2
NFULA_CFG_QTHRESH = 5
NFULNL_CFG_CMD_BIND = 1
NFULNL_CFG_F_SEQ = 1
NFULNL_COPY_PACKET = 2
NFULNL_MSG_CONFIG = 1
NLMSG_ERROR = 2
NLM_F_ACK = 4
NLM_F_CREATE = 0x400
NLM_F_EXCL = 0x200
NLM_F_REQUEST = 1
RTA_OIF = 4
RTA_PREFSRC = 7
RTM_NEWADDR = 20
RTM_NEWLINK = 16
RTM_NEWROUTE = 24
RTN_LOCAL = 2
RTPROT_STATIC = 4
RT_SCOPE_HOST = 254
RT_TABLE_LOCAL = 255


class Request(NamedTuple):
    """One message for the kernel; `description` says what it does and is the error's step if the kernel refuses."""

    description: str
    type: int
    flags: int
    body: bytes


def attribute(kind: int, value: bytes) -> bytes:
    """A netlink attribute: length, type, value, padding."""
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def send(sock: socket.socket, requests: list[Request], remedy: str) -> None:
    """Send the requests in one write and wait for the kernel's word on each.

    `JailError` with the description of the first request that was refused, and `remedy`.
    """
    packet = b""
    for number, request in enumerate(requests, 1):
        flags = request.flags | NLM_F_REQUEST | NLM_F_ACK
        packet += struct.pack("=IHHII", 16 + len(request.body), request.type, flags, number, 0) + request.body
    sock.send(packet)
    waiting = len(requests)
    while waiting:
        for number, code in acknowledgements(sock.recv(65536)):
            if code:
                raise JailError(requests[number - 1].description, os.strerror(code), remedy)
            waiting -= 1


def acknowledgements(data: bytes) -> list[tuple[int, int]]:
    """Sequence number and errno (0: done) of every acknowledgement among the messages of one datagram."""
    found = []
    offset = 0
    while offset + 20 <= len(data):
        length, kind, _, number, _, code = struct.unpack_from("=IHHIIi", data, offset)
        if length < 16:
            break
        if kind == NLMSG_ERROR:
            found.append((number, -code))
        offset += (length + 3) & ~3
    return found


def loopback_up() -> Request:
    """`ip link set lo up`, which also gives it 127.0.0.1 and ::1."""
    body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, IFINDEX_LOOPBACK, IFF_UP, IFF_UP)
    return Request("bring the jail's loopback up", RTM_NEWLINK, 0, body)


def own_address(address: str) -> Request:
    """`ip address add ADDRESS/32 dev lo`."""
    packed = socket.inet_pton(socket.AF_INET, address)
    body = struct.pack("=BBBBi", socket.AF_INET, 32, 0, RT_SCOPE_HOST if address.startswith("127.") else 0, 1)
    body += attribute(IFA_LOCAL, packed) + attribute(IFA_ADDRESS, packed)
    return Request("give the jail its own address", RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body)


def every_address_local(source: str) -> Request:
    """`ip route add local default dev lo src SOURCE table local`, for the source's family ("AnyIP").

    Each address of that family then ends in this namespace, and connections without a bound address come from `source`,
    so that a program that asks the kernel for its own address gets one that leads back to it.
    """
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    scope = RT_SCOPE_HOST if family == socket.AF_INET else 0
    body = struct.pack("=BBBBBBBBI", family, 0, 0, 0, RT_TABLE_LOCAL, RTPROT_STATIC, scope, RTN_LOCAL, 0)
    body += attribute(RTA_OIF, struct.pack("=i", IFINDEX_LOOPBACK))
    body += attribute(RTA_PREFSRC, socket.inet_pton(family, source))
    version = "IPv6" if family == socket.AF_INET6 else "IPv4"
    return Request(f"make every {version} address lead into the jail", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, body)


def log_group(group: int, copy_bytes: int) -> Request:
    """Bind the sending socket to an NFLOG group: packets at once, their first `copy_bytes`, numbered to show losses."""
    body = struct.pack("!BBH", socket.AF_UNSPEC, 0, group)
    body += attribute(NFULA_CFG_CMD, struct.pack("=B", NFULNL_CFG_CMD_BIND))
    body += attribute(NFULA_CFG_MODE, struct.pack("!IBx", copy_bytes, NFULNL_COPY_PACKET))
    body += attribute(NFULA_CFG_QTHRESH, struct.pack("!I", 1))
    body += attribute(NFULA_CFG_FLAGS, struct.pack("!H", NFULNL_CFG_F_SEQ))
    return Request("listen for what the jail's firewall refuses", NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, 0, body)
