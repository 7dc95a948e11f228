"""Addresses of network cards (IEEE 802 EUI-48).

Six pairs of hexadecimal digits with one sign between, or three groups of four with dots. Groups of pairs are also how
certificates' fingerprints and other bytes are written, so there must be six and no seventh. All zeroes, all ones and
addresses of groups (multicast) are nobody's.

Without a sign between, twelve digits count behind a word for such an address, or in a line of a log about a network.

Confidence: 0.97; without a sign 0.9.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

_PAIR = "[0-9A-Fa-f]{2}"
#: Where the sign between says little, words must say it.
_WORDS = re.compile(
    r"(?<![^\W_])(?:mac|mac ?addr(?:ess)?|mac-?adresse?|hwaddr|hw ?addr|"
    r"ether|ethernet|hardware|bssid|wlan|wi-?fi|bluetooth|bt|nic|lan|"
    r"address|adresse|dirección|indirizzo|endereço|адрес)(?![^\W\d_])",
    re.IGNORECASE,
)
#: The same before twelve digits without a sign, or in groups as few write them, with a few words between.
_SAID = re.compile(
    r"(?:\) at \Z|(?<![^\W_])(?:mac|macs|hwaddr|hw[ _-]?addr(?:ess)?|bssid|ether|lladdr|etherwake|wol|eui-?(?:48|64)|"
    r"e?mac[ _-]?(?:addr(?:ess)?|adresse?|id)|(?:calling|called)[ _-]?station[ _-]?id|"
    r"(?:hardware|physical|ethernet|wlan|wi-?fi|lan|bluetooth|bt|device|station|client)[ _-]?"
    r"(?:mac|addr(?:ess)?|mac[ _-]?addr(?:ess)?))(?![a-z0-9])|\bMAC)"
    r"(?>(?: ?\([^()\n]{1,16}\))?[^\n0-9;|]{0,28})\Z",
    re.IGNORECASE,
)
#: Macintoshes, and what is somebody's make-up.
_OTHER_MAC = re.compile(
    r"\bmac ?(?:os|book|mini|pro|studio|app|store|serial|s/n|lipstick|users?|version|build)\b", re.IGNORECASE
)
#: What logs of networks say of a device, and what such a line has besides.
_DEVICE = re.compile(
    r"(?:\b(?:sta|station|client|supplicant|peer|node|probe-?req(?:uest)?|assoc(?:iated)?|from|to|at|user-?name|user|host|"
    r"device|bluetooth|sticker|label|aufkleber|étiquette|etiqueta|etichetta|naklejka|says|reads|add|allow|block|unblock|"
    r"whitelist)\b[^\n0-9;|]{0,14}|^[0-9]{9,11} )\Z",
    re.IGNORECASE,
)
_ON_NETWORK = re.compile(
    r"\b(?:mac|ssid|rssi|wlan[0-9]?|wi-?fi|dis?assoc\w*|assoc\w*|deauth\w*|probe|dbm|roam\w*|eapol|dhcp\w*|lease|arp|vlan|"
    r"radius|mab|onu|ont|router|pair(?:ing)?|bluetooth|headphones?|kopfh\w+|scale|printer|hotspot|access point|"
    r"(?:[0-9]{1,3}\.){3}[0-9]{1,3})\b",
    re.IGNORECASE,
)


class MacAddress:
    """`00:1a:2b:3c:4d:5e`, `00-1A-2B-3C-4D-5E`, `001a.2b3c.4d5e`."""

    kind = "mac_address"
    triggers = (
        rf"\b{_PAIR}(?::{_PAIR}){{5}}\b",
        rf"\b{_PAIR}(?:-{_PAIR}){{5}}\b",
        r"\b[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\b",
        rf"\b{_PAIR}(?: {_PAIR}){{5}}\b",
        # What all three have in common comes first: the pass takes a third of the time for it.
        r"\b[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{2}[-:.][0-9A-Fa-f]{6}|[-:][0-9A-Fa-f]{4}[-:][0-9A-Fa-f]{4})\b",
        rf"\b{_PAIR}(?:[:-]{_PAIR}){{7}}\b|\b[0-9A-Fa-f]{{1,2}}(?::[0-9A-Fa-f]{{1,2}}){{5}}\b|\b{_PAIR}(?:[._]{_PAIR}){{5}}\b",
    )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger >= 4:
            yield from _told(view, end)
            return
        start = end - (14 if trigger == 2 else 17)
        written = view.folded[start:end]
        sign = ":-. "[trigger]
        if _goes_on_before(view, start, sign) or (view.char(end) == sign and _hexadecimal(view.char(end + 1))):
            return
        before = view.char(start - 1)
        if (before.isascii() and before.isalnum()) or before == "_":
            return
        digits = written.replace(sign, "").lower()
        if digits in ("0" * 12, "f" * 12) or int(digits[1], 16) & 1:
            return
        told = sign == ":" or _WORDS.search(view.before(start, 32)) is not None
        if sign == " " and not told:
            return
        if not told and (digits.isdigit() or digits.isalpha()):
            return  # 01-02-03-04-05-06 counts something
        yield Finding(self.kind, start, end, digits, 0.97, "six bytes, of one card")


def _told(view: View, end: int) -> Iterable[Finding]:
    """In groups that few write, of eight bytes, or with no sign at all: where a word says it right before."""
    match = _UNUSUAL.search(view.folded, max(0, end - 24), end)
    if match is None:
        return
    digits = _NO_DIGITS.sub("", match.group()).lower()
    if (
        view.char(end) not in (":", "-", ".", "_")
        and len(set(digits)) > 1
        and _announced(view, match.start(), end, digits)
    ):
        yield Finding("mac_address", match.start(), end, digits, 0.9, "announced as the address of a card")


def _announced(view: View, start: int, end: int, digits: str) -> bool:
    """Whether words say that these are a card's: right before it, or what stands in the same line of a log."""
    before = view.before(start, 56)
    said = _SAID.search(before)
    if said is not None and _OTHER_MAC.search(before) is None:
        return True
    line = before.rpartition("\n")[2]
    if len(digits) != _OF_CARDS or digits.isdigit() or digits.isalpha() or int(digits[1], 16) & 1:
        return False
    if _TO_FILTER.match(view.folded, end, end + 24) is not None:
        return True
    around = line + " " + view.folded[end : end + 64].partition("\n")[0]
    return _DEVICE.search(line) is not None and _ON_NETWORK.search(around) is not None


def _goes_on_before(view: View, start: int, sign: str) -> bool:
    """Whether another pair stands before the first, with the same sign between."""
    return view.char(start - 1) == sign and (sign != " " or _PAIR_BEFORE.search(view.before(start, 4)) is not None)


_PAIR_BEFORE = re.compile(rf"(?:\A|[^0-9A-Za-z]){_PAIR} \Z")
_OF_CARDS = 12
_TO_FILTER = re.compile(r" ?\((?:MAC|mac)\)| (?:to|on|in) (?:the )?mac\b", re.IGNORECASE)
_UNUSUAL = re.compile(
    r"(?<![0-9A-Za-z._-])(?<![0-9A-Za-z]:)(?:[0-9A-Fa-f]{12}|[0-9A-Fa-f]{6}[-:.][0-9A-Fa-f]{6}|[0-9A-Fa-f]{4}(?:[-:][0-9A-Fa-f]{4}){2}|"
    r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){7}|[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5}|[0-9A-Fa-f]{2}(?:[._][0-9A-Fa-f]{2}){5})\Z"
)
_NO_DIGITS = re.compile("[^0-9A-Fa-f]")


def _hexadecimal(char: str) -> bool:
    return char != "" and char in "0123456789abcdefABCDEF"
