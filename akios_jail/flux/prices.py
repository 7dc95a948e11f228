"""What models cost, from the price list of genai-prices.

A price of one dollar a million tokens is one micro-dollar a token, so rates are micro-dollars a token, as exact
decimals; amounts are rounded up to whole micro-dollars. Two questions are asked: what can a call cost at most
(`Rates`), before it runs and with everything unknown at its dearest; and what did it cost (`cost`), from the
provider's own usage report.

Before the list come the operator's own prices: the first that matches model and provider counts, for its tokens and
nothing else. A model that nobody knows has no price, or, if the operator wants that, the dearest rates of the whole
list (of models that are called with tokens): for its reservation and for its bill.

The price list takes 150 ms to import, so it is imported when first asked.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from akios_jail.flux import linear
from akios_jail.flux.linear import Counts, Kind, Line
from akios_jail.policy.plans import Price

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_ZERO = Decimal(0)
_MILLION = 1_000_000
#: A prompt beyond the start of every price tier.
_ANY_SIZE = 1 << 60
#: What may stand before a model's name at Google.
_RESOURCE = re.compile(r"^(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/google/)?models/")
#: For how long rates are kept. Prices change at dates, and every price of the next hour counts already.
_KEEP = timedelta(minutes=1)
#: Rates of so many different calls are kept; the model's name is the agent's choice.
_KEPT = 256
#: Processing within one region costs a tenth more: OpenAI by its regional hosts, Anthropic by `inference_geo`.
REGIONAL_UPLIFT = Decimal("1.1")


class PriceUnknown(Exception):
    """The price list does not know this model, so nothing can be reserved for it. The message is for people."""


class Priced(NamedTuple):
    """What a call is priced by. `provider` is an id of the price list, or "" to go by the model's name alone. `options`
    are the call's fields that prices depend on; one that is absent or `auto` may turn out to be anything."""

    provider: str
    model: str
    host: str = ""
    options: Mapping[str, str] = {}


class Rates(NamedTuple):
    """The dearest a call can be: micro-dollars for each input token, each output token, and for the call itself."""

    input: Decimal
    output: Decimal
    call: Decimal
    context_window: int | None  # the most input tokens that the model takes, where that is known for sure

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Micro-dollars, rounded up."""
        return _ceiling(self.input * input_tokens + self.output * output_tokens + self.call)


class Tokens(NamedTuple):
    """A provider's usage report. `input` and `output` are totals that include the tokens named besides them; `others`
    are further such parts, by the price list's names of units (`output_image_tokens`)."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0
    input_audio: int = 0
    output_audio: int = 0
    web_searches: int = 0
    others: tuple[tuple[str, int], ...] = ()


class _Known(NamedTuple):
    """Rates of one kind of call, by how many of the price tiers' starts its prompt is beyond."""

    until: datetime
    starts: list[int]
    rates: dict[int, Rates]


