"""pack: what a call says twice is sent once, and what tools brought long ago in short (`scheduling.context_packing`).

After redact, so that what is kept of a result is what the model may see; before route and reserve, so that all
attempts send the packed call and the budget holds no more than it costs. What was taken out is on record by digest
and size.
"""

from __future__ import annotations

from collections import Counter

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.offload import offload
from akios_jail.broker.session_view import SessionView
from akios_jail.flux import cachemarks
from akios_jail.flux.packing import Packed, Result, pack
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call, Path

#: Removals that are on record one by one; all are counted.
_NOTED = 16


def needed(plan: BrokerPlan) -> bool:
    """Whether calls are packed at all."""
    return plan.routing.context_packing


class Pack:
    """Packs conversations."""

    name = "pack"

    def __init__(self, session: SessionView) -> None:
        """Nothing is kept of the session: every call is packed by what it says itself."""

    async def request(self, exchange: Exchange) -> None:
        call: Call | None = exchange.call
        if call is None or not call.billable or call.wire.framing == "none":
            return
        before = exchange.request.body or b""
        packed, marked = await offload(len(before), _packed, call)
        if not packed.removed and not marked:
            return
        path = registry.normal_path(exchange.request.path)
        exchange.call = call.wire.read(call.provider, call.host, path, packed.document)
        exchange.replace_body(strictjson.dumps(packed.document))
        kinds = Counter(removed.what for removed in packed.removed)
        exchange.notes["packing"] = {
            "removed_characters": sum(removed.characters for removed in packed.removed),
            **kinds,
            "cache_marks": marked,
            "removed": [removed._asdict() for removed in packed.removed[:_NOTED]],
        }
        exchange.verdicts.append(Verdict("modify", "context_packed", _reason(packed, kinds, marked)))

    async def response(self, exchange: Exchange) -> None:
        """Answers are not packed."""


def _packed(call: Call) -> tuple[Packed, int]:
    """The call's document packed, and how many cache marks were set in it."""
    packed = pack(call.document, _results(call))
    return packed, cachemarks.mark(packed.document) if call.wire.name == "anthropic_messages" else 0


def _results(call: Call) -> list[Result]:
    """Every text in a result of a tool."""
    places: dict[Path, tuple[str, str]] = {at: (found.name, found.id) for found, at in call.wire.results(call)}
    results = []
    for at, _ in call.texts:
        named = next((places[at[:length]] for length in range(len(at), 0, -1) if at[:length] in places), None)
        if named is not None:
            results.append(Result(*named, at))
    return results


def _reason(packed: Packed, kinds: Counter[str], marked: int) -> str:
    told = [
        f"{kinds[what]} {name}"
        for what, name in (
            ("same_result", "results said before"),
            ("same_block", "blocks said before"),
            ("shortened", "old results shortened"),
        )
        if kinds[what]
    ]
    characters = sum(removed.characters for removed in packed.removed)
    saved = f"{', '.join(told)}: {characters} characters fewer" if told else "nothing left out"
    return f"{saved}; {marked} cache marks set" if marked else saved
