"""A local model provider that speaks the real wire formats: for the demo, for tests, and for trying a policy offline.

    python -m akios_jail.demo.model_server --cacert-out ca.pem --log requests.jsonl

It answers as api.openai.com and api.anthropic.com do, with realistic usage figures, is internal-crm.corp too, and keeps
every request as received. Answers are deterministic; `Behaviour` says what they hold, how slow and how broken they are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from akios_jail.demo.answer import CREATED, FAULTS, Answer, Behaviour, Format, Question, Usage, tokens_of
from akios_jail.demo.anthropic_wire import AnthropicMessages
from akios_jail.demo.customers import crm
from akios_jail.demo.local_server import LocalServer, Request, Response, Site, json_response
from akios_jail.demo.openai_wire import OpenAIChat

__all__ = ["Behaviour", "ModelServer", "Question", "Usage"]

_ERRORS = {
    "500": ("The server had an error while processing your request.", "server_error"),
    "429": ("Rate limit reached.", "rate_limit_error"),
    "503": ("The engine is currently overloaded.", "overloaded_error"),
}


class ModelServer(LocalServer):
    """`LocalServer` with the providers of `formats` and the CRM as its sites; more sites may be given.

    Each call is answered by `brain`, if it gives a behaviour for it, else by the first of `script` that is left, else
    by `behaviour`. All three may be changed at any time and hold for the next request. `usages` is the provider's own
    bill.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        formats: Sequence[Format] = (OpenAIChat(), AnthropicMessages()),
        sites: Mapping[str, Site] | None = None,
        bind: str = "127.0.0.1",
        port: int = 0,
        plain_port: int = 0,
        log: TextIO | None = None,
    ) -> None:
        self.formats = tuple(formats)
        self.model_hosts = tuple(dict.fromkeys(host for form in self.formats for host in form.hosts))
        providers: dict[str, Site] = dict.fromkeys(self.model_hosts, self._provider)
        every = {**providers, "internal-crm.corp": crm, **(sites or {})}
        super().__init__(every, bind=bind, port=port, plain_port=plain_port, log=log)
        self.behaviour = behaviour or Behaviour()
        self.script: list[Behaviour] = []
        self.brain: Callable[[Question], Behaviour | None] | None = None
        self.usages: list[Usage] = []
        self._answers = 0
        self._counting = threading.Lock()

    def prompts(self) -> list[dict[str, Any]]:
        """The JSON bodies of the model calls received, in order: what the model actually saw."""
        calls = [r for r in self.requests() if r.method == "POST" and r.host in self.model_hosts]
        return [json.loads(call.body) for call in calls]

    def _provider(self, request: Request) -> Response:
        forms = [form for form in self.formats if request.host in form.hosts]
        for form in forms:
            try:
                question = form.question(request)
            except (ValueError, KeyError, TypeError):
                text = "We could not parse the JSON body of your request."
                return json_response(form.error(400, text, "invalid_request_error"), 400)
            if question is not None:
                return self._model_call(form, question)
        path = request.target.partition("?")[0]
        if request.method == "GET" and path == "/v1/models":
            names = ("gpt-4o", "gpt-4o-mini", "gpt-4-turbo")
            models = [{"id": n, "object": "model", "created": CREATED, "owned_by": "system"} for n in names]
            return json_response({"object": "list", "data": models})
        told = forms[0].error(404, f"Invalid URL ({request.method} {path})", "invalid_request_error")
        return json_response(told, 404)

    def _model_call(self, form: Format, question: Question) -> Response:
        behaviour = self._behaviour_for(question)
        if behaviour.fault == "hang":
            self.stopping.wait()
            raise ConnectionAbortedError("the server ends, and this was never answered")
        self.stopping.wait(behaviour.latency_s)
        if behaviour.fault in _ERRORS:
            headers = (("Retry-After", behaviour.retry_after),) if behaviour.retry_after else ()
            status = int(behaviour.fault)
            return json_response(form.error(status, *_ERRORS[behaviour.fault]), status, headers)
        answer = self._answer(form, question, behaviour)
        if question.stream:
            return _streamed(form, question, answer, behaviour)
        return _whole(form.whole(question, answer), behaviour, answer.number)

    def _behaviour_for(self, question: Question) -> Behaviour:
        decided = self.brain(question) if self.brain is not None else None
        if decided is not None:
            return decided
        with self._counting:
            return self.script.pop(0) if self.script and question.billed else self.behaviour

    def _answer(self, form: Format, question: Question, behaviour: Behaviour) -> Answer:
        text = behaviour.text
        if text is None:
            text = "" if behaviour.calls else question.last_user_text
        counted = behaviour.input_tokens
        written = tokens_of(json.dumps(question.said)) if counted is None else counted
        words = text + behaviour.thinking + "".join(json.dumps(call.arguments) for call in behaviour.calls)
        output = tokens_of(words) if behaviour.output_tokens is None else behaviour.output_tokens
        cut_short = question.max_output is not None and output > question.max_output
        if question.max_output is not None:
            output = min(output, question.max_output)
        with self._counting:
            self._answers += 1
            number = self._answers
            if question.billed:
                used = (written, output * question.choices, behaviour.cached_tokens, behaviour.cache_write_tokens)
                self.usages.append(Usage(form.provider, question.model, *used))
        told = output if behaviour.reported_output_tokens is None else behaviour.reported_output_tokens
        return Answer(
            text=text,
            input_tokens=written,
            output_tokens=told,
            chunks=behaviour.chunks,
            number=number,
            thinking=behaviour.thinking,
            calls=behaviour.calls,
            cached_tokens=behaviour.cached_tokens,
            cache_write_tokens=behaviour.cache_write_tokens,
            reasoning_tokens=behaviour.reasoning_tokens,
            cut_short=cut_short,
            tells_usage=behaviour.fault != "no-usage",
        )


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


def _streamed(form: Format, question: Question, answer: Answer, behaviour: Behaviour) -> Response:
    headers = (
        ("Content-Type", form.stream_type),
        ("Cache-Control", "no-cache"),
        ("x-request-id", f"req_{answer.number:012d}"),
    )

    def paced() -> Iterator[bytes]:
        for count, event in enumerate(form.stream(question, answer)):
            if behaviour.fault in ("cut", "wrong-length") and count > 2:
                return
            yield event
            if behaviour.chunk_delay_s:
                time.sleep(behaviour.chunk_delay_s)

    return Response(200, headers, paced(), cut=behaviour.fault in ("cut", "wrong-length"))


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
