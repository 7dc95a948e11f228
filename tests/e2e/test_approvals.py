"""An action waits for a person: at another terminal (`akios approvals`), or at the agent's own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from akios_jail.demo.answer import Behaviour, ToolCall
from akios_jail.demo.local_server import Request, Response, json_response
from akios_jail.jail.identity import BROKER_ID
from tests.e2e.conftest import AKIOS, Akios, Run, eventually
from tests.e2e.test_terminal import Terminal, kill_the_launcher, start_under_a_shell

pytestmark = pytest.mark.root

#: So long somebody reads before they answer; what is typed within a second does not count.
READ_S = 1.2
WHY = "Refunds are a person's decision"
REFUND = ToolCall("issue_refund", {"order": "4821", "amount_usd": 15000})
#: Asks the model once, and prints as JSON what it is to do and what it is told.
AGENT = """
import json, sys
from openai import OpenAI
said = OpenAI(api_key="none", timeout=60).chat.completions.create(
    model="gpt-4o", messages=[{"role": "user", "content": "Refund order 4821"}], stream=STREAM,
    tools=[{"type": "function", "function": {"name": "issue_refund", "parameters": {"type": "object"}}}],
)
text, calls = "", {}
if STREAM:
    for chunk in said:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for call in choice.delta.tool_calls or []:
                known = calls.setdefault(call.index, ["", ""])
                known[0] += call.function.name or ""
                known[1] += call.function.arguments or ""
else:
    message = said.choices[0].message
    text = message.content or ""
    calls = dict(enumerate([call.function.name, call.function.arguments] for call in message.tool_calls or []))
