"""Models as Bedrock's paths name them: by id, by inference profile, or by the ARN of either."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

#: `/model/ID/OPERATION`; an ARN has slashes of its own once it is decoded.
_PATH = re.compile(r"/model/(?P<model>.+)/(?P<operation>[a-z-]+)/*$", re.IGNORECASE)
#: ARNs whose last part is what the price list knows.
_SPEAKING_ARN = re.compile(r"arn:[^:]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)/(.+)")


def operation(path: str) -> str:
    """The operation of a normalised path: converse, converse-stream, invoke, …; "" if it names none."""
    found = _PATH.search(path)
    return "" if found is None else found["operation"]


def model(path: str) -> str:
    """The model of a normalised path, as prices are listed; the whole ARN where that does not tell."""
    found = _PATH.search(path)
    named = "" if found is None else found["model"]
    speaking = _SPEAKING_ARN.fullmatch(named)
    return named if speaking is None else speaking[1]


def path(before: str, wanted: str, operation: str) -> str:
    """The path for a call: `before` with `wanted` and `operation` in the places of its own, unless it says so already.

    `before` is as the agent sent it, or "" or a path of another format; then it is the usual one.
    """
    found = _PATH.search(before)
    if found is None:
        return f"/model/{quote(wanted, safe='')}/{operation}"
    same = model(unquote(before).lower()) == wanted.lower()
    if same and found["operation"].lower() == operation:
        return before
    named = found["model"] if same else quote(wanted, safe="")
    return f"{before[: found.start('model')]}{named}/{operation}"
