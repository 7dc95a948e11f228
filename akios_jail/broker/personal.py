"""A session's personal data: how it is looked for, and what stands for what.

The stages that take it out of requests and put it back into answers share this. The detectors' patterns take up to
seconds to compile where nothing is kept from before; that begins in a thread when the session is served, and the first
exchange waits for it without keeping others from going on.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from akios_jail.broker.offload import LARGE, offload
from akios_jail.broker.outcome import Denied
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.setup import redactor_of
from akios_jail.pii.thoughts import Thoughts
from akios_jail.pii.trigger_cache import TriggerCache
from akios_jail.pii.vault import Unredactable
from akios_jail.policy.plans import BrokerPlan
from akios_jail.policy.verdict import Verdict

#: Of the values that were found, so many are looked for as they are, if they are long enough not to stand in others.
_LATEST = 512
_LONG_ENOUGH = 5

P = ParamSpec("P")
T = TypeVar("T")


class Personal:
    """What the stages of one session share.

    `triggers`: the launcher's folder of compiled ones, "" for none. If it lacks this session's, these are compiled, and
    then `compiled` is called, in a thread.
    """

    def __init__(self, plan: BrokerPlan, triggers: str = "", compiled: Callable[[], None] = lambda: None) -> None:
        self._pii = plan.pii
        self._rules = {rule.number: rule.pii for rule in plan.rules if rule.pii}
        self._redactor = redactor_of(plan.pii)
        self._in_mode: dict[tuple[str, bool], Redactor] = {}
        self._latest: tuple[int, list[tuple[str, str]]] = (0, [])  # how many values there were, and the last of them
        self._hiding: dict[Redactor | None, Redactor] = {}
        self._turn = asyncio.Lock()
        self._ready = threading.Event()
        self.vault = self._redactor.vault
        #: What placeholders are called, in capitals.
        self.kinds = frozenset(kind.upper() for kind in self._redactor.kinds)
        self.thoughts = Thoughts()
        self.passes_unread = plan.pii.unreadable == "pass"
        self.restores = plan.pii.restores or (plan.pii.mode != "off" and "pseudonymize" in self._rules.values())
        # Only what belongs to whoever made this process's root is believed: the broker cannot write what they show.
        cache = TriggerCache(triggers, os.stat("/").st_uid) if triggers else None
        preparing = threading.Thread(target=self._prepare, args=(cache, compiled), daemon=True, name="personal data")
        preparing.start()

    def _prepare(self, cache: TriggerCache | None, compiled: Callable[[], None]) -> None:
        try:
            if self._redactor.engine.prepare(cache) and cache is not None:
                compiled()
        finally:
            self._ready.set()  # if it failed, the first look fails again, where somebody hears it

    def redactor(self, verdicts: Sequence[Verdict], answer: bool = False) -> Redactor | None:
        """The redactor for an exchange of these verdicts, the first of which names the rule that admitted it, or for
        its answer; None if nothing is looked for."""
        mode = self._rules.get(verdicts[0].rule or 0, "") if verdicts else ""
        if mode == "off" or self._pii.mode == "off":
            return None
        known = self._in_mode.get((mode, answer))
        if known is None:
            known = self._redactor if mode == "" else self._redactor.in_mode(mode)
            known = self._in_mode[mode, answer] = known.withholding() if answer else known
        return known

    def tracing(self, verdicts: Sequence[Verdict]) -> tuple[Redactor, bool]:
        """The redactor for what is kept of a call to a model and its answer, also where models are told more, and
        whether the call is without personal data already."""
        sent = self.redactor(verdicts)
        known = self._hiding.get(sent)
        if known is None:
            known = self._hiding[sent] = (sent or self._redactor).hiding()
        return known, sent is not None and sent.hides and "model_calls" in self._pii.scope

    def hidden(self, value: Any) -> Any:
        """A JSON value with what stands for them in the place of the last values that were found anywhere, also where
        nothing but that tells what they are. For a thread of its own."""
        if self._latest[0] != (count := self.vault.count):
            pairs = [pair for pair in self.vault.latest(_LATEST) if len(pair[0]) >= _LONG_ENOUGH]
            self._latest = count, sorted(pairs, key=lambda pair: -len(pair[0]))
        return _hidden(value, self._latest[1]) if self._latest[1] else value

    async def look(self, size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work` on a document of `size` bytes; one at a time. `Denied` for what cannot be redacted."""
        if not self._ready.is_set():
            await asyncio.to_thread(self._ready.wait)
        names = self._redactor.engine.names
        async with self._turn:
            if names is not None:
                names.begin()
                size = max(size, LARGE)  # a model takes long for small documents, too
            try:
                return await offload(size, work, *args, **kwargs)
            except Unredactable as error:
                raise Denied(Verdict("deny", "pii_unredactable", f"{error}")) from None

    def wipe(self) -> None:
        """The session is over."""
        self._latest = (0, [])
        self._redactor.wipe()


def _hidden(value: Any, pairs: list[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        for plain, token in pairs:
            if plain in value:
                value = value.replace(plain, token)
        return value
    if isinstance(value, dict):
        return {_hidden(name, pairs): _hidden(item, pairs) for name, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, pairs) for item in value]
    return value


def acted(redactor: Redactor, counts: Mapping[str, int]) -> dict[str, int]:
    """Of what was found, what does not leave as it is."""
    return {kind: count for kind, count in counts.items() if redactor.mode(kind) != "observe"}


def refuse_blocked(redactor: Redactor, counts: Counter[str], what: str, status: int = 403) -> None:
    """`Denied` if something was found that may not leave at all. `what`, for people: "the call"."""
    blocked = {kind: count for kind, count in counts.items() if redactor.mode(kind) == "block"}
    if blocked:
        reason = f"{what} holds {told(blocked)}, and the policy lets no personal data of that kind pass"
        raise Denied(Verdict("deny", "pii_blocked", reason), status)


def refuse_unread(redactor: Redactor, unread: Mapping[str, int], passes: bool, what: str, status: int = 403) -> None:
    """`Denied` if there is something that cannot be looked into, and something is kept from passing at all."""
    if unread and redactor.acts and passes is not True:
        reason = (
            f"{what} holds {told(unread)}, which cannot be looked into for personal data; to let such things pass "
            "unread, write `unreadable: pass` under spec.governance.pii_handling"
        )
        raise Denied(Verdict("deny", "pii_unreadable", reason), status)


def told(counts: Mapping[str, int]) -> str:
    """Counts for people."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
