"""What the agent executed, as the keeper saw it: each on record, with a digest of its arguments, and a step of the
trace with the arguments themselves. Paths, and what the trace keeps, are looked through for personal data before.

The keeper is trusted and what it passes on is not: paths and arguments are the agent's, and hold whatever it likes. An
agent can execute as fast as it can, so beyond a burst executions are counted, and the count is in the next record and
the next step.

Light to import: a session that was over before the heavy modules were there has its programs on record, too. What only
an event loop needs is imported where it is used.
"""

from __future__ import annotations

import binascii
import hashlib
import socket
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from akios_jail import messages
from akios_jail.broker import limits
from akios_jail.broker.pace import Pace
from akios_jail.broker.tally import shorten

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from akios_jail.broker.session import Session
    from akios_jail.broker.tracer import Program

#: Messages read before other work gets its turn.
_BATCH: Final = 64
_PER_SECOND: Final = 50
#: Characters of programs and arguments that wait to be looked through. Beyond it, executions are counted.
_UNLOOKED: Final = 64 << 20


class Execution(NamedTuple):
    """One message of the keeper. `argv`: as the process gave it; `facts`: `missing`, `cut` and `unread`, where true."""

    number: int
    parent: int
    pid: int
    time: float
    program: bytes
    argv: tuple[bytes, ...]
    facts: dict[str, bool]

    @property
    def digest(self) -> str:
        """SHA-256 of the arguments, each with a zero byte behind it: of what /proc/PID/cmdline has."""
        return hashlib.sha256(b"".join(each + b"\0" for each in self.argv)).hexdigest()


def parse(message: messages.Message) -> tuple[Execution | None, int]:
    """An execution, and how many before it were missed. `ProtocolError` for anything else."""
    if message.type != "executed":
        raise messages.ProtocolError(f"the keeper sent {message.type!r}")
    missed = _count(message, "missed")
    number, parent = (_count(message, name) for name in ("n", "parent"))
    if number == 0:
        return None, missed
    when = message.fields.get("time")
    if not isinstance(when, float) or not 0 <= when < 1e11:
        raise messages.ProtocolError("an execution without its time")
    try:
        program, *argv, end = binascii.a2b_base64(message.text("strings"), strict_mode=True).split(b"\0")
    except ValueError as error:
        raise messages.ProtocolError("an execution without its strings") from error
    if end:
        raise messages.ProtocolError("an execution with half a string")
    facts = {name: True for name in ("missing", "cut", "unread") if message.fields.get(name) is True}
    return Execution(number, parent, message.number("pid"), when, program, tuple(argv), facts), missed


def _count(message: messages.Message, name: str) -> int:
    """A number that only grows, and in a session of months beyond 32 bits."""
    value = message.fields.get(name)
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise messages.ProtocolError(f"an execution without its {name!r}")
    return value


