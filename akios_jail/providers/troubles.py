"""Errors as providers tell them: read from an answer or a stream's first event, and written in another format.

A stream can begin with status 200 and an error: the provider had said yes before it found that it has no capacity. What
such an event says is brought to the HTTP status that says the same.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from akios_jail.providers import strictjson
from akios_jail.providers.sse import Event
from akios_jail.providers.strictjson import Unreadable

#: Words of providers for errors, and the HTTP status that says the same.
_STATUS = {
    "invalid_request_error": 400,
    "INVALID_ARGUMENT": 400,
    "validationException": 400,
    "authentication_error": 401,
    "UNAUTHENTICATED": 401,
    "billing_error": 402,
    "permission_error": 403,
    "PERMISSION_DENIED": 403,
    "accessDeniedException": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "NOT_FOUND": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "RESOURCE_EXHAUSTED": 429,
    "throttlingException": 429,
    "UNAVAILABLE": 503,
    "serviceUnavailableException": 503,
    "timeout_error": 504,
    "DEADLINE_EXCEEDED": 504,
    "overloaded_error": 529,
}
_KINDS = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
_KINDS |= {413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error"}
_GOOGLE = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
_GOOGLE |= {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}
#: What is kept of a message.
_MOST = 2_000


class Trouble(NamedTuple):
    """An error: the HTTP status that says the same, and the provider's words, "" for none."""

    status: int
    message: str


def of_event(event: Event) -> Trouble | None:
    """The error that an event of a stream is, None if it is none or cannot be read."""
    if event.data is None:
        return None
    try:
        document = event.document
    except Unreadable:
        return None
    if not isinstance(document, dict):
        return None
    told = document.get("error")
    if event.event.endswith("Exception"):  # of an Amazon event stream
        return Trouble(_STATUS.get(event.event, 500), _message(document))
    if told is None and document.get("type") != "error":
        return None
    error = told if isinstance(told, dict) else document
    words = [error.get(name) for name in ("code", "status", "type")]
    numbers = [word for word in words if type(word) is int and 400 <= word < 600]
    names = [_STATUS[word] for word in words if isinstance(word, str) and word in _STATUS]
    return Trouble((numbers or names or [500])[0], _message(told if told is not None else document))


def is_sign_of_life(event: Event) -> bool:
    """Whether an event says nothing: a comment, a blank one, Anthropic's ping."""
    return not event.data or event.event == "ping"


def message_of(body: bytes) -> str:
    """The words of an answer that is an error, whatever its format; "" if there are none that can be found."""
    try:
        document = strictjson.loads(body)
    except Unreadable:
        return ""
    if isinstance(document, list) and document:  # Google's, where it was asked for a stream
        document = document[0]
    return _message(document.get("error", document) if isinstance(document, dict) else document)


def written(wire: str, status: int, message: str) -> bytes:
    """The body of an answer with this status, as the wire format with this name tells errors."""
    document: dict[str, Any]
    if wire.startswith("anthropic"):
        document = {"type": "error", "error": {"type": _KINDS.get(status, "api_error"), "message": message}}
    elif wire.startswith("google"):
        document = {"error": {"code": status, "message": message, "status": _GOOGLE.get(status, "UNKNOWN")}}
    elif wire.startswith("bedrock"):
        document = {"message": message}
    else:
        kind = _KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
        document = {"error": {"message": message, "type": kind, "param": None, "code": None}}
    return strictjson.dumps(document)


def _message(error: Any) -> str:
    if isinstance(error, dict):
        error = next((error[name] for name in ("message", "Message", "detail") if isinstance(error.get(name), str)), "")
    return error[:_MOST] if isinstance(error, str) else ""
