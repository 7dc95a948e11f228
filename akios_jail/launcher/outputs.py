"""The files that a session leaves for people: opened before its agent runs, and looked for when the agent is dead.

Afterwards their paths may lead elsewhere, so they are written by descriptor. An agent that may write where they lie can
still put something of its own in their place, which somebody would take for ours: that is found, and said.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from akios_jail.launcher import invoker, report, view
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.request import Request


class _File(NamedTuple):
    path: str
    fd: int


class Outputs:
    """The files of a session. `report_fd`: of its report, -1 for none; `fds`: of `RunOptions.outputs` and then of its
    summary, if there is to be one. Whoever uses these closes them."""

    def __init__(self, request: Request) -> None:
        options, self._home = request.options, invoker.home(request.host)
        shown = view.shown_paths(request.plans.jail, options.ro, options.rw, options.invocation_dir, self._home)
        self._laid = view.writable(shown)
        self._request = request
        self._report = tuple(map(self._opened, (options.report,) if options.report else ()))
        self._made = tuple(map(self._opened, options.outputs))
        self._added = tuple(map(self._opened, (options.summary,) if options.summary else ()))
        self._files = (*self._report, *self._made, *self._added)
        if len({(status.st_dev, status.st_ino) for status in self._statuses()}) < len(self._files):
            raise LaunchError("two outputs of the session are the same file", "Name a file for each.", USAGE)
        for file in (*self._report, *self._made):
            # A session that leaves nothing must not be taken for the one before it.
            os.ftruncate(file.fd, 0)
        self.report_fd = self._report[0].fd if self._report else -1
        self.fds = tuple(file.fd for file in (*self._made, *self._added))

    def replaced(self) -> tuple[str, ...]:
        """The paths that no longer lead to the files that were opened."""
        return tuple(
            file.path
            for file, status in zip(self._files, self._statuses(), strict=True)
            if not report.leads_to(file.path, self._laid, status)
        )

    def _opened(self, given: str) -> _File:
        path = view.absolute(given, self._request.options.invocation_dir, self._home)
        return _File(path, report.open_report(path, self._laid, self._request.who.uid, self._request.who.gid))

    def _statuses(self) -> list[os.stat_result]:
        return [os.fstat(file.fd) for file in self._files]
