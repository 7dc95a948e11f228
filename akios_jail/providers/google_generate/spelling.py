"""Fields as the JSON form of protocol buffers spells them: `maxOutputTokens`, and just as well `max_output_tokens`.

Google's servers take both, and refuse any other. Which one a document uses is kept, so that a field is changed where it
stands; a document that uses both at once, or a third, could be read in two ways and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from akios_jail.providers.fields import MAX_COUNT
from akios_jail.providers.neutral import Path
from akios_jail.providers.strictjson import Unreadable

_HUMP = re.compile(r"(?<!^)([A-Z])")
#: Every field that is read here. No two of them differ in their capitals and underscores alone.
_NAMES = (
    "allowedFunctionNames",
    "args",
    "automaticContinuation",
    "cachedContent",
    "candidateCount",
    "candidates",
    "codeExecutionResult",
    "computerUse",
    "content",
    "contents",
    "continuationToken",
    "data",
    "description",
    "executableCode",
    "fileData",
    "fileUri",
    "finishReason",
    "functionCall",
    "functionCallingConfig",
    "functionDeclarations",
    "frequencyPenalty",
    "functionResponse",
    "generateContentRequest",
    "generationConfig",
    "id",
    "inlineData",
    "labels",
    "maxOutputTokens",
    "mimeType",
    "mode",
    "model",
    "modelSelectionConfig",
    "name",
    "parameters",
    "parametersJsonSchema",
    "partialArgs",
    "parts",
    "presencePenalty",
    "response",
    "role",
    "routingConfig",
    "safetySettings",
    "seed",
    "serviceTier",
    "stopSequences",
    "systemInstruction",
    "temperature",
    "text",
    "thinkingConfig",
    "thought",
    "thoughtSignature",
    "toolConfig",
    "tools",
    "topK",
    "topP",
    "willContinue",
)
_FOLDED = {name.casefold(): (name, _HUMP.sub(r"_\1", name).lower()) for name in _NAMES}


def keys(document: dict[str, Any]) -> dict[str, str]:
    """The known fields of an object: for each name in camelCase the key that it has here.

    `Unreadable` if one is there twice or in a spelling of its own.
    """
    found: dict[str, str] = {}
    for key in document:
        spellings = _FOLDED.get(key.replace("_", "").casefold())
        if spellings is None:
            continue
        if key not in spellings:
            raise Unreadable(f"its key {key[:60]!r} may be taken for {spellings[0]}")
        if spellings[0] in found:
            raise Unreadable(f"it gives {spellings[0]} in two spellings")
        found[spellings[0]] = key
    return found


def value(document: dict[str, Any], name: str) -> Any:
    """The field of this name (in camelCase), None if absent. `Unreadable` as of `keys`."""
    key = keys(document).get(name)
    return None if key is None else document[key]


def objects(at: Path, value: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The objects of a list, or one that stands for a list of one, each with its place. `Unreadable` for others."""
    if value is None:
        return
    if isinstance(value, dict):
        yield at, value
        return
    if not isinstance(value, list):
        raise Unreadable(f"its {at[-1] if at else 'document'} is not a list of objects")
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise Unreadable(f"its {at[-1] if at else 'document'} is not a list of objects")
        yield (*at, index), item


def inner(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The object in this field; the empty object if absent. `Unreadable` for anything else."""
    found = value(document, name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unreadable(f"its {name} is not an object")
    return found


def positive(document: dict[str, Any], name: str) -> int | None:
    """A whole number above zero, also as text or with a point; None if absent, null or zero (which means absent)."""
    found = value(document, name)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 12:
        found = int(found)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if found is None or (type(found) is int and found == 0):
        return None
    if type(found) is not int or not 0 < found <= MAX_COUNT:
        raise Unreadable(f"its {name} is not a whole number above zero")
    return found
