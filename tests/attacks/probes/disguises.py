"""Sends each of the requests in disguises.json: what the broker refused it with, or that it was sent."""

import base64
import http.client
import json
import ssl


def sent(attempt):
    body = [base64.b64decode(piece) for piece in attempt["pieces"]]
    connection = http.client.HTTPSConnection(attempt["host"], context=ssl.create_default_context(), timeout=60)
    try:
        connection.putrequest(attempt["method"], attempt["target"])
        for name, value in attempt["headers"]:
            connection.putheader(name, value)
        if len(body) == 1:
            connection.putheader("Content-Length", str(len(body[0])))
        elif body:
            connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(body[0] if len(body) == 1 else iter(body) if body else None, encode_chunked=len(body) > 1)
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
    if answer.status < 400:
        return "sent"
    try:
        return json.loads(text)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return str(answer.status)


with open("disguises.json") as file:
    attempts = json.load(file)
print(json.dumps({name: sent(attempt) for name, attempt in attempts.items()}))
