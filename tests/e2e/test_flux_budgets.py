"""A FluxConfig's budgets as an operator meets them: sessions ended with a summary, days shared, calls queued."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from akios_jail.demo.answer import Behaviour
from akios_jail.demo.certificates import Authority
from tests.e2e.conftest import Akios, eventually
from tests.e2e.test_budget import agent, dollars

pytestmark = pytest.mark.root


def flux(akios: Akios, **spec: Any) -> None:
    """Govern by an allowlist of one host and a FluxConfig beside the policy."""
    document = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "costs"}, "spec": spec}
    akios.file("flux.yaml", json.dumps(document))
    allowlist = [{"host": "api.openai.com", "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": allowlist}, "flux": "./flux.yaml"})


def test_a_budget_can_end_the_session_with_a_summary(akios: Akios) -> None:
    limit = {"max_cost_usd": 0.1, "action_on_exceed": "terminate_with_summary"}
    flux(akios, budgets={"per_session": limit})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=2000)
    run = akios.python(agent(20, 1, max_tokens=2000) + "\nimport time; time.sleep(30)")
    assert run.status == 120, run
    assert run.report["exit"]["code"] == "budget_spent"
    assert dollars(akios.upstream) <= 0.1
    summary = run.report["summary"]
    assert summary["calls"] == {"gpt-4o": len(akios.upstream.usages)}
    assert summary["hosts"] == {"api.openai.com": len(akios.upstream.usages)}
    assert (summary["text"], summary["text_missing"]) == (None, None)
    assert f"model calls: gpt-4o {len(akios.upstream.usages)}" in run.stderr
    assert run.seconds < 15
    kept = Path(summary.pop("path"))
    assert kept == akios.state / "summaries" / f"{run.report['session_id']}.json"
    assert f"this summary is kept in {kept}" in run.stderr
    assert json.loads(kept.read_text())["summary"] == summary
    [ended] = [record for record in run.audit if record["type"] == "session.end"]
    assert ended["summary"]["calls"] == summary["calls"]
    assert "cost" in ended


@pytest.mark.parametrize("model", ["gpt-4o-mini", "nonesuch"])
def test_a_model_can_put_the_summary_into_words_from_what_was_kept_back(akios: Akios, model: str) -> None:
    limit = {"max_cost_usd": 0.1, "action_on_exceed": "terminate_with_summary"}
    flux(akios, budgets={"per_session": limit}, summary={"model": model, "reserve_usd": 0.01})
    akios.upstream.behaviour = Behaviour(output_tokens=2000)
    run = akios.python(agent(20, 1, max_tokens=2000, prompt="'a secret'") + "\nimport time; time.sleep(30)")
    assert run.status == 120, run
    assert dollars(akios.upstream) <= 0.1
    summary = run.report["summary"]
    if model == "nonesuch":
        assert "no model" in summary["text_missing"], summary
        return
    assert summary["text"].startswith("An autonomous agent's session was ended"), summary  # the server echoes
    assert "a secret" not in summary["text"]
    assert akios.upstream.usages[-1].model == model
    assert run.report["models"][model]["calls"] == 1
    assert summary["text"].splitlines()[0] in run.stderr
    assert "An autonomous" not in str(run.audit)


def test_a_day_is_shared_by_sessions_and_outlives_them(akios: Akios) -> None:
    flux(akios, budgets={"per_day": {"max_cost_usd": 0.1}})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=1500)
    first = akios.python(agent(2, 2, max_tokens=1500))
    assert first.said == [200, 200], first
    second = akios.python(agent(20, 20, max_tokens=1500))
    assert 402 in second.said, second
    third = akios.python(agent(1, 1, max_tokens=1500))
    assert third.said == [402], third
    assert 0.07 < dollars(akios.upstream) <= 0.1
    assert "of the day's $0.10 is left" in third.report["denials"][0]["reason"]


class Bell:
    """A webhook's receiver, on a private address of the operator's."""

    url = "https://alerts.test/hook/secret"

    def __init__(self, authority: Authority) -> None:
        rung: list[dict[str, Any]] = []
        self.rung = rung

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                rung.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = authority.context("alerts.test").wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def bell(akios: Akios) -> Iterator[Bell]:
    made = Bell(akios.upstream.authority)
    akios.options = ["--connect-to", f"alerts.test:443:127.0.0.1:{made.server.server_port}"]
    yield made
    made.server.shutdown()
    made.server.server_close()


ASK = """
import http.client, json, sys, time
question = {"model": "gpt-4o", "max_tokens": 1500, "messages": [{"role": "user", "content": "the same"}]}
for _ in range(int(sys.argv[1])):
    connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps(question), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if answer.status != 200:
        break
