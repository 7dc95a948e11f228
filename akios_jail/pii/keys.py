"""What the name of a key says of its value: under `customer_email` stands an e-mail address, whatever it looks like.

Keys of JSON objects, form fields, columns, parts of a form, tags and labels before a colon are all names in the same
sense. `key_table` holds the words. A key is taken apart into words (`customerEmail`, `customer.email` and
`Customer E-Mail` are alike), and what counts is how it ends: `email_count` ends in no phrase of the table and says
nothing. Some keys need company: `name` under `patient`, `city` under `shipping_address`, `name` beside `email`.

What is found this way has CONFIDENCE, less where the value has to look the part as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from akios_jail.pii import key_table
from akios_jail.pii.values_of_keys import (
    SHAPES,
    is_date,
    is_full_name,
    is_long_token,
    is_mixed,
    is_name,
    is_number,
    is_postal,
    is_token,
    stands_for_nothing,
)

CONFIDENCE = 0.9
#: Of longer names only the end is looked at; of deeper ones the nearest parents.
MAX_NAME = 120
MAX_PARENTS = 3
#: More words than this are a sentence, not a name.
_MAX_WORDS = 12

_LOOKS = {
    "name": is_name,
    "full name": is_full_name,
    "postal": is_postal,
    "token": is_token,
    "long token": is_long_token,
    "number": is_number,
    "mixed": is_mixed,
    "date": is_date,
}


class Meaning(NamedTuple):
    """The `kind` of what stands under a key; `look` is how the value must look to be it, "" for anything sensible."""

    kind: str
    look: str = ""

    def holds(self, value: str) -> bool:
        """Whether this value is personal: it is not empty, a placeholder, `n/a` or plainly something else."""
        if stands_for_nothing(value):
            return False
        looks = _LOOKS.get(self.look)
        return SHAPES[self.kind](value) and (looks is None or looks(value))


def meaning(name: str, parents: Sequence[str] = ()) -> Meaning | None:
    """What stands under `name`; `parents` are the names above it, the outermost first."""
    return meanings((name,), tuple(parents[-MAX_PARENTS:]))[0]


@lru_cache(maxsize=4096)
def meanings(names: tuple[str, ...], parents: tuple[str, ...] = ()) -> tuple[Meaning | None, ...]:
    """The same for all keys of one object, or all columns of a table: `name` beside `email` is a person's."""
    paths = [_path(name, parents) for name in names]
    alone = [_meaning(path) for path in paths]
    kinds = {each.kind for each in alone if each is not None and each.kind in _OF_PEOPLE}
    own = {"".join(path[-1]) for path in paths}
    if any(pair <= own for pair in _PAIRS):
        kinds = kinds | {"person_name"}
    if own & _OF_STAFF:
        alone = [
            each or (_FULL_NAME if "".join(path[-1]) in NAMES else None)
            for each, path in zip(alone, paths, strict=True)
        ]
    if not kinds:
        return tuple(alone)
    return tuple(each or _in_company(path, kinds) for each, path in zip(alone, paths, strict=True))


#: Two halves of one name.
_PAIRS = ({"first", "last"}, {"given", "family"})
_FULL_NAME = Meaning("person_name", "full name")
#: Columns that lists of people have, and lists of things have not.
_OF_STAFF = frozenset(key_table.OF_STAFF.replace(" ", "").replace("\n", "").split(","))
#: A record with one of these is about somebody.
_OF_PEOPLE = {"email", "phone", "ssn", "itin", "national_id", "date_of_birth", "passport", "driving_licence"}
_OF_PEOPLE |= {"medical_record", "street_address", "person_name", "credit_card", "iban"}

_Words = tuple[str, ...]


def _in_company(path: list[_Words], kinds: set[str]) -> Meaning | None:
    own = "".join(path[-1])
    if own in NAMES or own in ("first", "last", "given", "family", "middle"):
        return Meaning("person_name", "name")
    if "street_address" in kinds and own in _LOCAL_PARTS:
        return Meaning("street_address")
    return None


