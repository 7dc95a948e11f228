"""Codes that open something once or always: one-time codes, codes of doors, recovery codes, seeds of authenticators.

They are digits or groups that much else is written in, so that their words must stand right beside them.

Confidence: 0.8; an authenticator's seed 0.9.
"""

# ruff: noqa: RUF001  (words in Turkish have letters that look like others)
from __future__ import annotations

import re

from akios_jail.pii.detectors.secrets.made_up import secret_at
from akios_jail.pii.finding import Finding, View

_YOURS = "your|ihr|dein|votre|ton|tu|su|il tuo|o seu|seu|din|twój|váš|tvůj"
_CODE = "code|código|codigo|codice|kod|kód|kode"
_SENT = (
    "kod autoryzacyjny|kod sms|kod jednorazowy|код подтверждения|никому не говорите код|код доступа|код из смс|"
    "код для входу|code de confirmation|code à usage unique|código de confirmaci[oó]n|código de acceso|"
    "código de uso único|codice di conferma|codice di accesso|código de confirmação|código de acesso|"
    "bestätigungscode|einmalcode|freigabecode|engångskod|engangskode|kertakäyttökoodi|vahvistuskoodi|"
    "bevestigingscode|eenmalige code|potvrzovací kód|jednorázový kód|egyszer használatos kód|megerősítő kód|"
    "cod de confirmare|cod unic|kod za potvrdu|onay kodu|tek kullanımlık şifre|mã otp|kode otp|kod otp|"
    "動態密碼|动态码|動態碼|ワンタイムパスワード|일회용 비밀번호|رمز الدخول|קוד חד פעמי|ओटीपी|code for pickup|"
    "pick-?up code|collection code"
)
_PLACES = "door|gate|entry|garage|lock ?box|key ?box|building|front door|entrance|lobby|lift|elevator|locker"
_DIGITS = re.compile(r"(?<![0-9A-Za-z_.,/+-])(?:[A-Z]-)?[0-9]{4,8}")
_GROUPS = re.compile(r"[0-9A-Za-z]{3,12}(?:[ -][0-9A-Za-z]{3,12}){1,15}(?![0-9A-Za-z])")
_SEED = re.compile(r"[A-Z2-7]{16,64}(?![0-9A-Za-z])|(?:[A-Za-z2-7]{4} ){3,15}[A-Za-z2-7]{4}(?![0-9A-Za-z])")
_CODE_OF_LIST = r"(?=[0-9A-Za-z -]{0,7}[0-9])[0-9A-Za-z]{3,12}(?:[ -][0-9A-Za-z]{3,8}){0,4}"
_CODES = re.compile(
    rf"{_CODE_OF_LIST}(?:(?:[,;/|]? {{0,2}}|\r?\n(?:[ *•-]{{0,4}}|[0-9]{{1,2}}[.)] ?)){_CODE_OF_LIST}){{0,15}}"
    r"(?![0-9A-Za-z])"
)
_RECOVERY = (
    "recovery codes|backup codes|scratch codes|one-time codes|wiederherstellungscodes|backup-codes|ersatzcodes|"
    "codes de secours|codes de récupération|códigos de respaldo|códigos de recuperación|códigos de backup|"
    "códigos de recuperação|codici di backup|codici di recupero|herstelcodes|back-upcodes|kody zapasowe|reservkoder|"
    "gendannelseskoder|varakoodit|резервные коды|резервні коди|yedek kodlar|"
    "备用验证码|恢复代码|バックアップコード|リカバリーコード|복구 코드|백업 코드"
)
_APP = re.compile(r"[a-z]{4}(?:[ -][a-z]{4}){3}(?![0-9A-Za-z])")
#: Where the digits end, and where they begin the pattern.
_BEHIND = (
    rf"(?i)\b(?:{_YOURS}) (?:{_CODE})(?: is| lautet| est| es| è| é| to| je| är)? ?:? ?[\"'\[(*]?[0-9]{{4,8}}\b",
    rf"(?i)\b(?:{_PLACES})[ -]?(?:{_CODE})(?: ?:| is| es)? [0-9]{{4,8}}\b",
    r"(?i)\b(?:pin-?code|pin-?nummer|geheimzahl|code pin|código pin|codice pin|kod pin|pinkod)(?: ?:| is)? [0-9]{4}\b",
    r"\bPIN ?[12]?: ?[0-9]{4}\b",
    r"\bPUK ?[12]?(?: ?:| is| ist)? ?[0-9]{8}\b",
    r"(?i)[\"'](?:[a-z_]{0,20}_)?pin[\"'] ?: ?[\"']?[0-9]{4}\b",
    # codes that a bank or an office sends, and that nobody is to be told
    rf"(?i)(?:{View(_SENT).folded})(?: is| to| je| es| est| è| é| är| er| ist| lautet)? ?:? ?[\"'\[(*]?[0-9]{{4,8}}\b",
    # the answer to who asks for one
    (
        r"(?i)\b(?:OTP|2fa|mfa|pass ?code|pin(?: number)?|security (?:code|number)|"
        r"(?:tvåfaktors|engangs|engångs|verifierings)kod[ea]?n?|"
        r"(?:one[- ]time|sms|login|verification) code)[^\n?]{0,24}\?\n[^\n:]{1,32}: [^\n0-9]{0,16}[0-9]{4,8}\b"
    ),
    r"\b(?:OTP|m?TAN|2FA|MFA)(?: code| pin| Code)?(?: ?:| is| lautet| est)? [0-9]{4,8}\b",
)
_BEFORE = (
    rf"(?i)\b[0-9]{{4,8}} (?:is|ist|est|es|è|é) (?:{_YOURS}) [^\n]{{0,40}}(?:{_CODE})\b",
    r"(?i)\b(?:use|enter) [0-9]{4,8} (?:to|as) [^\n]{0,16}(?:log|sign|verif|confirm|code)",
)
_WORDS = (
    (
        r"(?i)\b(?:recovery|backup|scratch|emergency|reset|unlock|activation|rescue)[ -](?:codes?|keys?)"
        r"(?: (?:is|are|was|issued|sent|given|generated|created|set))?[^\n0-9A-Za-z]{1,4}[0-9A-Za-z]{3}"
    ),
    (
        r"(?i)\b(?:2fa|mfa|totp|otp|authenticator)(?: app)?[ _-](?:secret|seed|key|setup key)"
        r"[^\n0-9A-Za-z]{1,4}[A-Za-z2-7]{4}"
    ),
    r"(?i)\bapp(?:-specific)?[ -]passwords?[^\n0-9A-Za-z]{1,4}[a-z]{4}[ -][a-z]{4}",
)
#: From the words for several to the first, each on its line or in a row.
_TO_LIST = re.compile(r"[^\n0-9A-Za-z]{0,4}[:\n][^0-9A-Za-z\n]{0,4}(?:1[.)] ?)?(?=[0-9A-Za-z]{3})")
_PATTERNS = (_GROUPS, _SEED, _APP)
_BACK = (3, 4, 9)


