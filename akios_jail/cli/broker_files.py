"""How a command opens the traces and recordings that brokers have written, who may be an agent's by now."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from akios_jail.launcher import behalf
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import State
from akios_jail.radar import rows
from akios_jail.radar.rows import Elsewhere, Open, Rows


def opener(state: State) -> Open:
    """Opens files below the brokers' folder, by a child that may do what brokers may and nothing else."""
    above = os.path.join(state.path, "broker")

    @contextlib.contextmanager
    def opened(path: str, longest: int) -> Iterator[Rows]:
        with contextlib.ExitStack() as stack:
            try:
                requests, answers = stack.enter_context(behalf.served(state, rows.serve, path))
            except LaunchError as error:  # the folder has gone, or is a link by now
                raise OSError(error.message) from error
            yield Elsewhere(os.path.relpath(path, above), longest, requests, answers)

    return opened
