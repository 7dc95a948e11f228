"""A billing agent as people write them: a loop around a model, with tools that read, and tools that move money.

Nothing here knows of AKIOS. It needs no package; any SDK would do. What its tools do: customers come from the CRM and
refunds from the payment API, over HTTP; credits and refunds are issued by an MCP server of the billing department.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from typing import Any

TASK = "Check the refund status for order #4821, and settle it with the customer."
TOOLS = {
    "get_customer": {"customer": "string"},
    "refund_status": {"order": "string"},
    "issue_credit": {"account": "string", "amount_usd": "number"},
    "refund_order": {"order": "string", "amount_usd": "number"},
}


def fetch(url: str, document: object = None, key: str = "") -> Any:
    """GET, or POST `document`; the JSON of the answer."""
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    data = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - the hosts are below
    with urllib.request.urlopen(request, timeout=900) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")


def ask(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The model's next message."""
    offered = [
        {
            "type": "function",
            "function": {
                "name": name,
                "parameters": {"type": "object", "properties": {key: {"type": kind} for key, kind in fields.items()}},
            },
        }
        for name, fields in TOOLS.items()
    ]
    question = {"model": "gpt-4o", "max_tokens": 400, "messages": messages, "tools": offered}
    answer = fetch("https://api.openai.com/v1/chat/completions", question, os.environ.get("OPENAI_API_KEY", ""))
    message: dict[str, Any] = answer["choices"][0]["message"]
    return message


def run(name: str, arguments: dict[str, Any]) -> str:
    """What a tool gives, as text for the model. A tool that fails says so: the model can react to it."""
    try:
        if name == "get_customer":
            return json.dumps(fetch(f"https://internal-crm.corp/customers/{arguments['customer']}"))
        if name == "refund_status":
            url = f"https://api.stripe.com/v1/refunds?order={arguments['order']}"
            return json.dumps(fetch(url, key=os.environ.get("STRIPE_API_KEY", "")))
        return call_billing(name, arguments)
    except urllib.error.HTTPError as error:
        return f"error {error.code}: {error.read().decode(errors='replace')}"


def call_billing(name: str, arguments: dict[str, Any]) -> str:
    """Call a tool of the billing department's MCP server (streamable HTTP, JSON answers)."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    answer = fetch("https://billing-tools.corp/mcp", call)
    if "error" in answer:
        return f"error: {answer['error']['message']}"
    text = "\n".join(part.get("text", "") for part in answer["result"]["content"])
    return f"error: {text}" if answer["result"].get("isError") else text


def main() -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": TASK}]
    for _ in range(10):
        message = ask(messages)
        messages.append({key: message[key] for key in ("role", "content", "tool_calls") if message.get(key)})
        if message.get("content"):
            print("model:", message["content"], flush=True)
        if not message.get("tool_calls"):
            return
        for call in message["tool_calls"]:
            name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
            print("tool: ", name, json.dumps(arguments), flush=True)
            given = run(name, arguments)
            print("gave: ", given, flush=True)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": given})
    sys.exit("ten turns, and no end")


if __name__ == "__main__":
    main()
