"""One day's budget, two real brokers, forty clients that retry and hang up, an upstream that fails, and a kill -9.

The judge is the upstream: it charges every call that reaches it for all the output that it was allowed, whether or not
anybody got an answer, and its own sum is compared with the budget.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from akios_jail.demo.certificates import Authority
from akios_jail.flux.store import Store
from akios_jail.policy.plans import Budget, Limit
from tests.broker import harness
from tests.broker.harness import Broker, Namespace, Reader, Seen, Upstream, request

pytestmark = pytest.mark.root

HOST = "api.openai.com"
BUDGET = 1_500_000  # micro-dollars


class Bill:
    """What the provider charges: $2.50 and $10 a million tokens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.microusd = 0.0
        self.calls = 0

    def charge(self, input_tokens: int, output_tokens: int) -> None:
        with self._lock:
            self.microusd += 2.5 * input_tokens + 10 * output_tokens
            self.calls += 1


def model(bill: Bill) -> harness.Script:
    chance = random.Random(7)

    def script(sock: socket.socket, _: Reader, seen: Seen) -> None:
        fate = chance.random()
        if fate < 0.15:
            sock.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            return
        asked = json.loads(seen.body)
        output = asked["max_tokens"]
        bill.charge(200, output)
        if fate < 0.3:
            raise OSError  # it ran, and nobody hears of it
        time.sleep(0.02)
        usage = {"prompt_tokens": 200, "completion_tokens": output, "total_tokens": 200 + output}
        if asked.get("stream"):
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            delta: dict[str, Any] = {"index": 0, "delta": {"content": "word " * 50}, "finish_reason": None}
            for event in (*[{"choices": [delta]}] * 4, {"choices": [], "usage": usage}):
                data = f"data: {json.dumps(event)}\n\n".encode()
                sock.sendall(b"%x\r\n%b\r\n" % (len(data), data))
                time.sleep(0.005)
            sock.sendall(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
            return
        message = {"role": "assistant", "content": "yes"}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        body = json.dumps({"choices": choices, "usage": usage, "service_tier": "default"}).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        sock.sendall(head + body)

    return script


def client(broker: Broker, number: int) -> list[int]:
    """A few calls, some given up in the middle; the statuses of those that were answered."""
    chance = random.Random(number)
    statuses = []
    for turn in range(8):
        document: dict[str, Any] = {"model": "gpt-4o", "service_tier": "default", "stream": chance.random() < 0.5}
        document["messages"] = [{"role": "user", "content": f"{number} {turn}"}]
        document["max_tokens"] = chance.choice([300, 1000, 4000])
        with contextlib.suppress(OSError, EOFError), broker.tls(HOST) as sock:
            body = json.dumps(document).encode()
            sock.sendall(request("POST", "/v1/chat/completions", HOST, body, "Content-Type: application/json"))
            if chance.random() < 0.25:
                time.sleep(chance.random() * 0.1)
                continue  # the agent hangs up
            sock.settimeout(3)  # a call that waits longer, for what the dead broker had reserved, is given up too
            statuses.append(Reader(sock).answer().status)
            if statuses[-1] == 402:
                break
    return statuses


def test_two_brokers_forty_clients_and_a_kill_never_overspend_the_day(tmp_path: Path) -> None:
    authority, bill = Authority(), Bill()
    upstream = Upstream(authority, HOST, model(bill))
    budget = Budget((Limit("day", BUDGET, None, "refuse", 0.0, "flux"),), shared_by="shared")
    plan, egress = harness.plans(harness.rule(1, HOST, methods=("POST",)), budget=budget)
    options = {"connect_to": [[HOST, 443, "127.0.0.1", upstream.port]], "upstream_ca_pem": authority.pem.decode()}
    namespaces = [Namespace(egress) for _ in range(2)]
    brokers = [Broker(tmp_path, plan, namespace, **options).ready() for namespace in namespaces]
    try:
        with ThreadPoolExecutor(40) as pool:
            clients = [pool.submit(client, brokers[number % 2], number) for number in range(40)]
            while bill.microusd < BUDGET / 3:
                time.sleep(0.01)
            brokers[0].process.kill()
            statuses = [status for each in clients for status in each.result(120)]
        assert bill.microusd <= BUDGET
        assert bill.microusd > BUDGET * 0.4
        assert 200 in statuses
        brokers[1].end()
        standing = Store(str(tmp_path)).standing("shared")
        assert bill.microusd <= standing.spent.microusd + standing.reserved.microusd <= BUDGET
    finally:
        for broker in brokers:
            broker.close()
        for namespace in namespaces:
            namespace.close()
        upstream.close()
