"""What one call comes to: from the provider's report where there is one, otherwise from what was seen of the answer.

Without a report (an answer that was cut off, an agent that left, an upstream that broke) the call is billed as much
as it can have cost and never less: the input as the provider told it at the start or else its bound, and the output
as bytes that were seen, or its bound where the model may have written what nobody sees.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from akios_jail.flux.ledger import Spent
from akios_jail.flux.prices import Priced, PriceList, PriceUnknown, Rates, Tokens

#: Tokens that stand between the visible pieces of an answer (stops, names of tools).
UNSEEN_TOKENS = 32
#: Tokens that a model writes in a second, at most: what it may have written while nobody read.
TOKENS_PER_SECOND = 4_000


class Seen(Protocol):
    """Output that was seen: its bytes, tokens that it surely has, and seconds in which it was not looked at."""

    @property
    def bytes(self) -> int: ...

    @property
    def at_least(self) -> int: ...

    @property
    def unread_s(self) -> float: ...


class Charge(NamedTuple):
    """`estimated`: these are our own numbers and an upper bound."""

    input_tokens: int
    output_tokens: int
    microusd: int
    estimated: bool

    @property
    def spent(self) -> Spent:
        return Spent(self.microusd, self.input_tokens + self.output_tokens)


class Bill(NamedTuple):
    """What is known of a call before it runs. `rates` is None for a model without a price, which then costs nothing.

    `output_bound` is for all choices together; None if the call has no output limit.
    """

    prices: PriceList
    priced: Priced
    rates: Rates | None
    input_bound: int
    output_bound: int | None

    def reported(self, tokens: Tokens, options: tuple[tuple[str, str], ...] = ()) -> Charge:
        """By the provider's report; `options` are the price options that it says it applied."""
        stated = {key: value for key, value in self.priced.options.items() if value != "auto"}
        priced = self.priced._replace(options={**stated, **dict(options)})
        try:
            cost = self.prices.cost(priced, tokens) if self.rates is not None else 0
        except PriceUnknown:  # what it says it applied has no price: then at the rates that were reserved
            cost = self._at_most(tokens.input, tokens.output).microusd
        return Charge(tokens.input, tokens.output, cost, estimated=False)

    def seen(self, known_input: int | None, output: Seen, hidden_output: bool) -> Charge:
        """By what was seen of an answer that never told its usage."""
        visible = output.bytes + UNSEEN_TOKENS + int(output.unread_s * TOKENS_PER_SECOND)
        if self.output_bound is None:
            tokens = visible
        elif hidden_output:
            tokens = max(self.output_bound, output.at_least)
        else:
            tokens = max(min(visible, self.output_bound), output.at_least)
        return self._at_most(self.input_bound if known_input is None else known_input, tokens)

    def unanswered(self) -> Charge:
        """The call was sent and nothing came back: it may have run to its end."""
        return self._at_most(self.input_bound, self.output_bound or 0)

    def _at_most(self, input_tokens: int, output_tokens: int) -> Charge:
        cost = self.rates.cost(input_tokens, output_tokens) if self.rates is not None else 0
        return Charge(input_tokens, output_tokens, cost, estimated=True)
