"""What CEL says of a condition without an answer, or that does not compile, in the words of the policy reference.

CEL names its internals (`_>_`, `int64`, "Applying SELECT to non-message type"); whoever writes a policy knows the types
that the reference names, and wants to know which of them met.
"""

from __future__ import annotations

import re
from typing import Final

_CODE: Final = re.compile(r"^(?:[A-Z_]+: )?(.*?)(?: \[[A-Z_]+\])?$")
_TYPES: Final = (
    ("google.protobuf.Timestamp", "timestamp"),
    ("google.protobuf.Duration", "duration"),
    ("uint64", "uint"),
    ("int64", "int"),
    ("null_type", "null"),
)
_AT_RUN_TIME: Final = re.compile(
    r"No matching overloads found : (?:\((?P<on>[^()]*)\)\.)?(?P<name>[^()]*)\((?P<of>.*)\)"
)
_COMPILING: Final = re.compile(r"found no matching overload for '(?P<name>[^']*)' applied to '\((?P<of>.*)\)'")
_OPERATOR: Final = re.compile(r"_(?P<infix>[^_\[\]?]+)_|(?P<prefix>[!-])_|@(?P<word>in)")
_NO_KEY: Final = re.compile(r"Key not found in map : (.*)")
_NO_VARIABLE: Final = re.compile(r"No value with name \"([^\"]*)\" found in Activation")
_NO_LIST: Final = re.compile(r"Invalid container type: '([^']*)'")
_BAD_TEXT: Final = re.compile(r"String to (\w+) conversion failed")
#: What else CEL says, and what it means.
_PHRASES: Final = {
    "Applying SELECT to non-message type": "it looks for a key in what has none (a text, a number, a list or null)",
    "divide by zero": "it divides by zero",
    "modulus by zero": "it divides by zero",
    "cannot convert string to int": "the text is no int",
    "cannot convert string to double": "the text is no double",
    "No matching overloads found : !_": "`!` goes with a boolean only",
    "No matching overloads found : _&&_": "`&&` goes with booleans only",
    "No matching overloads found : _||_": "`||` goes with booleans only",
    "No matching overloads found : <jump_condition>": "what stands before `?` is no boolean",
    "No matching overloads found : @in": "`in` looks for keys of a map and elements of a list",
}


def explained(said: str) -> str:
    """One sentence of CEL, a clause of ours; what is not known stays as it is, without CEL's codes."""
    found = _CODE.match(said)
    text = found.group(1) if found is not None else said
    if text in _PHRASES:
        return _PHRASES[text]
    for pattern in (_AT_RUN_TIME, _COMPILING):
        if (mismatch := pattern.fullmatch(text)) is not None:
            return _mismatch(**mismatch.groupdict())
    if (missing := _NO_KEY.fullmatch(text)) is not None:
        return f"there is no {missing.group(1)} (guard with `has(…)` or `in`)"
    if (unread := _NO_VARIABLE.fullmatch(text)) is not None:
        return f"`{unread.group(1)}` is not known here"
    if (single := _NO_LIST.fullmatch(text)) is not None:
        return f"it looks for an element in {_article(_types(single.group(1)))}"
    if (unparsed := _BAD_TEXT.fullmatch(text)) is not None:
        return f"the text is no {unparsed.group(1).lower()}"
    return text


def _mismatch(name: str, of: str, on: str | None = None) -> str:
    """Types that do not go together."""
    types = [_types(each) for each in ([on] if on is not None else []) + _split(of)]
    if name == "_?_:_":
        return f"what stands before `?` gives {_article(types[0])}, not a boolean"
    if name == "_[_]":
        return f"it looks for an element in {_article(types[0])} by {_article(types[-1])}"
    operator = _OPERATOR.fullmatch(name)
    sign = name if operator is None else next(part for part in operator.groups() if part)
    remedy = _remedy(sign, types) if operator is not None and len(types) == 2 else ""
    return f"`{sign}` does not go with {' and '.join(map(_article, types))}{remedy}"


def _remedy(sign: str, types: list[str]) -> str:
    pair = set(types)
    if pair == {"int", "double"}:
        return ": a double is written with a point, such as 1.0, and double(…) makes one of an int"
    if "string" in pair and pair & {"int", "double"}:
        wanted = "double" if "double" in pair else "int"
        return f": {wanted}(…) makes {_article(wanted)} of a string"
    if sign == "in":
        return ": `in` looks for keys of a map and elements of a list; a string has `.contains(…)`"
    if "string" in pair and any(each.startswith("list") for each in pair):
        return ": compare with a list, such as ['x'], or one element, such as [0]"
    return ""


def _split(types: str) -> list[str]:
    """A list of types at its outermost commas."""
    parts, depth = [""], 0
    for character in types:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _types(text: str) -> str:
    for theirs, ours in _TYPES:
        text = text.replace(theirs, ours)
    return text


def _article(kind: str) -> str:
    return kind if kind == "null" else f"an {kind}" if kind[:1] in "aeiou" and kind != "uint" else f"a {kind}"
