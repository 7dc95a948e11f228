"""The jail's name server: the sockets around `names.decide`.

It holds no state but what is on its way: a datagram is answered as it is read, and of connections there are only so
many. Whatever a client does, its packet is answered or dropped; nothing waits for it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import NamedTuple

from akios_jail.broker import dnswire, limits
from akios_jail.broker.names import NameTable, decide
from akios_jail.broker.pace import Pace

#: Records of refused names a second, after a first burst.
_PER_SECOND = 20
#: Datagrams read before other work gets its turn.
_BATCH = 32


class DeniedName(NamedTuple):
    """A question that was not answered. `name` is printable ASCII; `type` is the number of the record type;
    `held_back` counts further ones that came too fast to be told apart since the last."""

    name: str
    type: int
    code: str
    held_back: int


class NameServer:
    """Serves one session's names on sockets made in its jail. Use: `await start(…)`, later `await close()`."""

    def __init__(
        self,
        table: NameTable,
        denied: Callable[[DeniedName], None],
        pace: Pace | None = None,
        idle: float = limits.NAME_IDLE.value,
    ) -> None:
        self._table = table
        self._denied = denied
        self._pace = pace or Pace(per_second=_PER_SECOND, burst=limits.NAME_DENIALS.value)
        self._idle = idle
        self._datagrams: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def held_back(self) -> int:
        """Denied questions that no `DeniedName` has told of yet: for the last record of a session."""
        return self._pace.held

    async def start(self, datagrams: Iterable[socket.socket], listeners: Iterable[socket.socket]) -> None:
        """Serve on bound UDP sockets and listening TCP sockets, which now belong to the server."""
        loop = asyncio.get_running_loop()
        for sock in datagrams:
            sock.setblocking(False)
            self._datagrams.append(sock)
            loop.add_reader(sock, self._read_datagrams, sock)
        for sock in listeners:
            self._servers.append(await asyncio.start_server(self._connected, sock=sock, limit=dnswire.MAX_QUERY + 2))

    async def close(self) -> None:
        """Stop serving and close every socket."""
        loop = asyncio.get_running_loop()
        for sock in self._datagrams:
            loop.remove_reader(sock)
            sock.close()
        for server in self._servers:
            server.close()
        connections = list(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    def respond(self, packet: bytes) -> bytes:
        """The answer to one packet; b"" when there is none to give."""
        try:
            query = dnswire.parse(packet)
        except dnswire.Malformed as error:
            return error.answer
        answer = decide(self._table, query)
        if answer.denied and self._pace.admit():
            name = dnswire.printable(query.labels)
            self._denied(DeniedName(name, query.type, answer.denied, self._pace.take_held()))
        return dnswire.answer(query, answer.rcode, answer.records, answer.extended)

    def _read_datagrams(self, sock: socket.socket) -> None:
        for _ in range(_BATCH):
            try:
                packet, client = sock.recvfrom(dnswire.MAX_QUERY + 1)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error of an earlier answer whose asker is gone
            response = self.respond(packet)
            if response:
                try:
                    sock.sendto(response, client)
                except OSError:
                    continue  # the asker is gone or does not read: it will ask again

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= limits.NAME_CONNECTIONS.value:
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            while True:
                async with asyncio.timeout(self._idle):
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    if length > dnswire.MAX_QUERY:
                        break
                    response = self.respond(await reader.readexactly(length))
                    if not response:
                        break
                    writer.write(len(response).to_bytes(2, "big") + response)
                    await writer.drain()
                await asyncio.sleep(0)  # a client that sends many at once has to take turns with everybody else
        except (asyncio.IncompleteReadError, TimeoutError, OSError):
            pass  # the client went away, or took longer than it may
        finally:
            self._connections.discard(task)
            writer.transport.abort() if writer.transport.is_closing() else writer.close()
