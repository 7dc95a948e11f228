"""One session with tool rules: the stages that apply them, a real record, a real store, and people who decide."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from akios_jail.audit.journal import Journal
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.opening import Opening, Options
from akios_jail.broker.outcome import Denied
from akios_jail.broker.pipeline import Pipeline
from akios_jail.broker.session import Session
from akios_jail.broker.stages.gate import Gate
from akios_jail.broker.stages.meter import Meter
from akios_jail.broker.stages.screen import Screen
from akios_jail.broker.stages.understand import Understand
from akios_jail.control.approvals import Entry, Store, Unavailable
from akios_jail.policy.plans import Approvals, BrokerPlan, Budget, EgressPlan, Pii, ToolRule
from tests.audit.logs import lines
from tests.broker.stages.calls import Passed, Upstream


def rule(number: int, tool: str = "", action: str = "deny", **fields: Any) -> ToolRule:
    given: dict[str, Any] = {
        "hosts": (), "methods": (), "paths": (), "when": "", "when_needs_body": False, "changes": (),
        "timeout_s": 10.0, "reason": "", "line": 1,
    } | fields  # fmt: skip
    return ToolRule(number=number, tool=tool, action=action, **given)


class Ruled:
    """The session; `told` is what the launcher heard of it."""

    def __init__(self, folder: Path, *rules: ToolRule, webhook: str = "") -> None:
        """With a webhook nobody is asked at the terminal."""
        plan = BrokerPlan((), Budget(), Pii("off", ()), tools=rules, approvals=Approvals(not webhook, webhook))
        options = Options((), "", False, str(folder), "")
        opening = Opening("ses_1", "billing", (), "p", "0" * 64, 0, time.time(), options, plan, EgressPlan(()))
        self.folder = folder
        self.log = folder / "journal"
        self.fd = os.open(self.log, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.session = Session(opening, Journal(self.fd), lambda kind, fields: self.told.append((kind, fields)))
        self.passed = Passed()
        gate = Gate(self.session)
        self.pipeline = Pipeline(
            [Understand(self.session), Screen(self.session), gate], [self.passed], [Meter(self.session), gate]
        )

    def close(self) -> None:
        self.session.recorder.close()
        os.close(self.fd)

    async def run(self, exchange: Exchange, upstream: Upstream, seen: list[bytes] | None = None) -> bytes:
        """What the agent gets, `seen` piece by piece; the exchange is closed afterwards."""
        pieces = [] if seen is None else seen
        try:
            await self.pipeline.run(exchange, upstream)
            async for piece in exchange.response.body:
                pieces.append(piece)
            return b"".join(pieces)
        finally:
            assert exchange.close() == []

    def call(self, exchange: Exchange, upstream: Upstream) -> bytes:
        return asyncio.run(self.run(exchange, upstream))

    def refused(self, exchange: Exchange, upstream: Upstream) -> Denied:
        try:
            got = self.call(exchange, upstream)
        except Denied as denied:
            return denied
        raise AssertionError(got)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The records of a type, as they stand in the log."""
        found = lines(self.log)
        return [record for record in found if record["type"] == kind]

    async def waiting(self, count: int = 1, seconds: float = 10) -> list[Entry]:
        """The actions that wait, as soon as there are so many."""
        return await asyncio.to_thread(self._waiting, count, seconds)

    def _waiting(self, count: int, seconds: float) -> list[Entry]:
        path = self.folder / "approvals.db"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if path.exists():
                found: list[Entry] = []
                with contextlib.suppress(Unavailable):  # it is being made
                    found = self.person(lambda store: store.entries(waiting_only=True))
                if len(found) >= count:
                    return found
            time.sleep(0.02)
        raise AssertionError(f"nobody was asked within {seconds} s")

    async def decide(self, entry: Entry, approve: bool, note: str = "") -> Entry:
        """Somebody decides."""
        return await asyncio.to_thread(
            self.person, lambda store: store.decide(entry.id, approve, "alice", note, entry.digest)
        )

    def person(self, does: Callable[[Store], Any]) -> Any:
        store = Store(str(self.folder / "approvals.db"), create=False)
        try:
            return does(store)
        finally:
            store.close()
