"""What stages may know of their session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from akios_jail.policy.plans import BrokerPlan

if TYPE_CHECKING:
    from concurrent.futures import Future

    from akios_jail.broker.money.account import Account
    from akios_jail.broker.personal import Personal
    from akios_jail.broker.tracer import Tracer
    from akios_jail.credentials.find import Finder
    from akios_jail.credentials.keys import Held
    from akios_jail.credentials.scrub import Scrubber
    from akios_jail.flux.routing import Standing
    from akios_jail.policy.action import Session
    from akios_jail.policy.decide import Decider


class SessionView(Protocol):
    """What a stage may know of its session."""

    @property
    def id(self) -> str: ...

    @property
    def plan(self) -> BrokerPlan: ...

    @property
    def decider(self) -> Decider: ...

    @property
    def facts(self) -> Session: ...

    @property
    def state_folder(self) -> str:
        """Where what outlives the session is kept: budgets and approvals, shared by all brokers of the machine."""

    @property
    def account(self) -> Account:
        """What the session may spend."""

    @property
    def held(self) -> tuple[Held, ...]:
        """The session's credentials with their keys."""

    @property
    def finder(self) -> Finder | None:
        """Looks for placeholders and keys where they must not be; None where there are none."""

    @property
    def scrubber(self) -> Scrubber | None:
        """Takes keys out; None where there are none."""

    @property
    def tracer(self) -> Tracer:
        """Where what happens is handed over for the trace."""

    @property
    def personal(self) -> Personal | None:
        """How personal data is looked for, and what stands for what; None where it is not looked for."""

    @property
    def standing(self) -> Callable[[], Standing] | None:
        """How the session's budget stands; None as long as nobody keeps one. `reserve` sets it."""

    def violated(self, code: str, reason: str, fields: dict[str, Any]) -> Future[Any]:
        """The agent did what no honest one does: counted, and durably on record when the future is done."""

    def end(self, code: str, reason: str) -> None:
        """Governance ends the session: the launcher is told to kill the agent. Only the first call counts."""
