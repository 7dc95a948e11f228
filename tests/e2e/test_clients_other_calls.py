"""What SDKs ask of providers beside conversations: embeddings, counting, and what nothing here can read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from akios_jail.demo.local_server import json_response
from tests.e2e.clients import ANTHROPIC, GOOGLE, OPENAI, RESOURCES
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root


def govern(akios: Akios, **governance: Any) -> None:
    allowlist = [{"host": host, "methods": ["GET", "POST"]} for host in (OPENAI, ANTHROPIC, GOOGLE)]
    akios.policy({"network_access": {"allowlist": allowlist}, **governance}, resources=RESOURCES)


def agent(akios: Akios, source: str) -> Run:
    return akios.python(f"import json, openai\nclient = openai.OpenAI(api_key='sk-test', max_retries=0)\n{source}")


EMBED = """
got = []
for what in ("one text", ["two texts", "of ada.winters@example.com"]):
    answer = client.embeddings.create(model="text-embedding-3-small", input=what)
    got.append([len(answer.data), answer.usage.total_tokens])
print(json.dumps(got))
"""


def test_embeddings_are_redacted_priced_and_bounded(akios: Akios) -> None:
    pii = {"mode": "redact_before_inference", "fields": ["email"]}
    govern(akios, budget={"max_cost_per_session": "$0.10"}, pii_handling=pii, monitoring="strict")
    run = agent(akios, EMBED)
    assert run.status == 0, str(run)
    bill = akios.upstream.usages
    assert run.said == [[1, bill[0].input_tokens], [2, bill[1].input_tokens]]
    assert not akios.upstream.saw("ada.winters@example.com")
    assert run.report["cost"]["input_tokens"] == sum(line.input_tokens for line in bill)
    assert run.report["calls"] == 2


def test_embeddings_beyond_the_budget_are_refused(akios: Akios) -> None:
    govern(akios, budget={"max_tokens_per_session": 60})
    run = agent(akios, EMBED.replace('"one text"', '"word " * 400'))
    assert run.status == 1
    assert "402" in run.stderr, str(run)
    assert akios.upstream.requests() == []


COUNT = """
import anthropic
from google import genai
said = [{"role": "user", "content": "how much is this?"}]
claude, gemini = anthropic.Anthropic(api_key="k", max_retries=0), genai.Client(api_key="k")
first = claude.messages.count_tokens(model="claude-sonnet-4-5", messages=said)
second = gemini.models.count_tokens(model="gemini-2.5-flash", contents="how much is this?")
print(json.dumps([first.input_tokens > 0, second.total_tokens > 0]))
"""


def test_counting_costs_nothing_even_where_there_is_no_money(akios: Akios) -> None:
    govern(akios, budget={"max_cost_per_session": "$0.00"}, monitoring="strict")
    run = agent(akios, COUNT)
    assert run.said == [True, True], str(run)
    assert run.report["cost"]["cost_usd"] == 0


UNREAD = """
told = {}
def ask(name, call):
    try:
        call()
        told[name] = 200
    except openai.APIStatusError as error:
        told[name] = [error.status_code, error.body["code"]]
ask("image", lambda: client.images.generate(model="gpt-image-1", prompt="a cat"))
ask("speech", lambda: client.audio.speech.create(model="tts-1", voice="alloy", input="hello"))
ask("batch", lambda: client.batches.create(input_file_id="f", endpoint="/v1/responses", completion_window="24h"))
ask("moderation", lambda: client.moderations.create(input="hello"))
ask("background", lambda: client.responses.create(model="gpt-4o", input="hello", background=True))
ask("models", lambda: client.models.list())
print(json.dumps(told))
"""


@pytest.mark.parametrize("governance", [{"monitoring": "strict"}, {"budget": {"max_cost_per_session": "$1.00"}}])
def test_what_nothing_here_can_read_is_refused_in_words_where_it_matters(
    akios: Akios, governance: dict[str, Any]
) -> None:
    govern(akios, **governance)
    run = agent(akios, UNREAD)
    assert run.status == 0, str(run)
    told = run.said
    assert told.pop("models") == 200, "what only fetches costs nothing"
    if "budget" in governance:
        assert told.pop("background")[0] == 403
    else:
        told.pop("background")
    code = "model_call_unreadable" if "budget" in governance else "model_call_opaque"
    assert {tuple(each) for each in told.values()} == {(403, code)}, told
    assert {request.target for request in akios.upstream.requests()} <= {"/v1/models", "/v1/responses"}


def test_elsewhere_it_passes_and_is_on_record_as_opaque(akios: Akios) -> None:
    real = akios.upstream.sites[OPENAI]
    image = {"created": 1, "data": [{"b64_json": "aGk="}]}
    akios.upstream.sites[OPENAI] = lambda request: json_response(image) if "images" in request.target else real(request)
    govern(akios)
    run = agent(akios, 'print(len(client.images.generate(model="gpt-image-1", prompt="a cat").data))')
    assert run.said == 1, str(run)
    [verdict] = [record for record in run.audit if record["type"] == "verdict"]
    assert verdict["call"]["opaque"] is True
    assert "opaque" in json.dumps(run.report)
