"""The founding document's first policy, as it stands, governs a real program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.conftest import FOUNDING_POLICY, Akios

pytestmark = pytest.mark.root

EMAIL, PHONE, SSN = "ada.winters@example.com", "(212) 555-0147", "536-22-8145"

REQUEST = """
import json, os, sys, http.client, ssl
os.environ["RES_OPTIONS"] = "timeout:30"  # where a busy machine keeps the answer, it is waited for
def request(method, host, path="/", body=None, headers={}):
    try:
        connection = http.client.HTTPSConnection(host, timeout=20)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return [answer.status, json.loads(answer.read() or b"null")]
    except OSError as error:
        return [type(error).__name__, str(error)]
"""

PROBE = """
import json, os, socket
os.environ["RES_OPTIONS"] = "timeout:30"  # as above
def probe(attempt):
    try:
        attempt()
    except socket.gaierror as error:  # told that there is no such name, not left without an answer
        return "no such name" if error.errno == socket.EAI_NONAME else f"gaierror {error.errno}"
    except OSError as error:
        return type(error).__name__
    return "went out"
"""


def talk(akios: Akios, *calls: str) -> Any:
    """Make these calls of `request` in the jail; [status or error, JSON or text] for each."""
    run = akios.python(REQUEST + f"\nprint(json.dumps([{', '.join(calls)}]))\n")
    assert run.status == 0, run
    return run.said, run


def test_the_policy_is_the_one_of_the_founding_document() -> None:
    assert '- host: "api.openai.com"\n          methods: ["POST"]' in FOUNDING_POLICY.read_text()


def test_a_post_reaches_the_model_with_email_phone_and_ssn_replaced(akios: Akios) -> None:
    text = f"Write to {EMAIL}, call {PHONE}, she is {SSN}; her order is 88213."
    run = akios.python(
        f"""
        import openai
        client = openai.OpenAI(api_key="sk-test", max_retries=0)
        question = [{{"role": "user", "content": {text!r}}}]
        client.chat.completions.create(model="gpt-4o-mini", messages=question)
        """
    )
    assert run.status == 0, run
    seen = akios.upstream.prompts()[0]["messages"][0]["content"]
    assert "her order is 88213" in seen
    for personal in (EMAIL, PHONE, SSN):
        assert not akios.upstream.saw(personal)
    assert run.report["pii_redacted"] == {"email": 1, "phone": 1, "ssn": 1}
    assert EMAIL not in json.dumps(run.audit), "the audit holds counts, not the data itself"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("request('GET', 'api.openai.com', '/v1/models')", "method_not_allowed"),
        ("request('DELETE', 'api.openai.com', '/v1/files/1')", "method_not_allowed"),
        ("request('POST', 'internal-crm.corp', '/customers/4821', '{}')", "method_not_allowed"),
    ],
)
def test_a_method_that_the_policy_does_not_name_is_refused_with_the_reason(akios: Akios, call: str, code: str) -> None:
    [[status, body]], run = talk(akios, call)
    assert status == 403
    assert body["error"]["type"] == "akios_denied"
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert body["error"]["request_id"]
    assert not akios.upstream.requests()
    assert [denial["code"] for denial in run.report["denials"]] == [code]
    assert code in json.dumps(run.audit)


def test_a_get_reaches_the_crm(akios: Akios) -> None:
    [[status, body]], _ = talk(akios, "request('GET', 'internal-crm.corp', '/customers/4821')")
    assert (status, body["email"]) == (200, EMAIL)


def test_no_other_name_has_an_address(akios: Akios) -> None:
    run = akios.python(
        PROBE
        + """
