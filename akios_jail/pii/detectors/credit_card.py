"""Numbers of payment cards.

A number counts if its check digit is right (Luhn), it begins as one of the networks' numbers do and has a length that
this network issues, and it is written as cards are: in groups of 4-4-4-4 and the like, or in one. One in ten numbers
has a right check digit by chance, so what is as likely something else (12 and 13 digits in one; groups that no card
has) needs words before it, and what words call an order or a parcel needs groups.

Confidence: 0.97 in groups or announced; 0.95 in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from akios_jail.pii.detectors.checksums import luhn
from akios_jail.pii.detectors.surroundings import Announcement, otherwise
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View


class Network(NamedTuple):
    """The first digits of a network's numbers, from `low` to `high`, and how many digits they have."""

    name: str
    low: str
    high: str
    lengths: frozenset[int]


_LONG = frozenset(range(16, 20))
_DINERS = frozenset(range(14, 20))
_MAESTRO = frozenset(range(12, 20))
_16, _15 = frozenset((16,)), frozenset((15,))

NETWORKS = (
    Network("Visa", "4", "4", frozenset((13, 16, 18, 19))),
    Network("Mastercard", "51", "55", _16),
    Network("Mastercard", "2221", "2720", _16),
    Network("American Express", "34", "34", _15),
    Network("American Express", "37", "37", _15),
    Network("Diners Club", "300", "305", _DINERS),
    Network("Diners Club", "3095", "3095", _DINERS),
    Network("Diners Club", "36", "36", _DINERS),
    Network("Diners Club", "38", "39", _DINERS),
    Network("Hipercard", "3841", "3841", frozenset((13, 16, 19))),
    Network("JCB", "3528", "3589", _LONG),
    Network("JCB", "1800", "1800", _15),
    Network("JCB", "2131", "2131", _15),
    Network("RuPay", "353", "353", _16),
    Network("RuPay", "356", "356", _16),
    Network("Discover", "6011", "6011", _LONG),
    Network("Discover", "644", "649", _LONG),
    Network("Discover", "65", "65", _LONG),
    Network("UnionPay", "62", "62", _LONG),
    Network("UnionPay", "81", "81", _LONG),
    Network("RuPay", "60", "60", _16),
    Network("RuPay", "82", "82", _16),
    Network("RuPay", "508", "508", _16),
    Network("Verve", "506099", "506198", frozenset((16, 18, 19))),
    Network("Verve", "507865", "507964", frozenset((16, 18, 19))),
    Network("Elo", "5066", "5067", _16),
    Network("Elo", "509", "509", _16),
    Network("Elo", "627780", "627780", _16),
    Network("Elo", "636297", "636297", _16),
    Network("Elo", "636368", "636368", _16),
    Network("Dankort", "5019", "5019", _16),
    Network("Maestro", "50", "50", _MAESTRO),
    Network("Maestro", "56", "58", _MAESTRO),
    Network("Maestro", "6012", "6019", _MAESTRO),
    Network("Maestro", "61", "61", _MAESTRO),
    Network("Maestro", "63", "63", _MAESTRO),
    Network("Maestro", "66", "69", _MAESTRO),
    Network("Mir", "2200", "2204", _LONG),
    Network("Troy", "9792", "9792", _16),
    Network("Uzcard", "8600", "8600", _16),
    Network("Humo", "9860", "9860", _16),
    Network("UATP", "1", "1", _15),
)
_BY_FIRST = {first: tuple(row for row in NETWORKS if row.low[0] <= first <= row.high[0]) for first in "0123456789"}

_ANNOUNCED = Announcement(
    "cards?", "cc", "pan", "visa", "master ?card", "amex", "american express", "maestro", "discover", "diners",
    "diners club", "jcb", "union ?pay", "credit ?card", "debit ?card", "creditcardnummer", "karten?", "kartennummer",
    "kreditkarten?", "kreditkartennummer", "cartes?", "carte bancaire", "carte bleue", "carte de cr[eé]dit", "cb",
    "tarjetas?", "tarjeta de (?:cr[eé]dito|d[eé]bito)", "carta", "carta di credito", "cart[aã]o",
    "cart[aã]o de cr[eé]dito", "kaart", "kaartnummer", "karty", "numer karty", "kort", "kortnummer", "kreditkort",
    "kredittkort", "luottokortti", "kredi kart.", "карт[аыу]", "номер карты", "信用卡", "银行卡", "卡号", "カード番号",
    "クレジットカード", "카드", "카드번호", "بطاقة",
)  # fmt: skip
_SIGN = r"[ ./_-]{1,3}"
_WORD = r" ?(?:dash|hyphen|minus|dot|space) ?"
#: The groups in which cards are printed and people write them.
_GROUPINGS = frozenset(
    (
        *((4, 4, 4, last) for last in (1, 2, 3, 4, 5, 6, 7)),
        *((4, 4, 4, 4, last) for last in (1, 2, 3)),
        (4, 4, 4),
        (4, 6, 5),
        (4, 6, 4),
        (6, 13),
        (4, 5, 6),
        (4, 3, 3, 3),
        (6, 6, 4),
        (6, 6, 6),
    )
)
#: Groups of digits with signs between, which read the same from behind, so that one match finds where they begin.
_BACKWARD = re.compile(rf"[0-9]++(?>(?:{_SIGN}[0-9]++)*)")
_SPOKEN = re.compile(rf"[0-9]+(?:{_WORD}[0-9]+)+\Z", re.IGNORECASE)
_GROUP = re.compile(r"[0-9]+")
#: No card's number has fewer digits, or more.
_SHORTEST, _LONGEST = 12, 19
#: The longest number with signs between, and with words.
_WRITTEN, _SPELT = 44, 72


