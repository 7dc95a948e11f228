"""The words in which labels of passwords, keys and tokens end, in the letters that people write."""

# ruff: noqa: RUF001  (words in Turkish and Cyrillic have letters that look like others)
from __future__ import annotations


def _words(table: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in table.split(","))


#: What people think up.
PASSWORDS = _words("""
    password, passwd, passwort, kennwort, passphrase, passcode, pwd, motdepasse, passe, contrasena,
    contraseña, senha, wachtwoord, haslo, hasło, losenord, lösenord, passord, heslo, пароль, 密码, 口令, パスワード,
    비밀번호, סיסמה, pin, otp, answer, pass, pw, psk, psw, mdp, sifre, şifre, parola, salasana, adgangskode,
    geslo, lozinka, mật khẩu, kata sandi, รหัสผ่าน, पासवर्ड, 비번
""")
#: What machines make.
TOKENS = _words("""
    secret, token, key, apikey, auth, authorization, credential, credentials, key_base, csrf, xsrf, cookie,
    sessionid, phpsessid, sid, jwt, sig, signature, community, klucz, klucz_api, ключ, ключ api, токен, clé,
    clé api, clave, clave api, clave secreta, chiave, chiave api, chiave segreta, chave, chave api,
    chave secreta, schlüssel, sleutel, nyckel, nøgle, nøkkel, avain, klíč, kľúč, kulcs, cheie, cheie api,
    anahtar, anahtarı, κλειδί, ključ, kunci, jeton, 密钥, 密鑰, 金鑰, 令牌, キー, 秘密鍵, トークン, 비밀키, 토큰, 인증키
""")
