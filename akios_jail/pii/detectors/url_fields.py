"""Fields of a query that are about somebody: `fn=Ada`, `paciente=Delfina+Rojas`, `uid=4711`, `daddr=22+Albion+Street`.

Some are short, or words of much else, so that the value must look the part: a name with a capital, a first and a last
name, a street with its number on the way to a map.
"""

from __future__ import annotations

import re

from akios_jail.pii import keys
from akios_jail.pii.values_of_keys import is_full_name, is_name, is_postal, stands_for_nothing

#: Words in which the name of a field may end.
FIELD_WORDS = (
    "mail|name|vorname|nachname|nom|prenom|nombre|apellido|nome|phone|tel|mobile|msisdn|user|login|uid|userid|"
    "user_id|"
    "customer|customer_id|customerid|client_id|patient|patient_id|member_id|account_id|employee_id|contact|"
    "recipient|ssn|dob|"
    "birthday|birthdate|birth_date|address|street|token|password|passwd|pwd|session|sessionid|session_id|sid|"
    "lat|lng|lon|"
    "passport|iban|recipient_id|person|person_id|subscriber|subscriber_id"
)
#: Names of whole fields: of somebody's name; of whoever does something, by first and last name; of a user; of where.
_NAMED = (
    "fn|ln|fname|lname|uname|apellidos?|apellido[12]|sobrenome|voornaam|achternaam|imie|nazwisko|soyad|isim|fornavn|"
    "etternavn|efternavn|fornamn|efternamn|etunimi|sukunimi|jmeno|prijmeni|keresztnev|vezeteknev|prenume|paciente|"
    "paziente|patiente|pacjent|pasien|hasta|cliente|kunde|kundin|klant|klient|guest|gast|huesped|hospede|"
    "ospite|invitee|"
    "invitado|passenger|pasajero|passageiro|passeggero|pax|fahrgast|alumno|aluno|schueler|pupil|empfaenger|absender|"
    "destinataire|destinatario|expediteur|remitente|versicherter|assure|asegurado|segurado|buyer|payee|payer|caller|"
    "nume|nume_prenume|fio|hoten|ho_ten|xm|xingming|esm|isim|adsoyad|ad_soyad|shimei|seimei|namae|ime|"
    "ime_prezime|meno|nev|teljes_nev|"
    "reporter|parent|enfant|child|kind|kid|hijo|hija|tutor|madre|padre|mother|father|spouse|conjoint|rider|"
    "tenant|owner|resident|mieter|"
    "elev|eleve|student|soci[oa]|titular|beneficiario|beneficiary|contatto|referent|ansprechpartner|nickname|"
    "full_name|legal_name|"
    "visitor|besucher|visiteur|attendee|participant|teilnehmer|applicant|bewerber|candidate|displayname|display_name"
)
_FULL = (
    "to|from|ad|author|client|agent|host|doctor|dr|medico|arzt|driver|employee|member|student|teacher|person|q|query"
)
_USERS = "u|usuario|utilisateur|benutzer|utente|utilizador|gebruiker"
_NUMBERED = "memberno|mitglied|socio|kundennr|kundennummer"
_PLACES = (
    "addr|daddr|saddr|address1|address2|addr1|addr2|line1|destination|origin|near|adresse|anschrift|strasse|"
    "direccion|"
    "domicilio|endereco|morada|indirizzo|via|adres|ulica|rue|calle|location"
)
WHOLE_FIELDS = f"{_NAMED}|{_FULL}|{_USERS}|{_NUMBERED}|{_PLACES}|postcode|zip|plz"
#: Fields that name somebody in an address, and nothing elsewhere: whether the value must have a digit.
_IN_ADDRESSES = {
    "user": False,
    "username": False,
    "login": False,
    "uid": True,
    "userid": True,
    "customer": True,
    "customerid": True,
    "patient": True,
    "patientid": True,
    "memberid": True,
    "accountid": True,
    "employeeid": True,
    "personid": True,
    "subscriberid": True,
    "recipient": False,
    "contact": False,
    "member": True,
    "memberno": True,
    "mitglied": True,
    "socio": True,
    "kundennr": True,
    "kundennummer": True,
    "usuario": False,
    "utilisateur": False,
    "benutzer": False,
    "utente": False,
    "utilizador": False,
    "gebruiker": False,
}
#: Programs' own accounts.
NOBODY = frozenset(
    [
        "git",
        "root",
        "admin",
        "user",
        "username",
        "anonymous",
        "guest",
        "test",
        "nobody",
        "www-data",
        "deploy",
        "oauth2",
        "x-access-token",
        "x-token-auth",
        "token",
        "api",
        "app",
        "service",
        "ubuntu",
        "ec2-user",
        "postgres",
        "mysql",
        "redis",
        "mongo",
        "rabbitmq",
        "gitlab-ci-token",
        "default",
        "me",
        "self",
    ]
)
_OF_NAMES = frozenset(
    _NAMED.replace("apellidos?", "apellido|apellidos")
    .replace("[12]", "")
    .replace("soci[oa]", "socia")
    .replace("_", "")
    .split("|")
)
_OF_FULL_NAMES = frozenset(_FULL.split("|"))
_OF_PLACES = frozenset(_PLACES.split("|"))
_DIGITS = re.compile(r"\d")
#: Where what is looked for is a place.
_MAP = re.compile(r"map|karte|route|directions|navi|geo", re.IGNORECASE)
_LOGIN = re.compile(r"[a-z]{1,20}[._-][a-z]{2,24}[0-9]{0,4}", re.IGNORECASE)


def names_somebody(name: str, value: str, before: str) -> bool:
    """Whether the value of this field is about a person. `before`: the address up to the field."""
    if stands_for_nothing(value) or stands_for_nothing(value.strip("{}")):
        return False
    own = "".join(keys.words(name))
    if own == "u":
        return _LOGIN.fullmatch(value) is not None
    if own in _IN_ADDRESSES:
        told = not _IN_ADDRESSES[own] or (len(value) >= 3 and _DIGITS.search(value) is not None)
        return (told and value.lower() not in NOBODY) or is_full_name(value)
    if own in ("q", "query", "to", "from", "near", "location", "destination", "origin", "via") and _MAP.search(before):
        return is_postal(value)
    if own.rstrip("0123456789") in _OF_NAMES or own in ("name", "nom", "nombre", "nome", "first", "last"):
        return (
            (is_name(value) and not (value[:1].islower() and value.isascii()))
            or is_full_name(value)
            or _SMALL_NAME.fullmatch(value) is not None
            or _PASSENGER.fullmatch(value) is not None
        )
    if own in _OF_FULL_NAMES:
        return own not in ("q", "query") and is_full_name(value)
    if own in _OF_PLACES and own not in ("via", "near", "location", "origin", "destination"):
        return is_postal(value)
    if own in ("postcode", "zip", "plz"):
        return _DIGITS.search(value) is not None and _PLACE.search(before) is not None
    means = keys.meaning(name)
    return means is not None and means.holds(value)


#: A first and a last name in small letters.
_SMALL_NAME = re.compile(r"[a-z]{2,20} (?:[a-z]{1,3} )?[a-z]{2,20}(?:-[a-z]{2,20})?")
#: A passenger as airlines write them: `EK/BO MR`.
_PASSENGER = re.compile(r"[A-Z]{2,24}/[A-Z]{2,24}(?: (?:MR|MRS|MS|MISS|MSTR|CHD))?")
#: What a postcode stands beside, where it belongs to somebody's address.
_PLACE = re.compile(r"[?&](?:addr|street|strasse|adresse|line1|address)[a-z0-9_]{0,8}=", re.IGNORECASE)
