"""Forms in parts (`multipart/form-data`, RFC 7578), as files are uploaded: each part by its name and type.

Parts that hold text are looked through; those of other types (images, archives) are left as they are. A body whose
parts cannot be told apart for certain is refused by `Unredactable`: its reader might see others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, unquote

from akios_jail.pii.vault import Unredactable

#: What may stand in a quoted name as it is.
_SAFE = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"
MAX_PARTS = 1000
MAX_HEAD = 16 * 1024
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_NAME = re.compile(r';\s*name="((?:[^"\\]|\\.)*)"|;\s*name=([^\s;"]+)', re.IGNORECASE)
_FILE = re.compile(r";\s*filename\s*\*?\s*=", re.IGNORECASE)
_NAMES = re.compile(
    r'(;\s*(?:file)?name)\s*(?:=\s*"((?:[^"\\\r\n]|\\.)*)"|=\s*([^\s;"]+)|\*\s*=\s*([\w-]*)\'[\w-]*\'([^\s;"]+))',
    re.IGNORECASE,
)

#: A part's content by the name of its field and its type: without personal data.
Redact = Callable[[bytes, str, str], bytes]
#: The name of a file, or another word of a part's head, without personal data.
Rename = Callable[[str], str]


class Part(NamedTuple):
    """One part: the lines of its head as they are, and its content."""

    head: bytes
    content: bytes

    def field(self, name: str) -> str:
        """The value of a line of its head, "" if there is none."""
        for line in self.head.decode("utf-8", "replace").split("\r\n"):
            key, _, value = line.partition(":")
            if key.strip().lower() == name:
                return value.strip()
        return ""


def redact_parts(body: bytes, boundary: str, redact: Redact, rename: Rename) -> bytes:
    """The body with its parts redacted. `Unredactable` if it is not made of parts."""
    if _BOUNDARY.fullmatch(boundary) is None:
        raise Unredactable("the body names no boundary between its parts")
    sign = b"--" + boundary.encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + sign)
    if len(pieces) < 2 or len(pieces) > MAX_PARTS or not pieces[-1].startswith(b"--") or pieces[0].strip():
        raise Unredactable("the body's parts cannot be told apart")
    if pieces[-1][2:].strip():
        raise Unredactable("something follows the body's last part")
    out: list[bytes] = []
    for piece in pieces[1:-1]:
        part = _part(piece)
        kind, encoding = part.field("content-type"), part.field("content-transfer-encoding").lower()
        if encoding not in ("", "7bit", "8bit", "binary"):
            raise Unredactable(f"a part of the body is encoded in {encoding[:32]!r}, which is not read here")
        told = _NAME.search(part.field("content-disposition"))
        name = (told.group(1) or told.group(2) or "") if told is not None else ""
        head = _renamed(part.head, rename)
        out.append(b"\r\n" + head + b"\r\n\r\n" + redact(part.content, name, kind or _usual(part)))
    return sign + (b"\r\n" + sign).join(out) + b"\r\n" + sign + b"--\r\n"


def boundary_of(content_type: str) -> str:
    """The boundary that a Content-Type names, "" if none."""
    match = re.search(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', content_type, re.IGNORECASE)
    return (match.group(1) or match.group(2)) if match is not None else ""


def _part(piece: bytes) -> Part:
    if not piece.startswith(b"\r\n"):
        raise Unredactable("the body's parts cannot be told apart")
    head, found, content = piece[2:].partition(b"\r\n\r\n")
    if not found or len(head) > MAX_HEAD:
        raise Unredactable("a part of the body has no readable head")
    return Part(head, content)


def _usual(part: Part) -> str:
    """A field without a type is text; a file without one may be anything, and is looked at as text if it is any."""
    return "application/octet-stream" if _FILE.search(part.field("content-disposition")) else "text/plain"


def _renamed(head: bytes, rename: Rename) -> bytes:
    """The head of a part without personal data: in the names of files and fields, however they are written, and in
    lines of the agent's own."""

    def renamed(match: re.Match[str]) -> str:
        plain = match.group(2) or match.group(3) or ""
        try:
            if match.group(5) is not None:
                plain = unquote(match.group(5), match.group(4) or "utf-8", "surrogateescape")
            new = rename(plain)
            # Bytes that are no UTF-8 stay those bytes.
            quoted = quote(new, safe=_SAFE, errors="surrogateescape")
        except (LookupError, UnicodeError):
            raise Unredactable("a part of the body has a name in a coding that is not read here") from None
        return match.group() if new == plain else f'{match.group(1)}="{quoted}"'

    lines = _NAMES.sub(renamed, head.decode("utf-8", "surrogateescape")).split("\r\n")
    for number, line in enumerate(lines):
        name, colon, value = line.partition(":")
        if colon and not name.strip().lower().startswith("content-"):
            lines[number] = f"{name}:{rename(value)}"
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")
