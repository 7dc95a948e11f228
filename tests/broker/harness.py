"""A real broker process, a real network namespace of a jail, and upstreams that behave as badly as a test wants.

The broker runs as it does in a session: its own process, spoken to over the control socket, its listeners in the jail's
network. The namespace belongs to one thread of the test process, which opens sockets in it on request.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import queue
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

from akios_jail import kernel, messages
from akios_jail.demo.certificates import Authority
from akios_jail.jail import landlock, network, seccomp
from akios_jail.jail.landlock import PathAccess
from akios_jail.launcher import broker_walls
from akios_jail.policy.plans import BrokerPlan, Budget, EgressHost, EgressPlan, Pii, Rule, dump
from tests.audit.logs import lines

CLONE_NEWNET = 0x40000000
PATIENCE = 20.0


@functools.cache
def _own_filter() -> bytes:
    """The filter of system calls that a broker has in a session."""
    with tempfile.TemporaryDirectory() as cache:
        return seccomp.program(seccomp.find_profile("broker"), cache)


def rule(number: int, host: str, **fields: Any) -> Rule:
    """A rule of the allowlist: https at 443, any method, any path, unless said otherwise."""
    given: dict[str, Any] = {
        "kind": "exact",
        "ports": (443,),
        "protocol": "https",
        "tls": "intercept",
        "methods": ("*",),
        "paths": ("/**",),
        "when": "",
        "when_needs_body": False,
        "addresses": (),
        "description": "",
        "line": number,
    }
    return Rule(number=number, host=host, **{**given, **fields})


def plans(*rules: Rule, budget: Budget | None = None, pii: Pii | None = None) -> tuple[BrokerPlan, EgressPlan]:
    """The plans of a policy with these rules, with addresses as the compiler gives them."""
    addresses: dict[str, str] = {}
    hosts: list[EgressHost] = []
    for each in rules:
        if each.kind == "exact":
            address = addresses.setdefault(each.host, f"198.18.0.{10 + len(addresses)}")
        else:
            address = "" if each.kind == "wildcard" else each.host
        hosts += [EgressHost(each.host, each.kind, address, port, each.protocol) for port in each.ports]
    plan = BrokerPlan(rules, budget or Budget(), pii or Pii("off", ()))
    return plan, EgressPlan(tuple(hosts))


class Namespace:
    """A jail's network, held by a thread."""

    def __init__(self, egress: EgressPlan) -> None:
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.egress = egress
        self.fds: dict[str, int] = self.do(lambda: self._enter(egress))

    def do(self, function: Callable[[], Any]) -> Any:
        """The result of `function`, called inside the namespace."""
        future: Future[Any] = Future()
        self._work.put((future, function))
        return future.result(PATIENCE)

    def connect(self, host: str, port: int = 443) -> socket.socket:
        """A TCP connection from inside to a host of the plan (or a literal address)."""
        address = next((h.address for h in self.egress.hosts if h.host == host and h.address), host)
        connection: socket.socket = self.do(lambda: socket.create_connection((address, port), timeout=PATIENCE))
        return connection

    def ask(self, query: bytes) -> bytes:
        """What the jail's name server answers."""

        def exchange() -> bytes:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(PATIENCE)
                sock.sendto(query, ("198.18.0.1", 53))
                return sock.recv(4096)

        answer: bytes = self.do(exchange)
        return answer

    def close(self) -> None:
        self._work.put(None)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            future, function = item
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)

    @staticmethod
    def _enter(egress: EgressPlan) -> dict[str, int]:
        kernel.unshare(CLONE_NEWNET)
        return network.configure(egress)


