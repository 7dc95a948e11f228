"""Speaks TLS to one host and says in the ClientHello, in the request, or in the second request, that it is another."""

import json
import socket
import ssl

HOST, OTHER, FORBIDDEN = "one.test", "two.test", "evil.test"
GET = "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"


def spoken(stream, *requests):
    """The status of the last answer; `closed` if there is none."""
    word = "closed"
    for request in requests:
        stream.sendall(request.encode("latin-1"))
        said = b""
        while b"\r\n\r\n" not in said:
            more = stream.recv(65536)
            if not more:
                return "closed"
            said += more
        word = said.split(b" ")[1].decode()
        left = int(
            dict(line.lower().split(b": ", 1) for line in said.split(b"\r\n")[1:] if b": " in line)[b"content-length"]
        )
        left -= len(said.partition(b"\r\n\r\n")[2])
        while left > 0:
            left -= len(stream.recv(65536))
    return word


def over_tls(server_name, *requests, protocols=("http/1.1",)):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(protocols)
    raw = socket.create_connection((HOST, 443), timeout=20)
    with raw, context.wrap_socket(raw, server_hostname=server_name) as stream:
        return spoken(stream, *requests)


def in_the_clear():
    with socket.create_connection((HOST, 443), timeout=20) as raw:
        return spoken(raw, GET.format(target="/", host=HOST))


def get(host, target="/"):
    return GET.format(target=target, host=host)


ATTEMPTS = {
    "another allowed name in the ClientHello": lambda: over_tls(OTHER, get(OTHER)),
    "another allowed name in the ClientHello, the dialled one in the request": lambda: over_tls(OTHER, get(HOST)),
    "a forbidden name in the ClientHello": lambda: over_tls(FORBIDDEN, get(HOST)),
    "no name in the ClientHello": lambda: over_tls(None, get(HOST)),
    "another allowed name in Host": lambda: over_tls(HOST, get(OTHER)),
    "a forbidden name in Host": lambda: over_tls(HOST, get(FORBIDDEN)),
    "a forbidden name in Host, and a port": lambda: over_tls(HOST, get(f"{FORBIDDEN}:443")),
    "the dialled name as user information": lambda: over_tls(HOST, get(f"{HOST}@{FORBIDDEN}")),
    "a list of names in Host": lambda: over_tls(HOST, get(f"{HOST}, {FORBIDDEN}")),
    "another port in Host": lambda: over_tls(HOST, get(f"{HOST}:8443")),
    "a forbidden name in the target": lambda: over_tls(HOST, get(HOST, f"https://{FORBIDDEN}/")),
    "an allowed name in the target, not in Host": lambda: over_tls(HOST, get(OTHER, f"https://{HOST}/")),
    "a forbidden name in the second request": lambda: over_tls(HOST, get(HOST), get(FORBIDDEN)),
    "another allowed name in the second request": lambda: over_tls(HOST, get(HOST), get(OTHER)),
    "HTTP in the clear where TLS is due": in_the_clear,
}


def attempt(act):
    try:
        return act()
    except (OSError, ValueError):
        return "closed"


print(json.dumps({name: attempt(act) for name, act in ATTEMPTS.items()}))
