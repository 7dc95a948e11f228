"""Upstreams that behave as badly as they can, by the path that they are asked for."""

from __future__ import annotations

import contextlib
import gzip
import os
import socket
import threading
import time
import zlib

from akios_jail.demo.certificates import Authority
from tests.broker.harness import Reader, Seen, Upstream, hello, reset

#: For how long one goes on that has no end, in seconds: longer than any test looks.
_LONG_S = 60.0


def _head(*fields: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()


def _until_it_leaves(sock: socket.socket, piece: bytes, pause_s: float = 0.0) -> None:
    """The same, over and over, until nobody takes it any more."""
    until = time.monotonic() + _LONG_S
    sock.settimeout(_LONG_S)
    while time.monotonic() < until:
        sock.sendall(piece)
        if pause_s:
            time.sleep(pause_s)
    raise EOFError


class Badly:
    """Answers by path. `answering`: how many answers go on at this moment."""

    def __init__(self) -> None:
        self.answering = 0

    def by_path(self, sock: socket.socket, reader: Reader, seen: Seen) -> None:
        """Answer one request."""
        name = seen.target.partition("?")[0].strip("/").replace("-", "_")
        self.answering += 1
        try:
            getattr(self, name, hello)(sock, reader, seen)
        finally:
            self.answering -= 1

    def answers_twice(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """The answer to a request never made, in the same bytes as the one that was."""
        body = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"
        sock.sendall(_head("Content-Length: 2") + b"ok" + body)

    def answers_later(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """The same, when the connection is idle."""
        sock.sendall(_head("Content-Length: 2") + b"ok")
        time.sleep(0.1)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned")

    def half_an_answer_later(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """The beginning of one; the rest is whatever the next answer's head is taken for."""
        sock.sendall(_head("Content-Length: 2") + b"ok")
        time.sleep(0.1)
        sock.sendall(b"HTTP/1.1 200 OK\r\nX-Swallowed: ")

    def longer_than_it_says(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Content-Length: 2") + b"ok" + b"and more" * 100)

    def answers_without_end(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """One answer that was asked for, and millions that were not."""
        sock.sendall(_head("Content-Length: 2") + b"ok")
        _until_it_leaves(sock, b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned" * 1000)

    def goes_on_after_its_goodbye(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Content-Length: 2", "Connection: close") + b"ok")
        _until_it_leaves(sock, b"and on" * 10_000)

    def interim(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        _until_it_leaves(sock, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)

    def some_interim(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 20 + _head("Content-Length: 2") + b"ok")

    def redirects(self, sock: socket.socket, _: Reader, seen: Seen) -> None:
        sock.sendall(_head("Location: /redirects", "Content-Length: 0", status="302 Found"))

    def fields(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        _until_it_leaves(sock, b"X: y\r\n" * 1000)

    def one_field(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        _until_it_leaves(sock, b"a" * 65536)

    def trailers(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n")
        _until_it_leaves(sock, b"X: y\r\n" * 1000)

    def tiny_chunks(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Transfer-Encoding: chunked") + b"1\r\na\r\n" * 200_000 + b"0\r\n\r\n")

    def extension(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Transfer-Encoding: chunked") + b"2;")
        _until_it_leaves(sock, b"a" * 65536)

    def negative_chunk(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Transfer-Encoding: chunked") + b"-2\r\nok\r\n0\r\n\r\n")

    def huge_chunk(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Transfer-Encoding: chunked") + b"fffffffffffffffff\r\nok\r\n0\r\n\r\n")

    def chunk_without_end(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Transfer-Encoding: chunked") + b"2\r\nokok\r\n0\r\n\r\n")

    def no_chunk(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Transfer-Encoding: chunked") + b"zz\r\nok\r\n0\r\n\r\n")

    def length_and_chunks(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Content-Length: 2", "Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n\r\n")

    def drip(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Content-Length: 1000000"))
        _until_it_leaves(sock, b"a", 0.05)

    def events(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Content-Type: text/event-stream", "Transfer-Encoding: chunked"))
        _until_it_leaves(sock, b"1a\r\ndata: " + b"a" * 18 + b"\n\n\r\n")

    def forever(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Transfer-Encoding: chunked"))
        _until_it_leaves(sock, b"10000\r\n" + b"a" * 65536 + b"\r\n")

    def hangs(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        self._silent(sock)

    def hangs_in_its_head(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
        self._silent(sock)

    def hangs_in_its_body(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Content-Length: 100") + b"a" * 50)
        self._silent(sock)

    def resets(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head("Content-Length: 100") + b"a" * 50)
        reset(sock)
        raise EOFError

    def wide_head(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        sock.sendall(_head(*(f"X-{number}: {'a' * 30_000}" for number in range(100)), "Content-Length: 0"))

    def alert(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """A fatal alert of TLS, in the clear."""
        sock.sendall(_head("Content-Length: 100") + b"a" * 50)
        os.write(sock.fileno(), bytes((21, 3, 3, 0, 2, 2, 40)))
        raise EOFError

    def noise(self, sock: socket.socket, _: Reader, __: Seen) -> None:
        """What is no TLS."""
        sock.sendall(_head("Content-Length: 100") + b"a" * 50)
        os.write(sock.fileno(), bytes(range(256)))
        raise EOFError

    @staticmethod
    def _silent(sock: socket.socket) -> None:
        sock.settimeout(_LONG_S)
        if not sock.recv(1):
            raise ConnectionResetError
        raise EOFError


class Models:
    """Answers of a model that are an attack, in turn by what is put into `next`."""

    def __init__(self) -> None:
        self.next = ""

    def answer(self, sock: socket.socket, reader: Reader, seen: Seen) -> None:
        """Answer one call."""
        getattr(self, self.next)(sock)

    def bomb(self, sock: socket.socket) -> None:
        """A whole answer of 80 MB in 80 KB."""
        self._whole(sock, gzip.compress(b'{"x":"' + b"a" * (80 << 20) + b'"}', 6), "gzip")

    def streamed_bomb(self, sock: socket.socket) -> None:
        """Events of 80 MB in 80 KB."""
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        line = b": " + b"a" * (1 << 20) + b"\n\n"
        data = b"".join(packer.compress(line) for _ in range(80)) + packer.flush()
        self._whole(sock, data, "gzip", "text/event-stream")

    def nested(self, sock: socket.socket) -> None:
        self._whole(sock, gzip.compress(gzip.compress(b"{}")), "gzip, gzip")

    def brotli(self, sock: socket.socket) -> None:
        self._whole(sock, b"\x8b\x00\x80{}\x03", "br")

    def zstd(self, sock: socket.socket) -> None:
        self._whole(sock, b"\x28\xb5\x2f\xfd\x04\x00\x11\x00\x00{}", "zstd")

    def endless_event(self, sock: socket.socket) -> None:
        sock.sendall(_head("Content-Type: text/event-stream", "Transfer-Encoding: chunked") + b"6\r\ndata: \r\n")
        _until_it_leaves(sock, b"10000\r\n" + b"a" * 65536 + b"\r\n")

    def endless_events(self, sock: socket.socket) -> None:
        sock.sendall(_head("Content-Type: text/event-stream", "Transfer-Encoding: chunked"))
        event = b'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'
        _until_it_leaves(sock, b"%x\r\n%b\r\n" % (len(event), event))

    @staticmethod
    def _whole(sock: socket.socket, body: bytes, coding: str, kind: str = "application/json") -> None:
        sock.sendall(_head(f"Content-Type: {kind}", f"Content-Encoding: {coding}", f"Content-Length: {len(body)}"))
        sock.sendall(body)


class Talker:
    """A server that says something before it is asked: TLS, and then an answer at once."""

    def __init__(self, authority: Authority, host: str) -> None:
        self._context = authority.context(host)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.asked: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), self._context.wrap_socket(plain, server_side=True) as sock:
            sock.sendall(_head("Content-Length: 8") + b"poisoned")
            sock.settimeout(_LONG_S)
            while data := sock.recv(65536):
                self.asked.append(data)
                sock.sendall(_head("Content-Length: 2") + b"ok")


class Turncoat(Upstream):
    """A server that becomes somebody else. It keeps no connection."""

    def __init__(self, authority: Authority, host: str) -> None:
        super().__init__(authority, host, _once)

    def becomes(self, authority: Authority, host: str) -> None:
        """From here on it has another certificate."""
        self._context = authority.context(host)


def _once(sock: socket.socket, reader: Reader, seen: Seen) -> None:
    hello(sock, reader, seen)
    raise EOFError
