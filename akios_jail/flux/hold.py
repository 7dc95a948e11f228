"""What a running call holds in the ledger, ended exactly once."""

from __future__ import annotations

from collections.abc import Callable

from akios_jail.flux.bill import Bill
from akios_jail.flux.ledger import Spent, Want


class Hold:
    """One reservation, and the bill that it is for.

    `settled` is called once: with what the call has used, or with None if it has used nothing. Ending it a second time
    does nothing. `want`: what was reserved; None where nothing is limited.
    """

    def __init__(self, bill: Bill, settled: Callable[[Spent | None], None], want: Want | None = None) -> None:
        self.bill = bill
        self._want = want
        self._settled: Callable[[Spent | None], None] | None = settled

    @property
    def open(self) -> bool:
        """Whether it still holds anything."""
        return self._settled is not None

    def overrun(self, spent: Spent) -> Spent | None:
        """By how much this is more than was reserved, which only a provider beyond its limits can bring about; None if
        it is not."""
        if self._want is None:
            return None
        over = Spent(max(0, spent.microusd - self._want.microusd), max(0, spent.tokens - self._want.tokens))
        return over if any(over) else None

    def settle(self, spent: Spent) -> None:
        """The call has used this; the rest is free."""
        self._end(spent)

    def release(self) -> None:
        """The call has used nothing."""
        self._end(None)

    def _end(self, spent: Spent | None) -> None:
        settled, self._settled = self._settled, None
        if settled is not None:
            settled(spent)
