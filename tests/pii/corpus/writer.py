"""Values for the slots of one document: of its locale, and the same value wherever the same slot stands again.

A slot's name may end in a number: `⟦email⟧` and `⟦name⟧` are of one person, `⟦email2⟧` of another.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.pii.corpus.locale import Locale
from tests.pii.corpus.values import contact, dates, network, papers, payment, secrets
from tests.pii.corpus.values.contact import Unwritable
from tests.pii.corpus.values.identity_numbers import NUMBERS, us_itin, us_ssn
from tests.pii.corpus.values.look_alikes import LOOK_ALIKES

_INDEXED = re.compile(r"([a-z_]+?)(\d*)\Z")


class Person:
    """Somebody of a locale, with what belongs together: the name, and what is made of it."""

    def __init__(self, rng: random.Random, locale: Locale) -> None:
        self.first, self.last = contact.name(rng, locale)
        self.login = contact.login(rng, self.first, self.last)
        self.email = contact.email(rng, self.login, locale.country)


class Writer:
    """Makes the values of one document."""

    def __init__(self, rng: random.Random, locale: Locale) -> None:
        self.rng = rng
        self.locale = locale
        numbers = NUMBERS.get(locale.country, ())
        self._number_of_country = rng.choice(numbers) if numbers else None
        self._people: dict[str, Person] = {}
        self._values: dict[str, tuple[str, str]] = {}

    def anew(self) -> None:
        """Other people and other values from here on: the next row of a table."""
        self._people.clear()
        self._values.clear()

    def value(self, slot: str) -> tuple[str, str]:
        """A slot's kind as in the mark-up ("" for what is not personal) and its value. `Unwritable` if it has none."""
        if slot.startswith("w."):
            return "", self.locale.words[slot[2:]]
        if slot not in self._values:
            self._values[slot] = self._made(slot)
        return self._values[slot]

    def _made(self, slot: str) -> tuple[str, str]:
        match = _INDEXED.match(slot)
        if match is None:
            raise ValueError(f"no slot: {slot!r}")
        name, index = match.groups()
        if name in LOOK_ALIKES:
            return "?" if name == "private_ip" else "", LOOK_ALIKES[name](self.rng)
        if name in ("id", "id_name"):
            return self._number(name)
        if name in _OF_PERSON:
            person = self._people.setdefault(index, Person(self.rng, self.locale))
            return _OF_PERSON[name](self, person)
        kind, write = _OF_NOBODY[name]
        return kind, write(self)

    def _number(self, name: str) -> tuple[str, str]:
        """The same number of the country all through a document: its name may stand above a column."""
        number = self._number_of_country
        if number is None:
            raise Unwritable(f"{self.locale.country} has no number here")
        return ("", number.name) if name == "id_name" else ("|".join(number.kinds), number.write(self.rng))


def known(slot: str) -> bool:
    """Whether there is a slot of this name."""
    match = _INDEXED.match(slot)
    name = match[1] if match else ""
    return slot.startswith("w.") or name in {*LOOK_ALIKES, *_OF_PERSON, *_OF_NOBODY, "id", "id_name"}


_OF_PERSON: dict[str, Callable[[Writer, Person], tuple[str, str]]] = {
    "name": lambda w, p: ("person_name", contact.full_name(p.first, p.last, w.locale)),
    "first": lambda w, p: ("person_name", p.first),
    "last": lambda w, p: ("person_name", p.last),
    "first_joined": lambda w, p: ("person_name", p.first.replace(" ", "-")),
    "login": lambda w, p: ("?", p.login),
    "email": lambda w, p: ("email", p.email),
    "licence": lambda w, p: ("driving_licence", papers.licence(w.rng, w.locale.country, p.last)),
    "url": lambda w, p: ("", network.url_with_user(w.rng, p.login, p.email)),
}
_OF_NOBODY: dict[str, tuple[str, Callable[[Writer], str]]] = {
    "phone": ("phone", lambda w: contact.phone(w.rng, w.locale, w.rng.random() < 0.5)),
    "phone_home": ("phone", lambda w: contact.phone(w.rng, w.locale, False)),
    "phone_abroad": ("phone", lambda w: contact.phone(w.rng, w.locale, True)),
    "address": ("street_address", lambda w: contact.address(w.rng, w.locale)),
    "dob": ("date_of_birth", lambda w: dates.written(dates.birthday(w.rng), w.locale.country, w.rng)),
    "dob_iso": ("date_of_birth", lambda w: dates.birthday(w.rng).isoformat()),
    "ssn": ("ssn|national_id", lambda w: us_ssn(w.rng)),
    "itin": ("itin|national_id", lambda w: us_itin(w.rng)),
    "card": ("credit_card", lambda w: payment.card(w.rng)),
    "iban": ("iban", lambda w: payment.iban(w.rng, w.locale.country)),
    "account": ("bank_account", lambda w: payment.account(w.rng, w.locale.country)),
    "ip": ("ip_address", lambda w: network.ip4(w.rng) if w.rng.random() < 0.75 else network.ip6(w.rng)),
    "mac": ("mac_address", lambda w: network.mac(w.rng)),
    "coordinates": ("coordinates", lambda w: network.coordinates(w.rng)),
    "passport": ("passport", lambda w: papers.passport(w.rng, w.locale.country)),
    "mrn": ("medical_record", lambda w: papers.medical_record(w.rng)),
    "token": ("secret", lambda w: secrets.token(w.rng)),
    "opaque": ("secret", lambda w: secrets.opaque(w.rng)),
    "password": ("secret|url_user_data", lambda w: secrets.password(w.rng)),
    "private_key": ("secret", lambda w: secrets.private_key(w.rng)),
}
