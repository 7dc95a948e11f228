"""Calls a host once for each line that it reads, each call on a connection of its own; says what came of it."""

import http.client
import sys

print("ready", flush=True)
for number, _ in enumerate(sys.stdin):
    connection = http.client.HTTPSConnection("internal-crm.corp", timeout=60)
    try:
        connection.request("POST", f"/call/{number}", b"x" * 1000)
        print(connection.getresponse().status, flush=True)
    except (OSError, http.client.HTTPException) as error:
        print(type(error).__name__, flush=True)
    connection.close()
