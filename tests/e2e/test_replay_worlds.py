"""Replays of what a session may meet: refusals, failures, personal data, people's words, many requests at once."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from akios_jail.demo.answer import Behaviour, Question, ToolCall
from akios_jail.demo.local_server import Request, Response, json_response
from tests.e2e.conftest import AKIOS, Akios, eventually
from tests.e2e.test_approvals import AGENT as REFUNDS
from tests.e2e.test_approvals import approvals, govern
from tests.e2e.test_replay import Replayed, replay, same

pytestmark = pytest.mark.root

CRM = "internal-crm.corp"
OPENAI = "api.openai.com"

#: Asks the CRM for a customer, tells the model of both of them, and prints what it says.
PERSONAL = """
    import json, sys, urllib.request
    def ask(url, body=None):
        data = None if body is None else json.dumps(body).encode()
        fields = {"Content-Type": "application/json", "Authorization": "Bearer none"}
        request = urllib.request.Request(url, data, fields)
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()
    customer = json.loads(ask("https://internal-crm.corp/customers/4821"))
    words = f"I am ottoline.ferrars@northgate-clinic.org; the customer is {customer['email']}."
    asked = {"model": "gpt-4o", "stream": STREAM, "messages": [{"role": "user", "content": words}]}
    said = ask("https://api.openai.com/v1/chat/completions", asked)
    if STREAM:
        events = [json.loads(line[6:]) for line in said.splitlines() if line.startswith("data: {")]
        print("".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"]))
    else:
        print(json.loads(said)["choices"][0]["message"]["content"])
"""
OURS, THEIRS = "ottoline.ferrars@northgate-clinic.org", "jan.novak@example-mail.cz"


@pytest.mark.parametrize("mode", ["redact_before_inference", "pseudonymize", "observe"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_personal_data_is_not_on_the_disk_and_the_agent_still_does_the_same(
    akios: Akios, mode: str, stream: bool
) -> None:
    akios.upstream.sites[CRM] = lambda request: json_response({"email": THEIRS})
    akios.upstream.brain = lambda question: Behaviour(text=f"You said: {question.last_user_text}", chunks=9)
    akios.policy(
        {
            "network_access": {"allowlist": [{"host": h, "methods": ["GET", "POST"]} for h in (CRM, OPENAI)]},
            "pii_handling": {"mode": mode, "fields": ["email"], "restore": mode == "redact_before_inference"},
        }
    )
    run = akios.python(PERSONAL.replace("STREAM", str(stream)))
    assert run.status == 0, str(run)
    assert run.stdout == f"You said: I am {OURS}; the customer is {THEIRS}.\n".encode()
    kept = b"".join(path.read_bytes() for path in (akios.state / "broker" / "recordings").iterdir())
    assert kept
    assert b"northgate" not in kept
    assert b"jan.novak" not in kept
    again = replay(akios)
    assert again.status == 0, again.said
    # Whom only the CRM knew, nobody knows any more; the agent's own is there as it was.
    told = again.printed.decode()
    assert told.startswith(f"You said: I am {OURS}; the customer is ["), told


@pytest.mark.parametrize("mode", ["redact_before_inference", "pseudonymize", "observe"])
def test_whom_addresses_and_forms_tell_of_may_be_numbered_otherwise(akios: Akios, mode: str) -> None:
    """Something is found before them in the replay that was found after them then."""
    akios.upstream.sites[CRM] = lambda request: json_response({"email": THEIRS})
    rules = [{"host": CRM, "methods": ["GET", "POST"]}]
    akios.policy(
        {
            "network_access": {"allowlist": rules},
            "pii_handling": {"mode": mode, "fields": ["email"], "scope": ["egress", "model_calls"]},
        }
    )
    agent = """
        import pathlib, urllib.parse, urllib.request
        def ask(path, **fields):
            data = urllib.parse.urlencode(fields).encode() if fields else None
            with urllib.request.urlopen(f"https://internal-crm.corp{path}", data) as answer:
                answer.read()
        one, two = map(urllib.parse.quote, ("max@northgate-clinic.org", "ada@example.com"))
        asks = [lambda: ask("/f", who="ottoline@northgate-clinic.org"), lambda: ask("/f", who="jo.ye@example.com")]
        if OBSERVED:
            asks += [lambda: ask(f"/a/{one}"), lambda: ask(f"/q?who={two}")]
        for each in reversed(asks) if pathlib.Path("turned").exists() else asks:
            each()
    """
    run = akios.python(agent.replace("OBSERVED", str(mode == "observe")))
    assert run.status == 0, str(run)
    assert replay(akios).status == 0
    akios.file("turned", "")
    again = replay(akios)
    assert again.status == 0, again.said


def test_refusals_failures_and_plain_http_come_again(akios: Akios) -> None:
    asked: list[str] = []

    def site(request: Request) -> Response:
        asked.append(request.target)
        if request.target == "/breaks":
            return Response(200, (), b"half of it", declared_length=100, cut=True)
        if request.target == "/coded":  # as nobody here can read it
            return Response(200, (("Content-Encoding", "br"),), bytes([11, 2, 128, *b"hello", 3]))
        if request.target == "/busy" and asked.count("/busy") == 1:
            return json_response({"error": "busy"}, 503)
        return Response(200, (("Content-Type", "text/plain"), ("X-Turn", str(len(asked)))), b"plain words")

    akios.upstream.sites[CRM] = site
    akios.policy(
        {
            "network_access": {
                "allowlist": [
                    {"host": CRM, "methods": ["GET"]},
                    {"host": CRM, "methods": ["GET"], "ports": [80], "protocol": "http"},
                ]
            }
        }
    )
    run = akios.python("""
        import socket, urllib.error, urllib.request
        def ask(url, method="GET"):
            try:
                with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
                    print(url, answer.status, answer.headers["X-Turn"], answer.read())
            except urllib.error.HTTPError as error:
                print(url, error.code, error.read()[:40])
            except Exception as error:
                print(url, type(error).__name__)
        for path in ("/", "/busy", "/busy", "/breaks", "/coded", "/none"):
            ask(f"https://internal-crm.corp{path}")
        ask("http://internal-crm.corp/plain")
        ask("https://internal-crm.corp/", "DELETE")
        ask("https://nobody.example/")
        try:
            socket.create_connection(("203.0.113.7", 443), 3)
        except OSError as error:
            print(type(error).__name__)
    """)
    assert run.status == 0, str(run)
    assert b"IncompleteRead" in run.stdout or b"RemoteDisconnected" in run.stdout, str(run)
    assert b"plain words" in run.stdout
    same(akios, run)


@pytest.mark.parametrize("fault", ["500", "429", "cut", "wrong-length"])
def test_what_the_broker_tries_again_is_tried_again(akios: Akios, fault: str) -> None:
    faults = [fault]
    akios.upstream.brain = lambda question: Behaviour(fault=faults.pop()) if faults else Behaviour(text="At last.")
    akios.allow(OPENAI)
    run = akios.python("""
        from openai import OpenAI
        said = OpenAI(api_key="none", max_retries=2).chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "Well?"}])
        print(said.choices[0].message.content)
    """)
    assert run.stdout == b"At last.\n", str(run)
    same(akios, run)


def test_requests_that_come_in_another_order_get_their_own_answers(akios: Akios) -> None:
    gate = threading.Semaphore(0)

    def site(request: Request) -> Response:
        if request.target == "/1":
            gate.acquire(timeout=10)  # the first asked is the last answered
        if request.target == "/8":
            gate.release()
        return Response(200, (), f"this is {request.target}".encode())

    akios.upstream.sites[CRM] = site
    akios.allow(CRM)
    run = akios.python("""
        import concurrent.futures, urllib.request
        def ask(number):
            with urllib.request.urlopen(f"https://internal-crm.corp/{number}") as answer:
                return answer.read().decode()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            print(list(pool.map(ask, range(1, 9))))
    """)
    assert run.status == 0, str(run)
    same(akios, run)


def test_a_person_is_not_asked_again(akios: Akios) -> None:
    govern(akios)
    refund = ToolCall("issue_refund", {"order": "4821", "amount_usd": 15000})
    akios.upstream.behaviour = Behaviour(text="Let me see.", calls=(refund,), output_tokens=9)
    akios.file("agent.py", REFUNDS.replace("STREAM", "False"))
    process = akios.start("agent.py", options=["--python", sys.executable])
    eventually(lambda: (akios.state / "broker" / "approvals.db").exists())
    waiting = eventually(lambda: json.loads(approvals(akios, "list", "--json")))
    approvals(akios, "approve", waiting[0]["id"])
    stdout, stderr = process.communicate(timeout=60)
    run = akios.finished(process.returncode, stdout, stderr)
    assert run.said["calls"] == [["issue_refund", refund.arguments]], str(run)
    same(akios, run)


def chatty(akios: Akios, turns: int = 4) -> None:
    """An agent that asks a model so many times, and prints each answer."""

    def brain(question: Question) -> Behaviour:
        return Behaviour(text=f"answer to {question.last_user_text}")

    akios.upstream.brain = brain
    akios.workspace.chmod(0o777)
    akios.allow(OPENAI, filesystem={"workspace": {"path": ".", "access": "rw"}})
    akios.file("words.txt", "tea")
    akios.file(
        "agent.py",
        f"""