def _meaning(path: list[_Words]) -> Meaning | None:
    own = path[-1]
    if not own or len(own) > _MAX_WORDS:
        return None
    return _by_parents(own, path[:-1]) or _by_itself(own, path[-2] if len(path) > 1 else ())


def _by_itself(own: _Words, parent: _Words) -> Meaning | None:
    for words in _weighty(own):
        joined = "".join(words)
        if joined in _ALONE:
            kind = _ALONE[joined]
            look = "mixed" if joined in _SHORT_FOR_PASSWORD else _LOOK_ALONE.get(kind, "")
            return None if _is_machine(parent) else Meaning(kind, look)
        for count in range(min(len(words), 5), 0, -1):
            kind = _ENDINGS.get("".join(words[-count:]), "")
            if kind and not _is_machine(words[:-count] or parent, kind):
                return Meaning(kind, _look_of_secret(words[-count:]) if kind == "secret" else "")
        found = _name_of(words, parent) or _unspaced(words[-1])
        if found is not None:
            return found
    if own[0] in _PHONES_FIRST and 2 <= len(own) <= 4 and not _is_machine(own[1:]):
        return Meaning("phone")
    last = own[-1]
    for ending, kind in (("email", "email"), ("password", "secret"), ("passwd", "secret"), ("apikey", "secret")):
        if last.endswith(ending) and last != ending:
            return Meaning(kind)
    return None


def _unspaced(word: str) -> Meaning | None:
    """`客户姓名`: where words are not parted by blanks, the ending of what stands there."""
    if not word or word[-1] < "\u2e7f":
        return None
    for cut in range(1, min(len(word) - 1, _MOST_UNSPACED)):
        kind = _ENDINGS.get(word[cut:])
        if kind is not None:
            return Meaning(kind, _look_of_secret((word[cut:],)) if kind == "secret" else "")
    return None


_MOST_UNSPACED = 8


def _name_of(words: _Words, parent: _Words) -> Meaning | None:
    """`customer_name`; `name` of a customer; or the customer, if the value looks like one."""
    joined = "".join(words)
    if words[-1] == "displayname" or words[-2:] == ("display", "name"):
        return Meaning("person_name", "full name")
    if words[-1] == "username":
        return Meaning("person_name", "full name")
    if words[-1] in NAMES:
        who = words[:-1] or parent
        if _ends_in(who, _PEOPLE) and not _is_machine(who):
            # A user's name is a login as often as a name.
            return Meaning("person_name", "full name" if joined == "username" else "")
        return None
    if _ends_in(words, _PEOPLE) and not _is_machine(words):
        return Meaning("person_name", "full name")
    return None


def _by_parents(own: _Words, parents: list[_Words]) -> Meaning | None:
    """The key as a part of what the key above it names."""
    if not parents:
        return None
    joined = "".join(own)
    above = parents[-1]
    held = _by_itself(above, parents[-2] if len(parents) > 1 else ()) if above else None
    if joined in _NAME_PARTS and _ends_in(above, _PEOPLE) and not _is_machine(above):
        return Meaning("person_name", "name")
    if held is None and "".join(above) in NAMES and joined in _NAME_PARTS:
        return Meaning("person_name", "name")
    if held is None:
        return None
    if held.kind == "street_address" and joined in _ADDRESS_PARTS:
        return Meaning("street_address")
    if held.kind == "person_name" and joined in _NAME_PARTS:
        return Meaning("person_name", "name")
    return held if joined in _THE_THING and held.kind not in ("street_address", "person_name") else None


def _look_of_secret(words: _Words) -> str:
    """How a value must look to be one: people think up passwords, and much that is called a token is none."""
    if "".join(words) in _PASSWORDS:
        return ""
    return "token" if words[-1] in _KEYS else "long token"


#: Languages that say first what it is, then whose: `telefon rodiče`, `teléfono de contacto`.
_PHONES_FIRST = frozenset(("telefon", "telefono", "telefone", "telephone", "tel", "movil", "celular", "телефон"))
#: Short for a password, and a word of much else: there letters and digits must stand.
_SHORT_FOR_PASSWORD = frozenset(("pass", "pw"))
_LOOK_ALONE = {"street_address": "postal", "secret": "token", "driving_licence": "number"}
#: What keys are called, and the words that let in to a network.
_KEYS = frozenset(("key", "secret", "apikey", "community"))
_PASSWORDS = frozenset(key_table.PASSWORDS.split())


