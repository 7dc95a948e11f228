"""Sends spans to an OpenTelemetry collector, with OpenTelemetry's own exporter: OTLP over HTTP, in batches.

The exporter says of a batch only whether it failed, and takes a redirection for success. So what the collector answers
is looked at here, on its way. Needs the extra `otel`; imported by the command that sends, and by nothing else.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import requests
from google.protobuf.message import DecodeError  # type: ignore[import-untyped,unused-ignore]
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, Tracer, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, set_span_in_context

from akios_jail.radar.draw import short
from akios_jail.radar.spans import Span, batches

#: So much of an answer is read, in bytes. An honest one has a hundred.
_ANSWER: Final = 64 * 1024
#: What the exporter may take beyond its own time before it is given up, in seconds.
_GRACE_S: Final = 1.0
#: Header fields of every request, whose values are no keys; a value of fewer characters than this is none either.
_NO_KEYS: Final = ("accept", "accept-encoding", "connection", "content-encoding", "content-type", "user-agent")
_SHORTEST_KEY: Final = 8
_KINDS: Final = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}


class Refused(Exception):
    """Spans did not get to where they were sent; the text says why."""


class Sent(NamedTuple):
    """How many spans the collector took, and how many it did not want, with its reason."""

    spans: int
    rejected: int = 0
    reason: str = ""


class Collector:
    """One collector. `url`: where it takes traces. `timeout`: seconds for each batch, repetitions included."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float, *, compress: bool = True) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # what it warns of is said here, once
        self._timeout = timeout
        self._session = _Session()
        self._exporter = OTLPSpanExporter(
            endpoint=url,
            headers=dict(headers),
            timeout=timeout,
            compression=Compression.Gzip if compress else Compression.NoCompression,
            session=self._session,
        )

    def send(self, trace: int, resource: Mapping[str, Any], scope: tuple[str, str], spans: Iterable[Span]) -> Sent:
        """All spans of one trace. `Refused` at the first batch that does not get through."""
        makes = _Maker(trace, resource, scope)
        sent = Sent(0)
        for batch in batches(spans):
            answer = self._sent([makes.span(each) for each in batch])
            rejected = min(answer.rejected, len(batch))
            taken = len(batch) - rejected
            sent = Sent(sent.spans + taken, sent.rejected + rejected, sent.reason or answer.reason)
        return sent

    def _sent(self, batch: list[ReadableSpan]) -> _Answer:
        """The collector's answer. By a thread: whoever dribbles bytes or is slow to be found by name keeps the exporter
        longer than its time."""
        results: list[SpanExportResult] = []
        self._session.answer = _Answer()
        thread = threading.Thread(target=lambda: results.append(self._exporter.export(batch)), daemon=True)
        thread.start()
        thread.join(self._timeout + _GRACE_S)
        answer = self._session.answer
        if not results:
            raise Refused(f"there was no answer within {self._timeout:g} s")
        if results[0] is not SpanExportResult.SUCCESS:
            raise Refused(answer.trouble or "the exporter could not send them")
        return answer


class _Answer:
    """What became of the last request."""

    trouble = ""
    rejected = 0
    reason = ""


class _Session(requests.Session):
    """Looks at the answers that the exporter gets."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = lambda request: request  # else a .netrc would replace the headers that were asked for
        self.answer = _Answer()

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        answer = self.answer
        keys = _keys(kwargs)
        try:
            response = super().request(*args, **{**kwargs, "stream": True, "allow_redirects": False})
            with response:
                body = response.raw.read(_ANSWER, decode_content=True)
        except Exception as error:
            answer.trouble = _without(keys, _plain(error))
            raise
        self._look(response, body, keys)
        return response

    def _look(self, response: requests.Response, body: bytes, keys: list[str]) -> None:
        """What an answer says, without what it may have been told as a key."""
        answer = self.answer
        said = f"the collector answers {response.status_code} {response.reason or ''}".rstrip()
        if 300 <= response.status_code < 400:
            place = short(response.headers.get("location", "no address"), 200)
            answer.trouble = _without(keys, f"{said}: it is elsewhere, at {place}")
            raise requests.RequestException(answer.trouble)  # or the exporter would take it for success
        if response.ok:
            answer.rejected, answer.reason = _partial(response.headers.get("content-type", ""), body)
            answer.reason = _without(keys, answer.reason)
        else:
            words = short(_without(keys, body.decode("utf-8", "replace")), 200) if _words(response) else ""
            answer.trouble = _without(keys, f"{said}: {words}" if words else said)


class _Ids(IdGenerator):
    """Gives each span the id that it has."""

    def __init__(self, trace: int) -> None:
        self._trace = trace
        self.span = 0

    def generate_span_id(self) -> int:
        return self.span

    def generate_trace_id(self) -> int:
        return self._trace


class _Ended(SpanProcessor):
    """Keeps the span that ended last. The exporter's own processor of batches drops what it has no room for."""

    def __init__(self) -> None:
        self.span: ReadableSpan | None = None

    def on_end(self, span: ReadableSpan) -> None:
        self.span = span


