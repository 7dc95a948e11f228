"""The session's trace: what happens is handed over here, and a thread of its own makes steps of it and keeps them.

Nobody waits for the trace. Where it cannot keep up, payloads are left out and counted; steps never are. A file that
cannot be written ends the trace, not the session: what must be on record is in the audit log.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from queue import SimpleQueue
from typing import Any, Final

from akios_jail.radar import store
from akios_jail.radar.graph import Graph, Judged
from akios_jail.radar.replies import Reply
from akios_jail.radar.said import Request
from akios_jail.radar.steps import Edge, Step, StepType

#: Events that may wait; with more of them, payloads are left out.
BACKLOG: Final = 2_000
#: How long the thread waits for an answer to be ready, in seconds. It comes from this process, in milliseconds.
_PATIENCE_S: Final = 10.0
#: Sessions whose traces are kept; of more, the oldest are removed when a session begins.
KEPT: Final = 1_000

_Work = Callable[[Graph], tuple[list[Step], list[Edge]]]


class Tracer:
    """The trace of one session. Its methods are for the event loop and return at once."""

    def __init__(self, folder: str, session: str, facts: dict[str, Any]) -> None:
        self._folder = os.path.join(folder, "traces")
        self._session = session
        self._facts = facts
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._shed = 0
        self.failure: str | None = None

    def asked(self, request_id: str, request: Request, redacted: Collection[str]) -> None:
        """A call is about to go to a model; `redacted` as `Graph.asked` has it."""
        now = time.time()
        self._put(lambda graph: graph.asked(now, request_id, request, redacted))

    def answered(
        self, request_id: str, reply: Future[Reply | None], facts: dict[str, Any], judged: Sequence[Judged]
    ) -> None:
        """An answer is complete, or there will be none. `facts` and `judged` may still be added to until `reply` is
        done; what comes later of the same agent stands behind it."""
        now = time.time()

        def work(graph: Graph) -> tuple[list[Step], list[Edge]]:
            try:
                found = reply.result(_PATIENCE_S)
            except Late:
                found = None
            return graph.answered(now, request_id, found, facts, judged)

        self._put(work)

    def noted(self, type: StepType, request_id: str, facts: dict[str, Any]) -> None:
        """The agent did something else."""
        now = time.time()
        self._put(lambda graph: graph.noted(type, now, request_id, facts))

    def close(self, facts: dict[str, Any]) -> None:
        """The session is over: what is waiting is still written."""
        thread = self._thread
        if thread is not None:
            self._facts |= facts
            self._queue.put(None)
            thread.join()
            self._thread = None

    def _put(self, work: _Work) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="trace", daemon=True)
            self._thread.start()
        self._queue.put(work)

    def _run(self) -> None:
        graph = Graph()
        try:
            _keep_newest(self._folder)
            writer = store.Writer(self._folder, self._session)
            writer.add((), (), self._facts)
        except (OSError, sqlite3.Error) as error:
            self._failed(error)
            return
        try:
            while (work := self._queue.get()) is not None:
                steps, edges = work(graph)
                if self._queue.qsize() > BACKLOG:
                    self._shed += sum(bool(step.payload) for step in steps)
                    steps = [step._replace(payload=store.SHED) if step.payload else step for step in steps]
                writer.add(steps, edges)
            writer.add((), (), {**self._facts, **({"shed": self._shed} if self._shed else {})})
        except (OSError, sqlite3.Error) as error:
            self._failed(error)
        finally:
            with contextlib.suppress(sqlite3.Error):
                writer.close()

    def _failed(self, error: Exception) -> None:
        """Nothing more is kept; what still comes is let go."""
        self.failure = f"the trace could not be written: {error}"
        while self._queue.get() is not None:
            pass


def _keep_newest(folder: str) -> None:
    for session in store.sessions(folder)[KEPT:]:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, f"{session}.db{suffix}"))
