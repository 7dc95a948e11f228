"""Context packing: what a conversation says twice is sent once, and what tools brought long ago is sent in short.

Agents send their whole conversation with every call, and most of it is what tools returned. Three things are done to
that part, and to no other: a result that an earlier one has said already, word for word, becomes a reference to it; so
does a block of text (between blank lines) that an earlier result has; and of long results that lie far back in a long
conversation the beginning and the end remain. What users, systems and models said is never touched, nor which result
answers which call, nor anything that a cache mark of the agent's covers.

The same conversation is always packed the same way, and a longer one begins like the shorter one, so that providers'
prompt caches go on hitting: references depend on what stands before them alone, and the line before which results are
shortened moves in steps of several turns.

Pure: a document and the places of its results in, a document and what was taken out of it back.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

#: Where a value lies in a JSON document: keys and indexes from the root. Its second element is the message's index.
Path = tuple[str | int, ...]

#: A result or a block of so many characters is worth a reference.
SAME_FROM = 512
#: From this many characters in all results together, old ones are shortened ...
LONG_FROM = 64 * 1024
#: ... if they have more characters than this; these are kept of the beginning and of the end.
SHORTEN_FROM = 4 * 1024
HEAD = 1_536
TAIL = 1_024
#: So many turns at the end are never shortened; a turn is one message, or all results of one round of tools.
KEPT_TURNS = 8
#: The line moves by so many turns at once.
STEP = 8

_BLOCKS = re.compile(r"(\n[ \t]*\n\s*)")
_REFERENCE = re.compile(r"\[The same \d+ characters as .{1,200}, sha256 ([0-9a-f]{16})\]")
#: Under these keys agents set cache marks: Anthropic (and what passes its format on), Bedrock.
_MARKS = ("cache_control", "cachePoint")


class Result(NamedTuple):
    """One text in a tool's result: `tool` and `call` name it for the model, `path` is where it lies."""

    tool: str
    call: str
    path: Path


class Removed(NamedTuple):
    """What was taken out. `what`: same_result | same_block | shortened. `sha256` is of the text taken out (of a
    shortened result: of the whole), `characters` what is no longer sent."""

    what: str
    tool: str
    sha256: str
    characters: int


class Packed(NamedTuple):
    """`document` is the very one that was given where nothing was removed."""

    document: dict[str, Any]
    removed: tuple[Removed, ...]


def pack(document: dict[str, Any], results: Sequence[Result]) -> Packed:
    """The document with these results packed. They must be in the order of the conversation."""
    marked = _last_mark(document, results)
    texts = {result.path: text for result in results if isinstance(text := _value(document, result.path), str)}
    present = [result for result in results if result.path in texts]
    if not present:
        return Packed(document, ())
    changed: dict[Path, str] = {}
    removed: list[Removed] = []
    _refer(present, texts, marked, changed, removed)
    _shorten(present, texts, marked, changed, removed)
    if not changed:
        return Packed(document, ())
    packed = copy.deepcopy(document)
    for path, text in changed.items():
        _value(packed, path[:-1])[path[-1]] = text
    return Packed(packed, tuple(removed))


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _refer(
    results: list[Result], texts: dict[Path, str], marked: int, changed: dict[Path, str], removed: list[Removed]
) -> None:
    """Replace what an earlier result has said already."""
    said: dict[str, str] = {}
    for result in results:
        text = texts[result.path]
        if len(text) < SAME_FROM:
            continue
        free = _message(result.path) > marked
        rest = _without_blocks(text, result, said, removed) if free and digest(text) not in said else text
        whole = digest(rest)
        if free and len(rest) >= SAME_FROM and whole in said:
            reference = _reference(rest, whole, said[whole])
            removed.append(Removed("same_result", result.tool, whole, len(rest) - len(reference)))
            rest = reference
        else:
            for piece in (rest, *_BLOCKS.split(rest)):
                if len(piece) >= SAME_FROM:
                    said.setdefault(digest(piece), _name(result))
        if rest != text:
            changed[result.path] = rest