print(json.dumps([answer.status, answer.getheader("Retry-After"), body.get("error", {}).get("code")]))
"""


def test_a_spent_day_alerts_and_queues_and_a_person_lets_the_call_go(akios: Akios, bell: Bell) -> None:
    day = {"max_cost_usd": 0.03, "action_on_exceed": "alert_and_queue", "max_wait": "5s"}
    flux(akios, budgets={"per_day": day}, alerts={"webhook": bell.url})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=1500)
    run = akios.python(ASK, "10")
    status, retry_after, code = run.said
    assert (status, code) == (429, "budget_queued"), run
    assert 0 < int(retry_after) <= 86_400
    [rung] = bell.rung
    assert (rung["type"], rung["scope"], rung["budget"]) == ("akios.budget_alert", "day", "test")
    assert [record["type"] for record in run.audit if record["type"] in ("budget.alert", "webhook")] == [
        "budget.alert",
        "webhook",
    ]
    assert "secret" not in str(run.audit)
    shown = akios.budget("show", "--json")
    [place] = shown["queue"]
    [shared] = shown["days"]
    assert shared["name"] == "test"
    # The session is over; the same call comes again from another one, keeps its place, and goes when there is room.
    process = akios.start("agent.py", "1", options=["--python", sys.executable])
    eventually(lambda: len(akios.budget("show", "--json")["sessions"]) == 1, what="the second session to be shown")
    assert [again["since"] for again in akios.budget("show", "--json")["queue"]] == [place["since"]]
    akios.budget("raise", "test", "--per-day", "1.00")
    stdout, stderr = process.communicate(timeout=30)
    assert json.loads(stdout)[0] == 200, stderr
    assert akios.budget("show", "--json")["queue"] == []
    assert [record["by"] for record in akios.audit() if record["type"] == "budget.raised"]


def waits(akios: Akios) -> str | None:
    """The id of the session of which a call waits."""
    if not akios.audit():
        return None  # it has not begun
    sessions = akios.budget("show", "--json")["sessions"]
    return next((str(session["id"]) for session in sessions if session["waiting"] == 1), None)


LIMITS = [
    ("per_session", {"max_cost_usd": 0.03, "action_on_exceed": "alert_and_queue"}, ("--per-session", "1.00")),
    ("per_session", {"max_tokens": 4000, "action_on_exceed": "alert_and_queue"}, ("--tokens-per-session", "100000")),
    ("per_minute", {"max_cost_usd": 0.03, "action_on_exceed": "alert_and_queue"}, ("--per-minute", "1.00")),
    ("per_minute", {"max_tokens": 4000, "action_on_exceed": "throttle"}, ("--tokens-per-minute", "100000")),
    ("per_minute", {"max_cost_usd": 0.03, "action_on_exceed": "throttle"}, ("--per-minute", "1.00")),
]


@pytest.mark.parametrize(
    ("scope", "limit", "more"), LIMITS, ids=[f"{s}-{more[0]}-{w['action_on_exceed']}" for s, w, more in LIMITS]
)
def test_a_call_that_waits_goes_within_a_second_of_a_raise(
    akios: Akios, scope: str, limit: dict[str, Any], more: tuple[str, str]
) -> None:
    flux(akios, budgets={scope: {**limit, "max_wait": "90s"}})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=1500)
    akios.file("agent.py", ASK)
    process = akios.start("agent.py", "4", options=["--python", sys.executable])
    session = eventually(lambda: waits(akios), what="a call to wait")
    before = len(akios.upstream.usages)
    akios.budget("raise", session, *more)
    eventually(lambda: len(akios.upstream.usages) > before, 3, "the call goes")
    stdout, stderr = process.communicate(timeout=30)
    assert json.loads(stdout)[0] == 200, stderr
    assert len(akios.upstream.usages) == 4
    [raised] = [record for record in akios.audit() if record["type"] == "budget.raised"]
    assert raised["session"] == session


def test_a_call_waits_for_its_day_over_the_death_of_its_broker_and_goes_when_somebody_raised_it_meanwhile(
    akios: Akios,
) -> None:
    flux(akios, budgets={"per_day": {"max_cost_usd": 0.03, "action_on_exceed": "alert_and_queue", "max_wait": "50s"}})
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=1500)
    akios.file("agent.py", ASK)
    first = akios.start("agent.py", "10", options=["--python", sys.executable])
    eventually(lambda: waits(akios), what="a call to wait")
    [place] = akios.budget("show", "--json")["queue"]
    children = psutil.Process(first.pid).children(recursive=True)
    next(child for child in children if "akios_jail.broker" in child.cmdline()).kill()
    _, stderr = first.communicate(timeout=30)
    assert first.returncode in (120, 125), stderr
    [kept] = akios.budget("show", "--json")["queue"]
    assert (kept["digest"], kept["since"]) == (place["digest"], place["since"]), "its place is on disk"
    before = len(akios.upstream.usages)
    akios.budget("raise", "test", "--per-day", "1.00")  # while nobody is there
    again = akios.run("agent.py", "1", options=["--python", sys.executable])
    assert again.said[0] == 200, str(again)
    assert len(akios.upstream.usages) == before + 1
    after = akios.budget("show", "--json")
    assert after["queue"] == []
    assert dollars(akios.upstream) * 1_000_000 <= after["days"][0]["spent"]["microusd"] + 100
