"""Webhooks: delivered beside what they tell of, tried a few times, bounded, and on record when they fail."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from akios_jail.broker import limits, webhook
from akios_jail.broker.dialer import Dialer
from akios_jail.broker.opening import Options
from akios_jail.broker.webhook import Clean, Webhooks
from akios_jail.credentials.scrub import Scrubber
from akios_jail.policy.decide import Decider
from akios_jail.policy.plans import BrokerPlan, Budget, Pii
from tests.credentials.held import PLACEHOLDER, VALUE, key

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
HANG = b""


class Receiver:
    """Answers each delivery with the next of `answers`, the last one again and again. HANG: never."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, bytes]] = []
        self.notes: list[tuple[str, dict[str, Any]]] = []

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length"))
        self.got.append((head.split(" ")[1], await reader.readexactly(int(length))))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == HANG:
            await asyncio.sleep(60)
        writer.write(answer)
        writer.close()

    def run(
        self, test: Callable[[Webhooks, str], Awaitable[None]], port: int | None = None, clean: Clean | None = None
    ) -> None:
        async def main() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            listening = server.sockets[0].getsockname()[1]
            options = Options((("bell.test", 80, "127.0.0.1", port or listening),), "", False, "", "")
            dialer = Dialer(Decider(BrokerPlan((), Budget(), Pii("off", ()))), options)
            hooks = Webhooks(
                dialer, ssl.create_default_context(), lambda *note: self.notes.append(cast(Any, note)), clean
            )
            try:
                await test(hooks, "http://bell.test/secret/path")
            finally:
                await hooks.close()
                server.close()

        asyncio.run(asyncio.wait_for(main(), 30))


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_TRIES", (0.0, 0.01, 0.02))


async def settled(receiver: Receiver, count: int = 1) -> None:
    while len(receiver.notes) < count:
        await asyncio.sleep(0.005)


def test_a_document_arrives_and_the_record_names_host_and_digest_but_not_the_path() -> None:
    receiver = Receiver(OK)
    document = {"type": "akios.budget_alert", "scope": "day"}

    async def test(hooks: Webhooks, url: str) -> None:
        hooks.post(url, document)
        await settled(receiver)

    receiver.run(test)
    [(path, body)] = receiver.got
    assert (path, json.loads(body)) == ("/secret/path", document)
    fields = {"what": "akios.budget_alert", "host": "bell.test", "sha256": hashlib.sha256(body).hexdigest()}
    assert receiver.notes == [("webhook", {**fields, "delivered": True, "tries": 1})]


def test_no_key_is_told() -> None:
    receiver = Receiver(OK)

    async def test(hooks: Webhooks, url: str) -> None:
        hooks.post(url, {"type": "a", "request": {"path": f"/bot{VALUE}/send"}})
        await settled(receiver)

    receiver.run(test, clean=Scrubber([key()]).everything)
    assert json.loads(receiver.got[0][1]) == {"type": "a", "request": {"path": f"/bot{PLACEHOLDER}/send"}}


def test_a_busy_receiver_is_tried_again() -> None:
    receiver = Receiver(BUSY, BUSY, OK)

    async def test(hooks: Webhooks, url: str) -> None:
        hooks.post(url, {})
        await settled(receiver)

    receiver.run(test)
    assert receiver.notes[0][1]["tries"] == 3
    assert receiver.notes[0][1]["delivered"] is True


@pytest.mark.parametrize(
    ("answer", "tries", "reason"), [(BUSY, 3, "503"), (MOVED, 1, "302"), (b"nonsense\r\n\r\n", 3, "")]
)
def test_what_cannot_be_delivered_is_on_record_and_redirects_are_not_followed(
    answer: bytes, tries: int, reason: str
) -> None:
    receiver = Receiver(answer)

    async def test(hooks: Webhooks, url: str) -> None:
        hooks.post(url, {})
        await settled(receiver)

    receiver.run(test)
    [(_, fields)] = receiver.notes
    assert (fields["delivered"], fields["tries"]) == (False, tries)
    assert reason in fields["reason"]
    assert len(receiver.got) == tries


def test_nobody_listening_is_a_failure_on_record() -> None:
    receiver = Receiver(OK)

    async def test(hooks: Webhooks, url: str) -> None:
        hooks.post(url, {})
        await settled(receiver)

    receiver.run(test, port=1)
    assert receiver.notes[0][1]["delivered"] is False


def test_only_so_many_are_on_their_way_and_the_end_of_a_session_gives_up_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "WEBHOOKS", limits.WEBHOOKS._replace(value=2))
    monkeypatch.setattr(limits, "WEBHOOKS_AT_END", limits.WEBHOOKS_AT_END._replace(value=0))
    receiver = Receiver(HANG)

    async def test(hooks: Webhooks, url: str) -> None:
        for _ in range(3):
            hooks.post(url, {})
        assert [fields["reason"] for _, fields in receiver.notes] == ["2 are being delivered already"]
        await asyncio.sleep(0.1)

    receiver.run(test)
    assert [fields["delivered"] for _, fields in receiver.notes] == [False, False, False]
    assert receiver.notes[-1][1]["reason"] == "the session ended first"


@pytest.mark.parametrize("given_up", [True, False])
def test_what_a_receiver_says_does_not_make_a_record_too_large(monkeypatch: pytest.MonkeyPatch, given_up: bool) -> None:
    monkeypatch.setattr(limits, "WEBHOOKS_AT_END", limits.WEBHOOKS_AT_END._replace(value=0))
    monkeypatch.setattr(webhook, "_TRIES", (0.0, 60.0 if given_up else 0.01))
    receiver = Receiver(b"\x00\xff" * 50_000)

    async def test(hooks: Webhooks, url: str) -> None:
        hooks.post(url, {})
        while not receiver.got:
            await asyncio.sleep(0.005)
        await (asyncio.sleep(0.3) if given_up else settled(receiver))

    receiver.run(test)
    [(_, fields)] = receiver.notes
    assert fields["delivered"] is False
    assert 0 < len(fields["reason"]) <= 500


def test_what_is_no_json_is_a_failure_on_record_and_never_an_exception() -> None:
    receiver = Receiver(OK)

    async def test(hooks: Webhooks, url: str) -> None:
        hooks.post(url, {"type": "x", "value": object()})

    receiver.run(test)
    assert receiver.notes[0][1]["delivered"] is False
