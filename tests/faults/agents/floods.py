"""Deeds of the hostile agent: much of something."""

import contextlib
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time

from deeds import PATIENCE_S, answer, connected, deed, dialled, head, once_and_for
from speech import get


@deed
def crowd(host, count, processes):
    """So many connections at once, from several processes, since one may not have so many files; how many are open when
    all were tried and none is closed any more."""
    each = count // processes
    begin, all_tried = os.pipe()
    children = []
    for _ in range(processes):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(all_tried)
            socks = _as_many_as_there_are(host, each)
            os.write(writer, b"tried")
            os.read(begin, 1)  # its end: this was the last
            os.write(writer, struct.pack("I", _settled(socks)))
            os._exit(0)
        os.close(writer)
        children.append((pid, reader))
    for _, reader in children:
        os.read(reader, 5)
    os.close(all_tried)
    held = 0
    for pid, reader in children:
        held += struct.unpack("I", os.read(reader, 4))[0]
        os.close(reader)
        os.waitpid(pid, 0)
    os.close(begin)
    return {"asked": each * processes, "held": held}


def _as_many_as_there_are(host, count):
    socks = []
    for _ in range(count):
        with contextlib.suppress(OSError):
            socks.append(dialled(host))
    return socks


def _settled(socks):
    """How many are open, once that has been the same for a second."""
    poll = select.poll()
    for sock in socks:
        poll.register(sock, 0)  # tells of those that are reset
    closed, same = -1, 0
    while same < 5:
        now = len(poll.poll(0))
        same = same + 1 if now == closed else 0
        closed = now
        time.sleep(0.2)
    return len(socks) - closed


@deed
def churn(host, port, seconds):
    """Connections that are reset as soon as they are there."""
    made = 0
    address = (socket.gethostbyname(host), port)
    for _ in once_and_for(seconds):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            sock.connect(address)
            made += 1
        except OSError:
            pass
        sock.close()
    return {"made": made}


@deed
def handshakes(host, seconds):
    """Whole TLS handshakes, one after the other, for nothing."""
    made = 0
    for _ in once_and_for(seconds):
        connected(host).close()
        made += 1
    return {"made": made}


@deed
def forbidden(seconds):
    """Connections that no rule allows."""
    tried = 0
    for _ in once_and_for(seconds):
        sock = socket.socket()
        try:
            sock.connect((f"203.0.113.{tried % 250}", 1 + tried % 60000))
        except OSError:
            tried += 1
        sock.close()
    return {"tried": tried}


@deed
def names(pattern, count, seconds):
    """Questions for names that nobody asked for before; what was said to the last of them."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(30)
    sock.connect(("198.18.0.1", 53))
    asked = answered = 0
    code = None
    until = time.monotonic() + seconds
    while asked < count and time.monotonic() < until:
        for _ in range(16):
            asked += 1
            labels = pattern.replace("*", f"n{asked}x{random.getrandbits(40):x}").split(".")
            question = b"".join(bytes((len(label),)) + label.encode() for label in labels)
            sock.send(struct.pack("!HHHHHH", asked & 0xFFFF, 0x100, 1, 0, 0, 0) + question + b"\0\0\1\0\1")
        try:
            for _ in range(16):
                code = sock.recv(1000)[3] & 15
                answered += 1
        except OSError:
            pass
    sock.close()
    return {"asked": asked, "answered": answered, "last": code}


@deed
def denied(host, target, seconds):
    """One refused request after the other."""
    codes = set()
    count = 0
    with connected(host) as sock:
        for _ in once_and_for(seconds):
            sock.sendall(head("GET", f"{target}{count}", host))
            codes.add(answer(sock).get("code"))
            count += 1
    return {"count": count, "codes": sorted(map(str, codes))}


@deed
def executes(seconds):
    """One program after the other."""
    count = 0
    for _ in once_and_for(seconds):
        subprocess.run(["/bin/true"], check=False)
        count += 1
    return {"count": count}


@deed
def shouts(megabytes):
    """So much on the error output, which is its person's."""
    line = b"\x1b[31m" + b"x" * 1018 + b"\n"
    for _ in range(megabytes * 1024):
        os.write(2, line)
    return {"bytes": megabytes * 1024 * len(line)}


@deed
def at_once(host, target, count):
    """Each on a connection of its own."""
    found = [None] * count

    def one(number):
        found[number] = get(host, f"{target}{number}")[0]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@deed
def slow(host, start, count, seconds):
    """So many connections that each send a byte a second; meanwhile, on one more, an honest request."""
    held = []
    for _ in range(count):
        try:
            sock = dialled(host, 443 if not host.startswith("plain.") else 80)
            sock.send(start.encode("latin-1"))
            held.append(sock)
        except OSError:
            pass
    honest = []
    for _ in once_and_for(seconds):
        for sock in [*held]:
            try:
                if select.select([sock], [], [], 0)[0] and not sock.recv(1000):
                    raise OSError
                sock.send(b"a")
            except OSError:
                held.remove(sock)
                sock.close()
        honest += get("plain.site.test")
        time.sleep(min(1.0, seconds))
    left = len(held)
    for sock in held:
        sock.close()
    return {"held": left, "honest": honest}


@deed
def silent(host, count, port, seconds):
    """So many connections on which nothing is ever said; how many are closed for it, and after how long."""
    held = [dialled(host, port) for _ in range(count)]
    began = time.monotonic()
    closed = 0
    while held and time.monotonic() - began < seconds:
        for sock in select.select(held, [], [], 0.5)[0]:
            closed += 1
            held.remove(sock)
            sock.close()
    return {"closed": closed, "seconds": time.monotonic() - began}


@deed
def unread(host, target, count, seconds):
    """Answers without end that nobody reads."""
    socks = []
    for _ in range(count):
        sock = connected(host)
        sock.sendall(head("GET", target, host))
        socks.append(sock)
    time.sleep(seconds)
    for sock in socks:
        sock.close()
    return {"count": len(socks)}


@deed
def pipelined(host, target, count):
    """Requests by the thousand, before the first answer is read; how many answers come, all in their order."""
    with connected(host) as sock:
        data = b"".join(head("GET", f"{target}{number}", host) for number in range(count))
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        stream = sock.makefile("rb")
        right = 0
        for number in range(count):
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if stream.read(length) != f"GET {target}{number}".encode():
                break
            right += 1
        sender.join(PATIENCE_S)
    return {"right": right}
