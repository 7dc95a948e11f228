"""Process 1 of the jail: builds it from inside, starts the agent, reaps, relays signals and reports how it ended.

It is a fork of the launcher, so that no interpreter starts on this path. It first holds (as root, or rootless in a user
namespace of its own) the privileges that the
set-up needs and then gives all of them up; when it supervises, it is as powerless as the agent, and the kernel ignores
what the agent may send to it (pid 1 of a namespace gets no signal that it does not handle). When it ends, for whatever
reason, the kernel kills every process of the jail; it ends when the launcher does.

The order of the steps matters; each failure says which step it was.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import socket
from collections.abc import Callable
from typing import Final, NoReturn

from akios_jail import kernel, messages
from akios_jail.jail import executions, identity, landlock, network, rlimits, rootfs, terminal
from akios_jail.jail.errors import JailError
from akios_jail.jail.mounts import Bind, File
from akios_jail.jail.spec import JailSpec

SETUP_FAILED: Final = 125
CANNOT_EXECUTE: Final = 126
NOT_FOUND: Final = 127

#: What people can do about a program that the kernel does not start.
_REMEDIES: Final = {
    errno.ENOENT: "The jail has the system's programs, the workspace, and what the policy or --ro shows. A script "
    "needs the interpreter of its #! line there, too.",
    errno.EACCES: "It must be a program (chmod +x) that the agent's user may read.",
    errno.ENOEXEC: "It is no program for this machine; a script needs a #! line.",
}
#: What the agent's process reports before its last step: without it, what closed the report was not its program.
_COMPLETE: Final = b"\0"
_KILLED_EARLY: Final = (
    "The kernel does so where spec.resources.memory in the policy is too small; otherwise somebody on this machine did."
)
_REAPED_AT_ONCE: Final = 256  # an agent that makes children faster than they are collected must not go unheard of


def run(spec: JailSpec, channel: socket.socket) -> NoReturn:
    """Be process 1. Called in the new process, which has its namespaces; never returns."""
    status = SETUP_FAILED
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        _default_signals()
        slave = _build(spec, channel) if not spec.identity.rootless else _build_rootless(spec, channel)
        status = _supervise(spec, channel, slave)
    except JailError as error:
        _tell_failure(channel, error, status)
    except messages.ProtocolError:
        pass  # the launcher is gone, and so is the session
    except Exception as error:
        _tell_failure(channel, JailError("set up the jail", f"{type(error).__name__}: {error}"), status)
    finally:
        os._exit(status)


def _tell_failure(channel: socket.socket, error: JailError, status: int) -> None:
    fields = {"step": error.step, "cause": error.cause, "remedy": error.remedy, "status": status}
    with contextlib.suppress(OSError):
        messages.send(channel, "failed", fields)


def _default_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError):  # the two that the C library keeps for itself
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def _step(name: str, act: Callable[[], object]) -> None:
    try:
        act()
    except JailError:
        raise
    except OSError as error:
        raise JailError(name, str(error)) from error


def _expect(channel: socket.socket, kind: str) -> messages.Message:
    message = messages.receive(channel)
    if message.type != kind:
        raise messages.ProtocolError(f"expected {kind!r}, got {message.type!r}")
    return message


def _build(spec: JailSpec, channel: socket.socket) -> int | None:
    """Everything up to the agent's first instruction. Returns the slave of the jail's terminal, if it has one."""
    _step("make a session of its own", os.setsid)
    listeners: dict[str, int] = {}
    _step("set up the network", lambda: listeners.update(network.configure(spec.egress)))
    messages.send(channel, "listening", {}, listeners)
    messages.close_all(listeners)
    rootfs.enter(rootfs.build(spec.operations))
    _step("name the host", lambda: kernel.sethostname(spec.hostname))
    slave = _open_terminal(spec, channel) if spec.terminal else None
    _install_trust(spec, _expect(channel, "trust"))
    # The launcher has put this process into its cgroup before it said that, so the namespace begins there.
    _step("enter a cgroup namespace", lambda: kernel.unshare(kernel.CLONE_NEWCGROUP))
    _step("seal the root", rootfs.seal)
    _step(
        "close inherited descriptors",
        lambda: kernel.close_all_but({0, 1, 2, channel.fileno(), *({slave} if slave else ())}),
    )
    _step("allow no core dumps", rlimits.no_core)
    _enter_user_namespace(spec, channel)
    _step("become the agent's user", lambda: identity.become(spec.identity))
    return slave


def _enter_user_namespace(spec: JailSpec, channel: socket.socket) -> None:
    """The agent's own, in which it is the only inhabitant."""
    step = "enter a user namespace"
    if spec.identity.rootless:
        from akios_jail.jail import rootless  # here, since root has no need of it

        _step(step, lambda: rootless.enter_as(spec.identity))
        return
    _step("drop supplementary groups", identity.leave_groups)
    _step(step, lambda: identity.enter_user_namespace(spec.identity))
    messages.send(channel, "unmapped", {})
    _expect(channel, "mapped")