class Codes:
    """Words before digits, words behind digits, words before groups."""

    triggers = (*_BEHIND, *_BEFORE, *_WORDS, rf"(?i){View(_RECOVERY).folded}")

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        if trigger < len(_BEHIND) + len(_BEFORE):
            behind = trigger < len(_BEHIND)
            *_, last = [None, *_DIGITS.finditer(text, max(0, end - (9 if behind else 90)), end)]
            if last is None or (behind and (last.end() != end or _GOES_ON.match(text, end))):
                return None
            return secret_at(last.start(), last.group(), 0.8, "digits that words call a code")
        row = trigger - len(_BEHIND) - len(_BEFORE)
        if row == len(_WORDS):
            first = _TO_LIST.match(text, end)
            codes = _CODES.match(text, first.end(), end + 240) if first is not None else None
            return (
                None if codes is None else secret_at(codes.start(), codes.group(), 0.8, "a list that words call codes")
            )
        match = _PATTERNS[row].match(text, end - _BACK[row], end + 200)
        if match is None or (row == 0 and sum(map(str.isdigit, match.group())) < _LEAST_DIGITS):
            return None
        return secret_at(match.start(), match.group(), 0.9 if row == 1 else 0.8, "groups that words call a key")


_GOES_ON = re.compile(r"[./:-]?[0-9A-Za-z_]|,[0-9]{1,3}(?!\w)|\s?(?:%|€|\$)")
#: Groups of recovery codes have digits; words have none.
_LEAST_DIGITS = 4
