"""Anthropic's SDK with personal data in every place of a call, one after the other; each says its place in a header."""

import base64
import json
from collections.abc import Callable
from typing import Any

import anthropic
from places import ANYWHERE, ESCAPED, EVERYTHING, LINES, PDF, PICTURE, SCHEMA, VALUES, tell

client = anthropic.Anthropic(max_retries=0)


def ask(place: str, *messages: Any, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    asked: Any = list(messages) or [{"role": "user", "content": "Go on."}]
    said = {"X-Place": place, **(headers or {})}
    return client.messages.create(
        model="claude-sonnet-4-5", max_tokens=99, messages=asked, extra_headers=said, **fields
    )


def user(place: str, *blocks: Any) -> Any:
    return ask(place, {"role": "user", "content": list(blocks)})


def called(given: Any, said: Any) -> list[Any]:
    use = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": given}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": said}
    start = {"role": "user", "content": "Look."}
    return [start, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]


def document(media_type: str, data: bytes) -> dict[str, Any]:
    source = {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}
    return {"type": "document", "source": source, "title": ANYWHERE[0], "context": EVERYTHING}


def upload(place: str, name: str, data: bytes) -> None:
    try:
        client.beta.files.upload(file=(name, data), extra_headers={"X-Place": place})
    except anthropic.NotFoundError:  # the server has no files; it received this one all the same
        return


tool: Any = {"name": "look_up", "description": EVERYTHING, "input_schema": SCHEMA}
picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}
fetched = {"type": "image", "source": {"type": "url", "url": "https://a.test/1.png"}}
alt = {"type": "text", "text": f"![{EVERYTHING}](a.png) <img src='a.png' alt='{EVERYTHING}'>"}
attempts: dict[str, Callable[[], Any]] = {
    "system prompt": lambda: ask("system prompt", system=[{"type": "text", "text": EVERYTHING}]),
    "message": lambda: ask("message", {"role": "user", "content": EVERYTHING}),
    "tool definition": lambda: ask("tool definition", tools=[tool]),
    "tool call": lambda: ask("tool call", *called({"who": VALUES}, "nobody")),
    "tool result": lambda: ask("tool result", *called({}, EVERYTHING)),
    "tool result in JSON": lambda: ask("tool result in JSON", *called({}, json.dumps([VALUES]))),
    "JSON in JSON": lambda: ask(
        "JSON in JSON", *called({}, json.dumps({"body": json.dumps({"a": json.dumps([VALUES])})}))
    ),
    "escapes that are no JSON": lambda: ask("escapes that are no JSON", *called({}, f'{{"a": "{ESCAPED}", "a": 1}}')),
    "alt text of an image": lambda: user("alt text of an image", alt),
    "file in a call": lambda: user("file in a call", document("text/plain", EVERYTHING.encode())),
    "metadata": lambda: ask("metadata", metadata={"user_id": VALUES["email"]}),
    "file upload": lambda: upload("file upload", "notes.txt", EVERYTHING.encode()),
    "upload of a batch": lambda: upload("upload of a batch", "batch.jsonl", LINES.encode()),
    "name of a file": lambda: upload("name of a file", f"{VALUES['email']}.txt", b"nothing in it"),
    "header": lambda: ask("header", headers={"X-Customer": VALUES["email"], "X-Customer-Name": VALUES["person_name"]}),
    "cookie": lambda: ask("cookie", headers={"Cookie": f"mail={VALUES['email']}; ssn={VALUES['ssn']}"}),
    "user agent": lambda: ask("user agent", headers={"User-Agent": f"agent/1.0 ({EVERYTHING})"}),
    "referer": lambda: ask("referer", headers={"Referer": f"https://crm.corp/?q={VALUES['email']}"}),
}
refused: dict[str, Callable[[], Any]] = {
    "key": lambda: ask("key", headers={"X-Api-Key": VALUES["email"]}),
    "name of a header": lambda: ask("name of a header", headers={f"X-{VALUES['ssn']}": "1"}),
    "URL": lambda: client.get(
        f"/v1/models?q={VALUES['email']}", cast_to=object, options={"headers": {"X-Place": "URL"}}
    ),
    "path": lambda: client.models.retrieve(VALUES["email"], extra_headers={"X-Place": "path"}),
    "image": lambda: user("image", picture),
    "URL of an image": lambda: user("URL of an image", fetched),
    "PDF in a call": lambda: user("PDF in a call", document("application/pdf", PDF)),
    "PDF as an upload": lambda: upload("PDF as an upload", "notes.txt", PDF),
    "image as a tool result": lambda: ask("image as a tool result", *called({}, [picture])),
}
tell(attempts | refused)
