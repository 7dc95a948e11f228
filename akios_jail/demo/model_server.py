"""A local model provider that speaks the real wire formats: for the demo, for tests, and for trying a policy offline.

    python -m akios_jail.demo.model_server --cacert-out ca.pem --log requests.jsonl

It answers as api.openai.com and api.anthropic.com do, with realistic usage figures, is internal-crm.corp too, and keeps
every request as received. Answers are deterministic; `Behaviour` says how long, how slow and how broken they are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from akios_jail.demo import wire
from akios_jail.demo.customers import crm
from akios_jail.demo.local_server import LocalServer, Request, Response, Site, json_response

FAULTS = ("none", "500", "429", "hang", "cut", "wrong-length")


@dataclass(frozen=True)
class Behaviour:
    """How the model answers. `fault`: none, 500, 429, hang (never answers), cut (stops halfway), wrong-length."""

    text: str | None = None  # None: repeats the last user message, so that the agent can tell what the model saw
    latency_s: float = 0.0
    chunk_delay_s: float = 0.0
    chunks: int = 4
    input_tokens: int | None = None  # None: estimated from the request's text
    output_tokens: int | None = None  # None: estimated from the answer's text
    gzip: bool = False
    fault: str = "none"


class Usage(NamedTuple):
    """What one answered call used, by the provider's own count: what would stand on the bill."""

    provider: str
    model: str
    input_tokens: int
    output_tokens: int


