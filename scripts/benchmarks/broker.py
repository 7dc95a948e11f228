"""A model call through the broker, all stages on, beside the bare upstream and mitmproxy.

The same agent makes the same call on a kept connection, one at a time and in turns: straight to a local model server,
through `mitmdump` as a bare relay (no addon, no policy), and in jails. Every jail's policy puts each verdict durably on
record; the first also redacts personal data and keeps three budgets, the second has every stage on: the model is routed
by how hard the task is, a budget of the day is kept on disk, the broker puts the key in, and the answer's tool call
is judged by rules. What is added is each turn's difference to its bare call. `--each` adds the stages one by one.

Afterwards all make streamed calls, whose answers have 200 pieces: how long until the first byte where a piece comes
every millisecond, and how long until the last where all come as fast as they can be sent.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from akios_jail.demo.answer import Behaviour, ToolCall
from akios_jail.demo.model_server import ModelServer

_HOST = "api.openai.com"
_CALLER = Path(__file__).with_name("_caller.py")
_WARM_UP = 30
_PIECES = 200
_GOVERNANCE: dict[str, Any] = {
    "network_access": {
        "allowlist": [
            {"host": _HOST, "methods": ["POST"], "paths": ["/v1/**"], "when": 'request.method == "POST"'},
        ]
    },
}
#: What each stage needs in a policy, in the order in which `--each` adds them.
_STAGES: dict[str, dict[str, Any]] = {
    "record": {},
    "redaction": {"pii_handling": {"mode": "redact_before_inference", "fields": ["email", "phone", "ssn"]}},
    "budgets": {
        "budget": {
            "max_tokens_per_minute": 1_000_000_000,
            "max_tokens_per_session": 1_000_000_000,
            "max_cost_per_session": "$100000.00",
        }
    },
    "credential": {"credentials": [{"name": "openai", "hosts": [_HOST], "env": "OPENAI_API_KEY"}]},
    "tools": {
        "tools": [
            {"tool": "issue_*", "when": "args.amount_usd > 100.0", "action": "deny", "reason": "A person's decision"},
            {"tool": "get_order", "when": 'args.order_id == ""', "action": "deny", "reason": "There is no such order"},
        ]
    },
    "routing": {
        "flux": {"model_routing": {"rules": [{"condition": 'task.complexity == "lookup"', "model": "gpt-4o-mini"}]}}
    },
    "day budget": {"flux": {"budgets": {"per_day": {"max_cost_usd": 100000.0}}}},
}
_FIRST = ("record", "redaction", "budgets")


class Agent(NamedTuple):
    """A running caller, and its calls in seconds: whole ones, streams until their first byte, streams to their end."""

    name: str
    process: subprocess.Popen[str]
    seconds: list[float]
    first: list[float]
    streamed: list[float]

    def call(self, kind: str = "") -> tuple[float, float]:
        """One call: seconds until the first byte of its answer's body, and its end. `RuntimeError` if it was not
        answered well."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{kind}\n")
        self.process.stdin.flush()
        told = self.process.stdout.readline().strip()
        try:
            first, end = map(float, told.split())
            return first, end
        except ValueError:
            raise RuntimeError(f"{self.name}: the call failed: {told or 'the agent ended'}") from None


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--calls", type=int, default=500, metavar="N", help="timed calls of each (default: 500)")
    parser.add_argument("--each", action="store_true", help="a jail for every stage that is added")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--mitmdump", metavar="PATH", help="the mitmdump program (default: the one in PATH, or from pip)"
    )


