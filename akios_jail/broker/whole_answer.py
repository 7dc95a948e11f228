"""A whole answer, or any other body, through a redactor and a vault, whatever its type."""

from __future__ import annotations

from collections import Counter
from typing import Final

from akios_jail.pii.answer import Through, check_signed
from akios_jail.pii.body import RedactedBody, redact_body
from akios_jail.pii.document import json_in
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import restored
from akios_jail.pii.vault import Vault
from akios_jail.providers import strictjson
from akios_jail.providers.strictjson import Unreadable

_JSON: Final = "application/json"
#: Types of which each line stands for itself.
LINES: Final = ("text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq")


def through(redactor: Redactor | None, vault: Vault | None, body: bytes, kind: str) -> RedactedBody:
    """A whole answer with its personal data taken out and its values put back."""
    found = RedactedBody(body, Counter(), Counter())
    if redactor is not None:
        found = redact_body(redactor, body, kind)
        if found.body is not body and kind == _JSON:
            check_signed(redactor, json_in(body.decode()), json_in(found.body.decode()), found.counts)
    if vault is None or vault.empty:
        return found
    try:
        document = strictjson.loads(found.body)
    except Unreadable:
        # Within these lines stands JSON, and a line must not become two.
        text = restored(vault, found.body.decode("utf-8", "surrogateescape"), kind.lower().startswith(LINES))
        return found._replace(body=text.encode("utf-8", "surrogateescape"))
    new = Through(None, vault).document(document)
    return found if new is document else found._replace(body=strictjson.dumps(new))
