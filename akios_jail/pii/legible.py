"""Whether bytes are a text that can be looked through, and what they are if not.

What is read is decided by what the bytes are, not by what they say of themselves: a document that begins as a PDF does
is one, whatever its type, and what says that it is an image and is text is read as text. Text is UTF-8, UTF-16, in a
coding that the type names, or, if it says that it is text, one of those in which each byte is a character.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

_PDF = b"%PDF-"
#: How things begin that hold words which nobody reads here.
_BEGINNINGS = (
    (_PDF, "application/pdf"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf", "application/x-7z-compressed"),
    (b"RIFF", "audio/wav"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)
#: Of these types the name goes on record as it is; of others only what comes before the stroke. A type is the agent's
#: word, in which something can be hidden.
_NAMED_TYPES = """
    application/gzip application/grpc application/json application/msword application/octet-stream application/pdf
    application/protobuf application/x-protobuf application/vnd.ms-excel application/x-tar application/zip
    application/x-git-receive-pack-request application/x-git-upload-pack-request application/x-git-upload-pack-result
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet application/x-bzip2 application/x-xz
    application/vnd.openxmlformats-officedocument.wordprocessingml.document application/zstd application/cbor
    application/vnd.openxmlformats-officedocument.presentationml.presentation application/x-7z-compressed
    audio/flac audio/mp3 audio/mp4 audio/mpeg audio/ogg audio/wav audio/webm audio/x-wav image/avif image/gif image/heic
    image/jpeg image/jpg image/png image/tiff image/webp text/csv text/html text/plain video/mp4 video/webm
"""
_NAMED = frozenset(_NAMED_TYPES.split())
_GENERAL = ("application", "audio", "font", "image", "message", "multipart", "text", "video")
#: Codings by the names that `charset` has for them, beside UTF-8: each byte is a character, or they are UTF-16.
_CODING_NAMES = "iso-8859-1 iso-8859-2 iso-8859-15 latin1 windows-1250 windows-1251 windows-1252 windows-1254 koi8-r"
_CODINGS = frozenset((*_CODING_NAMES.split(), "shift_jis", "euc-jp", "gb18030", "big5"))
_TEXT_TYPES = """
    text/ message/ application/xml application/javascript application/x-ndjson application/x-sh application/graphql
    application/x-www-form-urlencoded
"""
_TEXT = tuple(_TEXT_TYPES.split())
_TEXT_ENDINGS = ("json", "xml", "yaml", "jsonl", "csv")
#: Codings in which ASCII is written otherwise: what they name is read so, or not at all.
_OTHERWISE = re.compile(r"utf-?(?:7|16|32)|(?:cp|ibm)-?\d{3,4}$|ebcdic|hz|iso-?2022")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([\w.:-]{1,40})', re.IGNORECASE)
#: A shorter run of base64 is no document. Of a longer one the beginning tells.
_LEAST_BASE64 = 64
_HEAD = 24
_BASE64 = re.compile(r"[0-9A-Za-z+/_-]+={0,2}")
_DATA_URL = re.compile(r"data:([^,;]{0,100})[^,]{0,200};base64,", re.IGNORECASE)


class Legible(NamedTuple):
    """A text and the coding to write it in again."""

    text: str
    coding: str


def read(data: bytes, content_type: str = "") -> Legible | None:
    """The text that these bytes are, None if they are none. `content_type` as in the header field."""
    if data.startswith(_PDF):
        return None  # it may be all text and yet hide what it says
    for coding in _codings(data, content_type):
        try:
            text = data.decode(coding)
        except (UnicodeDecodeError, LookupError):
            continue
        return None if "\0" in text else Legible(text, coding)
    return None


def _codings(data: bytes, content_type: str) -> tuple[str, ...]:
    """What it may be written in, the likeliest first."""
    marked = _marked(data)
    if marked:
        return (marked,)
    match = _CHARSET.search(content_type)
    named = match.group(1).lower() if match is not None else ""
    if _OTHERWISE.match(named) is not None:
        return (named,)
    if named in _CODINGS:
        return ("utf-8", named)  # who names one may write UTF-8 all the same
    kind = content_type.partition(";")[0].strip().lower()
    return ("utf-8", "latin-1") if kind.startswith(_TEXT) or kind.endswith(_TEXT_ENDINGS) else ("utf-8",)


def media(data: bytes, content_type: str = "") -> str:
    """What these bytes are, by a name that holds nothing else."""
    return _beginning(data) or named(content_type)


def named(content_type: str) -> str:
    """A type that somebody names, as it may go on record."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _NAMED:
        return kind
    general = kind.partition("/")[0]
    return f"{general}/*" if general in _GENERAL else "unknown"


def document_in(text: str) -> str:
    """The type of the document that a text is in base64, as a data URL or bare; "" if it is none that is known."""
    url = _DATA_URL.match(text) if text[:5].lower() == "data:" else None
    start = url.end() if url is not None else 0
    if len(text) - start < _LEAST_BASE64 or _BASE64.match(text, start, start + _HEAD) is None:
        return ""
    try:
        head = base64.b64decode(text[start : start + _HEAD].translate(_STANDARD), validate=True)
    except (binascii.Error, ValueError):
        return ""
    known = _beginning(head)
    return known if known and (url is not None or _BASE64.fullmatch("".join(text.split()))) else ""


_STANDARD = str.maketrans("-_", "+/")


def _beginning(data: bytes) -> str:
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for sign, kind in _BEGINNINGS if data.startswith(sign)), "")


def _marked(data: bytes) -> str:
    """The coding that the bytes themselves show: a mark at the beginning, or zeros beside every letter."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    zeros = data.count(0)
    if zeros * 8 >= len(data) > 1 and len(data) % 2 == 0:
        if data[1::2].count(0) == zeros:
            return "utf-16-le"
        if data[::2].count(0) == zeros:
            return "utf-16-be"
    return ""
