"""trace: what the stages before have made of a call is what its thread gets, as a document and as text."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.stages.redact import Redact
from akios_jail.broker.stages.trace import Trace
from akios_jail.broker.stages.understand import Understand
from akios_jail.providers import strictjson
from akios_jail.radar import said
from akios_jail.radar.recall import Recall
from tests.broker.stages.calls import Broker, post

#: As clients write what could be written otherwise, too.
BODY = (
    b'{ "model":"gpt-4o", "metadata": {"a": 1.0, "b": "\\u00e9 \\/"},\n "messages" : [{"role":"user","content":"\\u00e9'
    b' or \xc3\xa9, to jane@example.com"}, {"role": "assistant", "content": "1e2 is", "n": 1e2}],"stream":false}'
)


class Taken:
    """Stands where the tracer does: what is handed over."""

    crowded = False

    def __init__(self) -> None:
        self.calls: list[Callable[[], tuple[said.Request, Any]]] = []
        self.waiting = 0

    def waits(self, size: int) -> None:
        self.waiting += size

    def asked(self, request_id: str, request: Callable[[], tuple[said.Request, Any]]) -> None:
        self.calls.append(request)


def traced(broker: Broker, body: bytes) -> tuple[Exchange, said.Request]:
    session: Any = broker.session
    session.tracer = Taken()
    exchange = post(broker, body)
    stages = [Understand(session), *([Redact(session)] if session.personal is not None else []), Trace(session)]

    async def run() -> None:
        for stage in stages:
            await stage.request(exchange)

    asyncio.run(run())
    taken = session.tracer.calls[0]()[0]
    assert session.tracer.waiting == 0
    return exchange, taken


@pytest.mark.parametrize("pii", ["off", "redact_before_inference"])
def test_the_text_of_a_call_is_that_of_its_document(pii: str) -> None:
    broker = Broker(pii=pii)
    exchange, taken = traced(broker, BODY)
    assert taken.body == strictjson.dumps(exchange.call.document) == exchange.request.body
    assert (b"jane" in taken.body) == (pii == "off")
    assert taken.items == exchange.call.document["messages"]
    recall = Recall()
    known = recall.known(b"", taken)
    assert known.start == taken.body.index(b'"messages":[') + len(b'"messages":[')
    recall.keep(b"", taken, known, [(2, b"chain")])
    document = json.loads(BODY)
    document["messages"].append({"role": "user", "content": "And?"})
    _, longer = traced(broker, json.dumps(document).encode())
    assert recall.known(b"", longer)[:2] == (2, b"chain")
