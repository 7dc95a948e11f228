"""`akios run` with a cached policy loads little, and so starts fast."""

from __future__ import annotations

import sys

import pytest

from tests.e2e.conftest import AKIOS, Akios

pytestmark = pytest.mark.root

#: Each of these costs more than the whole launcher may.
HEAVY = {
    "aiohttp",
    "asyncio",
    "cel_expr_python",
    "cryptography",
    "genai_prices",
    "pydantic",
    "pyroute2",
    "pyseccomp",
    "re2",
    "rich",
    "ssl",
    "uvloop",
    "yaml",
}


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
