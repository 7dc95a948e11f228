"""Tokens, private keys, headers, passwords in addresses."""

from __future__ import annotations

import base64

import pytest

from akios_jail.pii.detectors.secrets import LongSecrets, Secrets
from tests.pii.detectors.secrets.made import BASE62, BASE64URL, jwt, of, pem
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

BASIC = base64.b64encode(b"jane:hunter2").decode()


def test_a_json_web_token_is_found_whole_by_its_header() -> None:
    for around in ("{}", "Bearer {}", '"token":"{}"', "https://x.io/#id_token={}&state=1"):
        assert values(LongSecrets(), around.format(jwt())) == [jwt()]
    assert "HS256" in findings(LongSecrets(), jwt())[0].reason


def test_a_token_in_five_parts_is_found_whole() -> None:
    token = ".".join((jwt({"alg": "RSA-OAEP", "enc": "A256GCM"}), of(BASE64URL, 400), of(BASE64URL, 22)))
    assert values(LongSecrets(), f"x {token} y") == [token]


@pytest.mark.parametrize(
    "text",
    [
        jwt({"name": "no header"}),
        "eyJ" + "x" * 40,
        "eyJhbGciOiJIUzI1NiJ9",
        base64.b64encode(b'{"alg": "in the middle of data"}').decode(),
        "keyJoinerFactory.getInstance().build",
    ],
)
def test_base64_of_other_json_is_no_token(text: str) -> None:
    assert values(LongSecrets(), text) == []


@pytest.mark.parametrize(
    "name", ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\\n"])
def test_a_private_key_is_found_from_its_first_line_to_its_last(name: str, newline: str) -> None:
    key = pem(name, newline=newline)
    assert values(LongSecrets(), f"key: {key}\nend") == [key]


def test_a_large_key_is_found_whole_and_a_cut_one_as_far_as_it_goes() -> None:
    large = pem(lines=180)
    assert values(LongSecrets(), large) == [large]
    cut = pem(lines=10).rpartition("\n")[0]
    assert values(LongSecrets(), cut + "\n\nand more text") == [cut]


def test_headers_within_the_armour_belong_to_the_key() -> None:
    key = pem("RSA PRIVATE KEY").replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0A1B\n\n", 1)
    assert values(LongSecrets(), key) == [key]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN CERTIFICATE-----\n" + of(BASE62, 64) + "\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\n" + of(BASE62, 64) + "\n-----END PUBLIC KEY-----",
        'if line == "-----BEGIN PRIVATE KEY-----": pass',
        "-----BEGIN PRIVATE KEY-----\n...\n-----",
        "ssh-rsa " + of(BASE62, 300),
    ],
)
def test_what_is_public_or_only_speaks_of_keys_is_left(text: str) -> None:
    assert values(LongSecrets(), text) == []


def test_a_putty_key_is_found() -> None:
    lines = f"Private-Lines: 2\n{of(BASE62, 64)}\n{of(BASE62, 40)}\nPrivate-MAC: {'0a' * 20}"
    assert values(LongSecrets(), f"PuTTY-User-Key-File-2: ssh-rsa\n{lines}\n") == [lines]


def test_tokens_of_bots_are_found() -> None:
    telegram = "123456789:AA" + of(BASE64URL, 33)
    discord = base64.b64encode(b"123456789012345678").decode() + "." + of(BASE62, 6) + "." + of(BASE64URL, 38)
    assert values(Secrets(), f"bot {telegram} ok") == [telegram]
    assert values(Secrets(), f"bot {discord} ok") == [discord]
    assert values(Secrets(), "com.example.module.Method.abcdefghijklmnopqrstuvwxyzABCDE") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Authorization: Bearer " + of(BASE62, 40), of(BASE62, 40)),
        ("authorization: bearer " + of(BASE64URL, 24), of(BASE64URL, 24)),
        (
            "Authorization: Basic " + base64.b64encode(b"jane:hunter2").decode(),
            base64.b64encode(b"jane:hunter2").decode(),
        ),
        ("-H 'Authorization: Basic amFuZTpodW50ZXIy'", "amFuZTpodW50ZXIy"),
    ],
)
def test_credentials_in_headers_are_found(text: str, value: str) -> None:
    assert values(Secrets(), text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer YOUR_ACCESS_TOKEN",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer <token>",
        "a bearer authentication scheme of RFC6750",
        "Basic authentication is not enough",
        "basic programming in twenty lines",
        "the bearer of-this-document-is-entitled",
    ],
)
def test_what_only_speaks_of_credentials_is_left(text: str) -> None:
    assert values(Secrets(), text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("postgres://app:s3cr3t@db.example.com:5432/x", "s3cr3t"),
        ("DATABASE_URL=mysql://root:p%40ss@10.0.0.5/shop", "p%40ss"),
        ("mongodb+srv://u:Tr0ub4dor@cluster0.example.net/?w=1", "Tr0ub4dor"),
        ("redis://:an0ther@cache:6379/0", "an0ther"),
        ("https://jane:hunter2@example.com/", "hunter2"),
        ("amqp://guest:p@ssw0rd!@mq.internal/", "p@ssw0rd!"),
    ],
)
def test_a_password_in_an_address_is_found(text: str, value: str) -> None:
    assert values(Secrets(), text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "postgres://user:password@localhost/db",
        "postgres://user:${PASSWORD}@localhost/db",
        "https://user:<token>@example.com",
        "http://localhost:8080/@scope/package",
        "https://example.com:443/a@b",
        "ssh://git@example.com:22/x.git",
        "redis://:****@cache:6379",
    ],
)
def test_an_address_without_a_password_is_left(text: str) -> None:
    assert values(Secrets(), text) == []


@pytest.mark.parametrize(
    "piece",
    [
        "eyJhbGciOiJIUzI1NiJ9.",
        "eyJhbGciOiJIUzI1NiJ9",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n",
        "Private-Lines: 2\n",
    ],
)
def test_hostile_long_secrets_take_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(LongSecrets(), piece)


@pytest.mark.parametrize("piece", ["a://b:c@", "://:@", "bearer aaaaaaaa", "basic aaaa", "1234567:AA", ".aaaaaa."])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(Secrets(), piece)
