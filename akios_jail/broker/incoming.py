"""From an HTTP/1.1 request as it was parsed to the request that the stages see, or to the reason why it is refused.

aiohttp's parser (llhttp) refuses what is not HTTP: bare line feeds, folded fields, two lengths, a length beside a
transfer coding, control characters, bad chunk sizes, no or two Host fields. Here is what it accepts and we do not:
spellings that another server may read differently, and asking for another protocol than the one that is governed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

from aiohttp.web_request import BaseRequest

from akios_jail.broker import limits, target
from akios_jail.broker.addresses import literal
from akios_jail.broker.destinations import Destination
from akios_jail.broker.http_message import Headers, Request
from akios_jail.broker.upstream import without
from akios_jail.policy.verdict import Verdict

_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "expect"})
_HOPS = frozenset({"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "http2-settings"})
#: With these a server is asked to act by another method than the request's, which policy was asked about ...
_METHOD_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
#: ... or by another path.
_PATH_OVERRIDES = frozenset({"x-original-url", "x-rewrite-url", "x-original-uri"})


class Refused(Exception):
    """This request is refused before any policy is asked. `status` is 400 or 403."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.verdict = Verdict("deny", code, reason)


class Head(NamedTuple):
    """A checked request head; the body is still to come. `length` as in `exchange.Request`."""

    method: str
    path: str
    query: str
    headers: Headers
    length: int | None
    expects_continue: bool

    def request(self, body: AsyncIterator[bytes]) -> Request:
        """The request that the stages see."""
        return Request(self.method, self.path, self.query, self.headers, body, self.length)


def read(http: BaseRequest, destination: Destination) -> Head:
    """The head of a request that arrived on a connection to `destination`. `Refused` says what is wrong with it."""
    headers = _text_fields(http.raw_headers)
    if http.version not in ((1, 0), (1, 1)):
        raise _bad("only HTTP/1.1 and HTTP/1.0 are spoken here")
    if http.method in ("CONNECT", "TRACE"):
        raise Refused(403, "method_refused", f"{http.method} would make a tunnel or an echo of this connection")
    protocols = _upgrades(headers)
    if protocols:
        reason = f"changing the protocol to {protocols[0]!r} is refused: what follows could not be governed"
        raise Refused(403, "upgrade_refused", reason)
    _check_overrides(headers, http.method)
    length = _length(headers, (http.version.major, http.version.minor))
    _check_host(headers, destination)
    try:
        path, query = target.parse(http.raw_path, destination.protocol, _one(headers, "host"))
    except target.BadTarget as error:
        raise _bad(str(error)) from None
    expects = [value.strip().lower() for name, value in headers if name.lower() == "expect"]
    if expects and expects != ["100-continue"]:
        raise Refused(417, "expectation_failed", "the only expectation that can be met is 100-continue")
    return Head(
        http.method,
        path,
        query,
        without(without(headers, _HOPS), _FRAMING),
        length,
        bool(expects) and length != 0 and http.version == (1, 1),
    )


def _text_fields(raw: tuple[tuple[bytes, bytes], ...]) -> Headers:
    if sum(len(name) + len(value) + 4 for name, value in raw) > limits.HEADER_BYTES.value:
        raise _bad("the header fields are too large together")
    try:
        return [(name.decode("ascii"), value.decode()) for name, value in raw]
    except UnicodeDecodeError:
        raise _bad("a header field is not UTF-8") from None


def _upgrades(headers: Headers) -> list[str]:
    """The protocols that the client insists on. An offer of h2c may be ignored by a server, and HTTP/1.1 it stays."""
    offered = [
        token.strip().lower() for name, value in headers if name.lower() == "upgrade" for token in value.split(",")
    ]
    return [protocol for protocol in offered if protocol not in ("", "h2c")]


def _check_overrides(headers: Headers, method: str) -> None:
    for name, value in headers:
        lower = name.lower().replace("_", "-")
        if lower in _PATH_OVERRIDES or (lower in _METHOD_OVERRIDES and value.strip().upper() != method):
            reason = f"the field {name} asks for another method or path than this request's"
            raise Refused(403, "override_refused", reason)


def _length(headers: Headers, version: tuple[int, int]) -> int | None:
    codings = [value.strip().lower() for name, value in headers if name.lower() == "transfer-encoding"]
    lengths = [value.strip() for name, value in headers if name.lower() == "content-length"]
    if codings:
        if codings != ["chunked"] or version != (1, 1) or lengths:
            raise _bad("the only transfer coding is chunked, alone, in HTTP/1.1")
        return None
    if not lengths:
        return 0
    if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        raise _bad("Content-Length is not one number")
    return int(lengths[0])


def _check_host(headers: Headers, destination: Destination) -> None:
    named = _one(headers, "host").lower()
    host, _, port = named.rpartition(":") if ":" in named.rpartition("]")[2] else (named, "", "")
    host = _address(host.strip("[]")) if destination.literal else host.removesuffix(".")
    default = {"https": 443, "http": 80}[destination.protocol]
    if host != destination.host or (port or str(default)) != str(destination.port):
        reason = f"the Host field names {named!r}, but the connection was made to {destination.authority}"
        raise Refused(403, "host_mismatch", reason)


def _address(text: str) -> str:
    """A literal address in its canonical spelling; what is none stays as it is."""
    address = literal(text)
    return text if address is None else str(address)


def _one(headers: Headers, wanted: str) -> str:
    values = [value.strip() for name, value in headers if name.lower() == wanted]
    if len(values) != 1:
        raise _bad("there must be exactly one Host field")
    return values[0]


def _bad(reason: str) -> Refused:
    return Refused(400, "bad_request", reason)
