"""generateContent as one of the wire formats."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from akios_jail.providers.google_generate import request, spelling, translate
from akios_jail.providers.google_generate.answer import GoogleAnswer
from akios_jail.providers.google_generate.gate import GoogleGate
from akios_jail.providers.neutral import Call, Conversation, Path, Payload, Reply, TextAt, ToolCall
from akios_jail.providers.strictjson import Unreadable

#: The folder with its name, the model, the colon, and the method.
_PATH = re.compile(
    r"(/(?:models|tunedModels|endpoints)/)([^/]+?)(:|%3A)(generateContent|streamGenerateContent|countTokens)/*$",
    re.IGNORECASE,
)
#: Parameters of the query that say in which form the answer comes.
_FORMS = ("alt", "$alt")
#: Families that think nowhere but in the text that they show.
_SHOWS_ALL = re.compile(r"gemini-(?:1\.|2\.0-flash(?!-thinking))|gemma-")


class GoogleGenerate:
    """The wire format. `framing`: json_array, or sse for calls whose query says so."""

    name = "google_generate"
    shared_path = False

    def __init__(self, framing: str = "json_array") -> None:
        self.framing = framing

    def speaks(self, path: str) -> bool:
        return _PATH.search(path) is not None

    def asked_by(self, query: str) -> GoogleGenerate:
        """The format of a call with this query. `Unreadable` if it asks for an answer that is no JSON."""
        pairs = parse_qsl(query, keep_blank_values=True)
        asked = {value for key, value in pairs if key in _FORMS}
        if not asked <= {"json", "sse"} or len(asked) > 1 or any(key in ("callback", "$callback") for key, _ in pairs):
            raise Unreadable("its query asks for an answer of another form")
        return _SSE if asked == {"sse"} else self

    def query_of(self, call: Call, before: str) -> str:
        """The query `before`, with the framing that this call needs."""
        kept = [pair for pair in before.split("&") if pair and unquote(pair.partition("=")[0]) not in _FORMS]
        return "&".join([*kept, *(["alt=sse"] if call.stream and self.framing == "sse" else [])])

    def resembles(self, document: dict[str, Any]) -> bool:
        return not spelling.keys(document).keys().isdisjoint(("contents", "generateContentRequest"))

    def read(self, provider: str, host: str, path: str, document: dict[str, Any]) -> Call:
        found = _PATH.search(path)
        if found is None:
            raise Unreadable("its path names no model")
        model, method = found[2].lower(), found[4].lower()
        texts: list[TextAt] = []
        payloads: list[Payload] = []
        request.read_contents((), document, texts, payloads)
        counted = spelling.keys(document).get("generateContentRequest")
        if counted is not None:
            for at, within in spelling.objects((counted,), document[counted]):
                request.read_contents(at, within, texts, payloads)
        elif str(spelling.value(document, "model") or model).rpartition("/")[2].lower() != model:
            raise Unreadable("its model is not that of its path")
        settings = spelling.inner(document, "generationConfig")
        return Call(
            wire=self,
            provider=provider,
            host=host,
            model=model,
            stream=method == "streamgeneratecontent",
            document=document,
            max_output_tokens=spelling.positive(settings, "maxOutputTokens"),
            choices=spelling.positive(settings, "candidateCount") or 1,
            billable=method != "counttokens",
            texts=tuple(texts),
            payloads=tuple(payloads),
            unbounded=request.unbounded(document),
            hidden_output=_SHOWS_ALL.match(model) is None,
            provider_tools=request.provider_tools(document),
            price_options={"service_tier": request.tier(document) or "standard"},
        )

    def limit_output(self, call: Call, tokens: int) -> None:
        settings = spelling.inner(call.document, "generationConfig")
        settings[spelling.keys(settings).get("maxOutputTokens", "maxOutputTokens")] = tokens
        call.document[spelling.keys(call.document).get("generationConfig", "generationConfig")] = settings
        call.max_output_tokens = tokens

    def ask_usage(self, call: Call) -> None:
        """Every answer of this format tells its usage."""

    def set_model(self, call: Call, model: str) -> None:
        call.model = model
        named = spelling.keys(call.document).get("model")
        if named is not None:
            call.document[named] = f"models/{model}"

    def path_of(self, call: Call, path: str) -> str:
        method = "countTokens" if not call.billable else "streamGenerateContent" if call.stream else "generateContent"
        found = _PATH.search(path)
        if found is None:
            vertex = call.host.endswith("aiplatform.googleapis.com")
            folder = "/v1/publishers/google/models" if vertex else "/v1beta/models"
            return f"{folder}/{quote(call.model, safe='')}:{method}"
        if unquote(found[2]).lower() == call.model.lower() and found[4].lower() == method.lower():
            return path
        return f"{path[: found.start()]}{found[1]}{quote(call.model, safe='')}{found[3]}{method}"

    def answer(self, call: Call) -> GoogleAnswer:
        return GoogleAnswer(call)

    def gate(self, call: Call) -> GoogleGate:
        return GoogleGate()

    def results(self, call: Call) -> list[tuple[ToolCall, Path]]:
        return list(request.results(call.document))

    def conversation(self, call: Call) -> Conversation:
        return translate.conversation(call)

    def compose(self, conversation: Conversation, model: str) -> dict[str, Any]:
        return translate.compose(conversation)

    def reply(self, body: bytes) -> Reply:
        return translate.reply(body)

    def render(self, call: Call, reply: Reply) -> bytes:
        return translate.render(call, reply, self.framing)


_SSE = GoogleGenerate("sse")
