"""OpenAI's SDK with personal data in every place of a call, one after the other; each says its place in a header."""

import base64
import json
from collections.abc import Callable
from typing import Any

import openai
from places import ANYWHERE, ESCAPED, EVERYTHING, LINES, PDF, PICTURE, SCHEMA, TABLE, VALUES, tell

client = openai.OpenAI(max_retries=0)


def at(place: str, **headers: str) -> dict[str, str]:
    return {"X-Place": place, **headers}


def chat(place: str, *messages: Any, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    asked: Any = list(messages) or [{"role": "user", "content": "Go on."}]
    return client.chat.completions.create(
        model="gpt-4o", messages=asked, extra_headers=at(place, **(headers or {})), **fields
    )


def content(place: str, *parts: Any) -> Any:
    return chat(place, {"role": "user", "content": list(parts)})


def upload(place: str, name: str, data: bytes, purpose: Any = "assistants") -> None:
    try:
        client.files.create(file=(name, data), purpose=purpose, extra_headers=at(place))
    except openai.NotFoundError:  # the server has no files; it received this one all the same
        return


def called(arguments: str) -> dict[str, Any]:
    function = {"name": "look_up", "arguments": arguments}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": function}],
    }


def result(said: str) -> list[Any]:
    return [called("{}"), {"role": "tool", "tool_call_id": "c1", "content": said}]


tool: Any = {"type": "function", "function": {"name": "look_up", "description": EVERYTHING, "parameters": SCHEMA}}
picture = {
    "type": "image_url",
    "image_url": {"url": f"data:image/svg+xml;base64,{base64.b64encode(EVERYTHING.encode()).decode()}"},
}
alt = {"type": "text", "text": f"![{EVERYTHING}](a.png) <img src='a.png' alt='{EVERYTHING}'>"}
file = {
    "filename": f"{VALUES['email']}.txt",
    "file_data": f"data:text/plain;base64,{base64.b64encode(EVERYTHING.encode()).decode()}",
}
item = {"type": "function_call_output", "call_id": "c1", "output": json.dumps(VALUES)}
attempts: dict[str, Callable[[], Any]] = {
    "system prompt": lambda: chat("system prompt", {"role": "system", "content": EVERYTHING}),
    "message": lambda: chat("message", {"role": "user", "content": EVERYTHING, "name": ANYWHERE[0]}),
    "tool definition": lambda: chat("tool definition", tools=[tool]),
    "tool call": lambda: chat("tool call", called(json.dumps(VALUES)), *result("{}")[1:]),
    "tool result": lambda: chat("tool result", *result(EVERYTHING)),
    "tool result in JSON": lambda: chat("tool result in JSON", *result(json.dumps({"rows": [VALUES]}))),
    "JSON in JSON": lambda: chat(
        "JSON in JSON", *result(json.dumps({"body": json.dumps({"a": json.dumps([VALUES])})}))
    ),
    "escapes that are no JSON": lambda: chat("escapes that are no JSON", *result(f'{{"a": "{ESCAPED}", "a": 1}}')),
    "alt text of an image": lambda: content("alt text of an image", alt),
    "image that is text": lambda: content("image that is text", picture),
    "file in a call": lambda: content("file in a call", {"type": "file", "file": file}),
    "metadata": lambda: chat("metadata", metadata={"customer_email": VALUES["email"]}, user=VALUES["email"]),
    "responses": lambda: client.responses.create(
        model="gpt-4o",
        instructions=EVERYTHING,
        input=[item],
        previous_response_id="resp_1",
        extra_headers=at("responses"),
    ),
    "embeddings": lambda: client.embeddings.create(
        model="text-embedding-3-small", input=[EVERYTHING, *ANYWHERE], extra_headers=at("embeddings")
    ),
    "file upload": lambda: upload("file upload", "notes.txt", EVERYTHING.encode()),
    "upload in another coding": lambda: upload("upload in another coding", "notes.txt", EVERYTHING.encode("utf-16-le")),
    "upload of a table": lambda: upload("upload of a table", "table.csv", TABLE.encode()),
    "upload of a batch": lambda: upload("upload of a batch", "batch.jsonl", LINES.encode(), "batch"),
    "name of a file": lambda: upload("name of a file", f"{VALUES['email']}.txt", b"nothing in it"),
    "header": lambda: chat("header", headers={"X-Customer": VALUES["email"], "X-Customer-Name": VALUES["person_name"]}),
    "cookie": lambda: chat("cookie", headers={"Cookie": f"mail={VALUES['email']}; ssn={VALUES['ssn']}"}),
    "user agent": lambda: chat("user agent", headers={"User-Agent": f"agent/1.0 ({EVERYTHING})"}),
    "referer": lambda: chat("referer", headers={"Referer": f"https://crm.corp/?q={VALUES['email']}"}),
}
refused: dict[str, Callable[[], Any]] = {
    "key": lambda: chat("key", headers={"Authorization": f"Bearer {VALUES['email']}"}),
    "name of a header": lambda: chat("name of a header", headers={f"X-{VALUES['ssn']}": "1"}),
    "URL": lambda: client.get(f"/models?q={VALUES['email']}", cast_to=object, options={"headers": at("URL")}),
    "path": lambda: client.models.retrieve(VALUES["email"], extra_headers=at("path")),
    "image": lambda: content("image", {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}),
    "URL of an image": lambda: content(
        "URL of an image", {"type": "image_url", "image_url": {"url": "https://a.test/1.png"}}
    ),
    "PDF in a call": lambda: content(
        "PDF in a call", {"type": "file", "file": {"filename": "a.pdf", "file_data": base64.b64encode(PDF).decode()}}
    ),
    "PDF as an upload": lambda: upload("PDF as an upload", "notes.txt", PDF),
    "image as a tool result": lambda: chat("image as a tool result", *result(PICTURE)),
}
tell(attempts | refused)
