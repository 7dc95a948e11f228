"""The order of the stages, and the one place where a stage's failure becomes a denial on record.

    admit - understand - screen - gate - redact - tape - trace - pack - route
    reserve - credential - record -> upstream    for each attempt to send it
    credential - meter - thoughts - restore - gate - trace - route - settle - record

Every stage is the same small shape (`stage.Stage`) and knows no other. A session's pipeline has the stages that its
plan needs (a stage's module says so by `needed(plan)`; without that function it is always needed). An exception that is
not `Denied` is a defect or an attack; it is refused all the same, because an exchange that could not be examined may
not pass.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Sequence
from types import ModuleType
from typing import Protocol, cast

from akios_jail.broker.exchange import Attempt, Exchange, Prepare
from akios_jail.broker.http_message import Response
from akios_jail.broker.outcome import Denied, UpstreamFailed
from akios_jail.broker.session_view import SessionView
from akios_jail.broker.stage import Stage
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.verdict import Verdict

#: Module of broker.stages (its class has the same name, capitalised) in the order in which requests pass them ...
REQUEST_ORDER = ("admit", "understand", "screen", "gate", "redact", "tape", "trace", "pack", "route")
#: ... then, for each attempt to send it ...
ATTEMPT_ORDER = ("reserve", "credential", "record")
#: ... and in which answers do. `restore` comes before `gate`, so that tool rules judge the arguments that the agent
#: gets. `record` comes last both ways: what it writes down is what takes effect.
RESPONSE_ORDER = ("credential", "meter", "thoughts", "restore", "gate", "trace", "route", "settle", "record")

#: Never needed where no personal data is looked for, and importing their detectors takes longer than all the rest.
_FOR_PERSONAL_DATA = frozenset(("redact", "thoughts", "restore"))


class Recording(Stage, Protocol):
    """The stage that also puts on record what an attempt came to which the agent does not see."""

    def attempted(self, exchange: Exchange, attempt: Attempt) -> None:
        """The attempt is over and another follows. Does not wait for the disk."""


class Pipeline:
    """The stages of one session."""

    def __init__(
        self,
        request: Sequence[Stage],
        attempt: Sequence[Stage],
        response: Sequence[Stage],
        attempted: Callable[[Exchange, Attempt], None] = lambda exchange, attempt: None,
    ) -> None:
        self._request = tuple(request)
        self._attempt = tuple(attempt)
        self._response = tuple(response)
        self._attempted = attempted

    @classmethod
    def of(cls, session: SessionView, record: Recording) -> Pipeline:
        """Construct once for this session every stage that its plan needs. `record` is made before: it also writes
        what never got here."""
        stages: dict[str, Stage] = {"record": record}
        for name, module in _modules(session.plan).items():
            if name not in stages:
                stages[name] = _stage_class(name, module)(session)
        request, attempt, response = (
            [stages[name] for name in order if name in stages]
            for order in (REQUEST_ORDER, ATTEMPT_ORDER, RESPONSE_ORDER)
        )
        return cls(request, attempt, response, record.attempted)

    async def run(self, exchange: Exchange, send: Callable[[Exchange], Awaitable[Response]]) -> None:
        """Take the exchange through its stages and, between them, upstream (`send`).

        `Denied` for every refusal, whatever its cause. What `send` raises passes unchanged: upstream's failures are
        not verdicts. Afterwards `exchange.response` is what the agent may see.
        """
        for stage in self._request:
            await _guarded(stage, stage.request, exchange)
        exchange.begin_attempt()
        while (prepare := await self._sent(exchange, send)) is not None:
            # First the end: nothing stays reserved, and no connection open, while the next attempt is waited for.
            self._attempted(exchange, exchange.end_attempt())
            await prepare()
        for stage in self._response:
            await _guarded(stage, stage.response, exchange)

    async def _sent(self, exchange: Exchange, send: Callable[[Exchange], Awaitable[Response]]) -> Prepare | None:
        """Make one attempt: how to prepare the next, if one is to follow. What it failed with is raised if none is.

        What the agent asked for is refused for good; of what stands in for it, something else may be let through.
        """
        try:
            for stage in self._attempt:
                await _guarded(stage, stage.request, exchange)
        except Denied as denied:
            prepare = await exchange.again(denied) if exchange.attempts and exchange.again is not None else None
            if prepare is None:
                raise
            exchange.passage.failure = denied.verdict.code
            return prepare
        exchange.passage.sent = True
        try:
            exchange.response = await send(exchange)
        except UpstreamFailed as failed:
            exchange.passage.failure = failed.code
            prepare = await exchange.again(failed) if exchange.again is not None else None
            if prepare is None:
                raise
            return prepare
        return await exchange.again(exchange.response) if exchange.again is not None else None


async def _guarded(stage: Stage, method: Callable[[Exchange], Awaitable[None]], exchange: Exchange) -> None:
    try:
        await method(exchange)
    except (Denied, UpstreamFailed):
        raise
    except Exception as error:
        raise Denied(stage_failed(stage.name, error)) from error


def stage_failed(name: str, error: BaseException) -> Verdict:
    """The denial that stands for a stage that broke. The exception's text stays in our log: it may quote the agent."""
    reason = f"the {name} stage could not examine this ({type(error).__name__}), so it may not pass"
    return Verdict("deny", "stage_failed", reason)


def load(plan: BrokerPlan) -> None:
    """Import every stage that this plan needs now, so that the first exchange does not wait for it."""
    _modules(plan)


def _modules(plan: BrokerPlan) -> dict[str, ModuleType]:
    """The modules of the stages that a plan needs."""
    names = dict.fromkeys((*REQUEST_ORDER, *ATTEMPT_ORDER, *RESPONSE_ORDER))
    if plan.pii.mode == "off":
        names = dict.fromkeys(name for name in names if name not in _FOR_PERSONAL_DATA)
    modules = {name: importlib.import_module(f"akios_jail.broker.stages.{name}") for name in names}
    # A module that does not say is needed; one that says anything but False is, too.
    return {
        name: module
        for name, module in modules.items()
        if not hasattr(module, "needed") or module.needed(plan) is not False
    }


def _stage_class(name: str, module: ModuleType) -> Callable[[SessionView], Stage]:
    return cast("Callable[[SessionView], Stage]", getattr(module, name.capitalize()))
