"""What the name of a key says of its value."""

from __future__ import annotations

import pytest

from akios_jail.pii.catalogue import BY_NAME
from akios_jail.pii.key_table import ALONE, ENDINGS
from akios_jail.pii.keys import meaning, meanings
from akios_jail.pii.values_of_keys import SHAPES

IMPERSONAL = """
    name id type status title description count url email_count email_verified email_type phone_type phone_id
    address_id address_type has_email is_phone_verified emailTemplateId password_hash password_policy password_length
    token_type token_count max_tokens tokens tokenizer next_page_token pagination_token public_key primary_key
    cache_key foreign_key keyboard keyword file_name filename hostname class_name function_name display event_name
    package_manager_name tool_name product_name company_name dob_format birthday_count ip_version card_type
    card_count passport_count addressable memory_address contract_address named rename surname_length created_at
    user_id order_id latency longest platform microphone headphones cellular_network
"""


def kind(name: str, *parents: str) -> str | None:
    found = meaning(name, parents)
    return found.kind if found is not None else None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("email", "email"),
        ("customer_email", "email"),
        ("customerEmail", "email"),
        ("Customer E-Mail", "email"),
        ("useremail", "email"),
        ("email2", "email"),
        ("EMAIL_ADDRESS", "email"),
        ("contact.email.primary", "email"),
        ("correo_electronico", "email"),
        ("邮箱", "email"),
        ("homePhone", "phone"),
        ("phone_number_2", "phone"),
        ("Téléphone", "phone"),
        ("手机号", "phone"),
        ("電話番号", "phone"),
        ("customerSSN", "ssn"),
        ("social-security-number", "ssn"),
        ("CPF", "national_id"),
        ("codiceFiscale", "national_id"),
        ("身份证号", "national_id"),
        ("cardNumber", "credit_card"),
        ("credit_card", "credit_card"),
        ("cvv2", "credit_card"),
        ("payeeIBAN", "iban"),
        ("bank_account_number", "bank_account"),
        ("IPAddress", "ip_address"),
        ("client_ip", "ip_address"),
        ("X-Forwarded-For", "ip_address"),
        ("mac_address", "mac_address"),
        ("dob", "date_of_birth"),
        ("patientDOB", "date_of_birth"),
        ("birthDate", "date_of_birth"),
        ("Geburtsdatum", "date_of_birth"),
        ("fecha_nacimiento", "date_of_birth"),
        ("Дата рождения", "date_of_birth"),
        ("passport_no", "passport"),
        ("driver's license", "driving_licence"),
        ("latitude", "coordinates"),
        ("MRN", "medical_record"),
        ("patient_id", "medical_record"),
        ("shipping_address", "street_address"),
        ("billingAddressLine1", "street_address"),
        ("Straße", "street_address"),
        ("住所", "street_address"),
        ("first_name", "person_name"),
        ("lastName", "person_name"),
        ("patient_name", "person_name"),
        ("patient.name", "person_name"),
        ("user[name]", "person_name"),
        ("cardholderName", "person_name"),
        ("Nachname", "person_name"),
        ("prénom", "person_name"),
        ("ФИО", "person_name"),
        ("お名前", "person_name"),
        ("password", "secret"),
        ("DB_PASSWORD", "secret"),
        ("X-Api-Key", "secret"),
        ("aws_secret_access_key", "secret"),
        ("clientSecret", "secret"),
        ("contraseña", "secret"),
    ],
)
def test_a_key_says_what_its_value_is(name: str, expected: str) -> None:
    assert kind(name) == expected


@pytest.mark.parametrize(
    "name",
    IMPERSONAL.split(),
)
def test_a_key_about_personal_data_is_not_personal_data(name: str) -> None:
    assert kind(name) is None


