"""admit: does a rule of the policy allow this request? The first that matches decides; without one it is denied."""

from __future__ import annotations

from akios_jail.broker import examined, limits
from akios_jail.broker.exchange import Exchange
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session import Session
from akios_jail.policy.action import Action


class Admit:
    """Asks the policy. The path in the question is the very string that upstream would receive."""

    name = "admit"

    def __init__(self, session: Session) -> None:
        self._decider = session.decider
        self._facts = session.facts

    async def request(self, exchange: Exchange) -> None:
        request = exchange.request
        action = Action(
            host=exchange.host,
            port=exchange.port,
            protocol=exchange.protocol,
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            session=self._facts,
        )
        if self._decider.needs_body(action):
            action = await examined.with_body(exchange, action)
        elif self._decider.needs_form(action):
            action = action._replace(body=await exchange.read_decoded(limits.BUFFERED_BODY.value))
        verdict = self._decider.decide(action)
        exchange.verdicts.append(verdict)
        if verdict.decision != "allow":
            raise Denied(verdict)

    async def response(self, exchange: Exchange) -> None:
        """Answers are not asked about."""
