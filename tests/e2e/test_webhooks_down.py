"""A webhook that is down, slow, redirects or fails decides nothing: alerts and approvals go on, and nobody waits."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from akios_jail.demo.answer import Behaviour
from akios_jail.demo.certificates import Authority
from tests.e2e.conftest import Akios, eventually
from tests.e2e.test_approvals import AGENT, REFUND, approvals, waiting

pytestmark = pytest.mark.root

URL = "https://alerts.test/hook/secret"
BROKEN = {
    "500": b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
    "302": b"HTTP/1.1 302 Found\r\nLocation: https://api.openai.com/v1/chat/completions\r\nContent-Length: 0\r\n\r\n",
    "nonsense": b"\x00\xff" * 50_000,
    "silent": b"",
}


class Receiver:
    """Accepts, reads, and answers so; `down`: nobody listens. `rung`: how often something came."""

    def __init__(self, authority: Authority, how: str) -> None:
        self.rung = 0
        self._how = how
        self._context = (Authority("nobody's") if how == "untrusted" else authority).context("alerts.test")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        if how == "down":
            self._listener.close()
        else:
            threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
                sock.settimeout(10)
                with self._context.wrap_socket(sock, server_side=True) as tls:
                    tls.recv(65536)
                    self.rung += 1
                    tls.sendall(BROKEN[self._how])
                    if self._how == "silent":
                        self._open.append(sock)
                        tls.recv(1)  # until they give up
            except OSError:
                if self._listener.fileno() < 0:
                    return

    def close(self) -> None:
        if self._how != "down":
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()


@pytest.fixture(params=["down", "untrusted", *BROKEN])
def receiver(request: pytest.FixtureRequest, akios: Akios) -> Iterator[Receiver]:
    made = Receiver(akios.upstream.authority, request.param)
    akios.options = ["--connect-to", f"alerts.test:443:127.0.0.1:{made.port}"]
    yield made
    made.close()


ASK = """
import http.client, json, time
question = {"model": "gpt-4o", "max_tokens": 1500, "messages": [{"role": "user", "content": "the same"}]}
said = []
for _ in range(4):
    begun = time.monotonic()
    connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps(question), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    said.append([answer.status, time.monotonic() - begun])
print(json.dumps(said))
"""


def undelivered(akios: Akios) -> list[dict[str, Any]]:
    return [record for record in akios.audit() if record["type"] == "webhook"]


def test_a_spent_budget_is_refused_in_its_time_whatever_becomes_of_the_alert(akios: Akios, receiver: Receiver) -> None:
    day = {"max_cost_usd": 0.016, "action_on_exceed": "alert_and_queue", "max_wait": "1s"}
    spec = {"budgets": {"per_day": day}, "alerts": {"webhook": URL}}
    akios.file(
        "flux.yaml",
        json.dumps({"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "costs"}, "spec": spec}),
    )
    allowlist = [{"host": "api.openai.com", "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowlist}, "flux": "./flux.yaml"})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=1500)
    run = akios.python(ASK)
    assert run.status == 0, str(run)
    statuses = [status for status, _ in run.said]
    assert statuses == sorted(statuses), str(run)
    assert (statuses[0], statuses[-2:]) == (200, [429, 429]), str(run)
    waited = [seconds for status, seconds in run.said if status == 429]
    assert all(1.0 <= seconds < 3.0 for seconds in waited), "its own wait and no more"
    assert run.seconds < 12, str(run)
    [told] = undelivered(akios)
    assert (told["delivered"], told["host"]) == (False, "alerts.test")
    assert told["reason"]
    assert len([record for record in run.audit if record["type"] == "budget.alert"]) == 1
    assert len(akios.upstream.requests()) == statuses.count(200), "a redirect led nowhere"


def test_a_person_decides_whatever_becomes_of_the_webhook(akios: Akios, receiver: Receiver) -> None:
    rule = {"tool": "issue_refund", "action": "require_approval", "timeout": "30s", "reason": "Refunds"}
    network = {"allowlist": [{"host": "api.openai.com", "methods": ["POST"]}]}
    akios.policy({"network_access": network, "tools": [rule], "approvals": {"webhook": URL}})
    akios.upstream.behaviour = Behaviour(text="Let me see.", calls=(REFUND,), output_tokens=9)
    akios.file("agent.py", "STREAM = True\n" + AGENT)
    process = akios.start("agent.py", options=["--python", sys.executable])
    [asked] = eventually(lambda: waiting(akios), what="a person is asked")
    approvals(akios, "approve", asked["id"])
    decided = time.monotonic()
    stdout, stderr = process.communicate(timeout=30)
    assert time.monotonic() - decided < 8, "what is on its way at the end is given up after a moment"
    said = json.loads(stdout)
    assert len(said["calls"]) == 1, stderr
    [told] = undelivered(akios)
    assert told["delivered"] is False