class ModelServer(LocalServer):
    """`LocalServer` with the two providers and the CRM as its sites; more sites may be given.

    `behaviour` may be changed at any time and holds for the next request; `usages` is the provider's own bill.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        sites: Mapping[str, Site] | None = None,
        bind: str = "127.0.0.1",
        port: int = 0,
        plain_port: int = 0,
        log: TextIO | None = None,
    ) -> None:
        providers: dict[str, Site] = {
            "api.openai.com": self._openai,
            "api.anthropic.com": self._anthropic,
            "internal-crm.corp": crm,
        }
        super().__init__({**providers, **(sites or {})}, bind=bind, port=port, plain_port=plain_port, log=log)
        self.behaviour = behaviour or Behaviour()
        self.usages: list[Usage] = []
        self._answers = 0
        self._counting = threading.Lock()

    def prompts(self) -> list[dict[str, Any]]:
        """The JSON bodies of the model calls received, in order: what the model actually saw."""
        calls = [r for r in self.requests() if r.method == "POST" and r.host in ("api.openai.com", "api.anthropic.com")]
        return [json.loads(call.body) for call in calls]

    def _openai(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        if path == "/v1/models" and request.method == "GET":
            names = ("gpt-4o", "gpt-4o-mini", "gpt-4-turbo")
            models = [{"id": n, "object": "model", "created": wire.CREATED, "owned_by": "system"} for n in names]
            return json_response({"object": "list", "data": models})
        if path == "/v1/chat/completions" and request.method == "POST":
            return self._model_call(request, "openai")
        return _openai_error(404, f"Invalid URL ({request.method} {path})", "invalid_request_error")

    def _anthropic(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        if path == "/v1/messages" and request.method == "POST":
            return self._model_call(request, "anthropic")
        return _anthropic_error(404, "Not found", "not_found_error")

    def _model_call(self, request: Request, provider: str) -> Response:
        behaviour = self.behaviour
        error = _openai_error if provider == "openai" else _anthropic_error
        try:
            document = json.loads(request.body)
            model, messages = str(document["model"]), document["messages"]
        except (ValueError, KeyError, TypeError):
            return error(400, "We could not parse the JSON body of your request.", "invalid_request_error")
        if behaviour.fault == "hang":
            self.stopping.wait()
            raise ConnectionAbortedError("the server ends, and this was never answered")
        self.stopping.wait(behaviour.latency_s)
        if behaviour.fault == "500":
            return error(500, "The server had an error while processing your request.", "server_error")
        if behaviour.fault == "429":
            return error(429, "Rate limit reached.", "rate_limit_error")
        answer = self._answer(document, messages, behaviour)
        choices = wire.openai_usage(document, answer)["completion_tokens"] if provider == "openai" else None
        with self._counting:
            self.usages.append(Usage(provider, model, answer.input_tokens, choices or answer.output_tokens))
        if document.get("stream") is True:
            return _streamed(document, answer, behaviour, provider)
        whole = wire.openai_json if provider == "openai" else wire.anthropic_json
        return _whole(whole(document, answer), behaviour, answer.number)

    def _answer(self, document: dict[str, Any], messages: object, behaviour: Behaviour) -> wire.Answer:
        text = wire.last_user_text(document) if behaviour.text is None else behaviour.text
        written = wire.tokens_of(json.dumps(messages)) if behaviour.input_tokens is None else behaviour.input_tokens
        output = wire.tokens_of(text) if behaviour.output_tokens is None else behaviour.output_tokens
        asked = document.get("max_completion_tokens") or document.get("max_tokens")
        if isinstance(asked, int):
            output = min(output, asked)
        with self._counting:
            self._answers += 1
            number = self._answers
        return wire.Answer(text, written, output, behaviour.chunks, number)


def _whole(document: dict[str, Any], behaviour: Behaviour, number: int) -> Response:
    body = json.dumps(document).encode()
    headers = [("Content-Type", "application/json"), ("x-request-id", f"req_{number:012d}")]
    if behaviour.gzip:
        body = gzip.compress(body, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    if behaviour.fault == "cut":
        return Response(200, tuple(headers), iter([body[: len(body) // 2]]), cut=True)
    if behaviour.fault == "wrong-length":
        return Response(200, tuple(headers), body, declared_length=len(body) + 100)
    return Response(200, tuple(headers), body)


def _streamed(document: dict[str, Any], answer: wire.Answer, behaviour: Behaviour, provider: str) -> Response:
    events = wire.openai_stream if provider == "openai" else wire.anthropic_stream
    headers = (
        ("Content-Type", "text/event-stream; charset=utf-8"),
        ("Cache-Control", "no-cache"),
        ("x-request-id", f"req_{answer.number:012d}"),
    )

    def paced() -> Iterator[bytes]:
        for count, event in enumerate(events(document, answer)):
            if behaviour.fault in ("cut", "wrong-length") and count > 2:
                return
            yield event
            if behaviour.chunk_delay_s:
                time.sleep(behaviour.chunk_delay_s)

    return Response(200, headers, paced(), cut=behaviour.fault in ("cut", "wrong-length"))


def _openai_error(status: int, message: str, kind: str) -> Response:
    return json_response({"error": {"message": message, "type": kind, "param": None, "code": None}}, status)


def _anthropic_error(status: int, message: str, kind: str) -> Response:
    return json_response({"type": "error", "error": {"type": kind, "message": message}}, status)


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted, after one line of JSON on stdout that says where."""
    parser = argparse.ArgumentParser(
        prog="python -m akios_jail.demo.model_server",
        description="A local stand-in for api.openai.com, api.anthropic.com and internal-crm.corp, on loopback.",
    )
    parser.add_argument("--port", type=int, default=0, help="TLS port (default: any free one)")
    parser.add_argument("--plain-port", type=int, default=0, help="plain HTTP port (default: any free one)")
    parser.add_argument("--cacert-out", type=Path, metavar="FILE", help="write the throw-away CA here, for --cacert")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append every request received, as JSON lines")
    parser.add_argument("--text", help="what the model says (default: it repeats the last user message)")
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds before each answer")
    parser.add_argument("--chunk-delay", type=float, default=0.0, metavar="S", help="seconds between stream events")
    parser.add_argument("--chunks", type=int, default=4, metavar="N", help="pieces of text in a stream")
    parser.add_argument("--input-tokens", type=int, metavar="N", help="reported for each call")
    parser.add_argument("--output-tokens", type=int, metavar="N", help="reported for each call")
    parser.add_argument("--gzip", action="store_true", help="compress whole answers")
    parser.add_argument("--fault", choices=FAULTS, default="none", help="how every model call goes wrong")
    chosen = parser.parse_args(arguments)
    behaviour = Behaviour(
        text=chosen.text,
        latency_s=chosen.latency,
        chunk_delay_s=chosen.chunk_delay,
        chunks=chosen.chunks,
        input_tokens=chosen.input_tokens,
        output_tokens=chosen.output_tokens,
        gzip=chosen.gzip,
        fault=chosen.fault,
    )
    log = chosen.log.open("a", encoding="utf-8") if chosen.log else None
    with ModelServer(behaviour, port=chosen.port, plain_port=chosen.plain_port, log=log) as server:
        if chosen.cacert_out:
            chosen.cacert_out.write_bytes(server.authority.pem)
        where = {"tls": server.port, "plain": server.plain_port, "hosts": sorted(server.sites)}
        print(json.dumps({**where, "options": server.connect_to()}), flush=True)
        try:
            server.stopping.wait()
        except KeyboardInterrupt:
            sys.stderr.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
