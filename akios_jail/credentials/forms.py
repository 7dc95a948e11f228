r"""The spellings in which a text turns up on the wire, as one pattern that is looked for in a single pass.

As it stands, or with any of its characters percent-encoded (also repeatedly), as a JSON escape, or as an HTML
character reference; in base64 (both alphabets) at each of the three places where it can begin; in hexadecimal; in
UTF-16. RE2 runs through a body at about 700 MB/s, whatever the pattern and whatever the body: nothing that an agent or
an upstream sends can make it slow.

No list of spellings is complete: whoever means to hide a text from this can turn its letters round. It finds what
programs do, and what agents that were talked into something try.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any, NamedTuple

import re2  # type: ignore[import-untyped]

#: Texts longer than this have only those characters spelled in every way that encoders do not leave alone.
_SPELLED_OUT = 256
#: Longest spelling of one character, `&#0000115;`.
_LONGEST_CHARACTER = 10
#: What RE2 may use for one pattern, and more for each form in it. It takes of this what texts make it take; with too
#: little it would go over to a way of searching that is two hundred times slower.
_MEMORY = 8 << 20
_MEMORY_OF_A_FORM = 768 << 10


class Form(NamedTuple):
    """One way to write a text. `pattern`: RE2, ASCII. `longest`: bytes that a match can have.

    `of(other)`: what another text of the same length looks like, written this way.
    """

    kind: str
    pattern: str
    longest: int
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


def forms(text: str) -> list[Form]:
    """Every form of this (printable ASCII) text."""
    data = text.encode("ascii")
    spell_all = len(text) <= _SPELLED_OUT
    plain = "".join(_character(c) if spell_all or not c.isalnum() else c for c in text)
    found = [Form("plain", plain, len(text) * _LONGEST_CHARACTER)]
    for shift in range(3):
        core = _core(data, shift)
        found.append(Form("base64", "".join(map(_base64_character, core.decode())), 3 * len(core), shift))
    found.append(Form("hex", f"(?i:{data.hex()})", 2 * len(data)))
    found.append(Form("utf16", r"\x00".join(map(re.escape, text)), 2 * len(data) - 1))
    return found


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
