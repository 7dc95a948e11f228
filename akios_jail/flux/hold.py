"""What a running call holds in the ledger, ended exactly once."""

from __future__ import annotations

from collections.abc import Callable

from akios_jail.flux.bill import Bill
from akios_jail.flux.ledger import Ledger, Reservation, Spent


class Hold:
    """One reservation with its ledger, and the bill that it is for.

    `changed` is called when it makes room. Ending it a second time does nothing.
    """

    def __init__(self, ledger: Ledger, reservation: Reservation, bill: Bill, changed: Callable[[], None]) -> None:
        self.bill = bill
        self._ledger = ledger
        self._reservation: Reservation | None = reservation
        self._changed = changed

    @property
    def open(self) -> bool:
        """Whether it still holds anything."""
        return self._reservation is not None

    def settle(self, spent: Spent) -> None:
        """The call has used this; the rest is free."""
        if self._reservation is not None:
            reservation, self._reservation = self._reservation, None
            self._ledger.settle(reservation, spent)
            self._changed()

    def release(self) -> None:
        """The call has used nothing."""
        if self._reservation is not None:
            reservation, self._reservation = self._reservation, None
            self._ledger.release(reservation)
            self._changed()