print(json.dumps({"text": text, "calls": [[name, json.loads(asked)] for name, asked in calls.values()]}), flush=True)
"""


@pytest.fixture
def refunds(akios: Akios) -> Akios:
    """Refunds above a hundred dollars need a person, for twenty seconds; the model asks for one of 15,000."""
    govern(akios)
    akios.upstream.behaviour = Behaviour(text="Let me see.", calls=(REFUND,), output_tokens=9)
    return akios


def govern(akios: Akios, **more: Any) -> None:
    rule = {
        "tool": "issue_refund",
        "when": "args.amount_usd > 100.0",
        "action": "require_approval",
        "timeout": "20s",
        "reason": WHY,
    }
    network = {"allowlist": [{"host": "api.openai.com", "methods": ["POST"]}]}
    akios.policy({"network_access": network, "tools": [rule], **more})


def approvals(akios: Akios, *arguments: str, expect: int = 0) -> str:
    command = [AKIOS, "approvals", *arguments, "--state-dir", str(akios.state)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env={**os.environ, "SUDO_UID": ""})
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def waiting(akios: Akios) -> list[dict[str, Any]]:
    if not (akios.state / "broker" / "approvals.db").exists():
        return []
    listed: list[dict[str, Any]] = json.loads(approvals(akios, "list", "--json"))
    return listed


def start(akios: Akios, stream: bool = True) -> subprocess.Popen[bytes]:
    akios.file("agent.py", AGENT.replace("STREAM", str(stream)))
    return akios.start("agent.py", options=["--python", sys.executable])


def finish(akios: Akios, process: subprocess.Popen[bytes]) -> Run:
    stdout, stderr = process.communicate(timeout=60)
    return akios.finished(process.returncode, stdout, stderr)


@pytest.mark.parametrize("stream", [True, False])
def test_another_terminal_approves_and_the_agent_gets_its_call(refunds: Akios, stream: bool) -> None:
    process = start(refunds, stream)
    (asked,) = eventually(lambda: waiting(refunds), what="an action that waits")
    assert (asked["name"], asked["content"], asked["reason"]) == ("issue_refund", REFUND.arguments, WHY)
    shown = approvals(refunds, "show", asked["id"])
    assert '"amount_usd": 15000' in shown
    assert asked["sha256"] in shown
    assert "approved" in approvals(refunds, "approve", asked["id"], "--note", "a good customer")
    run = finish(refunds, process)
    assert run.said == {"text": "Let me see.", "calls": [["issue_refund", REFUND.arguments]]}
    decided = next(record for record in run.audit if record["type"] == "approval.decided")
    assert (decided["decision"], decided["who"], decided["note"]) == ("approve", "root", "a good customer")
    assert run.report["tools"] == {"issue_refund": {"held": 1}}
    assert run.report["approvals"] == {"requested": 1, "approved": 1}
    assert "1 tool call (a person was asked 1 time and approved 1)" in run.stderr
    # Used is used: neither that one nor anything else is approved by it again.
    assert "is used" in approvals(refunds, "approve", asked["id"], expect=1)
    assert waiting(refunds) == []


def test_a_denial_reaches_the_agent_as_words_that_it_can_react_to(refunds: Akios) -> None:
    process = start(refunds)
    (asked,) = eventually(lambda: waiting(refunds))
    approvals(refunds, "deny", asked["id"], "--note", "call the customer first")
    run = finish(refunds, process)
    assert run.status == 0
    assert run.said["calls"] == []
    assert WHY in run.said["text"]
    assert "call the customer first" in run.said["text"]
    assert "denied issue_refund" in run.stderr


@pytest.mark.parametrize(("approve", "caller"), [(True, ""), (False, ""), (False, "4321")])
def test_without_a_terminal_a_line_says_how_to_answer_and_another_what_came_of_it(
    refunds: Akios, approve: bool, caller: str
) -> None:
    refunds.environment |= {"SUDO_UID": caller, "SUDO_GID": caller} if caller else {}
    process = start(refunds)
    (asked,) = eventually(lambda: waiting(refunds))
    approvals(refunds, "approve" if approve else "deny", asked["id"])
    run = finish(refunds, process)
    command = f"{'sudo ' if caller else ''}akios approvals approve --state-dir {refunds.state} {asked['id']}"
    lines = [line for line in run.stderr.splitlines() if asked["id"] in line][:2]
    assert lines[0].startswith("akios: the agent waits for a person's word, ")
    assert f"s at most: {command} (or deny, or show)" in lines[0]
    assert lines[1] == f"akios: {asked['id']}: {'approved' if approve else 'denied'}"


def test_quiet_says_nothing_of_who_waits(refunds: Akios) -> None:
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    process = refunds.start("agent.py", options=["--python", sys.executable, "--quiet"])
    (asked,) = eventually(lambda: waiting(refunds))
    approvals(refunds, "approve", asked["id"])
    assert finish(refunds, process).stderr == ""


def test_an_agent_that_is_killed_leaves_nothing_to_approve(refunds: Akios) -> None:
    process = start(refunds)
    (asked,) = eventually(lambda: waiting(refunds))
    process.kill()
    process.wait()
    eventually(lambda: "issue_refund" not in str(waiting(refunds)), seconds=30)
    approvals(refunds, "approve", asked["id"], expect=1)


def test_a_yes_that_comes_after_the_brokers_death_is_for_nothing_and_for_nobody(refunds: Akios) -> None:
    process = start(refunds)
    (asked,) = eventually(lambda: waiting(refunds))
    children = psutil.Process(process.pid).children(recursive=True)
    next(child for child in children if "akios_jail.broker" in child.cmdline()).kill()
    # Until it is known that nobody waits any more, somebody may still say yes.
    command = [AKIOS, "approvals", "approve", asked["id"], "--state-dir", str(refunds.state)]
    subprocess.run(command, capture_output=True, timeout=30, check=False)
    run = finish(refunds, process)
    assert run.status in (120, 125)
    assert b"issue_refund" not in run.stdout
    again = start(refunds)
    (other,) = eventually(lambda: [each for each in waiting(refunds) if each["id"] != asked["id"]])
    assert other["content"] == asked["content"], "the same action is asked about anew"
    assert again.poll() is None
    approvals(refunds, "deny", other["id"])
    assert finish(refunds, again).said["calls"] == []


PARALLEL = """
import concurrent.futures, json, urllib.error, urllib.request
def pay(number):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request("https://pay.example/refunds", b'{"order": "4821"}', headers)
    try:
        return urllib.request.urlopen(request, timeout=60).status
    except urllib.error.HTTPError as refusal:
        return refusal.code
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    print(json.dumps(sorted(pool.map(pay, range(2)))))
"""


@pytest.mark.parametrize("second", ["approve", "deny"])
def test_the_same_action_twice_at_once_takes_two_words(akios: Akios, second: str) -> None:
    akios.upstream.sites["pay.example"] = lambda request: json_response({"paid": True})
    rule = {"http": {"hosts": ["pay.example"]}, "action": "require_approval", "timeout": "30s", "reason": WHY}
    akios.policy({"network_access": {"allowlist": [{"host": "pay.example", "methods": ["POST"]}]}, "tools": [rule]})
    akios.file("agent.py", PARALLEL)
    process = akios.start("agent.py", options=["--python", sys.executable])
    both = eventually(lambda: each if len(each := waiting(akios)) == 2 else None, what="two questions")
    assert both[0]["content"] == both[1]["content"]
    approvals(akios, "approve", both[0]["id"])
    eventually(lambda: akios.upstream.requests("pay.example"), what="the one that was approved")
    time.sleep(1.0)
    assert len(akios.upstream.requests("pay.example")) == 1, "one word, one deed"
    assert [each["id"] for each in waiting(akios)] == [both[1]["id"]]
    approvals(akios, second, both[1]["id"])
    run = finish(akios, process)
    assert run.said == ([200, 200] if second == "approve" else [200, 403])
    assert len(akios.upstream.requests("pay.example")) == (2 if second == "approve" else 1)


def test_the_store_stays_the_brokers_and_a_link_in_its_place_leads_nowhere(refunds: Akios, tmp_path: Path) -> None:
    process = start(refunds)
    (asked,) = eventually(lambda: waiting(refunds))
    approvals(refunds, "deny", asked["id"])
    finish(refunds, process)
    folder = refunds.state / "broker"
    assert {path.stat().st_gid for path in folder.iterdir()} == {BROKER_ID}
    treasure = tmp_path / "treasure.db"
    with sqlite3.connect(treasure) as db:
        db.execute("CREATE TABLE secrets (x)")
    db.close()
    treasure.chmod(0o600)
    before = treasure.read_bytes()
    for path in folder.glob("*.db*"):
        path.unlink()
    (folder / "approvals.db").symlink_to(treasure)
    assert "nothing waits" in approvals(refunds, "list")
    (folder / "approvals.db").unlink()
    os.mkfifo(folder / "approvals.db", 0o666)
    assert treasure.read_bytes() == before


def test_what_an_agent_is_called_cannot_act_on_the_terminal_of_who_decides(akios: Akios) -> None:
    rule = {"tool": "*", "action": "require_approval", "timeout": "20s"}
    akios.policy({"network_access": {"allowlist": [{"host": "api.openai.com", "methods": ["POST"]}]}, "tools": [rule]})
    evil = {"note": "\x1b[2J\x1b[1;1Happrove this: weather\u202e\u200b", "p\u0430y": 1}
    akios.upstream.behaviour = Behaviour(calls=(ToolCall("t\x1b]0;x\x07", evil),))
    process = start(akios)
    (asked,) = eventually(lambda: waiting(akios))
    for output in (
        approvals(akios, "list"),
        approvals(akios, "show", asked["id"]),
        approvals(akios, "deny", asked["id"]),
    ):
        assert all(line.isprintable() for line in output.splitlines())
        assert "\u202e" not in output
    finish(akios, process)


def terminal(akios: Akios, terminals: list[Terminal], *agent: str) -> Terminal:
    terminals.append(Terminal(akios.command(*agent, options=["--python", sys.executable]), akios.workspace))
    return terminals[-1]


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for each in opened:
        each.close()


QUESTION = r"approve this\? y, then Enter; anything else denies: "


@pytest.mark.parametrize(
    ("typed", "calls"), [("y\r", 1), ("yes\r", 1), ("n\r", 0), ("\r", 0), ("yn\r", 0), ("\x03", 0), ("yn\x7f\r", 1)]
)
def test_the_person_at_the_terminal_decides(refunds: Akios, terminals: list[Terminal], typed: str, calls: int) -> None:
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    person = terminal(refunds, terminals, "agent.py")
    seen = ""
    person.await_text(r"the agent waits for your word")
    seen = person.seen
    person.await_text(QUESTION)
    assert '"amount_usd": 15000' in seen
    time.sleep(READ_S)
    person.type(typed)
    person.await_text(r'"calls": \[\[' if calls else r'"calls": \[\]')
    assert person.status() == 0
    decided = next(record for record in refunds.audit() if record["type"] == "approval.decided")
    assert decided["decision"] == ("approve" if calls else "deny")
    assert decided["who"] == "root"


def test_a_launcher_that_is_killed_at_its_question_leaves_the_terminal_as_it_was(
    refunds: Akios, terminals: list[Terminal]
) -> None:
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    shell = start_under_a_shell(refunds, terminals, "--python", sys.executable, "agent.py")
    before = termios.tcgetattr(shell.fd)
    shell.await_text(QUESTION)
    kill_the_launcher(shell)
    assert termios.tcgetattr(shell.fd) == before


def test_what_was_typed_before_the_question_is_no_answer(refunds: Akios, terminals: list[Terminal]) -> None:
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    person = terminal(refunds, terminals, "agent.py")
    deadline = time.monotonic() + 20
    while "anything else denies" not in person.seen and time.monotonic() < deadline:
        person.type("y\r")  # meant for the agent
        try:
            person.await_text(QUESTION, 0.05)
            break
        except AssertionError:
            continue
    time.sleep(0.7)
    person.type("y\r")  # too soon to have read anything: the hand was on its way
    time.sleep(READ_S)
    assert not any(record["type"] == "approval.decided" for record in refunds.audit())
    person.type("n\r")
    person.await_text(r'"calls": \[\]')


def test_the_other_terminal_may_be_first_and_then_nobody_is_asked_any_more(
    refunds: Akios, terminals: list[Terminal]
) -> None:
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    person = terminal(refunds, terminals, "agent.py")
    person.await_text(QUESTION)
    (asked,) = waiting(refunds)
    approvals(refunds, "approve", asked["id"])
    person.await_text("decided elsewhere")
    person.await_text(r'"calls": \[\[')
    assert person.status() == 0


HOSTILE = """
import os, sys, threading, time, fcntl, termios
def draw():
    while True:
        os.write(1, b"DRAWN OVER\\r\\n\\x1b[2J\\x1b[1;1H")
        for fd in (0, 1, 2):
            try:
                fcntl.ioctl(fd, termios.TIOCSTI, b"y")
                fcntl.ioctl(fd, termios.TIOCSTI, b"\\n")
            except OSError:
                pass
        time.sleep(0.01)
