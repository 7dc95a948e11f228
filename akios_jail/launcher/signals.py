"""Which signals a session acts on, and how they are kept from interrupting it anywhere else."""

from __future__ import annotations

import signal
from typing import Final

#: What asks a session to end; all of `FORWARDED` is passed on to a running agent.
ENDING: Final = frozenset((signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM))
FORWARDED: Final = ENDING | {signal.SIGTSTP, signal.SIGUSR1, signal.SIGUSR2}
_WATCHED: Final = FORWARDED | {signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD}


def hold() -> frozenset[signal.Signals]:
    """Block the signals that a session acts on and return them, for a `signalfd`.

    From here on none of them interrupts the set-up half-way, in this process or in a child that is not yet its own.
    Those that the caller ignores (nohup, a script's background jobs) stay ignored.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would keep the end of every child from us
    held = frozenset(number for number in _WATCHED if signal.getsignal(number) is not signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, held)
    return held
