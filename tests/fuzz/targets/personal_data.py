"""Bodies of any type on their way through the detectors: the first line is the Content-Type, the rest is the body.

A body is redacted or refused, and JSON stays JSON of the same shape. A text that comes in pieces, or in the events of a
stream, is redacted as it is as a whole, found in as a whole, and put back as it was.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from akios_jail.broker.answer_events import AnswerEvents
from akios_jail.pii.body import redact_body
from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.document import json_in
from akios_jail.pii.engine import Engine
from akios_jail.pii.fields import redact_fields
from akios_jail.pii.finding_stream import FindingStream
from akios_jail.pii.form import redact_form, redact_path
from akios_jail.pii.known import Known
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import RedactingStream, Restorer
from akios_jail.pii.vault import Unredactable, Vault
from akios_jail.providers.sse import Event
from tests.fuzz.cutting import pieces

TOKENS = (
    *(b"application/json\n", b"text/plain\n", b"text/csv\n", b"application/x-www-form-urlencoded\n"),
    *(b"jane@example.com", b"multipart/form-data; boundary=x\n", b"--x\r\n", b"--x--\r\n"),
    *(b'Content-Disposition: form-data; name="ssn"\r\n\r\n', b"123-45-6789", b"4242 4242 4242 4242"),
    *(b"(212) 555-0123", b"+44 20 7946 0123", b"DE89 3704 0044 0532 0130 00", b"Name: Jane Doe\n"),
    *(b"12 Main Street, Springfield", b"born 1984-03-02", b"password: hunter2x", b"MRN 00482211"),
    *(b"amFuZUBleGFtcGxlLmNvbQ==", b"jane%40example.com", b"joe&#64;example.com", b"jane=40example.com", b"\\u0040"),
    *(b"name,email\n", b"\xe2\x80\x8b", b"\xef\xbc\x91", b"192.0.2.7", b"ghp_" + b"a1" * 18),
    *(b"From: Jane <a@b.co>\n", b"Dear Jane,", b"http://u:p@h/?email=a%40b.co", b"text/plain; charset=utf-16\n"),
    *(b"application/x-ndjson\n",),
)


def fuzz(data: bytes) -> None:
    """Look through a body."""
    first, _, body = data.partition(b"\n")
    kind = first.decode("latin-1")
    try:
        found = redact_body(_redactor(), body, kind)
    except Unredactable:
        found = None
    if found is not None:
        assert (found.body is body) or found.counts
        _check_json(body, found.body, kind)
    text = body.decode("utf-8", "replace")[:20_000]
    _check_text(text)
    try:
        redact_form(_redactor(), text[:4000])
        redact_path(_redactor(), text[:4000])
        redact_fields(_redactor(), [(kind[:100], text[:2000]), ("X-User", text[:2000])], (), True)
    except Unredactable:
        pass


@functools.cache
def _engine() -> Engine:
    return Engine(detectors(DETECTORS))


def _redactor(mode: str = "redact_before_inference") -> Redactor:
    return Redactor(_engine(), Vault(), mode, known=Known(0))


def _check_json(before: bytes, after: bytes, kind: str) -> None:
    """What was a document is one of the same shape."""
    if kind.partition(";")[0].strip().lower().startswith("multipart/"):
        return
    try:
        was = json_in(before.decode())
    except UnicodeDecodeError:
        return
    if was is not None:
        assert _shape(json.loads(after)) == _shape(was)


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return ["object", *map(_shape, value.values())]
    return ["array", *map(_shape, value)] if isinstance(value, list) else None


def _check_text(text: str) -> None:
    redactor = _redactor()
    try:
        whole = redactor.redact(text)
    except Unredactable:
        return
    assert _streamed(text) == whole.text
    assert _said_in_events(text) == whole.text
    place = 0
    for finding in whole.findings:
        assert place <= finding.start < finding.end <= len(text)
        place = finding.end
    stream = FindingStream(_redactor("observe"))
    placed = [each for piece in pieces(text) for each in stream.feed(piece)] + list(stream.finish())
    assert [(each.finding.kind, each.finding.start, each.finding.end) for each in placed] == [
        (finding.kind, finding.start, finding.end) for finding in whole.findings
    ]
    _check_restored(text, whole.text, redactor.vault, [text[each.start : each.end] for each in whole.findings])


def _streamed(text: str) -> str:
    stream = RedactingStream(_redactor())
    return "".join([stream.feed(piece) for piece in pieces(text)] + [stream.finish()])


def _said_in_events(text: str) -> str:
    """The same as a model's words in the events of a stream."""
    passing = AnswerEvents(_redactor(), None)
    out: list[Event] = []
    for piece in pieces(text):
        choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
        out += passing.event(Event().saying({"choices": [choice]}))
    out += passing.event(Event().saying({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
    out += passing.end()
    return "".join(event.document["choices"][0]["delta"].get("content", "") for event in out)


def _check_restored(text: str, redacted: str, vault: Vault, values: list[str]) -> None:
    """Put back, it is what it was, unless a value came in two spellings or something looked like a placeholder."""
    restorer = Restorer(vault)
    back = "".join([restorer.feed(piece) for piece in pieces(redacted)] + [restorer.finish()])
    whole = Restorer(vault)
    assert back == whole.feed(redacted) + whole.finish()
    if vault.count == len(set(values)) and not any(f"[{kind.upper()}_" in text for kind in DETECTORS):
        glued = redacted != text and any(_glued(redacted, token) for token in ("[", "]"))
        assert back == text or glued


def _glued(text: str, sign: str) -> bool:
    """Whether a placeholder may have grown together with what stands beside it."""
    return f"{sign}{sign}" in text
