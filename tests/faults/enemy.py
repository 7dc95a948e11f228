"""A session whose agent is an enemy: it does to its broker what a test says, one deed after the other.

It goes on through all deeds of a module, since that is what is to be shown.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from akios_jail.demo.local_server import Request, Response, Site
from tests.e2e.conftest import Akios, Run
from tests.faults.bystander import CALLS, Bystander
from tests.faults.victim import Victim
from tests.servers.providers import Providers

AGENTS = Path(__file__).parent / "agents"
#: For how long a flood goes on: for a page of figures as long as the other session makes its calls.
SECONDS = 0.5 if CALLS <= 50 else 8.0
#: More memory than this no deed may cost a broker, in bytes: its cgroup has 4 GiB.
MEMORY = 3 << 30
#: A host where nothing bad happens.
HONEST = "plain.site.test"


class Enemy:
    """That session, running. `cost`: the most memory that its broker held during the last deed, in bytes, and the
    processor time that it took, in seconds."""

    def __init__(self, akios: Akios, *options: str) -> None:
        self.akios = akios
        self._errors = akios.folder / "errors"
        for name in ("hostile.py", "deeds.py", "speech.py", "floods.py"):
            akios.file(name, (AGENTS / name).read_text())
        with self._errors.open("wb") as errors:
            command = ["--python", sys.executable, *options]
            self.victim = Victim(akios, "hostile.py", options=command, stderr=errors, stdin=subprocess.PIPE)
        self.broker = self.victim.processes["broker"]
        self.cost = (0, 0.0)

    def does(self, deed: str, *given: Any) -> Any:
        """What a deed came to, which the broker has to survive within its bounds."""
        before = self._cpu()
        Path(f"/proc/{self.broker.pid}/clear_refs").write_text("5")  # the peak of memory begins anew (proc(5))
        self.begins(deed, *given)
        came = self.came()
        self.cost = (self._peak(), self._cpu() - before)
        assert self.cost[0] < MEMORY, f"{deed} made the broker take {self.cost[0] >> 20} MiB"
        return came

    def begins(self, deed: str, *given: Any) -> None:
        """Do not wait for what it comes to."""
        self.victim.tell(json.dumps([deed, *given]))

    def came(self) -> Any:
        """What the deed that was begun came to."""
        assert self.victim.process.stdout is not None
        said = self.victim.process.stdout.readline()
        assert said, self.end()
        return json.loads(said)

    def records(self, *types: str) -> list[dict[str, Any]]:
        """What is on record of this session by now."""
        found = {record["n"]: record for record in self.akios.audit() if record["session"] == self.victim.id}
        return [record for _, record in sorted(found.items()) if not types or record["type"] in types]

    @property
    def last(self) -> int:
        """The number of the last record by now."""
        return max((record["n"] for record in self.records()), default=0)

    def recorded(self, since: int, **fields: Any) -> dict[str, Any]:
        """The first record after the number `since` with these fields, waited for. A tuple: one of these."""
        wanted = {name: value if isinstance(value, tuple) else (value,) for name, value in fields.items()}
        for _ in range(100):
            for record in self.records():
                if record["n"] > since and all(record.get(name) in values for name, values in wanted.items()):
                    return record
            time.sleep(0.2)
        raise AssertionError(f"no record with {fields}: {self.records()[-5:]}")

    def told(self) -> str:
        """What its person has been told by now."""
        return self._errors.read_text(errors="replace")

    def is_well(self) -> None:
        """An honest request goes through as if nothing had been."""
        (found,) = self.does("get", HONEST)
        assert found["came"] == 200, found

    def end(self) -> Run:
        """The end of the session, which is the agent's own; nothing of it is lost, and nothing broke unforeseen."""
        stdout, _ = self.victim.process.communicate(timeout=60)
        run = self.akios.finished(self.victim.process.returncode, stdout, self._errors.read_bytes())
        records = self.records()
        assert [record["n"] for record in records] == [*range(1, len(records) + 1)]
        assert records[-1]["type"] == "session.end"
        return run

    def _peak(self) -> int:
        status = Path(f"/proc/{self.broker.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def _cpu(self) -> float:
        times = self.broker.cpu_times()
        return float(times.user + times.system)


@contextmanager
def enemy_on(
    folder: Path, bystander: Bystander, internet: Providers, governance: dict[str, Any], *options: str, **spec: Any
) -> Iterator[Enemy]:
    """An enemy on the machine of the other session, with an internet of its own. It must end well."""
    folder.chmod(0o755)
    akios = Akios(folder, internet)
    akios.state = bystander.akios.state
    akios.policy(governance, **spec)
    try:
        enemy = Enemy(akios, *options)
        yield enemy
        run = enemy.end()
        assert (run.status, "Traceback" in run.stderr) == (0, False), run
        said = (akios.state / "broker.log").read_text()
        assert "Traceback" not in said, f"something broke that nobody thought of:\n{said[-8000:]}"
        enemy.victim.gone()
    finally:
        akios.end()


def honest_sites() -> dict[str, Site]:
    """Hosts where nothing bad happens."""
    return {"site.test": _echo, HONEST: _echo}


def rule(host: str, **fields: Any) -> dict[str, Any]:
    """An entry of an allowlist."""
    plain = {"protocol": "http"} if host.startswith("plain.") else {}
    return {"host": host, "methods": ["GET", "POST"], **plain, **fields}


def _echo(request: Request) -> Response:
    """Says what it was asked, or how long what it was told is."""
    told = f"{len(request.body)}" if request.method == "POST" else f"GET {request.target}"
    return Response(200, (("Content-Type", "text/plain"),), told.encode())
