"""All kinds of personal data: one row each, and the groups that may stand for several of them in a policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Family = Literal["structured", "contextual", "secret"]


class Kind(NamedTuple):
    """`name` is what policies, reports and placeholders call it. `confidence` is that of a usual finding.

    structured: its form, or a check digit in it, proves it. contextual: words or a key beside it say what it is.
    """

    name: str
    family: Family
    default: bool
    confidence: float
    description: str


#: The more specific before the less specific: of two findings of the same place, length and confidence, the earlier
#: kind is reported.
KINDS = (
    Kind("email", "structured", True, 0.95, "e-mail addresses"),
    Kind("secret", "secret", True, 0.95, "keys, tokens, passwords and private keys"),
    Kind("url_user_data", "contextual", True, 0.9, "people's names and passwords in addresses of the web"),
    Kind("credit_card", "structured", True, 0.95, "numbers of payment cards"),
    Kind("iban", "structured", True, 0.99, "international bank account numbers"),
    Kind("ssn", "structured", True, 0.9, "US social security numbers"),
    Kind("itin", "structured", True, 0.9, "US individual taxpayer identification numbers"),
    Kind("national_id", "structured", True, 0.9, "national identity and tax numbers of people"),
    Kind("passport", "contextual", True, 0.85, "passport numbers"),
    Kind("driving_licence", "contextual", True, 0.85, "numbers of driving licences"),
    Kind("medical_record", "contextual", True, 0.85, "medical record and health insurance numbers"),
    Kind("bank_account", "contextual", True, 0.85, "bank account numbers other than IBANs"),
    Kind("date_of_birth", "contextual", True, 0.9, "dates of birth"),
    Kind("phone", "structured", True, 0.9, "telephone numbers"),
    Kind("ip_address", "structured", True, 0.9, "addresses of machines on the internet, IPv4 and IPv6"),
    Kind("mac_address", "structured", True, 0.95, "addresses of network cards"),
    Kind("coordinates", "structured", True, 0.85, "geographic coordinates"),
    Kind("street_address", "contextual", True, 0.85, "postal addresses"),
    Kind("person_name", "contextual", True, 0.8, "names of people, where something beside them says so"),
)
BY_NAME = {kind.name: kind for kind in KINDS}
#: Names that stand for several kinds.
GROUPS: dict[str, tuple[str, ...]] = {
    "default": tuple(kind.name for kind in KINDS if kind.default),
    "structured": tuple(kind.name for kind in KINDS if kind.family == "structured"),
    "contextual": tuple(kind.name for kind in KINDS if kind.family == "contextual"),
    "secrets": tuple(kind.name for kind in KINDS if kind.family == "secret"),
    "all": tuple(kind.name for kind in KINDS),
}


def expanded(names: Iterable[str]) -> tuple[str, ...]:
    """The kinds that names of kinds and groups stand for, each once, in its order. `KeyError` if unknown."""
    wanted: set[str] = set()
    for name in names:
        wanted.update(GROUPS[name] if name in GROUPS else (BY_NAME[name].name,))
    return tuple(kind.name for kind in KINDS if kind.name in wanted)
