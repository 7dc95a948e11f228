"""Calls a host as often as its first argument says, each call on a connection of its own, when it is told to; says what
came of each call. With a second argument it has two children, one of which has left its session."""

import http.client
import os
import signal
import sys

for leave in (False, True) if len(sys.argv) > 2 else ():
    if os.fork() == 0:
        if leave:
            os.setsid()
        signal.pause()
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[1])):
    connection = http.client.HTTPSConnection("internal-crm.corp", timeout=60)
    try:
        connection.request("POST", f"/call/{number}", b"x" * 1000)
        print(connection.getresponse().status, flush=True)
    except (OSError, http.client.HTTPException) as error:
        print(type(error).__name__, flush=True)
    connection.close()
