"""kill -9 at every step of a paid call: the day never shows less than the provider billed, and nothing is left.

The provider is in the middle of each call, so it knows the moments: before it has read the call, when it has billed it,
while it streams, and when its last byte is out. Between calls it is the test that kills, at moments swept over them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from akios_jail.demo.local_server import Request, Response, json_response
from tests.e2e.clients import OPENAI
from tests.e2e.conftest import Akios
from tests.e2e.remains import Remains
from tests.e2e.test_flux_budgets import flux

pytestmark = pytest.mark.root

#: What a call costs: 1,000 tokens in and 500 out, of gpt-4o.
CALL = 1000 * 2.5 + 500 * 10
#: What a death may lose of the day: room for the call that ran, for four to come, and for as many that was asked for.
LOST = 2 * 5 * 31_000
AGENT = """
import http.client, json, sys
print("ready", flush=True)
sys.stdin.readline()
for number in range(8):
    question = {"model": "gpt-4o", "max_tokens": 500, "stream": sys.argv[1] == "stream"}
    question["messages"] = [{"role": "user", "content": f"{number} " + "word " * 800}]
    try:
        connection = http.client.HTTPSConnection("api.openai.com", timeout=20)
        connection.request("POST", "/v1/chat/completions", json.dumps(question), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        sys.exit(3)
"""


class Provider:
    """Bills what it has read and written. `moments`: what happens at which moment of its fourth call."""

    def __init__(self) -> None:
        self.microusd = 0.0
        self.calls = 0
        self.moments: dict[str, Callable[[], None]] = {}

    def reached(self, moment: str) -> None:
        if self.calls == 4 and moment in self.moments:
            self.moments[moment]()

    def site(self, request: Request) -> Response:
        self.calls += 1
        self.reached("arrived")
        self.microusd += CALL
        self.reached("billed")
        asked = json.loads(request.body)
        usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
        head = {"id": "chatcmpl-1", "created": 1, "model": asked["model"]}
        if asked["stream"]:
            return Response(200, (("Content-Type", "text/event-stream"),), self._stream(head, usage))
        message = {"role": "assistant", "content": "yes"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        answer = json_response({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
        if self.calls == 4 and "sent" in self.moments:
            threading.Timer(0.002, self.moments["sent"]).start()
        return answer

    def _stream(self, head: dict[str, object], usage: dict[str, int]) -> Iterator[bytes]:
        for number in range(6):
            choice = {"index": 0, "delta": {"content": "word "}, "finish_reason": None}
            yield b"data: %s\n\n" % json.dumps({**head, "choices": [choice]}).encode()
            if number == 3:
                self.reached("streaming")
        yield b"data: %s\n\n" % json.dumps({**head, "choices": [], "usage": usage}).encode()
        self.reached("sent")
        yield b"data: [DONE]\n\n"


class Session:
    """A session under a day's budget, whose agent is about to call."""

    def __init__(self, akios: Akios, way: str) -> None:
        self.akios = akios
        self.process = akios.start("agent.py", way, options=["--python", sys.executable], stdin=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n", self.process.communicate()
        launcher = psutil.Process(self.process.pid)
        processes = [launcher, *launcher.children(recursive=True)]
        self.broker = next(each for each in processes if "akios_jail.broker" in each.cmdline())
        self.launcher = launcher
        self.id = next(record["session"] for record in reversed(akios.audit()) if record["type"] == "session.start")
        self.remains = Remains(self.id, processes, akios.folder)

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")
        self.process.stdin.flush()


def kept(akios: Akios) -> int:
    """What the day has come to, reservations included: so much of it nobody can spend any more."""
    days = akios.budget("show", "--json")["days"]
    return sum(day["spent"]["microusd"] + day["reserved"]["microusd"] for day in days)


def begin(akios: Akios, way: str) -> tuple[Provider, Session]:
    provider = Provider()
    akios.upstream.sites[OPENAI] = provider.site
    flux(akios, budgets={"per_day": {"max_cost_usd": 5.0}})
    akios.file("agent.py", AGENT)
    return provider, Session(akios, way)


def judge(provider: Provider, session: Session) -> None:
    """Nothing is left of the session; its day holds what was billed, and the next one goes on from it."""
    session.process.communicate(timeout=30)
    assert session.process.returncode != 0, "it was killed in the middle"
    session.remains.gone()
    akios = session.akios
    assert provider.microusd <= kept(akios) <= provider.microusd + LOST
    provider.moments = {}
    before = provider.calls
    again = Session(akios, "whole")
    again.go()
    _, stderr = again.process.communicate(timeout=30)
    assert again.process.returncode == 0, stderr
    again.remains.gone()
    assert provider.calls == before + 8
    assert provider.microusd <= kept(akios) <= provider.microusd + LOST


#: Before there is any of an answer, it is all the same how it would have come.
MOMENTS = [
    ("whole", "arrived"),
    ("whole", "billed"),
    ("whole", "sent"),
    ("stream", "streaming"),
    ("stream", "sent"),
]


@pytest.mark.parametrize("victim", ["broker", "launcher"])
@pytest.mark.parametrize(("way", "moment"), MOMENTS, ids=[f"{way}-{moment}" for way, moment in MOMENTS])
def test_a_kill_while_the_provider_has_the_call(akios: Akios, victim: str, way: str, moment: str) -> None:
    provider, session = begin(akios, way)
    provider.moments[moment] = getattr(session, victim).kill
    session.go()
    judge(provider, session)


@pytest.mark.parametrize("victim", ["broker", "launcher"])
@pytest.mark.parametrize("after_ms", [0, 7, 20])
def test_a_kill_at_any_moment_between_calls(akios: Akios, victim: str, after_ms: int) -> None:
    provider, session = begin(akios, "whole")
    billed = threading.Event()
    provider.moments["billed"] = billed.set
    session.go()
    assert billed.wait(20)
    time.sleep(after_ms / 1000)  # the moment is the subject of the test; it waits for nothing
    getattr(session, victim).kill()
    judge(provider, session)
