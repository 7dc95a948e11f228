"""Where an exchange waits for a person: the broker's side of approvals, one desk for a session.

The request is on record before anybody is asked, and the decision before it takes effect. People answer through the
store (`akios approvals`), or at the launcher's terminal; the first decision counts. While something waits, a thread
looks every moment whether the store has changed, which costs no disk; when nothing waits, nothing is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, TypeVar

from akios_jail.broker.recorder import Recorder
from akios_jail.broker.tally import shorten
from akios_jail.broker.tools.earlier import Earlier
from akios_jail.control import action as actions
from akios_jail.control.action import Action
from akios_jail.control.approvals import LEASE_S, MAX_WAITING, Entry, Flood, Refused, Store, Unavailable
from akios_jail.policy.plans import Approvals

T = TypeVar("T")

#: How often the store is looked at while something waits, in seconds.
LOOK_S: Final = 0.15
#: The note of an answer given there, on record.
_AT_TERMINAL: Final = "answered at the terminal"


class Outcome(NamedTuple):
    """What came of asking. `code`: approved | approval_denied | approval_denied_before | approval_expired |
    approval_flood | approval_too_large | approvals_unavailable; `reason`: a clause for the agent. `id`: the approval's,
    "" if nobody was asked."""

    approved: bool
    code: str
    reason: str
    id: str = ""


class Desk:
    """Asks people about the actions of one session.

    `path`: the store of approvals. `counts`: how many were requested, approved, …, for the report. `tell`: says
    something to the launcher. `post`: tells a webhook.
    """

    def __init__(
        self,
        plan: Approvals,
        path: str,
        counts: Counter[str],
        recorder: Recorder,
        tell: Callable[[str, dict[str, Any]], None],
        post: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._plan = plan
        self._path = path
        self._counts = counts
        self._recorder = recorder
        self._tell = tell
        self._post = post
        self._thread = ThreadPoolExecutor(1, "approvals")
        self._store: Store | None = None
        self._asked: set[str] = set()
        self._waiting: dict[str, tuple[str, asyncio.Future[Entry]]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._look_again = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()
        self._earlier = Earlier()

    async def ask(self, action: Action, timeout_s: float) -> Outcome:
        """Wait for a person's word on this action, at most so long; without one it is denied, and so is what a person
        has denied before in this session.

        `AuditUnavailable` if that cannot be recorded. Cancelled: the request is withdrawn.
        """
        deed = action.deed()
        if (refused := self._denied_before(deed)) is not None:
            return refused
        action = action._replace(history=self._earlier.history(deed))
        try:
            canonical = action.canonical()
        except ValueError as error:
            return Outcome(False, "approval_too_large", f"no person can be asked about it: {error}")
        digest = actions.digest(canonical)
        identifier = actions.identifier(digest)
        if len(self._asked) >= MAX_WAITING:
            return Outcome(False, "approval_flood", f"{MAX_WAITING} actions of this session wait for a person already")
        tally = self._counts
        became = "withdrawn"
        written = given_up = False
        begun = time.monotonic()
        self._asked.add(identifier)
        self._earlier.asked(deed, identifier)
        try:
            await self._record("approval.requested", _facts(action, identifier, digest), timeout_s=timeout_s)
            tally["requested"] += 1
            written = True  # or about to be: who gives up from here on may have been seen to ask
            await self._on_thread(self._request, action, timeout_s)
            if (refused := self._denied_before(deed)) is not None:  # while this was being written down
                return refused
            self._tell_people(action, identifier, digest, timeout_s)
            entry = await self._decided(identifier, digest, begun + timeout_s)
            outcome = _outcome(entry, timeout_s)
            became = _COUNTED[outcome.code]
            self._settle(deed, entry, outcome)
            tally[became] += 1
            facts = {"id": identifier, "action_sha256": digest, "request_id": action.request}
            await self._record("approval.decided", facts, **_decision(entry, outcome, time.monotonic() - begun))
            return outcome
        except asyncio.CancelledError:
            given_up = written
            raise
        except Flood as error:
            return Outcome(False, "approval_flood", f"{error}")
        except (Unavailable, Refused) as error:
            return Outcome(False, "approvals_unavailable", f"no person can be asked: {error}", identifier)
        finally:
            self._asked.discard(identifier)
            asked = self._waiting.pop(identifier, None) is not None or given_up
            if became == "withdrawn":
                if asked:
                    self._earlier.answered(deed, identifier, "")
                self._earlier.dropped(deed, identifier)
                self._abandon(action, identifier, digest, time.monotonic() - begun)
            if self._plan.prompt:
                self._tell("asked", {"id": identifier, "outcome": became})

    def answered(self, identifier: str, approve: bool, who: str, note: str = _AT_TERMINAL) -> None:
        """The launcher passes on what a person said at the terminal. What is not asked, or no longer, is ignored."""
        waiting = self._waiting.get(identifier)
        if waiting is None:
            return
        task = asyncio.get_running_loop().create_task(self._answer(identifier, waiting[0], approve is True, who, note))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    def close(self) -> None:
        """The session has ended, and with it everything that waited."""

        def close() -> None:
            if self._store is not None:
                self._store.close()

        self._thread.submit(close)
        self._thread.shutdown(wait=False)

    async def _answer(self, identifier: str, digest: str, approve: bool, who: str, note: str) -> None:
        with contextlib.suppress(Refused, Unavailable):  # somebody else was first, which the next look finds
            await self._on_thread(lambda: self._opened().decide(identifier, approve, who, note, digest))
        self._look_again.set()

    def _denied_before(self, deed: str) -> Outcome | None:
        no = self._earlier.denied(deed)
        if no is None:
            return None
        reason = f"a person has denied this in this session, as {no.id}{_noted(no.note)}"
        return Outcome(False, "approval_denied_before", reason, no.id)

    def _request(self, action: Action, timeout_s: float) -> Entry:
        return self._opened().request(action, timeout_s)

    def _opened(self) -> Store:
        """The store; for the desk's thread alone."""
        if self._store is None:
            self._store = Store(self._path)
        return self._store

    async def _on_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def _decided(self, identifier: str, digest: str, until: float) -> Entry:
        """The decision, or the request as it stands when time is up."""
        future: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._waiting[identifier] = (digest, future)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        try:
            return await asyncio.wait_for(asyncio.shield(future), max(0.0, until - time.monotonic()))
        except TimeoutError:
            late = await self._on_thread(self._expired, identifier, digest)
            return late if not future.done() else future.result()

    def _expired(self, identifier: str, digest: str) -> Entry:
        """Time is up by this process' own clock, whatever the machine's says."""
        store = self._opened()
        entry = store.outcome(identifier, digest)
        if entry is None:
            store.expire(identifier)
            entry = store.entry(identifier)
        return entry

    async def _look(self) -> None:
        """Until nothing waits: pass decisions on as they are made."""
        said = time.monotonic()
        changed = True
        try:
            while self._waiting:
                asked = {identifier: digest for identifier, (digest, _) in self._waiting.items()}
                lease = time.monotonic() - said >= LEASE_S
                found = await self._on_thread(self._outcomes, asked, changed, lease)
                said = time.monotonic() if lease else said
                for identifier, outcome in found.items():
                    self._resolve(identifier, outcome)
                changed = self._look_again.is_set()
                self._look_again.clear()
                if not changed:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._look_again.wait(), LOOK_S)
        except Exception as error:
            failure = Unavailable(f"the approvals cannot be looked at: {error}")
            for identifier in list(self._waiting):
                self._resolve(identifier, failure)

    def _outcomes(self, asked: dict[str, str], changed: bool, lease: bool) -> dict[str, Entry | Exception]:
        """What is decided, and what can be decided no more because its request is not as it was written."""
        store = self._opened()
        if lease:
            store.still_waiting(list(asked))
        if not store.changed() and not changed:
            return {}
        found: dict[str, Entry | Exception] = {}
        for identifier, digest in asked.items():
            try:
                entry = store.outcome(identifier, digest)
            except Refused as error:
                found[identifier] = error
            else:
                if entry is not None:
                    found[identifier] = entry
        return found

    def _resolve(self, identifier: str, outcome: Entry | Exception) -> None:
        waiting = self._waiting.get(identifier)
        if waiting is None or waiting[1].done():
            return
        if isinstance(outcome, Exception):
            waiting[1].set_exception(outcome)
        else:
            waiting[1].set_result(outcome)

    def _tell_people(self, action: Action, identifier: str, digest: str, timeout_s: float) -> None:
        lines = actions.short(actions.lines(action), f"akios approvals show {identifier}")
        if self._plan.prompt:
            self._tell("ask", {"id": identifier, "text": lines, "expires_s": round(timeout_s)})
        if self._plan.webhook:
            document = {
                "type": "akios.approval_requested",
                "id": identifier,
                "session": action.session,
                "session_name": action.session_name,
                "text": "\n".join(lines),
                "sha256": digest,
                "expires_s": round(timeout_s),
            }
            self._post(self._plan.webhook, document)

    def _settle(self, deed: str, entry: Entry, outcome: Outcome) -> None:
        """Remember what was said; a no is for whatever waits for the very same deed, too."""
        decision = _DECISIONS.get(outcome.code, "")
        for other in self._earlier.answered(deed, entry.id, decision, entry.note):
            self.answered(other, False, entry.who, f"the very same was denied as {entry.id}")

    def _abandon(self, action: Action, identifier: str, digest: str, latency_s: float) -> None:
        """Nobody waits any more: the agent left, or the session ends. Does not wait for the disk."""

        def withdraw() -> None:
            with contextlib.suppress(Unavailable):
                self._opened().withdraw(identifier)

        self._counts["withdrawn"] += 1
        self._thread.submit(withdraw)
        facts: dict[str, Any] = {"id": identifier, "action_sha256": digest, "request_id": action.request}
        facts["decision"] = "withdrawn"
        facts["latency_ms"] = round(latency_s * 1000)
        self._recorder.submit("approval.decided", facts, lingers=True)

    async def _record(self, kind: str, fields: dict[str, Any], **more: Any) -> None:
        await asyncio.wrap_future(self._recorder.submit(kind, {**fields, **more}))


