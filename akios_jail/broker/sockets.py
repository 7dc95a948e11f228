"""What the broker asks of sockets beyond the everyday: where a connection was meant to go, and how to refuse it."""

from __future__ import annotations

import asyncio
import socket
import struct

#: linux/netfilter_ipv4.h and linux/netfilter_ipv6/ip6_tables.h: the same number for SO_ and IP6T_SO_ORIGINAL_DST.
_ORIGINAL_DST = 80
_SOL_IPV6 = 41
_RESET = struct.pack("ii", 1, 0)


def original(connection: socket.socket) -> tuple[str, int]:
    """Address and port that the agent dialled, before nftables sent the connection here. `OSError` if unknown."""
    if connection.family == socket.AF_INET6:
        port, packed = struct.unpack_from("!2xH4x16s", connection.getsockopt(_SOL_IPV6, _ORIGINAL_DST, 28))
        return socket.inet_ntop(socket.AF_INET6, packed), port
    port, packed = struct.unpack_from("!2xH4s", connection.getsockopt(socket.IPPROTO_IP, _ORIGINAL_DST, 16))
    return socket.inet_ntop(socket.AF_INET, packed), port


def reset(connection: socket.socket | asyncio.StreamWriter) -> None:
    """Close so that the other side sees a reset at once: refused or broken, and not merely finished."""
    if isinstance(connection, asyncio.StreamWriter):
        sock = connection.get_extra_info("socket")
        if sock is not None and not connection.transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.transport.abort()
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()
