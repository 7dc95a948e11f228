"""Another session of the same machine: an agent that calls a model over and over, under its own broker.

It shares the state folder with the session that a fault is done to: the audit log, the day's budget, the caches. Its
model server is a process of its own, so that nothing that a test does can be mistaken for a slow answer.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from akios_jail.audit.examine import examine
from tests.e2e import compiled
from tests.e2e.conftest import Akios

AGENT = Path(__file__).parent / "agents" / "steady.py"
#: How many calls are looked at before a fault and during it, and the pause between two that nobody waits for. In a test
#: run only whether they all come through matters; `scripts/fault-tests` asks for as many as a 99th percentile needs.
CALLS = int(os.environ.get("AKIOS_FAULT_CALLS", "3"))
PAUSE_S = 0.002 if CALLS > 50 else 0.4
_PATIENCE_S = 60.0


class Call(NamedTuple):
    """One call of the other session. `came`: 200, or another status and why, or what went wrong."""

    came: str
    milliseconds: float


class Internet:
    """A model server in a process of its own. What it looks like to `Akios` is what `Providers` does."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "received.jsonl"
        cacert = folder / "internet-ca.pem"
        command = [sys.executable, "-m", "akios_jail.demo.model_server", "--text", "yes"]
        command += ["--cacert-out", str(cacert), "--log", str(self.log)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self._options = json.loads(self.process.stdout.readline())["options"]
        self.authority = SimpleNamespace(pem=cacert.read_bytes())

    def connect_to(self, scheme_port: int = 443) -> list[str]:
        return [*self._options] if scheme_port == 443 else []

    def received(self) -> int:
        """How many requests have arrived."""
        return len(self.log.read_text().splitlines())

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


class Bystander:
    """That session, running. `calls`: what has come of its calls so far."""

    def __init__(self, folder: Path, state: Path) -> None:
        folder.chmod(0o755)
        self.internet = Internet(folder)
        self.akios = Akios(folder, self.internet)  # type: ignore[arg-type]
        self.akios.state = state
        compiled.kept(self.akios, ["email"])
        costs = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "costs"}}
        self.akios.file("flux.yaml", json.dumps({**costs, "spec": {"budgets": {"per_day": {"max_cost_usd": 1000}}}}))
        self.akios.policy(
            {
                "network_access": {"allowlist": [{"host": "api.openai.com", "methods": ["POST"]}]},
                "pii_handling": {"mode": "redact_before_inference", "fields": ["email"]},
                "flux": "./flux.yaml",
            }
        )
        self.akios.file("steady.py", AGENT.read_text())
        self.process = self.akios.start(
            "steady.py", str(PAUSE_S), options=["--python", sys.executable], stdin=subprocess.PIPE
        )
        self.calls: list[Call] = []
        self._more = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            came, milliseconds = line.split()
            with self._more:
                self.calls.append(Call(came.decode(), float(milliseconds)))
                self._more.notify_all()
        with self._more:
            self._more.notify_all()

    def wait(self, count: int) -> None:
        """Until it has made so many calls. It failing, or standing still for a minute, fails the test."""
        assert self.process.stdin is not None
        with self._more:
            if CALLS <= 50 and len(self.calls) < count:
                with suppress(BrokenPipeError):
                    self.process.stdin.write(b"\n" * (count - len(self.calls)))
                    self.process.stdin.flush()
            while len(self.calls) < count:
                before = len(self.calls)
                self._more.wait(_PATIENCE_S)
                assert len(self.calls) > before, f"the other session makes no call: {self._said()}"

    def _said(self) -> str:
        """Its last words, if it has ended or is about to."""
        assert self.process.stderr is not None
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            return "it still runs"
        return f"status {self.process.returncode}: {self.process.stderr.read().decode(errors='replace')}"

    def lost(self, since: int = 0) -> dict[int, str]:
        """Which of its calls, from this one on, did not get what they asked for, and what they got."""
        return {number: call.came for number, call in enumerate(self.calls[since:], since) if call.came != "200"}

    def end(self) -> None:
        """Its own end, and whether nothing was lost of it: each call was answered, arrived once, and is on record."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        said = self.process.stderr.read()
        assert self.process.wait(60) == 0, said
        self._listener.join(60)
        made = len(self.calls)
        assert self.lost() == {}, f"the other session lost calls: {self.lost()}"
        run = self.akios.finished(0, b"", said)
        its = [record for record in run.audit if record["session"] == run.report["session_id"]]
        assert [record["n"] for record in its] == [*range(1, len(its) + 1)]
        assert [record["type"] for record in its].count("settlement") == made == self.internet.received()
        assert run.report["audit"]["error"] == ""

    def clear(self) -> None:
        """Leave nothing running, whatever failed."""
        self.akios.end()
        self.internet.end()


class Watch:
    """What another session feels of one fault: its calls just before, and from the fault on."""

    def __init__(self, bystander: Bystander) -> None:
        self._bystander = bystander
        self._start = len(bystander.calls)
        bystander.wait(self._start + CALLS)
        self.quiet = bystander.calls[self._start :]
        self._mark = len(bystander.calls)
        self._began = time.monotonic()
        self.recovery_s: float | None = None
        #: At how many moments the fault was done.
        self.moments = 1

    def recovered(self, seconds: float | None = None) -> None:
        """The machine is as it was before: now, or so many seconds after the fault, where that was not at once. Not
        called for a fault that a session goes on through."""
        self.recovery_s = time.monotonic() - self._began if seconds is None else seconds

    def over(self) -> dict[str, Any]:
        """The figures, when the fault is over; the other session must have lost nothing."""
        self._bystander.wait(self._mark + CALLS)
        during = self._bystander.calls[self._mark :]
        lost = self._bystander.lost(self._start)  # not those of faults before this one, whose tests have failed for it
        assert lost == {}, f"another session lost calls: {lost}"
        return {
            "recovery_s": self.recovery_s,
            "quiet_ms": percentile([call.milliseconds for call in self.quiet], 0.99),
            "during_ms": percentile([call.milliseconds for call in during], 0.99),
            "calls": len(during),
            "moments": self.moments,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that so large a share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@contextmanager
def machine(folder: Path) -> Iterator[Bystander]:
    """A state folder on which another session works. Afterwards its log must be whole."""
    state = folder / "state"
    bystander = Bystander(folder / "other", state)
    try:
        bystander.wait(1)
        yield bystander
        bystander.end()
        key = (state / "audit" / "key").read_text().strip()
        found = examine(str(state / "audit"), key)
        assert found.intact, found.damages
    finally:
        bystander.clear()
