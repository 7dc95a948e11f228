"""Writes a document from a text with slots, for a locale.

`⟦name⟧` is a slot: a value of somebody, the same all through the document; `⟦name2⟧` is somebody else's. `⟦w.born⟧` is
the word for it in the language. `⟦!ORD-####⟧` is drawn by a pattern and is nobody's, `⟦passport!C#######⟧` is drawn and
labelled, `⟦key:github⟧` is a key of that provider, `⟦account:fr⟧` an account of France. What stands between
`⟦repeat 5⟧` and `⟦end⟧` is written so often, of other people each time. `⟦tel=020 7946 0000⟧` is labelled as it stands;
the short words for kinds are in `KINDS`.
"""

from __future__ import annotations

import calendar
import json
import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote_plus

from stdnum.us import itin as us_itin

from tests.pii.corpus.blind import accounts, money, network, papers
from tests.pii.corpus.blind import keys_of_providers as keys
from tests.pii.corpus.blind.identity import IDENTITIES
from tests.pii.corpus.blind.patterns import birthday, drawn, valid
from tests.pii.corpus.blind.people import Address, Locale
from tests.pii.corpus.document import Document, marked

#: The short words of the mark-up, and the kinds that they stand for.
KINDS = {
    "name": "person_name",
    "running": "name_in_running_text|person_name",
    "email": "email",
    "tel": "phone",
    "addr": "street_address",
    "part": "part_of_address|street_address",
    "dob": "date_of_birth",
    "ip": "ip_address",
    "mac": "mac_address",
    "geo": "coordinates",
    "card": "credit_card",
    "iban": "iban",
    "account": "bank_account",
    "ssn": "ssn|national_id",
    "itin": "itin|national_id",
    "id": "national_id",
    "passport": "passport",
    "licence": "driving_licence",
    "medical": "medical_record|national_id",
    "secret": "secret|url_user_data",
    "url": "url_user_data|secret|email|person_name",
    "?": "?",
}
_LITERAL = re.compile(r"⟦([a-z?]+)=")
_SLOT = re.compile(r"⟦([^⟦⟧=]+)⟧")
_NAME = re.compile(r"([a-z_.]+?)(\d*)(?::(\w+))?\Z")
_REPEAT = re.compile(r"^⟦repeat (\d+)⟧\n(.*?)^⟦end⟧\n", re.MULTILINE | re.DOTALL)


class Unwritable(Exception):
    """A slot that the locale has no value for."""


class _Person:
    def __init__(self, rng: random.Random, locale: Locale) -> None:
        self.first, self.last = rng.choice(locale.names)
        self.full = locale.full(self.first, self.last)
        self.email = locale.email(rng, self.first, self.last)
        self.address: Address = locale.address(rng)
        self.birthday = birthday(rng)


class Writer:
    """Makes the values of one document."""

    def __init__(self, rng: random.Random, locale: Locale, form: str, words: dict[str, str]) -> None:
        self.rng, self.locale, self.form, self.words = rng, locale, form, words
        self._people: dict[str, _Person] = {}
        self._made: dict[str, str] = {}
        choices = [one for one in IDENTITIES if one.country == locale.country]
        self.identity = rng.choice(choices) if choices else None

    def document(self, text: str) -> Document:
        """The document of a text."""
        return marked(self.form, self.locale.code, self._filled(_REPEAT.sub(self._repeated, text)))

    def _repeated(self, match: re.Match[str]) -> str:
        parts = []
        for _ in range(int(match[1])):
            self._people.clear()
            self._made.clear()
            parts.append(self._filled(match[2]))
        self._people.clear()
        self._made.clear()
        return "".join(parts)

    def _filled(self, text: str) -> str:
        text = _LITERAL.sub(lambda match: f"⟦{KINDS.get(match[1], match[1])}=", text)
        return _SLOT.sub(self._slot, text)

    def _slot(self, match: re.Match[str]) -> str:
        slot = match[1]
        if slot not in self._made or "!" in slot:
            self._made[slot] = self._value(slot)
        return self._made[slot]

    def _value(self, slot: str) -> str:
        if "!" in slot:
            word, _, pattern = slot.partition("!")
            return self._labelled(KINDS[word] if word else "", drawn(self.rng, pattern))
        found = _NAME.match(slot)
        if found is None:
            raise ValueError(f"no slot: {slot!r}")
        name, index, detail = found.groups()
        if name.startswith("w."):
            if name[2:] not in self.words:
                raise Unwritable(slot)
            return self.words[name[2:]]
        person = self._people.setdefault(index, _Person(self.rng, self.locale))
        if name == "key":
            return self._labelled(KINDS["secret"], keys.key(self.rng, detail))
        if name == "account" and detail:
            kinds = f"{KINDS['account']}|credit_card" if detail == "cn" else KINDS["account"]  # its card's number
            return self._labelled(kinds, accounts.account(self.rng, detail))
        if name == "id" and detail:
            self.identity = next(one for one in IDENTITIES if one.key == detail)
        kind, make = SLOTS[name]
        value = make(self, person)
        if value is None:
            raise Unwritable(slot)
        if name == "id" and self.identity is not None:
            return self._labelled(self.identity.kinds, value)
        return self._labelled(KINDS[kind] if kind else "", value)

    def _labelled(self, kinds: str, value: str) -> str:
        if self.form == "json":
            value = json.dumps(value, ensure_ascii=False)[1:-1]
        elif self.form == "form":
            value = quote_plus(value)
        quotes = '"' if self.form == "csv" and ("," in value or ";" in value) else ""
        return f"{quotes}⟦{kinds}={value}⟧{quotes}" if kinds and value else f"{quotes}{value}{quotes}"


