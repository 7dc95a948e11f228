"""No model receives personal data: SDKs put it wherever a call has room, and all that the provider got is searched."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest

from akios_jail.demo.answer import Behaviour
from tests.e2e import compiled, personal
from tests.e2e.clients import ANTHROPIC, OPENAI, RESOURCES, Client
from tests.e2e.conftest import Akios, Run
from tests.e2e.personal import LISTED, VALUES
from tests.e2e.test_budget import agent

# What finds all kinds is compiled in a quarter of a minute, and in many times that on a machine with much else to do.
pytestmark = [pytest.mark.root, pytest.mark.timeout(600)]

CRM = "internal-crm.corp"
OPENAI_AGENT = Client("openai-personal", "openai_personal.py", OPENAI, ("OPENAI_API_KEY",))
ANTHROPIC_AGENT = Client("anthropic-personal", "anthropic_personal.py", ANTHROPIC, ("ANTHROPIC_API_KEY",))
both_sdks = pytest.mark.parametrize("client", [OPENAI_AGENT, ANTHROPIC_AGENT], ids=lambda client: client.name)


def leaked(akios: Akios) -> list[str]:
    """The kinds of which a value stands anywhere in what any host received."""
    return personal.leaked(akios.upstream.requests())


def govern(akios: Akios, *hosts: str, mode: str = "redact_before_inference", **more: object) -> None:
    compiled.kept(akios, LISTED)
    akios.file("values.json", json.dumps(LISTED))
    akios.file("anywhere.json", json.dumps([*VALUES.values()]))
    akios.policy(
        {
            "network_access": {"allowlist": [{"host": host, "methods": ["GET", "POST"]} for host in hosts]},
            "pii_handling": {"mode": mode, "fields": [*LISTED], "unreadable": "pass", **more},
        },
        resources=RESOURCES,
    )


def told_nothing(run: Run) -> bool:
    """Neither the record nor the report nor what AKIOS says holds a value."""
    words = json.dumps([run.audit, run.report], ensure_ascii=False) + run.stderr
    return not [value for value in LISTED.values() if value in words]


@both_sdks
def test_no_part_of_a_call_brings_a_value_to_the_model(akios: Akios, client: Client) -> None:
    akios.upstream.behaviour = Behaviour(text="It is done.")
    govern(akios, client.host)
    run = client.run(akios)
    assert run.status == 0, str(run)
    assert len(akios.upstream.requests(client.host)) == 3
    assert leaked(akios) == []
    assert not run.denials(), str(run)
    assert told_nothing(run)
    assert run.report["pii_redacted"].keys() == LISTED.keys()
    assert run.report["pii_unread"] == ({"image/png": 1} if client is OPENAI_AGENT else {})


@both_sdks
def test_a_value_has_the_same_placeholder_wherever_it_stands(akios: Akios, client: Client) -> None:
    akios.upstream.behaviour = Behaviour(text="It is done.")
    govern(akios, client.host)
    assert client.run(akios).status == 0
    for prompt in akios.upstream.prompts():
        told = json.dumps(prompt)
        assert "[EMAIL_1]" in told
        assert "[EMAIL_2]" not in told


@both_sdks
def test_where_the_policy_blocks_nothing_is_sent_at_all(akios: Akios, client: Client) -> None:
    govern(akios, client.host, mode="block")
    run = client.run(akios)
    assert run.status != 0
    assert akios.upstream.requests(client.host) == []
    assert run.denials()[0]["code"] == "pii_blocked", str(run)
    assert told_nothing(run)


@both_sdks
def test_what_is_only_observed_arrives_and_is_counted(akios: Akios, client: Client) -> None:
    akios.upstream.behaviour = Behaviour(text="It is done.")
    govern(akios, client.host, mode="observe")
    run = client.run(akios)
    assert run.status == 0, str(run)
    assert set(leaked(akios)) == set(LISTED)
    assert told_nothing(run)


@pytest.mark.parametrize("host", [OPENAI, ANTHROPIC])
def test_the_address_of_a_request_to_a_model_brings_none(akios: Akios, host: str) -> None:
    govern(akios, host)
    kinds = ("email", "ssn", "credit_card")
    akios.file("addresses", "".join(f"https://{host}/v1/models?q={quote(LISTED[kind])}\n" for kind in kinds))
    run = akios.shell('while read -r address; do curl -sS "$address"; done < addresses')
    assert run.stdout.count(b"pii_in_address") == len(kinds), str(run)
    assert told_nothing(run)
    assert leaked(akios) == []
    assert akios.upstream.requests(host) == []


def test_files_their_names_and_header_fields_bring_none(akios: Akios) -> None:
    govern(akios, OPENAI)
    run = Client("uploads", "openai_uploads.py", OPENAI, ("OPENAI_API_KEY",)).run(akios)
    assert run.status == 0, str(run)
    assert {*run.said["files"]} <= {"received", "refused"}
    call = json.loads(akios.upstream.requests(OPENAI)[-1].body)
    assert call["messages"][0]["content"].startswith("email: [EMAIL_1]")
    assert leaked(akios) == []
    assert told_nothing(run)


def test_the_agent_reads_real_values_where_the_model_saw_stand_ins(akios: Akios) -> None:
    govern(akios, OPENAI, mode="pseudonymize")
    run = Client("uploads", "openai_uploads.py", OPENAI, ("OPENAI_API_KEY",)).run(akios)
    assert run.status == 0, str(run)
    assert leaked(akios) == []
    # The model repeats what it is told, and the agent finds its own values there.
    assert [value for value in LISTED.values() if value not in run.said["text"]] == []


def test_other_hosts_receive_none_where_the_policy_says_all_that_leaves(akios: Akios) -> None:
    govern(akios, "internal-crm.corp", scope=["egress"])
    akios.file("form", "&".join(f"{kind}={quote_plus(value)}" for kind, value in LISTED.items()))
    akios.file("note", "\n".join(VALUES.values()))
    script = """
    cp form note values.json /tmp; cd /tmp; value="$(head -1 note)"
    curl -sS -o /dev/null -d @form https://internal-crm.corp/customers
    curl -sS -o /dev/null -H 'Content-Type: application/json' -d @values.json https://internal-crm.corp/customers
    curl -sS -o /dev/null -F "note=@note" -F "card=<note" https://internal-crm.corp/customers
    curl -sS -o /dev/null -H "X-Note: $value" https://internal-crm.corp/customers
    curl -sS -o /dev/null -d @values.json https://internal-crm.corp/customers
    curl -sS -o /dev/null -H 'Content-Type:' --data-binary @note https://internal-crm.corp/customers
    curl -sS -o /dev/null -A "agent ($value)" -b "mail=$value" -e "https://a.test/?q=$value" https://internal-crm.corp/
    cp note "$value.csv"; curl -sS -o /dev/null -F "file=@$value.csv" https://internal-crm.corp/customers
    gzip -k note; curl -sS -o /dev/null -H 'Content-Encoding: gzip' --data-binary @note.gz https://internal-crm.corp/
    """
    run = akios.shell(script)
    assert run.status == 0, str(run)
    assert len(akios.upstream.requests("internal-crm.corp")) == 9, str(run)
    assert leaked(akios) == []
    assert told_nothing(run)


def test_other_hosts_receive_nothing_that_cannot_be_read_or_replaced(akios: Akios) -> None:
    govern(akios, CRM, scope=["egress"], unreadable="refuse")
    akios.file("note", "\n".join(VALUES.values()))
    akios.file("paper", b"%PDF-1.7 (" + LISTED["email"].encode() + b")")
    akios.file("words", bytes(range(256)) * 9)
    script = f"""
    cp note paper words /tmp; cd /tmp; gzip -k note
    curl -sS -H 'Content-Type: text/plain' --data-binary @paper https://{CRM}/1
    curl -sS -F file=@note.gz https://{CRM}/2
    curl -sS -H 'Content-Type:' --data-binary @words https://{CRM}/3
    curl -sS "https://{CRM}/4?q=$(head -1 note)"
    curl -sS "https://{CRM}/5/$(head -1 note)"
    curl -sS -H "X-$(sed -n 3p note): 1" https://{CRM}/6
    curl -sS -H 'Content-Encoding: br' --data-binary @note https://{CRM}/7
    curl -sS -H 'Connection: Upgrade' -H 'Upgrade: websocket' https://{CRM}/8
    """
    run = akios.shell(script)
    codes = ["pii_unreadable"] * 3 + ["pii_in_address"] * 2 + ["pii_in_header", "body_undecodable", "upgrade_refused"]
    assert [denial["code"] for denial in run.denials()] == codes, str(run)
    assert akios.upstream.requests() == []
    assert told_nothing(run)


def test_the_model_that_sums_a_session_up_is_told_no_value(akios: Akios) -> None:
    """What was pending is told by its address, and that may hold something where only models are kept from it."""
    limit = {"max_cost_usd": 0.1, "action_on_exceed": "terminate_with_summary"}
    flux = {"budgets": {"per_session": limit}, "summary": {"model": "gpt-4o-mini", "reserve_usd": 0.01}}
    head = {"apiVersion": "akios/v1", "kind": "FluxConfig", "metadata": {"name": "costs"}}
    akios.file("flux.yaml", json.dumps(head | {"spec": flux}))
    allowlist = [{"host": host, "methods": ["POST"]} for host in (OPENAI, CRM)]
    handling = {"fields": ["email"]}
    akios.policy({"network_access": {"allowlist": allowlist}, "pii_handling": handling, "flux": "./flux.yaml"})
    akios.upstream.behaviour = Behaviour(output_tokens=2000)
    unfinished = f"POST /customers/{LISTED['email']} HTTP/1.1\r\nHost: {CRM}\r\nContent-Length: 9\r\n\r\n"
    lines = ["import socket, ssl, time", f"plain = socket.create_connection(({CRM!r}, 443))"]
    lines += [f"pending = ssl.create_default_context().wrap_socket(plain, server_hostname={CRM!r})"]
    lines += [f"pending.sendall({unfinished.encode()!r})", agent(20, 1, max_tokens=2000), "time.sleep(30)"]
    run = akios.python("\n".join(lines))
    assert run.status == 120, str(run)
    summary = run.report["summary"]
    assert summary["pending"], str(run)
    assert f"POST {CRM}/customers/[EMAIL_1]" in summary["text"], summary  # the server echoes
    assert personal.leaked(akios.upstream.requests(OPENAI)) == []
