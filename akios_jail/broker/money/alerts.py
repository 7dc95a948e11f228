"""Alerts about budgets: on record always, and to the operator's webhook where there is one.

One alert for each budget and window, not one for each call: an agent that runs against its limit would otherwise ring
the bell at will.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from akios_jail.flux.day import DAY_S
from akios_jail.flux.ledger import WINDOW_S, Refusal

#: Posts a document to an address, later.
Post = Callable[[str, dict[str, Any]], None]
Note = Callable[[str, dict[str, Any]], object]


class Alerts:
    """The alerts of one session. `post` is there once the session has its way out."""

    def __init__(
        self, webhook: str, session: str, name: str, shared_by: str, note: Note, now: Callable[[], float] = time.time
    ) -> None:
        self.post: Post | None = None
        self._webhook = webhook
        self._whose = {"session": session, "name": name, "budget": shared_by}
        self._note = note
        self._now = now
        self._told: set[tuple[str, int]] = set()

    def met(self, refusal: Refusal) -> None:
        """A call met a budget that has no room for it."""
        limit = refusal.limit
        if limit.action != "alert_and_queue":
            return
        window = {"minute": int(WINDOW_S), "day": DAY_S}.get(limit.scope)
        told = (limit.scope, 0 if window is None else int(self._now() // window))
        if told in self._told:
            return
        self._told.add(told)
        fields = {
            "scope": limit.scope,
            "code": refusal.code,
            "reason": refusal.reason,
            "limit_microusd": limit.microusd,
            "limit_tokens": limit.tokens,
        }
        self._note("budget.alert", fields)
        if self._webhook and self.post is not None:
            self.post(self._webhook, {"type": "akios.budget_alert", "time": self._now(), **self._whose, **fields})

    def rearm(self) -> None:
        """A budget was raised: when it is met again, say so again."""
        self._told.clear()
