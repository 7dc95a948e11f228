"""Bytes both ways between the agent and an upstream that is not opened: `protocol: tcp` and `tls: passthrough`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from akios_jail.broker import limits
from akios_jail.broker.dialer import Place
from akios_jail.broker.sockets import reset

_CHUNK = 64 * 1024

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(places: list[Place]) -> Streams:
    """Connect to the first of these addresses that answers. `OSError` (or its `TimeoutError`) if none does."""
    failure: OSError = OSError("there is no address to dial")
    async with asyncio.timeout(limits.CONNECT.value):
        for place in places:
            try:
                return await asyncio.open_connection(place.address, place.port, limit=_CHUNK)
            except OSError as error:
                failure = error
    raise failure


class Splice:
    """One spliced connection: how many bytes went each way, and how it ended.

    `ending`: closed (both sides had said all they had) | reset | idle | session_ended (it was broken off).
    """

    def __init__(self) -> None:
        self.sent = 0
        self.received = 0
        self.ending = "session_ended"
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()

    async def run(self, agent: Streams, upstream: Streams, first: bytes = b"") -> None:
        """Carry bytes until both sides have ended, one has been reset, or neither has sent anything for too long.

        `first` was read from the agent before. The end of one direction is passed on (half-close), the other goes on.
        """
        tasks = [
            asyncio.create_task(self._carry(agent[0], upstream[1], self._count_sent, first)),
            asyncio.create_task(self._carry(upstream[0], agent[1], self._count_received, b"")),
        ]
        try:
            self.ending = await self._watch(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for _, writer in (agent, upstream):
                if self.ending == "closed":
                    writer.close()
                else:
                    reset(writer)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        count: Callable[[int], None],
        first: bytes,
    ) -> None:
        chunk = first or await reader.read(_CHUNK)
        while chunk:
            self._last = self._loop.time()
            count(len(chunk))
            writer.write(chunk)
            await writer.drain()
            chunk = await reader.read(_CHUNK)
        writer.write_eof()

    async def _watch(self, tasks: list[asyncio.Task[None]]) -> str:
        """Wait for the end, whatever it is, and name it."""
        while True:
            left = self._last + limits.SPLICE_IDLE.value - self._loop.time()
            if left <= 0:
                return "idle"
            done, pending = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_EXCEPTION)
            if any(task.exception() is not None for task in done):
                return "reset"
            if not pending:
                return "closed"

    def _count_sent(self, count: int) -> None:
        self.sent += count

    def _count_received(self, count: int) -> None:
        self.received += count