def _build_rootless(spec: JailSpec, channel: socket.socket) -> int | None:
    """The same with what a user namespace gives. Where a machine holds such back, any step may feel it."""
    from akios_jail.jail import rootless  # here, since root has no need of it

    try:
        _step("become root of a user namespace", lambda: rootless.become_root(spec.identity))
        return _build(spec, channel)
    except JailError as error:
        raise rootless.explained(error) from error


def _open_terminal(spec: JailSpec, channel: socket.socket) -> int:
    try:
        master, slave = terminal.open_pair(*spec.window)
        # The agent reopens its terminal by name (/dev/tty, /dev/pts/N), so it owns it.
        os.chown(slave, spec.identity.builder_uid, spec.identity.builder_gid)
        terminal.take_control(slave)
    except OSError as error:
        raise JailError("open a terminal for the jail", str(error)) from error
    messages.send(channel, "terminal", {}, {"master": master})
    os.close(master)
    return slave


def _install_trust(spec: JailSpec, message: messages.Message) -> None:
    blobs = {name: messages.read_blob(fd) for name, fd in message.fds.items()}
    root_fd = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    trust = spec.trust
    rootfs.perform(File(trust.bundle, blobs["bundle"]), root_fd)
    rootfs.perform(File(trust.certificate, blobs["certificate"]), root_fd)
    over = [(trust.bundle, target) for target in trust.bundle_over]
    if "java" in blobs:
        store = os.path.join(os.path.dirname(trust.bundle), "truststore.jks")
        rootfs.perform(File(store, blobs["java"]), root_fd)
        over += [(store, target) for target in trust.java_over]
    for source, target in over:
        if os.path.isfile(target):
            rootfs.perform(Bind(source, os.path.realpath(target)), root_fd)
    os.close(root_fd)


# --- the agent ----------------------------------------------------------------------------------------------------


