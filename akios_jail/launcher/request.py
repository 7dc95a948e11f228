"""What one session is asked for, by whom, and where it is kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from akios_jail.jail import identity
from akios_jail.launcher import broker, secrets, state, view
from akios_jail.launcher.options import RunOptions
from akios_jail.policy.plans import Plans

if TYPE_CHECKING:
    from akios_jail.policy.trust import Signer

#: Where the recording lies in the folder that brokers may change.
RECORDED: Final = "replayed"


class Again(NamedTuple):
    """A recorded session that runs once more. `shared`: what brokers may change, a folder of its own with the recording
    in it. `live_from`: after so many steps the real network is asked, None for never. `steps_fd`: where a person is
    asked before each step, -1 for nowhere. `layers`: under which
    it sees the folders that it may write to, by their paths, but for its workspace."""

    session: str
    shared: state.State
    until: int | None
    live_from: int | None
    steps_fd: int
    layers: dict[str, view.Layer]

    def told(self) -> dict[str, Any]:
        """What the broker is told of it."""
        folder = os.path.join(broker.STATE_FOLDER, RECORDED)
        return {"of": self.session, "folder": folder, "until": self.until, "live_from": self.live_from}


class Request(NamedTuple):
    """What one session is asked for, by whom, and where it is kept."""

    session_id: str
    options: RunOptions
    host: dict[str, str]  # the invoking environment
    store: state.State
    plans: Plans
    who: identity.Identity
    keys: secrets.Secrets
    signers: tuple[Signer, ...]
    again: Again | None = None

    @property
    def shared(self) -> state.State:
        """Where budgets, approvals and layers are."""
        return self.store if self.again is None else self.again.shared

    @property
    def name(self) -> str:
        return self.options.name or self.plans.name

    @property
    def idmapped(self) -> bool:
        """Whether owners on disk are translated for the agent, because the launcher is a real root."""
        return self.who.uid == identity.AGENT_ID
