"""The launcher's hold on a jail: start its process 1 in new namespaces and talk to it.

`start` returns at once; the set-up runs in the new process, step by step, while the launcher does other work. What
process 1 says arrives as messages (see `EVENTS`) on `Jail.channel`.
"""

from __future__ import annotations

import os
import signal
import socket
from typing import Final, NamedTuple

from akios_jail import kernel, messages
from akios_jail.jail import identity, init
from akios_jail.jail.errors import JailError
from akios_jail.jail.spec import JailSpec

NAMESPACES: Final = (
    kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWTIME
)  # cgroup and user namespaces follow, when the jail is in its cgroup and its mounts are made

#: What process 1 says, in this order: descriptors of the network; the terminal's master (if any); "write my id maps"
#: (unless it is rootless, and does so itself); the listener of what the agent executes (if it is observed); the agent
#: runs; it stopped; it ended (a wait status). `failed` may come at any time and is the last.
EVENTS: Final = ("listening", "terminal", "unmapped", "observed", "started", "stopped", "exited", "failed")


class Jail(NamedTuple):
    """A jail that exists: `pid` and `pidfd` of its process 1 as the host sees them, and the channel to it."""

    pid: int
    pidfd: int
    channel: socket.socket
    spec: JailSpec

    def trust(self, bundle: bytes, certificate: bytes, java_store: bytes | None) -> None:
        """Hand over the session's CA certificate in the forms that `JailSpec.trust` has places for."""
        blobs = {"bundle": messages.blob("bundle", bundle), "certificate": messages.blob("certificate", certificate)}
        if java_store is not None:
            blobs["java"] = messages.blob("java", java_store)
        try:
            messages.send(self.channel, "trust", {}, blobs)
        finally:
            messages.close_all(blobs)

    def map_identity(self) -> None:
        """Answer `unmapped`: write the id maps of the user namespace that process 1 has entered."""
        try:
            identity.write_maps(self.pid, self.spec.identity)
        except OSError as error:
            raise JailError("map the agent's user into the jail", str(error)) from error
        messages.send(self.channel, "mapped", {})

    def signal(self, number: int, *, group: bool) -> None:
        """Send a signal to the agent, or to its process group; nothing happens if it has already ended.

        Never waits: a jail that keeps its process 1 too busy to listen would hold up whoever watches its limits.
        """
        try:
            messages.send(self.channel, "signal", {"number": number, "group": group}, wait=False)
        except OSError:
            return

    def kill(self) -> None:
        """End everything in the jail: with process 1, the kernel kills the rest of its pid namespace."""
        try:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return

    def wait(self) -> int:
        """Wait for process 1 to be gone. Its wait status."""
        return os.waitpid(self.pid, 0)[1]

    def close(self) -> None:
        """Let go of the descriptors."""
        os.close(self.pidfd)
        self.channel.close()


def start(spec: JailSpec, cgroup_fd: int | None = None) -> Jail:
    """Create process 1 of a jail, in the v2 cgroup `cgroup_fd` at once if given.

    It builds the jail by itself, and waits for `Jail.trust` before it enters its cgroup namespace: attach it before."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        child = kernel.clone3(NAMESPACES | (kernel.CLONE_NEWUSER if spec.identity.rootless else 0), cgroup_fd)
    except OSError as error:
        ours.close()
        theirs.close()
        remedy = "`akios doctor` shows which namespace this machine lacks."
        raise JailError("create the jail's namespaces", str(error), remedy) from error
    if child.pid == 0:
        ours.close()
        init.run(spec, theirs)
    theirs.close()
    return Jail(child.pid, child.pidfd, ours, spec)
