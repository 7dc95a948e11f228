"""Asking the person at the terminal about an action that waits for their word.

The question stands on the person's own terminal, which the agent cannot reach: its terminal is another one, what it
writes there is held back while a question is shown, and what is typed goes nowhere else. Where the agent holds the
person's terminal itself (its output goes there, its input does not come from there) nothing is asked: it could draw
over the question. There, and where there is no terminal or another job has it, one line says how to answer with `akios
approvals`, and one what came of it.

Nobody can have answered a question before it was on the screen, so what was typed earlier does not count.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from akios_jail.jail import terminal
from akios_jail.launcher.relay import Relay
from akios_jail.launcher.report import printable
from akios_jail.messages import Message, ProtocolError

#: Questions that wait for their turn; the broker lets no more of them be.
_MOST: Final = 32
_LINES: Final = 64
_CHARACTERS: Final = 400
_ID: Final = re.compile(r"apr_[0-9a-f]{20}")
#: So long after a question is on the screen nothing counts that was typed, but to interrupt: it was meant for something
#: else. An agent that asks something harmless itself, and has its action put before the person as they answer, would
#: need no more than a hand that is on its way to `y` and Enter.
_TOO_SOON_S: Final = 1.0
#: What came of a question, as brokers name it, in words.
_OUTCOMES: Final = {
    "approved": "approved",
    "denied": "denied",
    "expired": "denied, as no person decided in time",
    "withdrawn": "the agent waits for it no longer",
}
_INTERRUPTS: Final = b"\x03\x04\x1b"
#: Ends whatever sequence the agent began, and undoes what could distort text: character sets, colours, margins, an
#: invisible cursor. Then below everything that is there.
_CLEAN: Final = (
    b"\x18\x1b\\\x1b[!p\x1b[0m\x1b(B\x0f\x1b[r\x1b[?6l\x1b[?7h\x1b[4l\x1b[?5l\x1b[?25h"
    b"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b[999;1H\n"
)


class Question(NamedTuple):
    """What the broker wants asked. `until`: by the monotonic clock."""

    id: str
    text: tuple[str, ...]
    until: float


class Answer(NamedTuple):
    """What the person said: `decision` is approve or deny."""

    id: str
    decision: str


def read_question(message: Message) -> Question:
    """An `ask` message. `ProtocolError` for any other shape."""
    text, seconds = message.fields.get("text"), message.number("expires_s")
    identifier = message.text("id")
    if not isinstance(text, list) or len(text) > _LINES or not all(isinstance(line, str) for line in text):
        raise ProtocolError("message 'ask' lacks its lines of text")
    if not _ID.fullmatch(identifier) or seconds < 0:
        raise ProtocolError("message 'ask' has no such id or time")
    return Question(identifier, tuple(printable(line[:_CHARACTERS]) for line in text), time.monotonic() + seconds)


def read_outcome(message: Message) -> tuple[str, str]:
    """An `asked` message: the question's id, and what came of it in words. `ProtocolError` for any other shape."""
    identifier, outcome = message.text("id"), message.text("outcome")
    if not _ID.fullmatch(identifier) or outcome not in _OUTCOMES:
        raise ProtocolError("message 'asked' has no such id or outcome")
    return identifier, _OUTCOMES[outcome]


#: How a line begins that says that something is left out; no line of an action begins so.
_PART: Final = "NOT ALL IS SHOWN"


def fitting(question: Question, rows: int, columns: int) -> list[str]:
    """The question's lines as far as a screen shows them all at once: what it begins with must not scroll away.

    What is left out is counted, and it is said how to see it.
    """
    room = max(rows, 10) - 6  # for what stands around it, which may wrap
    lines: list[str] = []
    for number, line in enumerate(f"  {line}" for line in question.text):
        room -= 1 + (len(line) - 1) // max(columns, 20)
        if room < 0:
            left = len(question.text) - number
            return [*lines, f"  {_PART}: {left} more lines. To see them: akios approvals show {question.id}"]
        lines.append(line)
    return lines


