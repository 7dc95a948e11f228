"""OpenAI's SDK with personal data everywhere that a call has room for words. `values.json` holds it by its
kind, `anywhere.json` what is known without a word beside it."""

import json
from pathlib import Path

import openai

values = json.loads(Path("values.json").read_text())
client = openai.OpenAI(max_retries=0)
everything = "; ".join(f"{kind.replace('_', ' ')}: {value}" for kind, value in values.items())
one_by_one = json.loads(Path("anywhere.json").read_text())
pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
image = f"data:image/png;base64,{pixel}"
messages = [
    {"role": "system", "content": f"You help this customer. {everything}."},
    {
        "role": "user",
        "content": [{"type": "text", "text": everything}, {"type": "image_url", "image_url": {"url": image}}],
    },
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": json.dumps(values)}},
            {"id": "call_2", "type": "function", "function": {"name": "look_up", "arguments": "{}"}},
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": json.dumps({"rows": [values, values]}, indent=1)},
    {"role": "tool", "tool_call_id": "call_2", "content": f"<img src='a.png' alt='{everything}'>"},
    {"role": "user", "content": "\n".join(f"> {kind} = {value}" for kind, value in values.items())},
]
tool = {
    "name": "look_up",
    "description": f"Looks somebody up, for example: {everything}",
    "parameters": {
        "type": "object",
        "properties": {kind: {"type": "string", "description": f"as in {everything}"} for kind in values}
        | {"any": {"type": "string", "enum": one_by_one}},
    },
}
answer = client.chat.completions.create(
    model="gpt-4o", messages=messages, tools=[{"type": "function", "function": tool}], user=one_by_one[0]
)
said = client.responses.create(
    model="gpt-4o",
    instructions=everything,
    input=[
        {"role": "user", "content": [{"type": "input_text", "text": everything}]},
        {"type": "function_call", "call_id": "c1", "name": "look_up", "arguments": json.dumps(values)},
        {"type": "function_call_output", "call_id": "c1", "output": everything},
    ],
)
numbers = client.embeddings.create(model="text-embedding-3-small", input=[everything, *one_by_one])
print(
    json.dumps({"chat": answer.choices[0].message.content, "responses": said.output_text, "vectors": len(numbers.data)})
)
