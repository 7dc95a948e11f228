"""What comes back: personal data in it taken out, where the policy wants that, and real values put back.

One `Answers` a session; a `Text` for each text that comes in pieces.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from akios_jail.pii.document import json_in, redact_document
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import RedactingStream, Restorer, Room, restored
from akios_jail.pii.vault import Vault

#: Under these keys nothing is put back: what stands there is signed, or is no text.
_AS_IT_IS = frozenset(("signature", "thoughtSignature", "thought_signature", "encrypted_content", "thinking", "data"))


def inside_json(value: str) -> str:
    """The value as it stands inside a string of JSON."""
    return json.dumps(value, ensure_ascii=False)[1:-1]


class Text:
    """One text of an answer in pieces. `redactor` None: nothing is taken out; `vault` None: nothing is put back."""

    def __init__(
        self, redactor: Redactor | None, vault: Vault | None, is_json: bool = False, room: Room | None = None
    ) -> None:
        self._redacting = RedactingStream(redactor) if redactor is not None else None
        self._restorer = Restorer(vault, inside_json if is_json else str, room) if vault is not None else None

    def feed(self, text: str) -> str:
        """Take the next piece; what can go out with it. May raise `Unredactable`."""
        if self._redacting is not None:
            text = self._redacting.feed(text)
        return self._restorer.feed(text) if self._restorer is not None else text

    def finish(self) -> str:
        """The text is over: the rest."""
        text = self._redacting.finish() if self._redacting is not None else ""
        if self._restorer is not None:
            text = self._restorer.feed(text) + self._restorer.finish()
        return text

    @property
    def held(self) -> bool:
        """Whether something of it may be held back."""
        redacting = self._redacting is not None and self._redacting.held
        return redacting or (self._restorer is not None and self._restorer.held)

    def taken(self) -> Counter[str]:
        """What was found since this was asked last."""
        return self._redacting.taken() if self._redacting is not None else Counter()


def document_through(
    redactor: Redactor | None, vault: Vault | None, document: Any, counts: Counter[str], room: Room | None = None
) -> Any:
    """A whole document with its personal data taken out and its values put back; the same object if nothing changed."""
    result = document
    if redactor is not None:
        found = redact_document(redactor, document)
        counts.update(found.counts)
        result = found.document if found.document != document else document
    if vault is not None and not vault.empty:
        back = _restored(vault, result, room or Room())
        result = back if back != result else result
    return result


def _restored(vault: Vault, value: Any, room: Room, key: str = "") -> Any:
    if isinstance(value, str):
        if key in _AS_IT_IS:
            return value
        return restored(vault, value, inside_json if json_in(value) is not None else str, room)
    if isinstance(value, dict):
        return {restored(vault, name, room=room): _restored(vault, child, room, name) for name, child in value.items()}
    if isinstance(value, list):
        return [_restored(vault, child, room, key) for child in value]
    return value