class _Maker:
    """Makes spans as the exporter takes them."""

    def __init__(self, trace: int, resource: Mapping[str, Any], scope: tuple[str, str]) -> None:
        self._trace = trace
        self._ids, self._ended = _Ids(trace), _Ended()
        provider = TracerProvider(
            ALWAYS_ON,
            Resource.create(dict(resource)),
            shutdown_on_exit=False,
            id_generator=self._ids,
            span_limits=SpanLimits(*[SpanLimits.UNSET] * 8),  # there are bounds already
        )
        provider.add_span_processor(self._ended)
        tracer = provider.get_tracer(*scope)
        if not isinstance(tracer, Tracer):
            raise Refused("OTEL_SDK_DISABLED is set, so that OpenTelemetry makes no spans")
        self._tracer = tracer

    def span(self, each: Span) -> ReadableSpan:
        trace = self._trace
        self._ids.span = each.id
        context = set_span_in_context(NonRecordingSpan(_context(trace, each.parent)), Context())
        links = [Link(_context(trace, link.span), link.attributes) for link in each.links]
        made = self._tracer.start_span(each.name, context, _KINDS[each.kind], each.attributes, links, each.start)
        if each.error is not None:
            made.set_status(Status(StatusCode.ERROR, each.error))
        made.end(each.end)
        if self._ended.span is None:
            raise Refused(f"OpenTelemetry did not end the span {each.name}")
        return self._ended.span


def _context(trace: int, span: int) -> SpanContext:
    return SpanContext(trace, span, is_remote=False)


def _partial(kind: str, body: bytes) -> tuple[int, str]:
    """How many spans an answer says that it rejects, and why. An answer without such words has taken them all."""
    try:
        if "json" in kind:
            told = json.loads(body).get("partialSuccess") or {}
            return max(0, int(told.get("rejectedSpans") or 0)), str(told.get("errorMessage") or "")
        partial = ExportTraceServiceResponse.FromString(body).partial_success
        return max(0, partial.rejected_spans), partial.error_message
    except (DecodeError, ValueError, TypeError, AttributeError, RecursionError):
        return 0, ""


def _keys(request: Mapping[str, Any]) -> list[str]:
    """What of a request may be a key: the header fields that were asked for, and what stands behind its address."""
    headers = request.get("headers") or {}
    found = [str(value) for name, value in headers.items() if str(name).lower() not in _NO_KEYS]
    found += [word for value in found for word in value.split()]  # Bearer, and the key
    found += [value for _, value in parse_qsl(urlsplit(str(request.get("url", ""))).query)]
    return sorted({each for each in found if len(each) >= _SHORTEST_KEY}, key=len, reverse=True)


def _without(keys: list[str], text: str) -> str:
    """Whoever is told a key may say it again."""
    for key in keys:
        text = text.replace(key, "[key]").replace(quote(key), "[key]").replace(quote_plus(key), "[key]")
    return text


def _words(response: requests.Response) -> bool:
    return response.headers.get("content-type", "").startswith(("text/", "application/json"))


def _plain(error: BaseException) -> str:
    """Why there was no answer, in the words of the system rather than of three libraries."""
    for each in _causes(error):
        if type(each).__name__ in ("ConnectTimeout", "ConnectTimeoutError", "ReadTimeout", "ReadTimeoutError"):
            return "the collector does not answer"
        if isinstance(each, OSError) and each.strerror and not isinstance(each, requests.RequestException):
            return short(each.strerror, 200)
    return short(str(error), 200)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What an error was raised for, the first cause last."""
    waiting, seen = [error], 0
    while waiting and seen < 32:
        each = waiting.pop()
        seen += 1
        yield each
        found = [each.__cause__, each.__context__, getattr(each, "reason", None), *islice(each.args, 8)]
        waiting += [other for other in found if isinstance(other, BaseException)]