threading.Thread(target=draw, daemon=True).start()
"""


def test_an_agent_can_neither_draw_over_the_question_nor_answer_it(refunds: Akios, terminals: list[Terminal]) -> None:
    refunds.file("agent.py", HOSTILE + AGENT.replace("STREAM", "True"))
    person = terminal(refunds, terminals, "agent.py")
    person.await_text("DRAWN OVER")
    person.await_text(QUESTION)
    time.sleep(1.5)
    try:
        person.await_text("DRAWN OVER", 0.1)
    except AssertionError:
        pass
    else:
        raise AssertionError("the agent wrote on the terminal while the question was shown")
    assert not any(record["type"] == "approval.decided" for record in refunds.audit())
    person.type("n\r")
    person.await_text("DRAWN OVER")
    person.await_text(r'"calls": \[\]')
    assert person.status() == 0


def test_where_the_agent_holds_the_persons_terminal_nothing_is_asked_on_it(
    refunds: Akios, terminals: list[Terminal]
) -> None:
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    words = " ".join(f"'{word}'" for word in refunds.command("agent.py", options=["--python", sys.executable]))
    terminals.append(Terminal(["/bin/sh", "-c", f"{words} < /dev/null"], refunds.workspace))
    (asked,) = eventually(lambda: waiting(refunds))
    time.sleep(0.5)
    approvals(refunds, "deny", asked["id"])
    terminals[0].await_text(r'"calls": \[\]')
    assert "your word" not in terminals[0].seen


@pytest.mark.parametrize(("typed", "calls"), [("y\r", 0), ("yes\r", 1), ("n\r", 0)])
def test_a_long_action_keeps_its_name_on_the_screen_and_y_is_not_enough_for_what_is_not_seen(
    refunds: Akios, terminals: list[Terminal], typed: str, calls: int
) -> None:
    arguments = {"amount_usd": 15000, **{f"line {number}": "x" for number in range(30)}}
    refunds.upstream.behaviour = Behaviour(calls=(ToolCall("issue_refund", arguments),))
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    person = terminal(refunds, terminals, "agent.py")
    question = r"approve all of it, unseen\? yes, then Enter; anything else denies: "
    shown = person.await_text(r"(?s)the agent waits for your word.*" + question)
    assert len(shown.splitlines()) <= 24
    assert "issue_refund" in shown
    (asked,) = waiting(refunds)
    assert f"more lines. To see them: akios approvals show {asked['id']}" in shown
    time.sleep(READ_S)
    person.type(typed)
    person.await_text(r'"calls": \[\[' if calls else r'"calls": \[\]')


def test_watch_shows_each_action_as_it_comes_and_goes(refunds: Akios) -> None:
    first = start(refunds)
    (asked,) = eventually(lambda: waiting(refunds))
    command = [AKIOS, "approvals", "list", "--watch", "--all", "--json", "--state-dir", str(refunds.state)]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert watching.stdout is not None
    try:
        assert json.loads(watching.stdout.readline())["state"] == "waiting"
        approvals(refunds, "deny", asked["id"])
        finish(refunds, first)
        assert json.loads(watching.stdout.readline())["state"] == "denied"
    finally:
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) == 130
        watching.stdout.close()


#: Asks a tool server and an ordinary one, and prints what they say.
CLIENT = """
import json, urllib.request, urllib.error
def post(url, document):
    request = urllib.request.Request(url, json.dumps(document).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [answer.status, json.load(answer)]
    except urllib.error.HTTPError as error:
        return [error.code, json.load(error)]
call = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "drop_table", "arguments": {}}}
print(json.dumps([
    post("https://tools.test/mcp", call),
    post("https://tools.test/mcp", {**call, "method": "tools/list"}),
    post("https://pay.test/v1/refunds", {"amount": 5}),
    post("https://pay.test/v1/refunds", {"amount": 5000}),
]))
"""


def test_requests_and_tools_of_servers_are_refused_in_the_words_of_each(akios: Akios) -> None:
    def site(request: Request) -> Response:
        return json_response({"jsonrpc": "2.0", "id": 7, "result": {"seen": request.target}})

    akios.upstream.sites.update({"tools.test": site, "pay.test": site})
    hosts = [{"host": host, "methods": ["POST"]} for host in ("tools.test", "pay.test")]
    http = {"hosts": ["pay.test"], "methods": ["POST"], "paths": ["/v1/refunds"]}
    rules = [
        {"tool": "drop_*", "action": "deny", "reason": "Nothing is dropped"},
        {"http": http, "when": "request.body.amount > 1000", "action": "deny", "reason": "Too much"},
    ]
    akios.policy({"network_access": {"allowlist": hosts}, "tools": rules})
    run = akios.python(CLIENT)
    dropped, listed, small, large = run.said
    assert dropped[0] == 200
    assert dropped[1]["id"] == 7
    assert dropped[1]["result"]["isError"] is True
    assert dropped[1]["result"]["content"] == [{"type": "text", "text": "Nothing is dropped"}]
    assert (listed[0], small[0], large[0]) == (200, 200, 403)
    assert large[1]["error"]["message"] == "Too much"
    assert [request.target for request in akios.upstream.requests()] == ["/mcp", "/v1/refunds"]
    assert run.report["tools"] == {"drop_table": {"deny": 1}}
    assert "1 tool call (1 refused)" in run.stderr


def test_a_rule_can_end_the_session_before_the_tool_runs(akios: Akios) -> None:
    network = {"allowlist": [{"host": "api.openai.com", "methods": ["POST"]}]}
    akios.policy({"network_access": network, "tools": [{"tool": "issue_*", "action": "terminate", "reason": "Never"}]})
    akios.upstream.behaviour = Behaviour(calls=(REFUND,))
    run = akios.python(AGENT.replace("STREAM", "True") + "import time; time.sleep(30)\n")
    assert run.status == 120
    assert (run.report["exit"]["code"], run.report["exit"]["reason"]) == ("tool_terminated", "Never")
    assert b"amount_usd" not in run.stdout


def test_a_question_is_asked_again_when_the_job_is_back_in_the_foreground(
    refunds: Akios, terminals: list[Terminal]
) -> None:
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    words = refunds.command("agent.py", options=["--python", sys.executable])
    refunds.file("begin.sh", " ".join(f"'{word}'" for word in words) + "\n")
    terminals.append(Terminal(["/bin/bash", "--norc", "--noprofile", "-i"], refunds.workspace))
    person = terminals[0]
    person.await_text("prompt> ")
    person.type(". ./begin.sh\n")
    person.await_text(QUESTION)
    (launcher,) = Path(f"/proc/{person.pid}/task/{person.pid}/children").read_text().split()
    os.kill(int(launcher), signal.SIGTSTP)
    person.await_text(r"(?s)Stopped.*prompt> ")
    person.type("echo the shell has its terminal\n")
    person.await_text(r"[\r\n]the shell has its terminal")
    person.type("fg\n")
    person.await_text(QUESTION)
    time.sleep(READ_S)
    person.type("y\r")
    person.await_text(r'"calls": \[\[')
    person.type("exit\n")


def test_nothing_is_asked_on_a_terminal_that_another_job_has(refunds: Akios, terminals: list[Terminal]) -> None:
    refunds.file("agent.py", AGENT.replace("STREAM", "True"))
    words = refunds.command("agent.py", options=["--python", sys.executable])
    refunds.file("begin.sh", " ".join(f"'{word}'" for word in words) + " < /dev/null > out.txt 2>&1 &\n")
    terminals.append(Terminal(["/bin/bash", "--norc", "--noprofile", "-i"], refunds.workspace))
    person = terminals[0]
    person.await_text("prompt> ")
    person.type(". ./begin.sh\n")
    eventually(lambda: waiting(refunds))
    time.sleep(0.5)
    person.type("echo mine\n")
    person.await_text(r"[\r\n]mine")
    assert "your word" not in person.seen
    person.type("fg\n")
    person.await_text(QUESTION)
    time.sleep(READ_S)
    person.type("y\r")
    person.await_text("prompt> ")
    assert '"calls": [[' in (refunds.workspace / "out.txt").read_text()
    person.type("exit\n")
