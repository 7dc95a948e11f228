"""A small HTTP/1.1 server on loopback that stands in for the internet: several hosts, real TLS, everything on record.

It is made for being looked at afterwards: each request is kept exactly as its bytes arrived, before anything parses
them, so that a demo or a test can say what an upstream *really* saw. It is also made for misbehaving: an answer can
declare a wrong length, stop in the middle, or never come. One thread a connection; it is no server for production.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self, TextIO

from akios_jail.demo.certificates import Authority

_MAX_HEAD = 256 * 1024


class Request(NamedTuple):
    """One request as it arrived. `raw` is every byte of it, head and body, before parsing; `body` is dechunked."""

    scheme: str
    host: str  # from SNI for https, from the Host header for http; without port
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes
    at: float  # Unix seconds

    def header(self, name: str) -> str:
        """The first header of that name, in any case; "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def to_json(self) -> dict[str, object]:
        """For the request log: the text for reading, and the bytes as received."""
        return {
            "time": self.at,
            "scheme": self.scheme,
            "host": self.host,
            "method": self.method,
            "target": self.target,
            "headers": [list(pair) for pair in self.headers],
            "body": self.body.decode("utf-8", "backslashreplace"),
            "raw_base64": base64.b64encode(self.raw).decode(),
        }


class Response(NamedTuple):
    """What a site answers. A body that is an iterable is streamed in chunks as they come.

    `declared_length` puts another Content-Length on the wire than the body has; `cut` closes the connection where
    the end of the body should be.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | Iterable[bytes]
    declared_length: int | None = None
    cut: bool = False


Site = Callable[[Request], Response]


def json_response(document: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A JSON answer."""
    return Response(status, (("Content-Type", "application/json"), *headers), json.dumps(document).encode())


class LocalServer:
    """Serves `sites` (host name → site) on one TLS port and one plain port of `bind`; use it as a context manager.

    TLS picks the certificate by SNI, and only for hosts that there are. `received` grows by one for every request.
    """

    def __init__(
        self,
        sites: Mapping[str, Site],
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        plain_port: int = 0,
        log: TextIO | None = None,
    ) -> None:
        self.sites = dict(sites)
        self.authority = Authority()
        self.received: list[Request] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._log = log
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._tls = socket.create_server((bind, port), backlog=256)
        self._plain = socket.create_server((bind, plain_port), backlog=256)
        self.bind = bind
        self.port: int = self._tls.getsockname()[1]
        self.plain_port: int = self._plain.getsockname()[1]

    def __enter__(self) -> Self:
        for listener, scheme in ((self._tls, "https"), (self._plain, "http")):
            threading.Thread(target=self._accept, args=(listener, scheme), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stopping.set()
        for listener in (self._tls, self._plain):
            # close() alone does not wake a thread that waits in accept(); shutdown() does.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def saw(self, text: str | bytes, host: str | None = None) -> bool:
        """Whether `text` stands anywhere in what was received (of `host`, or at all)."""
        needle = text.encode() if isinstance(text, str) else text
        return any(needle in request.raw or needle in request.body for request in self.requests(host))

    def requests(self, host: str | None = None) -> list[Request]:
        """The requests received so far, in order of their arrival."""
        with self._lock:
            return [request for request in self.received if host is None or request.host == host]

    def connect_to(self, scheme_port: int = 443) -> list[str]:
        """The `--connect-to` options that send every site's port 443 (or 80: the plain port) to this server."""
        port = self.plain_port if scheme_port == 80 else self.port
        return [f"--connect-to={host}:{scheme_port}:{self.bind}:{port}" for host in self.sites]

    def _accept(self, listener: socket.socket, scheme: str) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # the listener was closed: the server ends
            threading.Thread(target=self._serve, args=(connection, scheme), daemon=True).start()

    def _serve(self, connection: socket.socket, scheme: str) -> None:
        with self._lock:
            self._open.add(connection)
            self.connections += 1
        names: list[str] = []
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain = connection
            if scheme == "https":
                connection = self._handshake(plain, names)
                with self._lock:
                    self._open.discard(plain)
                    self._open.add(connection)
            self._exchanges(connection, scheme, names[0] if names else "")
        except (OSError, ValueError):
            return  # a client that went away, or spoke no TLS or no HTTP: its loss, and the connection ends
        finally:
            with self._lock:
                self._open.discard(connection)
            _shut(connection)
            connection.close()

    def _handshake(self, connection: socket.socket, names: list[str]) -> ssl.SSLSocket:
        def choose(tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
            if name is None or name not in self.sites:
                return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
            names.append(name)
            with self._lock:
                tls.context = self.authority.context(name)
            return None

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        context.sni_callback = choose
        return context.wrap_socket(connection, server_side=True)

    def _exchanges(self, connection: socket.socket, scheme: str, name: str) -> None:
        with connection.makefile("rb") as stream:
            while (request := _read(stream, connection, scheme, name)) is not None:
                site = self.sites.get(request.host)
                with self._lock:
                    self.received.append(request)
                    if self._log is not None:
                        self._log.write(json.dumps(request.to_json()) + "\n")
                        self._log.flush()
                response = site(request) if site else json_response({"error": f"no site {request.host}"}, 404)
                if not _write(connection, request, response) or request.header("connection").lower() == "close":
                    return


def _read(stream: BinaryIO, connection: socket.socket, scheme: str, name: str) -> Request | None:
    """The next request of a connection, None at its end; `ValueError` for what is not HTTP/1.1 (RFC 9112)."""
    raw = bytearray()

    def line() -> bytes:
        text = stream.readline(_MAX_HEAD)
        raw.extend(text)
        if not text.endswith(b"\n"):
            raise ValueError("a line without an end")
        return text.rstrip(b"\r\n")

    def take(length: int) -> bytes:
        data = stream.read(length)
        raw.extend(data)
        if len(data) != length:
            raise ValueError("a body that ended early")
        return data

    first = stream.readline(_MAX_HEAD)
    if not first:
        return None
    raw.extend(first)
    method, target, _version = first.decode("latin-1").split()
    headers: list[tuple[str, str]] = []
    while text := line().decode("latin-1"):
        key, _, value = text.partition(":")
        headers.append((key, value.strip()))
    fields = {key.lower(): value for key, value in headers}
    if fields.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = b""
    if fields.get("transfer-encoding", "").lower() == "chunked":
        while size := int(line().split(b";")[0], 16):
            body += take(size)
            line()
        while line():
            pass  # trailers
    elif "content-length" in fields:
        body = take(int(fields["content-length"]))
    host = name or fields.get("host", "").rpartition(":")[0] or fields.get("host", "")
    return Request(scheme, host, method, target, tuple(headers), body, bytes(raw), time.time())


def _write(connection: socket.socket, request: Request, response: Response) -> bool:
    """Send an answer; whether the connection can be used again."""
    head = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    head += [f"{key}: {value}" for key, value in response.headers]
    whole, parts = (response.body, ()) if isinstance(response.body, bytes) else (None, response.body)
    bodiless = request.method == "HEAD" or response.status in (204, 304)
    if whole is not None and response.status != 204:
        length = len(whole) if response.declared_length is None else response.declared_length
        head.append(f"Content-Length: {length}")
    elif whole is None:
        head.append("Transfer-Encoding: chunked")
    connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
    if not bodiless:
        if whole is not None:
            connection.sendall(whole)
        else:
            for chunk in parts:
                connection.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            if not response.cut:
                connection.sendall(b"0\r\n\r\n")
    return not response.cut and response.declared_length is None


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already gone: that is what was wanted


_REASONS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
