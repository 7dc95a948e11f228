"""The session's trace: what happens is handed over here, and a thread of its own makes steps of it and keeps them.

Nobody waits for the trace. Where it cannot keep up, payloads are left out and counted; steps never are. A file that
cannot be written ends the trace, not the session: what must be on record is in the audit log. What cannot be made into
steps is a step that says so: an agent has no words that end its trace.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from os import path
from queue import Empty, SimpleQueue
from typing import Any, Final

from akios_jail.radar import store
from akios_jail.radar.graph import Graph, Judged
from akios_jail.radar.replies import Reply
from akios_jail.radar.said import Request
from akios_jail.radar.steps import SHED, Edge, Step, StepType

#: With more events waiting, or more bytes of calls and answers, payloads are left out.
BACKLOG: Final = 2_000
BACKLOG_BYTES: Final = 64 * 1024 * 1024
#: How long the thread waits for what is being looked through, in seconds. It comes from this process, in milliseconds.
_PATIENCE_S: Final = 30.0
#: Events that are written down together.
_TOGETHER: Final = 64

Made = tuple[list[Step], list[Edge]]
#: When, its number and that of the execution above it, facts, and its arguments if they may be kept.
Program = tuple[float, int, int, dict[str, Any], list[str] | None]
_Work = Callable[[Graph], Made]
Clean = Callable[[dict[str, Any]], dict[str, Any]]


class Tracer:
    """The trace of one session. Its methods are for the event loop and return at once.

    `clean`: takes out of fields and payloads what may not be written down.
    """

    def __init__(self, folder: str, session: str, facts: dict[str, Any], clean: Clean = lambda fields: fields) -> None:
        self._folder = path.join(folder, "traces")
        self._session = session
        self._facts = facts
        self._clean = clean
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._bytes = 0  # of what waits; changed by both threads, under the lock
        self._lock = threading.Lock()
        self.shed = 0
        self.failure: str | None = None

    @property
    def crowded(self) -> bool:
        """Whether so much waits that nothing large may be added to it."""
        return self._bytes > BACKLOG_BYTES

    def waits(self, size: int) -> None:
        """So many bytes more are kept for the thread, or, below zero, fewer."""
        with self._lock:
            self._bytes += size

    def asked(self, request_id: str, request: Callable[[], tuple[Request | None, Collection[str]]]) -> None:
        """A call is about to go to a model. `request`, for the thread: the call and `redacted` as `Graph.asked` has
        them; no call for one that may not be kept."""
        now = time.time()

        def work(graph: Graph) -> Made:
            found, redacted = request()
            if found is None:
                return graph.noted("prompt", now, request_id, {"unread": "it could not be looked through"})
            return graph.asked(now, request_id, found, redacted)

        self._put(work)

    def answered(
        self,
        request_id: str,
        reply: Future[Callable[[], Reply | None]],
        facts: Future[dict[str, Any]],
        judged: Sequence[Judged],
    ) -> None:
        """An answer is complete, or there will be none. What comes later of the same agent stands behind it, even if
        these futures are done later still; `judged` may be added to until then. `reply`: what the thread is to call."""
        now = time.time()

        def work(graph: Graph) -> Made:
            said = waited(facts) or {"unread": "it took too long"}
            read = waited(reply)
            return graph.answered(now, request_id, read() if read is not None else None, said, judged)

        self._put(work)

    def noted(
        self, type: StepType, request_id: str, facts: dict[str, Any], payload: dict[str, Any] | None = None
    ) -> None:
        """The agent did something else."""
        now = time.time()
        self._put(lambda graph: graph.noted(type, now, request_id, facts, payload))

    def executed(self, works: Callable[[], Iterable[Program]]) -> None:
        """The agent executed programs. `works`, for the thread: what `Graph.executed` is to be told of each."""

        def work(graph: Graph) -> Made:
            steps: list[Step] = []
            edges: list[Edge] = []
            for program in works():
                made = graph.executed(*program)
                steps += made[0]
                edges += made[1]
            return steps, edges

        self._put(work)

    def close(self, facts: dict[str, Any], patience_s: float = 60.0) -> dict[str, Any]:
        """The session is over: what is waiting is still written, if that does not take longer. What the report says of
        the trace: nothing if all of it was kept."""
        thread = self._thread
        if thread is not None:
            self._facts |= facts
            self._queue.put(None)
            thread.join(patience_s)
            if thread.is_alive():
                self.failure = "the trace was not written to its end"
            self._thread = None
        failed = {"failure": self.failure} if self.failure else {}
        return {**failed, **({"shed_payloads": self.shed} if self.shed else {})}

    def _put(self, work: _Work) -> None:
        if self.failure is not None:
            return
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="trace", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the machine has no room for one more
                self.failure = f"there is no trace: {error}"
                return
            self._thread = thread
        self._queue.put(work)

    def _run(self) -> None:
        writer = None
        try:
            writer = store.Writer(self._folder, self._session)
            writer.add((), (), self._facts)
            self._write(writer)
            writer.add((), (), {**self._facts, **({"shed": self.shed} if self.shed else {})})
        except Exception as error:
            self.failure = f"the trace ends early: {error}"
            if not isinstance(error, (OSError, sqlite3.Error, store.Full)):
                traceback.print_exc()
            with contextlib.suppress(Exception):  # whoever reads it is told, if that much can be written
                if writer is not None:
                    writer.add((), (), {**self._facts, "failure": self.failure})
            with contextlib.suppress(Empty):
                while True:  # what waited is let go; nothing more is put there
                    self._queue.get_nowait()
        finally:
            if writer is not None:
                with contextlib.suppress(sqlite3.Error):
                    writer.close()

    def _write(self, writer: store.Writer) -> None:
        """Make steps of what comes, and write them, until the session is over."""
        graph = Graph()
        while True:
            works = [self._queue.get()]
            while len(works) < _TOGETHER and not self._queue.empty():  # nobody else takes from it
                works.append(self._queue.get())
            steps: list[Step] = []
            edges: list[Edge] = []
            for work in works:
                if work is not None:
                    made = self._made(graph, work)
                    steps += made[0]
                    edges += made[1]
            writer.add(steps, edges)
            self.shed = writer.shed
            if None in works:
                return

    def _made(self, graph: Graph, work: _Work) -> Made:
        try:
            steps, edges = work(graph)
        except Exception as error:  # of a document that is not as any is that was thought of
            steps, edges = graph.noted("failure", time.time(), "", {"unread": type(error).__name__})
        if self._queue.qsize() > BACKLOG:
            steps = [step._replace(payload=SHED) if step.payload else step for step in steps]
        return [self._cleaned(step) for step in steps], [self._told(edge) for edge in edges]

    def _told(self, edge: Edge) -> Edge:
        """An edge whose evidence, which can name what an agent named, may be written down."""
        return edge._replace(evidence=self._clean({"evidence": edge.evidence})["evidence"]) if edge.evidence else edge

    def _cleaned(self, step: Step) -> Step:
        payload = self._clean(step.payload) if step.payload else step.payload
        return step._replace(fields=self._clean(step.fields), payload=payload)


def waited(future: Future[Any]) -> Any:
    """What was waited for; None if it does not come in time, or there is none."""
    try:
        return future.result(_PATIENCE_S)
    except Exception:
        return None
