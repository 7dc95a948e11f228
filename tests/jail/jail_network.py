"""A real jail network for tests: a fresh namespace, configured, and agents that act inside it.

The test itself stays outside and holds the listeners, as the broker does. Each act of an agent is a forked child that
enters the namespace without any privilege, so nothing of the test process ever changes.
"""

from __future__ import annotations

import ctypes
import encodings.idna  # noqa: F401  (getaddrinfo imports it late, when a child may no longer read this checkout)
import os
import pickle
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from akios_jail import kernel
from akios_jail.jail import network
from akios_jail.policy.plans import EgressHost, EgressPlan

CLONE_NEWNET = 0x40000000
NOBODY = 65534
#: Longer than any refusal takes on a busy machine, shorter than any timeout of a network stack.
AT_ONCE = 1.0

Result = TypeVar("Result")

PLAN = EgressPlan(
    (
        EgressHost("api.openai.com", "exact", "198.18.0.10", 443, "https"),
        EgressHost("plain.example.com", "exact", "198.18.0.11", 80, "http"),
        EgressHost("db.example.com", "exact", "198.18.0.12", 5432, "tcp"),
        EgressHost("*.example.org", "wildcard", "", 443, "https"),
        EgressHost("192.0.2.1", "ip", "192.0.2.1", 8443, "https"),
        EgressHost("203.0.113.0/24", "cidr", "203.0.113.0/24", 6379, "tcp"),
        EgressHost("2001:db8::1", "ip", "2001:db8::1", 443, "https"),
        EgressHost("2001:db8:1::/48", "cidr", "2001:db8:1::/48", 80, "http"),
    )
)


class Outcome(NamedTuple):
    """What a dial came to: `error` is the errno or None, `seconds` how long it took."""

    error: int | None
    seconds: float
    data: bytes = b""


class JailNetwork:
    """One configured namespace: `fds` as the broker gets them, and `inside` to act as an agent."""

    def __init__(self, namespace: int, fds: dict[str, int]) -> None:
        self.fds = fds
        self.sockets = {name: socket.socket(fileno=fd) for name, fd in fds.items()}
        self._namespace = namespace

    def inside(self, act: Callable[..., Result], *arguments: object, privileged: bool = False) -> Result:
        """Call a function in a child inside the namespace and return what it returns; its exception is raised here."""

        def act_there() -> Result:
            kernel.setns(self._namespace, CLONE_NEWNET)
            if not privileged:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            return act(*arguments)

        return in_child(act_there)

    def close(self) -> None:
        os.close(self._namespace)
        for sock in self.sockets.values():
            sock.close()


def in_child(act: Callable[[], Result]) -> Result:
    """Call a function in a forked child and return its result, or raise its exception."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
            try:
                outcome: tuple[bool, Any] = (True, act())
            except BaseException as error:
                outcome = (False, error)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(outcome, pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    returned, value = pickle.loads(data)
    if not returned:
        raise value
    return value  # type: ignore[no-any-return]


@contextmanager
def jail_network(plan: EgressPlan = PLAN) -> Iterator[JailNetwork]:
    """Make a namespace in a child, which hands its descriptors over and ends."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:

        def make() -> list[str]:
            kernel.unshare(CLONE_NEWNET)
            fds = network.configure(plan)
            namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
            socket.send_fds(theirs, [b"fds"], [namespace, *fds.values()])
            return list(fds)

        names = in_child(make)
        _, (namespace, *fds), _, _ = socket.recv_fds(ours, 16, 32, socket.MSG_CMSG_CLOEXEC)
    made = JailNetwork(namespace, dict(zip(names, fds, strict=True)))
    try:
        yield made
    finally:
        made.close()


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def dial(address: str, port: int, source: str | None = None) -> Outcome:
    """Connect by TCP, from a bound source address if given."""
    started = time.monotonic()
    with socket.socket(family_of(address), socket.SOCK_STREAM) as sock:
        sock.settimeout(10)
        try:
            if source is not None:
                sock.bind((source, 0))
            sock.connect((address, port))
        except OSError as error:
            return Outcome(error.errno or -1, time.monotonic() - started)
        return Outcome(None, time.monotonic() - started)


def send_datagram(address: str, port: int, connected: bool = False) -> Outcome:
    """Send one datagram and wait for anything to come back."""
    started = time.monotonic()
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            if connected:
                sock.connect((address, port))
                sock.send(b"hello")
            else:
                sock.sendto(b"hello", (address, port))
            return Outcome(None, time.monotonic() - started, sock.recv(512))
        except OSError as error:
            return Outcome(error.errno or -1, time.monotonic() - started)
