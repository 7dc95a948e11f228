"""What people said earlier in a session: a no stands, and the next question tells of what was asked before.

A person who has denied a deed is not asked about the very same one again, so that asking until somebody tires is no
way to a yes. A yes is never remembered: it was for one action. Clients give up and try again on their own, so whoever
is asked twice about the same deed is told so, and whether it was approved already.
"""

from __future__ import annotations

from typing import Final, NamedTuple

#: Deeds of one session that are remembered; the ones that were forgotten are asked about anew.
_MOST: Final = 4096


class No(NamedTuple):
    """A person's denial: the approval's id, and what they noted."""

    id: str
    note: str


class _Deed:
    def __init__(self) -> None:
        self.denied: No | None = None
        self.approved = 0
        self.unanswered = 0
        self.waiting: list[str] = []


class Earlier:
    """The deeds (`Action.deed`) of one session that people were asked about."""

    def __init__(self) -> None:
        self._deeds: dict[str, _Deed] = {}
        self._denials = 0

    def denied(self, deed: str) -> No | None:
        """The denial of this deed, if there is one."""
        known = self._deeds.get(deed)
        return None if known is None else known.denied

    def history(self, deed: str) -> str:
        """What a person should know before they are asked about it; "" for nothing."""
        known = self._deeds.get(deed) or _Deed()
        said = []
        if known.waiting:
            said.append(f"the very same is asked at this moment as {known.waiting[0]}: approving both does it twice")
        if known.approved:
            said.append(f"the very same was approved {_times(known.approved)} in this session")
        if known.unanswered:
            said.append(f"the very same was asked {_times(known.unanswered)} and got no answer in time")
        if self._denials:
            said.append(f"people denied something {_times(self._denials)} in this session")
        return "; ".join(said)

    def asked(self, deed: str, identifier: str) -> None:
        """A person is asked about it."""
        while len(self._deeds) >= _MOST and deed not in self._deeds:
            over = next((each for each, known in self._deeds.items() if not known.waiting), None)
            if over is None:
                break
            del self._deeds[over]
        self._deeds.setdefault(deed, _Deed()).waiting.append(identifier)

    def dropped(self, deed: str, identifier: str) -> None:
        """It does not wait any more, whatever came of it."""
        known = self._deeds.get(deed)
        if known is not None and identifier in known.waiting:
            known.waiting.remove(identifier)

    def answered(self, deed: str, identifier: str, decision: str, note: str = "") -> list[str]:
        """What a person said: approve | deny; anything else for nothing. The others that wait for a denied deed."""
        known = self._deeds.setdefault(deed, _Deed())
        self.dropped(deed, identifier)
        if decision == "approve":
            known.approved += 1
        elif decision == "deny":
            self._denials += known.denied is None
            known.denied = known.denied or No(identifier, note)
            return list(known.waiting)
        else:
            known.unanswered += 1
        return []


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
