"""Which trace is meant on a command line, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from akios_jail.cli.sessions import state, traces

if TYPE_CHECKING:
    from akios_jail.radar.reading import Trace


def read(session: str, state_dir: str) -> tuple[str, Trace]:
    """The id and the trace of a session that is named by the beginning of its id; the newest one for ""."""
    from akios_jail.cli.broker_files import opener
    from akios_jail.radar import reading, store

    folder = traces(state_dir)
    names = store.sessions(folder)
    found = [name for name in names if name.startswith(session or "ses_")]
    if session and len(found) > 1:
        raise click.UsageError(f"{session} is the beginning of {len(found)} sessions: {', '.join(found[:3])}, …")
    if not found:
        hint = "`akios sessions` lists them" if names else "no session has a trace yet"
        raise click.UsageError(f"there is no trace of {session or 'any session'}: {hint}")
    try:
        return found[0], reading.read(folder, found[0], opener(state(state_dir)))
    except reading.Unavailable as error:
        raise click.ClickException(str(error)) from error


def newest(number: int, state_dir: str) -> list[str]:
    """The ids of the newest sessions, the oldest of them first."""
    from akios_jail.radar import store

    return store.sessions(traces(state_dir))[:number][::-1]
