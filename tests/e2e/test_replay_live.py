"""A replay that goes on live sends nothing that needs a person's word: that was given once, for what was sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail.demo.answer import Behaviour
from akios_jail.demo.local_server import Request, Response, json_response
from tests.e2e.conftest import AKIOS, Akios, Run, eventually
from tests.e2e.test_approvals import AGENT as ASKS_A_MODEL
from tests.e2e.test_approvals import REFUND, approvals, waiting
from tests.e2e.test_approvals import govern as govern_refunds
from tests.e2e.test_replay import Replayed, replay, same
from tests.policy.signing import new_key

pytestmark = pytest.mark.root

PAY = "pay.example"
#: Looks up an account, and pays.
AGENT = """
import json, urllib.request
def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"https://pay.example{path}", data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            print(answer.status, answer.read().decode(), flush=True)
    except urllib.error.HTTPError as error:
        print(error.code, json.loads(error.read())["error"]["code"], flush=True)
ask("/account")
ask("/payments", {"to": "4821", "usd": 15000})
"""


@pytest.fixture
def payments(akios: Akios) -> list[str]:
    """What was asked of a bank, where a person must say yes to each payment."""
    asked: list[str] = []

    def bank(request: Request) -> Response:
        asked.append(request.target)
        return json_response({"done": len(asked)})

    akios.upstream.sites[PAY] = bank
    rule = {"http": {"hosts": [PAY], "methods": ["POST"]}, "action": "require_approval", "timeout": "60s"}
    network = {"allowlist": [{"host": PAY, "methods": ["GET", "POST"]}]}
    akios.policy({"network_access": network, "tools": [rule]})
    akios.file("agent.py", AGENT)
    return asked


def approved(akios: Akios) -> Run:
    """The agent runs, and somebody says yes."""
    process = akios.start("agent.py", options=["--python", sys.executable])
    ((wait),) = eventually(lambda: waiting(akios), what="an action that waits")
    approvals(akios, "approve", wait["id"])
    stdout, stderr = process.communicate(timeout=60)
    return akios.finished(process.returncode, stdout, stderr)


def live(akios: Akios, step: int) -> Replayed:
    options = [*akios.upstream.connect_to(443), "--cacert", str(akios.cacert)]
    return replay(akios, "--from", str(step), "--live", *options, plugged=True)


@pytest.mark.parametrize("step", [0, 1])
def test_what_was_approved_is_not_sent_again(akios: Akios, payments: list[str], step: int) -> None:
    run = approved(akios)
    assert payments == ["/account", "/payments"], str(run)
    again = live(akios, step)
    assert payments == ["/account", "/payments", *["/account"] * (step == 0)], again.said
    assert again.printed.decode().splitlines()[1] == "403 replay_not_decided", again.said


def test_what_was_approved_is_played_again(akios: Akios, payments: list[str]) -> None:
    run = approved(akios)
    again = live(akios, 2)
    assert again.printed == run.stdout, again.said
    assert payments == ["/account", "/payments"]


def test_a_tool_call_of_a_live_answer_is_not_approved_by_what_was_recorded(akios: Akios) -> None:
    govern_refunds(akios)
    akios.upstream.behaviour = Behaviour(text="Let me see.", calls=(REFUND,), output_tokens=9)
    akios.file("agent.py", ASKS_A_MODEL.replace("STREAM", "False"))
    run = approved(akios)
    assert run.said["calls"] == [["issue_refund", REFUND.arguments]], str(run)
    played = live(akios, 1)
    assert json.loads(played.printed)["calls"] == run.said["calls"], played.said
    again = live(akios, 0)
    assert json.loads(again.printed)["calls"] == [], again.said


def test_a_replay_is_a_session_that_costs_nothing(akios: Akios, payments: list[str]) -> None:
    akios.upstream.behaviour = Behaviour(text="yes", output_tokens=2000)
    akios.allow("api.openai.com")
    akios.file("agent.py", ASKS_A_MODEL.replace("STREAM", "False"))
    run = akios.run("agent.py", options=["--python", sys.executable])
    assert run.status == 0, str(run)
    assert replay(akios).status == 0
    command = [AKIOS, "sessions", "--state-dir", str(akios.state)]
    again, first = json.loads(subprocess.run([*command, "--json"], capture_output=True, check=True).stdout)
    assert (again["replay_of"], first["replay_of"]) == (first["session_id"], None)
    assert first["tokens_used"] > 0
    assert (again["tokens_used"], again["cost_usd"]) == (0, 0.0)
    assert f"replay of {first['session_id']}" in subprocess.run(command, capture_output=True, text=True).stdout


def test_a_policy_that_had_to_be_signed_has_to_be_for_what_is_sent(akios: Akios, tmp_path: Path) -> None:
    akios.policy()
    key = new_key(tmp_path)
    for words in (
        ["trust", f"{key}.pub", "--as", "alice@example.org", "--trusted-keys", "trusted"],
        ["sign", "--key", str(key)],
    ):
        done = subprocess.run([AKIOS, "policy", *words], cwd=akios.workspace, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    where = ["--policy", "policy.yaml", "--state-dir", str(akios.state)]
    signed = ["--require-signed", "--trusted-keys", "trusted"]
    run = akios.start(command=[AKIOS, "run", *where, *signed, "--", "/bin/true"])
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 0, stderr
    assert replay(akios, "--from", "0", "--live", plugged=True).status == 0
    (akios.workspace / "policy.yaml.sig").unlink()
    assert replay(akios).status == 0
    again = replay(akios, "--from", "0", "--live", plugged=True)
    assert again.status == 2
    assert "no signature" in again.said


def test_a_path_that_the_agent_could_change_can_be_changed_again_if_that_is_asked_for(akios: Akios) -> None:
    akios.policy()
    other = akios.folder / "other"
    other.mkdir()
    other.chmod(0o777)
    run = akios.shell(f"echo x >> {other}/out && echo written", options=["--rw", str(other)])
    assert run.stdout == b"written\n", str(run)
    again = replay(akios)
    assert (again.status, again.printed) == (0, b"written\n"), again.said
    assert (other / "out").read_text() == "x\n"
    again = replay(akios, "--rw", str(other))
    assert again.status == 0, again.said
    assert (other / "out").read_text() == "x\nx\n"


@pytest.mark.parametrize("access", ["ro", "rw"])
def test_what_a_replay_writes_lies_over_each_folder_that_the_agent_could_write_to(akios: Akios, access: str) -> None:
    out, note = akios.workspace / "out", akios.workspace / "note"
    out.mkdir(mode=0o755)
    note.write_text("was")
    filesystem = {"workspace": {"path": ".", "access": access}, "write": ["out"]}
    akios.policy(filesystem=filesystem)
    script = "ls out; echo mine > out/new; cat out/new; (echo no > note) 2>/dev/null; cat note; stat -c %a out"
    run = akios.shell(script)
    assert run.stdout == b"mine\n" + (b"was" if access == "ro" else b"no\n") + b"755\n", str(run)
    (out / "new").unlink()
    note.write_text("was")
    same(akios, run)
    assert list(out.iterdir()) == []
    assert note.read_text() == "was"
    assert list((akios.state / "replays").iterdir()) == []


def test_a_folder_that_the_command_line_made_writable_is_under_a_layer_in_a_replay(akios: Akios) -> None:
    akios.policy()
    run = akios.shell("ls; echo x > new && cat new", options=["--rw", ".", "--ro", "."])
    assert run.stdout.endswith(b"x\n"), str(run)
    (akios.workspace / "new").unlink()
    same(akios, run)
    assert not (akios.workspace / "new").exists()


def test_a_single_file_that_the_agent_could_write_to_is_read_only_in_a_replay(akios: Akios) -> None:
    akios.policy()
    file = akios.folder / "file"
    file.touch()
    file.chmod(0o666)
    run = akios.shell(f"echo x >> {file} && echo written", options=["--rw", str(file)])
    assert run.stdout == b"written\n", str(run)
    assert replay(akios).status == 1
    assert file.read_text() == "x\n"
