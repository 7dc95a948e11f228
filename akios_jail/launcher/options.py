"""What the command line of `akios run` says, already checked for shape."""

from __future__ import annotations

from typing import NamedTuple


class ConnectTo(NamedTuple):
    """As curl's --connect-to: a connection for `host:port` goes to `host2:port2`, under the name it had."""

    host: str
    port: int
    host2: str
    port2: int


class RunOptions(NamedTuple):
    """One `akios run`. `command`: the agent or program and its arguments, as typed; `is_command`: given after `--`.

    `invocation_dir` is where the person stands; relative paths are relative to it.
    """

    policy: str
    command: tuple[str, ...]
    is_command: bool
    invocation_dir: str
    name: str = ""
    python: str = ""
    env: tuple[str, ...] = ()  # NAME or NAME=VALUE
    ro: tuple[str, ...] = ()
    rw: tuple[str, ...] = ()
    connect_to: tuple[ConnectTo, ...] = ()
    cacert: str = ""
    report: str = ""
    state_dir: str = ""
    quiet: bool = False
    flux: str = ""  # a FluxConfig, in place of the one that the policy names
    require_signed: bool = False  # refuse a policy that nobody trusted has signed
    trusted_keys: str = ""  # whose signatures count; "" for the machine's folder
    outputs: tuple[str, ...] = ()  # further files that come of the session
    summary: str = ""  # one more, at whose end it is added