def run(chosen: argparse.Namespace) -> int:
    """Measure and print."""
    missing: list[str] = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="akios-bench-")))
        call = ToolCall("get_order", {"order_id": "4821"})
        behaviour = Behaviour(text="Done.", calls=(call,), input_tokens=500, output_tokens=20)
        server = stack.enter_context(ModelServer(behaviour))
        (folder / "ca.pem").write_bytes(server.authority.pem)
        try:
            agents = [
                _start(stack, "bare upstream", [sys.executable, *_caller(_CALLER, server.port, folder / "ca.pem")])
            ]
            mitmdump = chosen.mitmdump or shutil.which("mitmdump") or _install_mitmproxy(folder)
            if mitmdump is None:
                missing.append("mitmproxy: left out, it is not installed, and pip could not (it needs Python 3.12)")
            else:
                agents.append(_through_mitmproxy(stack, mitmdump, folder, server.port))
            agents += [
                _governed(stack, folder, server.port, name, stages)
                for name, stages in (_one_by_one() if chosen.each else _two()).items()
            ]
            _interleaved(agents, chosen.calls)
            stream = Behaviour(text="It is on its way. " * _PIECES, calls=(call,), chunks=_PIECES)
            server.behaviour = replace(stream, chunk_delay_s=0.001)
            for firsts in _streamed(agents, max(1, chosen.calls // 10)):
                for agent, (first, _) in zip(agents, firsts, strict=True):
                    agent.first.append(first)
            server.behaviour = stream
            for ends in _streamed(agents, max(1, chosen.calls // 5)):
                for agent, (_, end) in zip(agents, ends, strict=True):
                    agent.streamed.append(end)
        except RuntimeError as error:
            print(f"scripts/bench broker: {error}", file=sys.stderr)
            return 1
    rows = [_row(agent, agents[0]) for agent in agents]
    if chosen.json:
        print(json.dumps({"figures": rows, "missing": missing}, indent=2))
    else:
        print(_table(rows))
        print("\n".join(missing))
    return 0


def _interleaved(agents: list[Agent], calls: int) -> None:
    for number in range(_WARM_UP + calls):
        for agent in agents:
            _, taken = agent.call()
            if number >= _WARM_UP:
                agent.seconds.append(taken)


def _streamed(agents: list[Agent], calls: int) -> Iterator[list[tuple[float, float]]]:
    """What `Agent.call` tells of each agent's streamed call, turn by turn."""
    for number in range(_WARM_UP // 10 + calls):
        told = [agent.call("stream") for agent in agents]
        if number >= _WARM_UP // 10:
            yield told


def _caller(program: Path, port: int, ca: Path) -> list[str]:
    return [str(program), "127.0.0.1", str(port), str(ca)]


def _start(stack: contextlib.ExitStack, name: str, command: list[str], cwd: Path | None = None) -> Agent:
    environment = {**os.environ, "OPENAI_API_KEY": "sk-bench"}
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    stack.callback(_stop, process)
    return Agent(name, process, [], [], [])


def _stop(process: subprocess.Popen[str]) -> None:
    """The end of its input is the end of a caller."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    else:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _two() -> dict[str, tuple[str, ...]]:
    return {"akios, redaction and budgets": _FIRST, "akios, all stages": tuple(_STAGES)}


def _one_by_one() -> dict[str, tuple[str, ...]]:
    names = tuple(_STAGES)
    return {f"akios, with {name}": names[: number + 1] for number, name in enumerate(names)}


def _manifest(kind: str, spec: dict[str, Any]) -> str:
    """A manifest; JSON is YAML."""
    return json.dumps({"apiVersion": "akios/v1", "kind": kind, "metadata": {"name": "bench"}, "spec": spec})


def _governed(stack: contextlib.ExitStack, folder: Path, port: int, name: str, stages: tuple[str, ...]) -> Agent:
    work = folder / name.replace(" ", "-")
    work.mkdir()
    folder.chmod(0o755)
    governance: dict[str, Any] = dict(_GOVERNANCE)
    flux: dict[str, Any] = {}
    for stage in stages:
        wanted = dict(_STAGES[stage])
        flux |= wanted.pop("flux", {})
        governance |= wanted
    if flux:
        governance["flux"] = "flux.yaml"
        (work / "flux.yaml").write_text(_manifest("FluxConfig", flux))
    (work / "policy.yaml").write_text(_manifest("AgentPolicy", {"governance": governance}))
    shutil.copy(_CALLER, work / "caller.py")
    akios = str(Path(sys.executable).with_name("akios"))
    upstream = ["--connect-to", f"{_HOST}:443:127.0.0.1:{port}", "--cacert", str(folder / "ca.pem")]
    state = str(folder / f"state-{work.name}")
    command = [akios, "run", "--quiet", "--policy", "policy.yaml", "--state-dir", state, *upstream]
    return _start(stack, name, [*command, "caller.py", _HOST, "443"], work)


def _through_mitmproxy(stack: contextlib.ExitStack, mitmdump: str, folder: Path, upstream: int) -> Agent:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    state = folder / "mitmproxy"
    mode = ["--mode", f"reverse:https://127.0.0.1:{upstream}", "--listen-host", "127.0.0.1", "--listen-port", str(port)]
    settings = ["confdir=" + str(state), "ssl_insecure=true", "keep_host_header=true", "http2=false"]
    command = [mitmdump, "--quiet", *mode, *(word for setting in settings for word in ("--set", setting))]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True)
    stack.callback(_stop, process)
    ca = state / "mitmproxy-ca-cert.pem"
    for _ in _waiting(30):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            if ca.exists():
                return _start(stack, "mitmproxy, bare relay", [sys.executable, *_caller(_CALLER, port, ca)])
        if process.poll() is not None:
            break
    raise RuntimeError("mitmdump did not begin to listen")


def _waiting(seconds: float) -> Iterator[None]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(0.05)


def _install_mitmproxy(folder: Path) -> str | None:
    """Its current release, in an environment of its own that goes with the folder."""
    python = next((found for name in ("python3.13", "python3.12") if (found := shutil.which(name))), None)
    if python is None:
        return None
    home = folder / "mitmproxy-venv"
    for command in ([python, "-m", "venv", str(home)], [str(home / "bin" / "pip"), "install", "-q", "mitmproxy"]):
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600, check=False)
        if done.returncode != 0:
            return None
    return str(home / "bin" / "mitmdump")


def _row(agent: Agent, bare: Agent) -> dict[str, object]:
    """Milliseconds: median and 99th percentile of the calls, and of what each took more than its turn's bare call."""
    row: dict[str, object] = {"name": agent.name, "calls": len(agent.seconds)}
    kinds = {
        "": (agent.seconds, bare.seconds),
        "first_byte_": (agent.first, bare.first),
        "stream_": (agent.streamed, bare.streamed),
    }
    for kind, (seconds, others) in kinds.items():
        figures = {"p50_ms": _at(seconds, 0.5), "p99_ms": _at(seconds, 0.99)}
        if agent is not bare:
            added = [one - other for one, other in zip(seconds, others, strict=True)]
            figures |= {"added_p50_ms": statistics.median(added), "added_p99_ms": _at(added, 0.99)}
        row |= {kind + name: round(value * 1000, 2) for name, value in figures.items()}
    return row


def _at(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(share * (len(seconds) - 1))]


_COLUMNS = ("p50_ms", "p99_ms", "added_p50_ms", "added_p99_ms")
_TITLES = {
    "": "a whole answer",
    "first_byte_": "the first byte of a stream",
    "stream_": f"{_PIECES} pieces at once",
}


def _table(rows: list[dict[str, object]]) -> str:
    width = max(len(text) for text in (*_TITLES.values(), *(str(row["name"]) for row in rows)))
    lines: list[str] = []
    for kind, title in _TITLES.items():
        lines.append(f"{title:{width}}  {'p50':>8}  {'p99':>8}  {'added p50':>10}  {'added p99':>10}   (milliseconds)")
        for row in rows:
            cells = [f"{row.get(kind + name, ''):>{8 if at < 2 else 10}}" for at, name in enumerate(_COLUMNS)]
            lines.append(f"{row['name']!s:{width}}  {'  '.join(cells)}".rstrip())
        lines.append("")
    return "\n".join(lines)
