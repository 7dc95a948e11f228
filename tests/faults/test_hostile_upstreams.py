"""Upstreams that an agent may speak to and that are its, or anybody's, enemy: what they say is never taken for the
answer to something else, costs the broker no more than its bounds, and holds up no other request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from akios_jail.demo.certificates import Authority
from tests.broker.harness import Upstream
from tests.e2e.conftest import eventually
from tests.faults.badly import Badly, Models, Talker, Turncoat
from tests.faults.bystander import Bystander
from tests.faults.conftest import Watching
from tests.faults.enemy import HONEST, SECONDS, Enemy, enemy_on, honest_sites, rule
from tests.faults.fault import Family, Fault
from tests.servers.providers import Providers

pytestmark = pytest.mark.root

EVIL, MODELS, TALKER, TURNCOAT = "evil.test", "models.test", "talker.test", "turncoat.test"

POISON = {
    "answers-twice": "an answer to a request never made, behind the one that was asked for",
    "answers-later": "the same, while the connection is idle",
    "half-an-answer-later": "half of an answer to a request never made",
    "longer-than-it-says": "an answer that is longer than it says",
    "goes-on-after-its-goodbye": "an answer that says it is the last, and bytes without end",
    "answers-without-end": "one answer that was asked for, and millions that were not",
}
POISONED = {
    path: Fault(what, meanwhile="the connection is closed; the next request has one of its own")
    for path, what in POISON.items()
}
TALKS_FIRST = Fault(
    "an answer before the request", meanwhile="502 (`upstream_invalid`), or it is that request's; never another's"
)
INVALID = {
    "interim": "interim answers (1xx) without end",
    "fields": "an answer's header fields without end",
    "wide-head": "an answer with 3 MB of header fields",
    "one-field": "one header field of an answer without end",
}
INVALIDATED = {path: Fault(what, meanwhile="502 (`upstream_invalid`), on record") for path, what in INVALID.items()}
CUT = {
    "trailers": "trailers without end",
    "negative-chunk": "a chunk of a negative length",
    "huge-chunk": "a chunk of more than 2⁶⁴ bytes",
    "no-chunk": "a chunk whose length is no number",
    "chunk-without-end": "a chunk that is longer than it says",
    "alert": "a TLS alert in the middle of an answer",
    "noise": "bytes that are no TLS in the middle of an answer",
    "resets": "a reset in the middle of an answer",
}
BROKEN_OFF = {
    path: Fault(what, meanwhile="the agent's connection breaks off: it cannot look whole (`upstream_cut`, on record)")
    for path, what in CUT.items()
}
ENDLESS = {
    "events": "events without end",
    "forever": "an answer without end",
    "extension": "a chunk's extension without end",
    "drip": "an answer of a byte every 50 ms",
    "hangs": "no answer at all",
    "hangs-in-its-head": "half of an answer's head, and nothing more",
    "hangs-in-its-body": "half of an answer's body, and nothing more",
}
LEFT = {
    path: Fault(what, meanwhile="it goes on until the agent leaves, and ends with that")
    for path, what in ENDLESS.items()
}
AT_ONCE = Fault("40 answers without end that are not read", meanwhile="no more is read of upstream than fits")
TINY_CHUNKS = Fault("an answer in 200,000 chunks of one byte", meanwhile="the agent gets it in few pieces")
REDIRECTS = Fault("redirects without end", meanwhile="each is the agent's to follow, is judged, and is on record")
FAILED = ("upstream_cut", "upstream_invalid", "upstream_closed", "upstream_tls")
BROKEN = ("IncompleteRead", "RemoteDisconnected", "ConnectionResetError")
MODEL_ANSWERS = {
    "bomb": ("an answer of 80 KB that means 80 MB", "it breaks off at 64 MiB", BROKEN, "answer_undecodable"),
    "streamed_bomb": ("a stream of 80 KB that means 80 MB", "it breaks off at 64 MiB", BROKEN, "answer_undecodable"),
    "nested": ("an answer that is compressed twice", "502", (502,), "answer_undecodable"),
    "brotli": ("an answer in a coding that nobody asked for (br)", "502", (502,), "answer_undecodable"),
    "zstd": ("an answer in a coding that nobody asked for (zstd)", "502", (502,), "answer_undecodable"),
    "endless_event": ("an event without end", "it breaks off at 8 MiB", BROKEN, "answer_unreadable"),
    "endless_events": ("text without end", "it is ended at the call's limit", (200,), "output_limit_ignored"),
}
ANSWERED = {
    name: Fault(f"a model: {what}", meanwhile=f"{seen}; on record (`{code}`)")
    for name, (what, seen, _, code) in MODEL_ANSWERS.items()
}
CHANGED = Fault(
    "a certificate that is another one from now on", meanwhile="502 (`upstream_certificate`); nothing is sent"
)

FAMILY = Family(
    "An upstream that is an enemy",
    "What it says is never taken for the answer to another request, costs no more than the bounds, and holds up "
    "nobody; the agent gets an error in words, or an answer that is seen to be broken off.",
    (
        *(*POISONED.values(), TALKS_FIRST, *INVALIDATED.values(), *BROKEN_OFF.values(), *LEFT.values()),
        *(AT_ONCE, TINY_CHUNKS, REDIRECTS, *ANSWERED.values(), CHANGED),
    ),
    {
        "answers that are no HTTP, have two lengths, change the protocol or are shorter than they say": (
            "tests/broker/test_upstream.py"
        ),
        "providers that fail, and what is billed then": "tests/e2e/test_upstream_faults.py",
        "webhooks that are down or hang": "tests/e2e/test_webhooks_down.py",
    },
)


class World(NamedTuple):
    """The enemy's agent, and its enemies."""

    enemy: Enemy
    evil: Upstream
    badly: Badly
    models: Models
    talker: Talker
    turncoat: Turncoat

    def says(self, host: str, target: str) -> dict[str, Any]:
        """The answer to one request."""
        (found,) = self.enemy.does("get", host, target)
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, bystander: Bystander) -> Iterator[World]:
    governance = {
        "network_access": {"allowlist": [rule(host) for host in (EVIL, MODELS, TALKER, TURNCOAT, HONEST)]},
        "pii_handling": {"mode": "off"},
        "budget": {"max_tokens_per_session": 1_000_000_000},
    }
    with Providers(sites=honest_sites()) as internet:
        badly, models = Badly(), Models()
        evil = Upstream(internet.authority, EVIL, badly.by_path)
        answering = Upstream(internet.authority, MODELS, models.answer)
        talker = Talker(internet.authority, TALKER)
        turncoat = Turncoat(internet.authority, TURNCOAT)
        ports = {EVIL: evil.port, MODELS: answering.port, TALKER: talker.port, TURNCOAT: turncoat.port}
        options = [f"--connect-to={host}:443:127.0.0.1:{port}" for host, port in ports.items()]
        folder = tmp_path_factory.mktemp("enemies")
        try:
            with enemy_on(folder, bystander, internet, governance, *options) as enemy:
                yield World(enemy, evil, badly, models, talker, turncoat)
        finally:
            for each in (evil, answering, talker, turncoat):
                each.close()


