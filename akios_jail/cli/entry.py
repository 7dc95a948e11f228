"""Where the `akios` command begins: Ctrl-C while its modules are loaded ends it, and not with a traceback.

What says in words how a command ended has to be loaded first, and that takes some tens of milliseconds.
"""

from __future__ import annotations

import signal
from typing import NoReturn


def main() -> NoReturn:
    """The `akios` command."""
    found = signal.getsignal(signal.SIGINT)
    if found is signal.default_int_handler:  # not where it is ignored, as in the background of a script
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from akios_jail.cli import main as command

    signal.signal(signal.SIGINT, found)
    command.main()
