"""Spans as OTLP in JSON: a line for each batch, as collectors read them from a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from akios_jail.radar.attributes import Value
from akios_jail.radar.spans import Span

_KINDS: Final = {"internal": 1, "client": 3}
_ERROR: Final = 2
#: The bits that say that the parent is told of, and is of the same process.
_FLAGS: Final = 0x100


def line(trace: int, resource: Mapping[str, Value], scope: tuple[str, str], spans: Iterable[Span]) -> str:
    """One request of the protocol (`ExportTraceServiceRequest`). `scope`: name and version of who tells it."""
    told = {"scope": {"name": scope[0], "version": scope[1]}, "spans": [_span(trace, each) for each in spans]}
    document = {"resourceSpans": [{"resource": {"attributes": _attributes(resource)}, "scopeSpans": [told]}]}
    return json.dumps(document, separators=(",", ":"))


def _span(trace: int, span: Span) -> dict[str, Any]:
    document: dict[str, Any] = {"traceId": f"{trace:032x}", "spanId": f"{span.id:016x}"}
    if span.parent:
        document["parentSpanId"] = f"{span.parent:016x}"
    document |= {"flags": _FLAGS, "name": span.name, "kind": _KINDS[span.kind]}
    document |= {"startTimeUnixNano": f"{span.start}", "endTimeUnixNano": f"{span.end}"}
    document["attributes"] = _attributes(span.attributes)
    if span.links:
        document["links"] = [
            {
                "traceId": f"{trace:032x}",
                "spanId": f"{each.span:016x}",
                "attributes": _attributes(each.attributes),
                "flags": _FLAGS,
            }
            for each in span.links
        ]
    document["status"] = {} if span.error is None else {"code": _ERROR, "message": span.error}
    return document


def _attributes(attributes: Mapping[str, Value]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Value | int) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": f"{value}"}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    items: Sequence[str | int] = value
    return {"arrayValue": {"values": [_value(each) for each in items]}}
