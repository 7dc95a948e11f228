"""What a session leaves so that it can be replayed: what went out and came back, and nothing that may not lie there."""

from __future__ import annotations

import json

import pytest

from akios_jail.demo.answer import Behaviour
from akios_jail.demo.local_server import Request, Response, json_response
from akios_jail.radar import recording
from akios_jail.radar.recorded import MASK, Exchange
from tests.e2e.clients import CLIENTS
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

ASKS = """
    import json, sys, urllib.request
    body = json.dumps({"name": "Ada", "mail": "ada.lovelace@example.com"}).encode()
    fields = {"Content-Type": "application/json", "Authorization": "Bearer sk-mine-1234567890"}
    url = "https://internal-crm.corp/orders?api_key=secret-77&id=4821"
    with urllib.request.urlopen(urllib.request.Request(url, body, fields)) as answer:
        print(answer.read().decode())
"""


def exchanges(akios: Akios) -> list[Exchange]:
    folder = str(akios.state / "broker" / "recordings")
    (session,) = recording.sessions(folder)
    with recording.opened(folder, session) as kept:
        return list(kept.exchanges())


def everything(akios: Akios) -> bytes:
    return b"".join(path.read_bytes() for path in (akios.state / "broker" / "recordings").iterdir())


def test_a_model_call_is_kept_as_it_went_out_and_came_back(akios: Akios) -> None:
    client = next(each for each in CLIENTS if each.name == "anthropic")
    akios.upstream.brain = lambda question: Behaviour(text="Nothing is open.")
    akios.allow(client.host)
    assert client.run(akios).status == 0
    (first, *_) = exchanges(akios)
    assert (first.kind, first.host, first.method, first.status) == ("http", client.host, "POST", 200)
    assert first.call is not None
    assert first.call["provider"] == "anthropic"
    assert first.verdict["decision"] == "allow"
    (attempt,) = first.attempts
    assert attempt.request == first.body
    assert json.loads(first.body or b"")["messages"]
    assert attempt.status == 200
    assert b"Nothing is open." in (attempt.response or b"")


def test_keys_and_personal_data_are_not_on_the_disk(akios: Akios) -> None:
    akios.upstream.sites["internal-crm.corp"] = lambda request: json_response({"seen": "ada.lovelace@example.com"})
    akios.policy(
        {
            "network_access": {"allowlist": [{"host": "internal-crm.corp", "methods": ["POST"]}]},
            "pii_handling": {"mode": "observe", "fields": ["email"]},
        }
    )
    run = akios.python(ASKS)
    assert run.status == 0, str(run)
    assert b"ada.lovelace@example.com" in run.stdout
    (asked,) = exchanges(akios)
    assert asked.query == f"api_key={MASK}&id=4821"
    assert dict(asked.headers)["Authorization"] == MASK
    assert json.loads(asked.body or b"")["mail"] == "[EMAIL_1]"
    assert json.loads(asked.attempts[0].response or b"") == {"seen": "[EMAIL_1]"}
    assert not [word for word in (b"lovelace", b"secret-77", b"sk-mine") if word in everything(akios)]


def test_what_was_refused_and_what_failed_is_kept(akios: Akios) -> None:
    def breaks(_: Request) -> Response:
        return Response(200, (), b"only this", declared_length=100, cut=True)

    akios.upstream.sites["internal-crm.corp"] = breaks
    akios.allow("internal-crm.corp", methods=("GET",))
    run = akios.python("""
        import contextlib, socket, urllib.request
        for method in ("POST", "GET"):
            with contextlib.suppress(Exception):
                request = urllib.request.Request("https://internal-crm.corp/x", method=method)
                urllib.request.urlopen(request).read()
        with contextlib.suppress(OSError):
            socket.getaddrinfo("nobody.example", 443)
        with contextlib.suppress(OSError):
            socket.create_connection(("203.0.113.7", 443), 3)
    """)
    assert run.status == 0, str(run)
    kept = exchanges(akios)
    assert [each.number for each in kept] == list(range(1, len(kept) + 1))
    refused, broken = [each for each in kept if each.kind == "http"]
    assert (refused.verdict["code"], refused.status, refused.attempts) == ("method_not_allowed", 403, ())
    assert broken.attempts[0].failure is not None
    assert broken.attempts[0].failure["code"] == "upstream_cut"
    assert broken.attempts[0].response == b"only this"
    assert "nobody.example" in [each.host for each in kept if each.kind == "dns"]
    assert ("203.0.113.7", 443) in [(each.host, each.port) for each in kept if each.kind == "packet"]
