"""The broker's event loop: gateways for the sessions, and the control socket beside them."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import traceback
from typing import Any, NoReturn

import uvloop

from akios_jail.broker import files, gateway, pipeline
from akios_jail.broker.control import Control, Hosted
from akios_jail.broker.gateway import Gateway
from akios_jail.broker.traffic import Traffic
from akios_jail.flux.prices import PriceList
from akios_jail.messages import Message, ProtocolError


def prepare(hosted: Hosted) -> None:
    """Load what the session's first exchange would otherwise wait for. Runs beside the plain control loop."""
    session = hosted.session
    hosted.authority.prepare()
    pipeline.load(session.plan)
    if session.plan.budget.money:
        PriceList.load()  # without such a budget its import is not worth the time of sessions that call no model
    gateway.prepare(session.opening.options.upstream_ca_pem)


def run(control: Control, waiting: list[Message]) -> NoReturn:
    """Serve every open session, and those to come, until the launcher is gone. `waiting`: messages read already."""
    tune()
    uvloop.run(_Service(control, waiting).serve())
    os._exit(1)


def tune() -> None:
    """Settings of the interpreter for a broker's event loop."""
    # A call makes thousands of short-lived objects, few in circles: looked for less often, they are gone by then.
    gc.set_threshold(10_000, 20, 20)
    # The thread that writes records must get its turn while exchanges keep this one busy: they wait for it. It asks for
    # its turn only when it has waited for so long without one, and begins anew whenever this thread lets go for an
    # instant, as between two callbacks. So this must be shorter than callbacks are.
    sys.setswitchinterval(0.0001)


class _Service:
    def __init__(self, control: Control, waiting: list[Message]) -> None:
        self._control = control
        self._traffic = Traffic()
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        for message in waiting:
            self._messages.put_nowait(message)

    async def serve(self) -> None:
        """Handle the launcher's messages, one after the other."""
        asyncio.get_running_loop().add_reader(self._control.sock, self._read)
        for hosted in list(self._control.sessions.values()):
            await self._start(hosted)
        while True:
            message = await self._messages.get()
            if message.type == "open":
                opened = await asyncio.to_thread(self._control.open, message)
                if opened is not None:
                    await self._start(opened)
            elif message.type == "listen":
                await self._listen(message)
            elif message.type == "end":
                await self._end(message)
            elif message.type == "answer":
                self._control.answered(message)
            else:
                self._gone(ProtocolError(f"the launcher sent {message.type!r}"))

    def _read(self) -> None:
        try:
            self._messages.put_nowait(self._control.receive())
        except ProtocolError as error:
            self._gone(error)

    def _gone(self, error: ProtocolError) -> NoReturn:
        print(f"akios broker: {error}", file=sys.stderr, flush=True)
        self._control.abandoned()
        os._exit(1)

    async def _start(self, hosted: Hosted) -> None:
        try:
            hosted.gateway = Gateway(hosted.session, hosted.authority, self._traffic)
            await self._serve_listeners(hosted)
        except Exception as error:
            traceback.print_exc()
            hosted.session.end("broker_broken", f"the session cannot be served: {type(error).__name__}: {error}")

    async def _listen(self, message: Message) -> None:
        hosted = self._control.listen(message)
        if hosted is not None:
            await self._serve_listeners(hosted)

    async def _serve_listeners(self, hosted: Hosted) -> None:
        fds, hosted.fds = hosted.fds, {}
        if hosted.gateway is not None and fds:
            await hosted.gateway.listen(fds)

    async def _end(self, message: Message) -> None:
        ended = self._control.ending(message)
        if ended is None:
            return
        hosted, outcome = ended
        await self._finish(hosted, outcome)

    async def _finish(self, hosted: Hosted, outcome: dict[str, Any]) -> None:
        try:
            if hosted.gateway is not None:
                await hosted.gateway.close()
            if hosted.changed:
                changed, hosted.changed = hosted.changed, b""
                await files.keep_clean(hosted.session, changed)
        except Exception:
            traceback.print_exc()
        await asyncio.to_thread(self._control.finish, hosted, outcome)
