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
from akios_jail.pii.detectors.checksums import luhn, mod_97, weighted
from akios_jail.pii.detectors.surroundings import Announcement, digit_after, otherwise, stands_alone
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
    "رقم الحساب", "الحساب", "חשבון", "מספר חשבון", "खाता", "खाता संख्या", "เลขที่บัญชี", "số tài khoản", "stk",
    "nomor rekening", "no\\.? rekening", "rek", "akaun", "сметка", "номер на сметка", "номер сч[её]та", "λογαριασμού",
    "λογαριασμός", "konta numurs", "konts", "[sš]tevilka ra[cč]una", "teku[cć]i ra[cč]un", "s[aą]skaitos",
    "s[aą]skaita", "arvelduskonto", "reikning", "llogari", "номер рахунку", "رقم حساب", "شماره حساب", "nombor akaun",
    "conta poupan[cç]a", "compte courant", "num[aă]r de cont", "rachunek bankowy", "rachunku bankowego",
    "reikningsn[uú]mer", "bankareikning", "број рачуна", "खाता नंबर", "खाता क्रमांक", "银行账户", "账户号码",
    "帳戶號碼", "akaunti", "nambari ya akaunti", "rekeningnommer", "cuntas", "compte bancari", "kontonumber",
    "broj bankovnog ra[cč]una", "clearingnummer", "ชื่อบัญชี", "บัญชีธนาคาร", "หมายเลขบัญชี", "شماره حساب بانکی",
    "بینک اکاؤنٹ", "ব্যাংক অ্যাকাউন্ট", "hisob raqam", "шот нөмірі", "հաշվեհամար", "ანგარიშის ნომერი",
    "konto bankowe",
    "banksz[aá]mla", "tk ng[aâ]n h[aà]ng",
    "kto", "kto\\.?[ -]?nr", "konto-nr", "dda", "tili", "tilinro", "tilinro\\.", "ahorros?", "cuenta de ahorros?",
    "nib", "nrb", "rach",
    "nr rach", "[cč]\\.? ?[uú]", "[uú][cč]tu", "р/сч", "к/с", "корр", "账户", "帐户", "当座", "普通預金", "普\\)",
    "(?:국민|신한|우리|하나|농협|기업|새마을금고|수협|부산|대구|전북)(?:은행)?", "카카오뱅크", "토스뱅크", "케이뱅크",
    "số tk", "norek", "户口", "戶口",
    "bank[_ ]details", "payout[_ ]account", "dados banc[aá]rios", "datos bancarios", "振込先", "通帳", "통장",
    "bankovn[ií] spojen[ií]", "收款账号", "银行卡号", "l[oö]nekonto", "compte n", "conto n", "c/c n",
    "conta poupan[cç]a", "bank acct", "rekeningnr", "rek\\.? ?nr", "bankkontonr",
    "sz[aá]ml[aá]ra", "sz[aá]ml[aá]j[aá]ra", "หมายเลขบัญชี", "เข้าบัญชี", "เลขบัญชี", "হিসাব নম্বর", "হিসাব নং",
    "αρ\\. λογαριασμού", "αριθμός λογαριασμού", "λογαριασμό", "cuenta rut", "cuenta vista", "posb", "dbs", "ocbc",
    "uob",
    "bpi", "bdo", "metrobank", "gtbank", "gtb", "zenith bank", "access bank", "uba", "fnb", "capitec", "nedbank",
    "absa",
    "kcb", "equity bank", "sbi", "hdfc", "icici", "bancolombia", "davivienda", "banorte", "bancomer",
    "itaú",
    "bradesco", "vietcombank", "techcombank", "bidv", "kasikorn", "krungthai", "hang seng", "恒生銀行", "戶口號碼",
    "戶口",
    "номер рахунка", "р/р", "uplatite na", "nib", "kontu-zenbakia", "n[uú]mero de conta",
    "numri i llogarisë", "број на сметка", "жиро сметка", "ანგარიში", "հաշիվ", "hesab nömrəsi",
    "கணக்கு எண்", "ఖాతా సంఖ్య", "ಖಾತೆ ಸಂಖ್ಯೆ", "የሂሳብ ቁጥር", "numero ng account", "banco n", "come from",
    "standing order (?:to|from)",
    "банковск(?:ий|ого) сч[её]т", "рахунок", "рахунку", "žiro ra[cč]un", "tr[ -]?ra[cč]un", "vpa", "tài khoản",
    fillers="bankowy|bankowego|bancario|bancaria|bancaire|bankov[a-z]+|numeris|numaras.|n[uú]mer|номер|numurs|"
    "[sš]tevilka|sz[aá]ma?|broj|na|ids?|bank|number:|ending|with|current|checking|savings|iban|acct|"
    "account|corrente|corriente|courant|savings|je|bca|bni|bri|mandiri|cimb|maybank|chase|hsbc|barclays|lloyds|"
    "natwest|santander|sparkasse|postbank|ing|de ahorros?|ahorros?|hos|bij|hos bank|ved|u|chez|nro|"
    "still|bancolombia|davivienda|destinataire|b[eé]n[eé]ficiaire|destinatario|beneficiario",
)  # fmt: skip
_WRITTEN = (
    r"(?:[0-9]{3,4}(?:-[0-9Xx])? ?/ ?)?(?:[0-9]{1,3}(?:\.[0-9]{3}){1,2}|[0-9]{4,8})-[0-9Xx](?![0-9 -])|"
    r"(?:[0-9]{1,6}-)?[0-9]{2,10}/[0-9]{4}|[0-9]{8}(?:-[0-9]{8}){1,2}|[0-9]{5} [0-9]{5} [0-9A-Z]{11} [0-9]{2}|"
    r"[0-9]{4}(?:-[0-9])?,? [0-9]{3} [0-9]{3} [0-9]{3}(?:-[0-9])?|[0-9]{2,6}(?:[ -][0-9]{1,10}){1,6}|"
    r"[0-9]{3}/[0-9]{6}-[0-9]{2}|(?:[0-9]{3}\.)?[0-9]{3,12}-[0-9Xx]|[0-9]{3}\.[0-9]{3}\.[0-9]{7}|[0-9]{1,4}(?:\.[0-9]{1,5}){2,4}|[0-9]{6,26}"
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


def _clabe_of_a_bank(number: str) -> bool:
    """Eighteen digits are much else: so the bank and the place must be such as there are."""
    return number[:3] in _MEXICAN_BANKS and "010" <= number[3:6] <= "990" and _clabe(number)


_MEXICAN_BANKS = frozenset(
    re.findall(
        "...",
        "002006009012014019021030032036037042044058059060062072106108110112113116124126127128129130132133135136137138"
        "140141143145147148150151152154155156157158160166167168",
    )
)


def _norwegian(number: str) -> bool:
    return weighted(number[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 == (11 - int(number[10])) % 11


def _belgian(number: str) -> bool:
    return (int(number[:10]) % 97 or 97) == int(number[10:])


def _hungarian(number: str) -> bool:
    return weighted(number[:8], (9, 7, 3, 1, 9, 7, 3, 1)) % 10 == 0 and number[:3] != "000"


#: Banks of Czechia and Slovakia, as they stand behind the stroke.
_CZECH = (
    "0100|0200|0300|0600|0710|0720|0800|0900|1100|1111|2010|2060|2070|2100|2200|2220|2250|2260|2600|2700|3030|3050|3060|"
    "3500|3940|4000|4300|5500|5600|5800|5900|6000|6100|6200|6210|6300|6363|6500|6700|6800|7500|7930|7940|8040|8090|8100|"
    "8120|8130|8150|8180|8190|8200|8220|8250|8330|8360|8410|8420"
)


def _czech(number: str) -> bool:
    """The number without its signs: where its prefix ended is not seen, so the main part may be all."""
    main = number[:-4]
    weights = (6, 3, 7, 9, 10, 5, 8, 4, 2, 1)
    return any(
        weighted(main[-length:].rjust(10, "0"), weights) % 11 == 0
        and (length == len(main) or weighted(main[:-length].rjust(10, "0")[-10:], weights) % 11 == 0)
        for length in range(max(6, len(main) - 6), min(10, len(main)) + 1)
    )


def _british(number: str) -> bool:
    """Six digits that could be a date, or a sort code; the eight after them are no other date."""
    return number[6:8] not in ("19", "20")


def _any(number: str) -> bool:
    return True


_FORMS = (
    _Form(
        Announcement("routing", "aba", "rtn", "transit (?:number|no|routing)", "routing/transit", "ach", "wire"),
        re.compile(r"[0-9]{9}|[0-9]{4}[ -][0-9]{4}[ -][0-9]|[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}"),
        _routing,
        0.95,
        "a US routing number, check digit right",
    ),
    _Form(
        Announcement("sort ?-?code", "sortcode", "s/c", "sort:", "sc:"),
        re.compile(r"[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}"),
        _any,
        0.85,
        "a sort code, announced",
    ),
    _Form(
        Announcement("clearing", "clearingnr", "clearingnummer"),
        re.compile(r"[0-9]{4}(?:-[0-9])?(?=[ ,;/]{1,3}(?:[Kk]onto|[Kk]to|[0-9]))"),
        _any,
        0.85,
        "a Swedish clearing number, before an account",
    ),
    _Form(
        Announcement("reg", "reg\\.? ?nr", "registreringsnummer"),
        re.compile(r"[0-9]{4}(?=[ ,;/]{1,3}(?:[Kk]onto|[Kk]to))"),
        _any,
        0.85,
        "a Danish branch, before an account",
    ),
    _Form(
        Announcement("bankgiro", "plusgiro", "postgiro", "bg", "pg", "bg-nr", "pg-nr"),
        re.compile(r"[0-9]{3,4}-[0-9]{4}|[0-9]{1,2}(?: [0-9]{2}){1,3}-[0-9]"),
        luhn,
        0.9,
        "a Swedish giro number, check digit right",
    ),
    _Form(
        Announcement("сч[её]т", "сч[её]та", "рахунок"),
        re.compile(r"[0-9]{20}"),
        _any,
        0.9,
        "a Russian account, announced",
    ),
    _Form(Announcement("бик"), re.compile(r"04[0-9]{7}"), _any, 0.85, "a Russian bank, announced"),
    _Form(Announcement("abi"), re.compile(r"[0-9]{5}(?=[ ,;/-]{1,3}CAB)"), _any, 0.85, "an Italian bank, announced"),
    _Form(
        Announcement("cab"), re.compile(r"[0-9]{5}(?=[ ,;/-]{1,3}(?:CC|[Cc]/[Cc]|[Cc]onto))"), _any, 0.85, "its branch"
    ),
    _Form(Announcement("記号"), re.compile(r"1[0-9]{4}"), _any, 0.85, "a postal account's sign, announced"),
    _Form(
        Announcement("記号[^0-9]{0,4}[0-9]{5}[^0-9]{0,4}番号"),
        re.compile(r"[0-9]{6,8}"),
        _any,
        0.9,
        "a postal account's number after its sign",
    ),
    _Form(
        Announcement("cc", "cta"),
        re.compile(r"[0-9]{4,8}-[0-9Xx]|[0-9]{12}(?![0-9])"),
        _any,
        0.8,
        "an account, announced by two letters",
    ),
    _Form(Announcement("sort"), re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{2}"), _any, 0.85, "a sort code, announced"),
    _Form(
        Announcement("pc", "pc-konto", "postkonto", "postfinance", "ccp", "compte postal", "conto postale"),
        re.compile(r"[0-9]{2}-[0-9]{1,6}-[0-9]"),
        _any,
        0.9,
        "a Swiss postal account, announced",
    ),
    _Form(
        Announcement("transit", "institution", "transit/inst/acct", "inst"),
        re.compile(r"[0-9]{5}[ -][0-9]{3}[ -][0-9]{7,12}|[0-9]{5}(?=[^0-9]{1,20}[0-9]{3}\b)"),
        _any,
        0.85,
        "a Canadian transit number, announced",
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
        Announcement("clabe", "cuenta clabe", "clabe interbancaria"),
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
    _Proved(r"\b[01][0-9]{17}\b", _clabe_of_a_bank, 0.85, "a CLABE of a bank, check digit right"),
    _Proved(r"\b[0-9]{4}\.[0-9]{2}\.[0-9]{5}\b", _norwegian, 0.9, "a Norwegian account, check digit right"),
    _Proved(r"\b[0-9]{8}-[0-9]{8}-[0-9]{8}\b", _hungarian, 0.9, "a Hungarian account, check digit right"),
    _Proved(rf"\b(?:[0-9]{{2,6}}-)?[0-9]{{6,10}}/(?:{_CZECH})\b", _czech, 0.9, "a Czech account, check digits right"),
    _Proved(r"\b[0-9]{3}-[0-9]{3}[ ,;/|]{1,3}[0-9]{8,9}\b", _any, 0.85, "a BSB and an account"),
    _Proved(r"\b[0-9]{5}-[0-9]{3}[- ][0-9]{7}\b", _any, 0.8, "a transit, an institution and an account of Canada"),
    _Proved(
        r"\b[5-9][0-9]{3}(?:-[0-9])?, ?[0-9]{1,3}(?: [0-9]{3}){1,3}(?:-[0-9])?\b",
        _any,
        0.8,
        "as accounts in Sweden are",
    ),
    _Proved(r"\b[0-9]{5} [0-9]{5} [0-9A-Z]{11} [0-9]{2}\b", _any, 0.9, "grouped as accounts in France are"),
    _Proved(r"\b[0-9]{4} [0-9]{4} [0-9]{11} [0-9]{2}\b", _any, 0.9, "grouped as accounts in Portugal are"),
    _Proved(r"\b[0-9]{3}-[0-9]{13}-[0-9]{2}\b", _any, 0.9, "grouped as accounts in Serbia are"),
    _Proved(r"\b[0-9]{3}-[0-9]{7}-[0-9]{2}\b", _belgian, 0.9, "a Belgian account, check digits right"),
    _Proved(r"\b[0-9]{2}-[0-9]{4}-[0-9]{7}-[0-9]{2,3}\b", _any, 0.85, "grouped as accounts in New Zealand are"),
    _Proved(
        r"\b4(?:0[5-8]|2[0-9])[0-9]{2}(?:810|643|840|978)[0-9]{12}\b", _any, 0.85, "a Russian account, by its currency"
    ),
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
        if _PROVED[row].valid(number) and not otherwise(view, match.start()):
            yield Finding(self.kind, match.start(), end, number, _PROVED[row].confidence, _PROVED[row].reason)