import json, pathlib, urllib.request
word = pathlib.Path("words.txt").read_text()
for turn in range({turns}):
    body = {{"model": "gpt-4o", "messages": [{{"role": "user", "content": f"turn {{turn}} of {{word}}"}}]}}
    request = urllib.request.Request("https://api.openai.com/v1/chat/completions", json.dumps(body).encode(),
                                     {{"Content-Type": "application/json"}})
    with urllib.request.urlopen(request) as answer:
        print(json.load(answer)["choices"][0]["message"]["content"], flush=True)
pathlib.Path("out.txt").write_text("written")
""",
    )


def ran(akios: Akios) -> Any:
    run = akios.run("agent.py", options=["--python", sys.executable])
    assert run.status == 0, str(run)
    return run


def test_the_first_difference_is_shown(akios: Akios) -> None:
    chatty(akios)
    ran(akios)
    akios.file("words.txt", "coffee")
    again: Replayed = replay(akios)
    assert again.status == 1
    lines = again.said.splitlines()
    assert any(line.startswith("-") and "turn 0 of tea" in line for line in lines), again.said
    assert any(line.startswith("+") and "turn 0 of coffee" in line for line in lines), again.said
    found = replay(akios, "--json").found
    assert found["same"] is False
    assert found["difference"]["step"] == 1


def test_a_request_too_many_or_too_few_is_a_difference(akios: Akios) -> None:
    chatty(akios)
    ran(akios)
    agent = (akios.workspace / "agent.py").read_text()
    akios.file("agent.py", agent.replace("range(4)", "range(5)"))
    found = replay(akios, "--json").found
    assert "all 4 recorded answers are given" in found["difference"]["reason"]
    akios.file("agent.py", agent.replace("range(4)", "range(3)"))
    found = replay(akios, "--json").found
    assert found["reasons"] == ["1 recorded requests were not made again"]
    akios.file("agent.py", agent + "raise SystemExit(3)\n")
    found = replay(akios, "--json").found
    assert found["reasons"] == ["it ended with exit status 3, and then with 0"]


def test_it_stops_where_it_is_told_to(akios: Akios) -> None:
    chatty(akios)
    ran(akios)
    again = replay(akios, "--until", "2")
    assert again.status == 0, again.said
    assert again.printed.decode().splitlines() == ["answer to turn 0 of tea", "answer to turn 1 of tea"]


def test_step_by_step(akios: Akios) -> None:
    chatty(akios)
    run = ran(akios)
    again = replay(akios, "--step", typed=b"\n\n\n\n")
    assert (again.status, again.printed) == (0, run.stdout), again.said
    assert "step 2 of 4: POST https://api.openai.com/v1/chat/completions → 200" in again.said
    again = replay(akios, "--step", typed=b"\n\nq\n")
    assert (again.status, again.printed.count(b"\n")) == (0, 2), again.said


def test_the_broker_of_a_replay_has_no_network(akios: Akios) -> None:
    chatty(akios)
    ran(akios)
    command = [AKIOS, "replay", "--step", "--state-dir", str(akios.state)]
    process = akios.start(command=command, stdin=subprocess.PIPE)

    def broker() -> psutil.Process | None:
        below = psutil.Process(process.pid).children(recursive=True)
        return next((each for each in below if "akios_jail.broker" in each.cmdline()), None)

    found = eventually(broker)
    interfaces = Path(f"/proc/{found.pid}/net/dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
    process.communicate(b"q\n", timeout=60)
    assert process.returncode == 0


def test_from_a_step_on_it_can_go_on_live(akios: Akios) -> None:
    chatty(akios)
    ran(akios)
    akios.upstream.brain = lambda question: Behaviour(text="live")
    asked = len(akios.upstream.received)
    options = [*akios.upstream.connect_to(443), "--cacert", str(akios.cacert)]
    again = replay(akios, "--from", "2", "--live", *options, plugged=True)
    assert again.status == 0, again.said
    assert again.printed.decode().splitlines()[1:] == ["answer to turn 1 of tea", "live", "live"]
    assert len(akios.upstream.received) == asked + 2


def test_it_changes_nothing(akios: Akios) -> None:
    chatty(akios)
    ran(akios)
    out = akios.workspace / "out.txt"
    out.unlink(missing_ok=True)
    before = {path: path.read_bytes() for path in akios.workspace.rglob("*") if path.is_file()}
    spent = _spent(akios)
    shared = sorted(path.name for path in (akios.state / "broker").rglob("*"))
    assert replay(akios).status == 0
    assert {path: path.read_bytes() for path in akios.workspace.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in (akios.state / "broker").rglob("*")) == shared
    assert _spent(akios) == spent
    assert list((akios.state / "replays").iterdir()) == []
    starts = [record for record in akios.audit() if record.get("type") == "session.start"]
    assert [bool(record.get("replay_of")) for record in starts] == [False, True]


def _spent(akios: Akios) -> list[Any]:
    found: list[Any] = []
    for path in sorted((akios.state / "broker").glob("*.db")):
        with sqlite3.connect(path) as database:
            for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                found.append((path.name, table, database.execute(f"SELECT count(*) FROM {table}").fetchone()))
    return found