_DECISIONS = {"approved": "approve", "approval_denied": "deny"}
_COUNTED = {
    "approved": "approved",
    "approval_denied": "denied",
    "approval_expired": "expired",
}


def _facts(action: Action, identifier: str, digest: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "action_sha256": digest,
        "request_id": action.request,
        "action": action.kind,
        "what": shorten(action.name),
        "where": shorten(action.where),
        "rule": action.rule,
        "reason": shorten(action.reason),
    }


def _outcome(entry: Entry, timeout_s: float) -> Outcome:
    if entry.state == "approved":
        return Outcome(True, "approved", "a person approved it", entry.id)
    if entry.state == "denied":
        return Outcome(False, "approval_denied", f"a person denied it{_noted(entry.note)}", entry.id)
    return Outcome(
        False, "approval_expired", f"no person decided within {timeout_s:g} seconds, which denies it", entry.id
    )


def _noted(note: str) -> str:
    """What the person said, for the agent. Where they sat is for the record alone."""
    return f": {note}" if note and note.isprintable() and note != _AT_TERMINAL else ""


def _decision(entry: Entry, outcome: Outcome, latency_s: float) -> dict[str, Any]:
    return {
        "decision": _DECISIONS.get(outcome.code, "expired"),
        "who": shorten(entry.who, 200),
        "note": shorten(entry.note, 500),
        "decided": entry.decided,
        "latency_ms": round(latency_s * 1000),
    }
