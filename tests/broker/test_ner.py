"""A model of the language that cannot be had in the broker keeps everything from leaving."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from akios_jail.demo.certificates import Authority
from akios_jail.policy.plans import Pii
from tests.broker import harness
from tests.broker.harness import Reader, Upstream, request

pytestmark = pytest.mark.root

HOST = "llm.corp"


def test_a_call_is_refused_while_its_model_cannot_be_loaded(tmp_path: Path) -> None:
    authority = Authority()
    upstream = Upstream(authority, HOST, lambda sock, reader, seen: None)
    try:
        pii = Pii("redact_before_inference", ("iban",), ner=("en_core_web_lg",))
        plan, egress = harness.plans(harness.rule(1, HOST, methods=("POST",)), pii=pii)
        options = {"connect_to": [[HOST, 443, "127.0.0.1", upstream.port]], "upstream_ca_pem": authority.pem.decode()}
        with harness.opened(tmp_path, plan, egress, **options) as broker:
            body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Nobody had told Stefan Krueger."}]}
            call = request(
                "POST", "/v1/chat/completions", HOST, json.dumps(body).encode(), "Content-Type: application/json"
            )
            for _ in range(2):
                with broker.tls(HOST) as sock:
                    sock.sendall(call)
                    answer = Reader(sock).answer()
                assert answer.status == 403
                error = json.loads(answer.body)["error"]
                assert error["code"] == "pii_unredactable"
                assert "no model of spaCy called en_core_web_lg is installed" in error["message"]
        assert upstream.seen == []
    finally:
        upstream.close()
