"""What people are told of each kind of personal data: how it is checked, how it looks, what of it is missed.

The examples are invented, or those that the issuers publish as examples.
"""

from __future__ import annotations

from typing import NamedTuple


class Explanation(NamedTuple):
    """`check`: what makes a finding; `missed`: what of the kind is not found, and why."""

    check: str
    examples: tuple[str, ...]
    missed: str


EXPLANATIONS: dict[str, Explanation] = {
    "email": Explanation(
        "a local part, an @ in any of its spellings, and a domain that can exist",
        ("ada@example.org", "ada.lovelace+news@mail.example.co.uk", "ada%40example.org", "ada [at] example [dot] org"),
        "addresses that are described in words rather than written",
    ),
    "secret": Explanation(
        "prefixes that issuers give their keys, the parts of a JWT, PEM headers, addresses that anybody may post to, "
        "passwords where commands and settings have them, their hashes, and random values or passwords beside a name "
        "such as password, token or client_secret",
        ("ghp_… (GitHub)", "AKIA… (AWS)", "eyJ….eyJ….… (JWT)", "-----BEGIN PRIVATE KEY-----", "password: …"),
        "passwords and keys without a known prefix that no word beside them gives away; passwords that are one plain "
        "word, or words with blanks, outside quotation marks; ids of sessions in logs; licence keys of programs",
    ),
    "url_user_data": Explanation(
        "names and passwords before the host of an address of the web, parameters of its query that name a person, and "
        "names and patients' numbers in its path",
        ("https://ada:…@example.org/", "https://example.org/?email=ada%40example.org"),
        "numbers of records in the path, nobody's without the record, and names that look like any word",
    ),
    "credit_card": Explanation(
        "the prefix and length of a payment network, and the Luhn check digit",
        ("4111 1111 1111 1111", "3782-822463-10005"),
        "numbers with digits left out or masked, which are no card numbers any more",
    ),
    "iban": Explanation(
        "a country that has IBANs, its length, and the check digits modulo 97",
        ("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"),
        "numbers with a mistake in them: their check digits do not fit",
    ),
    "ssn": Explanation(
        "the nine digits in their groups, of parts that are given, or without groups beside a word that says so",
        ("219-09-9999", "SSN 219099999"),
        "nine digits in a row that nothing beside them calls a social security number",
    ),
    "itin": Explanation(
        "a 9 in front and a fourth and fifth digit of the ranges that are given",
        ("912-71-1234",),
        "nine digits in a row that nothing beside them calls a taxpayer number",
    ),
    "national_id": Explanation(
        "the form, the day of birth in it and the check digits of the country's number; numbers without a check digit, "
        "or whose form is that of much else, only beside their name",
        ("756.1234.5678.97 (Switzerland)", "529.982.247-25 (Brazil)", "85.07.30-033.28 (Belgium)"),
        "plain digits of countries without a check digit, where no word beside them says what they are",
    ),
    "passport": Explanation(
        "letters and digits as countries number passports, beside a word that says passport in its language",
        ("passport no. C01X00T47",),
        "numbers alone: without the word they look like any other number",
    ),
    "driving_licence": Explanation(
        "letters and digits as countries number licences, beside a word that says driving licence in its language",
        ("driver's license D1234567", "MORGA657054SM9IJ (Great Britain)"),
        "numbers alone: without the word they look like any other number",
    ),
    "medical_record": Explanation(
        "a number after words that announce it, such as MRN, patient id or health insurance number; Medicare numbers "
        "of the United States by their form",
        ("MRN 00482211", "NHS number 943 476 5919"),
        "numbers alone: without the word they look like any other number",
    ),
    "bank_account": Explanation(
        "a number in the form of its country after a word that says account in its language, with its check digits "
        "where there are any; routing numbers and sort codes with it",
        ("account number 31926819", "Kontonummer 5320130"),
        "numbers alone of countries without check digits or groups of their own, and references to accounts by their "
        "last digits",
    ),
    "date_of_birth": Explanation(
        "a date, in figures or words, beside a word that says birth, or under such a key or column",
        ("DOB 03/14/1957", "geboren am 7. Februar 1968"),
        "dates that only the story around them makes a date of birth",
    ),
    "phone": Explanation(
        "a number that is valid in a country's plan, with its country code or grouped as numbers there are, or any "
        "plausible one beside a word that says telephone, or where such numbers stand: a line of its own, a message",
        ("+44 20 7946 0958", "(212) 555-2368", "Tel. 0221 4710815"),
        "digits without a country code, grouping or word; numbers grouped as amounts are, within a line; extensions",
    ),
    "ip_address": Explanation(
        "an IPv4 or IPv6 address of a machine; version numbers are told from addresses by what stands beside them",
        ("81.2.69.160", "2a02:8109:9c40::1"),
        "loopback, broadcast and other addresses that are no one's machine; private ones are found, less surely",
    ),
    "mac_address": Explanation(
        "six pairs of hexadecimal digits with colons or dashes, or three groups with dots; twelve digits in a row "
        "beside a word for such an address, or in a line of a log about a network",
        ("00:1b:44:11:3a:b7", "001b.4411.3ab7"),
        "twelve hexadecimal digits in a row that neither a word nor their line calls one",
    ),
    "coordinates": Explanation(
        "a pair of latitude and longitude with four decimals or more, or in degrees and minutes",
        ("48.85837, 2.294481", "48°51'30.1\"N 2°17'40.1\"E"),
        "coarse pairs with fewer decimals: they are no one's door, and look like any two numbers",
    ),
    "street_address": Explanation(
        "a street with a number as each country writes it, or a postcode with its town and a number before it; from "
        "there the flat, the house, the quarter and the country, on the same line or the next ones; what stands under "
        "a key, column or label that says address",
        ("12 bis, rue des Carmes, 44000 Nantes", "2208 Barton Hills Dr, Austin, TX 78704"),
        "streets without a number; streets whose name is no street's word, where neither a postcode nor a word of an "
        "address stands beside them; houses with a name and no postcode; in Thai, what stands before the road",
    ),
    "person_name": Explanation(
        "words after a salutation, a title, `my name is`, in a signature, in an e-mail's header, before a line of a "
        "chat, above a telephone number or an address, in a list of people, and what stands under a key, column or "
        "label that says name; a cell or a line that is nothing but a name, beside a number that is somebody's; who is "
        "named together with somebody; close to where a name was found, the same name, with the family name last or an "
        "initial, and its first or last word within a sentence or at its beginning",
        ("Dear Ms. Novak", "my name is Ada Lovelace", "From: Ada Lovelace <…>"),
        "names in running text that nothing beside them gives away; names in the columns of tables that blanks make "
        "up, where nothing else in the row is somebody's; first names alone, that were not found in full close by; "
        "names that are words of companies or places, as Park is",
    ),
}
