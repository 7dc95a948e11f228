"""A call that goes to another host leaves its own host's key behind and gets the other's."""

from __future__ import annotations

from akios_jail.credentials import reroute, sigv4
from akios_jail.credentials.find import Finder
from akios_jail.credentials.placing import Head, place, stray
from tests.credentials.held import PLACEHOLDER, VALUE, aws, key

OPENAI = key(hosts=("api.openai.test",))
ANTHROPIC = key(
    "ant-key-0123456789ab", "ant-placeholder-0123", name="b", hosts=("api.anthropic.test",), field="x-api-key"
)
GOOGLE = key(
    "goo-key-0123456789ab", "goo-placeholder-0123", name="c", hosts=("google.test",), place="query", field="key"
)
AWS = aws("AKIAREALREALREALREAL", "r" * 40, "token" * 4)
NOW = "20261123T010000Z"
FINDER = Finder([OPENAI, ANTHROPIC, GOOGLE, AWS])


def rerouted(head: Head, old: list, new: list) -> tuple[list[tuple[str, str]], str]:
    """What goes to the new host."""
    head = reroute.addressed(reroute.without(head, old), new, NOW)
    placed = place(head, new)
    assert stray(placed.rest, FINDER) is None
    return placed.headers, placed.query


def test_a_header_gives_way_to_another_host_s() -> None:
    head = Head("api.anthropic.test", "POST", "/v1", "a=1", [("Authorization", f"Bearer {PLACEHOLDER}"), ("A", "b")])
    assert rerouted(head, [OPENAI], [ANTHROPIC]) == ([("A", "b"), ("x-api-key", "ant-key-0123456789ab")], "a=1")


def test_where_the_field_is_the_same_the_key_is_another() -> None:
    head = Head("api.openai.test", "POST", "/v1", "", [("x-api-key", "ant-placeholder-0123")])
    assert rerouted(head, [ANTHROPIC], [OPENAI]) == ([("Authorization", f"Bearer {VALUE}")], "")


def test_a_parameter_gives_way_and_is_put_in() -> None:
    head = Head("api.openai.test", "POST", "/v1", "key=goo-placeholder-0123&alt=sse", [])
    assert rerouted(head, [GOOGLE], [OPENAI])[1] == "alt=sse"
    head = Head("google.test", "POST", "/v1", "alt=sse", [("Authorization", f"Bearer {PLACEHOLDER}")])
    assert rerouted(head, [OPENAI], [GOOGLE]) == ([], "alt=sse&key=goo-key-0123456789ab")


def test_of_a_signature_nothing_stays() -> None:
    access, token = AWS.keys["access_key_id"].placeholder, AWS.keys["session_token"].placeholder
    fields = [
        ("Authorization", f"AWS4-HMAC-SHA256 Credential={access}/x"),
        ("X-Amz-Date", "20261123T010000Z"),
        ("X-Amz-Security-Token", token),
        ("A", "b"),
    ]
    headers, _ = rerouted(Head("api.openai.test", "POST", "/", "", fields), [AWS], [OPENAI])
    assert headers == [("A", "b"), ("Authorization", f"Bearer {VALUE}")]


def test_to_a_host_without_a_credential_it_goes_without() -> None:
    head = Head("ollama.test", "POST", "/v1", "", [("Authorization", f"Bearer {PLACEHOLDER}")])
    assert rerouted(head, [OPENAI], []) == ([], "")


def test_a_placeholder_elsewhere_is_no_more_welcome_than_before() -> None:
    head = Head("api.anthropic.test", "POST", "/v1", "", [("User-Agent", PLACEHOLDER)])
    left = reroute.addressed(reroute.without(head, [OPENAI]), [ANTHROPIC], NOW)
    assert stray(place(left, [ANTHROPIC]).rest, FINDER) is not None


def test_to_bedrock_it_is_signed_anew() -> None:
    host = "bedrock-runtime.eu-west-1.amazonaws.com"
    head = Head(host, "POST", "/model/m/converse", "", [("Authorization", f"Bearer {PLACEHOLDER}"), ("Accept", "*/*")])
    head = reroute.addressed(reroute.without(head, [OPENAI]), [AWS], NOW)
    signature = sigv4.read(head, place(head, [AWS]).rest, AWS)
    assert signature is not None
    assert stray(signature.rest, FINDER) is None
    assert (signature.region, signature.service, signature.needs_body) == ("eu-west-1", "bedrock", True)
    sent = dict(sigv4.sign(signature, head._replace(headers=[*signature.headers, ("Host", host)]), b"{}"))
    assert "Credential=AKIAREALREALREALREAL/20261123/eu-west-1/bedrock/aws4_request" in sent["Authorization"]
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in sent["Authorization"]
