"""Whether a value can be what its key says: `"email": "n/a"` is no address, `"address": "0x7ffe"` is nobody's home.

The checks are as mild as they can be: a key such as `customer_email` is believed, and only what is plainly no value of
its kind is left: nothing at all, the name of a type, a placeholder, a switch.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable

#: Longer values are documents that a detector reads, not values of one kind.
MAX_VALUE = 400

NOTHING = """
    null nil none nan undefined n/a na not available unknown unspecified anonymous string str text number integer int
    float double boolean bool object array list any varchar char date datetime timestamp required optional true false
    yes no on off default example sample test todo tbd empty hidden redacted masked removed deleted private
    confidential enabled disabled invalid valid missing pending keine aucun ninguno nessuno nee ja nein oui si later
    soon same value varies various multiple self me asc desc
"""
_NOTHING = frozenset(NOTHING.split())
#: A template, a variable, a call, markup: what a program puts a value in place of. Or no letter and no digit at all.
_TEMPLATE = re.compile(
    r"<[^<>]{1,60}>|\$\{|\$\(|\{\{|\{%|<%|%\(?\w*\)?[sd]$|\{\w*\}|\$[A-Za-z_]\w*$|:[a-z_]+$|@[a-z_]+$|"
    r"\[[A-Z_]{2,32}(?:_\d+)?\]$|(?:process\.env|os\.environ|os\.getenv|import\.meta|env|secrets|vars|var|self|this|"
    r"config|settings|request|req|args|params)[.\[(]",
    re.ASCII,
)
_MASKED = re.compile(r"[xX*•.\-_# ?]+")
_NETWORK = re.compile(r"(?:0x[0-9a-f]+|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:./]*)\Z", re.I)
_URL = re.compile(r"\w{2,10}://|www\.")
_CODE = re.compile(r"[{}<>;=\\|]|\(\)|\w\(")
_COORDINATE = re.compile(r"[-+]?\d{1,3}[.,]\d{2,}|\d\s*°")
_DIGIT = re.compile(r"\d")
#: What companies add to their names.
_COMPANY = re.compile(
    r"\b(?:inc|ltd|llc|llp|plc|corp|corporation|company|gmbh|ag|kg|ohg|ug|e\.?v|s\.?a|sarl|sas|s\.?r\.?l|s\.?p\.?a|bv|nv|"
    r"ab|oy|pty|co|group|holdings?|bank|university|hospital|clinic|school|store|shop|services?|solutions|systems|software|"
    r"technologies|labs?|foundation|association|department|team|support|sales|admin|office)\.?(?:$|[\s,])",
    re.IGNORECASE,
)


def stands_for_nothing(value: str) -> bool:
    """Whether there is no value here: a type, a template, `n/a`, asterisks."""
    bare = value.strip(" \t\r\n\"'`")
    if not bare or len(bare) > MAX_VALUE or bare.lower() in _NOTHING:
        return True
    return _TEMPLATE.match(bare) is not None or _MASKED.fullmatch(bare) is not None


def is_name(value: str) -> bool:
    """One to five words that can be a name, in a script with capitals each beginning with one."""
    bare = value.strip(" \t\"'")
    parts = bare.replace(",", " ").split()
    if not 1 <= len(parts) <= 6 or len(bare) > 80 or _DIGIT.search(bare) or _CODE.search(bare) or _COMPANY.search(bare):
        return False
    letters = [part for part in parts if _is_word(part.strip(".'\u2019-")) or _hyphened(part) or part in _OF_FATHERS]
    if len(letters) != len(parts):
        return False
    if bare[0].isupper() or not bare[0].islower() or all(part.islower() for part in parts):
        return True
    return parts[-1][0].isupper() and _PARTICLE.match(value.strip(' \t"')) is not None


#: Son, daughter of, in Singapore and Malaysia.
_OF_FATHERS = frozenset(("s/o", "d/o", "a/l", "a/p"))
_PARTICLE = re.compile(
    r"(?:van|von|de|del|della|der|den|di|da|dos|das|do|du|des|la|le|el|al|bin|binti|ibn|af|av|zu|ter|ten|'t|y|e|d/o|s/o|a/l|a/p|d['\u2019])\b"
)


def _is_word(part: str) -> bool:
    """Letters, and in Indian scripts the signs that belong to them."""
    return part.isalpha() or (
        not part.isascii()
        and part != ""
        and all(char.isalpha() or unicodedata.category(char)[0] == "M" for char in part)
    )


def is_full_name(value: str) -> bool:
    """As `is_name`, with first and last name, as people write them."""
    parts = value.strip(" \t\"'").split()
    if not is_name(value):
        return False
    if not value.strip(" \t\"'")[0].isascii() and not value.strip()[0].isupper():
        return 2 <= len(value.strip()) <= 40  # a script without capitals, often without blanks
    capital = [part for part in parts if part[0].isupper() and not (len(part) > 3 and part.isupper())]
    if len(parts) < 2 or sum(part[0].isupper() for part in parts) < 2:
        return False
    return len(capital) >= 2 or all(part.strip(",.").lower() not in _NOTHING and len(part) < 20 for part in parts)


def _hyphened(part: str) -> bool:
    return all(piece.isalpha() for piece in re.split(r"[-'\u2019.]", part.strip(".,'\u2019-")) if piece)


def is_postal(value: str) -> bool:
    """Words and a number, in more than one piece: what an address of a machine is not."""
    bare = value.strip()
    if not bare.isascii() and any(char > "\u2e7f" for char in bare):
        return len(bare) >= 4
    return (
        " " in bare
        and _DIGIT.search(bare) is not None
        and any(len(part) > 2 and part[0].isalpha() for part in bare.split())
    )


def is_number(value: str) -> bool:
    """The number of a document: capitals and four digits, or six digits alone; no version, no date."""
    bare = value.strip(" \t\"'")
    digits = len(_DIGIT.findall(bare))
    if digits < 4 or _OF_A_DOCUMENT.fullmatch(bare) is None or _DAY.fullmatch(bare):
        return False
    return digits >= 6 or not bare.isdigit()


_OF_A_DOCUMENT = re.compile(r"[0-9A-Z]+(?:[ /-][0-9A-Z]+){0,5}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def is_date(value: str) -> bool:
    """Three numbers with signs between them, a month's name and numbers, or eight digits that begin as years do."""
    return _DATE.fullmatch(value.strip(" \t\"'")) is not None


