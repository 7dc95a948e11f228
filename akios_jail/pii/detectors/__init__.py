"""One file a kind of personal data, one class a file. `detectors` gives those that a policy names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from akios_jail.pii.detectors.bank_account import BankAccount
from akios_jail.pii.detectors.coordinates import Coordinates
from akios_jail.pii.detectors.credit_card import CreditCard
from akios_jail.pii.detectors.date_of_birth import DateOfBirth
from akios_jail.pii.detectors.driving_licence import DrivingLicence
from akios_jail.pii.detectors.email import Email
from akios_jail.pii.detectors.iban import Iban
from akios_jail.pii.detectors.ip_address import IpAddress
from akios_jail.pii.detectors.labelled import KINDS as LABELLED
from akios_jail.pii.detectors.labelled import Labels
from akios_jail.pii.detectors.mac_address import MacAddress
from akios_jail.pii.detectors.medical_record import MedicalRecord
from akios_jail.pii.detectors.national_id import NationalId
from akios_jail.pii.detectors.passport import Passport
from akios_jail.pii.detectors.person_name import PersonName
from akios_jail.pii.detectors.phone import Phone
from akios_jail.pii.detectors.secrets import LongSecrets, Secrets
from akios_jail.pii.detectors.ssn import Itin, Ssn
from akios_jail.pii.detectors.street_address import AddressBlocks, StreetAddress
from akios_jail.pii.detectors.url_user_data import UrlUserData
from akios_jail.pii.finding import Detector

#: By the name that a policy uses, the more specific before the less specific: of two findings in the same place, the
#: earlier kind is reported.
DETECTORS: dict[str, Callable[[], Detector]] = {
    "email": Email,
    "secret": Secrets,
    "url_user_data": UrlUserData,
    "credit_card": CreditCard,
    "iban": Iban,
    "ssn": Ssn,
    "itin": Itin,
    "national_id": NationalId,
    "bank_account": BankAccount,
    "coordinates": Coordinates,
    "date_of_birth": DateOfBirth,
    "driving_licence": DrivingLicence,
    "ip_address": IpAddress,
    "mac_address": MacAddress,
    "medical_record": MedicalRecord,
    "passport": Passport,
    "phone": Phone,
    "street_address": StreetAddress,
    "person_name": PersonName,
}

#: Second detectors of a kind.
ALSO: dict[str, Callable[[], Detector]] = {"secret": LongSecrets}


def detectors(fields: Iterable[str]) -> list[Detector]:
    """The detectors of these fields. `KeyError` for a field that has none: it must not pass as one without findings."""
    wanted = set(fields)
    unknown = wanted - DETECTORS.keys()
    if unknown:
        raise KeyError(f"no detector for {', '.join(sorted(unknown))}")
    made = [make() for field, make in DETECTORS.items() if field in wanted]
    if {"street_address", "person_name"} <= wanted:
        made = [AddressBlocks() if isinstance(one, StreetAddress) else one for one in made]
    made += [make() for field, make in ALSO.items() if field in wanted]
    return [*made, Labels(wanted)] if wanted & LABELLED else made
