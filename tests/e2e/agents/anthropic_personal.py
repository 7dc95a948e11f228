"""Anthropic's SDK with personal data everywhere that a call has room for words. `values.json` holds it by its
kind, `anywhere.json` what is known without a word beside it."""

import base64
import json
from pathlib import Path

import anthropic

values = json.loads(Path("values.json").read_text())
client = anthropic.Anthropic(max_retries=0)
everything = "; ".join(f"{kind.replace('_', ' ')}: {value}" for kind, value in values.items())
document = {"type": "text", "media_type": "text/plain", "data": everything}
note = base64.b64encode(everything.encode()).decode()
messages = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": everything},
            {"type": "document", "source": document, "title": everything, "context": everything},
        ],
    },
    {
        "role": "assistant",
        "content": [
            {"type": "text", "text": f"I shall look up: {everything}"},
            {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"who": values, "note": note}},
        ],
    },
    {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "toolu_1",
                "content": [{"type": "text", "text": json.dumps([values])}],
            },
            {"type": "text", "text": "\n".join(json.loads(Path("anywhere.json").read_text()))},
        ],
    },
]
tool = {
    "name": "look_up",
    "description": f"Looks somebody up, for example: {everything}",
    "input_schema": {
        "type": "object",
        "properties": {kind: {"type": "string", "description": f"as in {everything}"} for kind in values},
    },
}
question = {"model": "claude-sonnet-4-5", "max_tokens": 512, "messages": messages, "tools": [tool]}
question["system"] = [{"type": "text", "text": f"You help this customer. {everything}."}]
question["metadata"] = {"user_id": values["email"]}
answer = client.messages.create(**question)
with client.messages.stream(**question) as events:
    streamed = events.get_final_text()
count = client.messages.count_tokens(**{name: question[name] for name in ("model", "messages", "tools", "system")})
print(json.dumps({"text": answer.content[0].text, "streamed": streamed, "tokens": count.input_tokens}))
