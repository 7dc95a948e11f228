"""One agent of `scripts/bench broker`: for each line on its input, a model call, and how long it took on its output.

    caller.py ADDRESS PORT [CA_FILE]

It speaks TLS to ADDRESS for api.openai.com on one kept connection, with nothing but the standard library, so that what
is timed is the way there and back. A line `stream` asks for a streamed answer. Seconds until the first byte of the
answer's body and until its end, two numbers a line.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import time

_HOST = "api.openai.com"
_TEXT = "Summarise what this customer wants, politely and in two sentences. " * 25
_CALL = {
    "model": "gpt-4o",
    "max_tokens": 200,
    "messages": [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": f"{_TEXT} Answer to jane.doe@example.com or 212-555-0123."},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "get_order",
                "description": "Look an order up.",
                "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
            },
        }
    ],
}


def main() -> None:
    """Connect, then call as often as asked."""
    address, port, *ca = sys.argv[1:]
    context = ssl.create_default_context(cafile=ca[0] if ca else None)
    plain = socket.create_connection((address, int(port)), timeout=30)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = context.wrap_socket(plain, server_hostname=_HOST)
    whole, stream = _request(_CALL), _request({**_CALL, "stream": True, "max_tokens": 2_000})
    for line in sys.stdin:
        begun = time.perf_counter()
        connection.sendall(stream if line.strip() == "stream" else whole)
        status, first = _answer(connection)
        ended = time.perf_counter()
        print(f"{first - begun} {ended - begun}" if status == 200 else f"status {status}", flush=True)


def _request(call: dict[str, object]) -> bytes:
    body = json.dumps(call).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {_HOST}\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {os.environ.get('OPENAI_API_KEY', 'sk-none')}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _answer(connection: ssl.SSLSocket) -> tuple[int, float]:
    """Read one answer to its end; its status, and when the first byte of its body was there."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, rest = data.partition(b"\r\n\r\n")
    body = bytearray(rest or _some(connection))
    first = time.perf_counter()
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    if b"content-length" in fields:
        while len(body) < int(fields[b"content-length"]):
            body += _some(connection)
    else:
        while not body.endswith(b"\r\n0\r\n\r\n"):
            body += _some(connection)
    return int(head.split()[1]), first


def _some(connection: ssl.SSLSocket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise EOFError("the connection was closed")
    return data


if __name__ == "__main__":
    main()
