"""Sends to addresses that nobody allowed, without HTTP and mostly without TCP: `done` if an answer comes back."""

import errno
import json
import socket

SOMEBODY, SOMEBODY6 = "203.0.113.9", "2001:db8::9"
FAST_OPEN = 0x20000000


def datagram(host, port, size=8, connected=True):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as channel:
        channel.settimeout(1)
        if connected:
            channel.connect((host, port))
            channel.send(bytes(size))
        else:
            channel.sendto(bytes(size), (host, port))
        channel.recv(65536)


def in_the_first_packet(host, port):
    """TCP Fast Open: data in the packet that opens the connection, before anybody has accepted."""
    with socket.socket() as channel:
        channel.sendto(b"GET / HTTP/1.1\r\n\r\n", FAST_OPEN, (host, port))
        channel.recv(100)


def stream(host, port):
    with socket.create_connection((host, port), timeout=5) as channel:
        channel.sendall(b"GET / HTTP/1.1\r\n\r\n")
        channel.recv(100)


def from_port(source, host, port):
    """From a port that a firewall may let through."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(1)
        channel.bind(("0.0.0.0", source))
        channel.sendto(b"x", (host, port))
        channel.recv(100)


def from_address(source, host, port):
    with socket.socket() as channel:
        channel.settimeout(5)
        channel.bind((source, 0))
        channel.connect((host, port))
        channel.sendall(b"GET / HTTP/1.1\r\n\r\n")
        channel.recv(100)


ATTEMPTS = {
    "QUIC": lambda: datagram(SOMEBODY, 443, 1200),
    "QUIC over IPv6": lambda: datagram(SOMEBODY6, 443, 1200),
    "DNS at another port": lambda: datagram(SOMEBODY, 5353),
    "DNS over TLS": lambda: stream(SOMEBODY, 853),
    "the time (NTP)": lambda: datagram(SOMEBODY, 123, 48),
    "a log server (syslog)": lambda: datagram(SOMEBODY, 514, connected=False),
    "a datagram in fragments": lambda: datagram(SOMEBODY, 443, 60_000),
    "a datagram from the resolver's port of old": lambda: from_port(5300, SOMEBODY, 443),
    "any port, TCP": lambda: stream(SOMEBODY, 4444),
    "the port of a remote shell": lambda: stream(SOMEBODY, 22),
    "a port that is allowed, of another address": lambda: stream(SOMEBODY, 443),
    "the same over IPv6": lambda: stream(SOMEBODY6, 443),
    "data in the packet that opens a connection": lambda: in_the_first_packet(SOMEBODY, 443),
    "from another address of the jail": lambda: from_address("127.7.7.7", SOMEBODY, 443),
}


def attempt(act):
    try:
        act()
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"


if __name__ == "__main__":
    print(json.dumps({name: attempt(act) for name, act in ATTEMPTS.items()}))