@pytest.mark.parametrize(
    ("parents", "name", "expected"),
    [
        (("patient",), "name", "person_name"),
        (("order", "customer"), "name", "person_name"),
        (("tool",), "name", None),
        (("package", "author"), "name", "person_name"),
        (("shipping_address",), "city", "street_address"),
        (("shipping_address",), "zip", "street_address"),
        (("shipping_address",), "country", None),
        (("customer", "address"), "line1", "street_address"),
        (("address",), "type", None),
        (("patient", "name"), "family", "person_name"),
        (("patient", "name"), "given", "person_name"),
        (("email",), "value", "email"),
        (("phones", "0"), "number", "phone"),
        (("email",), "type", None),
        (("properties", "customer_email"), "type", None),
        (("properties", "customer_email"), "description", None),
        ((), "city", None),
    ],
)
def test_what_stands_above_a_key_may_say_what_it_means(
    parents: tuple[str, ...], name: str, expected: str | None
) -> None:
    assert kind(name, *parents) == expected


def test_what_stands_beside_a_key_may_say_what_it_means() -> None:
    record = [found and found.kind for found in meanings(("id", "name", "email", "total"))]
    assert record == [None, "person_name", "email", None]
    assert meanings(("id", "name", "price")) == (None, None, None)
    address = [found and found.kind for found in meanings(("street_address", "city", "zip", "country"))]
    assert address == ["street_address", "street_address", "street_address", None]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("customer_email", "jane@example.com"),
        ("customer_email", "jane at example dot com"),
        ("phone", "020 7946 0958"),
        ("dob", "1984-05-12"),
        ("dob", "12 May 84"),
        ("ssn_last4", "6789"),
        ("shipping_address", "Apt 4, The Old Mill, Cork"),
        ("address", "12 Main St, Springfield"),
        ("address", "北京市朝阳区建国路88号"),
        ("first_name", "jane"),
        ("customer_name", "JANE DOE"),
        ("author", "Jane Doe"),
        ("username", "Jane Doe"),
        ("latitude", "52.52001"),
        ("password", "swordfish"),
        ("api_key", "f81d4fae7dec11d0a76500a0c91e6bf6"),
        ("client_ip", "203.0.113.9"),
    ],
)
def test_a_sensible_value_is_believed(name: str, value: str) -> None:
    found = meaning(name)
    assert found is not None
    assert found.holds(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", ""),
        ("email", "n/a"),
        ("email", "string"),
        ("email", "weekly"),
        ("email", "[EMAIL_1]"),
        ("email", "${EMAIL}"),
        ("email", "{{ user.email }}"),
        ("phone", "home"),
        ("phone", "<phone>"),
        ("dob", "unknown"),
        ("address", "0x7ffe3a"),
        ("address", "127.0.0.1:8080"),
        ("address", "user@example.com"),
        ("street_address", "https://example.com/a"),
        ("first_name", "%s"),
        ("first_name", "{name}"),
        ("author", "octocat"),
        ("author", "the team"),
        ("username", "jdoe"),
        ("password", "********"),
        ("password", "<your-password>"),
        ("password", "process.env.PASSWORD"),
        ("password", "os.environ['X']"),
        ("password", "required"),
        ("token", "hello"),
        ("token", "</s>"),
        ("secret", "my-secret-name"),
        ("api_key", "your_api_key"),
        ("longitude", "too long"),
        ("ip_address", "auto"),
    ],
)
def test_what_is_plainly_no_value_of_its_kind_is_left(name: str, value: str) -> None:
    found = meaning(name)
    assert found is not None
    assert not found.holds(value)


def test_every_kind_of_the_table_is_in_the_catalogue_and_has_a_shape() -> None:
    assert ENDINGS.keys() | ALONE.keys() <= BY_NAME.keys()
    assert SHAPES.keys() >= ENDINGS.keys() | ALONE.keys()


def test_a_hostile_key_is_just_a_key() -> None:
    for name in ("a" * 1_000_000, "a_" * 500_000, "[" * 100_000, ".", "", "\x00", "\ud800", "email" * 10_000):
        meaning(name)
