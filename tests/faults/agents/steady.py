"""Calls a model over and over with something personal in the question, and says what came of each call and in how many
milliseconds. Between two calls it pauses, but makes as many at once as it is told lines. Ends when its input does."""

import http.client
import json
import os
import select
import sys
import time

pause_s = float(sys.argv[1])
connection = http.client.HTTPSConnection("api.openai.com", timeout=60)
number = wanted = 0
while True:
    number += 1
    messages = [{"role": "user", "content": f"Call {number}: write to ada@example.com."}]
    body = json.dumps({"model": "gpt-4o", "max_tokens": 50, "messages": messages})
    began = time.perf_counter()
    try:
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        came = str(response.status)
        if response.status != 200:
            came += ":" + json.loads(answer)["error"]["code"]
    except (OSError, http.client.HTTPException) as error:
        came = type(error).__name__
        connection.close()
    print(came, (time.perf_counter() - began) * 1000, flush=True)
    wanted = max(0, wanted - 1)
    if select.select([sys.stdin], [], [], 0 if wanted else pause_s)[0]:
        told = os.read(0, 65536)
        if not told:
            break
        wanted += len(told)