class PriceList:
    """The bundled price list, and the operator's `overrides` before it. `now` gives the moment whose prices count.

    `upper_bound`: a model without a price is billed as the dearest.
    """

    def __init__(
        self,
        overrides: tuple[Price, ...] = (),
        *,
        upper_bound: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._overrides = overrides
        self._upper_bound = upper_bound
        self._now = now
        self._known: dict[Any, _Known] = {}
        self._lines = linear.Lines()

    @staticmethod
    def load() -> None:
        """Import the price list now. Safe from any thread."""
        from genai_prices.data_snapshot import get_snapshot

        get_snapshot()

    def rates(self, priced: Priced, input_tokens: int) -> Rates:
        """The dearest rates that may apply to a call with at most `input_tokens`. `PriceUnknown` if there are none."""
        key = (priced.provider, priced.model, priced.host, tuple(priced.options.items()))
        now = self._now()
        known = self._known.get(key)
        if known is not None and now < known.until:
            rates = known.rates.get(bisect_left(known.starts, input_tokens))
            if rates is not None:
                return rates
        try:
            _, model = self._find(priced)
        except PriceUnknown:
            stated = self._stated(priced)
            if stated is not None:
                return _stated_rates(stated, None)
            if self._upper_bound:
                return _dearest_rates(now.date())
            raise
        prices = list(self._possible(model, priced, now))
        stated = self._stated(priced)
        if stated is not None:
            return _stated_rates(self._completed(stated, priced, prices, input_tokens), _window(model, prices))
        rates = _rates(model, prices, priced, input_tokens)
        if known is None or now >= known.until:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[key] = _Known(now + _KEEP, _tier_starts(prices), {})
        known.rates[bisect_left(known.starts, input_tokens)] = rates
        return rates

    def cost(self, priced: Priced, tokens: Tokens) -> int:
        """Micro-dollars for this usage, rounded up; `priced.options` are what was really applied.

        A report that contradicts itself (more cached than read) is priced at the dearest rates. May raise
        `PriceUnknown`.
        """
        stated = self._stated(priced)
        if stated is not None:
            return self._stated_cost(stated, priced, tokens)
        counts = (tokens.input, tokens.output, tokens.cached, tokens.reasoning)
        # Every other count is zero in most reports.
        kind = linear.kind(counts) if tokens == Tokens(*counts[:3], reasoning=counts[3]) else None
        now = self._now()
        try:
            line = self._line(priced, kind, tokens.input, now) if kind is not None else None
            price = self._listed_price(priced, tokens, now) if line is None else line.price(counts)
        except PriceUnknown:
            if self._upper_bound:
                return _dearest_rates(now.date()).cost(tokens.input, tokens.output)
            raise
        except ValueError:
            return self.rates(priced, tokens.input).cost(tokens.input, tokens.output)
        return _ceiling(price * 1_000_000 * _uplift(priced, settled=True))

    def _line(self, priced: Priced, kind: Kind, input_tokens: int, now: datetime) -> Line | None:
        """The line on which the price of such usage lies; None if it is on none."""

        def starts() -> list[int]:
            _, model = self._find(priced)
            return _tier_starts([model.get_prices(now, context) for context in (None, _context(priced))])

        def price(counts: Counts) -> Decimal:
            return self._listed_price(priced, Tokens(*counts[:3], reasoning=counts[3]), now)

        key = (priced.provider, priced.model, priced.host, tuple(priced.options.items()))
        return self._lines.line(key, kind, input_tokens, now, starts, price)

    def _listed_price(self, priced: Priced, tokens: Tokens, now: datetime) -> Decimal:
        """Dollars, as the list has it. `ValueError` for a report that contradicts itself; `PriceUnknown`."""
        from genai_prices import Usage

        provider, model = self._find(priced)
        reported = {
            "input_tokens": tokens.input,
            "output_tokens": tokens.output,
            "cache_read_tokens": tokens.cached,
            "cache_write_tokens": tokens.cache_write,
            "cache_write_1h_tokens": tokens.cache_write_1h,
            "output_reasoning_tokens": tokens.reasoning,
            "input_audio_tokens": tokens.input_audio,
            "output_audio_tokens": tokens.output_audio,
            "web_searches": tokens.web_searches,
            **dict(tokens.others),
        }
        usage = Usage(**{key: value for key, value in reported.items() if value > 0})
        price = model.calc_price(usage, provider, genai_request_timestamp=now, price_context=_context(priced))
        return price.total_price

    def _stated(self, priced: Priced) -> Price | None:
        """The operator's own price for this model, if there is one."""
        for price in self._overrides:
            if is_for(price, priced):
                return price
        return None

    def _completed(self, stated: Price, priced: Priced, prices: list[ModelPrice], input_tokens: int) -> Price:
        """`stated`, with what it leaves open as the price list has it: at its dearest for `prices`.

        Input that was cached is never dearer than other input, so that a model of one's own at no price has none.
        """
        cached, write = (
            max((_dearest(price, _keys(price, f"{kind}_"), input_tokens) for price in prices), default=_ZERO)
            for kind in ("cache_read", "cache_write")
        )
        return stated._replace(
            cached_input=min(_ceiling(cached * _MILLION) or stated.input, stated.input)
            if stated.cached_input is None
            else stated.cached_input,
            cache_write=_ceiling(write * _MILLION) or None if stated.cache_write is None else stated.cache_write,
        )

    def _stated_cost(self, stated: Price, priced: Priced, tokens: Tokens) -> int:
        """Micro-dollars by the operator's price. What it leaves open costs as the list has it, or as other input."""
        if stated.cached_input is None or stated.cache_write is None:
            try:
                _, model = self._find(priced)
            except PriceUnknown:
                pass
            else:
                prices = [model.get_prices(self._now(), _context(priced))]
                stated = self._completed(stated, priced, prices, tokens.input)
        cached, written = tokens.cached, tokens.cache_write
        if cached + written > tokens.input:  # the report contradicts itself
            return _stated_rates(stated, None).cost(tokens.input, tokens.output)
        plain = tokens.input - cached - written
        cost = plain * stated.input + tokens.output * stated.output
        cost += cached * (stated.input if stated.cached_input is None else stated.cached_input)
        cost += written * (stated.input if stated.cache_write is None else stated.cache_write)
        return -(-cost // _MILLION)

    def _find(self, priced: Priced) -> tuple[Provider, ModelInfo]:
        from genai_prices.data_snapshot import get_snapshot

        try:
            return get_snapshot().find_provider_model(_listed(priced), None, priced.provider or None, None)
        except LookupError:
            where = f" of {priced.provider}" if priced.provider else ""
            raise PriceUnknown(f"the price list has no model {priced.model[:80]!r}{where}") from None

    def _possible(self, model: ModelInfo, priced: Priced, now: datetime) -> Iterator[ModelPrice]:
        """Every price that may come to apply while the call runs."""
        contexts: list[dict[str, str] | None] = [None]
        contexts += [variant.when for variant in model.price_variants or () if _may_apply(variant.when, priced.options)]
        for moment in (now, now + timedelta(hours=1)):
            for context in contexts:
                yield model.get_prices(moment, context)


def _context(priced: Priced) -> dict[str, str]:
    """The options as the list wants them told."""
    return {key: value for key, value in priced.options.items() if value}


def is_for(price: Price, priced: Priced) -> bool:
    """Whether the operator's price is for this model. The case of names tells nothing apart: the agent writes them, and
    servers answer to a model's name in any."""
    return price.provider in ("", priced.provider) and fnmatchcase(priced.model.lower(), price.model.lower())


def _listed(priced: Priced) -> str:
    """The model's name as the list has it: Google also takes that of the resource (`models/NAME`)."""
    return _RESOURCE.sub("", priced.model) if priced.provider == "google" else priced.model


def _stated_rates(stated: Price, window: int | None) -> Rates:
    dearest = max(stated.input, stated.cached_input or 0, stated.cache_write or 0)
    return Rates(Decimal(dearest) / _MILLION, Decimal(stated.output) / _MILLION, _ZERO, window)


@functools.lru_cache(maxsize=1)
def _dearest_rates(day: date) -> Rates:
    """The dearest rates of the list on one day. Half a second's work, once a day."""
    from genai_prices.data_snapshot import get_snapshot

    inputs, outputs, calls = [_ZERO], [_ZERO], [_ZERO]
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    for provider in get_snapshot().providers:
        for model in provider.models:
            contexts: list[dict[str, str] | None] = [None, *(variant.when for variant in model.price_variants or ())]
            for context in contexts:
                price = model.get_prices(noon, context)
                inputs.append(_dearest(price, _keys(price, "input"), _ANY_SIZE) * REGIONAL_UPLIFT)
                inputs.append(_dearest(price, _keys(price, "cache"), _ANY_SIZE) * REGIONAL_UPLIFT)
                outputs.append(_dearest(price, _output_keys(price), _ANY_SIZE) * REGIONAL_UPLIFT)
                calls.append(_dearest(price, ["requests_kcount"], _ANY_SIZE) * 1000)
    return Rates(max(inputs), max(outputs), max(calls), None)


def _keys(price: ModelPrice, start: str) -> list[str]:
    return [key for key in price.__dict__ if key.endswith("_mtok") and key.startswith(start)]


def _rates(model: ModelInfo, prices: list[ModelPrice], priced: Priced, input_tokens: int) -> Rates:
    uplift = _uplift(priced, settled=False)
    inputs = [_dearest(price, _input_keys(price, priced.options), input_tokens) for price in prices]
    outputs = [_dearest(price, _output_keys(price), input_tokens) for price in prices]
    calls = [_dearest(price, ["requests_kcount"], input_tokens) * 1000 for price in prices]
    return Rates(max(inputs) * uplift, max(outputs) * uplift, max(calls), _window(model, prices))


def _may_apply(when: Mapping[str, str], options: Mapping[str, str]) -> bool:
    if "processing" in when:  # batches are another interface
        return False
    return all(options.get(key, "auto") in ("", "auto", value) for key, value in when.items())


def _uplift(priced: Priced, settled: bool) -> Decimal:
    regional = priced.host.endswith(".api.openai.com")
    if priced.provider == "anthropic":
        geo = priced.options.get("inference_geo", "")
        regional = geo == "us" if settled else geo != "global"
    return REGIONAL_UPLIFT if regional else Decimal(1)


def _input_keys(price: ModelPrice, options: Mapping[str, str]) -> list[str]:
    cache = options.get("cache", "1h")
    unwritten = {"none": ("cache_write",), "5m": ("cache_write_1h",)}.get(cache, ())
    return [
        key
        for key in price.__dict__
        if key.endswith(("_mtok", "_mchars")) and not key.startswith(("output", *unwritten))
    ]


def _output_keys(price: ModelPrice) -> list[str]:
    return [key for key in price.__dict__ if key.endswith("_mtok") and key.startswith("output")]


def _dearest(price: ModelPrice, keys: list[str], input_tokens: int) -> Decimal:
    return max((_at_most(getattr(price, key, None), input_tokens) for key in keys), default=_ZERO)


def _at_most(price: Any, input_tokens: int) -> Decimal:
    if price is None:
        return _ZERO
    if isinstance(price, Decimal):
        return price
    reached: list[Decimal] = [price.base, *(tier.price for tier in price.tiers if input_tokens > tier.start)]
    return max(reached)


def _window(model: ModelInfo, prices: list[ModelPrice]) -> int | None:
    """The context window, unless a price tier beyond it shows that there is a larger one."""
    window = model.context_window
    return None if window is None or any(start >= window for start in _tier_starts(prices)) else window


def _tier_starts(prices: list[ModelPrice]) -> list[int]:
    """Prompt sizes beyond which some price changes, in order."""
    tiers = {
        tier.start for price in prices for value in price.__dict__.values() for tier in getattr(value, "tiers", ())
    }
    return sorted(tiers)


def _ceiling(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_CEILING))