#: The triggers of numbers with a sign after each digit, and with words between the groups.
_ONE_BY_ONE, _BY_WORDS = 3, 4


class CreditCard:
    """A number of 12 to 19 digits, in one or in groups; spelt digit by digit or with "dash" between, too."""

    kind = "credit_card"
    triggers = (
        r"\b(?:[3-69][0-9]{11,18}|2[0-9]{14,18}|1[0-9]{14}|8[0-9]{15,18})\b",
        rf"\b[0-9]{{4,8}}{_SIGN}[0-9]{{3,13}}(?:{_SIGN}[0-9]{{1,7}}){{1,3}}\b",
        rf"\b[3-6][0-9]{{5,7}}{_SIGN}[0-9]{{8,13}}\b",
        r"\b[0-9](?:[ .-][0-9]){11}\b",  # the fewest: of a longer number each further digit ends them, too
        rf"(?i)[0-9]{{4}}{_WORD}[0-9]{{4,6}}{_WORD}[0-9]{{4,5}}(?:{_WORD}[0-9]{{1,7}}){{0,2}}\b",
    )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        text, start = view.folded, _beginning(view.folded, end, trigger == _BY_WORDS)
        groups = _GROUP.findall(text, start, end)
        if trigger == _ONE_BY_ONE and (not 12 <= len(groups) <= 19 or _digit_before(view, start)):
            return  # a long row of digits: every twelve of them would be looked at
        if sum(map(len, groups)) < _SHORTEST:
            return  # most rows of numbers
        sizes: tuple[int, ...] = ()
        digits = ""
        first = end
        for group in reversed(groups):  # from the last group backward: any of them may be the first
            digits = group + digits
            if len(digits) > _LONGEST:
                return
            sizes = (len(group), *sizes)
            first = text.rindex(group, start, first)
            finding = self._finding(view, first, end, digits, sizes) if len(digits) >= _SHORTEST else None
            if finding is not None:
                yield finding

    def _finding(self, view: View, start: int, end: int, digits: str, sizes: tuple[int, ...]) -> Finding | None:
        network = network_of(digits)
        if (
            network is None
            or not luhn(digits)
            or digits.count(digits[0]) == len(digits)
            or not _alone(view, start, end)
        ):
            return None
        reason = f"Luhn-valid, {network} range"
        separators = {*_GROUP.sub("\0", view.folded[start:end]).split("\0")} - {""}
        as_printed = (sizes in _GROUPINGS or max(sizes) == 1) and len(separators) == 1
        if len(sizes) > 1 and as_printed and not _goes_on(view, start, end):
            return Finding(self.kind, start, end, digits, 0.97, f"{reason}, grouped as cards are")
        usual = len(digits) >= 14 and (network not in ("Maestro", "UATP") or len(digits) == 16)
        if len(sizes) == 1 and usual and not otherwise(view, start):
            return Finding(self.kind, start, end, digits, 0.95, reason)
        if _EXPIRY.match(view.folded, end) is not None or _ANNOUNCED.leads_to(view, start):
            return Finding(self.kind, start, end, digits, 0.97, f"{reason}, announced")
        return None


#: What is written after a card's number and after little else.
_EXPIRY = re.compile(
    r"[ ,;]{1,3}(?:exp(?:iry|ires|\.)?|valid|cvv|cvc|good thru|g[uü]ltig|caduca|vence|scad)\b", re.IGNORECASE
)
_MORE_AFTER = re.compile(r"[ .-][0-9]{2,}(?![0-9/])")


def _digit_before(view: View, start: int) -> bool:
    """Whether another digit stands before `start`, with a sign between."""
    return view.char(start - 2).isdigit()


def _goes_on(view: View, start: int, end: int) -> bool:
    """Whether further groups of digits stand before or after: then this is a piece of a longer number."""
    before = view.char(start - 1)
    if before != "" and before in " .-" and view.char(start - 2).isdigit():
        return True
    after = _MORE_AFTER.match(view.folded, end)
    return after is not None and after.end() - end > 3


def _beginning(text: str, end: int, spelt: bool) -> int:
    """Where the groups of digits begin that end at `end`."""
    if spelt:
        spoken = _SPOKEN.search(text, max(0, end - _SPELT), end)
        return spoken.start() if spoken is not None else end
    run = _BACKWARD.match(text[max(0, end - _WRITTEN) : end][::-1])
    return end - run.end() if run is not None else end


def network_of(digits: str) -> str | None:
    """The network that issues numbers which begin like this and are as long."""
    for name, low, high, lengths in _BY_FIRST[digits[0]]:
        if len(digits) in lengths and low <= digits[: len(low)] <= high:
            return name
    return None


def _alone(view: View, start: int, end: int) -> bool:
    before, after = view.char(start - 1), view.char(end)
    if before.isascii() and (before.isalnum() or before == "_"):
        return False
    if before != "" and before in ".-+/" and view.char(start - 2).isalnum() and not _ends_word(view, start - 1):
        return False
    if after.isascii() and (after.isalnum() or after == "_"):
        return False
    return not (after != "" and after in ".-/" and view.char(end + 1).isdigit())


def _ends_word(view: View, end: int) -> bool:
    """Whether what ends here is a word of letters, as in `Visa-4111…`, and no part of a path or a number."""
    return re.search(r"(?<![A-Za-z0-9])[A-Za-z]{2,12}\Z", view.folded[max(0, end - 14) : end]) is not None
