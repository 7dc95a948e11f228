"""Other SDKs and protocols replay, too, and agents whose keys stay in the broker need none for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.clients import CLIENTS, KEYS, LOOKS, RESOURCES, asks_for
from tests.e2e.conftest import Akios
from tests.e2e.test_replay import same

pytestmark = pytest.mark.root


def recorded(akios: Akios) -> bytes:
    """All that is on the disk so that sessions can be replayed."""
    folders = [akios.state / "broker" / "recordings", akios.state / "runs"]
    return b"".join(path.read_bytes() for folder in folders for path in Path(folder).iterdir())


@pytest.mark.parametrize(
    ("name", "words"),
    [("openai-responses", ["stream"]), ("openai-node", ["stream"]), ("google", []), ("bedrock", ["stream"])],
)
def test_an_agent_without_its_key(akios: Akios, name: str, words: list[str]) -> None:
    client = next(each for each in CLIENTS if each.name == name)
    akios.upstream.brain = asks_for(LOOKS)
    network = {"allowlist": [{"host": client.host, "methods": ["POST"]}]}
    akios.policy({"network_access": network, "credentials": [client.credential]}, resources=RESOURCES)
    run = client.run(akios, *words, brokered=True)
    assert run.status == 0, str(run)
    assert not [key for key in KEYS.values() if key.encode() in recorded(akios)]
    same(akios, run)