def _without_blocks(text: str, result: Result, said: dict[str, str], removed: list[Removed]) -> str:
    """The text with a reference in the place of each block that was said before, in an earlier result or in itself."""
    pieces = _BLOCKS.split(text)
    if len(pieces) == 1:
        return text
    here: dict[str, str] = {}
    for index, piece in enumerate(pieces):
        if len(piece) < SAME_FROM:
            continue
        part = digest(piece)
        name = said.get(part) or here.get(part)
        if name is None:
            here[part] = _name(result)
            continue
        pieces[index] = _reference(piece, part, name)
        removed.append(Removed("same_block", result.tool, part, len(piece) - len(pieces[index])))
    return "".join(pieces)


def _shorten(
    results: list[Result], texts: dict[Path, str], marked: int, changed: dict[Path, str], removed: list[Removed]
) -> None:
    """Keep head and tail of long old results, unless a later one that stays refers to them."""
    if sum(len(text) for text in texts.values()) < LONG_FROM:
        return
    line = _line(results)
    staying = [
        changed.get(result.path, texts[result.path]) for result in results if not marked < _message(result.path) < line
    ]
    needed = {found[1] for text in staying for found in _REFERENCE.finditer(text)}
    for result in results:
        original = texts[result.path]
        text = changed.get(result.path, original)
        if not marked < _message(result.path) < line or len(text) <= SHORTEN_FROM or _holds(text, needed):
            continue
        whole = digest(original)
        head, tail = _head(text), _tail(text)
        left_out = len(text) - len(head) - len(tail)
        note = f"\n[{left_out} characters are left out here; the whole had {len(text)}, sha256 {whole[:16]}]\n"
        changed[result.path] = head + note + tail
        removed.append(Removed("shortened", result.tool, whole, left_out - len(note)))


def _holds(text: str, digests: set[str]) -> bool:
    """Whether the text is one of these, or has one of these blocks."""
    if not digests:
        return False
    return any(digest(piece)[:16] in digests for piece in (text, *_BLOCKS.split(text)) if len(piece) >= SAME_FROM)


def _line(results: list[Result]) -> int:
    """The message before which results are old: so many turns before the end, and a multiple of steps from the
    beginning. Turns are counted by messages with results; between two of them there is the model's."""
    rounds: list[int] = []  # the first message of each round
    last = -2
    for message in sorted({_message(result.path) for result in results}):
        if message != last + 1:
            rounds.append(message)
        last = message
    # A round of tools is two turns: the model's, and the results.
    old = max(len(rounds) * 2 - KEPT_TURNS, 0) // STEP * STEP // 2
    return rounds[old] if old else 0


def _last_mark(document: dict[str, Any], results: Sequence[Result]) -> int:
    """The last message with a cache mark of the agent's; -1 if there is none."""
    lists = {result.path[0] for result in results}
    last = -1
    for name in lists:
        messages = document.get(str(name))
        if isinstance(messages, list):
            last = max([last, *(index for index, message in enumerate(messages) if marks(message))])
    return last


def marks(value: Any) -> bool:
    """Whether a cache mark stands anywhere in this value."""
    level = [value]
    while level:
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                if any(item.get(key) is not None for key in _MARKS):
                    return True
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
        level = deeper
    return False


def _message(path: Path) -> int:
    return path[1] if len(path) > 1 and isinstance(path[1], int) else 0


def _reference(text: str, sha256: str, name: str) -> str:
    return f"[The same {len(text)} characters as {name} above, sha256 {sha256[:16]}]"


def _name(result: Result) -> str:
    tool = re.sub(r"[^\w.\-]", "_", result.tool)[:64] or "a tool"
    call = re.sub(r"[^\w.\-]", "_", result.call)[:64]
    return f"in the result of {tool}" + (f" ({call})" if call else "")


def _head(text: str) -> str:
    """The beginning, to the end of a line if one ends near."""
    end = text.rfind("\n", HEAD // 2, HEAD)
    return text[: end if end > 0 else HEAD]


def _tail(text: str) -> str:
    """The end, from the beginning of a line if one begins near."""
    start = text.find("\n", len(text) - TAIL, len(text) - TAIL // 2)
    return text[start + 1 :] if start > 0 else text[-TAIL:]


def _value(document: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        document = document[key]
    return document
