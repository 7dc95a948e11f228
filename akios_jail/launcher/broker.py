"""Starting the broker: its own process, an account of its own, and a root that holds Python and this package, no more.

Without root there is no account to give: it is then the caller's in a user namespace of its own, behind the same walls.
The child gives up every privilege before the interpreter of the broker starts. What the broker may reach afterwards is
what it was passed: the audit log, the jail's listeners, and the network of the host.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import signal
import socket
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from akios_jail import kernel
from akios_jail.jail import identity, rlimits, rootfs
from akios_jail.jail.errors import JailError
from akios_jail.jail.identity import BROKER_ID, Identity
from akios_jail.jail.mounts import Bind, Operation
from akios_jail.launcher import interpreter
from akios_jail.launcher.errors import SETUP, LaunchError
from akios_jail.launcher.state import State

if TYPE_CHECKING:
    from akios_jail.launcher.apart import Apart

CONTROL_FD: Final = 3
#: What keeps root from what root may do.
_CONFINED: Final = (
    "This root lacks rights, as that of a container does: `akios doctor` names what to add. An account of the "
    "container needs less (docker run --user 1000; docs/docker.md)."
)
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

    `session`: the name of the session that it is for. `shared`: the state folder whose part for brokers it may change,
    if that is not `store`'s. `unplugged`: it has no network.
    """

    def __init__(self, store: State, session: str, shared: State | None = None, *, unplugged: bool = False) -> None:
        self.session = session
        self._apart: Apart | None = None
        self.log_fd = store.open_broker_log()
        try:
            #: The folder of compiled triggers, as the host sees it, "" if there is none.
            self.triggers = store.trigger_folder()
            #: The folder of what outlives a session, as the host sees it.
            self.folder = (shared or store).folder_to_keep_in()
            if os.geteuid() != 0 and shared is None:  # what is shared with nobody is this one's alone
                from akios_jail.launcher.apart import Apart  # here, since root has no need of it

                self._apart = Apart(store, session)
            own = self._apart.folders if self._apart is not None else {}
            self.process = _start(self.log_fd, self.folder, own, self.triggers, unplugged=unplugged)
        except BaseException:
            self._forget()
            raise
        self._ours = True

    def hand_over(self) -> None:
        """From here on, somebody else ends it."""
        self._ours = False
        if self._apart is not None:
            self._apart.show()

    def close(self) -> None:
        """End it if it is still this one's to end, let go of its log, and keep what it wrote where others are."""
        if self._ours:
            self.process.kill()
            self.process.close()
        self._forget()

    def _forget(self) -> None:
        os.close(self.log_fd)
        if self._apart is not None:
            self._apart.close()


