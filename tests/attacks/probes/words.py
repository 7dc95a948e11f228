"""Gives names that act on terminals to all that a person may read of: hosts, addresses, models, tools, files, programs.

`words.json` has the name of each kind; they are also written to the agent's own output, as it would show them.
"""

import contextlib
import ctypes
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
from urllib.parse import quote

WORDS = {}
HOST, TOOLS = "api.openai.com", "tools.test"


def sent(host, target, document, headers=None):
    connection = http.client.HTTPSConnection(host, context=ssl.create_default_context(), timeout=30)
    body = json.dumps(document).encode()
    connection.request("POST", target, body, {"Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse().read()
    connection.close()
    return answer


def chat(case, model="gpt-4o", content="hi"):
    document = {"model": model, "messages": [{"role": "user", "content": content}]}
    sent(HOST, "/v1/chat/completions", document, {"x-case": case})


def named():
    labels = WORDS["a host that is asked for"].encode()[:63]
    query = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + bytes((len(labels),)) + labels + b"\4test\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(10)
        channel.sendto(query, ("8.8.8.8", 53))
        channel.recv(4096)


def hello():
    name = WORDS["a host in a ClientHello"].encode()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    plain = "x" * (len(name) - 5) + ".test"
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=plain)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    with socket.create_connection((HOST, 443), timeout=10) as stream:
        stream.sendall(outgoing.read().replace(plain.encode(), name))
        stream.recv(100)


def raw(data):
    plain = socket.create_connection((HOST, 443), timeout=10)
    with ssl.create_default_context().wrap_socket(plain, server_hostname=HOST) as stream:
        stream.sendall(data)
        stream.recv(65536)


def started(path, *words):
    subprocess.run([path, *words], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def program():
    name = WORDS["a program"]
    with open(name, "w") as file:
        file.write("#!/bin/true\n")
    os.chmod(name, 0o755)
    started("./" + name)
    ctypes.CDLL(None).prctl(15, WORDS["a program"].encode()[:15], 0, 0, 0)


def written():
    with open(WORDS["a file"], "w") as file:
        file.write(WORDS["a line of a file"] + "\n")
    os.symlink(WORDS["what a link leads to"], "link")


def tool(name):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": {}}}
    sent(TOOLS, "/mcp", call, {"Accept": "application/json, text/event-stream"})


ATTEMPTS = {
    "a host that is asked for": named,
    "a host in a ClientHello": hello,
    "the address of a request": lambda: sent(HOST, "/" + quote(WORDS["the address of a request"], safe=""), {}),
    "an address that is no address": lambda: raw(
        f"GET /{WORDS['an address that is no address']} HTTP/1.1\r\n\r\n".encode()
    ),
    "a method": lambda: raw(f"{WORDS['a method']} / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()),
    "a model": lambda: chat("a model", WORDS["a model"]),
    "a tool that a model asks for": lambda: chat("a tool that a model asks for"),
    "the arguments of a tool": lambda: chat("the arguments of a tool"),
    "a tool that waits for a person": lambda: chat("a tool that waits for a person"),
    "a provider's error": lambda: chat("a provider's error"),
    "a tool of a server": lambda: tool(WORDS["a tool of a server"]),
    "what is said": lambda: chat("what is said", content=WORDS["what is said"]),
    "a program": program,
    "an argument of a program": lambda: started("/bin/true", WORDS["an argument of a program"]),
    "a file": written,
    "a line of a file": lambda: None,  # in the file
    "what a link leads to": lambda: None,  # beside it
}
if __name__ == "__main__":
    with open("words.json") as file:
        WORDS |= json.load(file)
    for name, act in ATTEMPTS.items():
        try:
            act()
        except (OSError, http.client.HTTPException) as error:
            print(name, type(error).__name__, error, file=sys.stderr)
        print(WORDS[name], flush=True)
