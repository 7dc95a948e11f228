"""What `akios run` and `akios report` write for continuous integration, and what an exit status says of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from akios_jail.incidents.session import Session

#: What a session ends with whose incidents are as grave as `--fail-on` says.
INCIDENTS: Final = 121
FORMS: Final = ("sarif", "junit", "markdown")
LEVELS: Final = ("error", "warning", "note", "never")


def told(form: str, sessions: Sequence[Session]) -> str:
    """The sessions in a format."""
    if form == "sarif":
        from akios_jail.incidents.sarif import sarif

        return sarif(sessions, _root(sessions))
    if form == "junit":
        from akios_jail.incidents.junit import junit

        return junit(sessions)
    from akios_jail.incidents.markdown import markdown

    return markdown(sessions)


def opened(output: str) -> int:
    """The file of this name, made if need be. `LaunchError` if it is anything else, or a link in the current folder or
    its repository leads there: an agent may have laid it. The caller closes the descriptor."""
    from akios_jail.launcher.report import open_report

    here = os.getcwd()
    laid = tuple(each for each in (here, _repository(here)) if each)
    return open_report(os.path.abspath(output), laid, os.geteuid(), os.getegid())


def write(fd: int, text: str, *, append: bool) -> None:
    """Replace a file's content, or add to it: a summary is one file for all steps of a job."""
    from akios_jail.launcher.report import put

    put(fd, text.encode("utf-8", "backslashreplace"), append=append)


def fails(sessions: Sequence[Session], level: str) -> bool:
    """Whether any incident is as grave as `level`."""
    from akios_jail.incidents.kinds import at_least

    worst = (incident.kind.level for session in sessions for incident in session.incidents)
    return level != "never" and any(at_least(each, level) for each in worst)


def _root(sessions: Sequence[Session]) -> str:
    """The repository in which the first policy is, from which code scanning counts paths; else the current folder."""
    return _repository(os.path.dirname(sessions[0].policy_path) if sessions else "") or os.getcwd()


def _repository(at: str) -> str:
    """The nearest folder from `at` on upwards that is a repository's, "" if there is none."""
    while at != (above := os.path.dirname(at)):  # the topmost is its own, and may be spelled //
        if os.path.lexists(os.path.join(at, ".git")):
            return at
        at = above
    return ""
