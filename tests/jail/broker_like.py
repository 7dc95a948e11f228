"""A program that does what the broker does, for the test of its profile: argv is a listener, the filter's pipe, a loop.

The filter is loaded before the heavy imports, as in the broker.
"""

from __future__ import annotations

import os
import sys

from akios_jail import kernel

filter_fd = int(sys.argv[2])
kernel.no_new_privileges()
program = b""
while chunk := os.read(filter_fd, 65536):
    program += chunk
kernel.seccomp_load(program)

import asyncio  # noqa: E402
import datetime  # noqa: E402
import fcntl  # noqa: E402
import socket  # noqa: E402
import sqlite3  # noqa: E402
import ssl  # noqa: E402

import aiohttp  # noqa: E402
import uvloop  # noqa: E402
from aiohttp import web  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402


def certificate() -> bytes:
    """A key and a self-signed certificate for localhost, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.public_bytes(encoding) + key.private_bytes(encoding, form, serialization.NoEncryption())


def database() -> None:
    connection = sqlite3.connect("ledger.db")
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table if not exists t (a)")
    for number in range(5):
        connection.execute("insert into t values (?)", (number,))
        connection.commit()
    connection.close()


async def answer(request: web.Request) -> web.StreamResponse:
    async for _ in request.content.iter_any():
        pass
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(3):
        await response.write(b"x" * 70_000)
    return response


async def serve_and_ask(listener: socket.socket, pem: bytes) -> None:
    memory = os.memfd_create("certificate")
    os.write(memory, pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(f"/proc/self/fd/{memory}")
    client = ssl.create_default_context(cadata=pem.decode().partition("-----BEGIN PRIVATE")[0])
    app = web.Application(client_max_size=1 << 24)
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener, ssl_context=server).start()
    url = f"https://localhost:{listener.getsockname()[1]}/"
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.post(url, data=b"y" * 300_000, ssl=client) as response:
                assert len(await response.read()) == 210_000
    await runner.cleanup()


async def main() -> None:
    await serve_and_ask(socket.socket(fileno=int(sys.argv[1])), certificate())
    await asyncio.to_thread(database)
    log = os.open("log", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    fcntl.flock(log, fcntl.LOCK_EX)
    os.write(log, b"record\n")
    os.fdatasync(log)
    os.ftruncate(log, 0)
    left, right = socket.socketpair()
    socket.send_fds(left, [b"x"], [log])
    socket.recv_fds(right, 1, 1)


(uvloop.run if sys.argv[3] == "uvloop" else asyncio.run)(main())
print("fine")