def _start(
    log_fd: int, state_folder: str, own: Mapping[str, str], trigger_folder: str, *, unplugged: bool
) -> BrokerProcess:
    """Start a broker with its error output on `log_fd`. It waits for `open` on the control socket.

    `state_folder`: the one folder of the host that it may change. `own`: folders that it sees in the place of those of
    these names in there. `trigger_folder`: that of compiled triggers, if any.
    `unplugged`: it has no network.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    operations, who = _root(state_folder, own, trigger_folder), _identity()
    # A Ctrl-C now would find the launcher's code in the child, too, or leave the child to nobody.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        apart = kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWPID
        apart |= (kernel.CLONE_NEWNET if unplugged else 0) | (kernel.CLONE_NEWUSER if who.rootless else 0)
        child = kernel.clone3(apart)
    except OSError as error:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        what = _explained(JailError("create the broker's namespaces", str(error)), who)
        raise LaunchError(f"could not {what.step}: {what.cause}", what.remedy, SETUP) from error
    if child.pid == 0:
        _become_broker(operations, who, theirs, log_fd)
    theirs.close()
    process = BrokerProcess(child.pid, child.pidfd, ours)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)  # raises what came meanwhile
    except BaseException:
        process.kill()
        process.close()
        raise
    return process


def _root(state_folder: str, own: Mapping[str, str], trigger_folder: str) -> list[Operation]:
    """The broker's root: the system, Python, this package, name service files, compiled triggers and four devices, all
    read-only; and the folder in which brokers keep what outlives a session, with its `own` over parts of it."""
    package, prefixes = package_folder(), python_folders()
    operations = rootfs.system()
    operations += [rootfs.host_bind(prefix) for prefix in prefixes]
    if not any(package.startswith(prefix + "/") for prefix in prefixes):
        operations.append(rootfs.host_bind(package))
    operations += [rootfs.host_bind(path) for path in NAME_SERVICE if os.path.exists(path)]
    operations += [Bind(f"/dev/{name}", f"/dev/{name}", writable=True, device=True) for name in DEVICES]
    operations.append(rootfs.host_bind(state_folder, target=STATE_FOLDER, writable=True))
    operations += [rootfs.host_bind(own[name], target=f"{STATE_FOLDER}/{name}", writable=True) for name in own]
    if trigger_folder:
        operations.append(rootfs.host_bind(trigger_folder, target=TRIGGER_FOLDER))
    operations += rootfs.processes()  # the ssl module takes certificates by path only: from memory, /proc/self/fd/N
    return operations


def _identity() -> Identity:
    """Who the broker is: nobody else, or the account that calls where that is not root's."""
    if (uid := os.geteuid()) != 0:
        return Identity(uid, os.getegid(), "akios-broker", "/", rootless=True)
    return _nobody_else()


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


def _become_broker(operations: list[Operation], who: Identity, control: socket.socket, log_fd: int) -> NoReturn:
    """In the new process: build and enter the root, drop every privilege, become the interpreter of the broker."""
    try:
        os.setsid()
        for number in signal.sigpending():  # it came for the launcher, which ends this process if it means its own end
            signal.signal(number, signal.SIG_IGN)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        if who.rootless:
            from akios_jail.jail import rootless  # here, since root has no need of it

            rootless.become_root(who)
        rootfs.enter(rootfs.build(operations))
        rootfs.seal()
        null = os.open("/dev/null", os.O_RDWR)
        # First out of the way, then into place: a source may have the number of another's target.
        aside = [fcntl.fcntl(fd, fcntl.F_DUPFD, CONTROL_FD + 1) for fd in (null, null, log_fd, control.fileno())]
        for target, source in enumerate(aside):
            os.dup2(source, target)
        kernel.close_range(CONTROL_FD + 1)
        rlimits.broker()
        if who.rootless:
            rootless.enter_as(who)
        else:
            identity.leave_groups()
        identity.become(who)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        environment = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
        arguments = [sys.executable, "-I", "-c", _PROGRAM, "akios_jail.broker"]  # the last for who looks at processes
        os.execve(sys.executable, arguments, environment)  # noqa: S606
    except JailError as error:
        _tell_failure(_explained(error, who), control, log_fd)
    except BaseException as error:
        os.write(log_fd, f"the broker could not start: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(125)


def _explained(error: JailError, who: Identity) -> JailError:
    """With what stands in the way of an account without privileges, for such a one, and of a root that has few."""
    if not who.rootless:
        known = error.remedy or not error.cause.endswith((os.strerror(errno.EPERM), os.strerror(errno.EACCES)))
        return error if known else JailError(error.step, error.cause, _CONFINED)
    from akios_jail.jail import rootless

    return rootless.explained(error)


def _tell_failure(error: JailError, control: socket.socket, log_fd: int) -> None:
    """As a broker that runs would say that it cannot serve: on the control socket, and in its log."""
    from akios_jail import messages  # here, since no broker that starts needs it so early

    os.write(log_fd, f"the broker could not start: {error}\n".encode())
    with contextlib.suppress(OSError):
        words = {"reason": f"could not {error.step}: {error.cause}", "remedy": error.remedy}
        messages.send(control, "failed", {"code": "broker_setup", **words}, wait=False)
