"""Bank accounts that are no IBANs, as each country writes them, with the check digits that its banks publish.

`#` and the other signs are those of `patterns`. A check is a function of the digits alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from importlib import import_module

from stdnum import luhn
from stdnum.iso7064 import mod_11_10

from tests.pii.corpus.blind.patterns import drawn, valid

_BETWEEN = re.compile(r"\D")


def _weighted(weights: str, modulus: int) -> Callable[[str], bool]:
    """The digits times these weights, over and over, come to nothing."""
    return lambda digits: sum(int(d) * int(weights[i % len(weights)]) for i, d in enumerate(digits)) % modulus == 0


def _remainder(digits: str) -> bool:
    """ISO 7064 Mod 97-10: Portugal, Serbia, Slovenia."""
    return int(digits) % 97 == 1


def _belgium(digits: str) -> bool:
    return (int(digits[:10]) % 97 or 97) == int(digits[10:])


def _czech(digits: str) -> bool:
    """The ten digits before the stroke."""
    return sum(int(d) * w for d, w in zip(digits[:10], (6, 3, 7, 9, 10, 5, 8, 4, 2, 1), strict=True)) % 11 == 0


def _france(digits: str) -> bool:
    bank, desk, account, key = int(digits[:5]), int(digits[5:10]), int(digits[10:21]), int(digits[21:])
    return 97 - (89 * bank + 15 * desk + 3 * account) % 97 == key


def _hungary(digits: str) -> bool:
    fits = _weighted("9731", 10)
    return fits(digits[:8]) and fits(digits[8:])


def _netherlands(digits: str) -> bool:
    return sum(int(d) * w for d, w in zip(digits, range(len(digits), 0, -1), strict=True)) % 11 == 0


def _poland(digits: str) -> bool:
    return int(f"{digits[2:]}2521{digits[:2]}") % 97 == 1


def _russia(digits: str) -> bool:
    """The key of an account at the bank whose BIK is 044525225."""
    return _weighted("713", 10)(f"225{digits}")


def _switzerland(digits: str) -> bool:
    table, carry = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5), 0
    for digit in digits[:-1]:
        carry = table[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(digits[-1])


def _any(digits: str) -> bool:
    return bool(digits)


def _published(name: str) -> Callable[[str], bool]:
    check: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return check


#: Country, or country and kind of account: how it is written, and whether its digits fit.
FORMATS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "ar": ("0110###^##############", _published("ar.cbu")),
    "at": ("0^### ### ###", _any),
    "au": ("^### #####", _any),
    "bd": ("^##.^##.#######", _any),
    "be": ("^##-#######-##", _belgium),
    "br": ("^#.###-#", _any),
    "ca": ("^####-00#-#######", _any),
    "ch": ("80-^####-#", _switzerland),
    "cl": ("00-^##-#####-##", _any),
    "cn": ("6228 48## #### #### ###", luhn.is_valid),
    "co": ("^##-######-##", _any),
    "cz": ("^#########/2010", _czech),
    "de": ("^#########", _any),
    "dk": ("^###-##########", _any),
    "eg": ("1000^########", _any),
    "es": ("2038 ^### ## ##########", _published("es.ccc")),
    "fi": ("^#####-^####", _any),
    "fr": ("30004 0^### ########### ##", _france),
    "gb": ("^#######", _any),
    "gr": ("^##/######-##", _any),
    "hk": ("^##-######-833", _any),
    "hr": ("2340009-##########", lambda digits: mod_11_10.is_valid(digits[7:])),
    "hu": ("10300002-########", _hungary),
    "id": ("^##-##-#####-#", _any),
    "il": ("12-^##-######", _any),
    "in": ("^##########", _any),
    "is": ("0^##-26-^#####", _any),
    "it": ("000000^#####", _any),
    "jp": ("^######", _any),
    "ke": ("01^##########", _any),
    "kr": ("^##-##-######-#", _any),
    "kr_long": ("^#####-##-######", _any),
    "mx": ("012180##########^#", _weighted("371", 10)),
    "my": ("^###-####-####", _any),
    "ng": ("0^########", _any),
    "nl": ("^#.##.##.###", _netherlands),
    "no": ("^### ## #####", _published("no.kontonr")),
    "nz": ("12-3###-0######-00", _published("nz.bankaccount")),
    "ph": ("^###-####-##", _any),
    "pl": ("## 1140 2004 0000 3### #### ####", _poland),
    "pt": ("0035 0^## ########### ##", _remainder),
    "rs": ("160-#############-##", _remainder),
    "ru": ("40817810#38#########", _russia),
    "se": ("^###-## ### ###", _any),
    "se_giro": ("^##-####", luhn.is_valid),
    "sg": ("^##-#####-#", _any),
    "si": ("02010-##########", _remainder),
    "sk": ("^#########/0900", _czech),
    "th": ("^##-#-#####-#", _any),
    "tw": ("^##-##-######-#", _any),
    "us": ("^###########", _any),
    "us_short": ("^########", _any),
    "vn": ("^############", _any),
    "za": ("^# #### ####", _any),
}


def account(rng: random.Random, name: str) -> str:
    """An account of the country, or of the kind."""
    pattern, check = FORMATS[name]
    if check is _any:
        return drawn(rng, pattern)
    return valid(rng, pattern, lambda text: check(_BETWEEN.sub("", text)))