@pytest.mark.parametrize("path", POISON)
def test_what_nobody_asked_for_is_nobody_s_answer(world: World, watching: Watching, path: str) -> None:
    with watching(FAMILY, POISONED[path]):
        first = world.says(EVIL, f"/{path}")
        world.enemy.does("waits", 0.2)
        for number in range(5):
            found = world.says(EVIL, f"/mine/{number}")
            assert (found["came"], found.get("body")) == (200, f"GET /mine/{number}"), found
        eventually(lambda: not world.badly.answering, what="upstream sees that nobody listens")
    # In the same bytes as what is no HTTP even the answer that was asked for cannot be told apart from it.
    assert first.get("body") == "ok" or first.get("code") == "upstream_invalid", first


def test_who_speaks_before_it_is_asked_answers_no_other_request(world: World, watching: Watching) -> None:
    with watching(FAMILY, TALKS_FIRST):
        for _ in range(5):
            found = world.says(TALKER, "/")
            assert found.get("body") in ("poisoned", "ok") or found.get("code") in (
                "upstream_invalid",
                "upstream_closed",
            )


@pytest.mark.parametrize("path", INVALID)
def test_a_head_without_end_is_an_error(world: World, watching: Watching, path: str) -> None:
    with watching(FAMILY, INVALIDATED[path]):
        found = world.says(EVIL, f"/{path}")
    assert (found["came"], found.get("code")) == (502, "upstream_invalid"), found
    world.enemy.is_well()


