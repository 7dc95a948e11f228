"""A recorded agent runs again without any network, and does the same; or the first difference is shown."""

from __future__ import annotations

import json
import subprocess
from typing import Any, NamedTuple

import pytest

from tests.e2e.clients import RESOURCES
from tests.e2e.conftest import AKIOS, Akios, Run, _plain_environment
from tests.e2e.test_trace_graphs import TEAMS, team

pytestmark = pytest.mark.root


class Replayed(NamedTuple):
    """What came of an `akios replay`, and what the agent printed in it."""

    status: int
    found: dict[str, Any]
    printed: bytes
    said: str


def replay(akios: Akios, *options: str, typed: bytes = b"", plugged: bool = False) -> Replayed:
    """Replay the session there is, without any key, and where there is no network interface at all unless `plugged`."""
    apart = [] if plugged else ["unshare", "--net"]
    command = [*apart, AKIOS, "replay", *options, "--state-dir", str(akios.state)]
    names = ("OPENAI", "ANTHROPIC", "GEMINI", "AWS")
    environment = {name: value for name, value in _plain_environment().items() if not name.startswith(names)}
    done = subprocess.run(command, input=typed, capture_output=True, timeout=120, check=False, env=environment, cwd="/")
    found = json.loads(done.stdout) if "--json" in options and done.stdout else {}
    return Replayed(done.returncode, found, done.stdout, done.stderr.decode(errors="replace"))


def same(akios: Akios, run: Run, *options: str) -> Replayed:
    """Replay it: it does the same, prints the same, and nobody is asked."""
    asked = len(akios.upstream.received)
    again = replay(akios, *options)
    assert again.status == 0, again.said
    assert again.printed == run.stdout, again.said
    assert len(akios.upstream.received) == asked
    return again


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("anthropic", []),
        ("anthropic", ["stream"]),
        ("langchain-anthropic", ["stream"]),
        ("langchain-openai", []),
        ("langchain-responses", ["stream"]),
    ],
)
def test_a_team_with_a_retry_a_sub_agent_and_a_compaction(akios: Akios, name: str, words: list[str]) -> None:
    client = next(each for each in TEAMS if each.name == name)
    akios.upstream.brain = team(client.name == "anthropic")
    akios.policy({"network_access": {"allowlist": [{"host": client.host, "methods": ["POST"]}]}}, resources=RESOURCES)
    run = client.run(akios, *words)
    assert run.status == 0, str(run)
    assert len(akios.upstream.received) > 5
    same(akios, run)