class Broker:
    """A broker process with one session, in the place of the launcher."""

    def __init__(self, folder: Path, broker: BrokerPlan, namespace: Namespace, **options: Any) -> None:
        self.start(folder, namespace)
        self.open(self.session, broker, namespace, options)

    def start(self, folder: Path, namespace: Namespace) -> None:
        """Start the process; nothing is said to it yet."""
        self.namespace = namespace
        self.folder = folder
        self._stderr = (folder / "broker.log").open("wb")
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(PATIENCE)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-m", "akios_jail.broker"],
            preexec_fn=lambda: os.dup2(theirs.fileno(), 3),
            pass_fds=(3,),
            stdin=subprocess.DEVNULL,
            stderr=self._stderr,
        )
        theirs.close()
        self.session = f"ses_{os.urandom(4).hex()}"

    def open(self, session: str, broker: BrokerPlan, namespace: Namespace, options: dict[str, Any]) -> None:
        """Open a session as the launcher does. Options: those of the protocol, `fds` beside the usual, `later` (no
        listeners yet), `journal_flags`, `plan` (its bytes)."""
        flags = options.get("journal_flags", os.O_RDWR | os.O_APPEND | os.O_CREAT)
        journal = os.open(self.folder / f"{session}.journal", flags, 0o600)
        document = json.dumps(
            {
                "broker": dump(broker),
                "egress": dump(namespace.egress),
                "session": {
                    "id": session,
                    "name": "test",
                    "argv": ["agent.py"],
                    "policy_name": "test",
                    "policy_sha256": "0" * 64,
                    "flux_sha256": "",
                    "base_sha256s": [],
                    "signers": [],
                    "uid": 1000,
                    "started": time.time(),
                },
                "options": {
                    "connect_to": options.get("connect_to", []),
                    "upstream_ca_pem": options.get("upstream_ca_pem", ""),
                    "java_truststore": options.get("java_truststore", False),
                    "state_folder": str(self.folder),
                    "trigger_folder": options.get("trigger_folder", ""),
                },
            }
        ).encode()
        plan = messages.blob("plan", options.get("plan", document))
        filters = messages.blob("seccomp", options.get("seccomp", _own_filter()))
        dialled = [entry for entry in options.get("connect_to", []) if len(entry) == 4]
        files = landlock.ruleset((PathAccess("/", "write"),), broker_walls.ports(broker, dialled))
        listeners = {} if options.get("later") else namespace.fds
        fds = {"plan": plan, "journal": journal, "landlock": files, "seccomp": filters}
        self.send("open", {}, {**fds, **listeners, **options.get("fds", {})})
        for fd in (plan, journal, files, filters, *listeners.values()):
            os.close(fd)

    def send(self, kind: str, fields: dict[str, Any], fds: dict[str, int] | None = None) -> None:
        messages.send(self.control, kind, fields, fds)

    def receive(self) -> messages.Message:
        return messages.receive(self.control)

    def ready(self) -> Broker:
        """Wait until the session is open."""
        message = self.receive()
        assert message.type == "ready", message
        self.ca_pem = message.fields["ca_pem"]
        return self

    def end(self) -> dict[str, Any]:
        """End the session; the broker's part of the report."""
        self.send("end", {"session": self.session, "outcome": {"status": 0}})
        while (message := self.receive()).type != "closed":
            pass
        report: dict[str, Any] = json.loads(messages.read_blob(message.fds["report"]))
        return report

    def records(self, *types: str) -> list[dict[str, Any]]:
        """What is on record, of these types (all if none is named)."""
        found = [record for path in sorted(self.folder.glob("*.journal")) for record in lines(path)]
        return [record for record in found if not types or record["type"] in types]

    @property
    def log(self) -> str:
        """All that is on record, as it stands there."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.journal")))

    def await_record(self, matches: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first record that matches, waiting for it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for record in self.records():
                if matches(record):
                    return record
            time.sleep(0.01)
        raise AssertionError(f"no such record; the last ones: {self.records()[-3:]}")

    def tls(
        self, host: str, port: int = 443, server_name: str | None = None, alpn: list[str] | None = None
    ) -> ssl.SSLSocket:
        """A TLS connection of the agent to a host, trusting the session's CA alone."""
        context = ssl.create_default_context(cadata=self.ca_pem)
        context.set_alpn_protocols(alpn or ["http/1.1"])
        name = server_name or host
        context.check_hostname = name == host
        return context.wrap_socket(self.namespace.connect(host, port), server_hostname=name)

    def wrap(self, sock: socket.socket, host: str) -> ssl.SSLSocket:
        """TLS over a connection that is there already."""
        return ssl.create_default_context(cadata=self.ca_pem).wrap_socket(sock, server_hostname=host)

    def close(self) -> None:
        self.control.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self._stderr.close()


