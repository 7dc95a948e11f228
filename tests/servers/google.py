"""Google's generateContent and streamGenerateContent on the wire (ai.google.dev "Generating content").

A stream is server-sent events with `alt=sse`, and one JSON array that grows otherwise. Each piece tells the usage so
far; thoughts are counted apart from the answer; tools that are asked for come whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from akios_jail.demo.answer import Answer, Question, Result
from akios_jail.demo.local_server import Request
from akios_jail.demo.openai_wire import event

_PATH = re.compile(r"/(?P<version>v1|v1beta)/models/(?P<model>[^/:]+):(?P<method>\w+)")


class GoogleGenerate:
    """`POST /v1beta/models/MODEL:generateContent`, `:streamGenerateContent` and `:countTokens`."""

    provider = "google"
    hosts = ("generativelanguage.googleapis.com",)
    stream_type = "text/event-stream"

    def question(self, request: Request) -> Question | None:
        path, _, query = request.target.partition("?")
        found = _PATH.fullmatch(path)
        methods = ("generateContent", "streamGenerateContent", "countTokens")
        if request.method != "POST" or found is None or found["method"] not in methods:
            return None
        document = json.loads(request.body)
        contents = document["contents"]
        limit = (document.get("generationConfig") or {}).get("maxOutputTokens")
        declared = [tool for entry in document.get("tools") or () for tool in entry.get("functionDeclarations") or ()]
        return Question(
            model=found["model"],
            stream=found["method"] == "streamGenerateContent",
            document=document,
            said=contents,
            last_user_text=_last_user_text(contents),
            results=_results(contents),
            tools=tuple(tool["name"] for tool in declared),
            max_output=limit if isinstance(limit, int) else None,
            billed=found["method"] != "countTokens",
            array=parse_qs(query).get("alt") != ["sse"],
        )

    def whole(self, question: Question, answer: Answer) -> dict[str, Any]:
        if not question.billed:
            return {"totalTokens": answer.input_tokens}
        return _document(question, answer, _parts(answer), done=True)

    def stream(self, question: Question, answer: Answer) -> Iterator[bytes]:
        pieces: list[list[dict[str, Any]]] = []
        for part in _parts(answer):
            if "text" in part:
                pieces += [[{**part, "text": piece}] for piece in answer.pieces(part["text"])]
            else:
                pieces.append([part])
        for index, parts in enumerate(pieces):
            last = index == len(pieces) - 1
            document = _document(question, answer, parts, done=last)
            if not question.array:
                yield event(document).replace(b"\n\n", b"\r\n\r\n")
                continue
            yield (b"," if index else b"[") + json.dumps(document, indent=2).encode() + (b"\n]\n" if last else b"\n")

    def error(self, status: int, message: str, kind: str) -> dict[str, Any]:
        return {"error": {"code": status, "message": message, "status": kind.upper()}}


def _parts(answer: Answer) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if answer.thinking:
        parts.append({"text": answer.thinking, "thought": True})
    if answer.text or not answer.calls:
        parts.append({"text": answer.text})
    for index, (name, arguments, _) in enumerate(answer.calls):
        signed = {"thoughtSignature": "c2lnbmF0dXJl"} if index == 0 else {}
        parts.append({"functionCall": {"name": name, "args": arguments}, **signed})
    return parts


def _document(question: Question, answer: Answer, parts: list[dict[str, Any]], *, done: bool) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if done:
        candidate["finishReason"] = "MAX_TOKENS" if answer.cut_short else "STOP"
    output = answer.output_tokens - answer.reasoning_tokens if done else 1
    usage = {"promptTokenCount": answer.input_tokens, "candidatesTokenCount": output}
    usage["totalTokenCount"] = answer.input_tokens + output + answer.reasoning_tokens
    if answer.cached_tokens:
        usage["cachedContentTokenCount"] = answer.cached_tokens
    if answer.reasoning_tokens:
        usage["thoughtsTokenCount"] = answer.reasoning_tokens
    told = {"usageMetadata": usage} if answer.tells_usage else {}
    ids = {"modelVersion": question.model, "responseId": f"r{answer.number:012d}"}
    return {"candidates": [candidate], **told, **ids}


def _contents(contents: object) -> list[dict[str, Any]]:
    return contents if isinstance(contents, list) else [contents] if isinstance(contents, dict) else []


def _last_user_text(contents: object) -> str:
    for content in reversed(_contents(contents)):
        if content.get("role", "user") == "user":
            return "\n".join(str(part["text"]) for part in content.get("parts") or () if "text" in part)
    return ""


def _results(contents: object) -> tuple[Result, ...]:
    last = (_contents(contents) or [{}])[-1]
    told = [part["functionResponse"] for part in last.get("parts") or () if "functionResponse" in part]
    return tuple(Result(str(one.get("name")), json.dumps(one.get("response"))) for one in told)