class Executed:
    """Reads what a keeper tells of one session. Use: `start()`, later `close()`; without an event loop `drain`."""

    def __init__(self, session: Session, sock: socket.socket) -> None:
        self._session = session
        self._sock = sock
        self._pace = Pace(per_second=_PER_SECOND, burst=limits.EXECUTIONS.value)
        self._told = 0
        self._looking: dict[asyncio.Task[None], None] = {}  # in their order
        self._last_look: asyncio.Task[None] | None = None
        self._unlooked = 0  # characters that wait to be looked through
        sock.setblocking(False)

    def start(self) -> None:
        """Read as the running event loop tells that there is something."""
        import asyncio

        asyncio.get_running_loop().add_reader(self._sock, self._readable)

    async def close(self) -> None:
        """Read what is still there, and close the socket. All of it has been handed on when this returns."""
        import asyncio

        asyncio.get_running_loop().remove_reader(self._sock)
        while self._read():
            await asyncio.sleep(0)
        if self._looking:
            _, late = await asyncio.wait(self._looking, timeout=limits.LOOKED_THROUGH_AT_END.value)
            for task in [each for each in self._looking if each in late]:
                task.cancel()
            if late:
                await asyncio.wait(late)  # each says so on record
        self._end()

    def drain(self) -> None:
        """Read what is there, and close the socket."""
        while self._read():
            continue
        self._end()

    def _readable(self) -> None:
        import asyncio

        if self._read() is None:
            asyncio.get_running_loop().remove_reader(self._sock)

    def _read(self) -> bool | None:
        """Hand on what is there, up to a batch. Whether there may be more; None if there never will be."""
        batch: list[tuple[Execution, int]] = []
        more: bool | None = True
        size = 0
        for _ in range(_BATCH):
            try:
                message = messages.receive(self._sock)
            except BlockingIOError:
                more = False
                break
            except (messages.ProtocolError, OSError):  # the keeper is gone, which its launcher sees, too
                more = None
                break
            try:
                found, missed = parse(message)
            except messages.ProtocolError as error:  # nobody else sees that nothing more is on record
                self._session.end("observer_died", f"what the agent executes cannot be put on record: {error}")
                more = None
                break
            self._session.tally.executions += missed + (found is not None)
            self._pace.held += missed
            if found is None:
                continue
            if self._told >= limits.EXECUTIONS_TOLD.value or self._unlooked + size > _UNLOOKED:
                self._pace.held += 1
            elif self._pace.admit() is True:
                self._told += 1
                size += sum(map(len, (found.program, *found.argv)))
                batch.append((found, self._pace.take_held()))
        if batch:
            self._keep(batch)
        return more

    def _keep(self, batch: list[tuple[Execution, int]]) -> None:
        """Put these on record and into the trace; where personal data are looked for, when that is done."""
        told = [_told(each) for each, _ in batch]
        if self._session.plan.pii.mode == "off":
            self._record(batch, told)
            self._session.tracer.executed(lambda: _steps(batch, told))
            return
        import asyncio
        from concurrent.futures import Future

        from akios_jail.broker.tracer import waited

        found: Future[list[dict[str, Any]] | None] = Future()
        self._session.tracer.executed(lambda: _steps(batch, waited(found)))
        size = sum(len(text) for each in told for text in (each["program"], *each["argv"]))
        self._unlooked += size
        before = self._last_look
        task = self._last_look = asyncio.get_running_loop().create_task(self._look(batch, told, size, found, before))
        self._looking[task] = None
        task.add_done_callback(self._looking.pop)

    async def _look(
        self,
        batch: list[tuple[Execution, int]],
        told: list[dict[str, Any]],
        size: int,
        found: Future[list[dict[str, Any]] | None],
        before: asyncio.Task[None] | None,
    ) -> None:
        """Put these on record and give them to the trace, without personal data, and behind those `before` them."""
        import asyncio

        from akios_jail.broker.looked import looked_through

        clean: list[dict[str, Any]] | None = None  # so it stays if this is broken off
        try:
            if before is not None:
                await asyncio.wait([before])
            clean = await looked_through(self._session, told, size)
        finally:
            self._unlooked -= size
            found.set_result(clean)
            self._record(batch, clean)

    def _record(self, batch: list[tuple[Execution, int]], told: list[dict[str, Any]] | None) -> None:
        """Put these on record. `told`: None if what they name may not be there."""
        for index, (each, held) in enumerate(batch):
            named: dict[str, Any] = (
                {"program": shorten(told[index]["program"])} if told is not None else {"unread": True}
            )
            counts = {"argc": len(each.argv), "pid": each.pid, **each.facts, **({"held_back": held} if held else {})}
            self._session.note("exec", {**named, "argv_sha256": each.digest, **counts})

    def _end(self) -> None:
        """Nothing more is read."""
        self._sock.close()
        held = self._pace.take_held()
        if held:
            self._session.note("exec", {"held_back": held})
            self._session.tracer.noted("process", "", {"held_back": held})


def _told(each: Execution) -> dict[str, Any]:
    return {"program": _text(each.program), "argv": [_text(argument) for argument in each.argv]}


def _text(raw: bytes) -> str:
    """What an agent named, which need not be text."""
    return raw.decode("utf-8", "backslashreplace")


def _steps(batch: list[tuple[Execution, int]], told: list[dict[str, Any]] | None) -> list[Program]:
    """As the trace is told them. `told`: None if it may not be."""
    steps: list[Program] = []
    for index, (each, held) in enumerate(batch):
        facts: dict[str, Any] = {"program": told[index]["program"]} if told is not None else {}
        facts |= {"argc": len(each.argv), "pid": each.pid, **each.facts}
        if told is None:
            facts["unread"] = "it could not be looked through"
        if held:
            facts["held_back"] = held
        steps.append((each.time, each.number, each.parent, facts, told[index]["argv"] if told is not None else None))
    return steps


def drain(session: Session, sock: socket.socket) -> None:
    """Put on record what was executed in a session that is over before it was served. The socket is closed."""
    _ = session.scrubber  # loaded by now only where a session is served
    Executed(session, sock).drain()
