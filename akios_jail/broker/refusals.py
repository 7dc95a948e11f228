"""Denials that have no HTTP answer: connections, names and packets. They go on record at a bounded pace.

An agent can cause these as fast as it can dial, so equal ones beyond a burst are counted, and the count is in the next
record. What was refused stays refused; only the writing has a pace.
"""

from __future__ import annotations

from typing import Any

from akios_jail.broker import limits
from akios_jail.broker.denials import DeniedConnection
from akios_jail.broker.destinations import Destination
from akios_jail.broker.nameserver import DeniedName
from akios_jail.broker.pace import Pace
from akios_jail.broker.session import Session
from akios_jail.policy.verdict import Verdict


class Refusals:
    """Puts the denials of one session on record and counts them for its report."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._paces: dict[str, Pace] = {}

    def connection(self, destination: Destination, verdict: Verdict) -> None:
        """A connection to a known destination was refused before any HTTP was spoken."""
        where = {"host": destination.host, "port": destination.port, "protocol": destination.protocol}
        self._deny("connect", verdict, where, f"{destination.protocol} {destination.host}:{destination.port}")

    def address(self, address: str, port: int, protocol: str, verdict: Verdict) -> None:
        """A connection to an address that stands for nothing was refused."""
        where = {"address": address, "port": port, "protocol": protocol}
        self._deny("connect", verdict, where, f"{protocol} {_socket_name(address, port)}")

    def packet(self, denied: DeniedConnection) -> None:
        """The jail's firewall refused a packet."""
        what = f"{denied.protocol} {_socket_name(denied.address, denied.port)}"
        verdict = Verdict("deny", "address_not_allowed", f"no rule allows {what}")
        where = {"address": denied.address, "port": denied.port, "protocol": denied.protocol}
        if denied.icmp_type is not None:
            where["icmp_type"] = denied.icmp_type
        self._deny("network.connect", verdict, where, what)

    def name(self, denied: DeniedName) -> None:
        """The name server refused a question; it keeps its own pace."""
        self.misplaced(denied.name, "dns")
        verdict = Verdict("deny", denied.code, f"no rule allows the name {denied.name}")
        fields = {"name": denied.name, "record_type": denied.type, "held_back": denied.held_back}
        self._write("dns", verdict, fields, f"DNS {denied.name}", 1 + denied.held_back)

    def misplaced(self, name: str, where: str) -> Verdict | None:
        """The denial, with its violation on the way to the record, if the placeholder of a credential is in this name.

        `where` it was named: dns | connect.
        """
        finder = self._session.finder
        key = finder.find_name(name) if finder is not None else None
        if key is None:
            return None
        reason = f"the placeholder of the credential {key.credential!r} is in the name of a host"
        fields = {"credential": key.credential, "role": key.role, "where": where, "name": name}
        self._session.violated("credential_misplaced", reason, fields)
        return Verdict("deny", "credential_misplaced", reason)

    def _deny(self, action: str, verdict: Verdict, fields: dict[str, Any], what: str) -> None:
        burst = limits.DENIAL_BURST.value
        pace = self._paces.setdefault(verdict.code, Pace(per_second=burst / 10, burst=burst))
        if pace.admit() is True:
            held = pace.take_held()
            self._write(action, verdict, {**fields, "held_back": held} if held else fields, what, 1 + held)

    def _write(self, action: str, verdict: Verdict, fields: dict[str, Any], what: str, times: int) -> None:
        self._session.tally.denied(verdict, what, times=times)
        decided = {"action": action, "decision": "deny", "code": verdict.code, "reason": verdict.reason}
        self._session.recorder.submit("verdict", {**decided, "rule": verdict.rule, **fields}, lingers=True)
        self._session.tape.refused(_KINDS[action], verdict, fields)

    def flush(self) -> None:
        """Count what was held back and never written, so that the session's totals are right."""
        for pace in self._paces.values():
            self._session.tally.verdicts["deny"] += pace.take_held()


#: How the recording calls what the record calls so.
_KINDS = {"connect": "connect", "network.connect": "packet", "dns": "dns"}


def _socket_name(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
