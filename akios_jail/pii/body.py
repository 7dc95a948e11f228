"""The body of a request or of an answer, whatever its type: JSON, form, parts, tables, text.

What is not text in UTF-8 or UTF-16 is left as it is, unless its type says that it is text: then it cannot be judged.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple

from akios_jail.pii import form, keys, multipart
from akios_jail.pii.document import json_in, redact_document, redact_text
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Unredactable

_TEXT_KINDS = """
    text/ message/ multipart/ application/xml application/javascript application/x-ndjson application/x-sh
    application/x-www-form-urlencoded
"""
_TEXT = tuple(_TEXT_KINDS.split())
_NO_TEXT = ("image/", "audio/", "video/", "font/", "application/zip", "application/gzip", "application/pdf")
_TEXT_ENDINGS = ("json", "xml", "yaml", "jsonl", "csv")


class RedactedBody(NamedTuple):
    """The body without personal data, the same object if it is unchanged, and how much of each kind was found."""

    body: bytes
    counts: Counter[str]


def redact_body(redactor: Redactor, body: bytes, content_type: str) -> RedactedBody:
    """`content_type` as in the header field, "" if there is none. May raise `Unredactable`."""
    counts: Counter[str] = Counter()
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        boundary = multipart.boundary_of(content_type)

        def part(content: bytes, name: str, inner: str) -> bytes:
            return _text(redactor, content, inner, counts, name)

        def rename(name: str) -> str:
            # `jane@example.com.txt` is no address, but its stem is one.
            stem, dot, ending = name.rpartition(".")
            new = redact_text(redactor, stem, counts) if dot else stem
            return f"{new}.{ending}" if new != stem else redact_text(redactor, name, counts)

        new = multipart.redact_parts(body, boundary, part, rename)
    else:
        new = _text(redactor, body, content_type, counts)
    return RedactedBody(new if counts else body, counts)


def _text(redactor: Redactor, body: bytes, content_type: str, counts: Counter[str], name: str = "") -> bytes:
    kind = content_type.partition(";")[0].strip().lower()
    # What says that it is no text is believed if it looks so, too: a PDF can be all text, but counts its characters.
    if not body or (kind.startswith(_NO_TEXT) and (b"\0" in body or body.startswith(b"%PDF-"))):
        return body
    coding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = body.decode(coding)
    except UnicodeDecodeError:
        if not kind.startswith(_TEXT) and not kind.endswith(_TEXT_ENDINGS):
            return body
        raise Unredactable(f"a body of type {kind[:64]!r} is not in {coding.upper()}: it cannot be read") from None
    new = _redacted(redactor, text, kind, counts, name)
    return body if new == text else new.encode(coding, "surrogatepass")


def _redacted(redactor: Redactor, text: str, kind: str, counts: Counter[str], name: str) -> str:
    if kind == "application/x-www-form-urlencoded":
        redacted = form.redact_form(redactor, text)
        counts.update(redacted.counts)
        return redacted.text
    document: Any = json_in(text)
    if document is not None:
        found = redact_document(redactor, document, name=name)
        counts.update(found.counts)
        if found.document == document:
            return text
        return json.dumps(found.document, ensure_ascii=False, separators=(",", ":"))
    if kind.endswith(("ndjson", "jsonl")):
        lines = text.split("\n")
        return "\n".join(_redacted(redactor, line, "", counts, name) if line.strip() else line for line in lines)
    meaning = keys.meaning(name) if name else None
    return redact_text(redactor, text, counts, name, meaning)
