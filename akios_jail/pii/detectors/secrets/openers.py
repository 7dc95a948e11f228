"""Codes that open a lock, a safe or a card, as people tell them: "trezor 05 11 89", "gate combo is 16-2-28", "PUK …".

The digits look like any others, so that the word for what they open must stand close before them, on the same line, and
a word for a code with it, unless what opens has nothing but a code: a padlock, a key box.

Confidence: 0.75.
"""

# ruff: noqa: RUF001  (words of other scripts have letters that look like others)
from __future__ import annotations

import re

from akios_jail.pii.detectors.phrases import stems
from akios_jail.pii.detectors.secrets.made_up import secret_at
from akios_jail.pii.finding import Finding, View

#: What opens with a code and nothing else, and codes whose word says what they are for.
_ALWAYS = """
    lockbox, lock box, key safe, keysafe, key box, padlock, combination lock, gate combo, lock combo,
    safe combo, puk, mpin, gate code, door code, alarm code, safe code, locker code, entry code, garage code,
    keypad, gate pin, card pin, zahlenschloss, zahlenkombination, schlüsselsafe, schlüsselbox, schlüsselkasten,
    schlüsseltresor, tresorcode, türcode, torcode, alarmcode, haustürcode, bankomatkarte, geheimzahl, digicode,
    cadenas, code du portail, code portail, code porte, code du coffre, coffre-fort, boîte à clés, combinaison,
    caja fuerte, candado, clave del portón, clave de la caja, clave dinámica, nip, zaguán, talanquera,
    portero automático, cofre, cadeado, senha do portão, portão social, cassaforte, lucchetto,
    cassetta di sicurezza, codice cancello, codice portone, kluis, sleutelkluis, sleutelkastje, slagboom,
    cijferslot, hangslot, poortcode, deurcode, nyckelbox, nyckelskåp, portkod, kodlås, hänglås, kassaskåp,
    passerkort kod, bomkode, nøkkelboks, kodelås, portkode, nøgleboks, hængelås, pengeskab, dørkode, tunnusluku,
    avainboks, ovikoodi, riippuluk, munalukko, sejf, kod do furtki, kod do bramy, kod do szafki, kod do klatki,
    kłódk, skrytk, trezor, visací zámek, kód od, kód na bránu, schránka na kľúče, zámok, kapukód, széf, lakat,
    kulcsszéf, seif, lacăt, codul de interfon, codul nou de interfon, сейф, кодовый замок, код домофона,
    код подъезда, код калитки, код шлагбаума, код від, код на входа, катинар, кодова брава, kasa şifresi,
    çelik kasa, asma kilit, kapı şifresi, daire kapısı, site şifresi, χρηματοκιβώτιο, κλειδοθήκη, συνδυασμός,
    συνδυασμος, λουκέτο, λουκετο, код брави, lokot, ključavnic, sefova, šifra od ulaza, šifra za ulaz, kodas,
    durų kodas, seifo, seifa, durvju kods, kood, ukse kood, kodi i derës, kodi i kasafortës, kasafort,
    სეიფის კოდი, კარის კოდი, չհրկիզվող, seyf, داخلي الباب, كود البوابة, رمز البوابة, رمز الباب, كود الباب,
    الخزنة, خزنة, كود العمارة, رمز العمارة, קוד לשער, קוד לדלת, קוד כניסה, הכספת, כספת, گاوصندوق, رمز در, تجوری,
    तिजोरी, गेट कोड, ताला, ตู้เซฟ, เซฟ, รหัสประตู, รหัสหน้าประตู, กุญแจรหัส, két sắt, mã cửa, ổ khóa, khóa số,
    gembok, brankas, kode pagar, kode pintu, kode gerbang, kod pagar, kod pintu, pintu grill, peti besi,
    kandado, kaha, 门锁, 密码锁, 保险箱, 保险柜, 门禁, 單車鎖, 門鎖, 夾萬, 大閘密碼, 保險箱, 鐵櫃, 金庫,
    ダイヤル錠, 南京錠, キーボックス, オートロック, 暗証番号, pin atm, pin karty, pin do karty, pin der karte,
    pin della carta, pin de la tarjeta, pin do cartão, πιν της κάρτας, пін до, пин от, รหัสเอทีเอ็ม, รหัสบัตร,
    رمز کارت, 暗証, لاکر, লকার, लॉकर, veloschloss, fahrradschloss, schloss hat, bike lock, otp, код из смс,
    смс-код, mã otp, clave de acceso, code sms, momo pin, pin na, locker is, share code, pin onjuist,
    pin incorrect, 도어락, 공동현관, 금고, 자물쇠, 현관 비번, 비밀번호는, πιν, пин-код, пин код, пінкод,
    pin-kod, tarjeta pin
"""
#: What opens with a key, too, or is much else: a word for a code must be there.
_SOMETIMES = """
    gate, door, alarm, tresor, safe, locker, garage, shed, hut, intercom, barrier, entrance, keypad lock, vault,
    tor, tür, haustür, eingang, alarmanlage, garagentor, portail, porte, immeuble, local, coffre, portal,
    puerta, portón, garaje, citófono, portero, porta, cancello, portone, garagem, portaria, poort, deur,
    voordeur, entré, port, porten, dörr, larm, alarmen, hytta, døren, porti, ovi, brama, bramy, drzwi, furtka,
    furtki, szafki, domofon, domofonu, brána, brány, vchod, dveř, dver, výtah, kapu, kapuja, kaputelefon, ajtó,
    interfon, poartă, ușa, вход, входа, подъезд, домофон, калитк, ворот, шлагбаум, дверь, двери, двер, воріт,
    під'їзд, врата, вратата, kapı, kapıs, sitenin, bina, πόρτα, πορτα, εισόδου, εισοδου, ulaz, vrata, vhod,
    kapij, durys, durvis, uks, dera, derës, porta e, კარი, դուռ, eshik, qapı, الباب, البوابة, المدخل, העמ, שער,
    דלת, کنید در, دروازه, दरवाज़, गेट, ประตู, cửa, cổng, pintu, pagar, gerbang, gate code, lango, mlango, 门, 門,
    大閘, 玄関, ドア, 현관, 출입문, card, karte, carte, tarjeta, cartão, carta, pas, karty, kortet, kort,
    kártya, карт, kartın, kart, κάρτας, كارت, البطاقة, 卡
"""
_CODE = re.compile(
    r"code|combo|combination|\bpin\b|opens|keypad|passcode|kode|kod|kód|koodi|código|codigo|codice|cod\b|codul|kods|kood|cijfer|"
    r"zahl|ziffer|chiffre|combin|clave|contraseñ|senha|cifr|\bnip\b|κωδικ|συνδυασμ|код|пин|шифр|şifre|sifre|šifra|sifra|"
    r"lozink|heslo|hasło|jelszó|parol|رمز|كود|קוד|कोड|रहस|รหัส|mã|密|码|碼|番号|暗証|번호|비번|lautet|sandi|gembok",
    re.IGNORECASE,
)
_DIGITS_IN_A_ROW = r"[#*]?[0-9]{1,2}(?:[ .*/–-][0-9]{1,2}){2,5}|[0-9]{3}[ -][0-9]{3}|[#*]?[0-9]{3,8}"
_MIXED = r"[A-Z][0-9]{3,5}[A-Z]?|[0-9]{2,5}[A-Z]{1,2}[0-9]{0,4}|[0-9][#*][0-9]{2,5}"
_TO_VALUE = re.compile(
    rf"(?P<gap>(?:\([^()\n]{{1,16}}\)|[^\n0-9#*]){{0,40}}?)(?<![0-9A-Za-z_.,/+$€£@])(?P<value>(?:{_MIXED}|{_DIGITS_IN_A_ROW})[#*]?)"
    r"(?![0-9A-Za-z_@]|[.,:/-][0-9]|\s?(?:%|€|\$|kr|zł|Kč|Ft|RUB|руб|EUR|USD|km|kg|mm|cm|m\b|am\b|pm\b|h\b|Uhr))"
)
#: What begins another thought between the word and the digits.
_ELSE = re.compile(
    r"[.;!?。](?=\s|\Z)|\b(?:tel|phone|call|room|floor|apt|flat|house|street|order|from|at|um|ab|bis|until|since|flight|"
    r"error|status|zip|post\w*|postal|area|promo\w*|country|source|discount|qr|bar|zimmer|stock|etage|piso|apto|dep|"
    r"model|version|typ|serie|nr|no|номер дома|кв|этаж|last|ending|item|art\w*)\b|[€$£]|№",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}\Z")
