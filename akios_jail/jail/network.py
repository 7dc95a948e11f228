"""The jail's network: no interface and no route that leads out, only the broker's listeners on its own loopback.

`configure` runs once in a fresh network namespace, with the capabilities of that namespace. Afterwards every address
is local to the jail (routes), what the policy allows ends at the broker (nftables), and everything else is refused at
once. The listeners are made here, inside, and handed to the broker, which stays outside: it needs no privilege to
serve them, and `SO_ORIGINAL_DST` tells it which address was dialled.
"""

from __future__ import annotations

import errno
import os
import socket

from akios_jail.jail import netlink, nftables
from akios_jail.jail.errors import JailError
from akios_jail.policy.egress import RESOLVER
from akios_jail.policy.plans import EgressPlan

__all__ = ["PORTS", "RESOLVER", "configure"]

#: The broker's ports in every jail. Fixed: a fresh namespace has no other owner for them.
PORTS = nftables.Ports()
#: Connections that wait while the broker is still starting.
BACKLOG = 1024

_NFLOG = "The kernel may lack nfnetlink_log (CONFIG_NETFILTER_NETLINK_LOG): try modprobe nfnetlink_log."


def configure(plan: EgressPlan) -> dict[str, int]:
    """Make the network of the calling process's fresh network namespace and return the broker's descriptors by name.

    Names: `listen.{https,http,tcp}.{4,6}`, `dns.{udp,tcp}.{4,6}` and `nflog`, all close-on-exec and non-blocking, now
    the caller's to close. Where the kernel was started without IPv6 the `.6` ones are absent, and so is IPv6 from the
    jail. `JailError` when any step fails; nothing stays open then, and the namespace must be thrown away.
    """
    sockets: dict[str, socket.socket] = {}
    try:
        versions = _make_every_address_local()
        for version in versions:
            sockets.update(_listeners(version))
        sockets["nflog"] = _log_socket()
        nftables.load(nftables.ruleset(plan, PORTS))
    except OSError as error:
        _close(sockets)
        raise JailError("make the jail's network", str(error)) from error
    except BaseException:
        _close(sockets)
        raise
    return {name: sock.detach() for name, sock in sockets.items()}


def _make_every_address_local() -> tuple[int, ...]:
    """Loopback, the jail's own address and the catch-all routes; returns the IP versions that the jail has."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, netlink.NETLINK_ROUTE) as sock:
        requests = [netlink.loopback_up(), netlink.own_address(RESOLVER), netlink.every_address_local(RESOLVER)]
        netlink.send(sock, requests, "")
        if not _has_ipv6():
            return (4,)
        netlink.send(sock, [netlink.every_address_local("::1")], "")
    return (4, 6)


def _has_ipv6() -> bool:
    """Whether loopback has ::1 (not so with ipv6.disable=1 or ipv6.disable_ipv6=1 on the kernel's command line)."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        if error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            return False
        raise
    return True


def _listeners(version: int) -> dict[str, socket.socket]:
    """The broker's sockets of one IP version, bound to exactly one address.

    A datagram socket bound to the wildcard would answer from another address than the one asked, and connection
    tracking would drop the answer.
    """
    wanted = (
        (f"listen.https.{version}", socket.SOCK_STREAM, PORTS.https),
        (f"listen.http.{version}", socket.SOCK_STREAM, PORTS.http),
        (f"listen.tcp.{version}", socket.SOCK_STREAM, PORTS.tcp),
        (f"dns.udp.{version}", socket.SOCK_DGRAM, PORTS.dns),
        (f"dns.tcp.{version}", socket.SOCK_STREAM, PORTS.dns),
    )
    made: dict[str, socket.socket] = {}
    try:
        for name, kind, port in wanted:
            made[name] = _listener(name, version, kind, port)
    except BaseException:
        _close(made)
        raise
    return made


def _listener(name: str, version: int, kind: int, port: int) -> socket.socket:
    family, address = (socket.AF_INET6, "::1") if version == 6 else (socket.AF_INET, "127.0.0.1")
    sock = socket.socket(family, kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        if version == 6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        if kind == socket.SOCK_STREAM:
            sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        step = f"open the broker's listener {name} on {address} port {port}"
        raise JailError(step, os.strerror(error.errno or 0), "The network namespace must be a fresh one.") from error
    except BaseException:
        sock.close()
        raise
    return sock


def _log_socket() -> socket.socket:
    """A netlink socket that receives the head of every packet that the jail's firewall refuses."""
    kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
    try:
        sock = socket.socket(socket.AF_NETLINK, kind, netlink.NETLINK_NETFILTER)
    except OSError as error:
        raise JailError("open a netfilter socket", os.strerror(error.errno or 0), _NFLOG) from error
    try:
        netlink.send(sock, [netlink.log_group(nftables.LOG_GROUP, nftables.LOG_BYTES)], _NFLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _close(sockets: dict[str, socket.socket]) -> None:
    for sock in sockets.values():
        sock.close()
