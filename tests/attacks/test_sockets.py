"""Sockets beyond local ones, TCP and UDP, and options that pass a firewall by. Defence: the system call filter.

The options need capabilities that the agent has not. What is left, TCP and UDP, is for the firewall and the broker.
"""

from __future__ import annotations

import pytest

from tests.attacks.attack import ROOT_ELSEWHERE, Attack, Family, Outcomes, Record, judge, undeclared

pytestmark = pytest.mark.root

#: The program, in probes/, that tries it.
PROBE = "sockets"

#: What kernels say that lack a family or a protocol.
NONE = ("EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EINVAL", "ENOPROTOOPT")
NO_CAPABILITY = "an agent without a capability"

FAMILY = Family(
    "Sockets",
    "system call filter",
    ROOT_ELSEWHERE,
    (
        Attack("the virtual machine's host (AF_VSOCK)", absent=NONE),
        Attack("raw frames (AF_PACKET)", absent=NONE),
        Attack("frames without their heads (AF_PACKET)", absent=NONE),
        Attack("the kernel's ciphers (AF_ALG)", absent=NONE),
        Attack("the kernel's ciphers, the family beside high bits", absent=NONE),
        Attack("raw ICMP"),
        Attack("raw ICMPv6", absent=NONE),
        Attack("packets with a head of one's own"),
        Attack("ping without a raw socket", absent=("EACCES",)),
        Attack("SCTP", absent=NONE),
        Attack("UDP-Lite", absent=NONE),
        Attack("multipath TCP", absent=NONE),
        Attack("AF_XDP", absent=NONE),
        Attack("AF_CAN", absent=NONE),
        Attack("AF_BLUETOOTH", absent=NONE),
        Attack("AF_SMC", absent=NONE),
        Attack("a pair of AF_TIPC", absent=NONE),
        Attack("the firewall's netlink", absent=NONE),
        Attack("netlink of devices that come and go", absent=NONE),
        Attack("generic netlink, the protocol beside high bits", absent=NONE),
        Attack("netlink of all sockets", absent=NONE),
        Attack("the audit's netlink", absent=NONE),
        Attack("marking packets past the firewall (SO_MARK)", defence=NO_CAPABILITY),
        Attack("sending from anybody's address (IP_TRANSPARENT)", defence=NO_CAPABILITY),
        Attack("connections out of nothing (TCP_REPAIR)", defence=NO_CAPABILITY, absent=NONE),
        Attack("more buffers than the limit (SO_RCVBUFFORCE)", defence=NO_CAPABILITY),
        Attack("a priority of the machine's own traffic", defence=NO_CAPABILITY),
    ),
)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(
    attack: Attack, inside: Outcomes, without: Outcomes, elsewhere: Outcomes, record_property: Record
) -> None:
    judge(FAMILY, attack, inside, elsewhere, record_property, without)


def test_everything_that_is_tried_is_declared(inside: Outcomes, elsewhere: Outcomes) -> None:
    assert not undeclared(FAMILY, inside, elsewhere)
