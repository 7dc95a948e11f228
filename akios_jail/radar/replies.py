"""What a model answered: whole answers, and streams put together from their events. By the shape of the documents, as
`said` reads calls."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from akios_jail.radar.said import Asked, Message, arguments, asked_in, message, word


class Reply(NamedTuple):
    """One answer. `choices`: the alternatives that it came with, the first of which agents read. `confidence`: the
    probability that the model itself gave what it wrote (the geometric mean of its tokens'), None where it told none.
    `ended`: the answer has come to its end."""

    id: str
    model: str
    choices: tuple[Message, ...]
    stop: str
    confidence: float | None
    ended: bool = True


def whole(document: Any) -> Reply:
    """An answer in one piece."""
    if not isinstance(document, dict):
        return Reply("", "", (), "", None)
    if isinstance(document.get("response"), dict):  # as in the last event of a stream of the Responses format
        document = document["response"]
    choices = tuple(said for said in _choices(document) if not said.empty)
    return Reply(
        id=word(document, "id") or word(document, "responseId"),
        model=word(document, "model") or word(document, "modelVersion"),
        choices=choices,
        stop=_stop(document),
        confidence=_confidence(document),
    )


def streamed(events: Iterable[Any]) -> Reply:
    """An answer from the documents of a stream's events, in order."""
    folding = _Folding()
    for event in events:
        if isinstance(event, dict):
            folding.take(event)
    return folding.reply()


def _choices(document: dict[str, Any]) -> Iterator[Message]:
    for choice in _objects(document, "choices"):
        if isinstance(choice.get("message"), dict):
            yield _chat(choice["message"])
        elif isinstance(choice.get("text"), str):
            yield Message("assistant", choice["text"])
    for candidate in _objects(document, "candidates"):
        content = candidate.get("content")
        yield message("assistant", content.get("parts") if isinstance(content, dict) else None)
    if isinstance(document.get("content"), list):
        yield message("assistant", document["content"])
    output = document.get("output")
    if isinstance(output, dict) and isinstance(output.get("message"), dict):
        yield message("assistant", output["message"].get("content"))
    if isinstance(output, list):
        yield _responses(output)


def _chat(said: dict[str, Any]) -> Message:
    found = message("assistant", said.get("content") or said.get("refusal") or None)
    asked = []
    for call in _objects(said, "tool_calls"):
        function = call.get("function")
        if isinstance(function, dict):
            asked.append(Asked(word(call, "id"), word(function, "name"), arguments(function.get("arguments"))))
    thought = said.get("reasoning_content") or said.get("reasoning")
    reasoning = thought if isinstance(thought, str) else found.reasoning
    return found._replace(asked=(*found.asked, *asked), reasoning=reasoning)


def _responses(items: list[Any]) -> Message:
    texts, thoughts, asked = [], [], []
    for item in items:
        if not isinstance(item, dict):
            continue
        if item.get("type") == "message":
            texts.append(message("assistant", item.get("content")).text)
        elif item.get("type") == "reasoning":
            thoughts.append(message("assistant", item.get("summary") or item.get("content")).text)
        elif item.get("type") in ("function_call", "custom_tool_call"):
            given = arguments(item.get("arguments", item.get("input")))
            asked.append(Asked(word(item, "call_id"), word(item, "name"), given))
    return Message("assistant", "\n".join(texts), "\n".join(thoughts), tuple(asked))


def _stop(document: dict[str, Any]) -> str:
    for name, key in (("choices", "finish_reason"), ("candidates", "finishReason")):
        for choice in _objects(document, name):
            return word(choice, key)
    return word(document, "stop_reason") or word(document, "stopReason") or word(document, "status")


def _confidence(document: dict[str, Any]) -> float | None:
    """From log-probabilities of the tokens of the first choice, where the answer has them."""
    for candidate in _objects(document, "candidates"):
        average = candidate.get("avgLogprobs")
        return _probability([average]) if isinstance(average, int | float) else None
    for choice in _objects(document, "choices"):
        told = choice.get("logprobs")
        return _probability(_logprobs(told.get("content"))) if isinstance(told, dict) else None
    output = document.get("output")
    found = [
        number
        for item in (output if isinstance(output, list) else ())
        if isinstance(item, dict)
        for part in _objects(item, "content")
        for number in _logprobs(part.get("logprobs"))
    ]
    return _probability(found)


def _logprobs(tokens: Any) -> list[float]:
    found = [token.get("logprob") for token in tokens if isinstance(token, dict)] if isinstance(tokens, list) else []
    return [number for number in found if isinstance(number, int | float)]


def _probability(logprobs: list[float]) -> float | None:
    if not logprobs or not all(math.isfinite(number) and number <= 0 for number in logprobs):
        return None
    return round(math.exp(sum(logprobs) / len(logprobs)), 4)


class _Block:
    """A piece of a streamed answer that is still growing."""

    def __init__(self) -> None:
        self.kind = "text"
        self.id = self.name = ""
        self.pieces: list[str] = []

    def take(self, kind: str, text: Any) -> None:
        self.kind = kind
        if isinstance(text, str):
            self.pieces.append(text)


class _Folding:
    """Puts a stream together, by choice and by block."""

    def __init__(self) -> None:
        self._id = self._model = self._stop = ""
        self._blocks: dict[int, dict[str, _Block]] = {}
        self._logprobs: list[float] = []
        self._last: Reply | None = None

    def take(self, event: dict[str, Any]) -> None:
        kind = word(event, "type")
        if kind.startswith("response.") and isinstance(event.get("response"), dict):
            self._last = whole(event["response"])
            self._last = self._last._replace(ended=kind != "response.created" and kind != "response.in_progress")
            return
        head = event.get("message")
        for holder in (event, head if isinstance(head, dict) else {}):
            self._id = self._id or word(holder, "id") or word(holder, "responseId")
            self._model = self._model or word(holder, "model") or word(holder, "modelVersion")
        for choice in _objects(event, "choices"):
            self._choice(choice)
        for number, candidate in enumerate(_objects(event, "candidates")):
            self._candidate(number, candidate)
        delta = event.get("delta")
        if isinstance(delta, dict):
            self._stop = word(delta, "stop_reason") or self._stop
        self._stop = word(event, "stopReason") or self._stop
        place = str(event.get("index", event.get("contentBlockIndex")))
        self._started(place, event.get("content_block"), event.get("start"))
        self._continued(place, delta)

    def reply(self) -> Reply:
        """What it came to."""
        if self._last is not None:
            return self._last
        choices = tuple(_folded(list(blocks.values())) for _, blocks in sorted(self._blocks.items()))
        said = tuple(choice for choice in choices if not choice.empty)
        return Reply(self._id, self._model, said, self._stop, _probability(self._logprobs), self._stop != "")

    def _block(self, choice: int, place: str) -> _Block:
        return self._blocks.setdefault(choice, {}).setdefault(place, _Block())

    def _choice(self, choice: dict[str, Any]) -> None:
        index = choice.get("index")
        number = index if isinstance(index, int) else 0
        self._stop = word(choice, "finish_reason") or self._stop
        told = choice.get("logprobs")
        if number == 0 and isinstance(told, dict):
            self._logprobs += _logprobs(told.get("content"))
        if isinstance(choice.get("text"), str):
            self._block(number, "text").take("text", choice["text"])
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            return
        for key, kind in (("reasoning_content", "thought"), ("reasoning", "thought"), ("content", "text")):
            if isinstance(delta.get(key), str):
                self._block(number, kind).take(kind, delta[key])
        for place, call in enumerate(_objects(delta, "tool_calls")):
            block = self._block(number, f"call {call.get('index', place)}")
            function = call.get("function")
            block.id = block.id or word(call, "id")
            block.name = block.name or word(function, "name")
            block.take("call", word(function, "arguments"))

    def _candidate(self, number: int, candidate: dict[str, Any]) -> None:
        self._stop = word(candidate, "finishReason") or self._stop
        content = candidate.get("content")
        for part in _objects(content, "parts") if isinstance(content, dict) else ():
            said = message("assistant", [part])
            if said.asked:
                block = self._block(number, f"call {len(self._blocks.get(number, ()))}")
                block.kind, block.id, block.name = "call", said.asked[0].id, said.asked[0].name
                block.pieces = [said.asked[0].arguments]
            elif said.reasoning:
                self._block(number, "thought").take("thought", said.reasoning)
            else:
                self._block(number, "text").take("text", said.text)

    def _started(self, place: str, block: Any, start: Any) -> None:
        call = asked_in(block) or asked_in(start)
        if call is not None:
            new = self._block(0, place)
            new.kind, new.id, new.name = "call", call.id, call.name
        elif isinstance(block, dict) and isinstance(block.get("text"), str):
            self._block(0, place).take("text", block["text"])

    def _continued(self, place: str, delta: Any) -> None:
        if not isinstance(delta, dict):
            return
        use, thought = delta.get("toolUse"), delta.get("reasoningContent")
        if isinstance(delta.get("partial_json"), str):
            self._block(0, place).take("call", delta["partial_json"])
        elif isinstance(use, dict):
            self._block(0, place).take("call", use.get("input"))
        elif isinstance(delta.get("thinking"), str):
            self._block(0, place).take("thought", delta["thinking"])
        elif isinstance(thought, dict) and isinstance(thought.get("text"), str):
            self._block(0, place).take("thought", thought["text"])
        elif isinstance(delta.get("text"), str):
            self._block(0, place).take("text", delta["text"])


def _folded(blocks: list[_Block]) -> Message:
    texts = ["".join(block.pieces) for block in blocks if block.kind == "text" and block.pieces]
    thoughts = ["".join(block.pieces) for block in blocks if block.kind == "thought"]
    asked = [
        Asked(block.id, block.name, block.pieces[0] if _whole(block) else arguments("".join(block.pieces)))
        for block in blocks
        if block.kind == "call"
    ]
    return Message("assistant", "\n".join(texts), "\n".join(thoughts), tuple(asked))


def _whole(block: _Block) -> bool:
    return len(block.pieces) == 1 and not isinstance(block.pieces[0], str)


def _objects(holder: Any, key: str) -> list[dict[str, Any]]:
    listed = holder.get(key) if isinstance(holder, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
