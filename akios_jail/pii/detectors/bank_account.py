"""Bank accounts other than IBANs: numbers in the forms of a country, after words that say what they are.

A routing number or a sort code is a bank's and not a person's; it is found with the account because together they are
what money is drawn with. Check digits decide where a country has them: routing numbers (ABA), Spain's CCC, Mexico's
CLABE, Argentina's CBU, Poland's accounts. An account number of another kind must stand right after its word.

Confidence: 0.95 with a right check digit; 0.91 announced; 0.9 as a pair with its bank; 0.85 a bank.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from akios_jail.pii.detectors.announced_number import AnnouncedNumber
from akios_jail.pii.detectors.checksums import mod_97, weighted
from akios_jail.pii.detectors.surroundings import Announcement, digit_after, stands_alone
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

_WORDS = Announcement(
    "account", "acct", "a/c", "acc", "accnt", "bank account", "account (?:number|no|#|num|nr)",
    "acct (?:number|no|#|num|nr)", "checking", "savings", "deposit", "beneficiary account", "kontonummer", "konto",
    "kontonr", "konto-?nr", "bankkonto", "girokonto", "bankverbindung", "num[eé]ro de compte", "compte",
    "compte bancaire", "rib", "cuenta", "cuenta bancaria", "cuenta corriente", "n[uú]mero de cuenta", "cta",
    "cta\\.? cte", "conto", "conto corrente", "numero di conto", "c/c", "conta", "conta corrente",
    "n[uú]mero da conta", "conta banc[aá]ria", "rekening", "rekeningnummer", "bankrekening", "numer konta",
    "nr konta", "rachunku", "rachunek", "nr rachunku", "bankgiro", "plusgiro", "kontonumret", "tilinumero",
    "[cč][ií]slo [uú][cč]tu", "[uú][cč]et", "sz[aá]mlasz[aá]m", "hesap no", "hesap numaras.", "cont bancar",
    "num[aă]r cont", "broj ra[cč]una", "расчетный счет", "расчётный счёт", "лицевой счет", "номер счета", "р/с",
    "银行账号", "账号", "银行帐号", "帐号", "銀行帳號", "帳號", "口座番号", "普通", "口座", "계좌번호", "계좌",
    "رقم الحساب", "الحساب", "חשבון", "מספר חשבון", "खाता संख्या", "เลขที่บัญชี", "số tài khoản", "stk",
    "nomor rekening", "no\\.? rekening", "rek", "akaun", "сметка", "номер на сметка", "номер сч[её]та", "λογαριασμού",
    "λογαριασμός", "konta numurs", "konts", "[sš]tevilka ra[cč]una", "teku[cć]i ra[cč]un", "s[aą]skaitos",
    "s[aą]skaita", "arvelduskonto", "reikning", "llogari", "номер рахунку", "رقم حساب", "شماره حساب", "nombor akaun",
    "conta poupan[cç]a", "compte courant", "num[aă]r de cont", "rachunek bankowy", "rachunku bankowego",
    "reikningsn[uú]mer", "bankareikning", "број рачуна", "खाता नंबर", "खाता क्रमांक", "银行账户", "账户号码",
    "帳戶號碼", "akaunti", "nambari ya akaunti", "rekeningnommer", "cuntas", "compte bancari", "kontonumber",
    "broj bankovnog ra[cč]una", "clearingnummer", "ชื่อบัญชี", "บัญชีธนาคาร", "หมายเลขบัญชี", "شماره حساب بانکی",
    "بینک اکاؤنٹ", "ব্যাংক অ্যাকাউন্ট", "hisob raqam", "шот нөмірі", "հաշվեհամար", "ანგარიშის ნომერი", "konto bankowe",
    "banksz[aá]mla", "tk ng[aâ]n h[aà]ng",
    fillers="bankowy|bankowego|bancario|bancaria|bancaire|bankov[a-z]+|numeris|numaras.|n[uú]mer|номер|numurs|"
    "[sš]tevilka|sz[aá]ma?|broj|na|ids?|bank|number:|ending|with|current|checking|savings|iban|acct|"
    "account|corrente|corriente|courant",
)  # fmt: skip
_WRITTEN = (
    r"(?:[0-9]{1,6}-)?[0-9]{2,10}/[0-9]{4}|[0-9]{2,6}(?:[ -][0-9]{1,10}){1,5}|[0-9]{1,4}(?:\.[0-9]{1,5}){2,4}|"
    r"[0-9]{6,20}|[0-9]{3,12}-[0-9Xx]"
)


class _Form(NamedTuple):
    """What else is written beside accounts: `words`, then `written`, then proved by `valid`."""

    words: Announcement
    written: re.Pattern[str]
    valid: Callable[[str], bool]
    confidence: float
    reason: str


def _routing(number: str) -> bool:
    prefix = int(number[:2])
    known = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return known and number != "000000000" and weighted(number, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0


def _ccc(number: str) -> bool:
    first = weighted("00" + number[:8], (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11
    second = weighted(number[10:], (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11
    return number[8:10] == "".join(str({0: 0, 1: 1}.get(rest, 11 - rest)) for rest in (first, second))


def _clabe(number: str) -> bool:
    total = sum(int(digit) * (3, 7, 1)[index % 3] % 10 for index, digit in enumerate(number[:17]))
    return (10 - total % 10) % 10 == int(number[17])


def _cbu(number: str) -> bool:
    bank = (10 - weighted(number[:7], (7, 1, 3, 9, 7, 1, 3)) % 10) % 10
    account = (10 - weighted(number[8:21], (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3)) % 10) % 10
    return number[7] == str(bank) and number[21] == str(account)


def _polish(number: str) -> bool:
    return mod_97(number[2:] + "PL" + number[:2]) == 1


def _british(number: str) -> bool:
    """Six digits that could be a date, or a sort code; the eight after them are no other date."""
    return number[6:8] not in ("19", "20")


def _any(number: str) -> bool:
    return True


_FORMS = (
    _Form(
        Announcement("routing", "aba", "rtn", "transit (?:number|no|routing)", "ach", "wire"),
        re.compile(r"[0-9]{9}|[0-9]{4}[ -][0-9]{4}[ -][0-9]|[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}"),
        _routing,
        0.95,
        "a US routing number, check digit right",
    ),
    _Form(
        Announcement("sort ?-?code", "sortcode", "s/c"),
        re.compile(r"[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}"),
        _any,
        0.85,
        "a sort code, announced",
    ),
    _Form(Announcement("bsb"), re.compile(r"[0-9]{3}[ -]?[0-9]{3}"), _any, 0.85, "an Australian BSB, announced"),
    _Form(
        Announcement("blz", "bankleitzahl"),
        re.compile(r"[0-9]{3} ?[0-9]{3} ?[0-9]{2}"),
        _any,
        0.85,
        "a Bankleitzahl, announced",
    ),
    _Form(Announcement("ifsc"), re.compile(r"[A-Z]{4}0[A-Z0-9]{6}"), _any, 0.85, "an Indian bank's branch, announced"),
    _Form(
        Announcement("clabe", "cuenta clabe"),
        re.compile(r"[0-9]{18}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{11}[ -][0-9]"),
        _clabe,
        0.95,
        "a CLABE, check digit right",
    ),
    _Form(Announcement("cbu", "cvu"), re.compile(r"[0-9]{22}"), _cbu, 0.95, "a CBU, check digits right"),
    _Form(
        Announcement("ag[eê]ncia", "ag"),
        re.compile(r"[0-9]{4}(?:-[0-9Xx])?"),
        _any,
        0.85,
        "a Brazilian branch, announced",
    ),
)


class _Proved(NamedTuple):
    """A form that counts without words. `valid` gets its digits."""

    trigger: str
    valid: Callable[[str], bool]
    confidence: float
    reason: str


_PROVED = (
    _Proved(r"\b[0-9]{2}-[0-9]{2}-[0-9]{2}[ ,;/|]{1,3}[0-9]{8}\b", _british, 0.9, "a sort code and an account"),
    _Proved(
        r"\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{2}[ -][0-9]{10}\b", _ccc, 0.95, "a Spanish account, its check digits right"
    ),
    _Proved(r"\b[0-9]{20}\b", _ccc, 0.9, "a Spanish account, its check digits right"),
    _Proved(r"\b[0-9]{2}(?: [0-9]{4}){6}\b", _polish, 0.95, "a Polish account, its check digits right"),
)
_SIGNS = re.compile(r"[^0-9A-Z]+")
#: The longest form, with its signs.
_LONGEST = 34


class BankAccount(AnnouncedNumber):
    """`Routing 021000021, account 123456789`; `Sort code 20-00-00, account 55779911`; `2100 0418 45 0200051332`."""

    def __init__(self) -> None:
        super().__init__("bank_account", _WORDS, _WRITTEN, least=6, letters=0, confidence=0.91)
        self._first = len(self.triggers)
        self.triggers = (
            *self.triggers,
            *(form.words.trigger for form in _FORMS),
            *(proved.trigger for proved in _PROVED),
        )
        self._endings = tuple(re.compile(proved.trigger + r"\Z") for proved in _PROVED)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        if trigger < self._first:
            return super().check(view, trigger, end)
        row = trigger - self._first
        return self._after_words(view, row, end) if row < len(_FORMS) else self._proved(view, row - len(_FORMS), end)

    def _after_words(self, view: View, row: int, end: int) -> Iterable[Finding]:
        form, digit = _FORMS[row], digit_after(view, end)
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
        if _PROVED[row].valid(number):
            yield Finding(self.kind, match.start(), end, number, _PROVED[row].confidence, _PROVED[row].reason)
