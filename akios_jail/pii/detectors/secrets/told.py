"""Passwords and codes that people tell each other: "Kennwort Os$$lo77", "the wifi password? - lantern-monsoon-46".

The word for a password stands in the same sentence, or in the question that the next line answers. The further it is
from there, the more must what follows look made up: right behind the word or a verb, letters and digits are enough; in
the rest of the sentence it takes signs among them, or such a mixture as no name has. A PIN and a code are digits, and
count where the word says what they open.

Confidence: 0.8, in the rest of the sentence 0.7.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets import turned
from akios_jail.pii.detectors.secrets.made_up import MADE_UP, STRANGE, TOKEN, WORD_LIKE, secret_at, value_at
from akios_jail.pii.finding import Finding, View

_WORDS = (
    "password|passphrase|passcode|passwort|kennwort|mot de passe|contrase[ñn]as?|contrasenya|senha|palavra-passe|"
    "wachtwoord|lösenord|passord|løsenord|adgangskode|kodeord|salasana|hasło|haslo|hasłem|heslo|jelszó|jelszav|parol[aăe]|"
    "parool|slaptažod|lykilorð|lozink|geslo|şifre|парол|κωδικό|συνθηματικό|סיסמ|كلمة المرور|كلمة السر|رمز المرور|"
    "पासवर्ड|รหัสผ่าน|mật khẩu|kata sandi|パスワード|密码|密碼|口令|비밀번호|비번|pre-?shared key|access pass"
)
_SHORT = "mdp|pwd|psw|pw"
_USERS = "user|username|login|benutzer|usuario|utente|identifiant"
_IS = "is|ist|lautet|est|es|è|é|jest|je|är|er"
_KEYS = (
    "key|token|secret|cl[ée]|schl[üu]ssel|clave|chiave|chave|sleutel|nyckel|n[øo]kkel|n[øo]gle|avain|klucz|kl[ií]č|"
    "k[ľl]úč|kulcs|cheie|anahtar|ключ|κλειδί|ključ"
)
_VERBS = (
    "is|was|are|it's|ist|war|lautet|heißt|est|était|es|era|sigue|è|é|e|je|jest|to|är|er|on|van|ez|este|είναι|это|yra|ir|"
    "será|sera|c'est|now|now:|jetzt|nu|ahora|adesso|agora|maintenant|hai|adalah|là|este|є|dir"
)
_NUMBERED = (
    "(?:alarm|safe|security|verification|authentication|one[- ]time|sms|login|unlock|[2m]fa|voicemail|keypad)[ -]?code|"
    "(?:alarm|tresor|sicherheits|bestätigungs|freischalt|sperr)-?code|code (?:d'alarme|de vérification|de sécurité|"
    "du coffre|sms)|código de (?:alarma|verificación|seguridad|la caja)|codice (?:di verifica|di sicurezza|allarme|"
    "dell'allarme|otp)|código de (?:verificação|segurança|alarme)|verificatiecode|larmkod|verifieringskod|"
    "bekræftelseskode|bekreftelseskode|kod weryfikacyjny|ověřovací kód|overovací kód|ellenőrző kód|cod de verificare|"
    "doğrulama kodu|код подтверждения|код підтвердження|κωδικός επαλήθευσης|mã xác (?:minh|thực)|kode verifikasi|"
    "รหัสยืนยัน|رمز التحقق|קוד אימות|認証コード|確認コード|验证码|驗證碼|校验码|인증번호|인증 번호|暗証番号"
)
#: Where a word begins that a program's name goes on with, what follows is the program's.
_OF_PROGRAM = frozenset("_.$/@#%{<")
#: How far behind the word a password may stand, and in how many words.
_NEAR = 110
_MOST_WORDS = 9
#: Behind these somebody tells what passwords are like.
_RULES = re.compile(
    r"(?:must|should|needs?|requires?|contains?|like|such|e\.?g\.?|example|hash(?:ed|ing)?|encrypt(?:ed|ion)|algorithm|muss|"
    r"müssen|sollte|doit|debe|deve|devono|moet)\Z"
)
_DIGITS = re.compile(r"[0-9]")
_PIN_VALUE = re.compile(r"(?<![0-9A-Za-z_.,/+-])[0-9]{4,8}\Z")
#: From words that say a code to its digits.
_TO_CODE = re.compile(r"[^\n0-9]{0,24}[0-9]{4,8}\b")
_GOES_ON = re.compile(r"[./:-]?[0-9A-Za-z_]|,[0-9]{1,3}(?!\w)|\s?(?:%|€|\$)")
#: India's postcodes are PIN codes.
_POSTAL = re.compile(r"(?i)\bpin ?codes?\b|\b(?:area|district|city|town|postal|zip)\b")
#: What is as often a year: no code where nothing says "is".
_YEAR = re.compile(r"(?<![:=])(?<!\bis)(?<!\bist)(?<!\best)(?<!\bes) (?:19|20)[0-9]{2}\Z")


class ToldSecrets:
    """Words for passwords; a user and a short word; keys with something between; PINs and codes with their digits."""

    triggers = (
        rf"(?i)(?:{View(_WORDS).folded})",
        rf"(?i)\b(?:(?:{_SHORT})(?: is| ist| est| es)?|(?:{_USERS}) [^\s]{{1,40}} pass) [^\s]",
        rf"(?i)(?:{View(_KEYS).folded})[ '][^\n:=]{{1,40}}(?:[:=]|\b(?:{_IS})) [A-Za-z0-9+/_.-]{{16}}",
        r"(?i)(?:wlan|wi-?fi|\bwpa[23]?)[^\n:=]{0,40}: [^\s]{8}",
        r"\bPIN(?:\b[^\n0-9:]{2,32}[ :]{1,2}[0-9]{4,8}| [0-9]{4})\b",
        rf"(?i)(?:{View(_NUMBERED).folded})",
    )

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        if trigger == 0:
            return (
                _in_sentence(text, end) or _quoted(text, end) or turned.before(text, end) or turned.answered(text, end)
            )
        if trigger == 1:
            return value_at(text, end - 1, MADE_UP)
        if trigger == 2:
            return value_at(text, end - 16, STRANGE)
        if trigger == 3:
            return _of_network(text, end - 8)
        if trigger == 5:
            number = _TO_CODE.match(text, end)
            if number is None:
                return None
            end = number.end()
        digits = _PIN_VALUE.search(text, max(0, end - 9), end)
        if trigger == 4 and _POSTAL.search(text, max(0, end - 40), end) is not None:
            return None
        if digits is None or _GOES_ON.match(text, end) or _YEAR.search(text, max(0, end - 9), end):
            return None
        return secret_at(digits.start(), digits.group(), 0.8, "digits behind the word for a code")


def _in_sentence(text: str, end: int) -> Finding | None:
    """The first of the words behind a word for a password that looks as much made up as it must there."""
    stop = min(len(text), end + _NEAR)
    if _DIGITS.search(text, end, stop) is None:
        return None
    if text[end - 1] > "\u2e7f":
        bare = _BEHIND_UNSPACED.match(text, end, stop)
        if bare is not None:
            return secret_at(
                bare.start("value"), bare["value"].rstrip(".,;:!?"), 0.8, "right behind the word for a password"
            )
    line = text.find("\n", end, stop)
    asked = line >= 0 and "?" in text[end:line]
    last, least, words, signed = end, MADE_UP, 0, False  # signed: a colon was there, and the value is what follows it
    for token in TOKEN.finditer(text, end, stop):
        gap, word = text[last : token.start()], token.group().lower()
        if last == end and not gap:  # an ending of the word, or a sign
            if len(word) > 12 or not (word[0].isalpha() or word[0] in ":?,"):
                return None  # a name, a call
            last, signed = token.end(), word[-1] == ":"
            least = WORD_LIKE if signed else MADE_UP
            continue
        last, words = token.end(), words + 1
        if "\n" in gap:
            if not asked:
                return None
            asked, least, words = False, MADE_UP, 1
            if word[-1] == ":":
                continue  # who answers
        if _RULES.match(word) or words > _MOST_WORDS:
            return None
        if word[-1] == ":" or word in _TELLING:
            least, signed = WORD_LIKE, word[-1] == ":"
            continue
        if len(gap) > 1:
            least = min(least, MADE_UP)  # words of another script stand between
        if signed and (router := _ROUTERS.match(text, token.start())) is not None:
            return secret_at(token.start(), router.group(), 0.8, "digits behind the word for a password")
        found = value_at(text, token.start(), least)
        if found is not None:
            return found if least < STRANGE else found._replace(confidence=0.7)
        if signed or (word[-1] in ".;" and len(word) > 3):
            return None
        least = STRANGE
    return None


#: In scripts without blanks, where Latin letters and digits can be nothing else.
_BEHIND_UNSPACED = re.compile(
    r"(?:[是为為は:、은는이가]|\s){0,3}[「『“\"'\[【]?(?P<value>(?=[!-~]{0,24}[0-9])[!-~]{6,40}?)"
    r"(?=[」』”\"'\]】\s、。;]|[^!-~]|\Z)"
)


def _quoted(text: str, end: int) -> Finding | None:
    """Words with blanks in quotation marks, behind a verb: "the passphrase for it is 'seven grey geese'"."""
    match = _QUOTED.match(text, end, end + 120)
    if match is None or _ABOUT.search(match["value"]) is not None:
        return None
    return secret_at(match.start("value"), match["value"], 0.7, "quoted behind the word for a password")


_QUOTED_WORD = r"[^\s\"'“”«»<>{}]{2,16}"
_QUOTED = re.compile(
    rf"[^\n\"'“«„:=]{{0,40}}(?: (?:{_VERBS})|:) ?[\"'“«„](?P<value>{_QUOTED_WORD}(?: {_QUOTED_WORD}){{2,7}})[\"'”»“]",
    re.IGNORECASE,
)
#: What a program says of passwords.
_ABOUT = re.compile(
    r"(?i)pass|kennwort|required|invalid|incorrect|must|your|enter|please|field|wrong|match|short|long|allow|missing|empty"
)
_TELLING = frozenset(f"{_VERBS}|it|-|=|->|\u2013|\u2014|\u2192".split("|"))


def _of_network(text: str, start: int) -> Finding | None:
    """The key of a wireless network: as letters and digits, or as the digits on the back of a router."""
    digits = _ROUTERS.match(text, start)
    if digits is not None:
        return secret_at(start, digits.group(), 0.8, "the key of a wireless network")
    return value_at(text, start, WORD_LIKE)


_ROUTERS = re.compile(r"[0-9]{16,24}(?![0-9A-Za-z-])")
