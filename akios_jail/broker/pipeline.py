"""The order of the stages, and the one place where a stage's failure becomes a denial on record.

    admit - understand - redact - reserve - record -> upstream -> meter - settle - record

Every stage is the same small shape (`exchange.Stage`) and knows no other. An exception that is not `Denied` is a defect
or an attack; it is refused all the same, because an exchange that could not be examined may not pass.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from akios_jail.broker.exchange import Denied, Exchange, Response, SessionView, Stage, UpstreamFailed
from akios_jail.policy.verdict import Verdict

#: Module of broker.stages (its class has the same name, capitalised) in the order in which requests pass them ...
REQUEST_ORDER = ("admit", "understand", "redact")
#: ... then, for each attempt to send it ...
ATTEMPT_ORDER = ("reserve", "record")
#: ... and in which answers do. `record` comes last both ways: what it writes down is what takes effect.
RESPONSE_ORDER = ("meter", "settle", "record")


class Pipeline:
    """The stages of one session."""

    def __init__(self, request: Sequence[Stage], attempt: Sequence[Stage], response: Sequence[Stage]) -> None:
        self._request = tuple(request)
        self._attempt = tuple(attempt)
        self._response = tuple(response)

    @classmethod
    def of(cls, session: SessionView, record: Stage) -> Pipeline:
        """Construct every stage once for this session. `record` is made before: it also writes what never got here."""
        stages: dict[str, Stage] = {"record": record}
        for name in (*REQUEST_ORDER, *ATTEMPT_ORDER, *RESPONSE_ORDER):
            if name not in stages:
                stages[name] = _stage_class(name)(session)
        return cls(*([stages[name] for name in order] for order in (REQUEST_ORDER, ATTEMPT_ORDER, RESPONSE_ORDER)))

    async def run(self, exchange: Exchange, send: Callable[[Exchange], Awaitable[Response]]) -> None:
        """Take the exchange through its stages and, between them, upstream (`send`).

        `Denied` for every refusal, whatever its cause. What `send` raises passes unchanged: upstream's failures are
        not verdicts. Afterwards `exchange.response` is what the agent may see.
        """
        for stage in self._request:
            await _guarded(stage, stage.request, exchange)
        exchange.begin_attempt()
        while not await self._sent(exchange, send):
            exchange.end_attempt()
        for stage in self._response:
            await _guarded(stage, stage.response, exchange)

    async def _sent(self, exchange: Exchange, send: Callable[[Exchange], Awaitable[Response]]) -> bool:
        """Make one attempt. False if another is to follow; what it failed with is raised if none is."""
        for stage in self._attempt:
            await _guarded(stage, stage.request, exchange)
        exchange.passage.sent = True
        try:
            exchange.response = await send(exchange)
        except UpstreamFailed as failed:
            exchange.passage.failure = failed.code
            if exchange.again is None or await exchange.again(failed) is not True:
                raise
            return False
        return exchange.again is None or await exchange.again(exchange.response) is not True


async def _guarded(stage: Stage, method: Callable[[Exchange], Awaitable[None]], exchange: Exchange) -> None:
    try:
        await method(exchange)
    except Denied:
        raise
    except Exception as error:
        raise Denied(stage_failed(stage.name, error)) from error


def stage_failed(name: str, error: BaseException) -> Verdict:
    """The denial that stands for a stage that broke. The exception's text stays in our log: it may quote the agent."""
    reason = f"the {name} stage could not examine this ({type(error).__name__}), so it may not pass"
    return Verdict("deny", "stage_failed", reason)


def load() -> None:
    """Import every stage now, so that the first session does not wait for it."""
    for name in (*REQUEST_ORDER, *ATTEMPT_ORDER, *RESPONSE_ORDER):
        _stage_class(name)


def _stage_class(name: str) -> Callable[[SessionView], Stage]:
    module = importlib.import_module(f"akios_jail.broker.stages.{name}")
    return cast("Callable[[SessionView], Stage]", getattr(module, name.capitalize()))
