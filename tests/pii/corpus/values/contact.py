"""Names, mail addresses, telephone numbers and postal addresses of a locale."""

from __future__ import annotations

import random
import unicodedata

import phonenumbers

from tests.pii.corpus.locale import Locale, filled

_PROVIDERS = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me", "gmx.net", "mail.ru", "qq.com")
_COMPANIES = ("northwind", "meridian-health", "kestrel", "acme", "blue-harbor", "orbita", "finlux", "sonnenhof")
_TAILS = {"GB": "co.uk", "AU": "com.au", "NZ": "co.nz", "ZA": "co.za", "BR": "com.br", "JP": "co.jp", "KR": "co.kr"}
#: Letters that Unicode does not take apart.
_PLAIN = str.maketrans(
    {"ø": "o", "Ø": "O", "æ": "ae", "ß": "ss", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "\u0131": "i"}
)


class Unwritable(Exception):
    """No value of this kind can be made for the locale."""


def name(rng: random.Random, locale: Locale) -> tuple[str, str]:
    """First and last name."""
    return rng.choice(locale.first), rng.choice(locale.last)


def full_name(first: str, last: str, locale: Locale) -> str:
    """As it is said in the locale."""
    return last + first if locale.joined else f"{first} {last}"


def login(rng: random.Random, first: str, last: str) -> str:
    """A user's name, in ASCII; where the script is another, a made-up one."""
    plain = [
        "".join(
            char
            for char in unicodedata.normalize("NFD", word.translate(_PLAIN)).lower()
            if char.isascii() and char.isalnum()
        )
        for word in (first, last)
    ]
    one, two = (word or rng.choice(["wei", "yuki", "ivan", "sara", "omar", "nina", "min", "kostas"]) for word in plain)
    return rng.choice(
        [f"{one}.{two}", f"{one[0]}{two}", f"{one}_{two}", f"{one}{rng.randint(1, 99)}", f"{two}.{one[0]}"]
    )


def email(rng: random.Random, user: str, country: str) -> str:
    """At a provider of mail, at a company, sometimes with a tag."""
    tail = _TAILS.get(country, rng.choice(["com", "org", country.lower()]))
    domain = rng.choice(
        [rng.choice(_PROVIDERS), f"{rng.choice(_COMPANIES)}.{tail}", f"mail.{rng.choice(_COMPANIES)}.{tail}"]
    )
    tag = rng.choice(["", "", "", "", "+news", "+billing"])
    return f"{user.capitalize() if rng.random() < 0.25 else user}{tag}@{domain}"


def phone(rng: random.Random, locale: Locale, abroad: bool) -> str:
    """A number of the country's plan, as it is written at home, or `abroad` with the country's code."""
    patterns = [pattern for pattern in locale.phones if pattern.startswith("+") is abroad] or list(locale.phones)
    for _ in range(300):
        number = filled(rng.choice(patterns), rng)
        if phonenumbers.is_valid_number(phonenumbers.parse(number, locale.country)):
            return number
    raise Unwritable(f"no number of {locale.code} is valid")


def address(rng: random.Random, locale: Locale) -> str:
    """A postal address; in one line, in some places in two."""
    return rng.choice(locale.addresses).format(
        s=rng.choice(locale.streets),
        n=rng.randint(2, 189),
        z=filled(rng.choice(locale.postcodes), rng),
        c=rng.choice(locale.cities),
    )
