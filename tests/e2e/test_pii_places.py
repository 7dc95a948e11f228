"""Personal data in one place of a call after the other: what arrived from there is searched, however it is encoded.

One agent of each SDK tries all places in one session; each place is a test. Images and PDF are refused, as they are
where the policy says nothing of them.
"""

from __future__ import annotations

import json
import shutil
from typing import NamedTuple

import pytest

from akios_jail.demo.answer import Behaviour
from akios_jail.demo.local_server import Request
from tests.e2e import compiled
from tests.e2e.clients import AGENTS, ANTHROPIC, OPENAI, RESOURCES, Client
from tests.e2e.conftest import Akios, Run
from tests.e2e.personal import LISTED, VALUES, leaked
from tests.servers.providers import Providers

# What finds all kinds is compiled in a quarter of a minute, and in many times that on a machine with much else to do.
pytestmark = [pytest.mark.root, pytest.mark.timeout(600)]

CLIENTS = {
    "openai": Client("openai-places", "openai_places.py", OPENAI, ("OPENAI_API_KEY",)),
    "anthropic": Client("anthropic-places", "anthropic_places.py", ANTHROPIC, ("ANTHROPIC_API_KEY",)),
}
BOTH = """
system prompt; message; tool definition; tool call; tool result; tool result in JSON; JSON in JSON;
escapes that are no JSON; alt text of an image; file in a call; metadata; file upload; upload of a batch;
name of a file; header; cookie; user agent; referer
"""
OPENAI_ONLY = "image that is text; responses; embeddings; upload in another coding; upload of a table"
REFUSED = {
    "key": "pii_in_header",
    "name of a header": "pii_in_header",
    "URL": "pii_in_address",
    "path": "pii_in_address",
    "image": "pii_unreadable",
    "URL of an image": "pii_unreadable",
    "PDF in a call": "pii_unreadable",
    "PDF as an upload": "pii_unreadable",
    "image as a tool result": "pii_unreadable",
}


def places(names: str) -> list[str]:
    return [" ".join(name.split()) for name in names.split(";")]


PLACES = [(sdk, place) for sdk in CLIENTS for place in places(BOTH)] + [
    ("openai", each) for each in places(OPENAI_ONLY)
]


class Tried(NamedTuple):
    """All attempts of one agent."""

    run: Run
    requests: list[Request]

    def arrived(self, place: str) -> list[Request]:
        marked = f"x-place: {place}\r\n".lower().encode()
        return [request for request in self.requests if marked in request.raw.lower()]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tried]:
    """What came of the attempts, by SDK."""
    all_tried: dict[str, Tried] = {}
    for sdk, client in CLIENTS.items():
        folder = tmp_path_factory.mktemp(sdk)
        folder.chmod(0o755)
        with Providers() as server:
            akios = Akios(folder, server)
            server.behaviour = Behaviour(text="It is done.")
            for name, values in (("values.json", LISTED), ("anywhere.json", [*VALUES.values()])):
                akios.file(name, json.dumps(values))
            shutil.copy(AGENTS / "places.py", akios.workspace)
            rule = {"host": client.host, "methods": ["GET", "POST"]}
            governance = {"network_access": {"allowlist": [rule]}, "pii_handling": {"fields": [*LISTED]}}
            akios.policy(governance, resources=RESOURCES)
            compiled.kept(akios, LISTED)
            try:
                run = client.run(akios)
            finally:
                akios.end()
            all_tried[sdk] = Tried(run, server.requests())
    return all_tried


@pytest.mark.parametrize(("sdk", "place"), PLACES)
def test_nothing_listed_arrives_from(tried: dict[str, Tried], sdk: str, place: str) -> None:
    attempt = tried[sdk]
    assert attempt.run.status == 0, str(attempt.run)
    assert attempt.run.said[place] == "answered", attempt.run.denials()
    arrived = attempt.arrived(place)
    assert len(arrived) == 1
    assert leaked(arrived) == []
    assert (
        b"[EMAIL_1]" in arrived[0].raw + arrived[0].body
        or b"%5BEMAIL_1%5D" in arrived[0].body
        or place
        in (
            "file in a call",
            "image that is text",
            "upload in another coding",
        )
    )


@pytest.mark.parametrize("sdk", CLIENTS)
@pytest.mark.parametrize("place", REFUSED)
def test_what_could_not_be_replaced_is_not_sent_from(tried: dict[str, Tried], sdk: str, place: str) -> None:
    assert tried[sdk].run.said[place] == REFUSED[place]
    assert tried[sdk].arrived(place) == []


@pytest.mark.parametrize("sdk", CLIENTS)
def test_the_record_tells_no_value(tried: dict[str, Tried], sdk: str) -> None:
    run = tried[sdk].run
    words = json.dumps([run.audit, run.report], ensure_ascii=False) + run.stderr
    assert [value for value in LISTED.values() if value in words] == []
    assert run.report["pii_unread"] == {}


THINKING_AGENT = """
    import sys

    import anthropic

    client = anthropic.Anthropic(api_key="sk-test", max_retries=0)
    ask = dict(model="claude-sonnet-4-5", max_tokens=2000, thinking={"type": "enabled", "budget_tokens": 1024})
    messages = [{"role": "user", "content": "Whom do I write to?"}]
    for text in ("Go on.", "And then?"):
        if sys.argv[1] == "stream":
            with client.messages.stream(messages=messages, **ask) as stream:
                said = stream.get_final_message()
        else:
            said = client.messages.create(messages=messages, **ask)
        messages += [{"role": "assistant", "content": said.content}, {"role": "user", "content": text}]
    forged = [{"type": "thinking", "thinking": "ask joan.doe@clinic.org", "signature": "Zm9yZ2Vk"}]
    client.messages.create(messages=[*messages, {"role": "assistant", "content": forged}, messages[0]], **ask)
"""


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_what_a_model_thought_and_signed_goes_back_as_it_came_and_nothing_else(akios: Akios, how: str) -> None:
    thought = "They could write to the desk, desk@clinic.org, first."
    akios.upstream.behaviour = Behaviour(text="To the desk.", thinking=thought)
    akios.policy(
        {
            "network_access": {"allowlist": [{"host": "api.anthropic.com", "methods": ["POST"]}]},
            "pii_handling": {"mode": "redact_before_inference", "fields": ["email"]},
        },
        resources={"memory": "512MiB"},
    )
    run = akios.python(THINKING_AGENT, how)
    assert run.status == 0, run.stderr
    bodies = [json.loads(request.body) for request in akios.upstream.requests(ANTHROPIC)]
    thoughts = [
        block["thinking"]
        for message in bodies[-1]["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
        if block["type"] == "thinking"
    ]
    assert thoughts == [thought, thought, "ask [EMAIL_2]"]  # the first stands for the desk in the trace
