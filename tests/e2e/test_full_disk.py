"""An agent that has much written down of itself fills no disk: the audit log needs it, and the session goes on."""

from __future__ import annotations

import sys

import pytest

from akios_jail.demo.local_server import Response
from tests.e2e.conftest import AKIOS, Akios
from tests.e2e.test_bad_input import in_own_mounts

pytestmark = pytest.mark.root

CRM = "internal-crm.corp"
MIB = 1024 * 1024
#: Asks for what is refused, and for what is not, with as much beside it as a request may have; nothing packs well.
NOISY = """
import http.client, os
fields = {f"X-Noise-{number}": os.urandom(3_900).hex() for number in range(7)}
for number in range(150):
    connection = http.client.HTTPSConnection("internal-crm.corp", timeout=60)
    connection.request("DELETE" if number % 2 else "POST", f"/{number}", os.urandom(50_000), fields)
    connection.getresponse().read()
    connection.close()
print("done")
"""


def test_what_an_agent_says_leaves_the_audit_log_its_room(akios: Akios) -> None:
    akios.upstream.sites[CRM] = lambda request: Response(200, (), b"noted")
    akios.allow(CRM, methods=("POST",))
    akios.file("agent.py", NOISY)
    akios.state.mkdir(mode=0o700)
    left = akios.folder / "left"
    run = in_own_mounts(
        akios,
        f"mount -t tmpfs -o size=16m,mode=0700 none {akios.state}",
        f"stat -f -c '%a %S' {akios.state} > {left}; {AKIOS} audit verify --state-dir {akios.state} >> {left}",
        agent=["--python", sys.executable, "agent.py"],
    )
    assert run.status == 0, run
    assert run.stdout == b"done\n"
    free, *verified = left.read_text().splitlines()
    blocks, size = map(int, free.split())
    assert blocks * size > 16 * MIB // 32, "half of what is spared, and half of that for what was not asked"
    assert verified[0].startswith("intact: "), verified
    assert run.report["recording"]["left_out"] > 0
    assert "failure" not in run.report["recording"]