@pytest.mark.parametrize("path", CUT)
def test_an_answer_that_is_broken_never_looks_whole(world: World, watching: Watching, path: str) -> None:
    before = world.enemy.last
    with watching(FAMILY, BROKEN_OFF[path]):
        found = world.says(EVIL, f"/{path}")
    assert found["came"] in (502, *BROKEN), found
    world.enemy.recorded(before, type="settlement", failure=FAILED)
    world.enemy.is_well()


@pytest.mark.parametrize("path", ENDLESS)
def test_what_has_no_end_ends_with_who_listens(world: World, watching: Watching, path: str) -> None:
    before = world.enemy.last
    with watching(FAMILY, LEFT[path]):
        found = world.enemy.does("watched", EVIL, f"/{path}", 4 << 20, 2.0)
    assert found["came"] == "left", found
    world.enemy.recorded(before, type="settlement", failure="agent_left")
    eventually(lambda: not world.badly.answering, what="upstream sees that nobody listens")
    world.enemy.is_well()


def test_what_is_not_read_is_not_kept(world: World, watching: Watching) -> None:
    with watching(FAMILY, AT_ONCE):
        world.enemy.does("unread", EVIL, "/forever", 40, SECONDS)
    world.enemy.is_well()


def test_tiny_chunks_are_one_answer(world: World, watching: Watching) -> None:
    with watching(FAMILY, TINY_CHUNKS):
        found = world.says(EVIL, "/tiny-chunks")
    assert (found["came"], found.get("bytes")) == (200, 200_000), found


def test_redirects_are_the_agent_s_and_each_is_judged(world: World, watching: Watching) -> None:
    before = world.enemy.last
    with watching(FAMILY, REDIRECTS):
        found = world.enemy.does("get", EVIL, "/redirects", 20)
    assert [each["came"] for each in found] == [302] * 20
    verdicts = [r for r in world.enemy.records("verdict") if r["n"] > before and r.get("path") == "/redirects"]
    assert len(verdicts) == 20


@pytest.mark.parametrize("name", MODEL_ANSWERS)
def test_a_model_s_answer_is_an_attack_on_nobody(world: World, watching: Watching, name: str) -> None:
    before = world.enemy.last
    world.models.next = name
    streams = name in ("streamed_bomb", "endless_event", "endless_events")
    with watching(FAMILY, ANSWERED[name]):
        (found,) = world.enemy.does("model", MODELS, streams)
    _, _, came, code = MODEL_ANSWERS[name]
    assert found["came"] in came, found
    world.enemy.recorded(before, type="verdict", decision="deny", code=code)
    world.enemy.is_well()


def test_another_certificate_is_nobody_that_was_meant(world: World, watching: Watching) -> None:
    assert world.says(TURNCOAT, "/")["came"] == 200
    seen = len(world.turncoat.seen)
    with watching(FAMILY, CHANGED):
        world.turncoat.becomes(Authority("another"), TURNCOAT)
        found = world.says(TURNCOAT, "/")
    assert (found["came"], found["code"]) == (502, "upstream_certificate"), found
    assert len(world.turncoat.seen) == seen
