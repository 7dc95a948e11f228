"""The compiled egress allowlist as an nftables ruleset, and the one child process that loads it.

`ruleset` is pure; `load` hands its text to the `nft` program in one atomic transaction. The program and not its
library, because the library is GPL-2-only, and because a child costs three milliseconds.

In the jail every address is local, so a connection passes only the output hook: the chain `to_broker` sends what the
policy allows to the broker, and the chain `output` accepts what was redirected and what stays on the jail's loopback.
The rest is counted, logged and refused at once.
"""

from __future__ import annotations

import os
from typing import BinaryIO, NamedTuple

from akios_jail.jail.errors import JailError
from akios_jail.policy.egress import RESOLVER, Destination, destinations, spelling
from akios_jail.policy.plans import EgressPlan

#: Where distributions put the program; never $PATH, which belongs to whoever called us.
PLACES = ("/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft", "/usr/bin/nft", "/run/current-system/sw/bin/nft")
#: The NFLOG group (one namespace's own) and how much of a refused packet is copied: both headers with room to spare.
LOG_GROUP = 1
LOG_BYTES = 128


STEP = "load the jail's firewall"


class Ports(NamedTuple):
    """The broker's ports on the jail's 127.0.0.1 and ::1, above the range that the kernel gives to clients."""

    https: int = 61443
    http: int = 61080
    tcp: int = 61001
    dns: int = 61053


def ruleset(plan: EgressPlan, ports: Ports) -> str:
    """The nftables ruleset of one jail, complete and closed: an empty plan leaves only DNS and loopback."""
    open_to = {"https": ports.https, "http": ports.http, "tcp": ports.tcp}
    sets: dict[tuple[str, int], list[str]] = {}
    for destination in destinations(plan):
        sets.setdefault((destination.handling, destination.version), []).append(_element(destination))
    lines = ["table inet akios {"]
    lines += ["\tcounter denied { }", "\tcounter denied_and_logged { }"]
    for (handling, version), elements in sets.items():
        lines += [
            f"\tset {handling}{version} {{",
            f"\t\ttype ipv{version}_addr . inet_service",
            "\t\tflags interval",
            f"\t\telements = {{ {', '.join(elements)} }}",
            "\t}",
        ]
    redirections = [
        f"{'ip' if version == 4 else 'ip6'} daddr . tcp dport @{handling}{version} redirect to :{open_to[handling]}"
        for handling, version in sets
    ]
    broker_ports = ", ".join(str(port) for port in ports)
    lines += _chain(
        "to_broker",
        "type nat hook output priority -100; policy accept;",
        *redirections,
        f"udp dport 53 redirect to :{ports.dns}",
        f"tcp dport 53 redirect to :{ports.dns}",
    )
    lines += _chain(
        "output",
        "type filter hook output priority 0; policy drop;",
        'oifname != "lo" goto denied',
        "ct status dnat accept",
        f"ip daddr 127.0.0.1 meta l4proto {{ tcp, udp }} th dport {{ {broker_ports} }} goto denied",
        f"ip6 daddr ::1 meta l4proto {{ tcp, udp }} th dport {{ {broker_ports} }} goto denied",
        f"ip daddr {{ 127.0.0.0/8, {RESOLVER} }} accept",
        "ip6 daddr ::1 accept",
        # Of no connection: a stray segment of one that has ended. To answer it with a reset could hit a living one.
        "meta l4proto tcp ct state invalid drop",
        "goto denied",
    )
    lines += _chain(
        "denied",
        "",
        "counter name denied",
        "limit rate 100/second burst 200 packets counter name denied_and_logged "
        f"log group {LOG_GROUP} snaplen {LOG_BYTES}",
        "meta l4proto tcp reject with tcp reset",
        "meta l4proto udp reject with icmpx port-unreachable",
        "reject with icmpx admin-prohibited",
    )
    lines += _chain("input", "type filter hook input priority 0; policy drop;", 'iifname "lo" accept')
    lines += _chain("forward", "type filter hook forward priority 0; policy drop;")
    lines += ["}", ""]
    return "\n".join(lines)


def _chain(name: str, hook: str, *rules: str) -> list[str]:
    return [f"\tchain {name} {{", *(f"\t\t{line}" for line in (hook, *rules) if line), "\t}"]


def _element(destination: Destination) -> str:
    first = spelling(destination.version, destination.first)
    if destination.first == destination.last:
        return f"{first} . {destination.port}"
    return f"{first}-{spelling(destination.version, destination.last)} . {destination.port}"


def find_nft(places: tuple[str, ...] = PLACES) -> str:
    """The path of the `nft` program. `JailError` names the package that brings it."""
    for path in places:
        if os.access(path, os.X_OK):
            return path
    raise JailError(
        STEP,
        f"the nft program is in none of {', '.join(places)}",
        "Install the package nftables (apt install nftables, dnf install nftables, apk add nftables).",
    )


def _scratch(name: str) -> BinaryIO:
    """An unnamed file in memory: a child reads or writes it whole, without a pipe that could fill up."""
    return open(os.memfd_create(name, os.MFD_CLOEXEC), "w+b", buffering=0)


def load(rules: str) -> None:
    """Load a ruleset into the current network namespace, whole or not at all.

    `JailError` with nft's own words when it or the kernel refuses.
    """
    program = find_nft()
    with _scratch("nft-rules") as rules_file, _scratch("nft-errors") as error_file:
        rules_file.write(rules.encode())
        rules_file.seek(0)
        child = os.posix_spawn(
            program,
            [program, "--file", "-"],
            {"LC_ALL": "C"},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, rules_file.fileno(), 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, error_file.fileno(), 2),
            ],
        )
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status != 0:
            error_file.seek(0)
            words = error_file.read(2000).decode(errors="replace").strip()
            raise JailError(
                STEP,
                f"{program} ended with status {status}: {words or 'it said nothing'}",
                "This needs Linux 5.6 or newer with nf_tables, its NAT, its logging and connection tracking. "
                "akios doctor says which part is missing.",
            )
