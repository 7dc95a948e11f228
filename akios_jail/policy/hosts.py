"""Hosts as a policy names them: exact names, `*.wildcards`, addresses and networks, in one canonical spelling.

Names are compared as ASCII text later, by DNS and by TLS, so everything that could make two spellings of one host
(case, a trailing dot, Unicode, an IPv4 address as one number) is settled or refused here.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Generic, NamedTuple, TypeVar

from akios_jail.policy.plans import SYNTHETIC_NETWORK

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: A label of a host name (RFC 1123 §2.1), and the underscore that internal names have in practice.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")

_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_SYNTHETIC = ipaddress.ip_network(SYNTHETIC_NETWORK)
_MAPPED = ipaddress.ip_network("::ffff:0:0/96")
#: No connection can go there: "this network", the unspecified address, multicast, reserved (RFC 6890).
_NOWHERE = tuple(
    ipaddress.ip_network(text) for text in ("0.0.0.0/8", "::/128", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8")
)
#: Ranges that are not the public internet, or lead back into such ranges (NAT64, 6to4): a wider network in a rule, such
#: as 0.0.0.0/0, does not speak of them (IANA special-purpose address registries).
SPECIAL: tuple[Network, ...] = (
    *_LOOPBACK,
    *_NOWHERE,
    _SYNTHETIC,
    _MAPPED,
    *(
        ipaddress.ip_network(text)
        for text in (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.168.0.0/16",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2002::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
        )
    ),
)

LOOPBACK_HINT = (
    "In the jail this is the jail's own loopback. Give the host another name here, for example model.local, and say "
    "where it is with `akios run --connect-to model.local:443:127.0.0.1:8443`."
)


class Host(NamedTuple):
    """`kind`: exact | wildcard | ip | cidr, as in the plans; `text` is the canonical spelling."""

    kind: str
    text: str


class HostError(ValueError):
    """Why this is no host, and in `hint` what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def parse(text: str) -> Host:
    """The canonical host; `HostError` for anything else."""
    given = text
    if not text:
        raise HostError("the host is empty")
    if any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise HostError("the host has a space or a control character in it")
    if "://" in text:
        raise HostError(f"{given!r} is a URL, not a host", _from_url(text))
    literal = _literal(text)
    if literal is not None:
        return literal
    if text.startswith("[") or text.count(":") == 1:
        raise HostError(f"{given!r} has a port in it", _from_port(text))
    if "/" in text:
        raise HostError(f"{given!r} is neither a host nor a network", "Paths belong under `paths:`.")
    return _name(text)


def _literal(text: str) -> Host | None:
    """An address or a network; None if the text is a name."""
    if "/" in text:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return None
        if str(network) != _canonical_network(text):
            raise HostError(f"{text!r} has bits set beyond its prefix", f"Write {network} for the network.")
        if network.prefixlen == network.max_prefixlen:
            return _address(network.network_address, text)
        _refuse_special(network, text)
        return Host("cidr", str(network))
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return _address(ipaddress.ip_address(bare), text)
    except HostError:
        raise
    except ValueError:
        pass
    if "%" in text and ":" in text:
        raise HostError(f"{text!r} has an interface in it", "The jail has no interface to name.")
    if re.fullmatch(r"[0-9.]+|0[xX][0-9a-fA-F]+", text):
        # What inet_aton(3) would take for an address, and other programs for another one.
        raise HostError(f"{text!r} looks like an address but is none", "Write four numbers, each from 0 to 255.")
    return None


def _canonical_network(text: str) -> str:
    address, _, prefix = text.partition("/")
    return f"{ipaddress.ip_address(address)}/{int(prefix)}" if prefix.isdigit() else ""


def _address(address: ipaddress.IPv4Address | ipaddress.IPv6Address, text: str) -> Host:
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        raise HostError(f"{text!r} has an interface in it", "The jail has no interface to name.")
    _refuse_special(ipaddress.ip_network(address), text)
    return Host("ip", str(address))


def _refuse_special(network: Network, text: str) -> None:
    """Networks within ranges that cannot be dialled from the jail. Wider ones are fine: see SPECIAL."""
    if _within(network, _LOOPBACK):
        raise HostError(f"{text!r} is the machine itself", LOOPBACK_HINT)
    if _within(network, (_SYNTHETIC,)):
        raise HostError(f"{text!r} is in {_SYNTHETIC}, which the jail gives to the names of the policy")
    if _within(network, (_MAPPED,)):
        raise HostError(f"{text!r} holds IPv4 addresses in IPv6 form", "Write them as IPv4 addresses.")
    if _within(network, _NOWHERE):
        raise HostError(f"{text!r} is no address that a connection can go to")


def _within(network: Network, ranges: tuple[Network, ...]) -> bool:
    return any(_subnet(network, wide) for wide in ranges)


