"""Passwords, tokens and keys beside what names them; and programs that only speak of them."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.secrets import Secrets
from tests.pii.detectors.secrets.made import BASE62, HEX, of
from tests.pii.detectors.triggered import findings, grows_in_proportion, values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password: hunter2", "hunter2"),
        ("Password:hunter2", "hunter2"),
        ("DB_PASSWORD=swordfish", "swordfish"),
        ("password: swordfish", "swordfish"),
        ('"password": "correct horse"', "correct horse"),
        ("password = 'hunter2'", "hunter2"),
        ("spring.datasource.password=Tr0ub4dor&3", "Tr0ub4dor&3"),
        ("user=jane&password=hunter2&x=1", "hunter2"),
        ("My password is Tr0ub4dor&3.", "Tr0ub4dor&3"),
        ("Passwort: geheim123", "geheim123"),
        ("das Passwort ist geheim123", "geheim123"),
        ("mot de passe : Soleil2024", "Soleil2024"),
        ("contraseña: Verano2024!", "Verano2024!"),
        ("senha: abc12345", "abc12345"),
        ("пароль: abc12345", "abc12345"),
        ("klucz_api: " + of(BASE62, 32), of(BASE62, 32)),
        ("мой ключ api: " + of(BASE62, 32), of(BASE62, 32)),
        ("clé api : " + of(BASE62, 32), of(BASE62, 32)),
        ("hwaddr=00-b1-b3-b5-3d-ad pw=Quokka1972! card=1", "Quokka1972!"),
        ("define('CACHE_KEY_SALT', 'shop.example:" + of(HEX, 64) + "');", "shop.example:" + of(HEX, 64)),
        ("密码\uff1aabc12345", "abc12345"),
        ("パスワード: abc12345", "abc12345"),
        ("mysql --password hunter2 db", "hunter2"),
        ("curl --token " + of(BASE62, 30), of(BASE62, 30)),
        ("api_key = '" + of(HEX, 32) + "'", of(HEX, 32)),
        ("X-Api-Key: " + of(BASE62, 24), of(BASE62, 24)),
        ('{"accessToken":"' + of(BASE62, 40) + '"}', of(BASE62, 40)),
        ("client_secret: " + of(BASE62, 32), of(BASE62, 32)),
        ("aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY", None),
        ("TWILIO_AUTH_TOKEN=" + of(HEX, 32), of(HEX, 32)),
        ("Cookie: theme=dark; sessionid=" + of(BASE62, 32), of(BASE62, 32)),
        ("heroku_api_key: 550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
    ],
)
def test_a_secret_is_found_by_what_names_it(text: str, value: str | None) -> None:
    found = values(Secrets(), text)
    assert len(found) == 1
    assert value is None or found == [value]


@pytest.mark.parametrize(
    "text",
    [
        "password = getpass()",
        "password = get_password(user)",
        "password: str",
        "password: Optional[str] = None",
        "password: string;",
        "password=os.environ['PW']",
        "password=settings.DB_PASSWORD",
        "const password = req.body.password;",
        "password: ${{ secrets.PW }}",
        "password: {{ vault.pw }}",
        "password: <your password>",
        "password: ********",
        "PASSWORD='changeme'",
        'password: "password"',
        "password=$PASSWORD",
        "password: null",
        "password: required",
        "Password: must have 8 characters",
        "if password == other_1:",
        "the password is incorrect",
        "Your password is about to expire",
        "password_hash: $2b$12$abcdefghijklmnopqrstuv",
        "forgot_password: yes1234",
        "token = tokenizer.encode(x2)",
        "token: str2",
        "token = next_token_2",
        "max_tokens: 4096",
        "total_tokens: 123456789012",
        'token_type: "bearer1234567890"',
        'next_page_token: "CAoQAA1234567890abc"',
        'sort_key = "abc123def456"',
        'public_key: "abc123def456ghi789"',
        "primary key: id",
        "key: 1234567890",
        "secret: my-secret-name",
        "secretName: tls-example-com",
        "api_key = your_api_key_1234",
        "apiKey: process.env.API_KEY",
        "commit: 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "sha: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "etag: 33a64df551425fcc55e4d42a148795d9f25f89d4",
        "monkey: aB3dE5fG7hI9kL1mN3",
        "<input type='password' name='pw1'>",
        "keyboard: qwerty12345",
        "authorization: Bearer <token>",
    ],
)
def test_what_only_speaks_of_secrets_is_left(text: str) -> None:
    assert values(Secrets(), text) == []


def test_no_reason_holds_a_value() -> None:
    for text in ("password: hunter2", "token=" + of(BASE62, 30), "the password is hunter2"):
        for finding in findings(Secrets(), text):
            assert finding.reason
            assert finding.key not in finding.reason


@pytest.mark.parametrize(
    "piece",
    ["password:", "password: a ", "token=", "key: 'a", "password is ", "--token ", 'secret="', "密码:"],
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(Secrets(), piece)
