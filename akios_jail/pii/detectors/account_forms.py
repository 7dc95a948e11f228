"""How accounts are written: what stands beside words for banks and branches, and forms that need no word at all.

`FORMS` are a routing number, a sort code, a clearing number and their like, and accounts with a word of their own;
`PROVED` are known by their check digits, or by groups that nothing else is written in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from akios_jail.pii.detectors import account_checks as checks
from akios_jail.pii.detectors.checksums import luhn
from akios_jail.pii.detectors.surroundings import Announcement


class Form(NamedTuple):
    """What else is written beside accounts: `words`, then `written`, then proved by `valid`."""

    words: Announcement
    written: re.Pattern[str]
    valid: Callable[[str], bool]
    confidence: float
    reason: str


FORMS = (
    Form(
        Announcement("routing", "aba", "rtn", "transit (?:number|no|routing)", "routing/transit", "ach", "wire"),
        re.compile(r"[0-9]{9}|[0-9]{4}[ -][0-9]{4}[ -][0-9]|[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}"),
        checks.routing,
        0.95,
        "a US routing number, check digit right",
    ),
    Form(
        Announcement("sort ?-?code", "sortcode", "s/c", "sort:", "sc:", "nsc", "national sort code"),
        re.compile(r"[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}"),
        checks.every,
        0.85,
        "a sort code, announced",
    ),
    Form(
        Announcement(
            "sort(?: ?code)?[^0-9]{0,4}[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}",
            fillers="then|into|to|account|acc|acct|a/c|ac",
        ),
        re.compile(r"[0-9]{8}(?![0-9])"),
        checks.every,
        0.9,
        "an account behind a sort code",
    ),
    Form(
        Announcement("clearing", "clearingnr", "clearingnummer"),
        re.compile(r"[0-9]{4}(?:-[0-9])?(?=[ ,;/]{1,3}(?:[Kk]onto|[Kk]to|[0-9]))"),
        checks.every,
        0.85,
        "a Swedish clearing number, before an account",
    ),
    Form(
        Announcement("reg", "reg\\.? ?nr", "registreringsnummer"),
        re.compile(r"[0-9]{4}(?=[ ,;/]{1,3}(?:[Kk]onto|[Kk]to))"),
        checks.every,
        0.85,
        "a Danish branch, before an account",
    ),
    Form(
        Announcement("bankgiro", "plusgiro", "postgiro", "bg", "pg", "bg-nr", "pg-nr"),
        re.compile(r"[0-9]{3,4}-[0-9]{4}|[0-9]{1,2}(?: [0-9]{2}){1,3}-[0-9]"),
        luhn,
        0.9,
        "a Swedish giro number, check digit right",
    ),
    Form(
        Announcement("сч[её]т", "сч[её]та", "рахунок"),
        re.compile(r"[0-9]{20}"),
        checks.every,
        0.9,
        "a Russian account, announced",
    ),
    Form(Announcement("бик"), re.compile(r"04[0-9]{7}"), checks.every, 0.85, "a Russian bank, announced"),
    Form(
        Announcement("abi"),
        re.compile(r"[0-9]{5}(?=[ ,;/-]{1,3}CAB)"),
        checks.every,
        0.85,
        "an Italian bank, announced",
    ),
    Form(
        Announcement("cab"),
        re.compile(r"[0-9]{5}(?=[ ,;/-]{1,3}(?:CC|[Cc]/[Cc]|[Cc]onto))"),
        checks.every,
        0.85,
        "its branch",
    ),
    Form(Announcement("記号"), re.compile(r"1[0-9]{4}"), checks.every, 0.85, "a postal account's sign, announced"),
    Form(
        Announcement("記号[^0-9]{0,4}[0-9]{5}[^0-9]{0,4}番号"),
        re.compile(r"[0-9]{6,8}"),
        checks.every,
        0.9,
        "a postal account's number after its sign",
    ),
    Form(
        Announcement("cc", "cta"),
        re.compile(r"[0-9]{4,8}-[0-9Xx]|[0-9]{12}(?![0-9])"),
        checks.every,
        0.8,
        "an account, announced by two letters",
    ),
    Form(Announcement("sort"), re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{2}"), checks.every, 0.85, "a sort code, announced"),
    Form(
        Announcement("pc", "pc-konto", "postkonto", "postfinance", "ccp", "compte postal", "conto postale"),
        re.compile(r"[0-9]{2}-[0-9]{1,6}-[0-9]"),
        checks.every,
        0.9,
        "a Swiss postal account, announced",
    ),
    Form(
        Announcement("transit", "institution", "transit/inst/acct", "inst"),
        re.compile(r"[0-9]{5}[ -][0-9]{3}[ -][0-9]{7,12}|[0-9]{5}(?=[^0-9]{1,20}[0-9]{3}\b)"),
        checks.every,
        0.85,
        "a Canadian transit number, announced",
    ),
    Form(
        Announcement("inst", "institution"),
        re.compile(r"[0-9]{3}(?![0-9])"),
        checks.every,
        0.85,
        "a Canadian bank, announced",
    ),
    Form(
        Announcement("bacs", "faster payment", "sort code and account", "sort and account"),
        re.compile(r"[0-9]{2}-?[0-9]{2}-?[0-9]{2}[ /,]{1,3}[0-9]{8}"),
        checks.every,
        0.95,
        "a sort code and an account, announced",
    ),
    Form(Announcement("bsb"), re.compile(r"[0-9]{3}[ -]?[0-9]{3}"), checks.every, 0.85, "an Australian BSB, announced"),
    Form(
        Announcement("blz", "bankleitzahl"),
        re.compile(r"[0-9]{3} ?[0-9]{3} ?[0-9]{2}"),
        checks.every,
        0.85,
        "a Bankleitzahl, announced",
    ),
    Form(
        Announcement("ifsc"),
        re.compile(r"[A-Z]{4}0[A-Z0-9]{6}"),
        checks.every,
        0.85,
        "an Indian bank's branch, announced",
    ),
    Form(
        Announcement("clabe", "cuenta clabe", "clabe interbancaria"),
        re.compile(r"[0-9]{18}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{11}[ -][0-9]"),
        checks.clabe,
        0.95,
        "a CLABE, check digit right",
    ),
    Form(Announcement("cbu", "cvu"), re.compile(r"[0-9]{22}"), checks.argentine, 0.95, "a CBU, check digits right"),
    Form(
        Announcement("ag[eê]ncia", "ag"),
        re.compile(r"[0-9]{4}(?:-[0-9Xx])?"),
        checks.every,
        0.85,
        "a Brazilian branch, announced",
    ),
)


#: Banks of Czechia and Slovakia, as they stand behind the stroke.
CZECH_BANKS = (
    "0100|0200|0300|0600|0710|0720|0800|0900|1100|1111|2010|2060|2070|2100|2200|2220|2250|2260|2600|2700|3030|3050|3060|"
    "3500|3940|4000|4300|5500|5600|5800|5900|6000|6100|6200|6210|6300|6363|6500|6700|6800|7500|7930|7940|8040|8090|8100|"
    "8120|8130|8150|8180|8190|8200|8220|8250|8330|8360|8410|8420"
)


#: Banks of Morocco, whose codes begin its accounts.
MOROCCAN_BANKS = (
    "00[27]|01[13]|02[1-9]|050|101|105|109|117|127|133|143|145|148|155|157|159|164|169|175|178|181|190|205|210|225|230|310|"
    "350"
)


class Proved(NamedTuple):
    """A form that counts without words. `valid` gets it without its signs."""

    trigger: str
    valid: Callable[[str], bool]
    confidence: float
    reason: str


PROVED = (
    Proved(r"\b[0-9]{2}-[0-9]{2}-[0-9]{2}[ ,;/|]{1,3}[0-9]{8}\b", checks.british, 0.9, "a sort code and an account"),
    Proved(
        r"\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{2}[ -][0-9]{10}\b",
        checks.spanish,
        0.95,
        "a Spanish account, its check digits right",
    ),
    Proved(r"\b[0-9]{20}\b", checks.spanish, 0.9, "a Spanish account, its check digits right"),
    Proved(r"\b01[0-9]{2}-[0-9]{4}-[0-9]{2}-[0-9]{10}\b", checks.every, 0.85, "grouped as accounts in Venezuela are"),
    Proved(r"\b[0-9]{2}(?: [0-9]{4}){6}\b", checks.polish, 0.95, "a Polish account, its check digits right"),
    Proved(r"\b[0-9]{26}\b", checks.polish, 0.95, "a Polish account, its check digits right"),
    Proved(r"\b[01][0-9]{17}\b", checks.clabe_of_a_bank, 0.85, "a CLABE of a bank, check digit right"),
    Proved(r"\b[0-4][0-9]{21}\b", checks.argentine, 0.9, "a CBU, check digits right"),
    Proved(r"\b[0-9]{4}\.[0-9]{2}\.[0-9]{5}\b", checks.norwegian, 0.9, "a Norwegian account, check digit right"),
    Proved(r"\b1[0-8][0-9]{6}(?:-[0-9]{8}){1,2}\b", checks.hungarian, 0.9, "a Hungarian account, check digit right"),
    Proved(
        rf"\b(?:[0-9]{{2,6}}-)?[0-9]{{6,10}}/(?:{CZECH_BANKS})\b",
        checks.czech,
        0.9,
        "a Czech account, check digits right",
    ),
    Proved(
        r"\b[0-9]{8}(?: ?/ ?|(?:,? | ?\()[Ss]ort(?: ?[Cc]ode)?:? ?)[0-9]{2}-[0-9]{2}-[0-9]{2}\b",
        checks.every,
        0.85,
        "an account and a sort code",
    ),
    Proved(r"\b[0-9]{3}-[0-9]{3}[ ,;/|]{1,3}[0-9]{8,9}\b", checks.every, 0.85, "a BSB and an account"),
    Proved(
        r"\b[0-9]{5}-[0-9]{3}[- ][0-9]{7}\b", checks.every, 0.8, "a transit, an institution and an account of Canada"
    ),
    Proved(
        r"\b[5-9][0-9]{3}(?:-[0-9])?, ?[0-9]{1,3}(?: [0-9]{3}){1,3}(?:-[0-9])?\b",
        checks.every,
        0.8,
        "as accounts in Sweden are",
    ),
    Proved(r"\b[0-9]{5} [0-9]{5} [0-9A-Z]{11} [0-9]{2}\b", checks.every, 0.9, "grouped as accounts in France are"),
    Proved(r"\b[1-4][0-9]{9}[0-9A-Z]{11}[0-9]{2}\b", checks.remains_nothing, 0.85, "a French account, its key right"),
    Proved(r"\b[0-9]{3} [0-9]{3} [0-9]{16} [0-9]{2}\b", checks.every, 0.9, "grouped as accounts in Morocco are"),
    Proved(rf"\b(?:{MOROCCAN_BANKS})[0-9]{{21}}\b", checks.remains_nothing, 0.85, "a Moroccan account, its key right"),
    Proved(r"\b[0-9]{2} [0-9]{3} [0-9]{13} [0-9]{2}\b", checks.every, 0.9, "grouped as accounts in Tunisia are"),
    Proved(r"\b[0-9]{4} [0-9]{4} [0-9]{11} [0-9]{2}\b", checks.every, 0.9, "grouped as accounts in Portugal are"),
    Proved(r"\b0[0-9]{3}(?:[ .]?[0-9]{4}){4}[ .]?[0-9]\b", checks.remains_one, 0.9, "a NIB, its check digits right"),
    Proved(
        r"\b[A-Z] ?[0-9]{5} [0-9]{5} [0-9A-Z]{12}\b", checks.italian, 0.9, "an Italian account, its check letter right"
    ),
    Proved(r"\b[0-9]{3}-[0-9]{4,13}-[0-9]{2}\b", checks.serbian, 0.9, "a Serbian account, its check digits right"),
    Proved(r"\b[0-9]{3}-[0-9]{13}-[0-9]{2}\b", checks.every, 0.85, "grouped as accounts in Serbia are"),
    Proved(
        r"\b[0-9]{3}-?[0-9]{3}-[0-9]{8}-[0-9]{2}\b", checks.remains_one, 0.9, "a Bosnian account, check digits right"
    ),
    Proved(r"\b[0-9]{5}-[0-9]{10}\b", checks.remains_one, 0.9, "a Slovenian account, its check digits right"),
    Proved(r"\b[0-9]{7}-[0-9]{10}\b", checks.croatian, 0.9, "a Croatian account, its check digits right"),
    Proved(r"\b[0-9]{3}-[0-9]{7}-[0-9]{2}\b", checks.belgian, 0.9, "a Belgian account, check digits right"),
    Proved(r"\b0[0-9]{3}-[0-9]{2}-[0-9]{6}\b", checks.every, 0.8, "grouped as accounts in Iceland are"),
    Proved(r"\b[0-9]{2}-[0-9]{4}-[0-9]{7}-[0-9]{2,3}\b", checks.every, 0.85, "grouped as accounts in New Zealand are"),
    Proved(r"\b[0-9]{3}-[0-9]-[0-9]{5}-[0-9]\b", checks.every, 0.85, "grouped as accounts in Thailand are"),
    Proved(
        r"\b[0-9]{4}-[0-9]{2}-[0-9]{6}-[0-9]{2}-[0-9]\b", checks.every, 0.85, "grouped as accounts in Indonesia are"
    ),
    Proved(r"\b1[0-9]{3}0-[0-9]{5,7}1\b", checks.every, 0.8, "as the postal accounts of Japan are"),
    Proved(r"\b[0-9]{3}-[0-9]{8}-[0-9]-[0-9]{2}\b", checks.every, 0.85, "grouped as accounts in Peru are"),
    Proved(r"\b[0-9]{3}-[0-9]{3}-[0-9]{12}-[0-9]{2}\b", checks.every, 0.9, "grouped as accounts in Peru are"),
    Proved(
        r"\b4(?:0[5-8]|2[0-9])[0-9]{2}(?:810|643|840|978)[0-9]{12}\b",
        checks.every,
        0.85,
        "a Russian account, by its currency",
    ),
)

#: What leads to an account in messages of banks (SWIFT MT, ISO 20022), and to one behind a bank's code in Taiwan. Each
#: ends with the first digit.
FIELDS = (
    r"(?:^|\n):(?:25|50K|50A|59|59A):/?[0-9]",
    r"Acct(?:Id)?>[ \n]{0,12}(?:<Id>)?[ \n]{0,12}(?:<Othr>[ \n]{0,12}<Id>)[0-9]",
    r"(?:銀行|商銀|信託|郵局)[ (]{0,2}[0-9]{3}[) -]{1,3}[0-9]",
)