_TELLS = re.compile(
    r"[:=→>-] ?\Z|\b(?:is|ist|est|es|è|é|e|to|je|är|er|on|это|este|con|mit|with|avec|com|med|na|dalej)\b[^\w]{0,2}\Z"
)


#: Stems that are words of their own, or none.
_SHORT = re.compile(r"(?:otp|nip|puk|tor|sef|cod|kod|pas)\Z", re.IGNORECASE)
_ONE_BY_ONE = re.compile(r"[0-9](?:-[0-9]){2,5}")
#: The next line, behind who speaks, begins with the digits that were asked for.
_ANSWER = re.compile(
    r"[^\n0-9]{0,40}(?<=[?？지吗嗎呢么])[ ]?\n(?:[^\n:]{1,24}: )?(?P<value>[0-9]{4,8})(?![0-9A-Za-z_@.:/-])|"
    r"[^\n0-9]{0,24}\n(?:[^\n:]{1,24}: )?(?P<bare>[0-9]{4,8})(?![0-9A-Za-z_@.:/-])"
)


def answered(text: str, end: int) -> Finding | None:
    """The digits with which the next line answers to who asks for a code."""
    match = _ANSWER.match(text, end, end + 110)
    if match is None or not _CODE.search(text[max(0, end - 24) : match.end()]):
        return None
    group = "value" if match["value"] else "bare"
    return secret_at(match.start(group), match[group], 0.75, "digits that answer to the word for a code")


class Openers:
    """What opens with a code alone; what may."""

    triggers = (*stems(_ALWAYS), *stems(_SOMETIMES))

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        trigger //= 2
        text = view.folded
        if _SHORT.search(text, end - 4, end) and text[end : end + 1].isalpha() and text[end] < "\u2e80":
            return None
        match = _TO_VALUE.match(text, end, end + 64)
        if match is None:
            return answered(text, end)
        of_lock = match["value"][0] == "*" or match["value"][-1] in "#*" or _ONE_BY_ONE.fullmatch(match["value"])
        if not of_lock and _ELSE.search(match["gap"]) is not None:
            return None
        if trigger == 1 and not of_lock and _CODE.search(text[max(0, end - 32) : end] + match["gap"]) is None:
            return None
        value = match["value"]
        if _YEAR.match(value) and _TELLS.search(match["gap"]) is None:
            return None
        return secret_at(match.start("value"), value, 0.75, "digits behind the word for what they open")
