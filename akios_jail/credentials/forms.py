r"""The spellings in which a text turns up on the wire, as one pattern that is looked for in a single pass.

As it stands, or with any of its characters percent-encoded (also repeatedly), as a JSON escape, or as an HTML
character reference; in base64 (both alphabets) at each of the three places where it can begin; in hexadecimal; in
UTF-16. In requests, base64 and hexadecimal are also looked for in lines and columns. RE2 runs through a body at about
700 MB/s, whatever the pattern and whatever the body: nothing that an agent or an upstream sends makes it much slower.

No list of spellings is complete: whoever means to hide a text from this can turn its letters round. It finds what
programs do, and what agents that were talked into something try.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any, NamedTuple

import re2  # type: ignore[import-untyped]

#: So many of its last characters tell a text from every other: keys begin alike, and end each in its own way. A pattern
#: of more than a few of them is one that RE2 has to search with another, much slower, machine.
ENOUGH = 24
#: Texts longer than this have only those characters spelled in every way that encoders do not leave alone.
_SPELLED_OUT = 256
#: Longest spelling of one character, `&#0000115;`.
_LONGEST_CHARACTER = 10
#: What may stand between two characters of base64, or two bytes of hexadecimal, where a line ends or a column: also as
#: it is written inside of JSON or a form.
_LINE_END = r"\r|\n|\\r|\\n|%0[DdAa]"
_BETWEEN_LINES = f"(?:{_LINE_END}){{0,2}}"
_BETWEEN_COLUMNS = rf"(?:{_LINE_END}|[ \t:,]|0x|\\x){{0,4}}"
_LONGEST_BETWEEN = 12
#: What RE2 may use for one pattern, and more for each form in it. It takes of this what texts make it take; with too
#: little it would go over to a way of searching that is two hundred times slower.
_MEMORY = 8 << 20
_MEMORY_OF_A_FORM = 768 << 10


class Form(NamedTuple):
    """One way to write a text. `pattern`: RE2, ASCII. `longest`: bytes of a match; `start`: its first three bytes where
    none of them is escaped.

    `of(other)`: what another text of the same length looks like, written this way.
    """

    kind: str
    pattern: str
    longest: int
    start: bytes
    shift: int = 0

    def of(self, other: str) -> bytes:
        data = other.encode("ascii")
        if self.kind == "base64":
            return _core(data, self.shift)
        if self.kind == "hex":
            return data.hex().encode()
        if self.kind == "utf16":
            return b"\0".join(data[at : at + 1] for at in range(len(data)))
        return data


def forms(text: str, *, wrapped: bool = False) -> list[Form]:
    """Every form of this (printable ASCII) text. `wrapped`: base64 and hexadecimal also in lines or columns, as tools
    print them (`base64`, `xxd`, `od`)."""
    data = text.encode("ascii")
    extra = _LONGEST_BETWEEN if wrapped else 0
    spell_all = len(text) <= _SPELLED_OUT
    plain = "".join(_character(c) if spell_all or not c.isalnum() else c for c in text)
    found = [Form("plain", plain, len(text) * _LONGEST_CHARACTER, data[:3])]
    for shift in range(3):
        core = _core(data, shift)
        between = _BETWEEN_LINES if wrapped else ""
        pattern = between.join(map(_base64_character, core.decode()))
        found.append(Form("base64", pattern, (3 + extra) * len(core), core[:3], shift))
    pattern = (_BETWEEN_COLUMNS if wrapped else "").join(data[at : at + 1].hex() for at in range(len(data)))
    found.append(Form("hex", f"(?i:{pattern})", (2 + extra) * len(data), data.hex()[:3].encode()))
    found.append(Form("utf16", r"\x00".join(map(re.escape, text)), 2 * len(data) - 1, data[:1] + b"\0" + data[1:2]))
    return found


def openings(found: list[Form]) -> Any:
    """Where, at the end of some bytes, one of these forms may have begun: at an escape, or at its first bytes."""
    patterns = [r"[%\\&]"]
    for form in found:
        first, second, third = (_class(form.kind, chr(byte)) for byte in form.start)
        patterns.append(rf"{first}(?:\z|[%\\&]|{second}(?:\z|[%\\&]|{third}))")
    return compiled(list(dict.fromkeys(patterns)))


def _class(kind: str, character: str) -> str:
    if kind == "hex":
        return f"[{character}{character.upper()}]"
    if kind == "base64":
        return {"+": "[+-]", "/": "[/_]"}.get(character, character)
    return r"\x00" if character == "\0" else re.escape(character)


def compiled(patterns: list[str]) -> Any:
    """One pattern for any of these, over bytes."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False  # it would write the pattern, and so the key, to the broker's log
    options.max_mem = _MEMORY + _MEMORY_OF_A_FORM * len(patterns)
    return re2.compile("|".join(f"(?:{pattern})" for pattern in patterns).encode("ascii"), options)


def alphabet(texts: list[str]) -> bytes:
    """Every byte that can be part of any form of these texts."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return bytes({*letters, *b"+/-_=%\\&#;\0", *"".join(texts).encode("ascii")})


def _character(character: str) -> str:
    """Any spelling of one character."""
    code = ord(character)
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{code:02x}")
    spellings = [
        re.escape(character),
        f"%(?:25){{0,3}}{digits}",
        rf"\\{{1,4}}u00{digits}",
        f"&#0{{0,4}}{code};",
        f"&#[xX]0{{0,4}}{digits};",
    ]
    if character in "\"/'\\":
        spellings.append(rf"\\{{1,4}}{re.escape(character)}")
    if character in _NAMED:
        spellings.append(_NAMED[character])
    return f"(?:{'|'.join(spellings)})"


_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def _base64_character(character: str) -> str:
    if character == "+":
        return "(?:[+-]|%2[Bb])"
    if character == "/":
        return r"(?:[/_]|\\/|%2[Ff])"
    return character


def _core(data: bytes, shift: int) -> bytes:
    """The part of a base64 text that these bytes alone decide, when `shift` (mod 3) bytes come before them."""
    first, end = (0, 2, 3)[shift], (shift + len(data)) * 8 // 6
    return b64encode(b"\0" * shift + data)[first:end]
