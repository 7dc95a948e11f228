"""Bytes both ways between the agent and an upstream that is not opened: `protocol: tcp` and `tls: passthrough`."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from akios_jail.broker import limits
from akios_jail.broker.dialer import Place
from akios_jail.broker.sockets import reset

_CHUNK = 64 * 1024

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Passed(NamedTuple):
    """How many bytes went each way, and how it ended: closed | idle | reset."""

    sent: int
    received: int
    ending: str


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


async def splice(agent: Streams, upstream: Streams, first: bytes = b"") -> Passed:
    """Carry bytes until both sides have ended, one has been reset, or neither has sent anything for too long.

    `first` was read from the agent before. The end of one direction is passed on (half-close) and the other goes on.
    """
    flow = _Flow()
    tasks = [
        asyncio.create_task(flow.carry(agent[0], upstream[1], "sent", first)),
        asyncio.create_task(flow.carry(upstream[0], agent[1], "received", b"")),
    ]
    try:
        ending = await flow.watch(tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _, writer in (agent, upstream):
            if flow.broken:
                reset(writer)
            else:
                writer.close()
    return Passed(flow.counts["sent"], flow.counts["received"], ending)


class _Flow:
    """The two directions of one connection and when a byte was last seen."""

    def __init__(self) -> None:
        self.counts = {"sent": 0, "received": 0}
        self.broken = False
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()

    async def carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: str, first: bytes
    ) -> None:
        chunk = first or await reader.read(_CHUNK)
        while chunk:
            self._last = self._loop.time()
            self.counts[direction] += len(chunk)
            writer.write(chunk)
            await writer.drain()
            chunk = await reader.read(_CHUNK)
        writer.write_eof()

    async def watch(self, tasks: list[asyncio.Task[None]]) -> str:
        """Wait for the end, whatever it is, and name it."""
        while True:
            left = self._last + limits.SPLICE_IDLE.value - self._loop.time()
            if left <= 0:
                self.broken = True
                return "idle"
            done, pending = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_EXCEPTION)
            if any(task.exception() is not None for task in done):
                self.broken = True
                return "reset"
            if not pending:
                return "closed"
