"""A session's way out, put together: names, listeners, stages and upstream. Everything here is one session's own.

This module imports what is heavy; it is loaded after the session was opened and while connections wait in the backlog.
"""

from __future__ import annotations

import functools
import socket
import ssl
from collections.abc import Awaitable, Callable

from akios_jail.broker import tls
from akios_jail.broker.ca import Authority
from akios_jail.broker.denials import DenialReader
from akios_jail.broker.destinations import Destination
from akios_jail.broker.dialer import Dialer
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.executed import Executed
from akios_jail.broker.http_message import Response
from akios_jail.broker.listeners import Listeners
from akios_jail.broker.money.lastwords import LastWords
from akios_jail.broker.names import NameTable
from akios_jail.broker.nameserver import NameServer
from akios_jail.broker.pipeline import Pipeline
from akios_jail.broker.refusals import Refusals
from akios_jail.broker.replay.pace import Pace
from akios_jail.broker.server import HttpServer
from akios_jail.broker.session import Session
from akios_jail.broker.stages.record import Record
from akios_jail.broker.tape import Taping
from akios_jail.broker.traffic import Traffic
from akios_jail.broker.tunnels import Tunnels, server_name_mismatch
from akios_jail.broker.upstream import Upstream
from akios_jail.broker.webhook import Webhooks


class Gateway:
    """Serves one session's connections, names and denials. Make it in the event loop's thread, while the loop runs."""

    def __init__(self, session: Session, authority: Authority, traffic: Traffic) -> None:
        self.session = session
        session.recorder.alone = lambda: traffic.alone
        options = session.opening.options
        self._refusals = Refusals(session)
        names = NameTable(session.opening.egress)
        dialer = _dialer(session)
        record = Record(session)
        context = _client_context(options.upstream_ca_pem)
        self._upstream = Upstream(dialer, context)
        send = self._way(session)
        self._http = HttpServer(session, Pipeline.of(session, record), record, send, traffic)
        self._last_words = LastWords(session, record, lambda: self._http.running, send)
        self._webhooks = Webhooks(dialer, context, session.note, session.clean)
        if session.opening.replay is None:  # who was told once is not told again
            session.webhooks = self._webhooks
            session.account.alerts.post = self._webhooks.post
        self._listeners = Listeners(
            names,
            session.decider,
            self._http,
            tls.ServerContexts(authority, self._wrong_name),
            Tunnels(session, dialer, self._refusals, traffic),
            self._refusals,
        )
        self._name_server = NameServer(names, self._refusals.name)
        self._denials: list[DenialReader] = []
        self._executed: list[Executed] = []

    def _way(self, session: Session) -> Callable[[Exchange], Awaitable[Response]]:
        """Where requests go: upstream, recorded, or into the recording of a session that runs again."""
        replay = session.opening.replay
        if replay is None:
            return Taping(self._upstream.send, session.tape).send
        from akios_jail.broker.replay.player import Player

        live = None if replay.live_from is None else self._upstream.send
        session.player = Player(session, session.tape, replay, live)
        return session.player.send

    async def listen(self, fds: dict[str, int]) -> None:
        """Serve on these descriptors, named as in `messages`; they now belong to the gateway."""
        sockets = {name: socket.socket(fileno=fd) for name, fd in fds.items()}
        for name, sock in sockets.items():
            kind, _, protocol = name.rpartition(".")[0].partition(".")
            if kind == "listen":
                self._listeners.listen(sock, protocol)
            elif name == "steps" and self.session.player is not None:
                self.session.player.pace = Pace(sock)
            elif name == "nflog":
                reader = DenialReader(sock, self._refusals.packet)
                reader.start()
                self._denials.append(reader)
            elif name == "executions":
                heard = Executed(self.session, sock)
                heard.start()
                self._executed.append(heard)
        await self._name_server.start(
            [sock for name, sock in sockets.items() if name.startswith("dns.udp.")],
            [sock for name, sock in sockets.items() if name.startswith("dns.tcp.")],
        )

    async def close(self) -> None:
        """Stop everything; whatever was refused until now is on its way to the record."""
        self.session.tape.hurry()
        await self._listeners.close()
        await self._http.close()
        await self._last_words.close()
        await self.session.account.close()
        await self._webhooks.close()
        await self._upstream.close()
        await self._name_server.close()
        for reader in self._denials:
            reader.close()
        for heard in self._executed:
            await heard.close()
        self._refusals.flush()

    def _wrong_name(self, destination: Destination, asked: str) -> None:
        self._refusals.connection(destination, server_name_mismatch(destination.host, asked))


def _dialer(session: Session) -> Dialer:
    """Finds addresses to dial; in a session that runs again without the network, none."""
    replay = session.opening.replay
    if replay is None or replay.live_from is not None:
        return Dialer(session.decider, session.opening.options)
    from akios_jail.broker.replay.unplugged import Unplugged

    return Unplugged(session)


@functools.lru_cache(maxsize=8)
def _client_context(extra_ca_pem: str) -> ssl.SSLContext:
    """Reading the system's trust takes milliseconds; sessions with the same trust share the (immutable) context."""
    return tls.client_context(extra_ca_pem)


def prepare(extra_ca_pem: str) -> None:
    """Do ahead of time, off the event loop, what the first connection would otherwise wait for."""
    _client_context(extra_ca_pem)