_MONTHS = calendar.month_name[1:]


def _date(w: Writer, p: _Person) -> str:
    day, country = p.birthday, w.locale.country
    if country == "US":
        return w.rng.choice((f"{day:%m/%d/%Y}", f"{_MONTHS[day.month - 1]} {day.day}, {day.year}", f"{day:%m-%d-%Y}"))
    if country in ("JP", "CN", "TW"):
        return w.rng.choice((f"{day.year}年{day.month}月{day.day}日", f"{day:%Y/%m/%d}"))
    if country == "KR":
        return f"{day.year}년 {day.month}월 {day.day}일"
    if country in ("SE", "LT", "HU", "CA"):
        return f"{day:%Y-%m-%d}" if country != "HU" else f"{day:%Y. %m. %d}."
    if w.locale.language == "en":
        return w.rng.choice(
            (f"{day:%d/%m/%Y}", f"{day.day} {_MONTHS[day.month - 1]} {day.year}", f"{day.day}-{day:%b-%Y}")
        )
    return f"{day:%d/%m/%Y}" if country in ("FR", "ES", "IT", "BR", "PT", "MX", "AR", "BE") else f"{day:%d.%m.%Y}"


def _in_capitals(p: _Person) -> str | None:
    """As airlines print passengers; only names in Latin letters."""
    text = f"{p.last}/{p.first}".upper().replace(" ", "")
    return text if text[0] < "\u0250" else None


def _identity(w: Writer, part: str) -> str | None:
    if w.identity is None:
        return None
    return w.identity.write(w.rng) if part == "number" else w.identity.name if part == "name" else w.identity.key


def _isbn(rng: random.Random) -> str:
    body = f"978{rng.randrange(10**9):09d}"
    check = -sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(body)) % 10
    return f"{body[:3]}-{body[3]}-{body[4:8]}-{body[8:]}-{check}"


def _hex(rng: random.Random, length: int) -> str:
    return f"{rng.getrandbits(4 * length):0{length}x}"


def _uuid(rng: random.Random) -> str:
    text = _hex(rng, 32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _stamp(rng: random.Random) -> str:
    return f"{datetime(2024, 1, 1) + timedelta(seconds=rng.randrange(31_000_000)):%Y-%m-%dT%H:%M:%SZ}"


#: Name: the kind as in the mark-up ("" for what is nobody's), and how it is made; None where the locale has none.
SLOTS: dict[str, tuple[str, Callable[[Writer, _Person], str | None]]] = {
    "name": ("name", lambda w, p: p.full),
    "first": ("name", lambda w, p: p.first),
    "last": ("name", lambda w, p: p.last),
    "in_capitals": ("name", lambda w, p: _in_capitals(p)),
    "running": ("running", lambda w, p: p.full),
    "email": ("email", lambda w, p: p.email),
    "email_in_url": ("url", lambda w, p: quote_plus(p.email)),
    "login": ("?", lambda w, p: p.email.partition("@")[0]),
    "tel": ("tel", lambda w, p: w.locale.phone(w.rng)),
    "addr": ("addr", lambda w, p: p.address.line),
    "addr_lines": ("addr", lambda w, p: p.address.lines),
    "street": ("addr", lambda w, p: p.address.street),
    "postcode": ("part", lambda w, p: p.address.postcode or None),
    "city": ("?", lambda w, p: p.address.city),
    "dob": ("dob", _date),
    "dob_iso": ("dob", lambda w, p: p.birthday.isoformat()),
    "id": ("id", lambda w, p: _identity(w, "number")),
    "id_name": ("", lambda w, p: _identity(w, "name")),
    "id_key": ("", lambda w, p: _identity(w, "key")),
    "itin": ("itin", lambda w, p: valid(w.rng, "9##-##-####", us_itin.is_valid)),
    "card": ("card", lambda w, p: money.card(w.rng)),
    "iban": ("iban", lambda w, p: money.iban(w.rng, w.locale.country) if money.has_iban(w.locale.country) else None),
    "account": ("account", lambda w, p: money.account(w.rng, w.locale.country)),
    "passport": ("passport", lambda w, p: papers.passport(w.rng, w.locale.country)),
    "licence": ("licence", lambda w, p: papers.licence(w.rng, w.locale.country, p.last)),
    "mrn": ("medical", lambda w, p: papers.medical_record(w.rng)),
    "nhs": ("medical", lambda w, p: papers.nhs_number(w.rng)),
    "mbi": ("medical", lambda w, p: papers.medicare_beneficiary(w.rng)),
    "ip": ("ip", lambda w, p: network.ip4(w.rng)),
    "ipsix": ("ip", lambda w, p: network.ip6(w.rng)),
    "mac": ("mac", lambda w, p: network.mac(w.rng)),
    "geo": ("geo", lambda w, p: network.coordinates(w.rng)),
    "lat": ("geo", lambda w, p: network.latitude(w.rng)),
    "lon": ("geo", lambda w, p: network.longitude(w.rng)),
    "opaque": ("secret", lambda w, p: keys.opaque(w.rng)),
    "password": ("secret", lambda w, p: keys.password(w.rng)),
    "jwt": ("secret", lambda w, p: keys.web_token(w.rng)),
    "pem": ("secret", lambda w, p: keys.private_key(w.rng)),
    "sha": ("", lambda w, p: _hex(w.rng, 40)),
    "hash": ("", lambda w, p: _hex(w.rng, 64)),
    "uuid": ("", lambda w, p: _uuid(w.rng)),
    "isbn": ("", lambda w, p: _isbn(w.rng)),
    "stamp": ("", lambda w, p: _stamp(w.rng)),
}
