"""Calls a host on as many connections at once as its first argument says, in each of as many processes as its second
says, when it is told to; each process says how often each answer came."""

import collections
import http.client
import os
import sys
import threading


def call(path, came):
    connection = http.client.HTTPSConnection("internal-crm.corp", timeout=60)
    try:
        connection.request("POST", path, b"x" * 1000)
        came[str(connection.getresponse().status)] += 1
    except (OSError, http.client.HTTPException) as error:
        came[type(error).__name__] += 1
    connection.close()


def crowd(process, size):
    came = collections.Counter()
    paths = [f"/call/{process}/{number}" for number in range(size)]
    threads = [threading.Thread(target=call, args=(path, came)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(1, b"%s\n" % ", ".join(f"{number} {what}" for what, number in came.items()).encode())


print("ready", flush=True)
sys.stdin.readline()
for process in range(int(sys.argv[2])):
    if os.fork() == 0:
        crowd(process, int(sys.argv[1]))
        os._exit(0)
for _ in range(int(sys.argv[2])):
    os.wait()
