"""What comes back: personal data in it taken out, where the policy wants that, and real values put back.

One `Text` for each text that comes in pieces. A text goes on as it comes, with little of it held back; JSON that is
looked through (the arguments of a tool call) is held until it is over, because only then its keys can be read. What a
model signed cannot be changed: if anything would have to be taken out of it, it may not pass.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from akios_jail.pii.document import json_in, redact_document, redact_text
from akios_jail.pii.nesting import Nesting
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import MAX_HELD, RedactingStream, Restorer, Room, restored
from akios_jail.pii.vault import Unredactable, Vault

#: Under these keys nothing is put back: what stands there is signed, or is no text.
_AS_IT_IS = frozenset(("signature", "thoughtSignature", "thought_signature", "encrypted_content", "thinking", "data"))
#: Texts that are signed by what stands beside them under `signature`.
_SIGNED = ("thinking", "text")
#: Characters of a document that is remembered as having nothing in it, and how many of them are.
_MAX_BARE = 4_000
_MAX_KEPT = 64
#: Under this key OpenAI puts random characters beside each piece of a text, so that its length is not told on the way.
_PADDING = "obfuscation"


class Text:
    """One text of an answer in pieces. `redactor` None: nothing is taken out; `vault` None: nothing is put back.
    `signed`: it cannot be changed."""

    def __init__(
        self,
        redactor: Redactor | None,
        vault: Vault | None,
        is_json: bool = False,
        room: Room | None = None,
        signed: bool = False,
    ) -> None:
        self._redacting = _redacting(redactor, is_json)
        self._restorer = (
            Restorer(vault, Nesting() if is_json else None, room) if vault is not None and not signed else None
        )
        self._seal = Seal(redactor) if redactor is not None and signed else None

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

    def unread(self) -> Counter[str]:
        """What could not be looked into since this was asked last, by type."""
        return self._redacting.unread() if isinstance(self._redacting, _WholeJson) else Counter()

    def taken(self) -> Counter[str]:
        """What was found since this was asked last. `Unredactable` if it cannot be taken out."""
        counts = self._redacting.taken() if self._redacting is not None else Counter()
        if self._seal is not None:
            self._seal.check(counts)
        return counts


class Seal:
    """What holds for signed texts."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def check(self, counts: Counter[str]) -> None:
        """`Unredactable` if anything that was found may not stay."""
        if any(self._redactor.mode(kind) != "observe" for kind in counts):
            found = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
            raise Unredactable(f"what the model thought holds {found}, and it is signed, so nothing can replace it")


class _WholeJson:
    """JSON that is looked through when it is over."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._pieces: list[str] = []
        self._size = 0
        self._counts: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()

    def feed(self, text: str) -> str:
        self._size += len(text)
        if self._size > MAX_HELD:
            raise Unredactable(f"more than {MAX_HELD} characters of JSON belong together: they cannot be judged")
        self._pieces += [text] if text else []
        return ""

    def finish(self) -> str:
        text, self._pieces = "".join(self._pieces), []
        if text == "":
            return ""
        found = redact_document(self._redactor, text)
        self._counts += found.counts
        self._unread += found.unread
        return str(found.document)

    def taken(self) -> Counter[str]:
        counts, self._counts = self._counts, Counter()
        return counts

    def unread(self) -> Counter[str]:
        unread, self._unread = self._unread, Counter()
        return unread

    @property
    def held(self) -> bool:
        return self._pieces != []


def _redacting(redactor: Redactor | None, is_json: bool) -> RedactingStream | _WholeJson | None:
    if redactor is None:
        return None
    return _WholeJson(redactor) if is_json else RedactingStream(redactor)


class Through:
    """Documents on their way through: personal data taken out, values put back. `counts` of what was found, `unread`
    of what could not be looked into, by type."""

    def __init__(self, redactor: Redactor | None, vault: Vault | None, room: Room | None = None) -> None:
        self._redactor = redactor
        self._vault = vault
        self._room = room or Room()
        self._bare: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()

    def event(self, document: Any) -> Any:
        """The document of one event, whose texts are elsewhere: the same. It is not looked through again where one
        like it had nothing in it, as most of a stream are."""
        padding = document.get(_PADDING) if isinstance(document, dict) else None
        if isinstance(padding, str) and padding != "" and self._redactor is not None:
            whole = self.event({**document, _PADDING: ""})
            return {**whole, _PADDING: redact_text(self._redactor, padding, self.counts, _PADDING)}
        text = json.dumps(document, ensure_ascii=False) if self._redactor is not None else ""
        if text in self._bare:
            return self._back(document)
        found = self.counts.total(), self.unread.total()
        result = self._out(document)
        bare = result is document and found == (self.counts.total(), self.unread.total())
        if bare and len(text) <= _MAX_BARE and len(self._bare) < _MAX_KEPT:
            self._bare.add(text)
        return self._back(result)

    def document(self, document: Any) -> Any:
        """One whole document; the same object if nothing changed. May raise `Unredactable`."""
        return self._back(self._out(document))

    def _out(self, document: Any) -> Any:
        """Personal data taken out."""
        if self._redactor is None:
            return document
        found = redact_document(self._redactor, document)
        self.counts.update(found.counts)
        self.unread.update(found.unread)
        if found.document == document:
            return document
        check_signed(self._redactor, document, found.document, found.counts)
        return found.document

    def _back(self, result: Any) -> Any:
        """Values put back."""
        if self._vault is not None and not self._vault.empty:
            back = _restored(self._vault, result, self._room)
            result = back if back != result else result
        return result


def check_signed(redactor: Redactor, before: Any, after: Any, counts: Counter[str]) -> None:
    """`Unredactable` if a signed text of a document is not what it was."""
    if list(_signed(before)) != list(_signed(after)):
        Seal(redactor).check(counts)


def _signed(value: Any) -> Iterator[Any]:
    """The texts of a document that are signed."""
    if isinstance(value, dict):
        if value.get("signature"):
            yield from (value.get(key) for key in _SIGNED)
        for child in value.values():
            yield from _signed(child)
    elif isinstance(value, list):
        for child in value:
            yield from _signed(child)


def _restored(vault: Vault, value: Any, room: Room, key: str = "") -> Any:
    if isinstance(value, str):
        if key in _AS_IT_IS:
            return value
        return restored(vault, value, json_in(value) is not None, room)
    if isinstance(value, dict):
        back = {restored(vault, name, room=room): _restored(vault, child, room, name) for name, child in value.items()}
        if len(back) != len(value):
            raise Unredactable("two names in the answer would be the same with the real values in them")
        return back
    if isinstance(value, list):
        return [_restored(vault, child, room, key) for child in value]
    return value
