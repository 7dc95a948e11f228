"""An agent that speaks to its broker as badly as it can: it gets an error in words or its connection is closed, its
broker keeps within its bounds, and its own honest requests and all other sessions go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from akios_jail.demo.model_server import Behaviour
from tests.faults.bystander import Bystander
from tests.faults.conftest import Watching
from tests.faults.enemy import HONEST, SECONDS, Enemy, enemy_on, honest_sites, rule
from tests.faults.fault import Family, Fault
from tests.servers.providers import Providers

pytestmark = pytest.mark.root

GET = f"GET / HTTP/1.1\r\nHost: {HONEST}\r\n"
CHUNKED = f"POST / HTTP/1.1\r\nHost: {HONEST}\r\nTransfer-Encoding: chunked\r\n\r\n"
MODEL = "api.openai.com"
CHAT = "/v1/chat/completions"
JSON = "Content-Type: application/json"
ASKED = '{"model":"gpt-4o-mini","max_tokens":5,"messages":[{"role":"user","content":'

SLOW_HEADS = Fault("300 connections whose heads come a byte a second", meanwhile="its other requests are answered")
SLOW_BODIES = Fault("300 connections whose bodies come a byte a second", meanwhile="its other requests are answered")
SLOW_CROWD = Fault(
    "1,000 connections whose heads come a byte a second",
    meanwhile="beyond 512 they are reset, on record (`too_many_connections`), until some end",
)
NO_HANDSHAKE = Fault(
    "100 connections on which TLS never begins",
    meanwhile="each is closed after 10 seconds, on record (`tls_handshake_failed`)",
)
ENDLESS = {
    "header fields": (GET, "X: y\r\n" * 500, (400, "bad_request")),
    "one header field": (GET + "X: ", "a" * 8192, (400, "bad_request")),
    "a request line": ("GET /", "a" * 8192, (400, "bad_request")),
    "trailers": (CHUNKED + "3\r\nabc\r\n0\r\n", "X: y\r\n" * 500, (400, "bad_request")),
    "one trailer": (CHUNKED + "3\r\nabc\r\n0\r\nX: ", "a" * 8192, (400, "bad_request")),
}
ENDLESS_PARTS = {
    what: Fault(f"{what} without end", meanwhile="400 with the reason, on record; nothing more is read")
    for what in ENDLESS
}
NOISE = Fault("bytes that are no TLS in the middle of 20 connections", meanwhile="each is closed")
EXTENSION = Fault(
    "64 MB of one chunk's extension", meanwhile="none of it is kept or passed on; the request is answered"
)
TINY_CHUNKS = Fault("a body in 200,000 chunks of one byte", meanwhile="upstream gets it in few pieces")
BOMBS = {"gzip": 413, "deflate": 413, "gzip, gzip": 415, "br": 415, "zstd": 415}
BOMBED = {
    coding: Fault(
        f"a request of 33 KB in the coding {coding!r} that means 33 MB",
        meanwhile={413: "413 (`body_too_large`), on record", 415: "415 (`body_undecodable`), on record"}[status],
    )
    for coding, status in BOMBS.items()
}
MANY_BOMBS = Fault(
    "10 requests at once of 31 KB that mean 31 MB, to a model that does not answer",
    meanwhile="429 (`buffers_full`) for those beyond 256 MiB, on record",
)
DEEP = Fault("JSON nested 1,000,000 levels deep", meanwhile="403 (`model_call_unreadable`), on record")
LISTS = Fault("31 MB of JSON that is 10 million lists", meanwhile="403 (`model_call_unreadable`), on record")
DUPLICATES = Fault("JSON with a key that is given twice", meanwhile="403 (`model_call_unreadable`), on record")
KEYS = Fault("JSON with 200,000 keys", meanwhile="it is read beside the event loop, and goes on")
LARGE = Fault("a body of 100 MB", meanwhile="413 (`body_too_large`) before the body is sent, on record")
PIPELINED = Fault(
    "500 requests sent before the first answer is read",
    meanwhile="no more than 32 are taken at a time; each gets its own answer",
)


FAMILY = Family(
    "An agent that speaks badly on purpose",
    "The agent gets an error in words or its connection is closed; the verdict is on record; its honest requests and "
    "its broker go on within their bounds.",
    (
        *(SLOW_HEADS, SLOW_BODIES, SLOW_CROWD, NO_HANDSHAKE, *ENDLESS_PARTS.values(), NOISE, EXTENSION, TINY_CHUNKS),
        *(*BOMBED.values(), MANY_BOMBS, DEEP, LISTS, DUPLICATES, KEYS, LARGE, PIPELINED),
    ),
    {
        "requests that are malformed in any other way": "tests/broker/test_attacks.py",
        "requests that servers could read in two ways": "tests/attacks/test_requests.py",
    },
)


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory, bystander: Bystander) -> Iterator[Enemy]:
    """Under a budget, so that what models are told is read."""
    governance = {
        "network_access": {"allowlist": [rule("site.test"), rule(HONEST), rule(MODEL)]},
        "pii_handling": {"mode": "off"},
        "budget": {"max_tokens_per_session": 1_000_000_000},
    }
    with (
        Providers(sites=honest_sites()) as internet,
        enemy_on(tmp_path_factory.mktemp("enemy"), bystander, internet, governance) as found,
    ):
        yield found


@pytest.mark.parametrize(
    ("fault", "start"), [(SLOW_HEADS, GET + "X: "), (SLOW_BODIES, CHUNKED + "ffffff\r\n")], ids=["heads", "bodies"]
)
def test_what_comes_slowly_holds_up_nobody(enemy: Enemy, watching: Watching, fault: Fault, start: str) -> None:
    with watching(FAMILY, fault):
        came = enemy.does("slow", HONEST, start, 300, SECONDS)
    assert came["held"] == 300
    assert {each["came"] for each in came["honest"]} == {200}


def test_more_connections_than_there_may_be_are_reset_until_some_end(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, SLOW_CROWD):
        came = enemy.does("slow", HONEST, GET + "X: ", 1000, SECONDS)
    assert came["held"] <= 512
    assert 200 not in {each["came"] for each in came["honest"]}
    enemy.recorded(before, code="too_many_connections")
    enemy.is_well()


def test_a_handshake_that_never_begins_is_over_in_time_and_on_record(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, NO_HANDSHAKE):
        came = enemy.does("silent", "site.test", 100, 443, 60)
    assert came["closed"] == 100
    record = enemy.recorded(before, code="tls_handshake_failed")
    assert "longer than 10 seconds" in record["reason"]


@pytest.mark.parametrize("what", ENDLESS)
def test_what_has_no_end_is_ended(enemy: Enemy, watching: Watching, what: str) -> None:
    start, piece, expected = ENDLESS[what]
    before = enemy.last
    with watching(FAMILY, ENDLESS_PARTS[what]):
        came = enemy.does("endless", HONEST, start, piece, 32 << 20)
    assert (came["came"], came.get("code")) == expected, came
    assert came["sent"] < 16 << 20, came
    enemy.recorded(before, code="bad_request", decision="deny")
    enemy.is_well()


def test_what_is_no_tls_ends_its_connection(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, NOISE):
        assert enemy.does("noise", "site.test", 20) is None
    enemy.is_well()


def test_a_chunk_s_extension_is_nobody_s_memory(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, EXTENSION):
        body = [["3;", 1], ["a" * 65536, 1024], ["\r\nabc\r\n0\r\n\r\n", 1]]
        came = enemy.does("post", HONEST, "/", body, "Transfer-Encoding: chunked")
    assert (came["came"], came["body"]) == (200, "3"), came
    assert enemy.cost[0] < 256 << 20


def test_tiny_chunks_are_one_body(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, TINY_CHUNKS):
        came = enemy.does(
            "post", HONEST, "/", [["1\r\na\r\n", 200_000], ["0\r\n\r\n", 1]], "Transfer-Encoding: chunked"
        )
    assert (came["came"], came["body"]) == (200, "200000"), came


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_does_not_go_off(enemy: Enemy, watching: Watching, coding: str) -> None:
    before = enemy.last
    with watching(FAMILY, BOMBED[coding]):
        came = enemy.does("bomb", MODEL, CHAT, coding, 33, 1)
    (found,) = came["came"]
    assert found["came"] == BOMBS[coding], found
    assert "message" in found
    enemy.recorded(before, code=found["code"], decision="deny")


def test_bombs_together_take_no_more_than_bodies_may(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    enemy.akios.upstream.behaviour = Behaviour(text="ok", latency_s=2)
    try:
        with watching(FAMILY, MANY_BOMBS):
            came = enemy.does("bomb", MODEL, CHAT, "gzip", 31, 10, ASKED + '"x"}]', "}", " ")
    finally:
        enemy.akios.upstream.behaviour = Behaviour()
    assert 429 in {each["came"] for each in came["came"]}
    enemy.recorded(before, code="buffers_full")


@pytest.mark.parametrize(
    ("fault", "body"),
    [
        (DEEP, [[ASKED, 1], ["[", 1_000_000], ["]", 1_000_000], ["}]}", 1]]),
        (LISTS, [[ASKED, 1], ["[", 1], ["[],", 10_000_000], ["[]]}]}", 1]]),
        (DUPLICATES, [[ASKED, 1], ['"x"}],"model":"gpt-4o"}', 1]]),
    ],
    ids=["deep", "lists", "twice"],
)
def test_json_that_cannot_be_read_in_one_way_is_refused(
    enemy: Enemy, watching: Watching, fault: Fault, body: list[Any]
) -> None:
    before = enemy.last
    with watching(FAMILY, fault):
        came = enemy.does("post", MODEL, CHAT, body, JSON)
    assert (came["came"], came["code"]) == (403, "model_call_unreadable"), came
    enemy.recorded(before, code="model_call_unreadable", decision="deny")


def test_much_json_is_read_while_others_go_on(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, KEYS):
        came = enemy.does("keys", MODEL, CHAT, 200_000)
    assert came["came"] == 200, came


def test_a_body_over_all_bounds_is_refused_unread(enemy: Enemy, watching: Watching) -> None:
    before = enemy.last
    with watching(FAMILY, LARGE):
        came = enemy.does("post", MODEL, CHAT, [["a" * 1000, 100_000]], JSON)
    assert (came["came"], came["code"]) == (413, "body_too_large"), came
    enemy.recorded(before, code="body_too_large")


def test_requests_that_do_not_wait_are_answered_in_their_order(enemy: Enemy, watching: Watching) -> None:
    with watching(FAMILY, PIPELINED):
        came = enemy.does("pipelined", HONEST, "/", 500)
    assert came["right"] == 500