def _is_machine(words: _Words, kind: str = "person_name") -> bool:
    """Whether these words before the ending, or of the parent, speak of machines. Only what is ambiguous asks."""
    if kind not in ("person_name", "street_address", "coordinates", "secret", "email") or not words:
        return False
    if kind == "secret":
        return words[-1] in _NO_SECRETS
    return any(word in MACHINES for word in words) or "".join(words[-2:]) in MACHINES


_NO_SECRETS = frozenset(key_table.NO_SECRETS.split())


def _ends_in(words: _Words, phrases: frozenset[str]) -> bool:
    return any("".join(words[-count:]) in phrases for count in range(1, min(len(words), 3) + 1))


def _weighty(words: _Words) -> list[_Words]:
    """The words, and without what has no weight at their end."""
    found = [words]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _WEIGHTLESS):
        words = words[:-1]
        found.append(words)
    bare = words[-1].rstrip("0123456789")
    if bare and bare != words[-1]:
        found.append((*words[:-1], bare))
    return found


_PARTS = re.compile(r"[.\[\]/]+|(?<=\w):(?=\w)|::|->")
_SEPARATORS = re.compile(r"[^\w]+|_+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "\u0131": "i", "đ": "d", "œ": "oe", "å": "a"})


def _path(name: str, parents: tuple[str, ...]) -> list[_Words]:
    """The words of the key, after those of the keys above it; `patient.name` and `user[name]` are paths themselves."""
    above = [words for part in parents for words in _split(part) if words]
    return [*above, *_split(name)][-MAX_PARENTS - 1 :]


@lru_cache(maxsize=8192)
def _split(name: str) -> tuple[_Words, ...]:
    parts = _PARTS.split(name[-MAX_NAME:].strip(" \t\r\n.[]/:*\"'`"))
    found = tuple(words(part) for part in parts if part and not part.isdigit())
    return tuple(each for each in found if each) or ((),)


def words(name: str) -> _Words:
    """A name's words in small letters without accents: `homePhone`, `home_phone` and `Home Phone` are the same."""
    plain = _CAMEL.sub(" ", name)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain).lower().translate(_LETTERS)
        plain = "".join(unicodedata.normalize("NFD", char)[0] if _has_accent(char) else char for char in plain)
    return tuple(word for word in _SEPARATORS.split(plain.lower()) if word)


def _has_accent(char: str) -> bool:
    return "\xc0" <= char <= "\u024f" or "\u1e00" <= char <= "\u1eff"


def _phrases(text: str) -> list[str]:
    """The phrases of a table, as they look when joined."""
    return ["".join(words(phrase)) for phrase in text.split(",")]


def _index(table: dict[str, str]) -> dict[str, str]:
    return {phrase: kind for kind, phrases in table.items() for phrase in _phrases(phrases)}


_ENDINGS = _index(key_table.ENDINGS)
_ALONE = _index(key_table.ALONE)
_PEOPLE = frozenset(_phrases(key_table.PEOPLE))
_PEOPLE |= {f"{phrase}s" for phrase in _PEOPLE if phrase.isascii() and len(phrase) > 3} | {
    "contributor",
    "contributors",
}
NAMES = frozenset(_phrases(key_table.NAMES))
MACHINES = frozenset(_phrases(key_table.MACHINES))
_ADDRESS_PARTS = frozenset(_phrases(key_table.ADDRESS_PARTS))
_NAME_PARTS = frozenset(_phrases(key_table.NAME_PARTS))
_THE_THING = frozenset(_phrases(key_table.THE_THING))
_WEIGHTLESS = frozenset(_phrases(key_table.WEIGHTLESS))
_LOCAL_PARTS = frozenset(_phrases(key_table.LOCAL_PARTS))
