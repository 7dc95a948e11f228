"""Redacting and restoring text that comes in pieces: byte for byte what the whole text would give.

Neither waits for the end, but for tables. A redactor holds back what further text could change (`engine.HOLD`
characters, more only inside a value or an encoding that is not over yet); a restorer no more than the beginning of
something it knows. In a table a quote, or a cell too many, changes what the cells before it are.
"""

from __future__ import annotations

import codecs
from collections import Counter

from akios_jail.pii import table
from akios_jail.pii.nesting import Nesting
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import MIN_TOKEN, Unredactable, Vault

#: A stream is looked at again when so many characters have come, or an eighth of what is kept of it.
STEP = 64
#: More is not held back: what is longer is no value and no encoding, but a flood.
MAX_HELD = 1024 * 1024
#: The values that are put back into one answer may make it so many characters longer.
MAX_GROWTH = 16 * 1024 * 1024


class RedactingStream:
    """One text on its way through a redactor. `Unredactable` where the whole text would be."""

    def __init__(self, redactor: Redactor, context: str = "") -> None:
        self._redactor = redactor
        self._context = context
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""  # what has gone out and is still needed to judge the rest, then what is held back
        self._out = 0  # so much of it has gone out
        self._looked = 0  # so long it was at the last look
        self._is_table: bool | None = None  # not known before its first line is
        self.counts: Counter[str] = Counter()

    def feed(self, data: bytes | str) -> str:
        """Take the next piece; what can go out with it."""
        self._text += data if isinstance(data, str) else self._decoder.decode(data)
        if self._is_table is None:
            self._is_table = table.begins(self._text, self._redactor.kinds, self._redactor.engine.meaning)
        if self._is_table is not False:
            self._check_held()
            return ""
        if len(self._text) - self._looked < max(STEP, len(self._text) // 8):
            return ""
        return self._look(last=False)

    def finish(self) -> str:
        """The text is over: the rest."""
        self._text += self._decoder.decode(b"", True)
        if self._is_table is not True:
            return self._look(last=True)
        redacted = self._redactor.redact(self._text, self._context)
        self.counts.update(finding.kind for finding in redacted.findings)
        self._out = len(self._text)
        return redacted.text

    def taken(self) -> Counter[str]:
        """What was found since this was asked last."""
        counts, self.counts = self.counts, Counter()
        return counts

    @property
    def held(self) -> bool:
        """Whether something is held back."""
        return self._out < len(self._text)

    def _check_held(self) -> None:
        if len(self._text) - self._out > MAX_HELD:
            raise Unredactable(f"more than {MAX_HELD} characters of a stream belong together: it cannot be judged")

    def _look(self, last: bool) -> str:
        looked = self._redactor.look(self._text, self._context)
        stop = len(self._text) if last else max(self._out, looked.settled)
        inside = [finding for finding in looked.findings if finding.start >= self._out]
        if not last:
            # What may still grow stays, and so does whatever reaches into it.
            for finding in reversed(inside):
                if finding.end >= stop > finding.start:
                    stop = finding.start
        ready = [finding for finding in inside if finding.start < stop]
        out = self._redactor.replace(self._text, ready, self._out, stop)
        self.counts.update(finding.kind for finding in ready)
        self._out = stop
        if not last:
            self._check_held()
        # What is too long ago to matter is let go. The context counts at the beginning only, so it goes with it.
        start = looked.needed(self._out)
        if start > 0:
            self._text, self._out, self._context = self._text[start:], self._out - start, ""
        self._looked = len(self._text)
        return out


class Room:
    """How much longer one answer may become: a few placeholders can stand for a long value as often as they like."""

    def __init__(self, characters: int = MAX_GROWTH) -> None:
        self._left = characters

    def take(self, characters: int) -> bool:
        """Whether there is room for so many more; if so, it is taken."""
        if characters > self._left:
            return False
        self._left -= max(0, characters)
        return True


class Restorer:
    """Puts values back in the place of what stands for them, over a text that comes in pieces.

    `nesting`: the text is JSON, and the values are to stand in its strings. What there is no `room` for stays as it
    is.
    """

    def __init__(self, vault: Vault, nesting: Nesting | None = None, room: Room | None = None) -> None:
        self._vault = vault
        self._nesting = nesting
        self._room = room or Room()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._before = ""  # the character that went out last
        self.restored = 0

    def feed(self, data: bytes | str) -> str:
        """Take the next piece; what can go out with it."""
        self._held += data if isinstance(data, str) else self._decoder.decode(data)
        return self._put(last=False)

    def finish(self) -> str:
        """The text is over: the rest."""
        self._held += self._decoder.decode(b"", True)
        return self._put(last=True)

    @property
    def held(self) -> bool:
        """Whether something is held back."""
        return self._held != ""

    def _put(self, last: bool) -> str:
        vault, text, length = self._vault, self._held, len(self._held)
        if vault.empty:
            if self._nesting is not None:
                self._nesting.passed(text)
            self._held = ""
            self._before = text[-1:] or self._before
            return text
        reach = vault.longest
        out: list[str] = []
        done = at = passed = 0
        nesting = self._nesting
        while at < length:
            if not last and length - at < reach and vault.begins(text[at:]):
                break
            size = self._token(text, at, last)
            if size < 0:
                break
            if size == 0:
                at += 1
                continue
            value = vault.value(text[at : at + size]) or ""
            if nesting is not None:
                nesting.passed(text[passed:at])
                value, passed = nesting.written(value), at
            if self._room.take(len(value) - size):
                out += text[done:at], value
                self.restored += 1
                done = at + size
            at += size
        out.append(text[done:at])
        if nesting is not None:
            nesting.passed(text[passed:at])
        self._before = text[at - 1 : at] or self._before
        self._held = text[at:]
        return "".join(out)

    def _token(self, text: str, at: int, last: bool) -> int:
        """The length of the longest token at `at`; 0 if there is none, -1 if only the next character will tell."""
        for size in self._vault.lengths(text[at : at + MIN_TOKEN]):
            token = text[at : at + size]
            if len(token) < size or self._vault.value(token) is None:
                continue
            before = text[at - 1] if at else self._before
            if token[0].isalnum() and before.isalnum():
                continue
            if not token[-1].isalnum():
                return size
            if at + size == len(text):
                return size if last else -1
            if not text[at + size].isalnum():
                return size
        return 0


def restored(vault: Vault, text: str, is_json: bool = False, room: Room | None = None) -> str:
    """The whole text with the values back in it."""
    restorer = Restorer(vault, Nesting() if is_json else None, room)
    return restorer.feed(text) + restorer.finish()
