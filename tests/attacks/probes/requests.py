"""Sends each of the requests in requests.json, as bytes, to a host: the answer's status, or that there was none."""

import base64
import json
import socket
import sys

HOST, PORT = sys.argv[1], int(sys.argv[2])


def status(data):
    said = b""
    try:
        with socket.create_connection((HOST, PORT), timeout=20) as stream:
            stream.sendall(data)
            while b"\r\n" not in said:
                more = stream.recv(65536)
                if not more:
                    break
                said += more
    except OSError:
        pass
    words = said.split(b"\r\n")[0].split(b" ")
    return words[1].decode() if len(words) > 1 else "closed"


with open("requests.json") as file:
    requests = json.load(file)
print(json.dumps({name: status(base64.b64decode(data)) for name, data in requests.items()}))
