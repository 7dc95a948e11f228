"""The two tools of the agents, and their words at the end."""

import json

ORDER = "Is order 4821 to be credited? Answer ada.winters@example.com."
ACCOUNT = {"type": "object", "properties": {"account": {"type": "string"}, "amount_usd": {"type": "number"}}}
NUMBER = {"type": "object", "properties": {"order_id": {"type": "string"}}}
done = []


def run(name, arguments):
    """What a tool gives."""
    done.append([name, arguments])
    if name == "get_order":
        return f"order {arguments['order_id']} was delivered"
    return f"credited {arguments['amount_usd']}"


def tell(text, tokens):
    print(json.dumps({"text": text, "tools": done, "tokens": tokens}))
