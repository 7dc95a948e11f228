"""Governed connections that are not opened: `protocol: tcp`, and https with `tls: passthrough`.

The policy decides once, on the connection; the verdict is on record before upstream is dialled, and how many bytes
went each way when it is over. A passed-through connection must first show, in the clear, the name of the server that
it was dialled for.
"""

from __future__ import annotations

import asyncio
import socket
import time

from akios_jail.audit.journal import AuditUnavailable
from akios_jail.broker import clienthello, limits, splice
from akios_jail.broker.destinations import Destination
from akios_jail.broker.dialer import Dialer
from akios_jail.broker.outcome import Denied
from akios_jail.broker.refusals import Refusals
from akios_jail.broker.resolve import Unresolvable
from akios_jail.broker.session import Session
from akios_jail.broker.sockets import reset
from akios_jail.broker.traffic import Traffic
from akios_jail.policy.action import Action
from akios_jail.policy.verdict import Verdict


class Tunnels:
    """The unopened connections of one session."""

    def __init__(self, session: Session, dialer: Dialer, refusals: Refusals, traffic: Traffic) -> None:
        self._session = session
        self._dialer = dialer
        self._refusals = refusals
        self._traffic = traffic

    async def serve(self, connection: socket.socket, destination: Destination) -> None:
        """Carry one accepted connection from beginning to end, or reset it with the reason on record."""
        self._traffic.begins()
        try:
            await self._serve(connection, destination)
        finally:
            self._traffic.ends()

    async def _serve(self, connection: socket.socket, destination: Destination) -> None:
        agent = await _streams(connection)
        try:
            first = await _read_hello(agent[0], destination) if destination.protocol == "https" else b""
            misplaced = self._refusals.misplaced(destination.host, "connect")
            if misplaced is not None:  # of what is not read the name is all that can be looked at
                raise Denied(misplaced)
            verdict = self._decide(destination)
            await self._carry(agent, destination, verdict, first)
        except Denied as denied:
            self._refusals.connection(destination, denied.verdict)
            reset(agent[1])
        except BaseException:
            reset(agent[1])
            raise

    async def _carry(self, agent: splice.Streams, destination: Destination, verdict: Verdict, first: bytes) -> None:
        started = time.monotonic()
        where = {"action": "connect", "host": destination.host, "port": destination.port}
        where |= {"protocol": destination.protocol}
        decided = {"decision": verdict.decision, "code": verdict.code, "rule": verdict.rule}
        try:
            await self._session.recorder.durable("verdict", {**where, **decided})
        except AuditUnavailable as error:
            raise Denied(Verdict("deny", "audit_unavailable", str(error))) from error
        self._session.tally.decided(verdict.decision)
        self._session.tape.refused("connect", verdict, where)
        spliced = splice.Splice()
        try:
            upstream = await splice.connect(await self._dialer.where(destination.host, destination.port))
            await spliced.run(agent, upstream, first)
        except (OSError, Unresolvable):
            spliced.ending = "upstream_unreachable"
            reset(agent[1])
        except Denied as denied:
            spliced.ending = denied.verdict.code
            raise
        finally:
            went = {"request_bytes": spliced.sent, "response_bytes": spliced.received, "ending": spliced.ending}
            went |= {"duration_ms": round((time.monotonic() - started) * 1000, 1)}
            self._session.recorder.submit("settlement", {**where, **went}, lingers=True)

    def _decide(self, destination: Destination) -> Verdict:
        """The rule that lets it pass. `Denied` with the reason if none does."""
        action = Action(destination.host, destination.port, destination.protocol, session=self._session.facts)
        try:
            verdict = self._session.decider.decide(action)
        except Exception as error:
            reason = f"the policy could not be asked about this ({type(error).__name__}), so it may not pass"
            raise Denied(Verdict("deny", "stage_failed", reason)) from error
        if verdict.decision != "allow":
            raise Denied(verdict)
        return verdict


async def _streams(connection: socket.socket) -> splice.Streams:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=64 * 1024)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _read_hello(reader: asyncio.StreamReader, destination: Destination) -> bytes:
    """The ClientHello, once its server name is known to be the dialled host's. `Denied` if it cannot be."""
    data = b""
    try:
        async with asyncio.timeout(limits.HANDSHAKE.value):
            while True:
                chunk = await reader.read(limits.CLIENT_HELLO.value)
                if not chunk:
                    raise clienthello.Unreadable("the connection ended before its ClientHello")
                data += chunk
                complete, name = clienthello.server_name(data)
                if complete:
                    break
    except (clienthello.Unreadable, TimeoutError) as error:
        raise Denied(Verdict("deny", "tls_unreadable", str(error) or "no ClientHello came in time")) from None
    except OSError as error:
        raise Denied(Verdict("deny", "tls_unreadable", "the connection broke before its ClientHello")) from error
    if name != destination.host and not (name is None and destination.literal):
        raise Denied(server_name_mismatch(destination.host, name or ""))
    return data


def server_name_mismatch(host: str, asked: str) -> Verdict:
    """The denial of a TLS connection that was dialled for one host and asks for another."""
    named = f"asks for {asked[:255]!r}" if asked else "names no server"
    reason = f"the TLS connection was made to {host}, but its server name (SNI) {named}"
    return Verdict("deny", "server_name_mismatch", reason)
