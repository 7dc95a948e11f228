"""Passwords made of words, as people tell them: "wachtwoord van de wifi: kapsalon-met-kaas", "lozinka ajvar.domaci.2".

What has no digit or looks like a word with one is none by itself (`made_up`). It is where it stands right behind the
word for a password, or behind a verb or a colon after it, and nothing of a sentence goes on behind it.

Confidence: 0.75.
"""

# ruff: noqa: RUF001  (words of other scripts have letters that look like others)
from __future__ import annotations

import re

from akios_jail.pii.detectors.phrases import phrases_of, stems
from akios_jail.pii.detectors.secrets.form import is_dummy
from akios_jail.pii.detectors.secrets.made_up import secret_at
from akios_jail.pii.finding import Finding, View
from akios_jail.pii.values_of_keys import stands_for_nothing

_WORDS = """
    password, passphrase, passcode, pass phrase, passwort, kennwort, zugangscode, mot de passe, mdp, contraseña,
    contrasena, contrasenya, clave, senha, palavra-passe, palavra passe, parola d'ordine, wachtwoord, lösenord,
    lösen, passord, løsenord, adgangskode, kodeord, kodeordet, salasana, hasło, haslo, hasłem, heslo, hesla,
    jelszó, jelszav, jelszo, parolă, parola, parolo, parool, slaptažod, parole, lykilorð, lozink, geslo,
    zaporka, šifra, şifre, sifre, şifresi, пароль, парола, паролата, пароля, лозинка, шифра, нууц үг, құпиясөз,
    құпия сөз, сырсөз, κωδικός, κωδικος, κωδικό, συνθηματικό, סיסמה, סיסמא, הסיסמה, كلمة المرور, كلمة السر,
    رمز الواي فاي, رمز المرور, باسورد, الباسورد, پسورد, رمز عبور, گذرواژه, پاس ورڈ, पासवर्ड, পাসওয়ার্ড,
    கடவுச்சொல், పాస్‌వర్డ్, రహస్యపదం, ಗುಪ್ತಪದ, പാസ്‌വേഡ്, પાસવર્ડ, ਪਾਸਵਰਡ, මුරපදය, รหัสผ่าน, รหัสไวไฟ,
    พาสเวิร์ด, mật khẩu, kata sandi, sandi, sandinya, kata laluan, kata kunci, nenosiri, neno la siri,
    neno siri, iphasiwedi, wagwoord, kalmar sirri, kalmar wucewa, የይለፍ ቃል, პაროლი, პაროლ, գաղտնաբառ, şifrəsi,
    paroli, fjalëkalim, 密码, 密碼, 口令, パスワード, パス, 비밀번호, 비번, 암호, pasvorto, contrasinal,
    pasahitz, cyfrinair, focal faire, password wifi, wifi key, clé wifi, chiave, login →, erstlogin
"""
#: Words for networks: the first word behind them is the network's name.
_NETWORKS = "wifi, wi-fi, wlan, ssid, вайфай, вай-фай, 와이파이, wi‑fi, وای فای, وای‌فای, واي فاي, ไวไฟ, unifi"
_VERBS = frozenset(
    phrases_of(
        "is,was,now,ist,lautet,war,est,c'est,es,era,sigue,è,é,ora,adesso,je,jest,to,är,er,on,este,e,i,yra,ir,есть,это,είναι,"
        "ειναι,nu,olarak,ni,la,adalah,ialah,será,hai,है,là,është,da,の,は,=,-,→,->,=>,|"
    )
)
_TOKEN = re.compile(r"[^\s\"'“”„«»「」『』`<>(){}\[\]|、，]+|(?<=[\"'])(?=[,:])")
_JOINED = re.compile(
    r"(?P<strong>[^\W\d_]{2,}(?:[&+*$][^\W\d_]+)+[!?0-9]{0,4}|[^\W\d_]{5,}[!*$]+[0-9]*|[^\W\d_]{3,}[@#][^\W\d_]{0,12}[0-9]{1,6})|"
    r"(?P<dots>[^\W\d_]{2,}(?:[._][^\W\d_]{1,})+[!?]{0,2})|(?P<hyphens>[^\W\d_]{2,}(?:-[^\W\d_]{1,}){1,7})"
)
_WITH_DIGITS = re.compile(r"(?=.*[0-9])(?=.*[^\W\d_])[\w.&+*@$!#%?~^-]{5,}")
_CAPITALS_WITHIN = re.compile(
    r"[A-Z][a-z]{2,}(?:[A-Z][a-z]{2,})+[0-9]{1,4}!?|[A-Z][a-z]+(?:[A-Z][a-z]+){1,4}[0-9]{1,4}"
)
_FOURS = re.compile(r"[a-z]{4}(?: [a-z]{4}){3}(?![a-z])")
_PIN = re.compile(r"[0-9]{4,12}")
_NONE = re.compile(
    r"(?i)[a-z]+://|www\.|.*\.(?:com|org|net|io|de|fr|ru|es|it|nl|example|py|js|ts|json|yaml|yml|txt|md|php|html|env|conf|log)\b|"
    r".*@.*\.|(?:sha|md|aes|rsa|utf|oauth|tls|wpa|ipv|base|wifi|php|python|java|argon|bcrypt|pbkdf)-?\d|"
    r"0x[0-9a-f]+\Z|v?\d+(?:[.,:/-]\d+)*(?:[a-z]{0,3}|st|nd|rd|th)\Z|\d+[-–]?[^\W\d_]+\Z|"
    r"(?:case|read|write|one|two|multi|end|self|user|pre|re|non|auto|single|e|wi|plain|log|sign|app|min|max|not|must|built|"
    r"long|third|up|key|open|know|how|by|in)-.*|"
    r".*[=\\/].*|--.*|[$%#@&/~.].{0,14}\Z|[A-Z0-9]{2,6}-[0-9]{2,}\Z|[0-9a-f]{4,12}(?:-[0-9a-f]{4,12})+\Z"
)
#: Behind these somebody tells what passwords are like.
_RULES = re.compile(
    r"(?i)(?:must|should|needs?|requires?|contains?|like|such|e\.?g\.?|example|hash\w*|encrypt\w*|algorithm|polic\w+|reset|field|"
    r"manager|muss|müssen|sollte|doit|debe|deve|devono|moet|length|characters?|zeichen)\Z"
)
_OF_PROGRAM = frozenset("_.$/@#%{<[")
#: A comparison, and what stands in place of a value.
_COMPARES = re.compile(r"[=!]=|[*•x]{4}")
_OF_TEMPLATE = re.compile(r"[{<\[]")
_CALLS = frozenset("([{")
#: So many words may lie between, and so many characters are looked at.
_MOST_WORDS, _NEAR = 8, 120


