"""One session from start to exit status: the jail, its broker, and the events of both until the last one is over.

The order on the way in: broker first (it imports while the jail is built), then the cgroup, then the jail's process 1.
Two things must meet before the agent runs: the broker's word that the start is on record, with the session's CA
certificate, and the jail's sealed root. On the way out nothing stays: not when the agent ends, not when governance ends
it, not when this process is killed (the keeper sees to that).
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from typing import Any, Final

from akios_jail import kernel, messages
from akios_jail.jail import keeper, spawn
from akios_jail.jail.cgroups import Cgroup
from akios_jail.jail.errors import JailError
from akios_jail.jail.spec import JailSpec
from akios_jail.launcher import trust
from akios_jail.launcher.broker import BrokerProcess
from akios_jail.launcher.errors import GOVERNED, SETUP, LaunchError
from akios_jail.launcher.relay import Relay, stop_self
from akios_jail.launcher.report import Ending, Resources

GRACE_S: Final = 2.0  # between SIGTERM and SIGKILL when governance ends a session
CLOSING_S: Final = 10.0  # for the broker to put the session's end on record
_FORWARDED: Final = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP, signal.SIGUSR1,
                     signal.SIGUSR2}  # fmt: skip
_WATCHED: Final = _FORWARDED | {signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD}
_FROM_TERMINAL: Final = 128  # SI_KERNEL in siginfo: the terminal driver sent it to the whole foreground group


class Session:
    """The running session. `run` returns how it ended; `from_broker` and `resources` then hold what the report adds."""

    def __init__(
        self, session_id: str, spec: JailSpec, broker: BrokerProcess, cgroup: Cgroup, wall_time_s: float | None
    ) -> None:
        self._id = session_id
        self._spec = spec
        self._broker = broker
        self._cgroup = cgroup
        self._wall_time_s = wall_time_s
        self._relay = Relay()
        self._jail: spawn.Jail | None = None
        self._started = time.monotonic()
        self._deadline: float | None = None  # of the wall-time limit, later of the grace period
        self._ending: Ending | None = None  # governance's word, once it has spoken
        self._agent_status: int | None = None
        self._failure: LaunchError | None = None
        self._trusted = False
        self.from_broker: dict[str, Any] = {}
        self.resources = Resources(0.0, 0.0, 0)

    def run(self) -> Ending:
        """Start the jail, hold it to its end, and clean up. `LaunchError` if the agent never ran."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        guard = keeper.start(self._cgroup)
        guard.kill_also(self._broker.pidfd)
        signals = kernel.signalfd(_WATCHED)
        try:
            self._cgroup.create()
            self._jail = spawn.start(self._spec, self._cgroup.procs_fd())
            self._cgroup.attach(self._jail.pid)
            self._jail.go()
            self._serve(self._jail, signals)
            self._relay.drain()
            return self._conclude()
        finally:
            self._relay.suspend()
            self._tear_down()
            guard.dismiss()
            os.close(signals)

    # --- while it runs ---

    def _serve(self, jail: spawn.Jail, signals: int) -> None:
        """Handle events until the agent has ended or the jail has failed."""
        while self._agent_status is None and self._failure is None:
            poll = select.poll()
            for fd in (jail.channel.fileno(), self._broker.control.fileno(), signals):
                poll.register(fd, select.POLLIN)
            for fd, events in self._relay.interests().items():
                poll.register(fd, events)
            timeout = None if self._deadline is None else max(0.0, self._deadline - time.monotonic()) * 1000
            ready = poll.poll(timeout)
            if not ready and self._deadline is not None and time.monotonic() >= self._deadline:
                self._time_is_up(jail)
            for fd, events in ready:
                if fd == jail.channel.fileno():
                    self._from_jail(jail)
                elif fd == self._broker.control.fileno():
                    self._from_broker(jail)
                elif fd == signals:
                    self._from_signals(jail, signals)
                else:
                    self._relay.handle(fd, events)

    def _from_jail(self, jail: spawn.Jail) -> None:
        try:
            message = messages.receive(jail.channel)
        except (messages.ProtocolError, OSError):
            # Process 1 is gone without a word: killed from outside, or by the kernel for want of memory.
            self._agent_status = signal.SIGKILL
            return
        if message.type == "listening":
            messages.send(self._broker.control, "listen", {"session": self._id}, message.fds)
            _close(message.fds)
        elif message.type == "terminal":
            self._relay.attach(message.fds["master"])
        elif message.type == "unmapped":
            jail.map_identity()
        elif message.type == "started":
            if self._wall_time_s is not None and self._ending is None:
                self._deadline = time.monotonic() + self._wall_time_s
        elif message.type == "stopped":
            self._relay.suspend()
            stop_self()
            self._continue(jail)
        elif message.type == "exited":
            self._agent_status = int(message.fields["status"])
        elif message.type == "failed":
            fields = message.fields
            self._failure = LaunchError(
                f"could not {fields['step']}: {fields['cause']}", str(fields["remedy"]), int(fields["status"])
            )

    def _from_broker(self, jail: spawn.Jail) -> None:
        try:
            message = messages.receive(self._broker.control)
        except (messages.ProtocolError, OSError) as error:
            self._govern(jail, "broker_died", f"the broker ended unexpectedly ({error})", at_once=True)
            return
        if message.type == "ready":
            certificate = str(message.fields["ca_pem"]).encode()
            store = messages.read_blob(message.fds["java_truststore"]) if message.fds else None
            jail.trust(trust.public_roots() + b"\n" + certificate, certificate, store)
            self._trusted = True
        elif message.type == "end":
            self._govern(jail, str(message.fields["code"]), str(message.fields["reason"]))
        elif message.type == "failed":
            self._govern(jail, str(message.fields["code"]), str(message.fields["reason"]), at_once=True)
        else:
            _close(message.fds)
            self._govern(jail, "protocol", f"the broker sent an unexpected {message.type!r}", at_once=True)

    def _from_signals(self, jail: spawn.Jail, signals: int) -> None:
        for info in kernel.read_signals(signals):
            if info.number == signal.SIGWINCH:
                self._relay.resize()
            elif info.number == signal.SIGCONT:
                self._continue(jail)
            elif info.number in _FORWARDED:
                jail.signal(info.number, group=info.code == _FROM_TERMINAL)

    def _continue(self, jail: spawn.Jail) -> None:
        self._relay.resume()
        jail.signal(signal.SIGCONT, group=True)

    def _govern(self, jail: spawn.Jail, code: str, reason: str, *, at_once: bool = False) -> None:
        """Governance ends the session: ask the agent to stop, and soon make it. The first reason stands."""
        if self._ending is None:
            limits = (code,) if code == "wall_time" else ()
            if not self._trusted:
                self._failure = LaunchError(reason, _remedy(code), SETUP)
                return
            self._ending = Ending(GOVERNED, code=code, reason=reason, limits=limits)
        if at_once:
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

    # --- afterwards ---

    def _conclude(self) -> Ending:
        """The agent has ended: settle accounts with the cgroup and the broker."""
        if self._failure is not None:
            raise self._failure
        self._cgroup.kill()
        usage = self._cgroup.usage()
        self.resources = Resources(time.monotonic() - self._started, usage.cpu_s, usage.memory_peak_bytes)
        limits = [*(self._ending.limits if self._ending else ())]
        if usage.oom_kills:
            limits.append("memory")
        if usage.pids_refused:
            limits.append("pids")
        ending = self._ending or _agents_own(self._agent_status or 0)
        ending = ending._replace(limits=tuple(dict.fromkeys(limits)))
        self._close_broker(ending)
        return ending

    def _close_broker(self, ending: Ending) -> None:
        """Have the end put on record and collect what the broker knows for the report."""
        outcome = {
            "status": ending.status,
            "signal": ending.signal,
            "code": ending.code,
            "reason": ending.reason,
            "limits": list(ending.limits),
            "wall_s": round(self.resources.wall_s, 3),
            "cpu_s": round(self.resources.cpu_s, 3),
            "memory_peak_bytes": self.resources.memory_peak_bytes,
        }
        control = self._broker.control
        control.settimeout(CLOSING_S)
        try:
            messages.send(control, "end", {"session": self._id, "outcome": outcome})
            while (message := messages.receive(control)).type != "closed":
                _close(message.fds)
            report = json.loads(messages.read_blob(message.fds["report"]))
        except (OSError, ValueError, KeyError, RecursionError, messages.ProtocolError) as error:
            self.from_broker = {"broker_error": f"the broker did not close the session: {error}"}
            return
        self.from_broker = report if isinstance(report, dict) else {}

    def _tear_down(self) -> None:
        if self._jail is not None:
            self._jail.kill()
            self._jail.wait()
            self._jail.close()
        self._cgroup.kill()
        self._broker.kill()
        self._broker.close()
        self._cgroup.remove()


def _agents_own(status: int) -> Ending:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return Ending(128 + number, signal=number)
    return Ending(os.WEXITSTATUS(status))


def _remedy(code: str) -> str:
    if code == "audit_unavailable":
        return (
            "Nothing runs that cannot be recorded: free some space in the state folder, or name another (--state-dir)."
        )
    return "The state folder's broker.log may say more."


def _close(fds: dict[str, int]) -> None:
    for fd in fds.values():
        os.close(fd)


def open_session(control: socket.socket, fields: dict[str, Any], plan: bytes, audit_fd: int, seccomp: bytes) -> None:
    """Tell the broker of the session: who, under which plan, and where its records go."""
    fds = {"plan": messages.blob("plan", plan), "seccomp": messages.blob("seccomp", seccomp)}
    try:
        messages.send(control, "open", fields, fds | {"audit": audit_fd})
    except OSError as error:
        raise JailError("talk to the broker", str(error)) from error
    finally:
        _close(fds)