class Answer(NamedTuple):
    """One HTTP answer as read from a socket."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.body)["error"]
        return error


class Reader:
    """Reads HTTP messages from a socket, plainly and without much forgiveness."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = b""

    def line(self) -> bytes:
        return self._until(b"\r\n")

    def some(self) -> bytes:
        """Whatever comes next; b"" at the end."""
        if self._data:
            data, self._data = self._data, b""
            return data
        return self._sock.recv(65536)

    def exactly(self, count: int) -> bytes:
        while len(self._data) < count:
            self._more()
        data, self._data = self._data[:count], self._data[count:]
        return data

    def fields(self) -> list[tuple[str, str]]:
        headers = []
        while line := self.line():
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name, value.strip()))
        return headers

    def answer(self, *, head: bool = False) -> Answer:
        """A whole answer."""
        status = int(self.line().split()[1])
        headers = self.fields()
        if head or status in (204, 304) or status < 200:
            return Answer(status, headers, b"")
        return Answer(status, headers, self.body(headers))

    def body(self, headers: list[tuple[str, str]]) -> bytes:
        lower = {name.lower(): value for name, value in headers}
        if "chunked" in lower.get("transfer-encoding", ""):
            body = b""
            while chunk := self.chunk():
                body += chunk
            return body
        if "content-length" in lower:
            return self.exactly(int(lower["content-length"]))
        body = self._data
        while data := self._sock.recv(65536):
            body += data
        return body

    def chunk(self) -> bytes:
        size = int(self.line().split(b";")[0], 16)
        data = self.exactly(size)
        assert self.line() == b""
        return data

    def _until(self, end: bytes) -> bytes:
        while end not in self._data:
            self._more()
        line, _, self._data = self._data.partition(end)
        return line

    def _more(self) -> None:
        data = self._sock.recv(65536)
        if not data:
            raise EOFError(self._data)
        self._data += data


class Seen(NamedTuple):
    """One request as an upstream received it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Script = Callable[[socket.socket, Reader, Seen], None]


def hello(sock: socket.socket, _: Reader, seen: Seen) -> None:
    """The plain answer: what was asked, in a few bytes."""
    body = f"{seen.method} {seen.target}".encode()
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


class Upstream:
    """A server on the host's loopback. `script` answers each request; raising ends the connection."""

    def __init__(
        self, authority: Authority | None, host: str, script: Script = hello, *, read_body: bool = True
    ) -> None:
        self._context = authority.context(host) if authority is not None else None
        self._script = script
        self._read_body = read_body
        self.seen: list[Seen] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # or its thread goes on accepting, by then for another listener
        self._listener.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        self._open.add(sock)
        try:
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            reader = Reader(sock)
            while True:
                method, target, _ = reader.line().decode("latin-1").split(" ")
                headers = reader.fields()
                lower = {name.lower() for name, _ in headers}
                framed = bool(lower & {"content-length", "transfer-encoding"})
                seen = Seen(method, target, headers, reader.body(headers) if framed and self._read_body else b"")
                self.seen.append(seen)
                self._script(sock, reader, seen)
        except (OSError, EOFError):
            return
        finally:
            self._open.discard(sock)
            sock.close()


def reset(sock: socket.socket) -> None:
    """Close a connection so that the other side sees a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def request(method: str, target: str, host: str, body: bytes = b"", *fields: str) -> bytes:
    """A request as bytes."""
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}", *fields]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


@contextlib.contextmanager
def opened(folder: Path, broker: BrokerPlan, egress: EgressPlan, **options: Any) -> Iterator[Broker]:
    """A ready broker in a jail's network of its own."""
    namespace = Namespace(egress)
    try:
        process = Broker(folder, broker, namespace, **options)
        try:
            yield process.ready()
        finally:
            process.close()
    finally:
        namespace.close()
