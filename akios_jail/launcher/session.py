"""One session from start to exit status: the jail, its broker, and the events of both until the last one is over.

The order on the way in: broker first (it imports while the jail is built), then the cgroup, then the jail's process 1.
Two things must meet before the agent runs: the broker's word that the start is on record, with the session's CA
certificate, and the jail's sealed root. On the way out nothing stays: not when the agent ends, not when governance ends
it, not when this process is killed (the keeper sees to that).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, Final

from akios_jail import kernel, messages
from akios_jail.jail import keeper, spawn
from akios_jail.jail.cgroups import Cgroup
from akios_jail.jail.spec import JailSpec
from akios_jail.launcher import aside, broker_walls, broker_words, signals, trust
from akios_jail.launcher.broker import BrokerProcess
from akios_jail.launcher.errors import GOVERNED, SETUP, LaunchError
from akios_jail.launcher.prompt import Answer, Prompt, read_outcome, read_question
from akios_jail.launcher.relay import Relay, can_stop, stop_self
from akios_jail.launcher.report import Ending, Resources
from akios_jail.launcher.room import Room, written
from akios_jail.launcher.sequencing import Sealed, Sequencing

GRACE_S: Final = 2.0  # between SIGTERM and SIGKILL when governance ends a session
TERMINAL_S: Final = 0.5  # after which a question that waits for the terminal looks whether it is free
_FROM_TERMINAL: Final = 128  # SI_KERNEL in siginfo: the terminal driver sent it to the whole foreground group
_LIMITS: Final = {"wall_time": "wall_time", "disk_full": "disk"}  # that this process watches, by what ends the session


class Session:
    """The running session. `run` returns how it ended; `from_broker` and `resources` then hold what the report adds."""

    def __init__(
        self,
        session_id: str,
        spec: JailSpec,
        broker: BrokerProcess,
        cgroup: Cgroup,
        record: Sequencing,
        wall_time_s: float | None,
        who: Callable[[], str] = str,
        say: Callable[[str], None] = aside.say,
        approve: str = "akios approvals approve",
        *,
        keep_triggers: Callable[[], None],
        changed: Callable[[], bytes] = bytes,
    ) -> None:
        self._id = session_id
        self._who = who  # the person at the terminal, asked for only if they decide something
        self._spec = spec
        self._broker = broker
        self._cgroup = cgroup
        # The broker is not of the jail: an agent that uses up its own limits must not use up its broker's.
        self._broker_cgroup = cgroup.beside("broker", broker_walls.limits(broker_walls.machine_memory()))
        self._record = record
        self._wall_time_s = wall_time_s
        self._relay = Relay()
        self._prompt = Prompt(self._relay, say, approve)
        self._room = Room(spec.operations)
        self._keep_triggers: Callable[[], None] | None = keep_triggers  # None when it has been done
        self._changed = changed  # what the session did to files, for the broker; asked for when its agent is dead
        self._jail: spawn.Jail | None = None
        self._started = time.monotonic()
        self._deadline: float | None = None  # of the wall-time limit, later of the grace period
        self._ending: Ending | None = None  # governance's word, once it has spoken
        self._agent_status: int | None = None
        self._failure: LaunchError | None = None
        self._trusted = False  # the broker has said that the session's start is on record
        # What the jail says before its agent runs, once each and in this order.
        self._steps = ["listening", *(("terminal",) if spec.terminal else ())]
        self._steps += [*(() if spec.identity.rootless else ("unmapped",))]
        self._steps += [*(("observed",) if spec.observed else ()), "started"]
        self._guard: keeper.Keeper | None = None
        self._to_broker: socket.socket | None = None  # the keeper's way to tell it what the agent executes
        self._early_signals: list[kernel.SignalInfo] = []
        self.from_broker: dict[str, Any] = {}
        self.resources = Resources(0.0, 0.0, 0)

    @property
    def missing(self) -> tuple[str, ...]:
        """Limits that could not be had, of a session for which they are optional, each a sentence."""
        return tuple(dict.fromkeys(self._cgroup.missing + self._broker_cgroup.missing))

    @property
    def _running(self) -> bool:
        return not self._steps

    def run(self) -> Ending:
        """Start the jail, hold it to its end, and clean up. `LaunchError` if the agent never ran."""
        try:
            signal_fd = kernel.signalfd(signals.hold())
            guard = keeper.start(self._cgroup, self._broker_cgroup)
            guard.kill_also(self._broker.pidfd)
            self._guard = guard
            self._relay.keeper = self._record.keeper = guard
        except BaseException:
            self._broker.kill()
            self._broker.close()
            raise
        try:
            self._cgroup.create(guard.pid, (os.getpid(), self._broker.pid))
            self._jail = spawn.start(self._spec, self._cgroup.procs_fd())
            self._cgroup.attach(self._jail.pid)  # while the jail is being built: the first time costs 15 ms on v1
            self._broker_cgroup.create()
            self._broker_cgroup.attach(self._broker.pid)
            self._serve(self._jail, signal_fd)
            self._prompt.close()
            self._relay.drain()
            return self._conclude()
        finally:
            self._prompt.close()
            self._relay.suspend()
            os.close(signal_fd)
            self._tear_down()
            guard.dismiss()  # not when that failed: the keeper tries again when this process has ended

    # --- while it runs ---

    def _serve(self, jail: spawn.Jail, signal_fd: int) -> None:
        """Handle events until the agent has ended or the jail has failed."""
        while self._agent_status is None and self._failure is None:
            # Looked at on every turn: an agent that keeps this process busy must not outlive its time by that.
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._time_is_up(jail)
            if self._room.due is not None and time.monotonic() >= self._room.due:
                self._look_for_room(jail)
            if self._prompt.waits:
                self._prompt.proceed()
            poll = select.poll()
            keeper_fd = self._guard.fileno() if self._guard is not None and self._spec.observed else -1
            for fd in (jail.channel.fileno(), self._broker.control.fileno(), signal_fd, self._record.fd, keeper_fd):
                if fd >= 0:
                    poll.register(fd, select.POLLIN)
            for fd, events in (self._relay.interests() | self._prompt.interests()).items():
                poll.register(fd, events)
            for fd, events in poll.poll(self._patience_ms()):
                if fd == jail.channel.fileno():
                    self._from_jail(jail)
                elif fd == self._broker.control.fileno():
                    self._from_broker(jail)
                elif fd == signal_fd:
                    self._from_signals(jail, signal_fd)
                elif fd == self._record.fd:
                    self._govern(jail, "audit_unavailable", self._record.failure(), at_once=True)
                elif fd == keeper_fd:
                    self._unobserved(jail)
                elif fd == self._prompt.fd:
                    self._tell(self._prompt.handle())
                else:
                    self._relay.handle(fd, events)
                    self._prompt.proceed()

    def _patience_ms(self) -> float | None:
        """How long nothing need be done unless something happens; None for ever."""
        moments = [each for each in (self._deadline, self._room.due) if each is not None]
        waits = [max(0.0, moment - time.monotonic()) for moment in moments]
        waits += [TERMINAL_S] if self._prompt.waits else []
        return min(waits) * 1000 if waits else None

    def _from_jail(self, jail: spawn.Jail) -> None:
        """One message of process 1, which is as powerless as the agent once that runs, and trusted no more."""
        try:
            message = messages.receive(jail.channel)
        except (messages.ProtocolError, OSError):
            self._jail_is_gone()
            return
        try:
            self._heed_jail(jail, message)
        except messages.ProtocolError as error:
            self._govern(jail, "protocol", f"process 1 of the jail broke the protocol: {error}", at_once=True)
        finally:
            messages.close_all(message.fds)

    def _jail_is_gone(self) -> None:
        """Process 1 ended without a word: killed from outside, or by the kernel for want of memory."""
        if self._running or self._ending is not None:
            self._agent_status = signal.SIGKILL
            return
        why, remedy = "its first process was killed", ""
        if self._cgroup.usage().oom_kills:
            why = f"{why}: the session's memory limit is too small"
            remedy = "Raise spec.resources.memory in the policy."
        self._failure = LaunchError(f"could not set up the jail: {why}", remedy)

    def _heed_jail(self, jail: spawn.Jail, message: messages.Message) -> None:
        if self._running:
            if message.type == "stopped":
                self._pause(jail)
            elif message.type == "exited":
                self._agent_status = message.number("status")
            else:
                raise messages.ProtocolError(f"unexpected {message.type!r}")
            return
        if message.type == "failed":
            text = f"could not {message.text('step')}: {message.text('cause')}"
            self._failure = LaunchError(text, message.text("remedy"), message.number("status"))
            return
        if message.type != self._steps[0]:
            raise messages.ProtocolError(f"{message.type!r} instead of {self._steps[0]!r}")
        del self._steps[0]
        if message.type == "listening":
            self._pass_listeners(message)
            try:
                self._record.begin()
            except OSError as error:
                reason = f"no process can be started to write the audit log: {error.strerror}"
                self._govern(jail, "audit_unavailable", reason, at_once=True)
        elif message.type == "terminal":
            self._relay.attach(message.take("master"))
        elif message.type == "unmapped":
            with contextlib.suppress(OSError):
                jail.map_identity()
        elif message.type == "observed":
            self._observe(message.take("listener"))
        else:
            self._agent_runs(jail)

    def _pass_listeners(self, message: messages.Message) -> None:
        """To the broker; and a socket on which it hears what the agent executes."""
        if self._spec.observed:
            self._to_broker, message.fds["executions"] = _connected()
        with contextlib.suppress(OSError):  # a broker that is gone is noticed where its messages are read
            messages.send(self._broker.control, "listen", {"session": self._id}, message.fds)

    def _observe(self, listener: int) -> None:
        """Give the keeper what it needs to hear what the agent executes, and keep none of it."""
        assert self._guard is not None
        assert self._to_broker is not None
        with contextlib.suppress(OSError):  # a keeper that is gone is noticed where it is listened to
            self._guard.observe(listener, self._to_broker)
        self._to_broker.close()
        os.close(listener)

    def _unobserved(self, jail: spawn.Jail) -> None:
        """Nobody hears what the agent executes any more: each of its processes gets ENOSYS, and the session ends."""
        reason = "the process that observes what the agent executes ended unexpectedly"
        self._govern(jail, "observer_died", reason, at_once=True)

    def _agent_runs(self, jail: spawn.Jail) -> None:
        if self._wall_time_s is not None and self._ending is None:
            self._deadline = time.monotonic() + self._wall_time_s
        self._relay.begin()
        for info in self._early_signals:
            self._forward(jail, info)

    def _pause(self, jail: spawn.Jail) -> None:
        """The agent has stopped, and so does this process where a shell is there to continue it.

        The whole jail stands still meanwhile: nobody watches its limits, and one of its processes may continue another.
        """
        if not can_stop():
            return
        self._prompt.pause()
        self._relay.suspend()
        self._cgroup.freeze()
        try:
            stop_self()
        finally:
            self._cgroup.thaw()
        self._continue(jail)

    def _from_broker(self, jail: spawn.Jail) -> None:
        """One message of the broker, which reads hostile bytes: every field is checked before it is used."""
        try:
            message = messages.receive(self._broker.control)
        except (messages.ProtocolError, OSError) as error:
            reason = f"the broker ended unexpectedly ({error})"
            if self._broker_cgroup.usage().oom_kills:
                reason = "the broker was ended by the kernel: it used more memory than a broker may"
            self._govern(jail, "broker_died", reason, at_once=True)
            return
        try:
            self._heed_broker(jail, message)
        except (messages.ProtocolError, OSError, ValueError) as error:
            self._govern(jail, "protocol", f"the broker broke the protocol: {error}", at_once=True)
        finally:
            messages.close_all(message.fds)

    def _heed_broker(self, jail: spawn.Jail, message: messages.Message) -> None:
        if message.type == "ready" and not self._trusted:
            certificate = message.text("ca_pem").encode()
            java = self._spec.trust.java_over
            store = messages.read_blob(message.take("java_truststore")) if java else None
            self._trusted = True
            try:
                jail.trust(trust.public_roots() + b"\n" + certificate, certificate, store)
            except OSError:
                jail.kill()  # it is gone, or out of reach; what it said last is still to be read
        elif message.type == "failed" and message.fields.get("code") == "broker_setup" and not self._trusted:
            self._failure = broker_words.not_started(message)
        elif message.type in ("end", "failed"):
            code, reason = (broker_words.told(message, name) for name in ("code", "reason"))
            self._govern(jail, code, reason, at_once=message.type == "failed")
        elif message.type == "ask":
            self._prompt.ask(read_question(message))
        elif message.type == "asked":
            self._prompt.forget(*read_outcome(message))
        elif message.type == "compiled" and self._keep_triggers is not None:
            keep, self._keep_triggers = self._keep_triggers, None
            keep()
        else:
            raise messages.ProtocolError(f"unexpected {message.type!r}")

    def _from_signals(self, jail: spawn.Jail, signal_fd: int) -> None:
        for info in kernel.read_signals(signal_fd):
            if info.number == signal.SIGWINCH:
                self._relay.resize()
            elif info.number == signal.SIGCONT:
                self._continue(jail)
            elif info.number in signals.FORWARDED:
                if info.number in signals.ENDING:
                    self._tell(self._prompt.interrupt())
                self._forward(jail, info)

    def _tell(self, answer: Answer | None) -> None:
        """Tell the broker what the person said."""
        if answer is not None:
            fields = {"session": self._id, "id": answer.id, "decision": answer.decision, "who": self._who()}
            with contextlib.suppress(OSError):  # a broker that is gone is noticed where its messages are read
                messages.send(self._broker.control, "answer", fields, wait=False)

    def _forward(self, jail: spawn.Jail, info: kernel.SignalInfo) -> None:
        """Pass a signal on to the agent. Before there is one: it ends the session, or waits for the agent's start."""
        if self._running:
            jail.signal(info.number, group=info.code == _FROM_TERMINAL)
        elif info.number in signals.ENDING:
            name = signal.Signals(info.number).name
            self._failure = LaunchError(f"interrupted by {name} before the agent ran", status=128 + info.number)
        else:
            self._early_signals.append(info)

    def _continue(self, jail: spawn.Jail) -> None:
        self._relay.resume()
        self._prompt.proceed()
        if self._running:
            jail.signal(signal.SIGCONT, group=True)

    def _govern(self, jail: spawn.Jail, code: str, reason: str, *, at_once: bool = False) -> None:
        """Governance ends the session: ask the agent to stop, and soon make it. The first reason stands."""
        if self._ending is None:
            limits = (_LIMITS[code],) if code in _LIMITS else ()
            if not self._trusted:
                self._failure = LaunchError(reason, broker_words.remedy(code), SETUP)
                return
            self._ending = Ending(GOVERNED, code=code, reason=reason, limits=limits)
        elif not at_once:
            return  # it has been asked already; asking again would only put off the end
        if at_once or not self._running:
            jail.kill()
            self._deadline = None
        else:
            jail.signal(signal.SIGTERM, group=True)
            jail.signal(signal.SIGCONT, group=True)
            self._deadline = time.monotonic() + GRACE_S

    def _time_is_up(self, jail: spawn.Jail) -> None:
        if self._ending is None:
            self._govern(jail, "wall_time", f"the wall-time limit of {self._wall_time_s:g} s was reached")
        else:
            jail.kill()
            self._deadline = None

    def _look_for_room(self, jail: spawn.Jail) -> None:
        """What an agent writes to the host's disks must not be all that is on them."""
        scarce = self._room.look(lambda: written(jail.pid))
        if scarce:
            self._room.close()
            self._govern(jail, "disk_full", scarce, at_once=True)

    # --- afterwards ---

    def _conclude(self) -> Ending:
        """The agent has ended: settle accounts with the cgroup and the broker."""
        if self._failure is not None:
            ending = Ending(self._failure.status, code="not_started", reason=self._failure.message)
            self._put_on_record(ending, asked=self._trusted)  # the start is on record, so the end must be
            raise self._failure
        self._cgroup.kill()
        if self._spec.observed and self._guard is not None:
            self._guard.settle()
        usage = self._cgroup.usage()
        self.resources = Resources(time.monotonic() - self._started, usage.cpu_s, usage.memory_peak_bytes)
        limits = [*(self._ending.limits if self._ending else ())]
        if usage.oom_kills:
            limits.append("memory")
        if usage.pids_refused:
            limits.append("pids")
        ending = self._ending or _agents_own(self._agent_status or 0)
        ending = ending._replace(limits=tuple(dict.fromkeys(limits)))
        self._put_on_record(ending, asked=True)
        return ending

    def _put_on_record(self, ending: Ending, *, asked: bool) -> None:
        """Have the session's end put on record, by the broker if it does as it is `asked`, and all of it in the log."""
        outcome = self._outcome(ending)
        error = self._close_broker(outcome) if asked else "the broker never said that the session's start is on record"
        end = None
        self._broker.kill()  # what it still loads for an agent that is over would only be in the way
        if error:
            # Readable when the process has ended.
            if not select.select([self._broker.pidfd], [], [], broker_words.CLOSING_S)[0]:
                self._record.sealed = Sealed(error="the broker does not end; the next session brings the rest")
                return
            end = {"outcome": outcome, "broker_error": error}
        self._record.seal(end)

    def _outcome(self, ending: Ending) -> dict[str, Any]:
        return {
            "status": ending.status,
            "signal": ending.signal,
            "code": ending.code,
            "reason": ending.reason,
            "limits": list(ending.limits),
            "wall_s": round(self.resources.wall_s, 3),
            "cpu_s": round(self.resources.cpu_s, 3),
            "memory_peak_bytes": self.resources.memory_peak_bytes,
        }

    def _close_broker(self, outcome: dict[str, Any]) -> str:
        """Collect what the broker knows for the report when it has put the end on record; why it has not, or ""."""
        try:
            changed = self._changed() if self._running else b""
            self.from_broker = broker_words.close_session(self._broker.control, self._id, outcome, changed)
        except (OSError, ValueError, RecursionError, messages.ProtocolError) as error:
            self.from_broker = {"broker_error": f"the broker did not close the session: {error}"}
            return str(error)
        return ""

    def _tear_down(self) -> None:
        """End and remove everything, each thing even if another cannot be."""
        with contextlib.ExitStack() as last_first:
            last_first.callback(self._cgroup.remove)
            last_first.callback(self._broker_cgroup.remove)
            last_first.callback(self._broker.close)
            last_first.callback(self._broker.kill)
            last_first.callback(self._cgroup.kill)
            last_first.callback(self._room.close)
            if self._jail is not None:
                last_first.callback(self._jail.close)
                last_first.callback(self._jail.wait)
                last_first.callback(self._jail.kill)


def _connected() -> tuple[socket.socket, int]:
    """Two ends of one connection, the second as a descriptor."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return one, other.detach()


def _agents_own(status: int) -> Ending:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return Ending(128 + number, signal=number)
    return Ending(os.WEXITSTATUS(status))