class Prompt:
    """The questions of one session, one at a time.

    `say` prints one line beside the agent's; `approve` is the command that answers elsewhere, but for the id.
    """

    def __init__(self, relay: Relay, say: Callable[[str], None], approve: str) -> None:
        self._relay = relay
        self._say = say
        self._approve = approve
        self._told: set[str] = set()  # questions of which a line says how to answer them elsewhere
        self._waiting: list[Question] = []
        self._shown: Question | None = None
        self._since = 0.0  # when all of it was on the screen
        self._out = b""
        self._typed = b""
        self._yes: tuple[bytes, ...] = ()
        self._saved: list[Any] | None = None
        self.fd = -1

    def ask(self, question: Question) -> None:
        """Ask this when its turn comes."""
        if len(self._waiting) < _MOST:
            self._waiting.append(question)
        self.proceed()

    def forget(self, identifier: str, outcome: str) -> None:
        """It need not be asked any more: somebody else answered, or time is up."""
        if identifier in self._told:
            self._told.discard(identifier)
            self._say(f"{identifier}: {outcome}")
        self._waiting = [question for question in self._waiting if question.id != identifier]
        if self._shown is not None and self._shown.id == identifier:
            self._end("it was decided elsewhere, its time is up, or the agent waits for it no longer")
        self.proceed()

    def proceed(self) -> None:
        """Show the next question, if there is one and somebody to see it."""
        now = time.monotonic()
        self._waiting = [question for question in self._waiting if question.until > now]
        if self._shown is not None:
            return
        if not self._waiting or not self._open():
            self._tell()
            self._relay.release()
            return
        self._relay.hold()
        if not self._relay.idle:
            return  # what the agent wrote before is still on its way; the next turn comes when it is out
        if not self._take_terminal():
            self._let_go()
            self._tell()
            return
        self._shown = question = self._waiting.pop(0)
        self._told.discard(question.id)
        self._typed, self._since = b"", 0.0
        lines = fitting(question, *terminal.window(self.fd))
        whole = bool(lines) and not any(line.lstrip().startswith(_PART) for line in lines[-2:])
        self._yes = (b"y", b"yes") if whole else (b"yes",)
        ask = "approve this? y" if whole else "approve all of it, unseen? yes"
        text = "\n".join(["", "akios: the agent waits for your word", *lines])
        text += f"\nakios: {ask}, then Enter; anything else denies: "
        self._out = (_CLEAN if self._relay.active else b"") + text.encode()
        self._write()

    def interests(self) -> dict[int, int]:
        """What to poll for."""
        if self._shown is None:
            return {}
        return {self.fd: select.POLLOUT if self._out else select.POLLIN}

    def handle(self) -> Answer | None:
        """Go on with what is ready; the answer once there is one."""
        if self._out:
            self._write()
            return None
        try:
            data = os.read(self.fd, 256)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        if not data:  # the terminal has hung up
            return self._answered("deny", "")
        if time.monotonic() - self._since < _TOO_SOON_S:
            return self._answered("deny", "denied") if b"\x03" in data else None
        for byte in data:
            key = bytes((byte,))
            if key in _INTERRUPTS:
                return self._answered("deny", "denied")
            if key in b"\r\n":
                approved = self._typed.lower() in self._yes
                return self._answered("approve" if approved else "deny", "approved" if approved else "denied")
            if key in b"\x7f\x08":
                self._typed = self._typed[:-1]
                self._out += b"\b \b"
            elif b" " <= key <= b"~" and len(self._typed) < 8:
                self._typed += key
                self._out += key
        if self._out:
            self._write()
        return None

    @property
    def shown(self) -> bool:
        """Whether a question is on the screen."""
        return self._shown is not None

    @property
    def waits(self) -> bool:
        """Whether a question waits for the terminal, which another job has: nobody tells when that is over."""
        return bool(self._waiting) and self._shown is None and self.fd >= 0

    def interrupt(self) -> Answer | None:
        """Somebody wants this to end (SIGINT, SIGTERM): the question that is shown is denied."""
        return self._answered("deny", "denied") if self._shown is not None else None

    def pause(self) -> None:
        """The terminal is given back to the shell; the question is asked again afterwards."""
        if self._shown is not None:
            self._waiting.insert(0, self._shown)
            self._end("")

    def close(self) -> None:
        """Nothing is asked any more."""
        self._waiting = []
        if self._shown is not None:
            self._end("the session has ended")
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _tell(self) -> None:
        """Say, once, how to answer what cannot be asked here."""
        for question in self._waiting:
            if question.id not in self._told:
                self._told.add(question.id)
                seconds = max(0, round(question.until - time.monotonic()))
                how = f"{self._approve} {question.id} (or deny, or show)"
                self._say(f"the agent waits for a person's word, {seconds} s at most: {how}")

    def _answered(self, decision: str, said: str) -> Answer | None:
        question = self._shown
        self._end(said)
        self.proceed()
        return None if question is None else Answer(question.id, decision)

    def _end(self, said: str) -> None:
        """Take the question away and let the agent's words through again."""
        self._shown = None
        with contextlib.suppress(OSError):
            os.write(self.fd, f"\nakios: {said}\n".encode() if said else b"\n")
        self._let_go()

    def _write(self) -> None:
        try:
            while self._out:
                self._out = self._out[os.write(self.fd, self._out) :]
        except BlockingIOError:
            return
        except OSError:
            self._out = b""
        if not self._since:
            self._since = time.monotonic()
            with contextlib.suppress(termios.error):
                termios.tcflush(self.fd, termios.TCIFLUSH)

    def _open(self) -> bool:
        """Whether the person's terminal is there and out of the agent's reach."""
        if self.fd >= 0:
            return True
        if not self._relay.active and any(os.isatty(fd) for fd in (0, 1, 2)):
            return False
        try:
            self.fd = os.open("/dev/tty", os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            return False
        return True

    def _take_terminal(self) -> bool:
        """Every key comes to us as it is typed and is not echoed. Not while another job has the terminal."""
        self._relay.suspend()
        try:
            if os.tcgetpgrp(self.fd) != os.getpgrp():
                return False
            self._saved = termios.tcgetattr(self.fd)
            mode = termios.tcgetattr(self.fd)
            mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
            termios.tcsetattr(self.fd, termios.TCSAFLUSH, mode)
            if self._relay.keeper is not None:
                self._relay.keeper.terminal_taken(self.fd, self._saved)
        except (OSError, termios.error):
            return False
        return True

    def _let_go(self) -> None:
        if self._saved is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.fd, termios.TCSAFLUSH, self._saved)
            self._saved = None
            if self._relay.keeper is not None:
                self._relay.keeper.terminal_given_back()
        self._relay.release()
