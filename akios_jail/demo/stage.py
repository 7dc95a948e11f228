"""Sets the demo's stage, lets `akios run` play on it, and collects what everyone saw.

The stage is a temporary folder (a workspace with customer data, a "home" beside it with a private key) and the local
model server. The run itself is the ordinary command in a process of its own: the demo has no way in that a person has
not.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from akios_jail.audit import leaf
from akios_jail.audit.tiles import Tiles
from akios_jail.demo.customers import as_json_lines
from akios_jail.demo.model_server import Behaviour, ModelServer

#: What the model claims to have written in an answer to the overspending calls; gpt-4o then costs about 2 cents a call.
_OUTPUT_TOKENS = 2000


class Seen(NamedTuple):
    """What is known after the run: from the agent, from the run report, from the audit and from the model server."""

    status: int
    attempts: list[dict[str, Any]]  # the agent's own words, one for each attempt
    report: dict[str, Any]
    audit: dict[int, dict[str, Any]]  # this session's records by their place in the log
    audit_path: str
    prompts: list[dict[str, Any]]  # the model calls that arrived, as JSON
    reached: list[str]  # "METHOD https://host/path" of everything that arrived upstream
    bill: list[tuple[str, int, int]]  # model, input and output tokens of each call, by the provider's count
    stderr: str


def play(state_dir: Path | None, on_attempt: Callable[[dict[str, Any]], None]) -> Seen:
    """Run the demo's agent in the jail; `on_attempt` is called with each of its lines as it prints them."""
    folder = Path(tempfile.mkdtemp(prefix="akios-demo-"))
    try:
        with ModelServer(Behaviour(output_tokens=_OUTPUT_TOKENS)) as server:
            return _play(folder, server, state_dir, on_attempt)
    finally:
        shutil.rmtree(folder)


def _play(
    folder: Path, server: ModelServer, state_dir: Path | None, on_attempt: Callable[[dict[str, Any]], None]
) -> Seen:
    workspace, key, report = folder / "workspace", folder / "home" / ".ssh" / "id_ed25519", folder / "report.json"
    folder.chmod(0o755)  # the agent is another user than root; what it may see, the policy says
    workspace.mkdir()
    key.parent.mkdir(parents=True)
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nnot a real one\n-----END OPENSSH PRIVATE KEY-----\n")
    for name in ("agent.py", "policy.yaml"):
        (workspace / name).write_text(resources.files("akios_jail.demo").joinpath(name).read_text())
    (workspace / "customers.jsonl").write_text(as_json_lines())
    (folder / "upstream-ca.pem").write_bytes(server.authority.pem)

    command = [sys.executable, "-m", "akios_jail", "run", "--policy", "policy.yaml", "--report", str(report)]
    command += [*server.connect_to(), "--cacert", str(folder / "upstream-ca.pem"), "--python", sys.executable]
    command += ["--name", "demo", *(["--state-dir", str(state_dir)] if state_dir else [])]
    attempts: list[dict[str, Any]] = []
    with (folder / "stderr").open("w+") as stderr:
        with subprocess.Popen(
            [*command, "agent.py", str(key)],
            cwd=workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                attempts.append(json.loads(line))
                on_attempt(attempts[-1])
        stderr.seek(0)
        said = stderr.read()
    document = json.loads(report.read_text() or "{}") if report.exists() else {}
    record = document.get("audit", {})
    return Seen(
        status=process.returncode,
        attempts=attempts,
        report=document,
        audit=_records(record, str(document.get("session_id", ""))),
        audit_path=str(record.get("path", "")),
        prompts=server.prompts(),
        reached=[f"{r.method} {r.scheme}://{r.host}{r.target}" for r in server.requests()],
        bill=[(usage.model, usage.input_tokens, usage.output_tokens) for usage in server.usages],
        stderr=said,
    )


def budget_usd() -> Decimal:
    """What the demo's policy allows a session to cost."""
    policy = yaml.safe_load(resources.files("akios_jail.demo").joinpath("policy.yaml").read_text())
    return Decimal(policy["spec"]["governance"]["budget"]["max_cost_per_session"].removeprefix("$"))


def _records(audit: dict[str, Any], session: str) -> dict[int, dict[str, Any]]:
    """The records of one session out of the machine's log, as the run report tells where they are."""
    if audit.get("first") is None:
        return {}
    found = {}
    for index, entry in Tiles(audit["path"]).read(audit["first"], audit["last"] + 1):
        record = leaf.decode(entry)
        if record.session == session:
            found[index] = {"type": record.type, **record.fields}
    return found