names = ["example.com", "openai.com", "evil.api.openai.com", "api.openai.com.evil.example", "metadata.google.internal"]
print(json.dumps([probe(lambda: socket.getaddrinfo(name, 443)) for name in names]))
"""
    )
    assert run.said == ["no such name"] * 5, run
    assert "example.com" in json.dumps(run.audit)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("93.184.215.14", 443),
        ("8.8.8.8", 53),
        ("169.254.169.254", 80),
        ("10.0.0.1", 22),
        ("198.18.0.10", 22),
        ("198.18.200.1", 443),
        ("2606:4700:4700::1111", 443),
        ("fd00::1", 443),
        ("fe80::1%lo", 443),
    ],
)
def test_a_literal_address_is_refused_at_once_and_on_record(akios: Akios, address: str, port: int) -> None:
    run = akios.python(
        PROBE + f"print(json.dumps(probe(lambda: socket.create_connection(({address!r}, {port}), timeout=20))))"
    )
    if port == 53:
        return  # answered by the jail's own DNS, whatever address it is sent to
    assert run.said == "ConnectionRefusedError", run  # and no timeout
    records = [r for r in run.audit if address.split("%")[0] in json.dumps(r) and str(port) in json.dumps(r)]
    assert records, run.audit


def test_a_loopback_service_of_the_host_is_out_of_reach(akios: Akios) -> None:
    port = akios.upstream.plain_port
    run = akios.python(
        PROBE
        + f"""
hosts = ["127.0.0.1", "localhost", "0.0.0.0", "::1", "127.8.8.8"]
print(json.dumps([probe(lambda: socket.create_connection((host, {port}), timeout=20)) for host in hosts]))
"""
    )
    assert run.said == ["ConnectionRefusedError"] * 5, run
    assert akios.upstream.connections == 0


def test_udp_raw_sockets_and_icmp_do_not_leave(akios: Akios) -> None:
    run = akios.python(
        PROBE
        + """
def udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(5)
        sender.connect(("93.184.215.14", 443))
        for _ in range(3):
            sender.send(b"out")
        sender.recv(100)
def icmp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sender:
        sender.settimeout(5)
        sender.sendto(b"\\x08\\x00\\xf7\\xff\\x00\\x00\\x00\\x00", ("8.8.8.8", 0))
        sender.recv(100)
def kind(*arguments):
    return lambda: socket.socket(*arguments).close()
print(json.dumps({
    "udp": probe(udp),
    "icmp": probe(icmp),
    "raw": probe(kind(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
    "raw6": probe(kind(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)),
    "packet": probe(kind(socket.AF_PACKET, socket.SOCK_RAW)),
    "vsock": probe(kind(socket.AF_VSOCK, socket.SOCK_STREAM)),
}))
"""
    )
    outcomes = run.said
    assert "went out" not in outcomes.values(), run
    assert "TimeoutError" not in outcomes.values(), run
    assert outcomes["raw"] == outcomes["raw6"] == outcomes["packet"] == "PermissionError"


def test_dns_answers_only_for_the_allowed_names_and_sends_no_query_out(akios: Akios) -> None:
    run = akios.python(
        """
        import json, socket
        addresses = {row[4][0] for row in socket.getaddrinfo("api.openai.com", 443, type=socket.SOCK_STREAM)}
        print(json.dumps(sorted(addresses)))
        """
    )
    assert run.said == [address for address in run.said if address.startswith("198.18.")], run
    assert run.said


def test_another_name_in_the_host_header_or_in_sni_is_refused(akios: Akios) -> None:
    run = akios.python(
        """
        import json, socket, ssl
        context = ssl.create_default_context()
        def ask(sni, host):
            try:
                raw = socket.create_connection(("api.openai.com", 443), timeout=20)
                with context.wrap_socket(raw, server_hostname=sni) as stream:
                    stream.sendall(f"POST / HTTP/1.1\\r\\nHost: {host}\\r\\nContent-Length: 0\\r\\n\\r\\n".encode())
                    return stream.recv(1000).decode().split("\\r\\n")[0]
            except OSError as error:
                return type(error).__name__
        names = [("api.openai.com", "evil.example"), ("internal-crm.corp", "internal-crm.corp"), ("evil.example", "x")]
        print(json.dumps([ask(*pair) for pair in names]))
        """
    )
    assert not akios.upstream.requests()
    assert not any(" 200 " in answer for answer in run.said), run


def test_the_session_is_on_record_from_start_to_end(akios: Akios) -> None:
    _, run = talk(akios, "request('GET', 'internal-crm.corp', '/customers')")
    types = [record["type"] for record in run.audit]
    assert (types[0], types[-1]) == ("session.start", "session.end")
    assert {record["session"] for record in run.audit} == {run.report["session_id"]}
    assert len({record["policy_sha256"] for record in run.audit}) == 1
    assert run.report["policy"]["name"] == "my-first-agent"
