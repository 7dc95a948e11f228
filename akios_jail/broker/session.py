"""One session as the broker knows it: who it is, what was decided, and what the launcher's report will say.

Light to import: a session is opened, and its start is on record, before any HTTP library is loaded.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from akios_jail.audit.journal import Journal
from akios_jail.audit.leaf import Leaf
from akios_jail.broker.opening import Opening, Replay
from akios_jail.broker.recorder import Recorder
from akios_jail.broker.tally import Tally, shorten
from akios_jail.credentials.keys import Held
from akios_jail.policy import action

if TYPE_CHECKING:
    from concurrent.futures import Future

    from akios_jail.broker.money.account import Account
    from akios_jail.broker.personal import Personal
    from akios_jail.broker.replay.decisions import Decisions
    from akios_jail.broker.replay.player import Player
    from akios_jail.broker.tape import Tape
    from akios_jail.broker.tools.desk import Desk
    from akios_jail.broker.tracer import Tracer
    from akios_jail.broker.webhook import Webhooks
    from akios_jail.credentials.find import Finder
    from akios_jail.credentials.scrub import Scrubber
    from akios_jail.flux.routing import Standing
    from akios_jail.policy.decide import Decider


class Session:
    """An open session. `notify` tells the launcher: `notify(message type, fields)`, from any thread."""

    def __init__(
        self,
        opening: Opening,
        journal: Journal,
        notify: Callable[[str, dict[str, Any]], None],
        held: tuple[Held, ...] = (),
    ) -> None:
        self.opening = opening
        self.held = held
        self.id = opening.id
        self.plan = opening.plan
        self._notify = notify
        self._ended = False
        self.recorder = Recorder(journal, opening.id, opening.policy_sha256, self._audit_failed, self.clean)
        self.tally = Tally()
        self.summary: dict[str, Any] | None = None  # of a session that its budget ended
        self.player: Player | None = None  # of a session that runs again
        self.webhooks: Webhooks | None = None  # once the session has its way out
        self.standing: Callable[[], Standing] | None = None

    @functools.cached_property
    def decider(self) -> Decider:
        """The policy, made ready for quick decisions. First asked for when the session is served: CEL is heavy."""
        from akios_jail.policy.decide import Decider

        return Decider(self.plan)

    @functools.cached_property
    def account(self) -> Account:
        """What the session may spend. First asked for when the session is served."""
        from akios_jail.broker.money.account import Account

        account = Account(self.plan, self.id, self.opening.name, self.state_folder, self.note, self.end)
        self.standing = account.standing
        return account

    @property
    def facts(self) -> action.Session:
        """What conditions may know of this session."""
        return action.Session(self.id, self.opening.name)

    @property
    def state_folder(self) -> str:
        """Where what outlives the session is kept: budgets and approvals, shared by all brokers of the machine."""
        return self.opening.options.state_folder

    def start(self) -> Leaf:
        """Put the session's start on record, durably. `AuditUnavailable` if it cannot be: then there is no session."""
        opening = self.opening
        return self.recorder.now(
            "session.start",
            {
                "name": shorten(opening.name),
                "program": shorten(opening.argv[0]),
                "argc": len(opening.argv),
                "argv_sha256": opening.argv_sha256,
                "policy_name": opening.policy_name,
                **({"flux_sha256": opening.flux_sha256} if opening.flux_sha256 else {}),
                **({"base_sha256s": list(opening.base_sha256s)} if opening.base_sha256s else {}),
                **({"signed_by": [f"{name} {key}" for name, key in opening.signers]} if opening.signers else {}),
                **(_again(opening.replay) if opening.replay is not None else {}),
                "uid": opening.uid,
                "connect_to": [":".join(map(str, mapping)) for mapping in opening.options.connect_to[:64]],
            },
        )

    @functools.cached_property
    def finder(self) -> Finder | None:
        """Looks for placeholders and keys where they must not be; None where there are none."""
        if not self.held:
            return None
        from akios_jail.credentials.find import Finder

        return Finder(self.held)

    @functools.cached_property
    def scrubber(self) -> Scrubber | None:
        """Takes keys out; None where there are none. Made before the agent's first connection is served."""
        if not self.held:
            return None
        from akios_jail.credentials.scrub import Scrubber

        return Scrubber(self.held)

    @functools.cached_property
    def personal(self) -> Personal | None:
        """How personal data is looked for, and what stands for what. First asked for when the session is served."""
        if self.plan.pii.mode == "off":
            return None
        from akios_jail.broker.personal import Personal

        folder = self.opening.options.trigger_folder
        return Personal(self.plan, folder, lambda: self.tell("compiled", {}))

    @functools.cached_property
    def tracer(self) -> Tracer:
        """Where what happens is handed over for the trace. First asked for when the session is served."""
        from akios_jail.broker.tracer import Tracer

        return Tracer(self.state_folder, self.id, self.clean(self._facts()), self._kept)

    @functools.cached_property
    def tape(self) -> Tape:
        """Where what happens is handed over to be recorded. First asked for when the session is served."""
        from akios_jail.broker.tape import Tape

        return Tape(self, self.clean(self._facts()), self._kept)

    @functools.cached_property
    def desk(self) -> Desk | Decisions:
        """Where people are asked. First asked for in the event loop, by the first action that waits."""
        if self.player is not None:
            from akios_jail.broker.replay.decisions import Decisions

            return Decisions(self.player.approvals, self.player.is_live)
        from akios_jail.broker.tools.desk import Desk

        path = os.path.join(self.state_folder, "approvals.db")
        return Desk(self.plan.approvals, path, self.tally.approvals, self.recorder, self.tell, self._post)

    def _facts(self) -> dict[str, Any]:
        """What trace and recording say of the session as a whole."""
        return {
            "agent": self.opening.name,
            "program": shorten(self.opening.argv[0]),
            "policy": self.opening.policy_name,
            "policy_sha256": self.opening.policy_sha256,
            "started": self.opening.started,
        }

    def _post(self, url: str, document: dict[str, Any]) -> None:
        if self.webhooks is not None:
            self.webhooks.post(url, document)

    def tell(self, kind: str, fields: dict[str, Any]) -> None:
        """Send the launcher a message about this session."""
        self._notify(kind, {"session": self.id, **self.clean(fields)})

    def violated(self, code: str, reason: str, fields: dict[str, Any]) -> Future[Leaf]:
        """The agent did what no honest one does: counted, and durably on record when the future is done."""
        self.tally.violations += 1
        return self.recorder.submit("session.violation", {"code": code, "reason": shorten(reason), **fields})

    def note(self, kind: str, fields: dict[str, Any]) -> None:
        """Put something on record that nobody waits for."""
        self.recorder.submit(kind, fields, lingers=True)

    def end(self, code: str, reason: str) -> None:
        """Governance ends the session: the launcher is told to kill the agent. Only the first call counts."""
        if not self._ended:
            self._ended = True
            self.tell("end", {"code": code, "reason": reason})

    def finish(self, outcome: dict[str, Any], patience_s: float = 60.0) -> dict[str, Any]:
        """Put the session's end on record and return what the broker adds to the run report. `patience_s`: how long the
        end of the trace may take.

        `AuditUnavailable` if the end could not be recorded.
        """
        summary = None
        if self.summary is not None:  # the text is not for the record, which holds no payloads
            summary = {name: value for name, value in self.summary.items() if name not in ("text", "cost")}
        ended = {"outcome": outcome, **self.tally.summary(), **({"summary": summary} if summary is not None else {})}
        self.recorder.now("session.end", ended)
        self.recorder.close()
        if "desk" in self.__dict__:  # somebody was asked
            self.desk.close()
        traced: dict[str, Any] = {}
        if "tracer" in self.__dict__:
            traced = self.tracer.close({"outcome": outcome, "violations": self.tally.violations}, patience_s)
        taped: dict[str, Any] = {}
        if "tape" in self.__dict__:
            taped = self.tape.close({"outcome": outcome}, patience_s)
        personal: Personal | None = self.__dict__.get("personal")
        if personal is not None:
            personal.wipe()
        return {
            **self.clean(self.tally.report()),
            **(self.clean({"summary": self.summary}) if self.summary is not None else {}),
            **({"trace": traced} if traced else {}),
            **({"recording": taped} if taped else {}),
            **(self.clean({"replay": self.player.report()}) if self.player is not None else {}),
        }

    def clean(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Without keys: an agent may have found one elsewhere, and put it into a path or a name that is written down.

        A session that has not been served yet has heard nothing of its agent, and needs nothing loaded for it.
        """
        scrubber = self.__dict__.get("scrubber")
        if scrubber is None:
            return fields
        clean: dict[str, Any] = scrubber.everything(fields)
        return clean

    def _kept(self, fields: dict[str, Any]) -> dict[str, Any]:
        """What the trace may keep of this: no keys, and no personal data where it is looked for."""
        clean = self.clean(fields)
        personal: Personal | None = self.__dict__.get("personal")
        return clean if personal is None else cast("dict[str, Any]", personal.hidden(clean))

    def _audit_failed(self, reason: str) -> None:
        self.end("audit_unavailable", reason)


def _again(replay: Replay) -> dict[str, Any]:
    """What the record says of a session that runs again: which it was, and whether and from where it goes on live."""
    live = {} if replay.live_from is None else {"live_from": replay.live_from}
    return {"replay_of": replay.of, **live}
