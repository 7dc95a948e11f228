"""One action that waits for a person: its canonical form, the digest that an approval is bound to, and how it reads.

The digest is of everything that there is to say about the action, in one form only: an approval of one action can never
pass for that of another. What people are shown is made from that very form and from nothing beside it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from akios_jail.control.visible import visible, visible_json

#: A larger action cannot be put before a person.
MAX_BYTES = 256 * 1024
#: Lines and characters of a short text: what fits on a screen.
SHORT_LINES = 40
SHORT_WIDTH = 160

_KINDS = ("tool_call", "http")


class Unreadable(Exception):
    """The stored form of an action is not one: the message says what is wrong with it."""


class Action(NamedTuple):
    """An action of one session that a rule puts before a person.

    `kind`: tool_call | http. `name`: the tool's name, or method and URL. `where`: who asks for it or gets it, in words.
    `content`: the arguments of a tool (JSON), or of a request `{"headers": [[name, value], …], "body": …}`. `nonce`
    makes two alike ones two. `history`: what people should know of earlier actions, "" for nothing.
    """

    session: str
    session_name: str
    request: str  # the id of the exchange
    kind: str
    name: str
    where: str
    content: Any
    rule: int | None
    reason: str
    nonce: str
    history: str = ""

    def deed(self) -> str:
        """The SHA-256, in hex, of what is done to whom, whenever and however often it is asked for.

        The header fields of a request are no part of it: they differ from one attempt of the same client to the next.
        """
        content = self.content
        if self.kind == "http" and isinstance(content, dict):
            content = content.get("body")
        text = json.dumps([self.kind, self.name, self.where, content], sort_keys=True, separators=(",", ":"))
        return digest(text)

    def named(self) -> dict[str, str]:
        """What a session's recording says of it: of a request, whose address can hold anything, a digest."""
        return {"kind": self.kind, "name": self.name[:256] if self.kind == "tool_call" else digest(self.name)}

    def canonical(self) -> str:
        """The one form of it: JSON in ASCII, keys in order. `ValueError` if it is larger than `MAX_BYTES`."""
        text = json.dumps(self._asdict(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        if len(text) > MAX_BYTES:
            raise ValueError(f"it has {len(text)} bytes, and {MAX_BYTES} is the most that is put before a person")
        return text


def digest(canonical: str) -> str:
    """The SHA-256 of a canonical form, in hex; also of a text that a store has and that no UTF-8 can hold."""
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def identifier(digest: str) -> str:
    """The short name of an approval. Made from the digest, so that it names this action and no other (80 bits)."""
    return f"apr_{digest[:20]}"


def read(canonical: str) -> Action:
    """The action of a canonical form that comes from a store. `Unreadable` for anything else, also for the same action
    in another form."""
    try:
        document = json.loads(canonical)
        action = Action(**document)
        again = action.canonical()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unreadable(f"the stored action cannot be read ({type(error).__name__})") from None
    texts = (action.session, action.session_name, action.request, action.name, action.where, action.reason)
    if (
        again != canonical
        or action.kind not in _KINDS
        or not all(isinstance(text, str) for text in (*texts, action.nonce, action.history))
        or not (action.rule is None or type(action.rule) is int)
    ):
        raise Unreadable("the stored action is not in its canonical form")
    return action


def lines(action: Action) -> list[str]:
    """All there is to say about the action, as lines that are safe to print."""
    rule = f"rule {action.rule}: " if action.rule is not None else ""
    kind = "tool call" if action.kind == "tool_call" else "request"
    return [
        f"session    {visible(action.session)} ({visible(action.session_name)})",
        f"{kind:<10} {visible(action.name)}",
        f"{'':<10} {visible(action.where)}",
        f"because    {rule}{visible(action.reason)}",
        *([f"before     {visible(action.history)}"] if action.history else []),
        *_content(action),
    ]


def short(lines: list[str], how_to_see_all: str) -> list[str]:
    """The lines as far as they fit on a screen; what is left out is counted, and it is said how to see it."""
    result: list[str] = []
    left_out = 0
    for number, line in enumerate(lines):
        if number >= SHORT_LINES:
            left_out += len(line)
            continue
        if len(line) > SHORT_WIDTH:
            left_out += len(line) - SHORT_WIDTH
            line = f"{line[:SHORT_WIDTH]}… ({len(line) - SHORT_WIDTH} more characters)"
        result.append(line)
    if left_out:
        result.append(f"NOT ALL IS SHOWN: {left_out} more characters. To see them: {how_to_see_all}")
    return result


def _content(action: Action) -> list[str]:
    content = action.content
    if action.kind != "http" or not isinstance(content, dict) or content.keys() != {"headers", "body"}:
        return ["arguments", *_json(content)]
    body = content["body"]
    said = [f"  {visible_json(json.dumps(pair, ensure_ascii=False))}" for pair in _list(content["headers"])]
    shown = [f"  {visible(line)}" for line in body.split("\n")] if isinstance(body, str) else _json(body)
    return ["body", *shown, "headers", *said]  # the body first: what matters must not lie below the screen


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _json(value: Any) -> list[str]:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return [f"  {visible_json(line)}" for line in text.split("\n")]