_DATE = re.compile(
    r"\d{1,4} ?[-./] ?\d{1,2} ?[-./] ?\d{2,4}\.?|(?:19|20)\d{6}|\d{1,2}\.? [^\W\d_]{3,12}\.?,? \d{4}|"
    r"[^\W\d_]{3,12}\.? \d{1,2}, \d{4}|\d{4} ?[年년] ?\d{1,2} ?[月월] ?\d{1,2} ?[日일]"
)


def is_mixed(value: str) -> bool:
    """Letters and digits in one word, as people think up passwords."""
    bare = value.strip(" \t\"'")
    return len(bare) >= 6 and " " not in bare and any(map(str.isalpha, bare)) and _DIGIT.search(bare) is not None


def is_token(value: str) -> bool:
    """Random enough to be a secret: no word, no sentence, no name of a variable or a file."""
    bare = value.strip(" \t\"'")
    if bare[:7].lower() in ("bearer ", "basic a", "basic b"):
        bare = bare.partition(" ")[2]
    if len(bare) < 8 or " " in bare or bare.startswith(("/", "./", "http")):
        return False
    if bare.isdigit() and len(bare) < _LEAST_OF_DIGITS:
        return False
    return _DIGIT.search(bare) is not None and entropy(bare) >= 2.5


#: Shorter values of digits alone are numbers of something.
_LEAST_OF_DIGITS = 24


def is_long_token(value: str) -> bool:
    """As `is_token`; what is shorter and called a token, a cookie or a session is a number or a name."""
    return len(value.strip(" \t\"'")) >= 16 and is_token(value)


def entropy(text: str) -> float:
    """Shannon's, in bits a character."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())


def _digits(least: int, most_characters: int = 48) -> Callable[[str], bool]:
    def enough(value: str) -> bool:
        return len(value) <= most_characters and "\n" not in value.strip() and len(_DIGIT.findall(value)) >= least

    return enough


def _email(value: str) -> bool:
    bare = value.strip()
    return "@" in bare or "%40" in bare or re.search(r"\b(?:at|arroba)\b|[(\[]at[)\]]", bare) is not None


def _network(value: str) -> bool:
    return (
        len(value) <= 200
        and re.search(r"\d", value) is not None
        and re.search(r"[0-9a-fA-F][.:][0-9a-fA-F:]", value) is not None
    )


def _mac(value: str) -> bool:
    return (
        re.fullmatch(r"\s*(?:[0-9A-Fa-f]{2}[:.-]?){6,8}\s*|\s*(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}\s*", value)
        is not None
    )


def _address(value: str) -> bool:
    bare = value.strip()
    if _URL.match(bare) or _NETWORK.match(bare) or "@" in bare or _CODE.search(bare):
        return False
    return any(char.isalnum() for char in bare)


def _name(value: str) -> bool:
    bare = value.strip()
    if len(bare) > 100 or _URL.match(bare) or _CODE.search(bare) or "@" in bare:
        return False
    letters = sum(char.isalpha() for char in bare)
    return letters >= 1 and letters * 2 >= len(bare)


def _secret(value: str) -> bool:
    bare = value.strip(" \t\"'")
    return len(bare) >= 4 and "\n" not in bare and bare.count(" ") <= 6 and not re.match(r"[a-z_]+\(", bare)


def _coordinates(value: str) -> bool:
    return len(value) <= 100 and _COORDINATE.search(value) is not None


SHAPES: dict[str, Callable[[str], bool]] = {
    "email": _email,
    "phone": _digits(5),
    "ssn": _digits(4, 24),
    "itin": _digits(4, 24),
    "national_id": _digits(4, 40),
    "credit_card": _digits(3, 40),
    "iban": _digits(6, 48),
    "bank_account": _digits(4, 48),
    "ip_address": _network,
    "mac_address": _mac,
    "date_of_birth": _digits(2, 48),
    "passport": _digits(3, 32),
    "driving_licence": _digits(3, 40),
    "coordinates": _coordinates,
    "medical_record": _digits(3, 40),
    "street_address": _address,
    "person_name": _name,
    "secret": _secret,
}
