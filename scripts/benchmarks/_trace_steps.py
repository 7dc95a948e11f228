"""Steps of the trace: what the thread that makes and writes them takes, and what the event loop pays to hand them over.

An agent sends its whole conversation with every call, as agents do; the documents are parsed anew each time, which is
not counted: the broker does that anyway. Processor time, so that other programs do not count.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from akios_jail.broker.tracer import Tracer
from akios_jail.providers import strictjson
from akios_jail.radar import replies, said
from akios_jail.radar.graph import Graph
from akios_jail.radar.store import Writer

_FACTS = {"provider": "anthropic", "model": "claude-sonnet-4-5", "input_tokens": 1200, "output_tokens": 80}
_SAID = "The order was handed over to the courier on the 17th of October, as its papers say. " * 3


def measured(folder: Path) -> list[tuple[str, list[float], str]]:
    """Name, seconds of each, and a note, for each kind of conversation."""
    image = base64.b64encode(os.urandom(100_000)).decode()
    looks = {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "data": image}}]}
    figures = [
        ("trace step, 40 messages", _steps(folder / "a", [], 20, 15), "processor time, made and written"),
        ("trace step, 1,000 messages", _steps(folder / "b", [], 500), "each call sends all of them again"),
        ("  compared as parsed", _steps(folder / "e", [], 500, written=False), "where the text of a call is not kept"),
        ("trace step, with an image", _steps(folder / "c", [looks], 20, 15), "of 100 KB, sent with every call"),
    ]
    return [*figures, ("  the event loop's part of a call", _handed_over(folder / "d", looks), "of 100 KB")]


def _conversation(begins: list[dict[str, Any]], calls: int) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """The calls of an agent with tools, as documents, and what comes of each."""
    messages = [*begins, {"role": "user", "content": "Where are my orders?"}]
    for number in range(calls):
        use = {"type": "tool_use", "id": f"toolu_{number}", "name": "get_order", "input": {"order_id": f"{number}"}}
        answer = {"id": f"msg_{number}", "content": [{"type": "text", "text": _SAID}, use], "stop_reason": "tool_use"}
        yield number, strictjson.dumps({"model": "m", "system": "You are a clerk.", "messages": messages}), answer
        result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": _SAID * 4}
        messages += [{"role": "assistant", "content": answer["content"]}, {"role": "user", "content": [result]}]


def _steps(
    folder: Path, begins: list[dict[str, Any]], calls: int, sessions: int = 1, *, written: bool = True
) -> list[float]:
    """Seconds of processor time a step, one figure for each call and for each answer of these sessions. `written`: the
    calls are there as text, too, as brokers have them."""
    names = [f"ses_{session:012}" for session in range(sessions)]
    return [took for name in names for took in _session(folder, name, begins, calls, written)]


def _session(folder: Path, name: str, begins: list[dict[str, Any]], calls: int, written: bool) -> list[float]:
    graph, writer = Graph(), Writer(str(folder), name)
    seconds = []
    for number, text, answer in _conversation(begins, calls):
        document: dict[str, Any] = json.loads(text)
        id = f"req_{number}"
        began = time.thread_time()
        asked = graph.asked(number, id, said.request(document, len(text), text if written else b""))
        writer.add(*asked)
        between = time.thread_time()
        answered = graph.answered(number, id, replies.whole(answer), dict(_FACTS))
        writer.add(*answered)
        seconds.append((between - began) / max(1, len(asked[0])))
        seconds.append((time.thread_time() - between) / max(1, len(answered[0])))
    writer.close()
    return seconds


def _handed_over(folder: Path, message: dict[str, Any]) -> list[float]:
    """Seconds of processor time that the thread of the event loop takes for one call."""
    tracer = Tracer(str(folder), "ses_000000000000", {})
    document = {"model": "m", "messages": [message]}
    seconds = []
    for number in range(1000):
        began = time.thread_time()
        tracer.waits(100_000)
        tracer.asked(f"req_{number}", lambda: (said.request(document, 100_000), ()))
        seconds.append(time.thread_time() - began)
        time.sleep(0.0005)  # for the other thread
    tracer.close({})
    return seconds
