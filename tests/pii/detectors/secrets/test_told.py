"""Passwords and codes that a sentence tells, and strings of programs under names of secrets."""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import pytest

from akios_jail.pii.detectors.secrets import Secrets
from tests.pii.detectors.triggered import grows_in_proportion, values

_SECRETS = Secrets()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("user ohara pass Kx9#mmTr42 (mind the capital)", "Kx9#mmTr42"),
        ("my pw is Regen2024!", "Regen2024!"),
        ("Drucker: Kennwort Kx9#mmTr42, Raum 4", "Kx9#mmTr42"),
        ("Drucker: Kennwort regen-schirm-77, Raum 4", "regen-schirm-77"),
        ("MAC f0:5b:bd:29:15:c6, mot de passe tQdnRscEBQv0BcYR, contact", "tQdnRscEBQv0BcYR"),
        ("te paso la contraseña del panel: regen-schirm-77 (usuario ana)", "regen-schirm-77"),
        ("La password del gestionale è Kx9#mmTr42, non dirla", "Kx9#mmTr42"),
        ("forgot the laptop password again, was it Regen2024! ?", "Regen2024!"),
        ("Wie war nochmal das Passwort fürs Archiv?\nMara: regen-schirm-77 – bitte ändern", "regen-schirm-77"),
        ("hasło do panelu to Zima-Krakow-77.", "Zima-Krakow-77"),
        ("la password di Netflix è cambiata?\nPippo: sì ora è u8s1pcs44 non darla a Teo", "u8s1pcs44"),
        ("Twoj kod autoryzacyjny to 802761. Operacja nr 7", "802761"),
        ("Никому не говорите код: 3721. Вход", "3721"),
        ("Support: OTP ma'am?\nMeghna: 391711", "391711"),
        ("tack! tvåfaktorskoden?\nLinn: 228590", "228590"),
        ("Code for pickup 9320", "9320"),
        ("heslo k wifi je Snezka1602!", "Snezka1602!"),
        ("пароль от админки Kx9#mmTr42", "Kx9#mmTr42"),
        ("הסיסמה לפורטל היא Kx9#mmTr42 תודה", "Kx9#mmTr42"),
        ("كلمة المرور للبوابة هي Kx9#mmTr42", "Kx9#mmTr42"),
        ("ポータルのパスワードは Kx9mmTr42q です", "Kx9mmTr42q"),
        ("门户密码是Kx9#mmTr42，请尽快修改", "Kx9#mmTr42"),
        ("비밀번호는 regen-schirm-77 입니다", "regen-schirm-77"),
        ("Pre-shared key for the tunnel to Oslo: LqVr5pIhZD+3b+FI5D0vmy8mFwDA63RQXyUabBwp8+rO (IKEv2)",
         "LqVr5pIhZD+3b+FI5D0vmy8mFwDA63RQXyUabBwp8+rO"),
        ("La clé d'API est qPt5bI5XAK38pg4uWV8RFvYtsfS60PIlwR764JlX, à garder",
         "qPt5bI5XAK38pg4uWV8RFvYtsfS60PIlwR764JlX"),
        ("Der WLAN-Schlüssel steht unten: 64043279835619792541.", "64043279835619792541"),
        ("Clave del wifi: ETCO7783oylb.", "ETCO7783oylb"),
        ("il PIN della cassaforte 653902, grazie", "653902"),
        ("the key safe PIN 4417", "4417"),
        ("Alarm code is 2271 at night", "2271"),
        ("验证码 483921，5分钟内有效", "483921"),
        ("Ihr Bestätigungscode lautet 483921.", "483921"),
        ('const SIGNING_KEY: &str = "PzIXD820rHiXuYRAhinTScxOxxehS3q4";', "PzIXD820rHiXuYRAhinTScxOxxehS3q4"),
        ('API_KEY: Final[str] = "PzIXD820rHiXuYRAhinTScxOxxehS3q4"', "PzIXD820rHiXuYRAhinTScxOxxehS3q4"),
        ('static const char API_KEY[] = "PzIXD820rHiXuYRAhinTScxOxxehS3q4";', "PzIXD820rHiXuYRAhinTScxOxxehS3q4"),
        ("define('DB_PASSWORD', 'Kx9#mmTr42');", "Kx9#mmTr42"),
        ('builder.setPassword("Kx9#mmTr42")', "Kx9#mmTr42"),
    ],
)  # fmt: skip
def test_what_a_sentence_or_a_program_tells_is_found(text: str, secret: str) -> None:
    assert values(_SECRETS, text) == [secret]


@pytest.mark.parametrize(
    "text",
    [
        "Use a password hash such as PBKDF2WithHmacSHA256 or bcrypt10.",
        "The password must be 12-characters long and contain Aa1$bcde.",
        "password reset for ticket INC0012345 was done",
        "def check_password_hash(password, hash2): return sha256(password)",
        "PIN 560034, Bengaluru. PIN: 560034",
        "a header PIN made in 2024 and pin 12",
        "password policy v2.3.1 of 2024-01-02",
        "Reset your password at https://example.com/reset?x=1234abcd",
        "forgot password? order number 1234-5678-AB12 was shipped",
        'if (password.length < 8) { throw new Error("E1234x"); }',
        "the token is compared with request_signature_header_value in step 2",
        "the password field in Form2Validator17 is empty",
        "Change the password on server web01.example.org or db02",
        "security code requirements since 2019",
        "password: ********  address: 0x7ffd3a1c  name: worker-3",
        'label("password", "Enter it twice, 8 letters")',
        'key: string = "some.name.of_a_field2"',
    ],
)
def test_what_is_told_about_passwords_is_none(text: str) -> None:
    assert values(_SECRETS, text) == []


@pytest.mark.parametrize("piece", ["password a1 ", "password? \n1 ", "key of: ", "PIN x 1", 'key: a = "', "é 1a,"])
def test_the_cost_stays_in_proportion(piece: str) -> None:
    assert grows_in_proportion(_SECRETS, piece)
