"""The sockets in the jail on which the agent's connections arrive, and what each of them becomes.

nftables has sent every allowed destination to the listener of its handling; which destination it was, the kernel tells
(SO_ORIGINAL_DST). What stands for nothing is reset at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import resource
import socket
import ssl
import traceback
from collections.abc import Callable

from akios_jail.broker import destinations, limits
from akios_jail.broker.destinations import Destination
from akios_jail.broker.names import NameTable
from akios_jail.broker.pipeline import stage_failed
from akios_jail.broker.refusals import Refusals
from akios_jail.broker.server import HttpServer
from akios_jail.broker.sockets import original, reset
from akios_jail.broker.tls import ServerContexts
from akios_jail.broker.tunnels import Tunnels
from akios_jail.policy.decide import Decider
from akios_jail.policy.verdict import Verdict

#: Connections accepted before other work gets its turn.
_BATCH = 32
#: What accept(2) says when there is no room, and how long to wait for some, in seconds.
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_PAUSE = 0.1

#: Descriptors that are none of a connection's: the record, the trace, the listeners, and what is idle for a while.
_OTHERS = 40
#: And those of one: its own, a second while it shakes hands, that to the upstream.
_EACH = 3

#: A fatal `unrecognized_name` alert in the clear (RFC 8446 sections 5.1 and 6.2).
_UNRECOGNIZED_NAME = bytes([21, 3, 3, 0, 2, 2, ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME])


class Listeners:
    """Accepts the connections of one session."""

    def __init__(
        self,
        names: NameTable,
        decider: Decider,
        http: HttpServer,
        contexts: ServerContexts,
        tunnels: Tunnels,
        refusals: Refusals,
    ) -> None:
        self._names = names
        self._decider = decider
        self._http = http
        self._contexts = contexts
        self._tunnels = tunnels
        self._refusals = refusals
        self._sockets: list[socket.socket] = []
        self._open = 0
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._room = limits.CONNECTIONS.value if most < 0 else max(1, (most - _OTHERS) // _EACH)  # below zero: no limit
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, sock: socket.socket, protocol: str) -> None:
        """Accept on this listening socket, which now belongs here. `protocol`: https | http | tcp."""
        sock.setblocking(False)
        self._sockets.append(sock)
        asyncio.get_running_loop().add_reader(sock, self._accept, sock, protocol)

    async def close(self) -> None:
        """Stop accepting and break off what is not HTTP."""
        for sock in self._sockets:
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        self._sockets.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, listener: socket.socket, protocol: str) -> None:
        for _ in range(_BATCH):
            if self._open >= self._room:
                self._pause(listener, protocol)
                return
            try:
                connection, _ = listener.accept()
            except OSError as error:
                if error.errno in _NO_ROOM:
                    self._pause(listener, protocol)
                return  # nothing is waiting, or what waited has left
            connection.setblocking(False)
            self._arrived(connection, protocol)

    def _pause(self, listener: socket.socket, protocol: str) -> None:
        """No descriptor is free, or none would be for an upstream: connections wait for a while, the kernel is not
        asked again and again."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)

        def resume() -> None:
            if listener in self._sockets:
                loop.add_reader(listener, self._accept, listener, protocol)

        loop.call_later(_PAUSE, resume)

    def _arrived(self, connection: socket.socket, protocol: str) -> None:
        try:
            address, port = original(connection)
            destination = destinations.find(self._names, address, port, protocol)
        except OSError:
            connection.close()  # it has left already, or came past the firewall
            return
        if destination is None:
            reason = f"{address} was never given out for a name"
            self._refusals.address(address, port, protocol, Verdict("deny", "address_not_allowed", reason))
            reset(connection)
            return
        if self._open >= limits.CONNECTIONS.value:
            reason = f"the session has {limits.CONNECTIONS.value} connections open, the most that it may"
            self._refusals.connection(destination, Verdict("deny", "too_many_connections", reason))
            reset(connection)
            return
        self._open += 1
        task = asyncio.get_running_loop().create_task(self._serve(connection, destination))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket, destination: Destination) -> None:
        if self._unread(destination):
            try:
                await self._tunnels.serve(connection, destination)
            except Exception as error:
                self._broken(destination, error)
            finally:
                self._open -= 1
            return
        release = _Once(self._released)
        try:
            await self._connect(connection, destination, release)
        except Exception as error:
            release()
            self._broken(destination, error)

    def _broken(self, destination: Destination, error: Exception) -> None:
        """Serving a connection failed in a way that nobody thought of: it is over, and on record."""
        traceback.print_exception(error)
        self._refusals.connection(destination, stage_failed("connection", error))

    def _unread(self, destination: Destination) -> bool:
        if destination.protocol == "tcp":
            return True
        known = self._decider.destination(destination.host, destination.port)
        return known is not None and known.unread is True

    def _released(self) -> None:
        self._open -= 1

    async def _connect(self, connection: socket.socket, destination: Destination, release: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        if destination.protocol == "http":
            await loop.connect_accepted_socket(lambda: self._http.connection(destination, release), connection)
            return
        context = self._contexts.of(destination)
        # A connection whose handshake fails is closed before OpenSSL's alert is out; through this one it can be said.
        spare = connection.dup()
        try:
            await loop.connect_accepted_socket(
                lambda: self._http.connection(destination, release),
                connection,
                ssl=context,
                ssl_handshake_timeout=limits.HANDSHAKE.value,
            )
        except ssl.SSLError as error:
            release()
            if error.reason == "CALLBACK_FAILED":  # the name was wrong, which is on record already
                with contextlib.suppress(OSError):
                    spare.send(_UNRECOGNIZED_NAME)
            else:
                reason = f"the agent's TLS handshake failed: {error.reason or 'unreadable'}"
                self._refusals.connection(destination, Verdict("deny", "tls_handshake_failed", reason))
        except (ConnectionAbortedError, TimeoutError):  # the first is how the loop says that it has waited long enough
            release()
            reason = f"the agent's TLS handshake took longer than {limits.HANDSHAKE.value} seconds"
            self._refusals.connection(destination, Verdict("deny", "tls_handshake_failed", reason))
        except OSError:
            release()
        finally:
            spare.close()


class _Once:
    """Calls a function the first time it is called."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._function: Callable[[], None] | None = function

    def __call__(self) -> None:
        function, self._function = self._function, None
        if function is not None:
            function()
