"""Deeds of the hostile agent: saying what nobody says."""

import json
import os
import threading
import time
import zlib

from deeds import answer, connected, deed, head, pushed


@deed
def get(host, target="/", times=1):
    """The same connection for all of them."""
    found = []
    try:
        with connected(host) as sock:
            for _ in range(times):
                sock.sendall(head("GET", target, host))
                found.append(answer(sock))
    except OSError as error:
        found.append({"came": type(error).__name__})
    return found


@deed
def waits(seconds):
    """Nothing."""
    time.sleep(seconds)


@deed
def post(host, target, body, *fields):
    """`body`: a list of texts and how often each is repeated. All of it is offered at once."""
    data = "".join(text * times for text, times in body).encode("latin-1")
    if not any(field.startswith("Transfer-Encoding") for field in fields):
        fields = (f"Content-Length: {len(data)}", *fields)
    with connected(host) as sock:
        return pushed(sock, head("POST", target, host, *fields), [data])


@deed
def noise(host, count):
    """Bytes that are no TLS, in the middle of a connection that was."""
    for _ in range(count):
        with connected(host) as sock:
            os.write(sock.fileno(), bytes(range(256)))
            sock.settimeout(5)
            try:
                while sock.recv(1000):
                    pass
            except OSError:
                pass


@deed
def keys(host, target, count):
    """A model's call with so many keys."""
    said = {"model": "gpt-4o-mini", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
    data = json.dumps({**said, "metadata": {f"k{number}": number for number in range(count)}})
    return post(host, target, [[data, 1]], "Content-Type: application/json")


@deed
def endless(host, start, piece, most):
    """Send a beginning, then a piece over and over, until there is an answer, or no way on, or so many bytes."""
    with connected(host) as sock:
        return pushed(sock, start.encode("latin-1"), _over_and_over(piece.encode("latin-1"), most))


def _over_and_over(piece, most):
    for _ in range(most // len(piece)):
        yield piece


@deed
def watched(host, target, most, seconds):
    """Read an answer that does not end, up to so many bytes or for so long, and leave."""
    got = 0
    with connected(host) as sock:
        sock.sendall(head("GET", target, host))
        until = time.monotonic() + seconds
        try:
            while got < most and (left := until - time.monotonic()) > 0:
                sock.settimeout(left)
                data = sock.recv(65536)
                if not data:
                    return {"got": got, "came": "end"}
                got += len(data)
        except TimeoutError:
            pass
        except OSError as error:
            return {"got": got, "came": type(error).__name__}
    return {"got": got, "came": "left"}


@deed
def bomb(host, target, coding, megabytes, times, start="", end="", filled="a"):
    """Compressed bodies of so many megabytes, at once; what came of each."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if coding.startswith("gzip") else 15)
    data = packer.compress(start.encode())
    data += b"".join(packer.compress(filled.encode() * (1 << 20)) for _ in range(megabytes))
    data += packer.compress(end.encode()) + packer.flush()
    if coding == "gzip, gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        data = packer.compress(data) + packer.flush()
    found = [None] * times

    def one(number):
        with connected(host) as sock:
            fields = (f"Content-Length: {len(data)}", f"Content-Encoding: {coding}", "Content-Type: application/json")
            found[number] = pushed(sock, head("POST", target, host, *fields), [data])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"bytes": len(data), "came": found}


@deed
def model(host="api.openai.com", stream=False, times=1):
    """Calls of a model, as a client makes them."""
    found = []
    said = {"model": "gpt-4o-mini", "max_tokens": 50, "messages": [{"role": "user", "content": "hello"}]}
    body = json.dumps({**said, "stream": stream}).encode()
    for _ in range(times):
        with connected(host) as sock:
            fields = (f"Content-Length: {len(body)}", "Content-Type: application/json")
            sock.sendall(head("POST", "/v1/chat/completions", host, *fields) + body)
            found.append(answer(sock, "POST"))
    return found
