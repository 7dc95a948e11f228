"""Calls of tools that were refused in answers which the provider keeps, until the provider has heard of it.

The agent finds words in the place of a refused call, so it has nothing to answer. An answer that OpenAI keeps
(`previous_response_id`, `conversation`) still holds the call, and cannot be continued without an output for it. So the
refusal is told as that output in the next call that continues it, unless the agent tells one itself. Bounded; what is
forgotten makes such a call fail at the provider.
"""

from __future__ import annotations

from typing import Any, Final

from akios_jail.providers.neutral import Call
from akios_jail.providers.neutral import Gate as WireGate
from akios_jail.providers.openai_responses import continued
from akios_jail.providers.openai_responses.gate import ResponsesGate

#: Answers with refused calls that are remembered in one session, and calls of each.
_ANSWERS: Final = 256
_CALLS: Final = 128


class Unanswered:
    """The refused calls of one session, by the id of the answer or the conversation that holds them."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, dict[str, Any]]] = {}

    def note(self, call: Call, gate: WireGate) -> None:
        """Remember what was refused so far of the answer to a call."""
        if not isinstance(gate, ResponsesGate) or not gate.refused:
            return
        for id in (gate.id, continued.conversation(call.document)):
            if id:
                known = self._kept.pop(id, {})
                known.update(dict(gate.refused[: _CALLS - len(known)]))
                self._kept[id] = known
        while len(self._kept) > _ANSWERS:
            del self._kept[next(iter(self._kept))]

    def missing(self, call: Call) -> list[dict[str, Any]]:
        """The outputs that a call must tell, and does not, of what it continues."""
        if call.wire_name != "openai_responses" or not self._kept:
            return []
        told = continued.told(call.document)
        ids = continued.continues(call.document)
        return [output for id in ids for call_id, output in self._kept.get(id, {}).items() if call_id not in told]

    def taken(self, call: Call) -> None:
        """The provider has accepted a call: its conversation has heard what it told."""
        known = self._kept.get(continued.conversation(call.document)) if self._kept else None
        if known:
            for call_id in continued.told(call.document):
                known.pop(call_id, None)
