"""What the deeds of the hostile agent are made of: connections, and what comes back over them."""

import http.client
import json
import select
import socket
import ssl
import time

TLS = ssl.create_default_context()
TLS.maximum_version = ssl.TLSVersion.TLSv1_2  # in a later one something can be read that is no answer: a ticket
PATIENCE_S = 30.0
DEEDS = {}


def deed(function):
    DEEDS[function.__name__] = function
    return function


def once_and_for(seconds):
    """A turn, and as many more as begin in so many seconds: what a busy machine takes first does not count."""
    yield
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield


def dialled(host, port=80):
    return socket.create_connection((host, port), timeout=PATIENCE_S)


def connected(host):
    """A connection that requests can be sent over: TLS, unless the name says otherwise."""
    if host.startswith("plain."):
        return dialled(host)
    return TLS.wrap_socket(dialled(host, 443), server_hostname=host)


def answer(sock, method="GET"):
    """What came back, in a few words."""
    try:
        response = http.client.HTTPResponse(sock, method=method)
        response.begin()
        body = response.read()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {"came": type(error).__name__}
    told = {"came": response.status, "body": body[:200].decode("latin-1"), "bytes": len(body)}
    try:
        error = json.loads(body)["error"]
        return {"came": response.status, "code": error["code"], "message": error["message"]}
    except (ValueError, KeyError, TypeError):
        return told


def head(method, target, host, *fields):
    return "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode()


def pushed(sock, start, pieces):
    """Send as long as nothing comes back; then what came."""
    sent = 0
    try:
        sock.sendall(start)
        for piece in pieces:
            view = memoryview(piece)
            while view:
                if readable(sock):
                    return {"sent": sent, **answer(sock)}
                count = sock.send(view[:65536])
                sent += count
                view = view[count:]
    except OSError as error:
        came = answer(sock)
        return {"sent": sent, **(came if isinstance(came["came"], int) else {"came": type(error).__name__})}
    return {"sent": sent, **answer(sock)}


def readable(sock):
    pending = sock.pending() if isinstance(sock, ssl.SSLSocket) else 0
    return bool(pending or select.select([sock], [], [], 0)[0])
