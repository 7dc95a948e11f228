"""National identity, tax and social security numbers, by country, as the issuing offices describe them."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from tests.pii.corpus.values.check_digits import luhn, mod_11_2, mod_11_10, verhoeff, weighted
from tests.pii.corpus.values.dates import birthday

Write = Callable[[random.Random], str]


class Number(NamedTuple):
    """How one number is called on forms, and how one is made. `kinds`: as in a label."""

    name: str
    write: Write
    kinds: tuple[str, ...] = ("national_id",)


def _digits(rng: random.Random, count: int, first: str = string.digits) -> str:
    return rng.choice(first) + "".join(rng.choice(string.digits) for _ in range(count - 1))


def _until(rng: random.Random, write: Callable[[random.Random], str | None]) -> str:
    """The first that has a check digit: some numbers have none, and are never given."""
    while (found := write(rng)) is None:
        pass
    return found


def _written(rng: random.Random, *ways: str) -> str:
    return rng.choice(ways)


def us_ssn(rng: random.Random) -> str:
    area = rng.choice([*range(1, 666), *range(667, 900)])
    number = f"{area:03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"
    return _written(rng, number, number, number, number.replace("-", " "), number.replace("-", ""))


def us_itin(rng: random.Random) -> str:
    group = rng.choice([*range(50, 66), *range(70, 89), 90, 91, 92, *range(94, 100)])
    number = f"9{rng.randint(0, 99):02}-{group}-{rng.randint(1, 9999):04}"
    return _written(rng, number, number, number.replace("-", " "))


def ca_sin(rng: random.Random) -> str:
    body = _digits(rng, 8, "1234567")
    number = body + luhn(body)
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
    return _written(rng, spaced, spaced.replace(" ", "-"), number)


def gb_nino(rng: random.Random) -> str:
    while True:
        pair = rng.choice("ABCEGHJKLMNOPRSTWXYZ") + rng.choice("ABCEGHJKLMNPRSTWXYZ")
        if pair not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ"):
            break
    d = _digits(rng, 6)
    end = rng.choice("ABCD")
    return _written(rng, f"{pair} {d[:2]} {d[2:4]} {d[4:]} {end}", f"{pair}{d}{end}")


def gb_nhs(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        body = _digits(rng, 9, "4679")
        check = (11 - weighted(body, range(10, 1, -1)) % 11) % 11
        return None if check == 10 else f"{body[:3]} {body[3:6]} {body[6:]}{check}"

    return _until(rng, one)


def ie_pps(rng: random.Random) -> str:
    body = _digits(rng, 7)
    second = rng.choice(["", "A", "B"])
    total = weighted(body, range(8, 1, -1)) + (9 * (ord(second) - 64) if second else 0)
    return body + "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] + second


def au_tfn(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        body = _digits(rng, 8, "123456789")
        check = weighted(body, (1, 4, 3, 7, 5, 8, 6, 9)) % 11  # the last weight is 10, which is -1
        return None if check == 10 else f"{body[:3]} {body[3:6]} {body[6:]}{check}"

    return _until(rng, one)


def au_medicare(rng: random.Random) -> str:
    body = _digits(rng, 8, "23456")
    number = body + str(weighted(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10) + rng.choice("123")
    return f"{number[:4]} {number[4:9]} {number[9]}"


def nz_ird(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        body = f"{rng.randint(10_000_00, 14_999_999):08}"
        check = -weighted(body, (3, 2, 7, 6, 5, 4, 3, 2)) % 11
        if check == 10:
            check = -weighted(body, (7, 4, 3, 2, 5, 2, 7, 6)) % 11
        number = f"{body}{check}"
        return None if check == 10 or number[0] == "0" else f"{number[:3]}-{number[3:6]}-{number[6:]}"

    return _until(rng, one)


def de_tax_id(rng: random.Random) -> str:
    """Ten digits of which one is there twice and one not at all, then the check digit."""
    while True:
        pool = rng.sample(string.digits, 9)
        body = [*pool, rng.choice(pool)]
        rng.shuffle(body)
        text = "".join(body)
        if text[0] != "0":
            break
    number = text + mod_11_10(text)
    return _written(rng, number, f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}")


def at_svnr(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        serial, day = _digits(rng, 3, "123456789"), birthday(rng).strftime("%d%m%y")
        check = weighted(serial, (3, 7, 9)) + weighted(day, (5, 8, 4, 2, 1, 6))
        return None if check % 11 == 10 else f"{serial}{check % 11} {day}"

    number = _until(rng, one)
    return _written(rng, number, number.replace(" ", ""))


def ch_ahv(rng: random.Random) -> str:
    body = "756" + _digits(rng, 9)
    check = -weighted(body, (1, 3) * 6) % 10
    number = f"{body}{check}"
    return f"{number[:3]}.{number[3:7]}.{number[7:11]}.{number[11:]}"


def fr_nir(rng: random.Random) -> str:
    day = birthday(rng)
    body = f"{rng.choice('12')}{day:%y%m}{rng.randint(1, 95):02}{rng.randint(1, 899):03}{rng.randint(1, 999):03}"
    body = body.replace(body[5:7], "75", 1) if body[5:7] == "20" else body
    key = f"{97 - int(body) % 97:02}"
    spaced = f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}"
    return _written(rng, spaced, body + key)


def be_register(rng: random.Random) -> str:
    day, serial = birthday(rng), f"{rng.randint(1, 997):03}"
    body = f"{day:%y%m%d}{serial}"
    key = 97 - int(("2" if day.year >= 2000 else "") + body) % 97
    return f"{day:%y.%m.%d}-{serial}.{key:02}"


def nl_bsn(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        body = _digits(rng, 8, "123456789")
        check = weighted(body, range(9, 1, -1)) % 11
        return None if check == 10 else f"{body}{check}"

    return _until(rng, one)


_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"


def es_dni(rng: random.Random) -> str:
    number = _digits(rng, 8, "01234567")
    return _written(rng, "", "-").join((number, _DNI[int(number) % 23]))


def es_nie(rng: random.Random) -> str:
    first, rest = rng.randint(0, 2), _digits(rng, 7)
    return f"{'XYZ'[first]}{rest}{_DNI[int(f'{first}{rest}') % 23]}"


def pt_nif(rng: random.Random) -> str:
    body = _digits(rng, 8, "12")
    check = 11 - weighted(body, range(9, 1, -1)) % 11
    number = body + str(0 if check > 9 else check)
    return _written(rng, number, f"{number[:3]} {number[3:6]} {number[6:]}")


_ODD = dict(zip(string.digits + string.ascii_uppercase, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21] * 2, strict=False))
_ODD |= dict(zip("KLMNOPQRSTUVWXYZ", [2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23], strict=True))


def it_fiscal_code(rng: random.Random) -> str:
    day = birthday(rng)
    letters = "".join(rng.choice("BCDFGLMNPRSTVZ") for _ in range(6))
    body = f"{letters}{day:%y}{'ABCDEHLMPRST'[day.month - 1]}{day.day + rng.choice([0, 40]):02}"
    body += rng.choice("ABCDEFGHIL") + _digits(rng, 3)
    values = string.digits + string.ascii_uppercase
    total = sum(_ODD[char] if place % 2 == 0 else values.index(char) % 36 for place, char in enumerate(body))
    total -= sum(10 for place, char in enumerate(body) if place % 2 and char.isalpha())
    return body + string.ascii_uppercase[total % 26]


def se_personnummer(rng: random.Random) -> str:
    day, serial = birthday(rng), _digits(rng, 3)
    check = luhn(f"{day:%y%m%d}{serial}")
    return _written(rng, f"{day:%y%m%d}-{serial}{check}", f"{day:%Y%m%d}-{serial}{check}")


def no_fodselsnummer(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        day = birthday(rng)
        serial = rng.randint(500, 999) if day.year >= 2000 else rng.randint(0, 499)
        body = f"{day:%d%m%y}{serial:03}"
        first = -weighted(body, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
        second = -weighted(f"{body}{first}", (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        return None if 10 in (first, second) else f"{body[:6]} {body[6:]}{first}{second}"

    number = _until(rng, one)
    return _written(rng, number, number.replace(" ", ""))


def dk_cpr(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        day = birthday(rng)
        body = f"{day:%d%m%y}{rng.choice('4567') if day.year >= 2000 else rng.choice('0123')}{_digits(rng, 2)}"
        check = -weighted(body, (4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        return None if check == 10 else f"{body[:6]}-{body[6:]}{check}"

    return _until(rng, one)


def fi_hetu(rng: random.Random) -> str:
    day, serial = birthday(rng), f"{rng.randint(2, 899):03}"
    sign = "A" if day.year >= 2000 else "-"
    return f"{day:%d%m%y}{sign}{serial}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(f'{day:%d%m%y}{serial}') % 31]}"


def pl_pesel(rng: random.Random) -> str:
    day = birthday(rng)
    body = f"{day:%y}{day.month + (20 if day.year >= 2000 else 0):02}{day:%d}{_digits(rng, 4)}"
    return f"{body}{-weighted(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10}"


def cz_rc(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        day = birthday(rng)
        body = f"{day:%y}{day.month + rng.choice([0, 50]):02}{day:%d}{_digits(rng, 3)}"
        check = int(body) % 11
        return None if check == 10 else f"{body[:6]}/{body[6:]}{check}"

    return _until(rng, one)


def hu_taj(rng: random.Random) -> str:
    body = _digits(rng, 8, "01")
    number = f"{body}{weighted(body, (3, 7) * 4) % 10}"
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def ro_cnp(rng: random.Random) -> str:
    day = birthday(rng)
    sex = rng.choice("56" if day.year >= 2000 else "12")
    body = f"{sex}{day:%y%m%d}{rng.randint(1, 46):02}{rng.randint(1, 999):03}"
    check = weighted(body, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return f"{body}{1 if check == 10 else check}"


def bg_egn(rng: random.Random) -> str:
    day = birthday(rng)
    body = f"{day:%y}{day.month + (40 if day.year >= 2000 else 0):02}{day:%d}{_digits(rng, 3)}"
    return f"{body}{weighted(body, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10}"


def hr_oib(rng: random.Random) -> str:
    body = _digits(rng, 10)
    return body + mod_11_10(body)


def si_emso(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        day = birthday(rng)
        body = f"{day:%d%m}{day.year % 1000:03}50{rng.randint(0, 999):03}"
        check = -weighted(body, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        return None if check == 10 else f"{body}{check}"

    return _until(rng, one)


def baltic_code(rng: random.Random) -> str:
    """Estonia's isikukood and Lithuania's asmens kodas are built alike."""
    day = birthday(rng)
    body = f"{rng.choice('56' if day.year >= 2000 else '34')}{day:%y%m%d}{_digits(rng, 3)}"
    check = weighted(body, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(body, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11
    return f"{body}{check % 10}"


def lv_code(rng: random.Random) -> str:
    day = birthday(rng)
    body = f"{day:%d%m%y}{2 if day.year >= 2000 else 1}{_digits(rng, 3)}"
    check = (1 + weighted(body, (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10
    return f"{body[:6]}-{body[6:]}{check}"


def gr_amka(rng: random.Random) -> str:
    body = f"{birthday(rng):%d%m%y}{_digits(rng, 4)}"
    return body + luhn(body)


def tr_identity(rng: random.Random) -> str:
    body = _digits(rng, 9, "123456789")
    tenth = (sum(map(int, body[::2])) * 7 - sum(map(int, body[1::2]))) % 10
    return f"{body}{tenth}{(sum(map(int, body)) + tenth) % 10}"


def ru_snils(rng: random.Random) -> str:
    body = _digits(rng, 9, "123456789")
    check = weighted(body, range(9, 0, -1)) % 101 % 100
    return f"{body[:3]}-{body[3:6]}-{body[6:]} {check:02}"


def ru_inn(rng: random.Random) -> str:
    body = f"{rng.randint(1, 92):02}{_digits(rng, 8)}"
    body += str(weighted(body, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10)
    return body + str(weighted(body, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10)


def ua_rntrc(rng: random.Random) -> str:
    days = (birthday(rng) - date(1899, 12, 31)).days
    body = f"{days:05}{_digits(rng, 4)}"
    return f"{body}{weighted(body, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10}"


def il_identity(rng: random.Random) -> str:
    body = _digits(rng, 8, "0123")
    return body + luhn(body)


def za_identity(rng: random.Random) -> str:
    body = f"{birthday(rng):%y%m%d}{_digits(rng, 4)}08"
    return body + luhn(body)


def in_aadhaar(rng: random.Random) -> str:
    body = _digits(rng, 11, "23456789")
    number = body + verhoeff(body)
    return _written(rng, f"{number[:4]} {number[4:8]} {number[8:]}", number)


def in_pan(rng: random.Random) -> str:
    letters = string.ascii_uppercase
    return f"{''.join(rng.choices(letters, k=3))}P{rng.choice(letters)}{rng.randint(1, 9999):04}{rng.choice(letters)}"


def sg_nric(rng: random.Random) -> str:
    first, body = rng.choice("STFG"), _digits(rng, 7)
    total = weighted(body, (2, 7, 6, 5, 4, 3, 2)) + (4 if first in "TG" else 0)
    return first + body + ("JZIHGFEDCBA" if first in "ST" else "XWUTRQPNMLK")[total % 11]


def cn_identity(rng: random.Random) -> str:
    region = rng.choice(["110105", "310115", "440106", "510107", "330106", "420111"])
    body = f"{region}{birthday(rng):%Y%m%d}{rng.randint(1, 999):03}"
    return body + mod_11_2(body)


def tw_identity(rng: random.Random) -> str:
    letter = rng.choice("ABCDEFGHJKMNPQTUVX")
    code = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(letter) + 10
    body = rng.choice("12") + _digits(rng, 7)
    total = code // 10 + code % 10 * 9 + weighted(body, range(8, 0, -1))
    return f"{letter}{body}{-total % 10}"


def jp_my_number(rng: random.Random) -> str:
    body = _digits(rng, 11)
    rest = sum(int(d) * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(body), start=1)) % 11
    number = f"{body}{0 if rest <= 1 else 11 - rest}"
    return _written(rng, number, f"{number[:4]} {number[4:8]} {number[8:]}")


def kr_rrn(rng: random.Random) -> str:
    day = birthday(rng)
    body = f"{day:%y%m%d}{rng.choice('34' if day.year >= 2000 else '12')}{rng.randint(0, 95):02}{_digits(rng, 3)}"
    check = (11 - weighted(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10
    return f"{body[:6]}-{body[6:]}{check}"


def th_identity(rng: random.Random) -> str:
    body = _digits(rng, 12, "12345678")
    number = f"{body}{(11 - weighted(body, range(13, 1, -1)) % 11) % 10}"
    parts = f"{number[0]}-{number[1:5]}-{number[5:10]}-{number[10:12]}-{number[12]}"
    return _written(rng, parts, parts.replace("-", " "), number)


def my_nric(rng: random.Random) -> str:
    return f"{birthday(rng):%y%m%d}-{rng.randint(1, 16):02}-{_digits(rng, 4)}"


def id_nik(rng: random.Random) -> str:
    region = rng.choice(["317101", "357801", "327301", "337401", "517103"])
    day = birthday(rng)
    return f"{region}{day.day + rng.choice([0, 40]):02}{day:%m%y}{rng.randint(1, 99):04}"


def vn_cccd(rng: random.Random) -> str:
    day = birthday(rng)
    province = rng.choice(["001", "079", "048", "031", "092"])
    return f"{province}{rng.choice('23' if day.year >= 2000 else '01')}{day:%y}{_digits(rng, 6)}"


def sa_identity(rng: random.Random) -> str:
    body = _digits(rng, 9, "12")
    return body + luhn(body)


def ae_identity(rng: random.Random) -> str:
    body = f"784{birthday(rng).year}{_digits(rng, 7)}"
    return f"{body[:3]}-{body[3:7]}-{body[7:]}-{luhn(body)}"


def br_cpf(rng: random.Random) -> str:
    body = _digits(rng, 9)
    for start in (10, 11):
        body += str((11 - weighted(body, range(start, 1, -1)) % 11) % 11 % 10)
    return _written(rng, f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}", body)


def mx_curp(rng: random.Random) -> str:
    day, vowels, consonants = birthday(rng), "AEIOU", "BCDFGHJLMNPRSTVZ"
    letters = "".join(rng.choice(vowels if place == 1 else consonants) for place in range(4))
    state = rng.choice(["DF", "JC", "NL", "PL", "MC", "VZ"])
    tail = "".join(rng.choice(consonants) for _ in range(3))
    mark = rng.choice("ABC") if day.year >= 2000 else rng.choice(string.digits)
    body = f"{letters}{day:%y%m%d}{rng.choice('HM')}{state}{tail}{mark}"
    order = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(order.index(char) * (18 - place) for place, char in enumerate(body))
    return f"{body}{-total % 10}"


def ar_cuil(rng: random.Random) -> str:
    def one(rng: random.Random) -> str | None:
        body = rng.choice(["20", "27", "23"]) + _digits(rng, 8, "1234")
        check = -weighted(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        return None if check == 10 else f"{body[:2]}-{body[2:]}-{check}"

    return _until(rng, one)


def cl_rut(rng: random.Random) -> str:
    body = str(rng.randint(5_000_000, 25_999_999))
    total = sum(int(digit) * (place % 6 + 2) for place, digit in enumerate(reversed(body)))
    return f"{int(body):,}".replace(",", ".") + "-" + "0123456789K"[-total % 11]


#: By country; a locale's country may have several.
NUMBERS: dict[str, tuple[Number, ...]] = {
    "US": (Number("SSN", us_ssn, ("ssn", "national_id")), Number("ITIN", us_itin, ("itin", "national_id"))),
    "CA": (Number("SIN", ca_sin),),
    "GB": (
        Number("National Insurance number", gb_nino),
        Number("NHS number", gb_nhs, ("medical_record", "national_id")),
    ),
    "IE": (Number("PPS number", ie_pps),),
    "AU": (
        Number("TFN", au_tfn),
        Number("Medicare number", au_medicare, ("medical_record", "national_id")),
    ),
    "NZ": (Number("IRD number", nz_ird),),
    "DE": (Number("Steuer-ID", de_tax_id),),
    "AT": (Number("SV-Nummer", at_svnr),),
    "CH": (Number("AHV-Nr.", ch_ahv),),
    "FR": (Number("Numéro de sécurité sociale", fr_nir),),
    "BE": (Number("Numéro de registre national", be_register),),
    "NL": (Number("BSN", nl_bsn),),
    "ES": (Number("DNI", es_dni), Number("NIE", es_nie)),
    "PT": (Number("NIF", pt_nif),),
    "IT": (Number("Codice fiscale", it_fiscal_code),),
    "SE": (Number("Personnummer", se_personnummer),),
    "NO": (Number("Fødselsnummer", no_fodselsnummer),),
    "DK": (Number("CPR-nummer", dk_cpr),),
    "FI": (Number("Henkilötunnus", fi_hetu),),
    "PL": (Number("PESEL", pl_pesel),),
    "CZ": (Number("Rodné číslo", cz_rc),),
    "SK": (Number("Rodné číslo", cz_rc),),
    "HU": (Number("TAJ-szám", hu_taj),),
    "RO": (Number("CNP", ro_cnp),),
    "BG": (Number("ЕГН", bg_egn),),
    "HR": (Number("OIB", hr_oib),),
    "SI": (Number("EMŠO", si_emso),),
    "EE": (Number("Isikukood", baltic_code),),
    "LT": (Number("Asmens kodas", baltic_code),),
    "LV": (Number("Personas kods", lv_code),),
    "GR": (Number("ΑΜΚΑ", gr_amka),),  # noqa: RUF001 - in Greek, as on the card
    "TR": (Number("T.C. Kimlik No", tr_identity),),
    "RU": (Number("СНИЛС", ru_snils), Number("ИНН", ru_inn)),
    "UA": (Number("РНОКПП", ua_rntrc),),
    "IL": (Number("תעודת זהות", il_identity),),
    "ZA": (Number("ID number", za_identity),),
    "IN": (Number("Aadhaar", in_aadhaar), Number("PAN", in_pan)),
    "SG": (Number("NRIC", sg_nric),),
    "CN": (Number("身份证号", cn_identity),),
    "TW": (Number("身分證字號", tw_identity),),
    "JP": (Number("マイナンバー", jp_my_number),),
    "KR": (Number("주민등록번호", kr_rrn),),
    "TH": (Number("เลขประจำตัวประชาชน", th_identity),),
    "MY": (Number("No. KP", my_nric),),
    "ID": (Number("NIK", id_nik),),
    "VN": (Number("Số CCCD", vn_cccd),),
    "SA": (Number("رقم الهوية", sa_identity),),
    "AE": (Number("Emirates ID", ae_identity),),
    "BR": (Number("CPF", br_cpf),),
    "MX": (Number("CURP", mx_curp),),
    "AR": (Number("CUIL", ar_cuil),),
    "CL": (Number("RUT", cl_rut),),
}
