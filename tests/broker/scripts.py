"""How the tests' upstream answers: well, slowly, or badly, as the path says."""

from __future__ import annotations

import socket
import threading
import time

from tests.broker.harness import PATIENCE, Reader, Seen, hello, reset

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_UNASKED = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nunasked"


class Scripts:
    """Answers by path. `gate` holds `/slow` and the rest of `/events` back until it is set."""

    def __init__(self, gate: threading.Event) -> None:
        self.gate = gate
        self.left = threading.Event()  # the broker went away in the middle of an answer

    def by_path(self, sock: socket.socket, reader: Reader, seen: Seen) -> None:
        """Answer one request."""
        name = seen.target.partition("?")[0].strip("/").replace("-", "_")
        getattr(self, name, hello)(sock, reader, seen)

    def echo(self, sock: socket.socket, _: Reader, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(seen.body) + seen.body)

    def chunked(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n"
        )

    def until_close(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        raise EOFError

    def empty(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 204 No Content\r\nX-Kept: 1\r\n\r\n")

    def unchanged(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 5\r\n\r\n')

    def sized(self, sock: socket.socket, _: Reader, seen: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + (b"" if seen.method == "HEAD" else b"12345"))

    def hints(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def hops(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(
            b"HTTP/1.1 200 Fine\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n"
            b'Alt-Svc: h3=":443"\r\n'
            b"Upgrade: h2c\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Latin: caf\xe9\r\nContent-Length: 0\r\n\r\n"
        )

    def events(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        sock.sendall(b"d\r\ndata: first\n\n\r\n")
        self.gate.wait(PATIENCE)
        sock.sendall(b"e\r\ndata: second\n\n\r\n0\r\n\r\n")

    def slow(self, sock: socket.socket, _: Reader, seen: Seen) -> None:
        self.gate.wait(PATIENCE)
        hello(sock, _, seen)

    def forever(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """Sends until the broker goes away."""
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                sock.sendall(b"400\r\n" + bytes(1024) + b"\r\n")
        finally:
            self.left.set()

    def silent(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """Never answers; notices when the broker goes away."""
        try:
            sock.settimeout(PATIENCE)
            sock.recv(1)
        finally:
            self.left.set()

    def reset(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        reset(sock)
        raise EOFError

    def hang_up(self, _: socket.socket, __: Reader, ___: Seen) -> None:
        raise EOFError

    def short(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        raise EOFError

    def promised(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        raise EOFError

    def cut_chunk(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        raise EOFError

    def garbage(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"this is not HTTP\r\n\r\n")
        raise EOFError

    def two_lengths(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde")
        raise EOFError

    def switch(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        raise EOFError

    def big_head(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n")

    def wide_head(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """Each field is well within its bound."""
        fields = b"".join(b"X-%d: %b\r\n" % (number, b"a" * 20_000) for number in range(50))
        sock.sendall(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 0\r\n\r\n")

    def refuse_early(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        raise EOFError

    def answers_twice(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """The answer that was asked for, and in the same bytes one that was not."""
        sock.sendall(_OK + _UNASKED)

    def answers_again(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """The same, a moment later."""
        sock.sendall(_OK)
        time.sleep(0.05)
        sock.sendall(_UNASKED)

    def interim(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """Says that it will answer, until the broker goes away."""
        while True:
            sock.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 10)

    def redirect(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n")
