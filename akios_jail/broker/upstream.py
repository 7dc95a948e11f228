"""The way out for HTTP: the request that upstream receives is built anew from the parsed one, and the answer likewise.

Nothing of the agent's bytes is copied through: method, canonical target, fields without those that concern only one
connection (RFC 9110 section 7.6.1), our own Host and our own framing. Addresses are the ones that the dialer checked,
TLS is verified against the system's trust, redirects are the agent's to follow (and to be judged), and no proxy
variable, cookie jar or netrc of the host plays any part.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import AsyncIterator

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict
from yarl import URL

from akios_jail.broker import limits, resolve
from akios_jail.broker.addresses import literal
from akios_jail.broker.destinations import authority
from akios_jail.broker.dialer import Dialer
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Headers, Request, Response
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.upstream_connection import Connector, Misbehaved

#: RFC 9110 section 7.6.1, and what older software sends.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
#: What we say ourselves: framing, the host, and the interim answer that we gave already; and what the agent says to us.
_OURS_UPSTREAM = HOP_BY_HOP | {"host", "content-length", "expect", "x-akios-task"}
#: Alt-Svc would send clients to HTTP/3, which the jail does not have.
_OURS_DOWNSTREAM = HOP_BY_HOP | {"alt-svc"}
_AUTOMATIC = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Upstream:
    """One session's connections to the world; never shared with another session."""

    def __init__(self, dialer: Dialer, context: ssl.SSLContext) -> None:
        self._dialer = dialer
        self._session = aiohttp.ClientSession(
            connector=Connector(
                resolver=_Checked(dialer),
                use_dns_cache=False,
                ssl=context,
                limit=0,
                keepalive_timeout=limits.UPSTREAM_KEEPALIVE.value,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            skip_auto_headers=_AUTOMATIC,
            timeout=aiohttp.ClientTimeout(
                total=None, connect=limits.CONNECT.value, sock_read=limits.UPSTREAM_SILENCE.value
            ),
            max_line_size=limits.REQUEST_LINE.value,
            max_field_size=limits.HEADER_FIELD.value,
            max_headers=limits.HEADER_FIELDS.value,
        )

    async def send(self, exchange: Exchange) -> Response:
        """Send the exchange's request; returns when the head of the answer is here. `UpstreamFailed` if none comes."""
        request = exchange.request
        try:
            url, server_hostname = await self._url(exchange)
            answer = await self._session.request(
                request.method,
                url,
                headers=_fields(exchange),
                data=_body(request),
                allow_redirects=False,
                server_hostname=server_hostname,
            )
        except Exception as error:
            raise _failure(error, exchange.host) from error
        exchange.on_close(functools.partial(_leave, answer))
        if answer.status < 200:
            raise UpstreamFailed(502, "upstream_invalid", f"{exchange.host} switched protocols without being asked")
        if sum(len(name) + len(value) + 4 for name, value in answer.raw_headers) > limits.ANSWER_HEADER_BYTES.value:
            raise UpstreamFailed(
                502, "upstream_invalid", f"the header fields of {exchange.host} are too large together"
            )
        return _response(exchange, answer)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def _url(self, exchange: Exchange) -> tuple[URL, str | None]:
        """Where to send it, and the name that TLS must verify where it is not the URL's own."""
        host, port = exchange.host, exchange.port
        server_hostname = None
        # A literal address ends in a digit or has a colon, so that most names need no closer look.
        if (":" in host or host[-1].isdigit()) and literal(host) is not None:
            # aiohttp dials a literal address as it stands, so that it must be checked, or mapped, before.
            server_hostname = host if exchange.protocol == "https" else None
            host, port = (await self._dialer.where(host, port))[0]
        url = URL.build(
            scheme=exchange.protocol,
            host=host,
            port=port,
            path=exchange.request.path,
            query_string=exchange.outgoing.query if exchange.outgoing else exchange.request.query,
            encoded=True,
        )
        return url, server_hostname


class _Checked(AbstractResolver):
    """Gives aiohttp the dialer's addresses, and no others, to dial."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=found.address, port=found.port, family=found.family, proto=0, flags=0)
            for found in await self._dialer.where(host, port)
        ]

    async def close(self) -> None:
        """Nothing to close."""


def _fields(exchange: Exchange) -> CIMultiDict[str]:
    request = exchange.request
    fields: CIMultiDict[str] = CIMultiDict()
    fields["Host"] = authority(exchange.host, exchange.port, exchange.protocol)
    spelled: dict[str, str] = {}
    for name, value in sent_fields(exchange.outgoing.headers if exchange.outgoing else request.headers):
        # One spelling for each name: aiohttp takes another spelling of a name for its replacement.
        fields.add(spelled.setdefault(name.lower(), name), value)
    if request.body is None and request.length is not None:
        fields["Content-Length"] = str(request.length)
    return fields


def sent_fields(headers: Headers) -> Headers:
    """The fields that go upstream as they are; Host and framing are ours."""
    return without(headers, _OURS_UPSTREAM)


def _body(request: Request) -> bytes | AsyncIterator[bytes] | None:
    if request.body is None:
        return request.stream
    return request.body or None


def without(headers: Headers, ours: frozenset[str]) -> Headers:
    """The fields less `ours` and less those that `Connection` names."""
    dropped = set(ours)
    for name, value in headers:
        if name.lower() == "connection":
            dropped.update(token.strip().lower() for token in value.split(","))
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def _response(exchange: Exchange, answer: aiohttp.ClientResponse) -> Response:
    headers = without([(_text(name), _text(value)) for name, value in answer.raw_headers], _OURS_DOWNSTREAM)
    bodiless = exchange.request.method == "HEAD" or answer.status in (204, 304)
    length: int | None = 0 if bodiless else answer.content_length
    if not bodiless:
        # For HEAD the field describes what is not sent, and stays; elsewhere `length` says it.
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        if any(name.lower() == b"transfer-encoding" for name, _ in answer.raw_headers):
            length = None
    return Response(answer.status, _reason(answer.reason), headers, _stream(exchange, answer), length)


def _leave(answer: aiohttp.ClientResponse) -> None:
    """End an answer at once if it is not over: a TLS goodbye would wait for an upstream that goes on sending."""
    connection = answer.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
    answer.close()


async def _stream(exchange: Exchange, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.content.iter_any():
            yield chunk
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise _failure(error, exchange.host) from error


def _reason(reason: str | None) -> str:
    return "".join(character for character in reason or "" if " " <= character <= "~")


def _text(raw: bytes) -> str:
    """A field of an answer as text; one that is not UTF-8 is taken for ISO 8859-1, as it once was defined."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _failure(error: Exception, host: str) -> Exception:
    """What to tell for an exception of the client. What is not the client's own passes unchanged (a denial too)."""
    if isinstance(error.__cause__, Denied):
        return error.__cause__  # reading the agent's body while it was sent upstream failed
    if isinstance(error, resolve.Unresolvable):
        return UpstreamFailed(502, "upstream_unresolvable", str(error))
    if isinstance(error, Misbehaved):
        return UpstreamFailed(502, "upstream_invalid", f"{host} {error}")
    if isinstance(error, TimeoutError):
        return UpstreamFailed(504, "upstream_timeout", f"{host} did not answer in time")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return UpstreamFailed(
            502, "upstream_certificate", f"the certificate of {host} is not trusted: {error.certificate_error}"
        )
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        return UpstreamFailed(502, "upstream_tls", f"TLS with {host} failed: {error}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return UpstreamFailed(
            502, "upstream_unreachable", f"{host} cannot be reached: {error.os_error.strerror or error}"
        )
    if isinstance(error, aiohttp.ClientPayloadError):
        return UpstreamFailed(502, "upstream_cut", f"{host} broke off in the middle of its answer")
    if isinstance(error, (aiohttp.ClientConnectionError, ConnectionError)):
        return UpstreamFailed(502, "upstream_closed", f"{host} closed the connection without an answer")
    if isinstance(error, aiohttp.ClientError):
        return UpstreamFailed(502, "upstream_invalid", f"{host} did not answer in valid HTTP ({type(error).__name__})")
    return error
