"""The body of a request or of an answer, whatever its type: JSON, form, parts, tables, text.

What is no text is left as it is and counted as unread, by its type; whether it may pass is for the caller to say.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from akios_jail.pii import form, keys, legible, multipart
from akios_jail.pii.as_written import as_written
from akios_jail.pii.document import json_in, redact_document, redact_text
from akios_jail.pii.redactor import Redactor

#: How types end that say that each line is JSON.
_JSON_LINES = ("ndjson", "jsonl", "json-seq")


class RedactedBody(NamedTuple):
    """The body without personal data, the same object if it is unchanged, how much of each kind was found, and what
    in it could not be read, by type."""

    body: bytes
    counts: Counter[str]
    unread: Counter[str]


def redact_body(redactor: Redactor, body: bytes, content_type: str) -> RedactedBody:
    """`content_type` as in the header field, "" if there is none. May raise `Unredactable`."""
    reading = _Reading(redactor)
    kind = _kind(content_type)
    if kind.startswith("multipart/"):
        new = multipart.redact_parts(body, multipart.boundary_of(content_type), reading.bytes, reading.name)
    else:
        new = reading.bytes(body, "", content_type)
    return RedactedBody(new if reading.counts else body, reading.counts, reading.unread)


class _Reading:
    """One body, with what was found in it."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.counts: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()

    def bytes(self, body: bytes, name: str, content_type: str) -> bytes:
        """All of it or a part, which stands under `name`."""
        if not body:
            return body
        read = legible.read(body, content_type)
        if read is None:
            self.unread[legible.media(body, content_type)] += 1
            return body
        new = self._text(read.text, _kind(content_type), name)
        return body if new == read.text else new.encode(read.coding, "xmlcharrefreplace")

    def name(self, name: str) -> str:
        """The name of a file: `jane@example.com.txt` is no address, but its stem is one."""
        stem, dot, ending = name.rpartition(".")
        new = redact_text(self._redactor, stem, self.counts) if dot else stem
        return f"{new}.{ending}" if new != stem else redact_text(self._redactor, name, self.counts)

    def _text(self, text: str, kind: str, name: str) -> str:
        document: Any = json_in(text)
        if document is not None:  # also where it is called a form: `curl -d` does
            return self._json(text, document, name)
        if kind == "application/x-www-form-urlencoded":
            redacted = form.redact_form(self._redactor, text)
            self.counts.update(redacted.counts)
            self.unread.update(redacted.unread)
            return redacted.text
        if kind.endswith(_JSON_LINES) or _is_json_lines(text):
            return "\n".join(self._text(line, "", name) if line.strip() else line for line in text.split("\n"))
        meaning = keys.meaning(name) if name else None
        return redact_text(self._redactor, text, self.counts, name, meaning)

    def _json(self, text: str, document: Any, name: str) -> str:
        found = redact_document(self._redactor, document, name=name)
        self.counts.update(found.counts)
        self.unread.update(found.unread)
        if found.document == document:
            return text
        return as_written(text, document, found.document)


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_json_lines(text: str) -> bool:
    """Whether the first two lines that say something are JSON. A single one is JSON as a whole, or none."""
    lines = (line for line in text.split("\n", 50)[:50] if line.strip())
    first, second = next(lines, ""), next(lines, "")
    return bool(first and second) and json_in(first) is not None and json_in(second) is not None
