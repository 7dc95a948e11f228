"""Whether a jail's network can be made here: the real one, in a namespace that is thrown away, with a refusal in it."""

from __future__ import annotations

import errno
import os
import select
import socket
import subprocess

from akios_jail import kernel
from akios_jail.doctor import obstacles
from akios_jail.doctor.check import Check, Outcome, attempt
from akios_jail.doctor.facts import Facts
from akios_jail.doctor.kernel_checks import own_namespaces
from akios_jail.jail import network, nftables
from akios_jail.jail.errors import JailError
from akios_jail.policy.plans import EgressHost, EgressPlan

_PLAN = EgressPlan((EgressHost("example.test", "exact", "198.18.0.10", 443, "https"),))
#: TEST-NET-3 (RFC 5737): an address that no policy allows and that nobody has.
_DENIED = ("203.0.113.1", 443)
#: A kernel loads these itself where it may; in a container, or with modules locked, somebody has to.
MODULES = (
    "This needs Linux 5.6 or newer with nf_tables. Where the kernel may not load its modules itself, load them: "
    "modprobe -a nf_tables nft_chain_nat nft_redir nft_ct nft_limit nft_log nft_objref nft_reject_inet nfnetlink_log"
)


def checks(facts: Facts) -> list[Check]:
    """The network's part of the report."""
    return [
        Check("network", "nft program", _nft),
        Check("network", "egress allowlist", lambda: _allowlist(facts)),
        Check("network", "record of refusals", lambda: _refusals(facts)),
    ]


def _nft() -> Outcome:
    try:
        program = nftables.find_nft()
    except JailError as error:
        return Outcome("missing", error.cause, error.remedy)
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10)
    return Outcome("ok", done.stdout.strip() or program)


def _make_network() -> dict[str, int]:
    own_namespaces(kernel.CLONE_NEWNET)
    return network.configure(_PLAN)


def allow_and_deny() -> str:
    """An act: the jail's network is made in a namespace of its own, and tells allowed from denied."""
    _make_network()
    versions = 0
    for family, address in ((socket.AF_INET, "198.18.0.10"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.settimeout(2)
                client.connect((address, 443))
            versions |= 1
        except ConnectionRefusedError:
            versions |= 2
        except OSError as error:
            if family == socket.AF_INET:
                raise
            return f"works for IPv4; this kernel has no IPv6 ({error.strerror})"
    if versions != 3:
        raise OSError(0, "the rules were loaded, but do not tell allowed from denied")
    return "allowed addresses reach the broker, others are refused at once; IPv4 and IPv6"


def _allowlist(facts: Facts) -> Outcome:
    return attempt(allow_and_deny, remedy=MODULES, obstacle=lambda code: obstacles.network(code, facts))


def _refusals(facts: Facts) -> Outcome:
    def refuse() -> str:
        log = _make_network()["nflog"]
        with socket.socket() as client:
            client.settimeout(2)
            if client.connect_ex(_DENIED) != errno.ECONNREFUSED:
                raise OSError(0, "a denied connection was not refused at once")
        if not select.select([log], [], [], 2)[0] or not os.read(log, 65536):
            raise OSError(0, "a denied connection was refused, but the kernel did not report it")
        return "every refused connection is reported"

    return attempt(refuse, remedy=MODULES, obstacle=lambda code: obstacles.network(code, facts))
