"""`akios run` with a cached policy loads little, and so starts fast."""

from __future__ import annotations

import subprocess
import sys

import pytest

from akios_jail.audit.note import Signer
from tests.e2e.conftest import AKIOS, Akios

pytestmark = pytest.mark.root

#: Each of these costs more than the whole launcher may.
HEAVY = {
    "aiohttp",
    "asyncio",
    "cel_expr_python",
    "concurrent",
    "cryptography",
    "dataclasses",
    "email",
    "genai_prices",
    "logging",
    "pydantic",
    "pyroute2",
    "pyseccomp",
    "re2",
    "rich",
    "sqlite3",
    "ssl",
    "subprocess",
    "uvloop",
    "yaml",
}
#: What the broker has loaded before the agent may start: of `cryptography` what one key and one certificate need.
BROKER_S_OWN = {"cryptography"}


def test_the_launcher_imports_nothing_heavy_once_its_policy_is_compiled(akios: Akios) -> None:
    assert akios.run("--", "/bin/true").status == 0
    command = akios.command("--", "/bin/true")
    assert command[0] == AKIOS
    process = akios.start(command=[sys.executable, "-X", "importtime", "-m", "akios_jail", *command[1:]])
    _, stderr = process.communicate(timeout=60)
    lines = [line for line in stderr.decode().splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert "akios_jail.launcher.run" in loaded
    assert not {name.partition(".")[0] for name in loaded} & HEAVY
    assert not {name for name in loaded if name.startswith(("akios_jail.broker", "akios_jail.pii", "akios_jail.flux"))}


def test_the_launcher_starts_its_broker_before_it_has_loaded_the_rest_of_itself() -> None:
    loaded = _loaded("akios_jail.launcher.head_start")
    assert not loaded & {"akios_jail.launcher.run", "akios_jail.launcher.session", "akios_jail.policy.plans", "json"}


def test_a_broker_loads_nothing_heavy_before_its_agent_may_start() -> None:
    loaded = _loaded("akios_jail.broker.__main__")
    assert "akios_jail.broker.control" in loaded
    assert not {name.partition(".")[0] for name in loaded} & (HEAVY - BROKER_S_OWN)
    parts = {"x509", "hazmat.primitives.serialization", "hazmat.primitives.ciphers"}
    assert not loaded & {f"cryptography.{part}" for part in parts}


def test_what_seals_a_session_s_records_loads_nothing_heavy() -> None:
    """Who waits for the end of a session waits for this."""
    pem = Signer.generate("a").pem()
    signs = f"from akios_jail.audit.note import Signer; Signer.load({pem!r}, 'a').sign('x')"
    loaded = _loaded("akios_jail.audit.sequencer", signs)
    assert not {name.partition(".")[0] for name in loaded} & (HEAVY - BROKER_S_OWN)
    assert "cryptography.hazmat.primitives.asymmetric.ed25519" in loaded
    assert "cryptography.hazmat.primitives.serialization" not in loaded


def _loaded(module: str, then: str = "") -> set[str]:
    """What an interpreter has loaded that imports a module, and does something."""
    program = f"import sys, {module}; {then}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


def test_a_short_run_does_not_wait_for_the_broker_s_libraries(akios: Akios) -> None:
    """An agent that asks for a name does, in the same minute and on the same machine."""
    assert akios.run("--", "/bin/true").status == 0
    short, asking = [], []
    for _ in range(4):
        short.append(akios.run("--", "/bin/true"))
        asking.append(akios.run("--", "/usr/bin/getent", "hosts", "nobody.example"))
    assert all(run.status == 0 for run in short), short
    assert all(run.status == 2 for run in asking), asking
    assert min(run.seconds for run in short) < min(run.seconds for run in asking)
