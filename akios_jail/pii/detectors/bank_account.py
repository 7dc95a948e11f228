"""Bank accounts other than IBANs: numbers in the forms of a country, after words that say what they are.

A routing number or a sort code is a bank's and not a person's; it is found with the account because together they are
what money is drawn with. Check digits decide where a country has them (`account_checks`). An account number of another
kind must stand right after its word (`account_words`), with a bank's name between them at most, or beside the name of a
bank.

Confidence: 0.95 with a right check digit; 0.91 announced; 0.9 as a pair with its bank; 0.85 a bank; 0.75 beside one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.account_forms import FIELDS, FORMS, PROVED
from akios_jail.pii.detectors.account_words import ACCOUNT, BANKS
from akios_jail.pii.detectors.announced_number import AnnouncedNumber
from akios_jail.pii.detectors.surroundings import Announcement, digit_after, otherwise, stands_alone
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_WRITTEN = (
    "(?:"
    # with letters: Italy, banks of the Netherlands and Bulgaria, building societies, France's post, Switzerland
    r"[A-Z] ?[0-9]{5} ?[0-9]{5} ?[0-9A-Z]{12}|[A-Z]{4}[0-9]{10,14}|[A-Z]/[0-9]{6,9}-[0-9]|[0-9]{7}[A-Z][0-9]{3}|"
    r"[0-9]{5} [0-9]{5} [0-9A-Z]{11} [0-9]{2}|[0-9]{3,4}-[0-9]{6}\.[0-9]{2}[A-Z]|"
    r"(?:[0-9]{3,4}(?:-[0-9Xx])? ?/ ?)?(?:[0-9]{1,3}(?:\.[0-9]{3}){1,2}|[0-9]{4,8})-[0-9Xx](?![0-9 -])|"
    r"(?:[0-9]{1,6}-)?[0-9]{2,10}/[0-9]{4}|"
    r"[0-9]{4}(?:-[0-9])?,? [0-9]{3} [0-9]{3} [0-9]{3}(?:-[0-9])?|[0-9]{2,6}(?:[ -][0-9]{1,10}){1,6}|"
    # groups with any signs, but no address of the internet, no decimals, no month
    rf"(?!{_OCTET}(?:\.{_OCTET}){{3}}(?![0-9.-])|[0-9]+\.[0-9]{{1,2}}(?![0-9.-])|[01]?[0-9][./-](?:19|20)[0-9]{{2}}(?![0-9./-]))"
    r"[0-9]{1,20}(?:[./-][0-9]{1,20}){1,7}(?:-[Xx])?|[0-9]{3,12}-[Xx]|[0-9]{8} [0-9]{8}(?: [0-9]{8})?|[0-9]{6,26}"
    # and not a part of more; the bank or the currency may stand behind a stroke
    r")(?![./-][0-9])(?:/[A-Z]{2,5}(?![0-9A-Za-z]))?"
)
#: A second account after the first.
_ANOTHER = re.compile(
    r"(?: (?:and|und|et|y|e|en|og|och|ja|i|a|to|or|oder|ou|o) |, ?| ?[/&] ?| ?-> ?)(?P<number>[0-9]{6,20})(?![\w.-])"
)
_SIGNS = re.compile(r"[^0-9A-Z]+")
#: The longest form without words, with its signs.
_LONGEST = 34
#: Up to five words with capitals, and what banks' names have between them.
_CAPITAL = r"[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff][\w.&'\u2019-]{1,20}"
_NAME_OF_BANK = rf"(?:{_CAPITAL} |(?:of|de|do|da|di|del|la|e|y|et|und|and|&|the|d'|bei|der) ){{0,4}}{_CAPITAL}"
#: From the word for an account to the number: whose name stands between them.
_TO_NUMBER = re.compile(
    rf"[^\n0-9]{{0,24}}?(?<![^ :])(?P<bank>{_NAME_OF_BANK})[^0-9A-Za-z\n]{{0,4}}"
    r"(?:(?:no|nr|n|num|number|nummer|numer|is|es|ist|est|to|jest)[^0-9A-Za-z]{1,3})?"
)
_BANK = Announcement(*map(re.escape, BANKS), fillers="a/c|acc|account|acct|cheque|savings|current|checking")
_BANKS = "|".join(f"{bank}\\b" if bank.isascii() else bank for bank in map(re.escape, BANKS))
#: A number beside the name of a bank, and one in front of it.
_DIGITS = r"[0-9](?:[ .-]?[0-9]){7,17}"
_BESIDE_BANK = re.compile(rf"{_DIGITS}(?![0-9A-Za-z_])")
_BEFORE_BANK = rf"(?i)[0-9][ ,(/-]{{1,3}}(?:{_BANKS})"
#: A number that words behind it call an account.
_IS_ACCOUNT = (
    r"(?: is| as|,)? (?:(?:my|your|his|her|our|the|their|a) )(?:(?:new|old|bank|checking|savings|current) ){0,2}"
    r"(?:account|acct|a/c)|(?: ist|,)? (?:mein|dein|unser|ihr)e? (?:neue )?(?:konto|bankverbindung)|"
    r"(?: est|,)? mon (?:num[eé]ro de )?compte|(?: es|,)? mi (?:n[uú]mero de )?cuenta|(?: [eè]|,)? il mio conto|"
    r"(?: [eé]|,)? (?:a )?minha conta|(?: is|,)? mijn (?:bank)?rekening"
)
_BEFORE_WORDS = rf"(?i)[0-9](?:{_IS_ACCOUNT})"
_CALLED = re.compile(rf"(?P<number>(?<![0-9]){_DIGITS})(?:{_IS_ACCOUNT})\Z", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(rf"(?P<number>(?<![0-9]){_DIGITS})[ ,(/-]{{1,3}}(?:{_BANKS})\Z", re.IGNORECASE)
_CURRENCY = re.compile(r" ?(?:€|\$|£|[A-Z]{3})(?!\w)")


class BankAccount(AnnouncedNumber):
    """`Routing 021000021, account 123456789`; `Sort code 20-00-00, account 55779911`; `2100 0418 45 0200051332`."""

    def __init__(self) -> None:
        super().__init__("bank_account", ACCOUNT, _WRITTEN, least=6, letters=5, confidence=0.91)
        self._first = len(self.triggers)
        self._fields = self._first + len(FORMS) + len(PROVED)
        self._beside = self._fields + len(FIELDS)
        self.triggers = (
            *self.triggers,
            *(form.words.trigger for form in FORMS),
            *(proved.trigger for proved in PROVED),
            *FIELDS,
            _BANK.trigger,
            _BEFORE_BANK,
            _BEFORE_WORDS,
        )
        self._endings = tuple(re.compile(proved.trigger + r"\Z") for proved in PROVED)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger < self._first:
            return super().check(view, trigger, end)
        if trigger > self._beside:
            return _before(view, end, trigger == self._beside + 1)
        if trigger == self._beside:
            return _behind_bank(view, end)
        if trigger >= self._fields:
            return _in_field(view, end)
        row = trigger - self._first
        return self._after_words(view, row, end) if row < len(FORMS) else self._proved(view, row - len(FORMS), end)

    def at(self, view: View, digit: int, earliest: int) -> Iterable[Finding]:
        """The number at `digit`, and another one of as many digits after it."""
        for found in super().at(view, digit, earliest):
            yield found
            other = _ANOTHER.match(view.folded, found.end)
            if other is not None and len(other["number"]) == len(found.key):
                yield found._replace(start=other.start("number"), end=other.end("number"), key=other["number"])

    def announced(self, view: View, start: int, number: str, earliest: int) -> float:
        """Right behind the words; less surely with the name of a bank between them."""
        sure = super().announced(view, start, number, earliest)
        if sure or not earliest or len(number) < _LEAST_BEHIND_NAME:
            return sure
        bank = _TO_NUMBER.fullmatch(view.folded, earliest, start)
        if bank is None or _NO_BANK.search(bank["bank"]) is not None:
            return 0.0
        return 0.8 if super().announced(view, bank.start("bank"), number, earliest) else 0.0

    def amounts(self, view: View, end: int, number: str) -> bool:
        """Eight digits and a currency are an account in it: amounts have signs within them."""
        return super().amounts(view, end, number) and not (len(number) >= _SURE and _CURRENCY.match(view.folded, end))

    def _after_words(self, view: View, row: int, end: int) -> Iterable[Finding]:
        form, digit = FORMS[row], digit_after(view, end)
        if digit < 0:
            return
        for start in range(max(end, digit - 4), digit + 1):
            match = form.written.match(view.folded, start)
            if match is not None and form.words.leads_to(view, start) and stands_alone(view, start, match.end()):
                number = _SIGNS.sub("", match.group())
                if form.valid(number):
                    yield Finding(self.kind, start, match.end(), number, form.confidence, form.reason)
                return

    def _proved(self, view: View, row: int, end: int) -> Iterable[Finding]:
        match = self._endings[row].search(view.folded, max(0, end - _LONGEST), end)
        if match is None or not stands_alone(view, match.start(), end):
            return
        number = _SIGNS.sub("", match.group())
        if PROVED[row].valid(number) and not otherwise(view, match.start()):
            yield Finding(self.kind, match.start(), end, number, PROVED[row].confidence, PROVED[row].reason)


#: So many digits without a sign between them are no amount.
_SURE = 8
#: Behind a name numbers are not shorter.
_LEAST_BEHIND_NAME = 7
#: What stands there and is no bank.
_NO_BANK = re.compile(
    r"\b(?:balance|manager|meralco|pldt|netflix|amazon|executive|type|holder|name|summary|total|order|invoice|since|opened|created|rep|team|services?|"
    r"department|support|help|hotline|line|phone|tel|fax|mobile|ext|saldo|stand|vom|kunden?|client|cliente|customer|"
    r"statement|id|ref|reference|usd|eur|gbp|chf|pln|date|datum|fecha|card|karte|visa|mastercard)\b",
    re.IGNORECASE,
)


def _behind_bank(view: View, end: int) -> Iterable[Finding]:
    start = digit_after(view, end)
    match = _BESIDE_BANK.match(view.folded, start) if start >= 0 else None
    if match is not None and _BANK.leads_to(view, start) and stands_alone(view, start, match.end()):
        yield _beside(start, match.end(), match.group(), 0.75)


def _before(view: View, end: int, bank: bool) -> Iterable[Finding]:
    """A number in front of the name of a bank, or of words that call it an account."""
    match = (_NUMBER_BEFORE if bank else _CALLED).search(view.folded, max(0, end - 2 * _LONGEST), end)
    if match is None or not stands_alone(view, match.start(), match.end("number")):
        return
    if not otherwise(view, match.start()):
        yield _beside(match.start(), match.end("number"), match["number"], 0.75 if bank else 0.9)


def _in_field(view: View, end: int) -> Iterable[Finding]:
    """The account that begins with the last character of what leads to it."""
    match = _OF_FIELD.match(view.folded, end - 1)
    if match is not None and sum(map(str.isdigit, match.group())) >= _LEAST_BEHIND_NAME:
        yield Finding("bank_account", *match.span(), _SIGNS.sub("", match.group()), 0.9, "where accounts stand")


_OF_FIELD = re.compile(r"[0-9][0-9A-Z-]{5,33}(?![0-9A-Za-z])")


def _beside(start: int, end: int, written: str, confidence: float) -> Finding:
    return Finding(
        "bank_account", start, end, _SIGNS.sub("", written), confidence, "beside what says account, or a bank"
    )
