"""Step by step: the person at the terminal is shown each step, and says when its answer is given.

They are asked by the launcher's side (`launcher.stepping`), over a socket that nobody else has.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

#: A step's line on its way, in bytes.
LONGEST: Final = 2_000
_GO: Final = b"go"


class Pace:
    """Waits for a word before each step. `sock`: a packet for each line, and one for each word."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._owed = 0  # words that are to come

    async def proceed(self, line: str) -> bool:
        """Whether the step is wanted. Nobody there to say so means no.

        An agent that left before the word came may ask for the step again: the word for the line that stood there is
        none for this one, unless it is a no.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._sock, line.encode("utf-8", "replace")[:LONGEST])
            self._owed += 1
            while self._owed:
                word = await loop.sock_recv(self._sock, 16)
                self._owed -= 1
                if word != _GO:
                    return False
            return True
        except OSError:
            return False