def _start_agent(spec: JailSpec, channel: socket.socket, slave: int | None) -> int:
    """Fork the agent and wait until its program runs. `JailError` if it cannot be executed, or is killed before."""
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        try:
            _become_agent(spec, channel, slave, write_end)
        except JailError as error:
            os.write(write_end, f"{error.step}\n{error.cause}\n{error.remedy}".encode())
        except OSError as error:
            os.write(write_end, f"execute {spec.argv[0]}\n{error.errno}".encode())
        except BaseException as error:
            os.write(write_end, f"start the agent\n{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(SETUP_FAILED)
    os.close(write_end)
    report = b""
    while chunk := os.read(read_end, 4096):
        report += chunk
    os.close(read_end)
    failure = report.removeprefix(_COMPLETE)
    if failure or not report:
        os.waitpid(pid, 0)
    if not report:
        raise JailError("start the agent", "it was killed before its program ran", _KILLED_EARLY)
    if failure:
        step, _, rest = failure.decode(errors="replace").partition("\n")
        if rest.isdigit():
            raise _ExecutionError(step, int(rest))
        cause, _, remedy = rest.partition("\n")
        raise JailError(step, cause, remedy)
    return pid


class _ExecutionError(Exception):
    """The agent's program could not be executed: exit status 126, or 127 if it does not exist, as a shell."""

    def __init__(self, step: str, number: int) -> None:
        super().__init__(step)
        self.step = step
        self.number = number


def _become_agent(spec: JailSpec, channel: socket.socket, slave: int | None, report: int) -> None:
    """In the agent's process: its group, its terminal, its folder, the last two walls, and its program.

    `report` is told when all is done that can be before the last wall, which may not let it be written to.
    """
    os.setpgid(0, 0)
    if slave is not None:
        os.tcsetpgrp(slave, os.getpid())  # every signal is blocked, so a background group may do this
        for fd in spec.terminal:
            os.dup2(slave, fd)
    for fd in (0, 1, 2):
        os.set_inheritable(fd, True)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        os.chdir(spec.working_directory)
    except OSError as error:
        raise JailError(f"change to {spec.working_directory}", error.strerror or str(error)) from error
    landlock.restrict(spec.access)
    if spec.observed:
        _let_observe(channel)
    _step("set process limits", lambda: rlimits.apply(spec.open_files, spec.file_size_bytes, spec.processes))
    _default_signals()
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    os.write(report, _COMPLETE)
    kernel.seccomp_load(spec.seccomp)
    os.execve(spec.argv[0], spec.argv, dict(spec.environment))  # noqa: S606 - running the agent is the purpose


def _let_observe(channel: socket.socket) -> None:
    """Have what is executed from here on seen from outside, by whoever gets the listener: before the last wall, which
    may not let it be sent, and before the limits. What is on its way between all processes of a user is held against
    the sender's limit of descriptors, so another session of the same person could keep this one from starting.
    """
    remedy = "A listener that this process has already is in the way. Without: spec.trace.processes: off in the policy."
    try:
        rlimits.raise_open_files()
        listener = executions.listen()
        messages.send(channel, "observed", {}, {"listener": listener})
        os.close(listener)
    except OSError as error:
        raise JailError("have what the agent executes observed", str(error), remedy) from error


def _supervise(spec: JailSpec, channel: socket.socket, slave: int | None) -> int:
    """Start the agent, relay, reap, and report its end. Returns the status to leave with."""
    children = kernel.signalfd({signal.SIGCHLD})
    try:
        agent = _start_agent(spec, channel, slave)
    except _ExecutionError as error:
        status = NOT_FOUND if error.number == errno.ENOENT else CANNOT_EXECUTE
        failure = JailError(error.step, os.strerror(error.number), _REMEDIES.get(error.number, ""))
        _tell_failure(channel, failure, status)
        return status
    if slave is not None:
        os.close(slave)
    messages.send(channel, "started", {})
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(children, select.POLLIN)
    more = False
    while True:
        ready = {fd for fd, _ in poll.poll(0 if more else None)}
        if channel.fileno() in ready:
            _obey(messages.receive(channel), agent)
        if more or children in ready:
            kernel.read_signals(children)
            ended, more = _reap(channel, agent)
            if ended is not None:
                messages.send(channel, "exited", {"status": ended})
                return 0


def _obey(message: messages.Message, agent: int) -> None:
    """The one thing that the launcher asks of a running jail: a signal for the agent, or for its whole group."""
    if message.type != "signal":
        raise messages.ProtocolError(f"unexpected message {message.type!r}")
    number, group = int(message.fields["number"]), message.fields["group"] is True
    with contextlib.suppress(ProcessLookupError):
        if group:
            os.killpg(agent, number)
        else:
            os.kill(agent, number)


def _reap(channel: socket.socket, agent: int) -> tuple[int | None, bool]:
    """Collect children that changed; a stop of the agent is reported. Its wait status if it ended, and whether there
    may be more to collect.
    """
    for _ in range(_REAPED_AT_ONCE):
        try:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            return None, False
        if pid == 0:
            return None, False
        if pid != agent:
            continue
        if not os.WIFSTOPPED(status):
            return status, False
        with contextlib.suppress(BlockingIOError):  # the launcher has heard of stops enough
            messages.send(channel, "stopped", {"signal": os.WSTOPSIG(status)}, wait=False)
    return None, True
