"""Secrets whose name stands apart: options of programs, pairs of name and value, users, codes, wallets."""

# ruff: noqa: RUF001 (the documents are of other scripts)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.secrets import Secrets
from tests.pii.detectors.secrets.made import BASE64URL, HEX, of
from tests.pii.detectors.triggered import grows_in_proportion, values

_SECRETS = Secrets()
_RANDOM = "PzIXD820rHiXuYRAhinTScxOxxehS3q4"


@pytest.mark.parametrize(
    "command",
    [
        "docker login -u deploy -p Kx9#mmTr42",
        "redis-cli -h cache -a Kx9#mmTr42 ping",
        "mongosh --host db -u root -p Kx9#mmTr42 --quiet",
        "smbclient //nas/share -U svc%Kx9#mmTr42",
        "net user backup Kx9#mmTr42 /add",
        "sqlplus hr/Kx9#mmTr42@orcl",
        "openssl pkcs12 -export -passout pass:Kx9#mmTr42 -in a.pem",
        "htpasswd -b .htpasswd jo Kx9#mmTr42",
        "echo 'jo:Kx9#mmTr42' | chpasswd",
        "ldapsearch -D cn=admin -w Kx9#mmTr42 -b dc=x",
        "setx DB_PASSWORD Kx9#mmTr42",
        "db.example:5432:shop:app:Kx9#mmTr42",
        "enable secret Kx9#mmTr42",
        "username admin privilege 15 secret Kx9#mmTr42",
        "radius-server key Kx9#mmTr42",
        '<param name="password">Kx9#mmTr42</param>',
        '<setting name="Password" serializeAs="String"><value>Kx9#mmTr42</value></setting>',
        '<input type="password" value="Kx9#mmTr42">',
        '{"name":"DB_PASSWORD","value":"Kx9#mmTr42"}',
        'auth=("jo", "Kx9#mmTr42")',
        'params: {"password"=>"Kx9#mmTr42", "remember"=>"1"}',
        "creds: jo:Kx9#mmTr42",
        "Zugangsdaten: jo / Kx9#mmTr42",
        "wifi: Guest / Kx9#mmTr42",
        "u: jo p: Kx9#mmTr42",
        "WPA2: Kx9#mmTr42",
        "le mot de passe wifi c'est Kx9#mmTr42",
    ],
)
def test_a_password_is_found_where_its_name_stands_apart(command: str) -> None:
    assert values(_SECRETS, f"{command}\n") == ["Kx9#mmTr42"]


@pytest.mark.parametrize(
    "text",
    [
        f"- name: API_TOKEN\n  value: {_RANDOM}\n",
        f'<entry key="api.key">{_RANDOM}</entry>',
        f"| API key | `{_RANDOM}` |",
        f"token {_RANDOM} for staging",
        f"API密钥：{_RANDOM}",
        f"the signing secret {_RANDOM}",
        f"process.env.STRIPE_KEY = '{_RANDOM}';",
        f"GET /v1/items?key={_RANDOM}&page=2",
    ],
)
def test_a_key_is_found_where_its_name_stands_apart(text: str) -> None:
    assert values(_SECRETS, text) == [_RANDOM]


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("mdp : qwertz123", "qwertz123"),
        ("PSW: qwertz123", "qwertz123"),
        ("The password is copper-lantern-monsoon.", "copper-lantern-monsoon"),
        ("password: copper-lantern-monsoon", "copper-lantern-monsoon"),
        ("Password: AbCdEfGhIjKlMnOpQr", "AbCdEfGhIjKlMnOpQr"),
    ],
)
def test_passwords_of_letters_alone_are_found_behind_their_label(text: str, password: str) -> None:
    assert values(_SECRETS, f"{text}\n") == [password]


def test_the_private_part_of_a_json_web_key_is_found() -> None:
    part = of(BASE64URL, 43)
    assert values(_SECRETS, f'{{"kty":"EC","crv":"P-256","d":"{part}"}}') == [part]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("PIN: 5498", "5498"),
        ("Geheimzahl: 5006", "5006"),
        ("the gate code: 9326, thanks", "9326"),
        ("580173 is your verification code", "580173"),
        ("Use 262307 to log in", "262307"),
        ("Ihr Code lautet 717339.", "717339"),
        ("Tu código es 242042", "242042"),
        ("您的验证码是231617，请勿泄露", "231617"),
        ("recovery code: HTI1-66KJ-UXVN-0023-9A2T", "HTI1-66KJ-UXVN-0023-9A2T"),
        ("backup codes: 4821-9937 1185-2094", "4821-9937 1185-2094"),
        ("2FA secret: JBSWY3DPEHPK3PXP", "JBSWY3DPEHPK3PXP"),
        ("app password: abcd efgh ijkl mnop.", "abcd efgh ijkl mnop"),
        (
            "seed phrase: ripple cactus velvet drum ocean misty ladder prize tunnel frost candy wolf\nthank you",
            "ripple cactus velvet drum ocean misty ladder prize tunnel frost candy wolf",
        ),
    ],
)
def test_codes_are_found_beside_their_words(text: str, code: str) -> None:
    assert values(_SECRETS, text) == [code]


def test_a_key_of_a_wallet_is_found_by_its_checksum() -> None:
    key = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"  # the published example of the format
    assert values(_SECRETS, f"import {key} now") == [key]
    assert values(_SECRETS, f"import {key[:-1]}K now") == []


@pytest.mark.parametrize(
    "text",
    [
        "docker login -u deploy -p $PASSWORD",
        'openssl enc -k "$KEY" -in a',
        "the username and password from the file",
        "exp 02/13/2029",
        "net user backup /delete",
        "12:34:56:ab:cd:ef",
        "2024-03-12T10:42:17:server:started",
        '{"name":"password","value":"string"}',
        '<input name="password" type="password">',
        "| key | value | description |",
        "PIN: 560034, Bengaluru",
        "your zip code is 12345",
        "error code: 404404",
        "use 4096 to 8192 bytes",
        "token some_long_identifier_of_a_program",
        "login as a user and check that it works in 2024",
        "a mnemonic: short words that people can read aloud to each other",
        f"cache key {of(HEX, 4)}",
        "admin / users",
        "recovery key rotation takes a week",
    ],
)
def test_what_only_resembles_them_is_left(text: str) -> None:
    assert values(_SECRETS, text) == []


@pytest.mark.parametrize(
    "piece",
    [
        "docker login ",
        "creds: a ",
        "name: password ",
        "seed phrase: abc ",
        "recovery code: abc1 ",
        ":5432:a:b:",
        "key a1",
    ],
)
def test_the_cost_stays_in_proportion(piece: str) -> None:
    assert grows_in_proportion(_SECRETS, piece)
