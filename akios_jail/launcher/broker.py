"""Starting the broker: its own process, an account of its own, and a root that holds Python and this package, no more.

The child gives up every privilege before the interpreter of the broker starts. What the broker may reach afterwards is
what it was passed: the audit log, the jail's listeners, and the network of the host.
"""

from __future__ import annotations

import fcntl
import functools
import os
import signal
import socket
import sys
from typing import Final, NamedTuple, NoReturn

from akios_jail import kernel
from akios_jail.jail import identity, rlimits, rootfs
from akios_jail.jail.errors import JailError
from akios_jail.jail.identity import BROKER_ID, Identity
from akios_jail.jail.mounts import Bind, Operation
from akios_jail.launcher import interpreter
from akios_jail.launcher.state import State

CONTROL_FD: Final = 3
#: Where the broker sees the folder for what outlives a session: budgets and approvals.
STATE_FOLDER: Final = "/state"
#: Where it sees compiled triggers, which it may read and not list.
TRIGGER_FOLDER: Final = "/triggers"
#: The broker resolves names as the host does, so it sees the host's resolver configuration.
NAME_SERVICE: Final = ("/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf")
#: What the broker's interpreter runs: as `-m akios_jail.broker`, but without what Python loads for `-m`, and without
#: looking for garbage in what is only just being loaded.
_PROGRAM: Final = "import gc; gc.disable(); from akios_jail.broker.__main__ import main; main()"
DEVICES: Final = ("null", "random", "urandom", "zero")


#: Brokers' own numbers: one of so many, from the first on, where no table of users has any.
_FIRST_NUMBER: Final = 1_910_000_000
_NUMBERS: Final = 200_000_000


class BrokerProcess(NamedTuple):
    """A broker that was started: its process on the host and the control socket to it."""

    pid: int
    pidfd: int
    control: socket.socket

    def kill(self) -> None:
        """End it at once; nothing happens if it has ended."""
        try:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return

    def close(self) -> None:
        """Wait for its end and let go of the descriptors."""
        os.waitpid(self.pid, 0)
        os.close(self.pidfd)
        self.control.close()


class Started:
    """A broker that waits for its session: ended with this, unless somebody else has taken it over.

    `shared`: the state folder whose part for brokers it may change, if that is not `store`'s. `unplugged`: it has no
    network.
    """

    def __init__(self, store: State, shared: State | None = None, *, unplugged: bool = False) -> None:
        self.log_fd = store.open_broker_log()
        try:
            #: The folder of compiled triggers, as the host sees it, "" if there is none.
            self.triggers = store.trigger_folder()
            #: The folder of what outlives a session, as the host sees it.
            self.folder = (shared or store).folder_to_keep_in()
            self.process = _start(self.log_fd, self.folder, self.triggers, unplugged=unplugged)
        except BaseException:
            os.close(self.log_fd)
            raise
        self._ours = True

    def hand_over(self) -> None:
        """From here on, somebody else ends it."""
        self._ours = False

    def close(self) -> None:
        """End it if it is still this one's to end, and let go of its log."""
        os.close(self.log_fd)
        if self._ours:
            self.process.kill()
            self.process.close()


def _start(log_fd: int, state_folder: str, trigger_folder: str, *, unplugged: bool) -> BrokerProcess:
    """Start a broker with its error output on `log_fd`. It waits for `open` on the control socket.

    `state_folder`: the one folder of the host that it may change. `trigger_folder`: that of compiled triggers, if any.
    `unplugged`: it has no network.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    operations = _root(state_folder, trigger_folder)
    # A Ctrl-C now would find the launcher's code in the child, too, or leave the child to nobody.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        apart = kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWPID
        child = kernel.clone3(apart | kernel.CLONE_NEWNET if unplugged else apart)
    except OSError as error:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise JailError("create the broker's namespaces", str(error)) from error
    if child.pid == 0:
        _become_broker(operations, theirs.fileno(), log_fd)
    theirs.close()
    process = BrokerProcess(child.pid, child.pidfd, ours)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)  # raises what came meanwhile
    except BaseException:
        process.kill()
        process.close()
        raise
    return process


def _root(state_folder: str, trigger_folder: str) -> list[Operation]:
    """The broker's root: the system, Python, this package, name service files, compiled triggers and four devices, all
    read-only; and the folder in which brokers keep what outlives a session."""
    package, prefixes = package_folder(), python_folders()
    operations = rootfs.system()
    operations += [rootfs.host_bind(prefix) for prefix in prefixes]
    if not any(package.startswith(prefix + "/") for prefix in prefixes):
        operations.append(rootfs.host_bind(package))
    operations += [rootfs.host_bind(path) for path in NAME_SERVICE if os.path.exists(path)]
    operations += [Bind(f"/dev/{name}", f"/dev/{name}", writable=True, device=True) for name in DEVICES]
    operations.append(rootfs.host_bind(state_folder, target=STATE_FOLDER, writable=True))
    if trigger_folder:
        operations.append(rootfs.host_bind(trigger_folder, target=TRIGGER_FOLDER))
    operations += rootfs.processes()  # the ssl module takes certificates by path only: from memory, /proc/self/fd/N
    return operations


def _nobody_else() -> Identity:
    """A number that no other process has, in the group in which brokers share what outlives a session.

    So what a session leaves is no other session's to open, and what the kernel counts by user is this broker's alone.
    By lot, since files outlive the processes by whose numbers one could count.
    """
    number = _FIRST_NUMBER + int.from_bytes(os.urandom(8), "big") % _NUMBERS
    return Identity(number, BROKER_ID, "akios-broker", "/")


def is_number(uid: int) -> bool:
    """Whether only a broker can have had this number."""
    return _FIRST_NUMBER <= uid < _FIRST_NUMBER + _NUMBERS


def package_folder() -> str:
    """Where this package lies."""
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@functools.cache
def python_folders() -> tuple[str, ...]:
    """The installation of the Python that AKIOS runs under, and its virtual environment if it has one."""
    return interpreter.inspect(sys.executable).prefixes


def _become_broker(operations: list[Operation], control_fd: int, log_fd: int) -> NoReturn:
    """In the new process: build and enter the root, drop every privilege, become the interpreter of the broker."""
    try:
        os.setsid()
        for number in signal.sigpending():  # it came for the launcher, which ends this process if it means its own end
            signal.signal(number, signal.SIG_IGN)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        rootfs.enter(rootfs.build(operations))
        rootfs.seal()
        null = os.open("/dev/null", os.O_RDWR)
        # First out of the way, then into place: a source may have the number of another's target.
        aside = [fcntl.fcntl(fd, fcntl.F_DUPFD, CONTROL_FD + 1) for fd in (null, null, log_fd, control_fd)]
        for target, source in enumerate(aside):
            os.dup2(source, target)
        kernel.close_range(CONTROL_FD + 1)
        rlimits.broker()
        identity.leave_groups()
        identity.become(_nobody_else())
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        environment = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
        arguments = [sys.executable, "-I", "-c", _PROGRAM, "akios_jail.broker"]  # the last for who looks at processes
        os.execve(sys.executable, arguments, environment)  # noqa: S606
    except BaseException as error:
        os.write(log_fd, f"the broker could not start: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(125)