class PlainWords:
    """From the word for a password on; from the word for a network on."""

    triggers = (*stems(_WORDS), *stems(_NETWORKS))

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        trigger //= 2
        text = view.folded
        if text[end : end + 1] in _OF_PROGRAM and text[end : end + 1]:
            return None
        line = text.find("\n", end, end + _NEAR)
        stop = line if line >= 0 else min(len(text), end + _NEAR)
        fours = _FOURS.match(text, end + 2, stop) if text[end : end + 2] == ": " else None
        if fours is not None:
            return secret_at(fours.start(), fours.group(), 0.75, "groups of letters behind the word for a password")
        told, count, signed = False, 0, False
        for token in _TOKEN.finditer(text, end, stop):
            word = token.group()
            if (
                _COMPARES.match(word) is not None
                or _OF_TEMPLATE.search(text, end, token.start()) is not None
                or text[token.end() : token.end() + 1] in _CALLS
            ):
                return None
            if token.start() == end:  # an ending of the word, or a sign
                told = signed = word[-1:] != "" and word[-1:] in ":："
                if len(word) > _ENDING and not told:
                    return None
                continue
            bare = word.rstrip(".,;:!?") if not word.endswith("!") else word
            if word.lower() in _VERBS:
                told = True
                continue
            if _RULES.match(bare):
                return None
            goes_on = word == bare and _GOES_ON.match(text, token.end(), stop + 1) is not None
            if not (trigger and count == 0) and _is_password(bare, told, count, goes_on):
                return secret_at(token.start(), bare, 0.75, "right behind the word for a password")
            count += 1
            if signed and trigger == 0:
                return None  # behind the sign stands what it announces, or nothing does
            signed = signed or word[-1] in ":："
            told = word[-1] in ":：" or (trigger == 1 and word[-1] == ",")
            if count > _MOST_WORDS or word[-1] in ".;!?":
                return None
        return None


def _is_password(word: str, told: bool, count: int, goes_on: bool) -> bool:
    """Whether a word can be a password: `told` that it comes now, or after `count` other words."""
    if len(word) < _LEAST or _NONE.match(word) or stands_for_nothing(word) or is_dummy(word, mixed=False):
        return False
    if _PIN.fullmatch(word):
        return told and count > 0
    if _WITH_DIGITS.fullmatch(word):
        return (
            told
            or count <= 1
            or any(char in "!*$&.+_" for char in word)
            or _CAPITALS_WITHIN.fullmatch(word) is not None
        )
    joined = _JOINED.fullmatch(word)
    if joined is None:
        return False
    if joined["strong"]:
        return True
    if joined["dots"]:
        return (told or count == 0) and not goes_on
    return (told or (count <= 1 and word.count("-") > 1)) and not goes_on


#: What stands behind a word where a sentence goes on.
_GOES_ON = re.compile(r"[\"'”»)`*]{0,2} [^\W\d_]{2,}(?: |\Z|\.)")
_LEAST, _ENDING = 5, 12