def _subnet(narrow: Network, wide: Network) -> bool:
    return narrow.version == wide.version and narrow.subnet_of(wide)  # type: ignore[arg-type]


def speaks_of(network_text: str, address_text: str) -> bool:
    """Whether a rule for this network is a rule for this address (both canonical).

    The address must lie in the network, and a special range that it belongs to must be what the rule is about:
    `0.0.0.0/0` is the public internet and says nothing about 10.1.2.3 or a cloud's metadata address.
    """
    network, address = ipaddress.ip_network(network_text), ipaddress.ip_network(address_text)
    if not _subnet(address, network):
        return False
    return all(_subnet(network, special) for special in SPECIAL if _subnet(address, special))


def _name(text: str) -> Host:
    if not text.isascii():
        raise HostError(f"{text!r} is not ASCII", _from_unicode(text))
    name = text.lower()
    if name.endswith("."):
        raise HostError(f"{text!r} ends in a dot", f"Write {name.rstrip('.') or 'a name'}.")
    wildcard = name.startswith("*.")
    rest = name[2:] if wildcard else name
    if "*" in rest:
        hint = f'Write "*.{rest.replace("*", "").strip(".-") or "example.com"}" for every name below a domain.'
        raise HostError(f"{text!r}: a * stands only for the whole beginning of a name, as in *.example.com", hint)
    for label in rest.split("."):
        if not _LABEL.fullmatch(label):
            what = "an empty part between dots" if not label else f"the part {label!r}"
            raise HostError(
                f"{text!r} is not a host name: {what}", "Letters, digits and inner hyphens, parts of 1 to 63."
            )
    if len(rest) > 253:
        raise HostError(f"the host name has {len(rest)} characters; 253 is the most")
    last = rest.rpartition(".")[2]
    if last.isdigit():
        raise HostError(f"{text!r} ends in a number, as only addresses do")
    if last == "localhost":
        raise HostError(f"{text!r} is the machine itself", LOOPBACK_HINT)
    for label in rest.split("."):
        if label.startswith("xn--"):
            _check_punycode(text, label)
    return Host("wildcard" if wildcard else "exact", name)


def _check_punycode(text: str, label: str) -> None:
    try:
        label[4:].encode("ascii").decode("punycode")
    except UnicodeError as error:
        raise HostError(f"{text!r}: {label!r} is not valid punycode") from error


def _from_unicode(text: str) -> str:
    try:
        ascii_form = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return "Write the name in its ASCII form (xn--…)."
    return (
        f"Names that look alike are a trick as old as Unicode: if {ascii_form} is the name that you mean, write that."
    )


def _from_url(text: str) -> str:
    scheme, _, rest = text.partition("://")
    authority, slash, path = rest.partition("/")
    host, _, port = authority.rpartition("@")[2].partition(":")
    parts = [f'host: "{host or "example.com"}"']
    if port.isdigit():
        parts.append(f"ports: [{port}]")
    if scheme.lower() in ("http", "ws"):
        parts.append("protocol: http")
    if slash and path:
        parts.append(f'paths: ["/{path.partition("?")[0].rstrip("/")}/**"]')
    return f"Write {', '.join(parts)}."


def _from_port(text: str) -> str:
    host, _, port = text.rpartition(":")
    return f'Write host: "{host.strip("[]")}", ports: [{port}].' if port.isdigit() else "Ports belong under `ports:`."


def network(text: str) -> str:
    """An entry of `addresses:`: a network or one address, as a canonical network. `HostError` for anything else."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise HostError(f"{text!r} is not a network", 'Write one such as "10.1.0.0/16" or "10.1.2.3".') from error
    if "/" in text and str(found) != _canonical_network(text):
        raise HostError(f"{text!r} has bits set beyond its prefix", f"Write {found} for the network.")
    return str(found)


class NetworkIndex(Generic[T]):
    """Things by the network that they are about, found by an address or a narrower network without asking each."""

    def __init__(self) -> None:
        self._by_prefix: dict[tuple[int, int], dict[int, list[tuple[str, T]]]] = {}

    def add(self, network_text: str, thing: T) -> None:
        network = ipaddress.ip_network(network_text)
        same_length = self._by_prefix.setdefault((network.version, network.prefixlen), {})
        same_length.setdefault(int(network.network_address), []).append((network_text, thing))

    def containing(self, text: str) -> list[T]:
        """The things whose network speaks of this address or network, from the widest network to the narrowest."""
        narrow = ipaddress.ip_network(text)
        first = int(narrow.network_address)
        found: list[T] = []
        for (version, length), networks in sorted(self._by_prefix.items()):
            if version == narrow.version and length <= narrow.prefixlen:
                start = first >> (narrow.max_prefixlen - length) << (narrow.max_prefixlen - length)
                found += [thing for network, thing in networks.get(start, ()) if speaks_of(network, text)]
        return found
