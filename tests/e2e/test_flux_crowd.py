"""Forty real clients at once against a small budget, hanging up as they please: judged by what the provider wrote.

The provider counts a token when it has written it, before it sends it, and an input when it has read it; it fails now
and then. Its own sum is the bill, whatever the clients heard of it.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from akios_jail.demo.local_server import Request, Response, json_response
from tests.e2e.clients import OPENAI, RESOURCES
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

#: Micro-dollars for a token of gpt-4o.
INPUT, OUTPUT = 2.5, 10.0
PIECE = "word " * 10
PIECE_TOKENS = 10


class Provider:
    """An OpenAI-compatible model that writes to its limit, piece by piece."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chance = random.Random(11)
        self.microusd = 0.0
        self.calls = 0
        self.statuses: list[int] = []

    def bill(self, microusd: float) -> None:
        with self._lock:
            self.microusd += microusd

    def site(self, request: Request) -> Response:
        asked = json.loads(request.body)
        with self._lock:
            fate = self._chance.random()
            self.calls += 1
        if fate < 0.1:
            return json_response({"error": {"message": "busy", "type": "server_error"}}, 503)
        self.bill(INPUT * (len(request.body) // 4))
        head = {"id": "chatcmpl-1", "created": 1, "model": asked["model"]}
        limit = asked["max_tokens"]
        usage = {"prompt_tokens": len(request.body) // 4, "completion_tokens": limit}
        usage["total_tokens"] = usage["prompt_tokens"] + limit
        if not asked.get("stream"):
            time.sleep(0.15)
            self.bill(OUTPUT * limit)
            message = {"role": "assistant", "content": "yes"}
            choice = {"index": 0, "message": message, "finish_reason": "length"}
            return json_response({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
        kind = (("Content-Type", "text/event-stream"),)
        head["object"] = "chat.completion.chunk"
        return Response(200, kind, self._pieces(head, limit, usage), cut=fate < 0.2)

    def _pieces(self, head: dict[str, Any], limit: int, usage: dict[str, int]) -> Iterator[bytes]:
        left = limit
        while left > 0:
            written = min(left, PIECE_TOKENS)
            self.bill(OUTPUT * written)
            left -= written
            delta = {"index": 0, "delta": {"content": PIECE[: 5 * written]}, "finish_reason": None}
            yield b"data: %s\n\n" % json.dumps({**head, "choices": [delta]}).encode()
            time.sleep(0.004)
        end = [{"index": 0, "delta": {}, "finish_reason": "length"}]
        yield b"data: %s\n\n" % json.dumps({**head, "choices": end}).encode()
        yield b"data: %s\n\ndata: [DONE]\n\n" % json.dumps({**head, "choices": [], "usage": usage}).encode()


CROWD = """
import collections, json, random, threading
from concurrent.futures import ThreadPoolExecutor
import openai

told = collections.Counter()
lock = threading.Lock()

def client(number):
    chance = random.Random(number)
    calls = openai.OpenAI(api_key="sk-test", max_retries=2, timeout=30)
    for turn in range(6):
        asked = {"model": "gpt-4o", "max_tokens": chance.choice([200, 500, 900])}
        asked["messages"] = [{"role": "user", "content": f"{number} {turn}"}]
        how = chance.random()
        try:
            if how < 0.25:
                what = calls.with_options(timeout=0.1, max_retries=1).chat.completions.create(**asked)
            elif how < 0.5:
                calls.chat.completions.create(**asked)
            else:
                stream = calls.chat.completions.create(**asked, stream=True)
                for count, _ in enumerate(stream):
                    if how > 0.7 and count > chance.randrange(30):
                        stream.close()
                        break
            outcome = "ok"
        except openai.APIStatusError as error:
            outcome = str(error.status_code)
        except openai.APITimeoutError:
            outcome = "timeout"
        except openai.APIError as error:
            outcome = type(error).__name__
        except Exception as error:
            outcome = type(error).__name__
        with lock:
            told[outcome] += 1
        if outcome == "402":
            return

with ThreadPoolExecutor(40) as pool:
    list(pool.map(client, range(40)))
print(json.dumps(told))
"""


@pytest.mark.parametrize("action", ["refuse", "throttle", "terminate_with_summary"])
def test_forty_clients_never_spend_more_than_the_budget(akios: Akios, action: str) -> None:
    provider = Provider()
    akios.upstream.sites[OPENAI] = provider.site
    budgets = {"per_session": {"max_cost_usd": 0.25, "action_on_exceed": action}, "per_day": {"max_cost_usd": 0.30}}
    flux = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "crowd"}, "spec": {"budgets": budgets}}
    akios.file("flux.yaml", json.dumps(flux))
    allowlist = [{"host": OPENAI, "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowlist}, "flux": "./flux.yaml"}, resources=RESOURCES)
    run = akios.python(CROWD, timeout=150)
    spent = provider.microusd / 1_000_000
    assert 0.05 < spent <= 0.25, f"{spent} dollars in {provider.calls} calls\n{run}"
    told = run.report["cost"]["cost_usd"]
    assert spent <= told <= 0.25, f"{spent} were billed, {told} are told of"
    [day] = akios.budget("show", "--json")["days"]
    assert spent * 1_000_000 <= day["spent"]["microusd"] + day["reserved"]["microusd"] <= 250_000
    assert day["reserved"]["microusd"] == 0, "nothing is held for calls that are over"
    if action == "terminate_with_summary":
        assert (run.status, run.report["exit"]["code"]) == (120, "budget_spent")
        assert run.report["summary"]["calls"]["gpt-4o"] > 0
    else:
        assert run.status == 0, str(run)
        assert run.said["402"] > 0
        assert run.said["ok"] > 0
